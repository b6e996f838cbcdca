//! What is done with a lab: open, stop, extend, snooze; and its own last lines.

use archway_core::labs::LabId;
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::lab_view::LabView;
use super::problem::{Problem, ProblemView};
use crate::entering::entry_url;
use crate::state::Gateway;

/// Where a browser enters a lab.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Works once, within a minute, and leads into the lab's own origin.
    #[schema(example = "http://aae6c2bbb1eeaa3d5f70.localhost:8470/.archway/enter?code=...")]
    url: String,
}

/// The lab's own last lines.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogView {
    /// At most 64 KiB of them; what the application wrote, untrusted text.
    log: String,
}

/// Gives an address that enters the lab once, within a minute.
#[utoipa::path(
    post,
    path = "/api/v1/labs/{id}/open",
    tag = "labs",
    params(("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70")),
    responses(
        (status = 200, description = "The address", body = EntryView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "It does not answer yet, or any more", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn open(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<EntryView>, Problem> {
    Ok(Json(EntryView { url: entry_url(&gateway, &LabId(id)).await? }))
}

/// Ends a lab, at whatever step it is. Ending one that has ended is fine.
#[utoipa::path(
    post,
    path = "/api/v1/labs/{id}/stop",
    tag = "labs",
    params(("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70")),
    responses(
        (status = 200, description = "The lab as it is now", body = LabView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn stop(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<LabView>, Problem> {
    Ok(Json(LabView::from(&gateway.labs.stop(&gateway.principal, &LabId(id)).await?)))
}

/// Lets a lab live longer, up to the longest time from now on.
#[utoipa::path(
    post,
    path = "/api/v1/labs/{id}/extend",
    tag = "labs",
    params(("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70")),
    responses(
        (status = 200, description = "The lab as it is now", body = LabView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "It has ended", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn extend(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<LabView>, Problem> {
    Ok(Json(LabView::from(&gateway.labs.extend(&gateway.principal, &LabId(id)).await?)))
}

/// Keeps a lab for one more idle time although nobody works in it.
#[utoipa::path(
    post,
    path = "/api/v1/labs/{id}/snooze",
    tag = "labs",
    params(("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70")),
    responses(
        (status = 200, description = "The lab as it is now", body = LabView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "It has ended", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn snooze(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<LabView>, Problem> {
    Ok(Json(LabView::from(&gateway.labs.snooze(&gateway.principal, &LabId(id)).await?)))
}

/// Gives the lab's own last lines.
#[utoipa::path(
    get,
    path = "/api/v1/labs/{id}/log",
    tag = "labs",
    params(("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70")),
    responses(
        (status = 200, description = "The lines", body = LogView),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
        (status = 502, description = "Its backend failed", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn log(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Json<LogView>, Problem> {
    Ok(Json(LogView { log: gateway.labs.log(&gateway.principal, &LabId(id)).await? }))
}
