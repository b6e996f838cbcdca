//! Works on all volumes that are not finished, a few at a time.
//!
//! Called by [`Volumes::run`]. Calls `staging.rs`. Rules: what is to be done is what the store
//! says, so that a kill loses nothing; a volume that cannot go on because of the gateway itself
//! rests a while and is tried again, and fails in the end.
//!
//! [`Volumes::run`]: super::Volumes::run

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep, sleep_until};

use super::service::Inner;
use super::staging::{End, Staging};
use super::{Volume, VolumeId, VolumeState};
use crate::Error;

/// After the gateway itself failed.
const REST: Duration = Duration::from_secs(5);
/// So often in a row, until the volume fails.
const MOST_RESTS: u32 = 12;

/// Never ends.
pub(super) async fn run(inner: &Arc<Inner>) {
    let mut working = JoinSet::new();
    let mut resting: HashMap<VolumeId, (u32, Moment)> = HashMap::new();
    loop {
        // Before looking, so that nothing which comes while we look is missed.
        let woken = inner.wake.notified();
        let now = Moment::now();
        match inner.need.keeper.unfinished_volumes().await {
            Ok(mut volumes) => {
                volumes.sort_by_key(|volume| (volume.created, volume.id.clone()));
                resting.retain(|id, _| volumes.iter().any(|volume| volume.id == *id));
                for volume in volumes {
                    let rests = resting.get(&volume.id).is_some_and(|(_, until)| *until > now);
                    let full = working.len() >= inner.need.config.staged_at_once.max(1);
                    if full || rests || inner.live.is_worked_on(&volume.id) {
                        continue;
                    }
                    let (inner, rested) = (Arc::clone(inner), resting.get(&volume.id));
                    let is_last = rested.is_some_and(|(rests, _)| *rests >= MOST_RESTS);
                    working.spawn(async move { work(&inner, volume, is_last).await });
                }
            }
            Err(error) => {
                tracing::error!(%error, "the volumes to go on with could not be read");
                sleep(REST).await;
                continue;
            }
        }
        let next = resting.values().map(|(_, until)| *until).filter(|until| *until > now).min();
        let rested = async {
            match next {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = woken => {}
            () = rested => {}
            Some(done) = working.join_next() => {
                if let Ok(Some(id)) = done {
                    let rests = resting.get(&id).map_or(0, |(rests, _)| *rests);
                    resting.insert(id, (rests + 1, Moment::now() + REST));
                }
            }
        }
    }
}

/// Works on one volume; its id if it must be tried again.
async fn work(inner: &Arc<Inner>, volume: Volume, is_last: bool) -> Option<VolumeId> {
    let id = volume.id.clone();
    let working = inner.live.work(&id)?;
    // What was listed may have ended meanwhile, or another may have worked on it.
    let mut volume = match inner.need.keeper.volume(&id).await {
        Ok(Some(volume)) if !volume.state.is_final() => volume,
        Ok(_) => return None,
        Err(error) => {
            tracing::error!(volume.id = %id, %error, "a volume could not be read");
            return Some(id);
        }
    };
    tracing::info!(volume.id = %id, state = volume.state.name(), "a volume is worked on");
    let staging = Staging { inner, volume: &mut volume, stop: working.stop() };
    let ended = AssertUnwindSafe(staging.run()).catch_unwind().await;
    let (state, words) = match ended {
        Ok(Ok(End::Ready)) => (VolumeState::Ready, volume.failure.clone()),
        Ok(Ok(End::Failed(words))) => (VolumeState::Failed, Some(words)),
        Ok(Ok(End::Stopped)) => {
            if let Err(error) = inner.note_progress(&volume).await {
                tracing::warn!(volume.id = %id, %error, "the last progress of a volume is not written");
            }
            return None;
        }
        Ok(Err(Error::Internal(error))) => {
            tracing::error!(volume.id = %id, %error, "the work on a volume failed");
            if !is_last {
                return Some(id);
            }
            (VolumeState::Failed, Some("the gateway failed; its log says why".to_owned()))
        }
        Ok(Err(error)) => (VolumeState::Failed, Some(error.to_string())),
        Err(_) => {
            // The panic is in the log already.
            (VolumeState::Failed, Some("the gateway failed; its log says why".to_owned()))
        }
    };
    volume.state = state;
    volume.failure = words;
    volume.finished = Some(inner.need.outside.now());
    match inner.save(&mut volume).await {
        Ok(true) => {
            tracing::info!(volume.id = %id, state = state.name(), "a volume is finished");
            inner.live.publish(&volume);
            None
        }
        Ok(false) => None,
        Err(error) => {
            tracing::error!(volume.id = %id, %error, "the end of a volume is not written");
            Some(id)
        }
    }
}
