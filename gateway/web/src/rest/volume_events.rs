//! `GET /api/v1/volumes/{id}/events`: a data volume as it changes.

use archway_core::volumes::VolumeId;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::following::{Change, answer};
use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use super::volume_view::VolumeView;
use crate::asking::wants_events;
use crate::state::Gateway;

/// What is known of a volume's changes: as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VolumeEventList {
    events: Vec<VolumeView>,
    /// Always `null`.
    next: Option<String>,
    count: CountView,
}

/// Gives a data volume as it changes, until it is finished.
///
/// With `Accept: text/event-stream` the answer is a stream: an event `volume` now, and whenever
/// it changes, at most twice a second; the last one is finished. Else it is the list of one.
#[utoipa::path(
    get,
    path = "/api/v1/volumes/{id}/events",
    tag = "volumes",
    params(("id" = String, Path, description = "Its id.", example = "0f3a5c7e9b1d2f4a6c8e")),
    responses(
        (status = 200, description = "The volume as it is, or the stream of events", content(
            (VolumeEventList = "application/json"),
            (VolumeView = "text/event-stream"),
        )),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (who, id) = (&gateway.principal, VolumeId(id));
    if !wants_events(&headers) {
        let volume = gateway.volumes.volume(who, &id).await?;
        let list = VolumeEventList {
            events: vec![VolumeView::from(&volume)],
            next: None,
            count: CountView { value: 1, exact: true },
        };
        return Ok(([(header::VARY, "accept")], Json(list)).into_response());
    }
    let changes = gateway.volumes.follow(who, &id).await?.map(|event| {
        let view = VolumeView::from(&event?.volume);
        Ok(Change { id: None, name: "volume", view })
    });
    Ok(answer(&gateway, changes))
}
