//! `GET /api/v1/archives` and `/api/v1/archives/{id}`: which archives there are, and what each says of itself.

use archway_core::Error;
use archway_core::archive::{ArchiveInfo, Collection, Description, Health};
use archway_core::asset::{ArchiveId, BadId};
use archway_core::coverage::Instant;
use archway_core::permission::{Action, Resource, decide};
use archway_core::search::{Constraint, Order};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::asset_view::LicenceView;
use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use crate::state::Gateway;

/// The archives of this gateway, in the order of its configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchiveList {
    archives: Vec<ArchiveView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// An archive as lists give it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchiveView {
    /// The operator's name for it.
    #[schema(example = "hst")]
    id: String,
    /// For people.
    title: String,
    /// Id of its plugin.
    #[schema(example = "vo-tap")]
    plugin: String,
    /// `up`, `down` or `unknown`, from the last call.
    #[schema(example = "up")]
    status: &'static str,
    /// `search`, `harvest`, `look-up`, `access`, `open`, `tables`, `query`.
    operations: Vec<&'static str>,
    /// Whether it serves samples of real data from this machine.
    sample: bool,
    /// Whether nobody here has tried it against the real archive.
    untried: bool,
    /// Archives that hold copies of the same files.
    mirrors: Vec<String>,
    /// For people; `null` until it described itself.
    description: Option<String>,
    /// Who publishes it.
    publisher: Option<String>,
    /// For people.
    homepage: Option<String>,
}

/// An archive with what it said of itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchiveDetail {
    #[serde(flatten)]
    listed: ArchiveView,
    /// Of its records, where all have one.
    licence: Option<LicenceView>,
    collections: Vec<CollectionView>,
    /// Parts of a question that it applies itself.
    push_down: Vec<String>,
    /// Orders that it gives itself: `stable`, `date`, `size`, `distance`.
    orders: Vec<&'static str>,
    /// Languages of raw queries, with version.
    #[schema(example = json!(["ADQL 2.0"]))]
    languages: Vec<String>,
    /// Rows it gives at most per query.
    max_rows: Option<u64>,
}

/// A named set of assets of one archive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionView {
    /// As `collection` of a search takes it.
    id: String,
    /// For people.
    title: String,
    /// For people.
    description: Option<String>,
    /// How many assets.
    assets: Option<u64>,
    /// Who publishes it, where that is not the archive's publisher.
    publisher: Option<String>,
    /// Of all that is in it.
    licence: Option<LicenceView>,
    /// When the collection was made.
    created: Option<String>,
}

/// Lists the archives.
#[utoipa::path(
    get,
    path = "/api/v1/archives",
    tag = "archives",
    responses((status = 200, description = "All archives", body = ArchiveList))
)]
pub(crate) async fn list(State(gateway): State<Gateway>) -> Json<ArchiveList> {
    let infos =
        gateway.archives.snapshot().iter().map(|archive| archive.info()).collect::<Vec<_>>();
    let visible = |info: &&ArchiveInfo| {
        decide(&gateway.principal, Action::ListArchives, Resource::Archive(&info.id)).is_ok()
    };
    let archives: Vec<_> = infos.iter().filter(visible).map(ArchiveView::from).collect();
    let count = CountView { value: archives.len() as u64, exact: true };
    Json(ArchiveList { archives, next: None, count })
}

/// Gives one archive in full.
#[utoipa::path(
    get,
    path = "/api/v1/archives/{id}",
    tag = "archives",
    params(("id" = String, Path, description = "The operator's name for it.", example = "hst")),
    responses(
        (status = 200, description = "The archive", body = ArchiveDetail),
        (status = 400, description = "That is no id", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "No such archive", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn archive(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<ArchiveDetail>, Problem> {
    let id: ArchiveId =
        id.parse().map_err(|bad: BadId| Error::bad_request("id", bad.to_string()))?;
    let info = gateway.archives.find(&id)?.info();
    decide(&gateway.principal, Action::ListArchives, Resource::Archive(&id))?;
    Ok(Json(ArchiveDetail::from(&info)))
}

impl From<&ArchiveInfo> for ArchiveView {
    fn from(info: &ArchiveInfo) -> Self {
        let described = info.description.as_deref();
        Self {
            id: info.id.to_string(),
            title: info.title.clone(),
            plugin: info.plugin.clone(),
            status: match info.health {
                Health::Up => "up",
                Health::Down => "down",
                Health::Unknown => "unknown",
            },
            operations: info.operations.iter().map(|operation| operation.name()).collect(),
            sample: info.sample,
            untried: info.untried,
            mirrors: info.mirrors.iter().map(ToString::to_string).collect(),
            description: described.and_then(|described| described.description.clone()),
            publisher: described
                .and_then(|described| described.publisher.as_ref())
                .map(|publisher| publisher.name.clone()),
            homepage: described.and_then(|described| described.homepage.clone()),
        }
    }
}

impl From<&ArchiveInfo> for ArchiveDetail {
    fn from(info: &ArchiveInfo) -> Self {
        let described = info.description.as_deref();
        let list = |give: fn(&Description) -> Vec<String>| described.map(give).unwrap_or_default();
        Self {
            listed: ArchiveView::from(info),
            licence: described
                .and_then(|described| described.licence.as_ref())
                .map(LicenceView::from),
            collections: described
                .map(|described| described.collections.iter().map(CollectionView::from).collect())
                .unwrap_or_default(),
            push_down: list(|described| described.push_down.iter().map(constraint).collect()),
            orders: described
                .map(|described| described.orders.iter().map(|known| order(*known)).collect())
                .unwrap_or_default(),
            languages: list(|described| {
                let name = |language: &archway_core::archive::QueryLanguage| {
                    let version = language.version.as_deref().unwrap_or_default();
                    format!("{} {version}", language.name).trim_end().to_owned()
                };
                described.languages.iter().map(name).collect()
            }),
            max_rows: described.and_then(|described| described.max_rows),
        }
    }
}

impl From<&Collection> for CollectionView {
    fn from(collection: &Collection) -> Self {
        Self {
            id: collection.id.clone(),
            title: collection.title.clone(),
            description: collection.description.clone(),
            assets: collection.assets,
            publisher: collection.publisher.clone(),
            licence: collection.licence.as_ref().map(LicenceView::from),
            created: collection.created.map(Instant::to_rfc3339),
        }
    }
}

fn constraint(constraint: &Constraint) -> String {
    match constraint {
        Constraint::Text => "text".to_owned(),
        Constraint::Collections => "collections".to_owned(),
        Constraint::Region => "region".to_owned(),
        Constraint::Time => "time".to_owned(),
        Constraint::Wavelength => "wavelength".to_owned(),
        Constraint::Facet(kind) => format!("facet.{kind}"),
        Constraint::Filter(key) => format!("filter.{key}"),
        Constraint::ModifiedSince => "modified-since".to_owned(),
        Constraint::Native => "native".to_owned(),
        Constraint::MaxAssets => "max-assets".to_owned(),
    }
}

fn order(order: Order) -> &'static str {
    match order {
        Order::Stable => "stable",
        Order::Date => "date",
        Order::Size => "size",
        Order::Distance => "distance",
    }
}
