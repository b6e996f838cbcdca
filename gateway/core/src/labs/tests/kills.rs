//! The gateway is killed at every single call it makes to the store and the backend, and another
//! one goes on: nothing is lost, nothing is doubled, quota is what runs.

use super::*;
use crate::testing::Script;

/// Runs a gateway until it is killed or `work` is done; whether it was killed.
async fn killed_in<F: Future>(site: &Site, work: impl FnOnce(Labs) -> F) -> bool {
    let gateway = site.gateway();
    let killed = tokio::select! {
        biased;
        () = site.kill.reached() => true,
        _ = work(gateway.labs.clone()) => false,
    };
    gateway.killed().await;
    site.kill.over();
    killed
}

async fn follow_until(labs: &Labs, id: &LabId, state: LabState) {
    let mut events = labs.follow(&ME, id, 0).await.unwrap();
    while let Some(Ok((lab, _))) = events.next().await {
        if lab.state == state || lab.state.has_ended() {
            return;
        }
    }
}

fn asked() -> Launch {
    Launch { title: "mine".to_owned(), ..Launch::default() }
}

#[tokio::test(start_paused = true)]
async fn killed_at_every_call_of_a_launch() {
    let mut kills = 0;
    for call in 0.. {
        let site = Site::new();
        site.kill.after(call);
        let killed = killed_in(&site, async |labs: Labs| {
            let lab = labs.launch(&ME, asked(), Some("k")).await.unwrap();
            follow_until(&labs, &lab.id, LabState::Ready).await;
        })
        .await;
        kills += u32::from(killed);
        site.check();
        // Whoever asked knows nothing, and asks again.
        let gateway = site.gateway();
        let lab = gateway.labs.launch(&ME, asked(), Some("k")).await.unwrap();
        let lab = gateway.until(&lab.id, LabState::Ready).await;
        assert_eq!(site.keeper.all_labs().len(), 1, "call {call}");
        assert_eq!(site.backend.running(), std::slice::from_ref(&lab.id), "call {call}");
        assert_eq!(gateway.labs.route(&lab.id.0).unwrap().endpoint, lab.endpoint, "call {call}");
        assert_eq!(site.in_use().await, 1, "call {call}");
        site.check();
        if !killed {
            break;
        }
    }
    assert!(kills > 20, "only {kills} calls were made");
}

#[tokio::test(start_paused = true)]
async fn killed_at_every_call_of_an_end() {
    let mut kills = 0;
    for call in 0.. {
        let site = Site::new();
        let gateway = site.gateway();
        let lab = gateway.ready().await;
        gateway.killed().await;
        site.kill.after(call);
        let killed = killed_in(&site, async |labs: Labs| {
            labs.stop(&ME, &lab.id).await.unwrap();
            follow_until(&labs, &lab.id, LabState::Stopped).await;
        })
        .await;
        kills += u32::from(killed);
        site.check();
        let gateway = site.gateway();
        gateway.labs.stop(&ME, &lab.id).await.unwrap();
        gateway.until(&lab.id, LabState::Stopped).await;
        assert_eq!(site.backend.running(), [], "call {call}");
        assert_eq!(site.in_use().await, 0, "call {call}");
        let cores: Vec<_> = site.keeper.all_charges();
        assert!(cores.len() <= 2, "charged twice: {cores:?}");
        site.check();
        if !killed {
            break;
        }
    }
    assert!(kills > 10, "only {kills} calls were made");
}

#[tokio::test(start_paused = true)]
async fn killed_at_every_call_of_a_launch_that_fails() {
    let failure = || Failure { reason: "no room".to_owned(), log: String::new(), temporary: false };
    for call in 0.. {
        let site = Site::new();
        site.backend.start_does(Script::Fails(failure()));
        site.kill.after(call);
        let killed = killed_in(&site, async |labs: Labs| {
            let lab = labs.launch(&ME, asked(), Some("k")).await.unwrap();
            follow_until(&labs, &lab.id, LabState::Failed).await;
        })
        .await;
        let gateway = site.gateway();
        let lab = gateway.labs.launch(&ME, asked(), Some("k")).await.unwrap();
        let lab = gateway.until(&lab.id, LabState::Failed).await;
        assert_eq!(lab.cause, Some(Cause::StepFailed("no room".to_owned())), "call {call}");
        assert_eq!(site.in_use().await, 0, "call {call}");
        assert_eq!(site.backend.running(), [], "call {call}");
        site.check();
        if !killed {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn killed_at_every_call_while_the_backend_is_gone_at_the_next_start() {
    for call in 0.. {
        let site = Site::new();
        site.kill.after(call);
        let killed = killed_in(&site, async |labs: Labs| {
            let lab = labs.launch(&ME, asked(), Some("k")).await.unwrap();
            follow_until(&labs, &lab.id, LabState::Ready).await;
        })
        .await;
        let before = site.backend.running();
        site.backend.unreachable_as(Some("the daemon is down"));
        let started: Vec<_> = site.keeper.all_labs();
        let gateway = site.gateway();
        pass(minutes(1)).await;
        for lab in &started {
            let now = gateway.now(&lab.id).await;
            // Nothing that may run is given up. (A step whose backend says it fails does.)
            assert!(
                lab.state < LabState::Starting || !now.state.has_ended(),
                "call {call}: {now:?}"
            );
        }
        site.check();
        site.backend.unreachable_as(None);
        pass(minutes(2)).await;
        site.check();
        let goes_on = site.keeper.all_labs().iter().filter(|lab| !lab.state.has_ended()).count();
        assert_eq!(site.backend.running().len(), goes_on, "call {call}, before: {before:?}");
        if !killed {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_ended_while_the_gateway_was_down_is_not_taken_for_one_that_runs() {
    let site = Site::new();
    let gateway = site.gateway();
    let (dead, gone, alive) = (gateway.ready().await, gateway.ready().await, gateway.ready().await);
    gateway.killed().await;
    site.backend.ends(&dead.id, Cause::Signalled(9));
    site.backend.loses(&gone.id);
    let gateway = site.gateway();
    assert_eq!(gateway.until(&dead.id, LabState::Stopped).await.cause, Some(Cause::Signalled(9)));
    assert_eq!(gateway.until(&gone.id, LabState::Stopped).await.cause, Some(Cause::Lost));
    pass(minutes(1)).await;
    assert_eq!(gateway.now(&alive.id).await.state, LabState::Ready);
    assert!(
        gateway
            .words(&alive.id)
            .await
            .contains(&"the gateway was started again, and it still runs".to_owned())
    );
    assert_eq!(site.in_use().await, 1);
    site.check();
}

#[tokio::test(start_paused = true)]
async fn routes_are_there_before_anything_runs() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    gateway.killed().await;
    let labs = site.labs();
    assert_eq!(labs.route(&lab.id.0), None);
    labs.recall().await.unwrap();
    let route = labs.route(&lab.id.0).unwrap();
    assert_eq!((&route.endpoint, route.words.as_str()), (&lab.endpoint, "ready after 0.0 s"));
}
