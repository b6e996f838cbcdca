//! All archives at once, each within the deadline.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout_at;
use tracing::{Instrument, info_span, warn};

use super::MAX_AT_ONCE;
use super::page::{Event, SourceReport};
use super::report;
use super::source::{Asking, Source};
use crate::Error;
use crate::asset::Asset;

/// What an archive's own deadline may be overrun before its task is left behind.
const GRACE: Duration = Duration::from_millis(20);

/// Asks all at once, each in a task of its own, so that one that computes does not hold up the
/// others. The tasks end with the set, also when this future is dropped.
pub(super) async fn ask_all(
    sources: Vec<Source>,
    asking: &Arc<Asking>,
    limit: usize,
    events: Option<&mpsc::Sender<Event>>,
) -> Vec<Source> {
    let permits = Arc::new(Semaphore::new(MAX_AT_ONCE));
    let mut tasks = JoinSet::new();
    let mut answered: Vec<Source> = Vec::new();
    let mut numbers = HashMap::new();
    for (number, mut source) in sources.into_iter().enumerate() {
        // What is left of it if its task never comes back.
        answered.push(source.left_behind(asking));
        let (asking, permits) = (Arc::clone(asking), Arc::clone(&permits));
        let span = info_span!("archive.search", archive.id = %source.info.id);
        let ask = async move {
            // Taken in turn, so that many archives never are many calls at once.
            let permit = timeout_at(asking.until, permits.acquire()).await;
            if permit.is_ok() {
                source.fill(&asking, asking.want).await;
            } else {
                let archive = source.info.id.clone();
                source.fail(Error::Timeout { archive, after: asking.deadline });
            }
            source.elapsed = asking.begun.elapsed();
            source
        };
        numbers.insert(tasks.spawn(ask.instrument(span)).id(), number);
    }
    while let Ok(Some(joined)) = timeout_at(asking.until + GRACE, tasks.join_next_with_id()).await {
        let id = joined.as_ref().map_or_else(|error| error.id(), |(id, _)| *id);
        let Some(slot) = numbers.get(&id).and_then(|number| answered.get_mut(*number)) else {
            continue;
        };
        match joined {
            Ok((_, source)) => *slot = source,
            // A defect in one archive's adapter stays that archive's.
            Err(error) => slot.failure = Some(Error::internal(error)),
        }
        if let Some(error) = &slot.failure {
            warn!(archive.id = %slot.info.id, %error, "an archive is missing from a search");
        }
        if let Some(events) = events {
            // Nobody listening is no reason to fail.
            let _ = events.send(event_of(slot, limit)).await;
        }
    }
    answered
}

/// What a watcher is told of an archive: its assets as they are, at most a page of them.
fn event_of(source: &Source, limit: usize) -> Event {
    let items = source.queue().filter_map(|number| source.items.get(number)?.asset.clone());
    let assets: Vec<Asset> = items.take(limit).collect();
    let rows = assets.len() as u64;
    Event::Source { report: SourceReport { rows, ..report::of_source(source) }, assets }
}
