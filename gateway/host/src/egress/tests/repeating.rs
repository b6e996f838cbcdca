//! What is asked again, counted at the server.

use std::time::Duration;

use super::server::{Act, Server, ok, status, with};
use super::{Setup, get, soon, text};
use crate::egress::{Body, Error, OutageReason, Request};
use tokio::time::Instant;

#[tokio::test]
async fn a_failing_archive_is_asked_as_often_as_allowed_and_no_more() {
    let cases: [(&str, &str, &str, bool, usize); 10] = [
        ("unavailable", "503 Busy", "GET", false, 3),
        ("a bad gateway", "502 Bad", "GET", false, 3),
        ("a gateway that waits in vain", "504 Late", "GET", false, 3),
        ("too many requests", "429 Slow down", "GET", false, 3),
        ("HEAD", "503 Busy", "HEAD", false, 3),
        ("a fault of the server", "500 Broken", "GET", false, 1),
        ("not found", "404 Not Found", "GET", false, 1),
        ("a form", "503 Busy", "POST", false, 1),
        ("a form that may be repeated", "503 Busy", "POST", true, 3),
        ("DELETE", "503 Busy", "DELETE", false, 1),
    ];
    for (name, answer, method, idempotent, expected) in cases {
        let server = Server::saying(move |_, asked| {
            let body = if asked.starts_with("HEAD") { "" } else { "no" };
            status(answer, body)
        })
        .await;
        let egress = Setup::granting(&[server.address]).egress();
        let mut request = Request::get(server.url("/"));
        request.method = method.to_owned();
        request.idempotent = idempotent;
        let response = egress.send(&request, soon()).await.unwrap();
        assert!(answer.starts_with(&response.status().to_string()), "case: {name}");
        assert_eq!(server.asked().len(), expected, "case: {name}");
        assert_eq!(egress.metrics().counts().retries, expected as u64 - 1, "case: {name}");
    }
}

#[tokio::test]
async fn the_first_good_answer_ends_it() {
    let server = Server::acting(|n, _| match n {
        0 => Act::SayAndClose(vec![]),
        1 => Act::Say(status("503 Busy", "no")),
        _ => Act::Say(ok("yes")),
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    assert_eq!(text(get(&egress, &server.url("/")).await).await, "yes");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_lost_connection_is_not_repeated_for_a_form() {
    let server = Server::acting(|_, _| Act::SayAndClose(vec![])).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut request = Request::get(server.url("/"));
    request.method = "POST".to_owned();
    request.body = Body::Form(vec![("a".to_owned(), "b".to_owned())]);
    let error = egress.send(&request, soon()).await.unwrap_err();
    let Error::Unavailable { reason, .. } = error else { panic!("{error}") };
    assert_eq!(reason, OutageReason::ConnectionLost);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn retry_after_is_honoured_within_the_deadline_and_else_the_answer_is_given() {
    let server = Server::saying(|n, _| match n {
        0 => with("503 Busy", &["Retry-After: 20"], b"no"),
        _ => ok("yes"),
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    let url = server.url("/");
    let asking = tokio::spawn(async move { text(get(&egress, &url).await).await });
    server.until_asked(1).await;
    tokio::time::pause();
    let began = Instant::now();
    assert_eq!(asking.await.unwrap(), "yes");
    assert!(began.elapsed() >= Duration::from_secs(19), "it waited as it was told");
    tokio::time::resume();

    let server = Server::saying(|_, _| with("503 Busy", &["Retry-After: 3600"], b"no")).await;
    let egress = Setup::granting(&[server.address]).egress();
    let response = get(&egress, &server.url("/")).await.unwrap();
    assert_eq!(response.header_value("retry-after"), Some("3600"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_outage_is_not_amplified() {
    let server = Server::saying(|_, _| status("503 Busy", "no")).await;
    let egress =
        Setup::granting(&[server.address]).limits(|limits| limits.breaker_failures = 1000).egress();
    for _ in 0..50 {
        assert_eq!(get(&egress, &server.url("/")).await.unwrap().status(), 503);
    }
    let asked = server.asked().len();
    assert!((50..=50 + 3 + 5 + 1).contains(&asked), "{asked} for 50 requests");
}

#[tokio::test]
async fn a_refused_connection_is_said_after_all_attempts() {
    let server = Server::saying(|_, _| ok("")).await;
    let (address, url) = (server.address, server.url("/"));
    drop(server);
    let egress = Setup::granting(&[address]).egress();
    let error = get(&egress, &url).await.unwrap_err();
    let Error::Unavailable { reason, .. } = error else { panic!("{error}") };
    assert_eq!(reason, OutageReason::ConnectionRefused);
    assert_eq!(egress.metrics().counts().requests, 3);
}
