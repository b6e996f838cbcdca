//! Bytes that nobody has any more go: those of removed volumes, and those that no file ever got.
//!
//! Called by `service.rs` and [`Volumes::run`]. Calls the store, `kept.rs` and [`VolumeBytes`].
//!
//! Rules that hold here and nowhere else:
//!
//! - That bytes are to go is noted in the moment in which their volume's record goes, and the
//!   note goes after them: whatever is killed in between is gone on with at the next start.
//! - What was kept when the gateway was killed, and is written down as no file's, is swept.
//! - Bytes that a file of any volume has, or is about to get, stay (`kept.rs`).
//! - A folder of a volume that nobody recorded says that the records are others than those of
//!   these bytes: put back, or of another gateway. Then nothing is swept.
//!
//! [`Volumes::run`]: super::Volumes::run
//! [`VolumeBytes`]: super::VolumeBytes

use std::time::Duration;

use tokio::sync::{Notify, RwLock};
use tokio::time::{Instant as Moment, sleep_until};

use super::VolumeId;
use super::service::Inner;
use crate::Error;

/// Digests and ids that are read at once.
const PAGE: u32 = 1_000;
/// After something could not be removed.
const REST: Duration = Duration::from_secs(60);
/// Between two sweeps.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// What is being removed.
#[derive(Default)]
pub(super) struct Removal {
    /// Held for reading while the bytes of a volume go, for writing while it is asked whether
    /// every folder is of a volume that is known.
    going: RwLock<()>,
    /// A removal was begun, and whoever began it may be gone.
    again: Notify,
}

impl Removal {
    /// Has a removal gone on with, unless whoever holds this says that it is finished.
    pub(super) fn begin(&self) -> Begun<'_> {
        Begun { again: &self.again, finished: false }
    }
}

/// A removal that is under way.
pub(super) struct Begun<'a> {
    again: &'a Notify,
    finished: bool,
}

impl Begun<'_> {
    pub(super) fn finished(mut self) {
        self.finished = true;
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.again.notify_one();
        }
    }
}

/// Never ends.
pub(super) async fn run(inner: &Inner) {
    let mut sweep_at = Moment::now();
    loop {
        // Before looking, so that nothing which is begun while we look is missed.
        let begun = inner.removal.again.notified();
        let gone_on = async {
            finish_all(inner).await?;
            if Moment::now() >= sweep_at {
                sweep(inner).await?;
                sweep_at = Moment::now() + SWEEP_EVERY;
            }
            Ok::<(), Error>(())
        };
        let next = match gone_on.await {
            Ok(()) => sweep_at,
            Err(error) => {
                tracing::error!(%error, "bytes that nobody has any more are not removed yet; this is tried again");
                Moment::now() + REST
            }
        };
        tokio::select! {
            () = begun => {}
            () = sleep_until(next) => {}
        }
    }
}

/// Removes the bytes of a volume that was removed; fine if they went before.
pub(super) async fn finish(inner: &Inner, id: &VolumeId) -> Result<(), Error> {
    let _going = inner.removal.going.read().await;
    let keeper = inner.need.keeper.as_ref();
    inner.need.bytes.remove(id).await?;
    let mut after = String::new();
    loop {
        let page = keeper.removed_digests(id, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        for sha256 in &page {
            inner.fresh.forget_unused(keeper, sha256).await?;
        }
    }
    keeper.bytes_went(id).await
}

/// The same of every volume of which it is noted.
///
/// # Errors
///
/// The last one, after each was tried.
pub(super) async fn finish_all(inner: &Inner) -> Result<(), Error> {
    loop {
        let removed = inner.need.keeper.removed_volumes().await?;
        if removed.is_empty() {
            return Ok(());
        }
        let mut failed = None;
        for id in &removed {
            match finish(inner, id).await {
                Ok(()) => tracing::info!(volume.id = %id, "the bytes of a removed volume went"),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
    }
}

/// Removes kept bytes that no file has.
pub(super) async fn sweep(inner: &Inner) -> Result<(), Error> {
    if let Some(id) = unknown(inner).await? {
        tracing::warn!(volume.id = %id, "there is a folder of a volume that nobody recorded: no bytes are taken for unused; if the folder is nobody's, remove it");
        return Ok(());
    }
    let (need, mut after, mut went) = (&inner.need, String::new(), 0_u64);
    loop {
        let page = need.bytes.kept_digests(&after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        for sha256 in need.keeper.unused(&page).await? {
            went += u64::from(inner.fresh.forget_unused(need.keeper.as_ref(), &sha256).await?);
        }
    }
    if went > 0 {
        tracing::info!(went, "kept bytes that no file has went");
    }
    Ok(())
}

/// A volume that has a folder and is neither recorded nor being removed.
async fn unknown(inner: &Inner) -> Result<Option<VolumeId>, Error> {
    let _nothing_goes = inner.removal.going.write().await;
    let (need, mut after) = (&inner.need, String::new());
    loop {
        let page = need.bytes.laid_out(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after.clone_from(&last.0);
        for id in page {
            // In this order: what goes from the one is in the other before.
            if need.keeper.volume(&id).await?.is_none()
                && !need.keeper.removed_volumes().await?.contains(&id)
            {
                return Ok(Some(id));
            }
        }
    }
}
