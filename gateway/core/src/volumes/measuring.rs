//! What users write themselves, their own spaces and writable volumes, measured now and then and
//! counted as volumes are.
//!
//! Called by [`Volumes::run`]; [`crate::labs`] says whose is to be measured. Calls the store and
//! [`VolumeBytes`].
//!
//! Rules that hold here and nowhere else:
//!
//! - One folder is walked at a time, and nobody waits for it.
//! - What could not be counted to its end counts upwards only.
//! - Nothing is ended for it; what is refused for it is the next volume or lab.
//!
//! [`Volumes::run`]: super::Volumes::run
//! [`VolumeBytes`]: super::VolumeBytes

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::service::Inner;
use super::{Measured, Progress, Volume, VolumeState};
use crate::Error;
use crate::owner::{Owner, Space};

/// Whose is to be measured.
#[derive(Default)]
pub(super) struct Wanted {
    owners: Mutex<BTreeSet<Owner>>,
    wake: Notify,
}

impl Wanted {
    fn owners(&self) -> MutexGuard<'_, BTreeSet<Owner>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has it measured soon; once, however often this is said until then.
    pub(super) fn add(&self, owner: &Owner) {
        self.owners().insert(owner.clone());
        self.wake.notify_one();
    }

    fn next(&self) -> Option<Owner> {
        self.owners().pop_first()
    }
}

/// Never ends.
pub(super) async fn run(inner: &Inner) {
    loop {
        let woken = inner.measuring.wake.notified();
        while let Some(owner) = inner.measuring.next() {
            if let Err(error) = measure(inner, &owner).await {
                tracing::warn!(%error, "what a user wrote could not be measured; it counts as before");
            }
        }
        woken.await;
    }
}

/// Measures everything that is the owner's to write in, and writes what it holds.
pub(super) async fn measure(inner: &Inner, owner: &Owner) -> Result<(), Error> {
    let need = &inner.need;
    for volume in need.keeper.volumes(owner).await? {
        if volume.writable && volume.state == VolumeState::Ready {
            measure_volume(inner, volume).await?;
        }
    }
    let folder = need.bytes.space(owner).await?;
    let found = need.bytes.measure(&folder).await?;
    let before = need.keeper.space_held(owner).await?;
    let known = before.as_ref().map_or(0, |space| space.bytes);
    let bytes = at_least(found, known);
    if bytes != known {
        let since = before.map_or_else(|| need.outside.now(), |space| space.since);
        need.keeper.save_space_held(owner, &Space { bytes, since }).await?;
        inner.accounts.changed(owner, known, bytes).await;
    }
    Ok(())
}

async fn measure_volume(inner: &Inner, volume: Volume) -> Result<(), Error> {
    let need = &inner.need;
    let folder = match need.bytes.folder(&volume.id).await {
        Ok(folder) => folder,
        // It was removed a moment ago.
        Err(Error::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let found = need.bytes.measure(&folder).await?;
    let known = volume.progress.bytes;
    let bytes = at_least(found, known);
    let progress =
        Progress { files: found.files, files_total: found.files, bytes, bytes_total: bytes };
    if progress == volume.progress {
        return Ok(());
    }
    let measured = Volume { progress, ..volume };
    // Where somebody else wrote it meanwhile, the next time counts.
    if need.keeper.save_volume(&measured).await? {
        inner.accounts.changed(&measured.owner, known, bytes).await;
    }
    Ok(())
}

/// How much there is, where so much was known before.
fn at_least(found: Measured, known: u64) -> u64 {
    if found.whole { found.bytes } else { found.bytes.max(known) }
}
