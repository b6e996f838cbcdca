//! A federated search as both surfaces ask it: once, or watched; counted either way.
//!
//! Called by `rest/search.rs` and `portal/search.rs`. Calls `core::discovery`.

use std::time::{Duration, Instant};

use archway_core::Error;
use archway_core::discovery::{Event, Page, Request};
use archway_core::permission::{Action, Resource, decide};
use axum::http::{HeaderMap, header};
use axum::response::sse::KeepAlive;
use futures_util::{Stream, StreamExt as _};

use crate::state::Gateway;

/// Returns one page.
///
/// # Errors
///
/// What is wrong with the request; an archive that fails is a row of the page.
pub(crate) async fn page(gateway: &Gateway, request: Request) -> Result<Page, Error> {
    decide(&gateway.principal, Action::Search, Resource::Gateway)?;
    let started = Instant::now();
    let page = gateway.discovery.search(&gateway.principal, request, gateway.now()).await?;
    count(gateway, &page, started);
    Ok(page)
}

/// Returns an event as each archive answers, the page last. Dropping it ends the search.
///
/// # Errors
///
/// What is wrong with the request, before anything is asked.
pub(crate) fn events(
    gateway: &Gateway,
    request: Request,
) -> Result<impl Stream<Item = Result<Event, Error>> + Send + 'static, Error> {
    decide(&gateway.principal, Action::Search, Resource::Gateway)?;
    let started = Instant::now();
    let events = gateway.discovery.search_events(&gateway.principal, request, gateway.now())?;
    let gateway = gateway.clone();
    let open = gateway.metrics.stream();
    Ok(events.inspect(move |event| {
        let _counted_until_dropped = &open;
        if let Ok(Event::Page(page)) = event {
            count(&gateway, page, started);
        }
    }))
}

/// Returns how an open stream says that it is one: a comment, before proxies think it dead.
pub(crate) fn keep_alive() -> KeepAlive {
    KeepAlive::new().interval(Duration::from_secs(10)).text("keep-alive")
}

/// Whether a client asks for events rather than for the whole answer.
pub(crate) fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let kinds = accepted.flat_map(|value| value.split(','));
    kinds
        .map(|kind| kind.split(';').next().unwrap_or_default().trim())
        .any(|kind| kind.eq_ignore_ascii_case("text/event-stream"))
}

fn count(gateway: &Gateway, page: &Page, started: Instant) {
    gateway.metrics.search(started.elapsed());
    for source in &page.sources {
        gateway.metrics.archive_answer(source.archive.as_str(), source.status.name());
    }
}
