//! The core's labs over a real database: what many who ask at once get, and what a gateway that
//! begins again finds.

use std::sync::Arc;
use std::time::Duration;

use archway_core::Error;
use archway_core::labs::{
    Lab, LabId, LabKeeper as _, LabState, Labs, LabsConfig, LabsNeed, Launch,
};
use archway_core::owner::Quota;
use archway_core::permission::Principal;
use archway_core::testing::{
    FakeApplication, FakeBackend, MemoryKeeper, fake_catalogue, fake_volumes_need, outside,
};
use archway_core::volumes::{Volumes, VolumesNeed};
use archway_store::Store;
use futures_util::StreamExt as _;
use tokio::task::JoinSet;

use crate::databases::on_both_databases;

on_both_databases!(
    of_a_hundred_labs_asked_for_at_once_twenty_are_ready,
    labs_of_a_gateway_that_was_killed_are_found_again,
);

const ME: Principal = Principal::Local;

fn labs(store: &Store, backend: &Arc<FakeBackend>) -> Labs {
    let keeper = Arc::new(store.clone());
    let need = fake_volumes_need(Vec::new(), Vec::new(), &Arc::new(MemoryKeeper::default()));
    let volumes = VolumesNeed { keeper: keeper.clone(), labs: keeper.clone(), ..need };
    let quota = Quota { labs: 20, cores: 1e3, memory_mib: 1 << 30, ..Quota::default() };
    Labs::new(LabsNeed {
        catalogue: fake_catalogue(),
        backends: vec![backend.clone()],
        application: Arc::<FakeApplication>::default(),
        keeper,
        volumes: Volumes::new(volumes),
        outside: outside(),
        config: LabsConfig { quota, ..LabsConfig::default() },
    })
}

fn run(labs: &Labs) -> JoinSet<()> {
    let (labs, mut running) = (labs.clone(), JoinSet::new());
    running.spawn(async move { labs.run().await });
    running
}

async fn until(labs: &Labs, id: &LabId, state: LabState) -> Lab {
    let mut events = labs.follow(&ME, id, 0).await.unwrap();
    let reached = async {
        while let Some(event) = events.next().await {
            let (lab, _) = event.unwrap();
            if lab.state == state {
                return lab;
            }
        }
        panic!("the lab ended before it was {state:?}");
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.unwrap()
}

async fn of_a_hundred_labs_asked_for_at_once_twenty_are_ready(store: Store) {
    let backend = Arc::new(FakeBackend::new("process"));
    let labs = labs(&store, &backend);
    let _running = run(&labs);
    let mut asking = JoinSet::new();
    for number in 0..100 {
        let labs = labs.clone();
        // Some with a key, for which the database alone decides.
        let key = (number % 2 == 0).then(|| format!("key-{number}"));
        asking.spawn(async move { labs.launch(&ME, Launch::default(), key.as_deref()).await });
    }
    let mut ready = Vec::new();
    let mut refused = 0;
    while let Some(answer) = asking.join_next().await {
        match answer.unwrap() {
            Ok(lab) => ready.push(until(&labs, &lab.id, LabState::Ready).await),
            Err(Error::QuotaExceeded { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((ready.len(), refused), (20, 80));
    assert_eq!(backend.running().len(), 20);
    assert!(backend.starts().values().all(|starts| *starts == 1));
    assert_eq!(store.usage(&ME.owner()).await.unwrap().labs, 20);
}

async fn labs_of_a_gateway_that_was_killed_are_found_again(store: Store) {
    let backend = Arc::new(FakeBackend::new("process"));
    let first = labs(&store, &backend);
    let mut running = run(&first);
    let lab = first.launch(&ME, Launch::default(), Some("k")).await.unwrap();
    let lab = until(&first, &lab.id, LabState::Ready).await;
    running.shutdown().await;

    let second = labs(&store, &backend);
    second.recall().await.unwrap();
    let route = second.route(&lab.id.0).unwrap();
    assert_eq!((route.state, &route.endpoint), (LabState::Ready, &lab.endpoint));
    let _running = run(&second);
    let again = second.launch(&ME, Launch::default(), Some("k")).await.unwrap();
    assert_eq!(again.id, lab.id);
    second.stop(&ME, &lab.id).await.unwrap();
    until(&second, &lab.id, LabState::Stopped).await;
    assert_eq!(backend.running(), []);
    assert_eq!(store.usage(&ME.owner()).await.unwrap().labs, 0);
}
