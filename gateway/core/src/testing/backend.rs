//! A lab backend in memory that does as the test says.

use std::collections::BTreeMap;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::Kill;
use crate::labs::{
    App, BackendReport, Cause, Endpoint, Failure, LabBackend, LabId, LabSpec, Observation,
    Progress, Size, Started,
};

/// What a step of the backend does when it is asked for.
#[derive(Clone, Debug, Default)]
pub enum Script {
    /// What it should.
    #[default]
    Works,
    /// Nothing, with that failure.
    Fails(Failure),
    /// It never returns, and has no effect.
    Hangs,
    /// It has its effect and never returns.
    HangsAfterwards,
}

/// Runs labs as entries of a map. Labs outlive the gateway, as they do with real backends: keep
/// the backend and make new services over it.
pub struct FakeBackend {
    id: String,
    kill: Kill,
    state: Mutex<State>,
}

struct State {
    report: BackendReport,
    unsuited: Option<String>,
    prepare: Script,
    prepare_words: Vec<String>,
    start: Script,
    stop: Script,
    unreachable: Option<String>,
    log: String,
    labs: BTreeMap<LabId, FakeLab>,
    starts: BTreeMap<LabId, u32>,
    specs: Vec<LabSpec>,
    prepared: u32,
    next_port: u16,
}

struct FakeLab {
    started: Started,
    ended: Option<Cause>,
}

impl FakeBackend {
    /// One of that id in which everything works and that keeps users apart.
    pub fn new(id: &str) -> Self {
        Self::killed_by(id, Kill::default())
    }

    /// The same with calls that count for `kill`.
    pub fn killed_by(id: &str, kill: Kill) -> Self {
        let report = BackendReport {
            unusable: None,
            facts: Vec::new(),
            several_users: true,
            cores: Some(64.0),
            memory_mib: Some(256 * 1024),
        };
        let state = State {
            report,
            unsuited: None,
            prepare: Script::Works,
            prepare_words: Vec::new(),
            start: Script::Works,
            stop: Script::Works,
            unreachable: None,
            log: String::new(),
            labs: BTreeMap::new(),
            starts: BTreeMap::new(),
            specs: Vec::new(),
            prepared: 0,
            next_port: 20_000,
        };
        Self { id: id.to_owned(), kill, state: Mutex::new(state) }
    }

    /// What `report` says from now on.
    pub fn reports(&self, report: BackendReport) {
        self.state().report = report;
    }

    /// Why it is unsuited to everything from now on.
    pub fn unsuited_as(&self, reason: Option<&str>) {
        self.state().unsuited = reason.map(str::to_owned);
    }

    /// What `prepare` does from now on, and what it says on its way.
    pub fn prepare_does(&self, script: Script, words: &[&str]) {
        let mut state = self.state();
        state.prepare = script;
        state.prepare_words = words.iter().map(|&words| words.to_owned()).collect();
    }

    /// What `start` does from now on.
    pub fn start_does(&self, script: Script) {
        self.state().start = script;
    }

    /// What `stop` does from now on.
    pub fn stop_does(&self, script: Script) {
        self.state().stop = script;
    }

    /// From now on nothing can be found out or done, for that reason; `None` ends it. Labs go on
    /// meanwhile.
    pub fn unreachable_as(&self, reason: Option<&str>) {
        self.state().unreachable = reason.map(str::to_owned);
    }

    /// What labs have written.
    pub fn writes(&self, log: &str) {
        log.clone_into(&mut self.state().log);
    }

    /// The lab ends by itself.
    pub fn ends(&self, id: &LabId, cause: Cause) {
        if let Some(lab) = self.state().labs.get_mut(id) {
            lab.ended = Some(cause);
        }
    }

    /// The lab is gone without a trace.
    pub fn loses(&self, id: &LabId) {
        self.state().labs.remove(id);
    }

    /// The lab answers somewhere else from now on, as after a restart of Docker.
    pub fn moves(&self, id: &LabId) {
        let mut state = self.state();
        let endpoint = state.next_endpoint();
        if let Some(lab) = state.labs.get_mut(id) {
            lab.started.endpoint = endpoint;
        }
    }

    /// A lab that nobody recorded.
    pub fn has_orphan(&self, id: &str) {
        let mut state = self.state();
        let started = Started { handle: format!("fake-{id}"), endpoint: state.next_endpoint() };
        state.labs.insert(LabId(id.to_owned()), FakeLab { started, ended: None });
    }

