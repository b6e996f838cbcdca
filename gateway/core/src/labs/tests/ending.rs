//! Ends: asked for at every step, by themselves, and while nobody can tell.

use super::*;
use crate::testing::Script;

#[tokio::test(start_paused = true)]
async fn a_lab_is_ended_at_once_at_whatever_step_it_is() {
    type Hold = fn(&Site);
    let steps: [(&str, LabState, Hold); 5] = [
        ("preparing", LabState::Preparing, |site| site.backend.prepare_does(Script::Hangs, &[])),
        ("starting", LabState::Starting, |site| site.backend.start_does(Script::Hangs)),
        ("started, unknown to us", LabState::Starting, |site| {
            site.backend.start_does(Script::HangsAfterwards);
        }),
        ("waiting", LabState::Waiting, |site| site.application.is_silent(true)),
        ("ready", LabState::Ready, |_| {}),
    ];
    for (step, state, hold) in steps {
        let site = Site::new();
        hold(&site);
        let gateway = site.gateway();
        let lab = gateway.launch().await;
        gateway.until(&lab.id, state).await;
        pass(Duration::from_millis(10)).await;
        let began = tokio::time::Instant::now();
        let stopping = gateway.labs.stop(&ME, &lab.id).await.unwrap();
        assert_eq!(
            (stopping.state, stopping.cause),
            (LabState::Stopping, Some(Cause::Asked)),
            "{step}"
        );
        let stopped = gateway.until(&lab.id, LabState::Stopped).await;
        assert_eq!(stopped.cause, Some(Cause::Asked), "{step}");
        assert_eq!(began.elapsed(), Duration::ZERO, "{step}");
        assert_eq!(site.backend.running(), [], "{step}");
        assert_eq!(site.in_use().await, 0, "{step}");
        let again = gateway.labs.stop(&ME, &lab.id).await.unwrap();
        assert_eq!(again, stopped, "{step}: ending it again changes nothing");
        let route = gateway.labs.route(&lab.id.0).unwrap();
        assert_eq!((route.state, &route.endpoint), (LabState::Stopped, &None), "{step}");
        site.check();
    }
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_cannot_be_ended_holds_its_quota_until_it_is() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    site.backend.unreachable_as(Some("the daemon is down"));
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    pass(minutes(60)).await;
    assert_eq!(gateway.now(&lab.id).await.state, LabState::Stopping);
    assert_eq!(site.in_use().await, 1);
    let words = gateway.words(&lab.id).await;
    let said = words.iter().filter(|words| words.contains("the daemon is down")).count();
    assert_eq!(said, 1, "{words:?}");
    site.backend.unreachable_as(None);
    gateway.until(&lab.id, LabState::Stopped).await;
    assert_eq!(site.in_use().await, 0);
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_hangs_is_tried_again() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    site.backend.stop_does(Script::Hangs);
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    pass(minutes(5)).await;
    assert_eq!(site.in_use().await, 1);
    site.backend.stop_does(Script::Works);
    gateway.until(&lab.id, LabState::Stopped).await;
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_record_is_removed_when_its_lab_has_ended_and_not_before() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    let early = gateway.labs.delete(&ME, &lab.id).await.unwrap_err();
    assert!(matches!(early, Error::Conflict { .. }), "{early}");
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    gateway.until(&lab.id, LabState::Stopped).await;
    let late = gateway.labs.extend(&ME, &lab.id).await.unwrap_err();
    assert!(matches!(late, Error::Conflict { .. }), "{late}");
    gateway.labs.delete(&ME, &lab.id).await.unwrap();
    assert_eq!(gateway.labs.route(&lab.id.0), None);
    let gone = gateway.labs.lab(&ME, &lab.id).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
}

#[tokio::test(start_paused = true)]
async fn what_was_used_is_in_the_ledger_once() {
    let site = Site::new();
    let gateway = site.gateway();
    let launch = Launch { size: Some("M".to_owned()), ..Launch::default() };
    let lab = gateway.labs.launch(&ME, launch, None).await.unwrap();
    gateway.until(&lab.id, LabState::Ready).await;
    pass(minutes(45)).await;
    gateway.killed().await;
    // Nobody counts for a while, and the lab goes on.
    pass(minutes(15)).await;
    let gateway = site.gateway();
    pass(minutes(30)).await;
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    let lab = gateway.until(&lab.id, LabState::Stopped).await;
    let (from, until) = (lab.ready.unwrap(), lab.ended.unwrap());
    let charges = gateway.labs.ledger(&ME, from, until).await.unwrap();
    let lines: Vec<_> = charges.iter().map(|one| (one.kind, one.from, one.until)).collect();
    assert_eq!(lines, [(ChargeKind::CoreHours, from, until), (ChargeKind::GibHours, from, until)]);
    assert!((charges[0].amount - 2.0 * 1.5).abs() < 0.01, "{charges:?}");
    assert!((charges[1].amount - 4.0 * 1.5).abs() < 0.01, "{charges:?}");
}

#[tokio::test(start_paused = true)]
async fn an_end_that_was_written_and_not_heard_of_takes_place() {
    let site = Site::new();
    site.backend.prepare_does(Script::Hangs, &[]);
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    let lab = gateway.until(&lab.id, LabState::Preparing).await;
    // Whoever asked for it was gone before the store had answered.
    let stopping = Lab { state: LabState::Stopping, cause: Some(Cause::Asked), ..lab };
    assert!(site.keeper.save_lab(&stopping, None).await.unwrap());
    pass(minutes(2)).await;
    assert_eq!(gateway.now(&stopping.id).await.state, LabState::Stopped);
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_step_that_comes_too_late_writes_nothing() {
    let site = Site::new();
    site.application.is_silent(true);
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    let lab = gateway.until(&lab.id, LabState::Waiting).await;
    let stopping = Lab { state: LabState::Stopping, cause: Some(Cause::Asked), ..lab };
    assert!(site.keeper.save_lab(&stopping, None).await.unwrap());
    // The application answers before anybody here knows that the lab is to end.
    site.application.is_silent(false);
    pass(Duration::from_secs(1)).await;
    assert_eq!(gateway.labs.route(&stopping.id.0).unwrap().state, LabState::Stopped);
    let stopped = gateway.now(&stopping.id).await;
    assert_eq!((stopped.cause, stopped.ready), (Some(Cause::Asked), None));
}
