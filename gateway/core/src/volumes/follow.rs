//! Volumes as they change, from memory: who follows one asks the store once.
//!
//! Called by `service.rs` and `runner.rs`. Rules: a volume has an entry while it is worked on or
//! followed, and none once it is finished; a follower sees at most two states a second, and the
//! final one always.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::{Volume, VolumeEvent, VolumeId};
use crate::Error;

/// Between two states that a follower is given.
const PACE: Duration = Duration::from_millis(500);

/// The volumes that are worked on or followed.
#[derive(Default)]
pub(super) struct Live {
    entries: Mutex<HashMap<VolumeId, Arc<Entry>>>,
}

#[derive(Default)]
struct Entry {
    volume: watch::Sender<Option<Volume>>,
    stop: watch::Sender<bool>,
    working: watch::Sender<bool>,
}

impl Live {
    fn entries(&self) -> MutexGuard<'_, HashMap<VolumeId, Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody works on the volume, until what this returns is dropped; `None` if somebody
    /// does already.
    pub(super) fn work(self: &Arc<Self>, id: &VolumeId) -> Option<Working> {
        let mut entries = self.entries();
        let entry = Arc::clone(entries.entry(id.clone()).or_default());
        if entry.working.send_replace(true) {
            return None;
        }
        entry.stop.send_replace(false);
        Some(Working { live: Arc::clone(self), id: id.clone(), entry })
    }

    /// Whether somebody works on it.
    pub(super) fn is_worked_on(&self, id: &VolumeId) -> bool {
        self.entries().get(id).is_some_and(|entry| *entry.working.borrow())
    }

    /// Tells everybody how the volume stands now.
    pub(super) fn publish(&self, volume: &Volume) {
        let mut entries = self.entries();
        let Some(entry) = entries.get(&volume.id).cloned() else { return };
        // Who works on it must still be found by who waits for its end.
        if volume.state.is_final() && !*entry.working.borrow() {
            entries.remove(&volume.id);
        }
        // Before anybody else looks: an entry that stays behind must not hold an end.
        entry.volume.send_replace(Some(volume.clone()));
        drop(entries);
    }

    /// Ends the work on the volume, and waits until nobody does any.
    pub(super) async fn stop(&self, id: &VolumeId) {
        let Some(entry) = self.entries().get(id).cloned() else { return };
        entry.stop.send_replace(true);
        let mut working = entry.working.subscribe();
        // The entry is held here, so its sender lives.
        let _ = working.wait_for(|working| !*working).await;
    }

    /// The volume is gone.
    pub(super) fn forget(&self, id: &VolumeId) {
        self.entries().remove(id);
    }

    /// Somebody looked at a volume and found it finished.
    pub(super) fn leave(&self, id: &VolumeId) {
        let mut entries = self.entries();
        if entries.get(id).is_some_and(|entry| !*entry.working.borrow()) {
            entries.remove(id);
        }
    }

    /// States of the volume that are published from now on.
    pub(super) fn subscribe(&self, id: &VolumeId) -> watch::Receiver<Option<Volume>> {
        self.entries().entry(id.clone()).or_default().volume.subscribe()
    }
}

/// Work on a volume.
pub(super) struct Working {
    live: Arc<Live>,
    id: VolumeId,
    entry: Arc<Entry>,
}

impl Working {
    /// Becomes true when the work shall end.
    pub(super) fn stop(&self) -> watch::Receiver<bool> {
        self.entry.stop.subscribe()
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        // Under the lock, so that nobody begins on an entry that is about to go.
        let mut entries = self.live.entries();
        self.entry.working.send_replace(false);
        let ended = self.entry.volume.borrow().as_ref().is_some_and(|own| own.state.is_final());
        if ended {
            entries.remove(&self.id);
        }
    }
}

/// The volume as it is, then as it changes, its final state last.
pub(super) fn stream(
    now: Volume,
    changes: watch::Receiver<Option<Volume>>,
) -> impl Stream<Item = Result<VolumeEvent, Error>> + Send {
    enum Next {
        First(Box<Volume>),
        Then,
        Nothing,
    }
    let begin = (Next::First(Box::new(now)), changes);
    stream::unfold(begin, |(next, mut changes)| async move {
        let volume = match next {
            Next::Nothing => return None,
            Next::First(volume) => *volume,
            Next::Then => {
                sleep(PACE).await;
                // Without a sender the last state is the last: removed, or the gateway ends.
                let gone = changes.changed().await.is_err();
                let last = changes.borrow_and_update().clone();
                match last {
                    Some(volume) if !gone || volume.state.is_final() => volume,
                    _ => return None,
                }
            }
        };
        let next = if volume.state.is_final() { Next::Nothing } else { Next::Then };
        Some((Ok(VolumeEvent { volume }), (next, changes)))
    })
}
