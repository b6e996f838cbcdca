//! `GET /api/v1/apps` and `/api/v1/backends`: what can be launched, and where.

use archway_core::labs::{App, BackendReport, Size};
use archway_core::permission::{Action, Resource, decide};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::page_view::CountView;
use super::problem::Problem;
use crate::state::Gateway;

/// The lab catalogue, in the operator's order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppList {
    apps: Vec<AppView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// An application of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppView {
    /// `publisher/image:tag`; give it as `app` of a lab.
    #[schema(example = "sepp/jupyterlab:v1")]
    id: String,
    /// `jupyter` or `desktop`.
    #[schema(example = "jupyter")]
    kind: &'static str,
    /// For people.
    title: String,
    /// For people.
    description: String,
    /// Who keeps it up.
    maintainer: String,
    /// SPDX expression, or words.
    licence: String,
    /// Where people read more.
    homepage: Option<String>,
    /// The gateway's words for formats it suits.
    formats: Vec<String>,
    /// From small to large; the first is what a launch gets that says nothing.
    sizes: Vec<SizeView>,
    /// Whether it opens a notebook that is made for the data.
    opens_notebooks: bool,
    /// Kinds of backends that can run it: `process`, `container`.
    runs_on: Vec<&'static str>,
}

/// How much of a machine a lab gets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SizeView {
    /// Give it as `size` of a lab.
    #[schema(example = "S")]
    name: String,
    /// For people.
    title: String,
    /// CPU cores.
    cores: f64,
    /// Memory, MiB.
    memory_mib: u64,
}

/// The backends that labs run on, in the operator's order of preference.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackendList {
    backends: Vec<BackendView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// A backend, and what it can do here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackendView {
    /// Give it as `backend` of a lab.
    #[schema(example = "process")]
    id: String,
    /// For people.
    title: String,
    /// Why it cannot be used at all; `null` if it can.
    unusable: Option<String>,
    /// Isolation and limits, each in words.
    facts: Vec<FactView>,
    /// Whether it keeps users apart well enough to serve several.
    several_users: bool,
    /// Cores of the machine or cluster.
    cores: Option<f64>,
    /// Memory of it, MiB.
    memory_mib: Option<u64>,
}

/// One thing that holds or does not hold of a backend.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactView {
    /// A statement.
    #[schema(example = "memory is limited")]
    what: String,
    /// Whether it is true here.
    holds: bool,
    /// Why not, and what would make it so.
    why: Option<String>,
}

/// Lists the applications that can be launched.
#[utoipa::path(
    get,
    path = "/api/v1/apps",
    tag = "labs",
    responses((status = 200, description = "All of them", body = AppList))
)]
pub(crate) async fn apps(State(gateway): State<Gateway>) -> Json<AppList> {
    let apps: Vec<_> = gateway.labs.catalogue().0.iter().map(|app| AppView::from(&**app)).collect();
    let count = CountView { value: apps.len() as u64, exact: true };
    Json(AppList { apps, next: None, count })
}

/// Lists the backends that labs run on, and what each can do here.
#[utoipa::path(
    get,
    path = "/api/v1/backends",
    tag = "labs",
    responses((status = 200, description = "All of them", body = BackendList))
)]
pub(crate) async fn backends(State(gateway): State<Gateway>) -> Result<Json<BackendList>, Problem> {
    decide(&gateway.principal, Action::LaunchLab, Resource::Gateway)?;
    let backends: Vec<_> =
        gateway.labs.backends().await.into_iter().map(BackendView::from).collect();
    let count = CountView { value: backends.len() as u64, exact: true };
    Ok(Json(BackendList { backends, next: None, count }))
}

impl From<&App> for AppView {
    fn from(app: &App) -> Self {
        let recipes = [("process", app.process.is_some()), ("container", app.docker.is_some())];
        Self {
            id: app.id.to_string(),
            kind: app.kind.name(),
            title: app.title.clone(),
            description: app.description.clone(),
            maintainer: app.maintainer.clone(),
            licence: app.licence.clone(),
            homepage: app.homepage.clone(),
            formats: app.formats.clone(),
            sizes: app.sizes.iter().map(SizeView::from).collect(),
            opens_notebooks: app.open_notebook.is_some(),
            runs_on: recipes.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect(),
        }
    }
}

impl From<&Size> for SizeView {
    fn from(size: &Size) -> Self {
        Self {
            name: size.name.clone(),
            title: size.title.clone(),
            cores: size.cores,
            memory_mib: size.memory_mib,
        }
    }
}

impl From<(String, String, BackendReport)> for BackendView {
    fn from((id, title, report): (String, String, BackendReport)) -> Self {
        let facts = report.facts.into_iter();
        Self {
            id,
            title,
            unusable: report.unusable,
            facts: facts
                .map(|fact| FactView { what: fact.what, holds: fact.holds, why: fact.why })
                .collect(),
            several_users: report.several_users,
            cores: report.cores,
            memory_mib: report.memory_mib,
        }
    }
}
