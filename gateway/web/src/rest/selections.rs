//! `/api/v1/selections`: assets that somebody ticked, or all results of a search, under an id.

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::selections::Selection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::idempotency::{Key, Once, Remembered, fingerprint};
use super::members::{MembersView, QueryBody, Said};
use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use crate::chosen::Chosen;
use crate::state::Gateway;

/// A selection as it is asked for: `assets`, or `query` and perhaps `except`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectionBody {
    /// For people; the first 200 characters are kept.
    #[serde(default)]
    #[schema(example = "M31 with Hubble")]
    title: Option<String>,
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
}

/// A selection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SelectionView {
    /// Made by the gateway.
    #[schema(example = "0f3a5c7e9b1d2f4a6c8e")]
    id: String,
    /// For people; may be empty.
    title: String,
    members: MembersView,
    /// When it was made, RFC 3339 UTC.
    created: String,
}

/// Selections of whoever asks, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SelectionList {
    selections: Vec<SelectionView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// Lists your selections, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/selections",
    tag = "collections",
    responses((status = 200, description = "At most 1000", body = SelectionList))
)]
pub(crate) async fn list(State(gateway): State<Gateway>) -> Result<Json<SelectionList>, Problem> {
    let all = gateway.selections.list(&gateway.principal).await?;
    let selections: Vec<_> = all.iter().map(SelectionView::in_list).collect();
    let count = CountView { value: selections.len() as u64, exact: true };
    Ok(Json(SelectionList { selections, next: None, count }))
}

/// Makes a selection.
#[utoipa::path(
    post,
    path = "/api/v1/selections",
    tag = "collections",
    params(("Idempotency-Key" = Option<String>, Header, description = "Asking again with it makes no second one; remembered until the gateway restarts.", example = "7c9e6679")),
    request_body = SelectionBody,
    responses(
        (status = 201, description = "Made; `Location` is its address", body = SelectionView),
        (status = 200, description = "The key was used before: what was made then", body = SelectionView),
        (status = 400, description = "Something of it is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "The key was used for another request", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Extension(remembered): Extension<Remembered>,
    key: Key,
    Body(body): Body<SelectionBody>,
) -> Result<Response, Problem> {
    let request = fingerprint(&("selection", &body));
    let title = body.title.clone().unwrap_or_default();
    let said =
        Said { assets: body.assets, query: body.query, except: body.except.unwrap_or_default() };
    let make = async {
        let members = Chosen::from(said).members(&gateway).await?;
        gateway.selections.make(&gateway.principal, title.trim(), members).await
    };
    let owner = gateway.principal.owner();
    let id = |made: &Selection| made.id.clone();
    let (status, selection) = match remembered.once(owner, key, request, id, make).await? {
        Once::New(selection) => (StatusCode::CREATED, selection),
        Once::Before(id) => (StatusCode::OK, find(&gateway, &id).await?),
    };
    let place = [(header::LOCATION, format!("/api/v1/selections/{}", selection.id))];
    Ok((status, place, Json(SelectionView::from(&selection))).into_response())
}

/// Gives one selection.
#[utoipa::path(
    get,
    path = "/api/v1/selections/{id}",
    tag = "collections",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 200, description = "The selection", body = SelectionView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn selection(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<SelectionView>, Problem> {
    Ok(Json(SelectionView::from(&find(&gateway, &id).await?)))
}

/// Removes a selection; what was made of it stays.
#[utoipa::path(
    delete,
    path = "/api/v1/selections/{id}",
    tag = "collections",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    gateway.selections.remove(&gateway.principal, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(gateway: &Gateway, id: &str) -> Result<Selection, Error> {
    gateway.selections.selection(&gateway.principal, id).await
}

impl SelectionView {
    fn in_list(selection: &Selection) -> Self {
        Self { members: MembersView::in_list(&selection.members), ..Self::from(selection) }
    }
}

impl From<&Selection> for SelectionView {
    fn from(selection: &Selection) -> Self {
        Self {
            id: selection.id.clone(),
            title: selection.title.clone(),
            members: MembersView::from(&selection.members),
            created: Instant::to_rfc3339(selection.created),
        }
    }
}
