//! `/api/v1/labs`: labs launched, listed, given, removed.
//!
//! Called by `router.rs`. Calls `core::labs`. Not here: what happens to one (`lab_events.rs`), and
//! stop, extend, snooze, open (`lab_steps.rs`).

use archway_core::Error;
use archway_core::labs::LabId;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::Body;
use super::idempotency::Key;
use super::lab_body::LabBody;
use super::lab_view::{LabView, VerdictView};
use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use crate::parameters::Parameters;
use crate::state::Gateway;

/// Labs of whoever asks, newest first, at most 200.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabList {
    labs: Vec<LabView>,
    /// Always `null`.
    next: Option<String>,
    count: CountView,
}

/// What would become of a launch, backend by backend, in the order of preference.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictList {
    verdicts: Vec<VerdictView>,
    /// Always `null`: the list is whole.
    next: Option<String>,
    count: CountView,
}

/// Lists your labs, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/labs",
    tag = "labs",
    params(("running" = Option<bool>, Query, description = "`true`: only those that have not ended; `false` (the default): all.", example = true)),
    responses(
        (status = 200, description = "At most 200", body = LabList),
        (status = 400, description = "A parameter is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Json<LabList>, Problem> {
    let parameters = Parameters::of_query(query.as_deref());
    parameters.refuse_all_but(&["running"])?;
    let running = match parameters.one("running")? {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            let reason = format!("`{other}` is neither true nor false");
            return Err(Error::bad_request("running", reason).into());
        }
    };
    let all = gateway.labs.list(&gateway.principal, running).await?;
    let labs: Vec<_> = all.iter().map(LabView::from).collect();
    let count = CountView { value: labs.len() as u64, exact: labs.len() < 200 };
    Ok(Json(LabList { labs, next: None, count }))
}

/// Launches a lab: its quota is reserved when this answers, and the rest goes on behind it.
#[utoipa::path(
    post,
    path = "/api/v1/labs",
    tag = "labs",
    params(("Idempotency-Key" = Option<String>, Header, description = "Asking again with it launches no second one.", example = "7c9e6679")),
    request_body = LabBody,
    responses(
        (status = 202, description = "Taken on; `Location` is its address, `.../events` says how it goes", body = LabView),
        (status = 400, description = "Something of it is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 403, description = "It would be more than you may have", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "No such application, volume, collection or selection", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "The key was used for another request", body = ProblemView, content_type = "application/problem+json"),
        (status = 502, description = "No backend can run it", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn launch(
    State(gateway): State<Gateway>,
    Key(key): Key,
    Body(body): Body<LabBody>,
) -> Result<Response, Problem> {
    let launch = body.read(&gateway).await?;
    let lab = gateway.labs.launch(&gateway.principal, launch, key.as_deref()).await?;
    let place = [(header::LOCATION, format!("/api/v1/labs/{}", lab.id))];
    Ok((StatusCode::ACCEPTED, place, Json(LabView::from(&lab))).into_response())
}

/// Says what would become of a launch on each backend. Nothing is started.
#[utoipa::path(
    post,
    path = "/api/v1/labs/verdicts",
    tag = "labs",
    request_body = LabBody,
    responses(
        (status = 200, description = "Every backend, the preferred first", body = VerdictList),
        (status = 400, description = "Something of it is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "No such application, volume, collection or selection", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn verdicts(
    State(gateway): State<Gateway>,
    Body(body): Body<LabBody>,
) -> Result<Json<VerdictList>, Problem> {
    let launch = body.read(&gateway).await?;
    let all = gateway.labs.verdicts(&gateway.principal, &launch).await?;
    let verdicts: Vec<_> = all.into_iter().map(VerdictView::from).collect();
    let count = CountView { value: verdicts.len() as u64, exact: true };
    Ok(Json(VerdictList { verdicts, next: None, count }))
}

/// Gives one lab.
#[utoipa::path(
    get,
    path = "/api/v1/labs/{id}",
    tag = "labs",
    params(("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70")),
    responses(
        (status = 200, description = "The lab", body = LabView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn lab(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<LabView>, Problem> {
    Ok(Json(LabView::from(&gateway.labs.lab(&gateway.principal, &LabId(id)).await?)))
}

/// Removes the record of a lab that has ended; your space stays.
#[utoipa::path(
    delete,
    path = "/api/v1/labs/{id}",
    tag = "labs",
    params(("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "It has not ended; stop it first", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    gateway.labs.delete(&gateway.principal, &LabId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
