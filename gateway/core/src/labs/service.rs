//! What the surfaces and the proxy ask of labs.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;

use super::{
    Application, BackendReport, Catalogue, Charge, Endpoint, Lab, LabBackend, LabEvent, LabId,
    LabKeeper, LabState, Network,
};
use crate::Error;
use crate::coverage::Instant;
use crate::outside::Outside;
use crate::owner::{Owner, Quota, Usage};
use crate::permission::Principal;
use crate::selections::Members;
use crate::volumes::{VolumeId, Volumes};

/// What labs are made with.
#[derive(Clone)]
#[expect(missing_docs, reason = "the types say it")]
pub struct LabsNeed {
    pub catalogue: Catalogue,
    /// In the operator's order of preference.
    pub backends: Vec<Arc<dyn LabBackend>>,
    pub application: Arc<dyn Application>,
    pub keeper: Arc<dyn LabKeeper>,
    pub volumes: Volumes,
    pub outside: Outside,
    pub config: LabsConfig,
}

/// `[labs]` and the part of `[quota]` that is about them.
#[derive(Clone, Debug, PartialEq)]
pub struct LabsConfig {
    /// What one owner may have.
    pub quota: Quota,
    /// Longest time of a lab, and what one gets that says nothing.
    pub max_age: Duration,
    /// After so long without anybody working in it a lab is ended ...
    pub idle: Duration,
    /// ... with a warning so long before.
    pub warning: Duration,
    /// How long an application may take to answer.
    pub answer_within: Duration,
    /// Whether labs may reach public hosts through the audited proxy.
    pub network_allowed: bool,
    /// Whether labs are reached below the portal's own origin (lower trust).
    pub path_mode: bool,
    /// Whether the gateway serves more than one person.
    pub several_users: bool,
}

impl Default for LabsConfig {
    fn default() -> Self {
        Self {
            quota: Quota::default(),
            max_age: Duration::from_secs(12 * 3600),
            idle: Duration::from_secs(2 * 3600),
            warning: Duration::from_secs(15 * 60),
            answer_within: Duration::from_secs(180),
            network_allowed: false,
            path_mode: false,
            several_users: false,
        }
    }
}

/// Which data a lab opens with, besides volumes that are there already.
#[derive(Clone, Debug, PartialEq)]
pub enum DataChoice {
    /// A volume is made of them, and a notebook that reads it.
    Members(Members),
    /// The same of a collection.
    Collection(String),
}

/// A lab as it is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Launch {
    /// Application; of an empty one the first of the catalogue that suits.
    pub app: String,
    /// For people; made from the rest when empty.
    pub title: String,
    /// Volumes that it sees.
    pub volumes: Vec<VolumeId>,
    /// "Open in a Notebook": what a volume is made of first.
    pub data: Option<DataChoice>,
    /// Whether a notebook that reads the volumes is made and opened.
    pub notebook: bool,
    /// Name of a size; the first of the application when `None`.
    pub size: Option<String>,
    /// Id of a backend; chosen when `None`.
    pub backend: Option<String>,
    /// How long it may live; the longest when `None`.
    pub max_age: Option<Duration>,
    /// What it may reach.
    pub network: Network,
}

/// What would become of a launch on one backend, in words for the launch page.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Id of the backend.
    pub backend: String,
    /// For people.
    pub title: String,
    /// "100 %", or how much is to be copied.
    pub data: String,
    /// "1 of 4 labs, 2 of 8 cores".
    pub quota: String,
    /// "recommended", or why not.
    pub words: String,
    /// Whether it can be launched there.
    pub possible: bool,
    /// Whether it is the one that is taken when nothing is said.
    pub chosen: bool,
    /// Isolation and limits that do not hold here, in words.
    pub notices: Vec<String>,
}

/// Where the proxy finds a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Whose it is.
    pub owner: Owner,
    /// Where it stands.
    pub state: LabState,
    /// The last event, for the page that shows while it starts.
    pub words: String,
    /// Where the application answers.
    pub endpoint: Option<Endpoint>,
    /// What it asks of who talks to it.
    pub token: String,
    /// What its paths begin with.
    pub base_path: String,
}

