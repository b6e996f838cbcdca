//! What the surfaces and the proxy ask of labs.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;

use super::engine::{Engine, Note};
use super::launch::later;
use super::live::Live;
use super::words::last_lines;
use super::{
    Application, BackendReport, Catalogue, Cause, Charge, Endpoint, Lab, LabBackend, LabEvent,
    LabId, LabKeeper, LabState, Network,
};
use crate::Error;
use crate::coverage::Instant;
use crate::outside::Outside;
use crate::owner::{Owner, Quota, Usage};
use crate::permission::Principal;
use crate::selections::Members;
use crate::volumes::{VolumeId, Volumes};

/// Most labs of a list.
const MOST_LISTED: u32 = 200;
/// Most bytes of a log that somebody looks at.
const MOST_LOG_BYTES: usize = 64 * 1024;

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
    engine: Arc<Engine>,
}

impl Labs {
    /// Made with these. Nothing is started before [`Labs::run`] runs.
    pub fn new(need: LabsNeed) -> Self {
        Self { engine: Arc::new(Engine::new(need)) }
    }

    /// Takes the labs that are recorded into memory, so that [`Labs::route`] knows them: what a
    /// gateway waits for before it serves. [`Labs::run`] does it too.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn recall(&self) -> Result<(), Error> {
        self.engine.recall().await
    }

    /// Observes every lab that is recorded, goes on with each, culls idle ones, and keeps the
    /// ledger. Dropping the future leaves labs running.
    pub async fn run(&self) {
        self.engine.run().await;
    }

    /// What holds for every lab: the longest time, whether one may reach public hosts.
    pub fn config(&self) -> &LabsConfig {
        &self.engine.need.config
    }

    /// The applications.
    pub fn catalogue(&self) -> &Catalogue {
        &self.engine.need.catalogue
    }

    /// What the backends can do here: id, title, report; not older than three minutes.
    pub async fn backends(&self) -> Vec<(String, String, BackendReport)> {
        let mut backends = Vec::new();
        for backend in &self.engine.need.backends {
            let report = self.engine.report(backend).await;
            backends.push((backend.id().to_owned(), backend.title().to_owned(), report));
        }
        backends
    }

    /// What would become of a launch, backend by backend, in the order of preference.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for the application or a volume, [`Error::BadRequest`] for a size.
    pub async fn verdicts(
        &self,
        principal: &Principal,
        launch: &Launch,
    ) -> Result<Vec<Verdict>, Error> {
        self.engine.verdicts(principal, launch).await
    }

    /// Takes a lab on: validated and its quota reserved when this returns; the rest goes on
    /// behind it. `key` makes asking again harmless.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::BadRequest`], [`Error::QuotaExceeded`], [`Error::Conflict`],
    /// [`Error::PermissionDenied`] for a network that is not allowed, [`Error::Backend`] when no
    /// backend can run it.
    pub async fn launch(
        &self,
        principal: &Principal,
        launch: Launch,
        key: Option<&str>,
    ) -> Result<Lab, Error> {
        self.engine.launch(principal, &launch, key).await
    }

    /// The lab of that id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], for one of somebody else too.
    pub async fn lab(&self, principal: &Principal, id: &LabId) -> Result<Lab, Error> {
        self.engine.read_for(principal, id).await
    }

    /// Labs of a principal, newest first, at most 200; with `running` only those that have not ended.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn list(&self, principal: &Principal, running: bool) -> Result<Vec<Lab>, Error> {
        self.engine.need.keeper.labs(&principal.owner(), running, MOST_LISTED).await
    }

    /// What happened, behind event number `after`, at most 1,000 events.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn events(
        &self,
        principal: &Principal,
        id: &LabId,
        after: u64,
    ) -> Result<Vec<LabEvent>, Error> {
        self.engine.read_for(principal, id).await?;
        self.engine.need.keeper.events(id, after).await
    }

    /// The same as it happens: the lab as it is with each event, until it has ended.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn follow(
        &self,
        principal: &Principal,
        id: &LabId,
        after: u64,
    ) -> Result<BoxStream<'static, Result<(Lab, LabEvent), Error>>, Error> {
        let lab = self.engine.read_for(principal, id).await?;
        Ok(self.engine.follow(lab, after))
    }

    /// The lab's own last lines; empty of one that was never started.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Backend`].
    pub async fn log(&self, principal: &Principal, id: &LabId) -> Result<String, Error> {
        let lab = self.engine.read_for(principal, id).await?;
        let none = || Error::Backend {
            backend: lab.backend.clone(),
            reason: "it is no longer configured".to_owned(),
            temporary: false,
        };
        if lab.state < LabState::Starting || lab.state.has_ended() {
            return Ok(String::new());
        }
        let backend = self.engine.backend(&lab.backend).ok_or_else(none)?;
        let log = backend.log(&lab.id, lab.handle.as_deref(), MOST_LOG_BYTES).await;
        let log = log.map_err(|failure| Error::Backend {
            backend: lab.backend.clone(),
            reason: failure.reason,
            temporary: failure.temporary,
        })?;
        Ok(last_lines(&log, MOST_LOG_BYTES))
    }

    /// Ends the lab, at whatever step it is. Ending one that has ended is fine.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn stop(&self, principal: &Principal, id: &LabId) -> Result<Lab, Error> {
        let live = match self.live(principal, id).await? {
            Ok(live) => live,
            Err(ended) => return Ok(ended),
        };
        self.engine.end(&live, Cause::Asked, "").await?;
        Ok(live.lab())
    }

    /// Removes the record of a lab that has ended. The user's space stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that has not ended.
    pub async fn delete(&self, principal: &Principal, id: &LabId) -> Result<(), Error> {
        let lab = self.engine.read_for(principal, id).await?;
        if !lab.state.has_ended() {
            let reason = format!("the lab is {}; end it first", lab.state.name());
            return Err(Error::Conflict { reason });
        }
        let removed = self.engine.need.keeper.remove_lab(id).await?;
        self.engine.lives.forget(&id.0);
        if removed { Ok(()) } else { Err(Error::not_found("lab", &id.0)) }
    }

    /// Lets it live longer, up to the longest time from now on.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that has ended.
    pub async fn extend(&self, principal: &Principal, id: &LabId) -> Result<Lab, Error> {
        let deadline = later(self.engine.now(), self.engine.need.config.max_age);
        self.adjust(principal, id, |lab| {
            lab.deadline = lab.deadline.max(deadline);
            format!("extended: it ends at {} at the latest", lab.deadline.to_rfc3339())
        })
        .await
    }

    /// Idleness does not end it for one more idle time.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that has ended.
    pub async fn snooze(&self, principal: &Principal, id: &LabId) -> Result<Lab, Error> {
        let until = later(self.engine.now(), self.engine.need.config.idle);
        self.adjust(principal, id, |lab| {
            lab.snoozed = Some(until);
            format!("snoozed: idleness does not end it before {}", until.to_rfc3339())
        })
        .await
    }

    /// What the principal has, and may have.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn usage(&self, principal: &Principal) -> Result<(Usage, Quota), Error> {
        let usage = self.engine.need.keeper.usage(&principal.owner()).await?;
        Ok((usage, self.engine.need.config.quota.clone()))
    }

    /// Core-hours, GiB-hours and GB-days of a time.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn ledger(
        &self,
        principal: &Principal,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<Charge>, Error> {
        self.engine.need.keeper.ledger(&principal.owner(), from, until).await
    }

    /// Where a lab is, from memory: cheap enough for every proxied request. `None` for an id
    /// that is no lab.
    pub fn route(&self, id: &str) -> Option<Arc<Route>> {
        self.engine.lives.one(id).map(|live| live.route())
    }

    /// Somebody works in the lab: the proxy saw bytes from its user. Cheap.
    pub fn worked_in(&self, id: &str) {
        if let Some(live) = self.engine.lives.one(id) {
            live.worked_at(self.engine.now());
        }
    }

    /// Has the lab looked at now, because it does not answer where it should; at most once a
    /// second, however often this is said.
    pub fn look_again(&self, id: &str) {
        if let Some(live) = self.engine.lives.one(id) {
            live.poke();
        }
    }

    /// A lab that goes on, or the lab as it ended.
    async fn live(
        &self,
        principal: &Principal,
        id: &LabId,
    ) -> Result<Result<Arc<Live>, Lab>, Error> {
        let lab = self.engine.read_for(principal, id).await?;
        if lab.state.has_ended() {
            return Ok(Err(lab));
        }
        let live = self.engine.lives.of(&lab, true);
        live.accept(&lab, None);
        Ok(Ok(live))
    }

    /// Writes what its user wants of a lab that goes on, with the words of `make`.
    async fn adjust(
        &self,
        principal: &Principal,
        id: &LabId,
        make: impl Fn(&mut Lab) -> String + Send + Sync,
    ) -> Result<Lab, Error> {
        let gone = |lab: &Lab| {
            let reason = format!("the lab is {}; launch another one", lab.state.name());
            Error::Conflict { reason }
        };
        let live = self.live(principal, id).await?.map_err(|ended| gone(&ended))?;
        let written = self.engine.change(&live, |lab| {
            if lab.state >= LabState::Stopping {
                return Err(gone(lab));
            }
            lab.warned = false;
            Ok(Some(Note::new(make(lab))))
        });
        let lab = written.await?;
        live.poke();
        Ok(lab)
    }
}
