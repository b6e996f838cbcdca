//! A stream of changes as server-sent events, for volumes and labs.
//!
//! Rules that hold here: an event is one JSON document; a failure is an event `problem` and the
//! last one; a stream that is open is counted, and dropping it ends what feeds it.

use std::convert::Infallible;

use archway_core::Error;
use axum::http::header;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::ready;
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;

use super::problem::ProblemView;
use crate::asking::keep_alive;
use crate::error;
use crate::state::Gateway;

/// One change, as it is sent.
pub(super) struct Change<V> {
    /// Gives it to `Last-Event-ID`, where that means something.
    pub(super) id: Option<u64>,
    /// Name of the event.
    pub(super) name: &'static str,
    /// Its document.
    pub(super) view: V,
}

/// Answers with a stream of `changes`.
pub(super) fn answer<V: Serialize + Send + 'static>(
    gateway: &Gateway,
    changes: impl Stream<Item = Result<Change<V>, Error>> + Send + 'static,
) -> Response {
    let open = gateway.metrics.follower();
    let events = changes
        .scan(false, |failed, change| {
            let goes_on = !std::mem::replace(failed, change.is_err());
            ready(goes_on.then_some(change))
        })
        .map(move |change| {
            let _counted_until_dropped = &open;
            Ok::<_, Infallible>(match change {
                Ok(change) => {
                    let event = data(change.name, &change.view);
                    match change.id {
                        Some(id) => event.id(id.to_string()),
                        None => event,
                    }
                }
                Err(failure) => {
                    error::log(&failure);
                    data("problem", &ProblemView::of(&failure))
                }
            })
        });
    let stream = Sse::new(events).keep_alive(keep_alive());
    ([(header::VARY, "accept")], stream).into_response()
}

/// An event with a document.
pub(super) fn data(name: &str, view: &impl Serialize) -> Event {
    match Event::default().event(name).json_data(view) {
        Ok(event) => event,
        // The views hold only strings, numbers and lists of them.
        Err(_) => Event::default().event("problem").data("{}"),
    }
}
