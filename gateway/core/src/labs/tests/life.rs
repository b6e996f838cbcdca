//! A lab from its launch until it is ready, and what happens to one that never is.

use super::*;
use crate::testing::Script;

#[tokio::test(start_paused = true)]
async fn every_step_is_an_event_with_its_time() {
    let site = Site::new();
    site.backend.prepare_does(Script::Works, &["fetching numpy", "fetching astropy"]);
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    assert_eq!((lab.state, lab.title.as_str()), (LabState::Reserved, "JupyterLab"));
    let lab = gateway.until(&lab.id, LabState::Ready).await;
    let words = gateway.words(&lab.id).await;
    assert_eq!(
        words,
        [
            "asked for; reserved S: 1 core, 1.0 GiB on labs that are none",
            "preparing JupyterLab",
            "starting JupyterLab",
            "it runs; waiting for the application to answer",
            "ready after 0.0 s",
        ]
    );
    let spec = site.backend.specs().pop().unwrap();
    assert_eq!((spec.token.as_str(), spec.token.len()), (lab.token.as_str(), 64));
    assert_eq!(spec.base_path, "/");
    let route = gateway.labs.route(&lab.id.0).unwrap();
    assert_eq!((route.state, &route.endpoint), (LabState::Ready, &lab.endpoint));
    assert_eq!(route.words, "ready after 0.0 s");
    assert_eq!(gateway.labs.route("guessed"), None);
    site.check();
}

#[tokio::test(start_paused = true)]
async fn our_own_steps_wait_for_nothing() {
    let site = Site::new();
    let gateway = site.gateway();
    let began = tokio::time::Instant::now();
    gateway.ready().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_long_step_says_how_far_it_is_and_not_too_often() {
    let site = Site::new();
    site.backend.prepare_does(Script::Hangs, &["1 of 3", "2 of 3", "3 of 3"]);
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    pass(minutes(1)).await;
    let words = gateway.words(&lab.id).await;
    assert_eq!(words[1..], ["preparing JupyterLab", "3 of 3"]);
    assert_eq!(gateway.labs.route(&lab.id.0).unwrap().words, "3 of 3");
}

#[tokio::test(start_paused = true)]
async fn in_path_mode_every_path_begins_with_the_lab() {
    let mut site = Site::new();
    site.config.path_mode = true;
    let lab = site.gateway().ready().await;
    assert_eq!(lab.base_path, format!("/labs/{}/app/", lab.id));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_says_so_with_its_own_lines() {
    let failure = |temporary: bool| Failure {
        reason: "no such wheel".to_owned(),
        log: "pip: looking\npip: \u{1b}[31mnot found".to_owned(),
        temporary,
    };
    let site = Site::new();
    site.backend.prepare_does(Script::Fails(failure(false)), &[]);
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    let lab = gateway.until(&lab.id, LabState::Failed).await;
    assert_eq!(lab.cause, Some(Cause::StepFailed("no such wheel".to_owned())));
    let last = gateway.labs.events(&ME, &lab.id, 0).await.unwrap().pop().unwrap();
    assert_eq!(last.words, "preparing the application failed: no such wheel");
    assert_eq!(last.log, "pip: looking\npip: [31mnot found");
    assert_eq!(site.in_use().await, 0);

    site.backend.prepare_does(Script::Works, &[]);
    site.backend.start_does(Script::Fails(failure(true)));
    let lab = gateway.launch().await;
    gateway.until(&lab.id, LabState::Failed).await;
    let words = gateway.words(&lab.id).await;
    let again = words.iter().filter(|words| words.ends_with("trying again")).count();
    assert_eq!(again, 2, "what may pass by itself is tried three times: {words:?}");
    assert_eq!(site.backend.starts().len(), 0);
    site.check();
}

#[tokio::test(start_paused = true)]
async fn an_application_that_never_answers_is_ended_with_its_log() {
    let site = Site::new();
    site.application.is_silent(true);
    site.backend.writes(&format!("{}\nthe last line\n", "flood ".repeat(100_000)));
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    let began = tokio::time::Instant::now();
    let lab = gateway.until(&lab.id, LabState::Failed).await;
    assert_eq!(lab.cause, Some(Cause::NeverAnswered));
    assert!(began.elapsed() >= site.config.answer_within);
    let events = gateway.labs.events(&ME, &lab.id, 0).await.unwrap();
    let ending = events.iter().find(|event| event.state == LabState::Stopping).unwrap();
    assert_eq!(ending.log, "the last line\n");
    assert_eq!(site.backend.running(), []);
    assert_eq!(site.in_use().await, 0);
    // Asked often enough to be noticed soon, and not in a tight loop.
    assert!((1_000..4_000).contains(&site.application.asked()), "{}", site.application.asked());
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_dies_at_once_is_noticed_before_its_time_is_up() {
    let site = Site::new();
    site.application.is_silent(true);
    site.backend.writes("ImportError: no module named jupyterlab\n");
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    gateway.until(&lab.id, LabState::Waiting).await;
    site.backend.ends(&lab.id, Cause::Exited(1));
    let began = tokio::time::Instant::now();
    let lab = gateway.until(&lab.id, LabState::Failed).await;
    assert_eq!(lab.cause, Some(Cause::Exited(1)));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let events = gateway.labs.events(&ME, &lab.id, 0).await.unwrap();
    assert!(events.iter().any(|event| event.log.starts_with("ImportError")), "{events:?}");
    site.check();
}

#[tokio::test(start_paused = true)]
async fn silence_of_a_lab_that_the_backend_cannot_see_ends_nothing() {
    let site = Site::new();
    site.application.is_silent(true);
    let gateway = site.gateway();
    let lab = gateway.launch().await;
    gateway.until(&lab.id, LabState::Waiting).await;
    site.backend.unreachable_as(Some("no answer"));
    pass(minutes(30)).await;
    assert_eq!(gateway.now(&lab.id).await.state, LabState::Waiting);
    site.backend.unreachable_as(None);
    site.application.is_silent(false);
    gateway.until(&lab.id, LabState::Ready).await;
}

#[tokio::test(start_paused = true)]
async fn events_come_as_they_happen_and_from_any_number() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    let mut following = gateway.labs.follow(&ME, &lab.id, 4).await.unwrap();
    let (_, ready) = following.next().await.unwrap().unwrap();
    assert_eq!((ready.number, ready.state), (5, LabState::Ready));
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    let rest: Vec<_> = following.map(|event| event.unwrap().1).collect().await;
    let rest: Vec<_> = rest.iter().map(|event| (event.number, event.state)).collect();
    assert_eq!(rest, [(6, LabState::Stopping), (7, LabState::Stopped)]);
}
