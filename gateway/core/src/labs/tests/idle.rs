//! Idleness and age.

use super::*;
use crate::coverage::Instant;

fn has_warned(words: &[String]) -> bool {
    words.iter().any(|words| words.contains("it ends in"))
}

async fn topcat(gateway: &Gateway) -> Lab {
    let launch = Launch { app: "sepp/topcat:v1".to_owned(), ..Launch::default() };
    let lab = gateway.labs.launch(&ME, launch, None).await.unwrap();
    gateway.until(&lab.id, LabState::Ready).await
}

#[tokio::test(start_paused = true)]
async fn a_lab_in_which_nobody_works_is_warned_of_and_ended() {
    let site = Site::new();
    site.application.says(Activity::Last(Instant(0)));
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    // An open tab talks through the proxy all the time; for a Jupyter that is no work.
    for _ in 0..104 {
        pass(minutes(1)).await;
        gateway.labs.worked_in(&lab.id.0);
    }
    assert!(!has_warned(&gateway.words(&lab.id).await));
    pass(minutes(2)).await;
    let warning = gateway.words(&lab.id).await.pop().unwrap();
    assert!(warning.starts_with("nobody works in it: it ends in 1"), "{warning}");
    assert!(gateway.now(&lab.id).await.warned);
    pass(minutes(13)).await;
    assert_eq!(gateway.now(&lab.id).await.state, LabState::Ready);
    pass(minutes(2)).await;
    let ended = gateway.now(&lab.id).await;
    assert_eq!((ended.state, ended.cause), (LabState::Stopped, Some(Cause::Idle)));
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_kernel_that_is_busy_without_a_word_is_not_idle() {
    let site = Site::new();
    site.application.says(Activity::Busy);
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    pass(minutes(11 * 60)).await;
    assert!(!has_warned(&gateway.words(&lab.id).await));
    // And its longest time holds all the same, with a warning.
    let ended = gateway.until(&lab.id, LabState::Stopped).await;
    assert_eq!(ended.cause, Some(Cause::TooOld));
    assert!(ended.ended.unwrap() >= ended.deadline);
    assert!(has_warned(&gateway.words(&lab.id).await));
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_says_nothing_of_its_activity_is_not_idle() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    pass(minutes(11 * 60)).await;
    assert_eq!(gateway.now(&lab.id).await.state, LabState::Ready);
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_after_the_warning_keeps_the_lab() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = topcat(&gateway).await;
    pass(minutes(110)).await;
    assert!(gateway.now(&lab.id).await.warned);
    gateway.labs.worked_in(&lab.id.0);
    pass(minutes(60)).await;
    let now = gateway.now(&lab.id).await;
    assert_eq!((now.state, now.warned), (LabState::Ready, false));
    pass(minutes(62)).await;
    assert_eq!(gateway.now(&lab.id).await.cause, Some(Cause::Idle));
}

#[tokio::test(start_paused = true)]
async fn snoozing_keeps_an_idle_lab_for_one_more_idle_time() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = topcat(&gateway).await;
    pass(minutes(115)).await;
    let snoozed = gateway.labs.snooze(&ME, &lab.id).await.unwrap();
    assert!(!snoozed.warned);
    pass(minutes(100)).await;
    let now = gateway.now(&lab.id).await;
    assert_eq!((now.state, now.warned), (LabState::Ready, false));
    pass(minutes(22)).await;
    assert_eq!(gateway.now(&lab.id).await.cause, Some(Cause::Idle));
}

#[tokio::test(start_paused = true)]
async fn extending_moves_the_end() {
    let site = Site::new();
    site.application.says(Activity::Busy);
    let gateway = site.gateway();
    let launch = Launch { max_age: Some(minutes(60)), ..Launch::default() };
    let lab = gateway.labs.launch(&ME, launch, None).await.unwrap();
    pass(minutes(50)).await;
    assert!(gateway.now(&lab.id).await.warned);
    let extended = gateway.labs.extend(&ME, &lab.id).await.unwrap();
    assert!(!extended.warned && extended.deadline > lab.deadline);
    pass(minutes(11 * 60)).await;
    assert_eq!(gateway.now(&lab.id).await.state, LabState::Ready);
    pass(minutes(61)).await;
    assert_eq!(gateway.now(&lab.id).await.cause, Some(Cause::TooOld));
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_was_idle_while_the_gateway_was_down_is_warned_of_first() {
    let site = Site::new();
    site.application.says(Activity::Last(Instant(0)));
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    gateway.killed().await;
    pass(minutes(5 * 60)).await;
    let gateway = site.gateway();
    pass(minutes(10)).await;
    let now = gateway.now(&lab.id).await;
    assert_eq!((now.state, now.warned), (LabState::Ready, true));
    pass(minutes(6)).await;
    assert_eq!(gateway.now(&lab.id).await.cause, Some(Cause::Idle));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_takes_for_ever_ends_with_the_longest_time() {
    let site = Site::new();
    site.backend.prepare_does(crate::testing::Script::Hangs, &[]);
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    let ended = gateway.until(&lab.id, LabState::Stopped).await;
    assert_eq!(ended.cause, Some(Cause::TooOld));
}
