//! `/api/v1/collections`: named sets of assets over all archives.
//!
//! Rule that holds here: a page of another site may read the operator's collections and not
//! those of whoever's browser it runs in.

use archway_core::Error;
use archway_core::asset::Licence;
use archway_core::collections::Collection;
use archway_core::coverage::Instant;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asset_view::LicenceView;
use super::body::Body;
use super::idempotency::{Key, Once, Remembered, fingerprint};
use super::members::{MembersView, QueryBody, Said};
use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use crate::chosen::Chosen;
use crate::middleware::is_foreign;
use crate::state::Gateway;

/// What the answer depends on besides its address.
const VARY: [(header::HeaderName, &str); 1] = [(header::VARY, "origin, sec-fetch-site")];

/// A personal collection as it is asked for: `assets`, or `query` and perhaps `except`, or the
/// members of a `selection`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectionBody {
    /// For people.
    #[schema(example = "Crab through the bands")]
    title: String,
    /// For people; plain text, paragraphs by empty lines.
    #[serde(default)]
    description: Option<String>,
    /// SPDX identifier of the licence of all that is in it, where it has one.
    #[serde(default)]
    #[schema(example = "CC-BY-4.0")]
    licence: Option<String>,
    /// Without `doi:` or URL.
    #[serde(default)]
    #[schema(example = "10.5281/zenodo.1234")]
    doi: Option<String>,
    /// Where people read more, http or https.
    #[serde(default)]
    homepage: Option<String>,
    /// Ids, at most 10,000.
    #[serde(default)]
    #[schema(example = json!(["hst/ocli05leq"]))]
    assets: Option<Vec<String>>,
    /// All results of this search, whenever they are needed.
    #[serde(default)]
    query: Option<QueryBody>,
    /// Ids of results that are left out.
    #[serde(default)]
    except: Option<Vec<String>>,
    /// Id of a selection.
    #[serde(default)]
    selection: Option<String>,
}

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionView {
    /// 1 to 64 of `a-z`, `0-9` and `-`.
    #[schema(example = "planck-maps")]
    id: String,
    /// Whether it is the operator's.
    predefined: bool,
    /// For people.
    title: String,
    /// For people; plain text, paragraphs by empty lines.
    description: String,
    /// Who publishes it.
    publisher: Option<String>,
    /// Of all that is in it.
    licence: Option<LicenceView>,
    /// Without `doi:` or URL.
    doi: Option<String>,
    /// Where people read more.
    homepage: Option<String>,
    /// The collection's own date, RFC 3339 UTC.
    created: Option<String>,
    members: MembersView,
}

/// The operator's collections in the operator's order, then your own by title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionList {
    collections: Vec<CollectionView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// Lists collections: the operator's, then your own.
#[utoipa::path(
    get,
    path = "/api/v1/collections",
    tag = "collections",
    responses((status = 200, description = "All of them", body = CollectionList))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let all = gateway.collections.list(&gateway.principal).await?;
    let visible = |collection: &&Collection| collection.owner.is_none() || !is_foreign(&headers);
    let collections: Vec<_> = all.iter().filter(visible).map(CollectionView::in_list).collect();
    let count = CountView { value: collections.len() as u64, exact: true };
    Ok((VARY, Json(CollectionList { collections, next: None, count })).into_response())
}

/// Makes a personal collection.
#[utoipa::path(
    post,
    path = "/api/v1/collections",
    tag = "collections",
    params(("Idempotency-Key" = Option<String>, Header, description = "Asking again with it makes no second one; remembered until the gateway restarts.", example = "7c9e6679")),
    request_body = CollectionBody,
    responses(
        (status = 201, description = "Made; `Location` is its address", body = CollectionView),
        (status = 200, description = "The key was used before: what was made then", body = CollectionView),
        (status = 400, description = "Something of it is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "The key was used for another request", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Extension(remembered): Extension<Remembered>,
    key: Key,
    Body(body): Body<CollectionBody>,
) -> Result<Response, Problem> {
    let request = fingerprint(&("collection", &body));
    let make = async {
        let homepage = body.homepage.filter(|url| !url.trim().is_empty());
        if let Some(url) = &homepage
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            let reason = format!("`{url}` is neither an http nor an https address");
            return Err(Error::bad_request("homepage", reason));
        }
        let said = Said {
            assets: body.assets,
            query: body.query,
            except: body.except.unwrap_or_default(),
        };
        let chosen = Chosen { selection: body.selection, ..Chosen::from(said) };
        let members = chosen.members(&gateway).await?;
        let licence = body.licence.map(|spdx| Licence { spdx: Some(spdx), url: None, text: None });
        let collection = Collection {
            id: String::new(),
            owner: None,
            title: body.title.trim().to_owned(),
            description: body.description.unwrap_or_default(),
            publisher: None,
            licence,
            doi: body.doi,
            homepage,
            created: None,
            members,
        };
        gateway.collections.make(&gateway.principal, collection).await
    };
    let owner = gateway.principal.owner();
    let id = |made: &Collection| made.id.clone();
    let (status, collection) = match remembered.once(owner, key, request, id, make).await? {
        Once::New(collection) => (StatusCode::CREATED, collection),
        Once::Before(id) => {
            (StatusCode::OK, gateway.collections.collection(&gateway.principal, &id).await?)
        }
    };
    let place = [(header::LOCATION, format!("/api/v1/collections/{}", collection.id))];
    Ok((status, place, Json(CollectionView::from(&collection))).into_response())
}

/// Gives one collection.
#[utoipa::path(
    get,
    path = "/api/v1/collections/{id}",
    tag = "collections",
    params(("id" = String, Path, description = "Its id.", example = "planck-maps")),
    responses(
        (status = 200, description = "The collection", body = CollectionView),
        (status = 404, description = "No such collection", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn collection(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = gateway.collections.collection(&gateway.principal, &id).await?;
    if collection.owner.is_some() && is_foreign(&headers) {
        return Err(Error::not_found("collection", id).into());
    }
    Ok((VARY, Json(CollectionView::from(&collection))).into_response())
}

/// Removes a personal collection; what was made of it stays.
#[utoipa::path(
    delete,
    path = "/api/v1/collections/{id}",
    tag = "collections",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "It is the operator's", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    gateway.collections.remove(&gateway.principal, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl CollectionView {
    fn in_list(collection: &Collection) -> Self {
        Self { members: MembersView::in_list(&collection.members), ..Self::from(collection) }
    }
}

impl From<&Collection> for CollectionView {
    fn from(collection: &Collection) -> Self {
        Self {
            id: collection.id.clone(),
            predefined: collection.owner.is_none(),
            title: collection.title.clone(),
            description: collection.description.clone(),
            publisher: collection.publisher.clone(),
            licence: collection.licence.as_ref().map(LicenceView::from),
            doi: collection.doi.clone(),
            homepage: collection.homepage.clone(),
            created: collection.created.map(Instant::to_rfc3339),
            members: MembersView::from(&collection.members),
        }
    }
}
