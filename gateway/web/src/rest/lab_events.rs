//! `GET /api/v1/labs/{id}/events`: what happens to a lab, step by step.

use archway_core::Error;
use archway_core::labs::LabId;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::following::{Change, answer};
use super::lab_view::{LabEventView, LabView};
use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use crate::asking::wants_events;
use crate::parameters::Parameters;
use crate::state::Gateway;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What happened to a lab.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabEventList {
    events: Vec<LabEventView>,
    /// Give it as `after` for more; `null` at the end.
    next: Option<u64>,
    count: CountView,
}

/// One thing that happened, and the lab as it is with it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabChangeView {
    event: LabEventView,
    lab: LabView,
}

/// Gives what happened to a lab.
///
/// With `Accept: text/event-stream` the answer is a stream: an event `lab` for everything that
/// happened and happens, until it has ended; after a break `Last-Event-ID` goes on behind it.
/// Else it is a list of at most 1000.
#[utoipa::path(
    get,
    path = "/api/v1/labs/{id}/events",
    tag = "labs",
    params(
        ("id" = String, Path, description = "Its id.", example = "aae6c2bbb1eeaa3d5f70"),
        ("after" = Option<u64>, Query, description = "Only what happened behind the event of this number; 0 unless given.", example = 0),
        ("Last-Event-ID" = Option<u64>, Header, description = "The same, as browsers send it; it goes before `after`.", example = 3),
    ),
    responses(
        (status = 200, description = "What happened, or the stream of it", content(
            (LabEventList = "application/json"),
            (LabChangeView = "text/event-stream"),
        )),
        (status = 400, description = "A parameter is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "You have none of that id", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = after(query.as_deref(), &headers)?;
    let (who, id) = (&gateway.principal, LabId(id));
    if !wants_events(&headers) {
        let events = gateway.labs.events(who, &id, after).await?;
        let whole = events.len() < 1000;
        let list = LabEventList {
            next: events.last().map(|event| event.number).filter(|_| !whole),
            count: CountView { value: events.len() as u64, exact: whole },
            events: events.iter().map(LabEventView::from).collect(),
        };
        return Ok(([(header::VARY, "accept")], Json(list)).into_response());
    }
    let changes = gateway.labs.follow(who, &id, after).await?.map(|change| {
        let (lab, event) = change?;
        let view = LabChangeView { event: LabEventView::from(&event), lab: LabView::from(&lab) };
        Ok(Change { id: Some(event.number), name: "lab", view })
    });
    Ok(answer(&gateway, changes))
}

fn after(query: Option<&str>, headers: &HeaderMap) -> Result<u64, Error> {
    let parameters = Parameters::of_query(query);
    parameters.refuse_all_but(&["after"])?;
    let Some(last) = headers.get(LAST_EVENT_ID) else {
        return parameters.whole("after", 0, 0..=u64::from(u32::MAX));
    };
    let number = last.to_str().ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| Error::bad_request("Last-Event-ID", "is no number of an event"))
}