    /// Ids of labs that run now.
    pub fn running(&self) -> Vec<LabId> {
        let state = self.state();
        let running = state.labs.iter().filter(|(_, lab)| lab.ended.is_none());
        running.map(|(id, _)| id.clone()).collect()
    }

    /// How often each lab was really started: more than once is a doubled lab.
    pub fn starts(&self) -> BTreeMap<LabId, u32> {
        self.state().starts.clone()
    }

    /// What labs were started with, in order.
    pub fn specs(&self) -> Vec<LabSpec> {
        self.state().specs.clone()
    }

    /// How often `prepare` was asked for.
    pub fn prepared(&self) -> u32 {
        self.state().prepared
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The failure of a backend that cannot be reached.
    fn reached(&self) -> Result<(), Failure> {
        match &self.state().unreachable {
            None => Ok(()),
            Some(reason) => {
                let (reason, log) = (reason.clone(), String::new());
                Err(Failure { reason, log, temporary: true })
            }
        }
    }

    async fn play<T>(&self, script: Script, effect: impl FnOnce() -> T) -> Result<T, Failure> {
        self.kill.pass().await;
        self.reached()?;
        let answer = match script {
            Script::Works => effect(),
            Script::Fails(failure) => return Err(failure),
            Script::Hangs => pending().await,
            Script::HangsAfterwards => {
                effect();
                pending().await
            }
        };
        self.kill.pass().await;
        Ok(answer)
    }
}

impl State {
    fn next_endpoint(&mut self) -> Endpoint {
        self.next_port += 1;
        Endpoint::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, self.next_port)))
    }

    fn start(&mut self, spec: &LabSpec) -> Started {
        if let Some(lab) = self.labs.get(&spec.id).filter(|lab| lab.ended.is_none()) {
            return lab.started.clone();
        }
        *self.starts.entry(spec.id.clone()).or_default() += 1;
        self.specs.push(spec.clone());
        let started =
            Started { handle: format!("fake-{}", spec.id), endpoint: self.next_endpoint() };
        self.labs.insert(spec.id.clone(), FakeLab { started: started.clone(), ended: None });
        started
    }
}

#[async_trait]
impl LabBackend for FakeBackend {
    fn id(&self) -> &str {
        &self.id
    }

    fn title(&self) -> &str {
        "labs that are none"
    }

    async fn report(&self) -> BackendReport {
        self.state().report.clone()
    }

    fn unsuited(&self, _app: &App, _size: &Size) -> Option<String> {
        self.state().unsuited.clone()
    }

    async fn prepare(&self, _app: &App, progress: &dyn Progress) -> Result<(), Failure> {
        let (script, words) = {
            let mut state = self.state();
            state.prepared += 1;
            (state.prepare.clone(), state.prepare_words.clone())
        };
        for words in words {
            progress.says(&words);
        }
        self.play(script, || ()).await
    }

    async fn start(&self, spec: &LabSpec) -> Result<Started, Failure> {
        let script = self.state().start.clone();
        self.play(script, || self.state().start(spec)).await
    }

    async fn observe(&self, id: &LabId, _handle: Option<&str>) -> Observation {
        self.kill.pass().await;
        if let Err(failure) = self.reached() {
            return Observation::Unknown(failure.reason);
        }
        let seen = match self.state().labs.get(id) {
            None => Observation::Absent,
            Some(FakeLab { started, ended: None }) => Observation::Running(started.clone()),
            Some(FakeLab { ended: Some(cause), .. }) => Observation::Stopped(cause.clone()),
        };
        self.kill.pass().await;
        seen
    }

    async fn stop(&self, id: &LabId, _handle: Option<&str>) -> Result<(), Failure> {
        let script = self.state().stop.clone();
        self.play(script, || {
            self.state().labs.remove(id);
        })
        .await
    }

    async fn log(
        &self,
        _id: &LabId,
        _handle: Option<&str>,
        most_bytes: usize,
    ) -> Result<String, Failure> {
        self.reached()?;
        let log = self.state().log.clone();
        Ok(log.get(log.len().saturating_sub(most_bytes)..).unwrap_or_default().to_owned())
    }

    async fn labs(&self) -> Result<Vec<LabId>, Failure> {
        self.kill.pass().await;
        self.reached()?;
        Ok(self.state().labs.keys().cloned().collect())
    }
}