/// The labs of a gateway. Cheap to clone.
#[derive(Clone)]
pub struct Labs {
    need: Arc<LabsNeed>,
}

impl Labs {
    /// Made with these. Nothing is started before [`Labs::run`] runs.
    pub fn new(need: LabsNeed) -> Self {
        Self { need: Arc::new(need) }
    }

    /// Observes every lab that is recorded, goes on with each, culls idle ones, and keeps the
    /// ledger. Dropping the future leaves labs running.
    pub async fn run(&self) {}

    /// The applications.
    pub fn catalogue(&self) -> &Catalogue {
        &self.need.catalogue
    }

    /// What the backends can do here: id, title, report.
    pub async fn backends(&self) -> Vec<(String, String, BackendReport)> {
        Vec::new()
    }

    /// What would become of a launch, backend by backend, in the order of preference.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for the application or a volume, [`Error::BadRequest`] for a size.
    pub async fn verdicts(
        &self,
        _principal: &Principal,
        _launch: &Launch,
    ) -> Result<Vec<Verdict>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Takes a lab on: validated and its quota reserved when this returns; the rest goes on
    /// behind it. `key` makes asking again harmless.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::BadRequest`], [`Error::QuotaExceeded`], [`Error::Conflict`],
    /// [`Error::Backend`] when no backend can run it.
    pub async fn launch(
        &self,
        _principal: &Principal,
        _launch: Launch,
        _key: Option<&str>,
    ) -> Result<Lab, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The lab of that id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], for one of somebody else too.
    pub async fn lab(&self, _principal: &Principal, _id: &LabId) -> Result<Lab, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Labs of a principal, newest first, at most 200; with `running` only those that have not ended.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn list(&self, _principal: &Principal, _running: bool) -> Result<Vec<Lab>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// What happened, behind event number `after`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn events(
        &self,
        _principal: &Principal,
        _id: &LabId,
        _after: u64,
    ) -> Result<Vec<LabEvent>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The same as it happens: the lab as it is with each event, until it has ended.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn follow(
        &self,
        _principal: &Principal,
        _id: &LabId,
        _after: u64,
    ) -> Result<BoxStream<'static, Result<(Lab, LabEvent), Error>>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The lab's own last lines.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Backend`].
    pub async fn log(&self, _principal: &Principal, _id: &LabId) -> Result<String, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Ends the lab, at whatever step it is. Ending one that has ended is fine.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn stop(&self, _principal: &Principal, _id: &LabId) -> Result<Lab, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Removes the record of a lab that has ended. The user's space stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that has not ended.
    pub async fn delete(&self, _principal: &Principal, _id: &LabId) -> Result<(), Error> {
        Err(Error::internal("not built yet"))
    }

    /// Lets it live longer, up to the longest time from now on.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that has ended.
    pub async fn extend(&self, _principal: &Principal, _id: &LabId) -> Result<Lab, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Idleness does not end it for one more idle time.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that has ended.
    pub async fn snooze(&self, _principal: &Principal, _id: &LabId) -> Result<Lab, Error> {
        Err(Error::internal("not built yet"))
    }

    /// What the principal has, and may have.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn usage(&self, _principal: &Principal) -> Result<(Usage, Quota), Error> {
        Err(Error::internal("not built yet"))
    }

    /// Core-hours, GiB-hours and GB-days of a time.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn ledger(
        &self,
        _principal: &Principal,
        _from: Instant,
        _until: Instant,
    ) -> Result<Vec<Charge>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Where a lab is, from memory: cheap enough for every proxied request. `None` for an id
    /// that is no lab.
    pub fn route(&self, _id: &str) -> Option<Arc<Route>> {
        None
    }

    /// Somebody works in the lab: the proxy saw bytes from its user. Cheap.
    pub fn worked_in(&self, _id: &str) {}
}
