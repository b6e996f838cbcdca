//! The events of a search as a stream that drives the search itself.

use std::pin::Pin;

use futures_util::{Stream, stream};
use tokio::sync::mpsc;

use super::{Event, Page};
use crate::Error;

type Running = Pin<Box<dyn Future<Output = Result<Page, Error>> + Send>>;

/// Polls `page`, which sends into `events`, and gives first the events, then the page. Nothing
/// runs unless the stream is polled, and dropping it drops the search.
pub(super) fn stream(
    events: mpsc::Receiver<Event>,
    page: impl Future<Output = Result<Page, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Event, Error>> + Send {
    let running: Running = Box::pin(page);
    stream::unfold((events, Some(running), None), |(mut events, mut running, mut end)| async move {
        loop {
            if let Some(search) = &mut running {
                tokio::select! {
                    biased;
                    Some(event) = events.recv() => return Some((Ok(event), (events, running, end))),
                    page = search => {
                        running = None;
                        end = Some(page.map(|page| Event::Page(Box::new(page))));
                    }
                }
            } else if let Some(event) = events.recv().await {
                return Some((Ok(event), (events, running, end)));
            } else {
                return end.take().map(|end| (end, (events, running, None)));
            }
        }
    })
}
