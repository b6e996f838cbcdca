//! Anything may happen in any order, and the same things hold after each.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Launch,
    LaunchAgain(u8),
    Stop(u8),
    Delete(u8),
    Snooze(u8),
    Extend(u8),
    Kill(u8),
    Lose(u8),
    End(u8),
    Move(u8),
    Down(bool),
    Silent(bool),
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Launch),
        2 => (0..6_u8).prop_map(Step::LaunchAgain),
        2 => (0..6_u8).prop_map(Step::Stop),
        1 => (0..6_u8).prop_map(Step::Delete),
        1 => (0..6_u8).prop_map(Step::Snooze),
        1 => (0..6_u8).prop_map(Step::Extend),
        3 => (0..40_u8).prop_map(Step::Kill),
        1 => (0..6_u8).prop_map(Step::Lose),
        1 => (0..6_u8).prop_map(Step::End),
        1 => (0..6_u8).prop_map(Step::Move),
        2 => any::<bool>().prop_map(Step::Down),
        1 => any::<bool>().prop_map(Step::Silent),
        3 => (0..4_000_u16).prop_map(Step::Pass),
    ]
}

/// What may run and had not ended, by id.
fn held(site: &Site) -> Vec<LabId> {
    let labs = site.keeper.all_labs().into_iter();
    labs.filter(|lab| (LabState::Starting..=LabState::Stopping).contains(&lab.state))
        .map(|lab| lab.id)
        .collect()
}

async fn run(steps: Vec<Step>) {
    let site = Site::new();
    let mut gateway = site.gateway();
    let mut down = false;
    for step in steps {
        let labs = site.keeper.all_labs();
        let some = |number: u8| labs.get(usize::from(number)).map(|lab| lab.id.clone());
        let before = held(&site);
        let own = gateway.labs.clone();
        let quick = Duration::from_secs(1);
        match step {
            Step::Launch => drop(own.launch(&ME, Launch::default(), None).await),
            Step::LaunchAgain(key) => {
                let key = format!("k{key}");
                drop(own.launch(&ME, Launch::default(), Some(&key)).await);
            }
            Step::Stop(number) => {
                if let Some(id) = some(number) {
                    own.stop(&ME, &id).await.unwrap();
                }
            }
            Step::Delete(number) => {
                if let Some(id) = some(number) {
                    drop(own.delete(&ME, &id).await);
                }
            }
            Step::Snooze(number) => {
                if let Some(id) = some(number) {
                    drop(own.snooze(&ME, &id).await);
                }
            }
            Step::Extend(number) => {
                if let Some(id) = some(number) {
                    drop(own.extend(&ME, &id).await);
                }
            }
            Step::Kill(calls) => {
                site.kill.after(calls.into());
                let _ = tokio::time::timeout(minutes(2), async {
                    tokio::select! {
                        biased;
                        () = site.kill.reached() => {}
                        _ = own.launch(&ME, Launch::default(), Some("killed")) => {
                            site.kill.reached().await;
                        }
                    }
                })
                .await;
                gateway.killed().await;
                site.kill.over();
                gateway = site.gateway();
            }
            Step::Lose(number) => some(number).iter().for_each(|id| site.backend.loses(id)),
            Step::End(number) => {
                some(number).iter().for_each(|id| site.backend.ends(id, Cause::Exited(1)));
            }
            Step::Move(number) => some(number).iter().for_each(|id| site.backend.moves(id)),
            Step::Down(now) => {
                down = now;
                site.backend.unreachable_as(down.then_some("down"));
            }
            Step::Silent(silent) => site.application.is_silent(silent),
            Step::Pass(seconds) => pass(Duration::from_secs(seconds.into())).await,
        }
        pass(quick).await;
        site.check();
        let usage = site.keeper.usage(&ME.owner()).await.unwrap();
        assert!(usage.labs <= site.config.quota.labs, "{step:?}: {usage:?}");
        if down && !matches!(step, Step::Down(_)) {
            let after = held(&site);
            let lost: Vec<_> = before.iter().filter(|id| !after.contains(id)).collect();
            assert!(lost.is_empty(), "{step:?}: freed while nobody knew: {lost:?}");
        }
    }
    site.backend.unreachable_as(None);
    for lab in site.keeper.all_labs() {
        gateway.labs.stop(&ME, &lab.id).await.unwrap();
    }
    pass(minutes(3)).await;
    site.check();
    assert_eq!(site.backend.running(), []);
    assert_eq!(site.in_use().await, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_no_lab_is_lost_or_doubled(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(run(steps));
    }
}
