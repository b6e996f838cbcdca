//! `GET /api/v1/search`: the federated search, whole or as events.
//!
//! Calls `question.rs` for the parameters and `asking.rs` for the search.

use std::convert::Infallible;

use archway_core::Error;
use archway_core::asset::Asset;
use archway_core::discovery::{Event, SourceReport};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{self, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use utoipa::ToSchema;

use super::asset_view::AssetView;
use super::following::data;
use super::page_view::{PageView, SourceView};
use super::problem::{Problem, ProblemView};
use crate::asking;
use crate::error;
use crate::parameters::Parameters;
use crate::question;
use crate::state::Gateway;

/// One archive answered: the data of the event `source`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SourceEvent {
    /// Its row as far as it goes now; the page has the final one.
    source: SourceView,
    /// Its assets, not merged with those of others yet.
    assets: Vec<AssetView>,
}

/// Finds assets in all archives at once.
///
/// Answers 200 even if some archives failed; `sources` says which and why. With
/// `Accept: text/event-stream` the answer is a stream: an event `source` as each archive
/// answers, then one event `page` with the same document as without, or `problem`.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    tag = "search",
    params(
        ("q" = Option<String>, Query, description = "Words; all must occur in title, description, keywords, targets, identifiers or facets.", example = "M31"),
        ("pos" = Option<String>, Query, description = "Region that coverage must overlap, ICRS degrees (SIA 2.0 POS): `CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2` or `POLYGON ra1 dec1 ra2 dec2 ra3 dec3 ...`; with `EARTH` before it, longitude and latitude on Earth.", example = "CIRCLE 10.68 41.27 0.5"),
        ("time" = Option<String>, Query, description = "`start/end` that coverage must overlap: ISO 8601 UTC or MJD in days; either end may be empty.", example = "2002-01-01/2003-01-01"),
        ("band" = Option<String>, Query, description = "`min/max` that coverage must overlap: vacuum wavelength in metres, or with a unit of wavelength, frequency or energy.", example = "400/700 nm"),
        ("facet.NAME" = Option<Vec<String>>, Query, description = "A term of the facet NAME, in any case. Several terms of one facet: any of them; several facets: all of them.", example = json!(["HST"])),
        ("archive" = Option<Vec<String>>, Query, description = "Only this archive; repeatable.", example = json!(["hst"])),
        ("collection" = Option<Vec<String>>, Query, description = "Only this collection; repeatable.", example = json!(["HST"])),
        ("sort" = Option<String>, Query, description = "`relevance` (default), `date` (latest first), `distance` (nearest first, needs `pos`) or `size` (largest first).", example = "date"),
        ("limit" = Option<u32>, Query, description = "Most assets of the page, 1 to 1000.", example = 20),
        ("cursor" = Option<String>, Query, description = "`next` of the page before; the other parameters must be the same."),
        ("deadline_ms" = Option<u32>, Query, description = "How long to wait for archives, milliseconds, 1 to 60000; 8000 unless given.", example = 8000),
        ("require" = Option<String>, Query, description = "Which archives must answer for the search to succeed: `any` (none, the default), `all`, or ids with commas between.", example = "any"),
    ),
    responses(
        (status = 200, description = "The page, or the stream of events", content(
            (PageView = "application/json"),
            (SourceEvent = "text/event-stream"),
        )),
        (status = 400, description = "A parameter is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
        (status = 502, description = "An archive that is required did not answer", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let parameters = Parameters::of_query(query.as_deref());
    let request = question::request(&parameters, &gateway)?;
    if asking::wants_events(&headers) {
        let events = written(asking::events(&gateway, request)?);
        let stream = Sse::new(events).keep_alive(asking::keep_alive());
        return Ok(([(header::VARY, "accept")], stream).into_response());
    }
    let page = asking::page(&gateway, request).await?;
    Ok(([(header::VARY, "accept")], Json(PageView::from(&page))).into_response())
}

fn written(
    events: impl Stream<Item = Result<Event, Error>> + Send + 'static,
) -> impl Stream<Item = Result<sse::Event, Infallible>> + Send + 'static {
    events.map(|event| {
        Ok(match event {
            Ok(Event::Source { report, assets }) => data("source", &source(&report, &assets)),
            Ok(Event::Page(page)) => data("page", &PageView::from(&*page)),
            Err(error) => {
                error::log(&error);
                data("problem", &ProblemView::of(&error))
            }
        })
    })
}

fn source(report: &SourceReport, assets: &[Asset]) -> SourceEvent {
    SourceEvent {
        source: SourceView::from(report),
        assets: assets.iter().map(AssetView::from).collect(),
    }
}
