//! The steps of a search, from its events.

use serde_json::Value;

use crate::cli::events::Events;

/// One step of a search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// An archive answered: its row.
    Source(Value),
    /// The page; nothing follows.
    Page(Value),
    /// What went wrong; nothing follows.
    Problem(Value),
}

/// The next step; `None` at the end of the stream.
pub(super) async fn next(events: &mut Events) -> anyhow::Result<Option<Event>> {
    while let Some((name, mut data)) = events.next().await? {
        match name.as_str() {
            "source" => return Ok(Some(Event::Source(data["source"].take()))),
            "page" => return Ok(Some(Event::Page(data))),
            "problem" => return Ok(Some(Event::Problem(data))),
            // A later gateway may tell more.
            _ => {}
        }
    }
    Ok(None)
}
