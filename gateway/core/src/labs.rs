//! Labs: running sessions of catalogue applications, beside the data.
//!
//! Called by the surfaces (REST, GraphQL, portal) and by the lab proxy, which asks where a lab
//! is. Calls the backends ([`LabBackend`]), the store ([`LabKeeper`]) and [`crate::volumes`].
//!
//! Rules that hold here and nowhere else:
//!
//! - Quota is reserved in the store before anything is started, and is what the labs that have
//!   not ended add up to: there is no second number that could differ.
//! - A backend's *unknown* is no answer: it frees nothing, removes no route, starts no second copy.
//! - Every step is an event with its time; a step that fails says so with its own log lines.
//! - The gateway may be killed at any time: at the next start every lab is observed and goes on
//!   from the state that was written, and what runs without a record is reported, not adopted.

mod app;
mod backend;
mod culling;
mod ending;
mod engine;
mod follow;
mod keeper;
mod launch;
mod ledger;
mod live;
mod opening;
mod placement;
mod runner;
mod service;
mod sessions;
mod steps;
#[cfg(test)]
mod tests;
mod watching;
mod words;

pub use app::{App, AppId, AppKind, Catalogue, DockerRecipe, ProbeKind, ProcessRecipe, Size};
pub use backend::{
    Activity, Application, BackendReport, Endpoint, Fact, Failure, LabBackend, LabSpec, Mounted,
    Observation, Placed, Progress, Started,
};
pub use keeper::{Charge, ChargeKind, LabKeeper, Reserved};
pub use service::{DataChoice, Labs, LabsConfig, LabsNeed, Launch, Route, Verdict};
pub use sessions::{LabSession, SessionKeeper};
pub(crate) use words::bytes as bytes_in_words;

use std::fmt;

use crate::coverage::Instant;
use crate::owner::Owner;
use crate::volumes::VolumeId;

/// Made by the gateway: lower-case hexadecimal, a DNS label, never given twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabId(pub String);

impl fmt::Display for LabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a lab stands. They come in this order; any of the first six can go to `Stopping`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabState {
    /// Validated, and its quota reserved.
    Reserved,
    /// Its volumes are arriving.
    Staging,
    /// Its environment or image is being made.
    Preparing,
    /// The backend is starting it.
    Starting,
    /// It runs; the application does not answer yet.
    Waiting,
    /// The application answers.
    Ready,
    /// It was asked to end.
    Stopping,
    /// It ended; `cause` says why.
    Stopped,
    /// It ended before it was ready; `cause` says why.
    Failed,
}

impl LabState {
    /// All, in their order.
    pub const ALL: [Self; 9] = [
        Self::Reserved,
        Self::Staging,
        Self::Preparing,
        Self::Starting,
        Self::Waiting,
        Self::Ready,
        Self::Stopping,
        Self::Stopped,
        Self::Failed,
    ];

    /// The word in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Staging => "staging",
            Self::Preparing => "preparing",
            Self::Starting => "starting",
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// Whether it holds no quota and nothing happens to it any more.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Stopped | Self::Failed)
    }

    /// Whether `next` may follow.
    pub fn may_become(self, next: Self) -> bool {
        match next {
            Self::Stopping => self < Self::Stopping,
            Self::Stopped => self >= Self::Starting && !self.has_ended() || self == Self::Stopping,
            Self::Failed => !self.has_ended(),
            _ => next > self && next <= Self::Ready,
        }
    }
}

/// Why a lab ended; the same words for every backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its user said so.
    Asked,
    /// Nobody worked in it for so long.
    Idle,
    /// Its longest time was up.
    TooOld,
    /// The application ended by itself, with this exit code.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
    /// It wanted more memory than it may have.
    OutOfMemory,
    /// It never answered in the time there was.
    NeverAnswered,
    /// The backend no longer has it, and nobody knows why.
    Lost,
    /// A step failed, in words.
    StepFailed(String),
}

/// What a lab may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Nothing.
    #[default]
    None,
    /// Public hosts through the gateway's proxy, each connection in the audit log.
    Audited,
}

/// One lab as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// Made by the gateway.
    pub id: LabId,
    /// Whose it is.
    pub owner: Owner,
    /// Which application.
    pub app: AppId,
    /// For people.
    pub title: String,
    /// Id of its backend.
    pub backend: String,
    /// How big.
    pub size: Size,
    /// What it sees, read-only unless the volume is writable.
    pub volumes: Vec<VolumeId>,
    /// Path of the notebook in the user's space that it opens with.
    pub notebook: Option<String>,
    /// What it may reach.
    pub network: Network,
    /// Where it stands.
    pub state: LabState,
    /// Why it ended.
    pub cause: Option<Cause>,
    /// What the backend needs to find it again; opaque.
    pub handle: Option<String>,
    /// Where the application answers, once it is started.
    pub endpoint: Option<Endpoint>,
    /// What the proxy gives the application; never shown.
    pub token: String,
    /// What every path of the application begins with: `/`, or `/labs/<id>/app/` in path mode.
    pub base_path: String,
    /// When it was asked for.
    pub created: Instant,
    /// When it was ready.
    pub ready: Option<Instant>,
    /// When it ended.
    pub ended: Option<Instant>,
    /// When it ends at the latest.
    pub deadline: Instant,
    /// When somebody last worked in it.
    pub active: Instant,
    /// Until when idleness does not end it.
    pub snoozed: Option<Instant>,
    /// Whether its user was told that it ends soon.
    pub warned: bool,
    /// Goes up with every write; a write from an older one is refused.
    pub revision: i64,
}

/// One thing that happened to a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct LabEvent {
    /// From 1, of each lab.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// In which state.
    pub state: LabState,
    /// For people.
    pub words: String,
    /// Lines of the failing step's own log; empty otherwise.
    pub log: String,
}
