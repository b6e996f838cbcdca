//! Who goes on with labs: one driver for each lab that has not ended, found again at every start.
//!
//! Called by `Labs::run`. Calls `steps.rs` for each lab, and sweeps.
//!
//! Rules: one lab has one driver; a driver does what the written state says, so it can be ended
//! and begun again at any moment; a backend that cannot be asked, or says it has nothing, ends
//! nothing; a lab without a record is reported and left alone.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::{error, info, warn};

use super::engine::Engine;
use super::live::Live;
use super::{LabBackend, LabId, LabState};
use crate::Error;

/// How often all that is recorded is compared with all that runs.
const SWEEP: Duration = Duration::from_secs(60);
/// How long a backend may take to list its labs.
const LIST_WITHIN: Duration = Duration::from_secs(30);

/// Pauses that grow from a second to half a minute.
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) fn new() -> Self {
        Self(Duration::from_secs(1))
    }

    pub(super) async fn pause(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Duration::from_secs(30));
    }
}

impl Engine {
    /// Runs until it is dropped.
    pub(super) async fn run(self: &Arc<Self>) {
        tokio::join!(self.drive_all(), self.sweep_always());
    }

    /// Takes every lab of the store that has not ended into memory, and on.
    pub(super) async fn recall(&self) -> Result<(), Error> {
        for lab in self.need.keeper.running_labs().await? {
            let new = self.lives.one(&lab.id.0).is_none();
            let live = self.lives.of(&lab, true);
            if new {
                let last = self.need.keeper.events(&lab.id, 0).await?.pop();
                if let Some(event) = last {
                    live.accept(&lab, Some(&event.words));
                }
            } else {
                // Whoever wrote it may have gone before the memory knew.
                live.accept(&lab, None);
            }
            self.take_on(live);
        }
        Ok(())
    }

    async fn drive_all(self: &Arc<Self>) {
        let mut drivers: JoinSet<LabId> = JoinSet::new();
        let mut driven: HashMap<LabId, tokio::task::Id> = HashMap::new();
        loop {
            tokio::select! {
                () = self.wake.notified() => {
                    let new = std::mem::take(
                        &mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner),
                    );
                    for live in new {
                        if !driven.contains_key(&live.id) && !live.state().has_ended() {
                            let (engine, id) = (Arc::clone(self), live.id.clone());
                            let driver = async move {
                                engine.drive(&live).await;
                                live.id.clone()
                            };
                            driven.insert(id, drivers.spawn(driver).id());
                        }
                    }
                }
                Some(done) = drivers.join_next_with_id() => match done {
                    Ok((_, id)) => drop(driven.remove(&id)),
                    Err(panicked) => {
                        driven.retain(|_, task| *task != panicked.id());
                        // The next sweep goes on with it.
                        error!(error = %panicked, "a lab's driver broke");
                    }
                },
            }
        }
    }

    /// Goes on with one lab until it has ended.
    async fn drive(&self, live: &Live) {
        let mut backoff = Backoff::new();
        let mut known = true;
        loop {
            if !std::mem::take(&mut known) {
                match self.need.keeper.lab(&live.id).await {
                    Ok(Some(lab)) => live.accept(&lab, None),
                    Ok(None) => return self.lives.forget(&live.id.0),
                    Err(error) => {
                        warn!(lab.id = %live.id, %error, "a lab cannot be read; trying again");
                        backoff.pause().await;
                        continue;
                    }
                }
            }
            let state = live.state();
            if state.has_ended() {
                return self.lives.has_ended(&live.id);
            }
            let gone_on = if state == LabState::Stopping {
                self.finish(live).await
            } else {
                tokio::select! {
                    biased;
                    () = live.asked_to_stop() => Ok(()),
                    result = self.go_on(live) => result,
                }
            };
            match gone_on {
                Ok(()) => backoff = Backoff::new(),
                // Somebody else moved it: what is to be done now is another thing.
                Err(_) if live.state() != state => {}
                Err(error) => {
                    warn!(lab.id = %live.id, %error, "a lab does not go on; trying again");
                    tokio::select! {
                        () = backoff.pause() => {}
                        () = live.asked_to_stop(), if state < LabState::Stopping => {}
                    }
                }
            }
        }
    }

    async fn sweep_always(&self) {
        let mut reported = HashSet::new();
        let mut backoff = Backoff::new();
        loop {
            match self.recall().await {
                Ok(()) => backoff = Backoff::new(),
                Err(error) => {
                    warn!(%error, "the labs that run cannot be read; trying again");
                    backoff.pause().await;
                    continue;
                }
            }
            for backend in &self.need.backends {
                self.new_report(backend).await;
                self.look_for_orphans(backend, &mut reported).await;
            }
            if let Err(error) = self.charge_volumes().await {
                warn!(%error, "volumes are missing in the ledger for now");
            }
            tokio::time::sleep(SWEEP).await;
        }
    }

    /// Stops what runs although its record has ended; reports what has no record.
    async fn look_for_orphans(
        &self,
        backend: &Arc<dyn LabBackend>,
        reported: &mut HashSet<(String, LabId)>,
    ) {
        let name = backend.id();
        let Ok(Ok(labs)) = tokio::time::timeout(LIST_WITHIN, backend.labs()).await else { return };
        for id in labs {
            match self.need.keeper.lab(&id).await {
                Ok(Some(lab)) if lab.state.has_ended() => {
                    info!(lab.id = %id, backend = name, "a lab that has ended is still there; stopping it");
                    let stopped = backend.stop(&id, lab.handle.as_deref());
                    if let Ok(Err(failure)) = tokio::time::timeout(LIST_WITHIN, stopped).await {
                        warn!(lab.id = %id, backend = name, %failure, "it does not stop");
                    }
                }
                Ok(Some(_)) | Err(_) => {}
                // It may be another gateway's, or of a store that was put back: nobody here may
                // decide over it.
                Ok(None) => {
                    if reported.len() < 10_000 && reported.insert((name.to_owned(), id.clone())) {
                        warn!(lab.id = %id, backend = name, "a lab runs that nobody recorded; it is left alone");
                    }
                }
            }
        }
    }
}
