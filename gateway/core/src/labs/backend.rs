//! The trait that a lab backend implements, and what crosses it.
//!
//! Implemented by `gateway/labs` (process, Docker) and by a fake in tests. A backend has a pure
//! half, which plans what is to be made from a [`LabSpec`], and a thin one, which makes it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{App, Cause, LabId, Network, Size};
use crate::coverage::Instant;
use crate::owner::Owner;

/// Where an application answers, as seen from the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A unix socket.
    Unix(PathBuf),
    /// An address.
    Tcp(SocketAddr),
}

/// A volume as a lab sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// Name of the folder below the lab's data folder.
    pub name: String,
    /// The folder on this machine.
    pub folder: PathBuf,
    /// Whether the lab may write.
    pub writable: bool,
}

/// A file that is put into the user's space before the lab starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Below the home.
    pub path: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// Everything that a backend needs to know to start a lab; nothing in it is looked up again.
#[derive(Clone, Debug, PartialEq)]
pub struct LabSpec {
    /// Names everything that is made for it.
    pub id: LabId,
    /// Whose it is: labs of one owner share a user of the system, others do not.
    pub owner: Owner,
    /// The application.
    pub app: Arc<App>,
    /// How big.
    pub size: Size,
    /// What the application asks of who talks to it.
    pub token: String,
    /// What every path of the application begins with; ends with a slash.
    pub base_path: String,
    /// The owner's own space: the home of the lab, writable.
    pub space: PathBuf,
    /// Volumes.
    pub volumes: Vec<Mounted>,
    /// Files for the home; one that is there already is left as it is.
    pub placed: Vec<Placed>,
    /// What it may reach.
    pub network: Network,
    /// When it ends at the latest.
    pub deadline: Instant,
}

/// A lab that was started, or was running already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// What finds it again; opaque to the core, kept in the store.
    pub handle: String,
    /// Where its application will answer.
    pub endpoint: Endpoint,
}

/// What a backend sees of a lab.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It runs.
    Running(Started),
    /// It ended, and the backend knows how.
    Stopped(Cause),
    /// The backend is sure that there is no such lab.
    Absent,
    /// The backend could not find out; nothing may be concluded.
    Unknown(String),
}

/// Why a backend could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// For people; what to do about it.
    pub reason: String,
    /// The step's own output, its last lines; may be empty.
    pub log: String,
    /// Whether trying again later may help without anybody doing anything.
    pub temporary: bool,
}

/// One thing that holds or does not hold of a backend, in words: "memory is limited".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What, as a statement that holds when `holds` is true.
    pub what: String,
    /// Whether it does here.
    pub holds: bool,
    /// Why not, and what would make it so.
    pub why: Option<String>,
}

/// What a backend can do on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendReport {
    /// Why it cannot be used at all; `None` if it can.
    pub unusable: Option<String>,
    /// Isolation and limits, each in words.
    pub facts: Vec<Fact>,
    /// Whether it keeps users apart well enough to serve several.
    pub several_users: bool,
    /// Cores of the machine or cluster; `None` where that is not known.
    pub cores: Option<f64>,
    /// Memory of it.
    pub memory_mib: Option<u64>,
}

/// Takes words on how far a long step is.
pub trait Progress: Send + Sync {
    /// One line for people.
    fn says(&self, words: &str);
}

/// Runs labs somewhere.
#[async_trait]
pub trait LabBackend: Send + Sync {
    /// The operator's name for it: "process", "docker".
    fn id(&self) -> &str;
    /// For people.
    fn title(&self) -> &str;
    /// What it can do here; asked at the start and by `archway check`.
    async fn report(&self) -> BackendReport;
    /// Why it cannot run that application in that size, if it cannot.
    fn unsuited(&self, app: &App, size: &Size) -> Option<String>;
    /// Makes the environment or the image ready. Doing it again changes nothing; several at
    /// once for one application do it once.
    async fn prepare(&self, app: &App, progress: &dyn Progress) -> Result<(), Failure>;
    /// Starts the lab, or finds it running: doing it twice gives one lab.
    async fn start(&self, spec: &LabSpec) -> Result<Started, Failure>;
    /// Looks at the lab. `handle` is absent where the gateway was killed before it learnt it.
    async fn observe(&self, id: &LabId, handle: Option<&str>) -> Observation;
    /// Asks the lab to end, waits a little, makes it end, and removes what was made for it.
    /// Fine for one that is gone.
    async fn stop(&self, id: &LabId, handle: Option<&str>) -> Result<(), Failure>;
    /// The last lines the lab wrote, at most `most_bytes`.
    async fn log(
        &self,
        id: &LabId,
        handle: Option<&str>,
        most_bytes: usize,
    ) -> Result<String, Failure>;
    /// Every lab of this gateway that it has, recorded or not.
    async fn labs(&self) -> Result<Vec<LabId>, Failure>;
}

/// What an application is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Something runs in it now, or did at that moment at the latest.
    Last(Instant),
    /// Something runs in it now.
    Busy,
    /// It could not be found out.
    Unknown,
}

/// Asks applications, over their endpoint. Implemented by `gateway/labs` for all backends.
#[async_trait]
pub trait Application: Send + Sync {
    /// Whether it answers at its ready path.
    async fn answers(&self, app: &App, endpoint: &Endpoint, base_path: &str, token: &str) -> bool;
    /// What it says of its activity (kernels, terminals); [`Activity::Unknown`] for one that
    /// says nothing.
    async fn activity(
        &self,
        app: &App,
        endpoint: &Endpoint,
        base_path: &str,
        token: &str,
    ) -> Activity;
}
