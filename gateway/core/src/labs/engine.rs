//! What all parts of the engine share: the neighbours, the labs in memory, and the one way to
//! write a lab.
//!
//! Rules: a lab is written by compare-and-set and read again when somebody else was faster; the
//! memory is brought up to date after the store, never before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::live::{Live, Lives};
use super::{App, BackendReport, Lab, LabBackend, LabEvent, LabId, LabState, LabsNeed};
use crate::Error;
use crate::coverage::Instant;
use crate::owner::Owner;
use crate::permission::{Action, Principal, Resource, decide};

/// How often a write is tried again because somebody else wrote in between.
const TRIES: u32 = 50;
/// Most bytes of an event's log.
pub(super) const LOG_BYTES: usize = 8 * 1024;

pub(super) struct Engine {
    pub(super) need: LabsNeed,
    pub(super) lives: Lives,
    /// Labs that nobody goes on with yet.
    pub(super) waiting: Mutex<Vec<Arc<Live>>>,
    pub(super) wake: Notify,
    pub(super) reports: Mutex<HashMap<String, (tokio::time::Instant, BackendReport)>>,
}

/// What an event says.
#[derive(Default)]
pub(super) struct Note {
    words: String,
    log: String,
}

impl Note {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self { words: words.into(), log: String::new() }
    }

    /// With the last lines of a log.
    pub(super) fn with_log(self, log: &str) -> Self {
        Self { log: super::words::last_lines(log, LOG_BYTES), ..self }
    }
}

impl Engine {
    pub(super) fn new(need: LabsNeed) -> Self {
        Self {
            need,
            lives: Lives::default(),
            waiting: Mutex::default(),
            wake: Notify::new(),
            reports: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.need.outside.now()
    }

    pub(super) fn backend(&self, id: &str) -> Option<&Arc<dyn LabBackend>> {
        self.need.backends.iter().find(|backend| backend.id() == id)
    }

    pub(super) fn app(&self, lab: &Lab) -> Option<Arc<App>> {
        self.need.catalogue.app(lab.app.as_str()).ok()
    }

    /// Has a lab gone on with.
    pub(super) fn take_on(&self, live: Arc<Live>) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(live);
        self.wake.notify_one();
    }

    /// Writes what `make` makes of the lab as it stands, and the event it gives; again from what
    /// stands then when somebody else was faster. `make` may refuse, and then nothing is written;
    /// nor is it when it changes nothing and says nothing.
    pub(super) async fn change(
        &self,
        live: &Live,
        mut make: impl FnMut(&mut Lab) -> Result<Option<Note>, Error> + Send,
    ) -> Result<Lab, Error> {
        let mut before = live.lab();
        for _ in 0..TRIES {
            let mut lab = before.clone();
            let note = make(&mut lab)?;
            if note.is_none() && lab == before {
                return Ok(lab);
            }
            if lab.state != before.state && !before.state.may_become(lab.state) {
                return Err(superseded(before.state, lab.state));
            }
            let event = note.map(|note| self.event(lab.state, note));
            if self.need.keeper.save_lab(&lab, event.as_ref()).await? {
                lab.revision += 1;
                live.accept(&lab, event.as_ref().map(|event| event.words.as_str()));
                return Ok(lab);
            }
            before = self.read(&live.id).await?;
            live.accept(&before, None);
        }
        let reason = format!("lab `{}` changes all the time; try again", live.id);
        Err(Error::Conflict { reason })
    }

    /// Writes an event that changes nothing else.
    pub(super) async fn say(&self, live: &Live, note: Note) -> Result<(), Error> {
        let event = self.event(live.state(), note);
        self.need.keeper.add_event(&live.id, &event).await?;
        live.said(&event.words);
        Ok(())
    }

    fn event(&self, state: LabState, note: Note) -> LabEvent {
        // The number is the store's to give.
        LabEvent { number: 0, at: self.now(), state, words: note.words, log: note.log }
    }

    /// The lab as it stands in the store.
    pub(super) async fn read(&self, id: &LabId) -> Result<Lab, Error> {
        self.need.keeper.lab(id).await?.ok_or_else(|| Error::not_found("lab", &id.0))
    }

    /// The same for somebody who asks; one of somebody else is not there.
    pub(super) async fn read_for(&self, principal: &Principal, id: &LabId) -> Result<Lab, Error> {
        let lab = self.read(id).await?;
        match decide(principal, Action::UseLab, Resource::OwnedBy(&lab.owner)) {
            Ok(()) => Ok(lab),
            Err(_) => Err(Error::not_found("lab", &id.0)),
        }
    }

    /// The last lines the lab wrote; empty where there are none, or where they cannot be had.
    pub(super) async fn last_lines(&self, lab: &Lab) -> String {
        let Some(backend) = self.backend(&lab.backend) else { return String::new() };
        // One more, so that a line that is cut is seen to be.
        let log = backend.log(&lab.id, lab.handle.as_deref(), LOG_BYTES + 1);
        match tokio::time::timeout(Duration::from_secs(5), log).await {
            Ok(Ok(log)) => log,
            Ok(Err(_)) | Err(_) => String::new(),
        }
    }
}

/// The error of a step that comes too late.
pub(super) fn superseded(is: LabState, wanted: LabState) -> Error {
    let reason = format!("the lab is {} and cannot become {}", is.name(), wanted.name());
    Error::Conflict { reason }
}

/// Whoever an owner is, for what the gateway goes on with in their absence.
pub(super) fn principal_of(owner: &Owner) -> Result<Principal, Error> {
    Principal::of(owner).ok_or_else(|| Error::not_found("principal", &owner.0))
}
