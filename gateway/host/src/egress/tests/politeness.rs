//! How many at once, how fast, and when a host is left alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::server::{Act, Server, ok, status, with};
use super::{Setup, get, read_all, text};
use crate::egress::{Error, OutageReason, Request, State};

fn reason(error: &Error) -> OutageReason {
    let Error::Unavailable { reason, .. } = error else { panic!("{error}") };
    *reason
}

#[tokio::test]
async fn as_many_requests_run_at_once_as_allowed_and_never_more() {
    for (name, concurrency, host_concurrency) in [("of the host", 16, 2), ("of the archive", 2, 16)]
    {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let pair = Arc::new(Barrier::new(2));
        let seen = Arc::clone(&most);
        // Nobody is answered before two are there, so fewer at once would never end.
        let server = Server::waiting(move |_| {
            let (now, most, pair) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&pair));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                pair.wait().await;
                now.fetch_sub(1, Ordering::SeqCst);
                Act::Say(ok("done"))
            }
        })
        .await;
        let egress = Setup::granting(&[server.address])
            .limits(|limits| {
                limits.concurrency = concurrency;
                limits.host_concurrency = host_concurrency;
            })
            .egress();
        let mut tasks = JoinSet::new();
        for n in 0..12 {
            let (egress, url) = (egress.clone(), server.url(&format!("/{n}")));
            tasks.spawn(async move { text(get(&egress, &url).await).await });
        }
        assert_eq!(tasks.join_all().await, vec!["done"; 12]);
        assert_eq!(seen.load(Ordering::SeqCst), 2, "case: {name}");
    }
}

#[tokio::test]
async fn who_waits_in_vain_for_a_place_is_told_that_the_gateway_is_busy() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let server = Server::acting(move |n, _| match n {
        0 => Act::SayAndStay(head.into()),
        _ => Act::Say(ok("next")),
    })
    .await;
    let egress =
        Setup::granting(&[server.address]).limits(|limits| limits.host_concurrency = 1).egress();
    let first = get(&egress, &server.url("/")).await.unwrap();
    let brief = Instant::now() + Duration::from_millis(50);
    let error = egress.send(&Request::get(server.url("/")), brief).await.unwrap_err();
    assert_eq!(reason(&error), OutageReason::Busy);
    assert_eq!(egress.metrics().counts().busy, 1);
    drop(first);
    assert_eq!(text(get(&egress, &server.url("/")).await).await, "next");
}

#[tokio::test]
async fn a_body_read_to_its_end_gives_its_place_back() {
    let server = Server::saying(|_, _| ok("done")).await;
    let egress =
        Setup::granting(&[server.address]).limits(|limits| limits.concurrency = 1).egress();
    let mut first = get(&egress, &server.url("/")).await.unwrap();
    read_all(&mut first).await.unwrap();
    assert_eq!(text(get(&egress, &server.url("/")).await).await, "done");
    assert_eq!(first.status(), 200, "the first is still there");
}

#[tokio::test]
async fn who_would_come_after_the_deadline_is_told_when_to_come() {
    let server = Server::saying(|_, _| ok("done")).await;
    let egress = Setup::granting(&[server.address])
        .limits(|limits| limits.request_interval = Duration::from_secs(600))
        .egress();
    assert_eq!(text(get(&egress, &server.url("/")).await).await, "done");
    let error = get(&egress, &server.url("/")).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unavailable { reason: OutageReason::Busy, retry_after: Some(_), .. }
        ),
        "{error:?}"
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_host_that_fails_is_left_alone_until_a_probe_succeeds() {
    let server = Server::saying(|n, _| match n {
        0..3 => status("500 Broken", "no"),
        3 => status("503 Still broken", "no"),
        _ => ok("mended"),
    })
    .await;
    let healthy = Server::saying(|_, _| ok("healthy")).await;
    let egress = Setup::granting(&[server.address, healthy.address])
        .limits(|limits| {
            limits.breaker_failures = 3;
            limits.attempts = 1;
        })
        .egress();
    let url = server.url("/");
    for _ in 0..3 {
        assert_eq!(get(&egress, &url).await.unwrap().status(), 500);
    }
    assert_eq!(egress.state(), State::Open);
    let error = get(&egress, &url).await.unwrap_err();
    let Error::Unavailable { reason, retry_after, .. } = &error else { panic!("{error}") };
    assert_eq!(*reason, OutageReason::ServerFault);
    assert!(retry_after.is_some_and(|wait| wait <= Duration::from_secs(30)));
    assert_eq!(server.asked().len(), 3, "it was not asked");
    assert_eq!(text(get(&egress, &healthy.url("/")).await).await, "healthy", "others are");

    let cool_down = async || {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(31)).await;
        tokio::time::resume();
    };
    cool_down().await;
    assert_eq!(egress.state(), State::HalfOpen);
    assert_eq!(get(&egress, &url).await.unwrap().status(), 503);
    assert!(get(&egress, &url).await.is_err(), "the probe failed");
    assert_eq!(server.asked().len(), 4, "one probe");

    cool_down().await;
    assert_eq!(text(get(&egress, &url).await).await, "mended");
    assert_eq!(egress.state(), State::Closed);
    assert_eq!(egress.metrics().counts().breaker_opened, 2);
}

#[tokio::test]
async fn a_probe_goes_alone() {
    let server = Server::acting(|n, _| match n {
        0 => Act::Say(status("500 Broken", "no")),
        _ => Act::SayAndStay(vec![]),
    })
    .await;
    let egress =
        Setup::granting(&[server.address]).limits(|limits| limits.breaker_failures = 1).egress();
    let url = server.url("/");
    assert_eq!(get(&egress, &url).await.unwrap().status(), 500);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();

    let (probing, target) = (egress.clone(), url.clone());
    let probe = tokio::spawn(async move { get(&probing, &target).await });
    server.until_asked(2).await;
    assert!(get(&egress, &url).await.is_err(), "the probe is under way");
    probe.abort();
    assert!(probe.await.is_err());
    assert_eq!(egress.state(), State::HalfOpen);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn an_answer_about_the_question_is_no_failure_of_the_host() {
    let cases: [(&str, &str, &[&str]); 3] = [
        ("bad request", "400 Bad Request", &[]),
        ("too many requests", "429 Slow down", &[]),
        ("a TAP error", "500 Error", &["Content-Type: application/x-votable+xml"]),
    ];
    for (name, answer, headers) in cases {
        let server = Server::saying(move |_, _| with(answer, headers, b"no")).await;
        let egress = Setup::granting(&[server.address])
            .limits(|limits| {
                limits.breaker_failures = 1;
                limits.attempts = 1;
            })
            .egress();
        get(&egress, &server.url("/")).await.unwrap();
        assert_eq!(egress.state(), State::Closed, "case: {name}");
    }
}

#[tokio::test]
async fn an_attempt_given_up_after_a_long_silence_counts_and_after_a_short_one_does_not() {
    for (silence_s, expected) in [(4, State::Closed), (6, State::Open)] {
        let server = Server::acting(|_, _| Act::SayAndStay(vec![])).await;
        let egress = Setup::granting(&[server.address])
            .limits(|limits| limits.breaker_failures = 1)
            .egress();
        let (asking, url) = (egress.clone(), server.url("/"));
        let task = tokio::spawn(async move { get(&asking, &url).await });
        server.until_asked(1).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(silence_s)).await;
        tokio::time::resume();
        task.abort();
        assert!(task.await.is_err());
        assert_eq!(egress.state(), expected, "case: {silence_s} s");
    }
}
