//! The engine on fakes: launches, ends, idleness, kills, and the model of all of them.

mod ending;
mod idle;
mod kills;
mod launching;
mod life;
mod measured;
mod model;
mod opening;
mod seeing;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::task::JoinSet;

use super::*;
use crate::Error;
use crate::owner::Quota;
use crate::permission::Principal;
use crate::testing::{
    FakeApplication, FakeArchive, FakeBackend, FakeBytes, Kill, MemoryKeeper, fake_catalogue,
    fake_volumes_need, outside,
};
use crate::volumes::{Volumes, VolumesNeed};

pub(super) const ME: Principal = Principal::Local;

/// What outlives a gateway: the store, the backend, and the applications in it.
pub(super) struct Site {
    pub(super) kill: Kill,
    pub(super) keeper: Arc<MemoryKeeper>,
    pub(super) backend: Arc<FakeBackend>,
    pub(super) application: Arc<FakeApplication>,
    pub(super) archive: Arc<FakeArchive>,
    pub(super) bytes: FakeBytes,
    pub(super) config: LabsConfig,
}

/// A gateway that runs until it is dropped.
pub(super) struct Gateway {
    pub(super) labs: Labs,
    running: JoinSet<()>,
}

impl Site {
    pub(super) fn new() -> Self {
        let kill = Kill::default();
        let quota = Quota { labs: 4, cores: 100.0, memory_mib: 1 << 20, ..Quota::default() };
        Self {
            keeper: Arc::new(MemoryKeeper::new(kill.clone())),
            backend: Arc::new(FakeBackend::killed_by("process", kill.clone())),
            application: Arc::default(),
            archive: Arc::new(FakeArchive::new("hst")),
            bytes: FakeBytes::default(),
            config: LabsConfig { quota, ..LabsConfig::default() },
            kill,
        }
    }

    pub(super) fn volumes(&self) -> Volumes {
        let need = fake_volumes_need(vec![self.archive.clone()], Vec::new(), &self.keeper);
        Volumes::new(VolumesNeed { bytes: Arc::new(self.bytes.clone()), ..need })
    }

    pub(super) fn labs(&self) -> Labs {
        self.labs_over(self.volumes())
    }

    fn labs_over(&self, volumes: Volumes) -> Labs {
        Labs::new(LabsNeed {
            catalogue: fake_catalogue(),
            backends: vec![self.backend.clone()],
            application: self.application.clone(),
            keeper: self.keeper.clone(),
            volumes,
            outside: outside(),
            config: self.config.clone(),
        })
    }

    pub(super) fn gateway(&self) -> Gateway {
        let volumes = self.volumes();
        let labs = self.labs_over(volumes.clone());
        let mut running = JoinSet::new();
        let own = labs.clone();
        running.spawn(async move {
            tokio::join!(own.run(), volumes.run());
        });
        Gateway { labs, running }
    }

    /// Holds whenever: no lab is doubled, what runs has a record, and quota is what runs.
    #[track_caller]
    pub(super) fn check(&self) {
        let labs = self.keeper.all_labs();
        for (id, starts) in self.backend.starts() {
            assert_eq!(starts, 1, "lab {id} was started {starts} times");
        }
        for id in self.backend.running() {
            let lab = labs.iter().find(|lab| lab.id == id);
            let lab = lab.unwrap_or_else(|| panic!("lab {id} runs and has no record"));
            assert!(!lab.state.has_ended(), "lab {id} runs and holds no quota");
        }
        for lab in &labs {
            let ready = lab.state == LabState::Ready;
            assert!(!ready || lab.endpoint.is_some(), "lab {} is ready nowhere", lab.id);
            assert_eq!(lab.state.has_ended(), lab.ended.is_some(), "{lab:?}");
            assert!(!lab.state.has_ended() || lab.cause.is_some(), "{lab:?}");
        }
    }

    /// Quota that is in use: labs.
    pub(super) async fn in_use(&self) -> u32 {
        self.keeper.usage(&ME.owner()).await.unwrap().labs
    }
}

impl Gateway {
    pub(super) async fn launch(&self) -> Lab {
        self.labs.launch(&ME, Launch::default(), None).await.unwrap()
    }

    /// Follows the lab until it is in that state, and gives it; panics if it ends in another.
    pub(super) async fn until(&self, id: &LabId, state: LabState) -> Lab {
        let mut events = self.labs.follow(&ME, id, 0).await.unwrap();
        while let Some(event) = events.next().await {
            let (lab, event) = event.unwrap();
            if lab.state == state {
                return lab;
            }
            assert!(!lab.state.has_ended(), "{state:?} wanted: {event:?} {lab:?}");
        }
        let lab = self.labs.lab(&ME, id).await.unwrap();
        assert_eq!(lab.state, state, "{lab:?}");
        lab
    }

    pub(super) async fn ready(&self) -> Lab {
        let lab = self.launch().await;
        self.until(&lab.id, LabState::Ready).await
    }

    pub(super) async fn now(&self, id: &LabId) -> Lab {
        self.labs.lab(&ME, id).await.unwrap()
    }

    /// What was said of a lab.
    pub(super) async fn words(&self, id: &LabId) -> Vec<String> {
        let events = self.labs.events(&ME, id, 0).await.unwrap();
        events.into_iter().map(|event| event.words).collect()
    }

    /// Ends it as a kill does: nothing of it runs on when this returns.
    pub(super) async fn killed(mut self) {
        self.running.abort_all();
        while self.running.join_next().await.is_some() {}
    }
}

/// Time goes by.
pub(super) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

pub(super) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}
