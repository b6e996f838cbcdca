//! What a backend says of labs that run: where they are, that they ended, and that it does not know.

use super::*;

#[tokio::test(start_paused = true)]
async fn unknown_frees_nothing_and_is_said_once() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    site.backend.unreachable_as(Some("the daemon is down"));
    pass(minutes(60)).await;
    let now = gateway.now(&lab.id).await;
    assert_eq!(now.state, LabState::Ready);
    assert_eq!(site.in_use().await, 1);
    assert_eq!(gateway.labs.route(&lab.id.0).unwrap().endpoint, lab.endpoint);
    site.backend.unreachable_as(None);
    pass(minutes(1)).await;
    let words = gateway.words(&lab.id).await;
    assert_eq!(
        words[5..],
        [
            "the backend cannot say how it is: the daemon is down; nothing is done about it",
            "the backend knows about it again; it runs",
        ]
    );
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_answers_elsewhere_is_found_there() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    site.backend.moves(&lab.id);
    gateway.labs.look_again(&lab.id.0);
    pass(Duration::from_millis(1_100)).await;
    let moved = gateway.now(&lab.id).await;
    assert_ne!(moved.endpoint, lab.endpoint);
    assert_eq!(gateway.labs.route(&lab.id.0).unwrap().endpoint, moved.endpoint);
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_ends_by_itself_is_written_so() {
    let cases = [
        ("by itself", Some(Cause::Exited(0)), Cause::Exited(0)),
        ("for memory", Some(Cause::OutOfMemory), Cause::OutOfMemory),
        ("without a trace", None, Cause::Lost),
    ];
    for (case, ends, expected) in cases {
        let site = Site::new();
        let gateway = site.gateway();
        let lab = gateway.ready().await;
        match ends {
            Some(cause) => site.backend.ends(&lab.id, cause),
            None => site.backend.loses(&lab.id),
        }
        let ended = gateway.until(&lab.id, LabState::Stopped).await;
        assert_eq!(ended.cause, Some(expected), "{case}");
        assert_eq!(site.in_use().await, 0, "{case}");
        site.check();
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_recorded_is_left_alone_and_what_has_ended_is_stopped() {
    let site = Site::new();
    let gateway = site.gateway();
    let lab = gateway.ready().await;
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    gateway.until(&lab.id, LabState::Stopped).await;
    // As when a start that was given up takes effect after all.
    site.backend.has_orphan(&lab.id.0);
    site.backend.has_orphan("foreign");
    pass(minutes(2)).await;
    assert_eq!(site.backend.running(), [LabId("foreign".to_owned())]);
}
