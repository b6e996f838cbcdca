//! Applications that answer as the test says, and a catalogue of two.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::labs::{
    Activity, App, AppKind, Application, Catalogue, Endpoint, ProbeKind, ProcessRecipe, Size,
};

/// Answers at once, and says nothing of its activity, unless told otherwise.
#[derive(Default)]
pub struct FakeApplication {
    state: Mutex<State>,
    asked: AtomicU32,
}

#[derive(Default)]
struct State {
    silent: bool,
    activity: Option<Activity>,
    of: HashMap<Endpoint, Activity>,
}

impl FakeApplication {
    /// Whether no application answers from now on.
    pub fn is_silent(&self, silent: bool) {
        self.state().silent = silent;
    }

    /// What every application says of its activity from now on.
    pub fn says(&self, activity: Activity) {
        self.state().activity = Some(activity);
    }

    /// The same of the one that answers there.
    pub fn says_at(&self, endpoint: Endpoint, activity: Activity) {
        self.state().of.insert(endpoint, activity);
    }

    /// How often one was asked whether it answers.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Application for FakeApplication {
    async fn answers(&self, _: &App, _: &Endpoint, _base_path: &str, _token: &str) -> bool {
        self.asked.fetch_add(1, Ordering::SeqCst);
        !self.state().silent
    }

    async fn activity(&self, _: &App, endpoint: &Endpoint, _base: &str, _token: &str) -> Activity {
        let state = self.state();
        let own = state.of.get(endpoint).copied();
        own.or(state.activity).unwrap_or(Activity::Unknown)
    }
}

/// `sepp/jupyterlab:v1` with sizes S (1 core, 1024 MiB) and M (2 cores, 4096 MiB), and
/// `sepp/topcat:v1` with S.
///
/// # Panics
///
/// Never: the names are names.
pub fn fake_catalogue() -> Catalogue {
    let size = |name: &str, cores: f64, memory_mib: u64| Size {
        name: name.to_owned(),
        title: format!("{cores} cores"),
        cores,
        memory_mib,
    };
    let app = |name: &str, kind: AppKind, title: &str| App {
        id: name.parse().expect("it is the name of an application"),
        kind,
        title: title.to_owned(),
        description: String::new(),
        maintainer: "nobody".to_owned(),
        licence: "BSD-3-Clause".to_owned(),
        homepage: None,
        formats: Vec::new(),
        probe: match kind {
            AppKind::Jupyter => ProbeKind::Jupyter,
            AppKind::Desktop => ProbeKind::Traffic,
        },
        ready: "api/status".to_owned(),
        open: "lab".to_owned(),
        open_notebook: (kind == AppKind::Jupyter).then(|| "lab/tree/{notebook}".to_owned()),
        sizes: vec![size("S", 1.0, 1024)],
        process: Some(ProcessRecipe {
            requirements: String::new(),
            command: vec![title.to_owned()],
        }),
        docker: None,
        environment: BTreeMap::new(),
        home: BTreeMap::new(),
    };
    let mut jupyter = app("sepp/jupyterlab:v1", AppKind::Jupyter, "JupyterLab");
    jupyter.sizes.push(size("M", 2.0, 4096));
    let topcat = app("sepp/topcat:v1", AppKind::Desktop, "TOPCAT");
    Catalogue(vec![Arc::new(jupyter), Arc::new(topcat)])
}
