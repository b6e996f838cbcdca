//! Labs as processes of this machine, each in a sandbox of bubblewrap.
//!
//! Called by the core through [`LabBackend`]. Calls `bwrap` and what `process/plan.rs` names.
//!
//! Rules: a lab survives the gateway, and is found again by what `process/record.rs` writes. Two
//! calls for one lab follow each other. What cannot be found out is *unknown*.
//!
//! Not here: what a lab is made of (`process/plan.rs`), whether its application answers
//! (`application.rs`).

mod alive;
mod environment;
mod facts;
mod limits;
mod look;
mod machine;
mod plan;
mod record;
mod start;
mod stop;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use archway_core::labs::{
    App, BackendReport, Failure, LabBackend, LabId, LabSpec, Observation, Progress, Size, Started,
};
use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::egress::{Dial, Egress, EgressRules};
use crate::error::{failure, temporary};
use crate::inside::PROXY_SOCKET;
use crate::owners;
use environment::Python;
use limits::Groups;
use look::{Look, look};
use machine::Machine;
use record::Folder;

/// How the process backend is configured.
#[derive(Clone)]
pub struct ProcessConfig {
    /// The data folder: `labs/` and `environments/` are below it.
    pub data: PathBuf,
    /// The Python that environments are made of; `python3` of the search path when absent.
    pub python: Option<PathBuf>,
    /// The bubblewrap that labs are kept apart with; `bwrap` of the search path when absent.
    pub bubblewrap: Option<PathBuf>,
    /// Whether labs may run without any isolation where there is no bubblewrap. Their programs
    /// may then do all that the gateway may.
    pub allow_unconfined: bool,
    /// The first user of the system that is given to owners, where the gateway is root; as many
    /// behind it as there are owners.
    pub first_uid: u32,
    /// How long an application may take to end by itself when asked to.
    pub grace: Duration,
    /// How labs with [`archway_core::labs::Network::Audited`] reach public hosts; without it
    /// they cannot be started.
    pub dial: Option<Arc<dyn Dial>>,
    /// What they may reach.
    pub egress: EgressRules,
}

impl ProcessConfig {
    /// Everything below that data folder, and the rest as it is by default.
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            python: None,
            bubblewrap: None,
            allow_unconfined: false,
            first_uid: owners::FIRST_UID,
            grace: Duration::from_secs(5),
            dial: None,
            egress: EgressRules::default(),
        }
    }
}

/// What was found out about the machine.
#[derive(Debug)]
struct Found {
    machine: Machine,
    python: Result<Python, String>,
    groups: Result<Groups, String>,
}

/// The backend.
pub struct ProcessBackend {
    config: Arc<ProcessConfig>,
    found: OnceCell<Arc<Found>>,
    egress: Option<Egress>,
    /// One lock for each lab that something is done with.
    busy: Mutex<HashMap<LabId, Weak<AsyncMutex<()>>>>,
}

impl ProcessBackend {
    /// With this configuration. Nothing is touched before it is asked for something.
    pub fn new(config: ProcessConfig) -> Self {
        let egress = config.dial.clone().map(|dial| Egress::new(dial, config.egress.clone()));
        Self { config: Arc::new(config), found: OnceCell::new(), egress, busy: Mutex::default() }
    }

    async fn found(&self) -> &Arc<Found> {
        let look = async || {
            Arc::new(Found {
                machine: Machine::look(self.config.bubblewrap.as_deref()).await,
                python: Python::look(self.config.python.as_deref()).await,
                groups: Groups::find(),
            })
        };
        self.found.get_or_init(look).await
    }

    fn labs_folder(&self) -> PathBuf {
        self.config.data.join("labs")
    }

    fn folder(&self, id: &LabId) -> Result<Folder, Failure> {
        Folder::of(&self.labs_folder(), id)
            .ok_or_else(|| failure(format!("`{id}` cannot be the id of a lab")))
    }

    /// Looks at a lab; a failure means that nothing is known.
    async fn look(&self, folder: &Folder) -> Result<Look, Failure> {
        let unknown = |error| temporary(format!("the lab cannot be looked at: {error}"));
        let folder = folder.clone();
        let seen = tokio::task::spawn_blocking(move || look(&folder)).await;
        seen.map_err(|error| temporary(error.to_string()))?.map_err(unknown)
    }

    /// What two calls for one lab take one after the other.
    fn turn(&self, id: &LabId) -> Arc<AsyncMutex<()>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = busy.get(id).and_then(Weak::upgrade) {
            return turn;
        }
        busy.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(AsyncMutex::new(()));
        busy.insert(id.clone(), Arc::downgrade(&turn));
        turn
    }

    /// Serves the proxy of a lab that has one, unless it is served already.
    fn serve_egress(&self, id: &LabId, folder: &Folder) -> Result<(), Failure> {
        let audited = folder.record().ok().flatten().is_some_and(|record| record.audited);
        match &self.egress {
            Some(egress) if audited => egress.serve(id, &folder.net().join(PROXY_SOCKET)),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl LabBackend for ProcessBackend {
    fn id(&self) -> &'static str {
        "process"
    }

    fn title(&self) -> &'static str {
        "This machine"
    }

    async fn report(&self) -> BackendReport {
        facts::report(self.found().await, &self.config)
    }

    fn unsuited(&self, app: &App, size: &Size) -> Option<String> {
        facts::unsuited(app, size)
    }

    async fn prepare(&self, app: &App, progress: &dyn Progress) -> Result<(), Failure> {
        let python = self.found().await.python.as_ref().map_err(failure)?;
        let recipe = app.process.as_ref();
        let recipe =
            recipe.ok_or_else(|| failure(format!("`{}` has no recipe for processes", app.id)))?;
        let folder = environment::folder(&self.config.data.join("environments"), recipe, python);
        environment::make(&folder, recipe, python, progress).await
    }

    async fn start(&self, spec: &LabSpec) -> Result<Started, Failure> {
        let turn = self.turn(&spec.id);
        let _turn = turn.lock().await;
        self.start_in_turn(spec).await
    }

    async fn observe(&self, id: &LabId, _handle: Option<&str>) -> Observation {
        let Ok(folder) = self.folder(id) else { return Observation::Absent };
        match self.look(&folder).await {
            Ok(Look::Running(process)) => {
                if let Err(failure) = self.serve_egress(id, &folder) {
                    tracing::warn!(lab = %id, "{failure}");
                }
                Observation::Running(start::started(&folder, process))
            }
            Ok(Look::Absent) => Observation::Absent,
            Ok(Look::Starting) => Observation::Unknown("it is being started".to_owned()),
            Ok(Look::Ended(end)) => Observation::Stopped(end.into()),
            Err(failure) => Observation::Unknown(failure.reason),
        }
    }

    async fn stop(&self, id: &LabId, _handle: Option<&str>) -> Result<(), Failure> {
        let turn = self.turn(id);
        let _turn = turn.lock().await;
        self.stop_in_turn(id).await
    }

    async fn log(
        &self,
        id: &LabId,
        _handle: Option<&str>,
        most_bytes: usize,
    ) -> Result<String, Failure> {
        let folder = self.folder(id)?;
        let read = folder.log(most_bytes);
        read.map_err(|error| crate::error::cannot("read the log in", folder.path(), error))
    }

    async fn labs(&self) -> Result<Vec<LabId>, Failure> {
        let labs = self.labs_folder();
        let listed = tokio::task::spawn_blocking(move || look::running(&labs)).await;
        let listed = listed.map_err(|error| failure(error.to_string()))?;
        listed.map_err(|error| crate::error::cannot("list", &self.labs_folder(), error))
    }
}
