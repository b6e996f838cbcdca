//! Plugins and the servers behind them: sockets close, requests are counted.

use super::*;
use archway_conformance::hostile_server::{HostileServer, Hostility};

async fn against(hostility: Hostility, limits: &str) -> (Hostile, HostileServer) {
    let server = HostileServer::start(hostility).await;
    let grant = server.address.to_string();
    (Hostile::at(&server.url, &grant, limits).await, server)
}

const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn sockets_close_when_the_caller_goes_away() {
    let (hostile, server) = against(Hostility::Silent, "").await;
    let searching = tokio::time::timeout(Duration::from_millis(200), hostile.search("hang"));
    assert!(searching.await.is_err(), "the server says nothing");
    assert_eq!(server.connections_seen(), 1);
    assert!(server.all_closed_within(SOON).await, "{} open", server.connections_open());
}

#[tokio::test]
async fn sockets_close_when_the_time_of_the_call_is_up() {
    let (hostile, server) = against(Hostility::Silent, "wall_ms = 300").await;
    let error = hostile.search("hang").await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(server.all_closed_within(SOON).await);
}

#[tokio::test]
async fn sockets_close_when_a_reader_is_dropped() {
    let (hostile, server) = against(Hostility::EndlessBody, "cpu_ms = 60000").await;
    let mut reader = hostile.archive.open("pass", 0).await.unwrap().reader;
    let reading = tokio::time::timeout(Duration::from_millis(200), reader.read(1000));
    assert!(reading.await.is_err(), "the body has no end");
    drop(reader);
    assert!(server.all_closed_within(SOON).await);
}

#[tokio::test]
async fn requests_of_a_call_are_counted() {
    let (hostile, server) = against(Hostility::CloseAtOnce, "requests = 4").await;
    let error = hostile.error("requests").await;
    assert!(
        error.contains("after 4 requests: a call may make 4 requests (limits.requests)"),
        "{error}"
    );
    assert!(server.connections_seen() > 0);
    hostile.still_answers("requests").await;
}

#[tokio::test]
async fn an_archive_that_keeps_failing_is_left_alone() {
    use archway_core::archive::Health;
    let (hostile, server) = against(Hostility::CloseAtOnce, "").await;
    let mut last = None;
    for _ in 0..8 {
        last = hostile.search("hang").await.err();
    }
    let last = last.unwrap();
    assert!(matches!(last, Error::BreakerOpen { .. }), "{last}");
    assert_eq!(hostile.archive.info().health, Health::Down);
    let seen = server.connections_seen();
    hostile.search("hang").await.unwrap_err();
    assert_eq!(server.connections_seen(), seen, "nobody is asked");
}

#[tokio::test]
async fn an_observer_sees_each_exchange() {
    let (hostile, _server) = against(Hostility::EndlessHeaders, "wall_ms = 2000").await;
    hostile.search("hang").await.unwrap_err();
    let events = hostile.events.lock().unwrap();
    let exchange = events.iter().find_map(|event| match event {
        Event::Exchange(exchange) => Some(exchange.clone()),
        _ => None,
    });
    let exchange = exchange.unwrap();
    assert_eq!((exchange.method.as_str(), exchange.status), ("GET", None));
    assert!(exchange.error.is_some() && !exchange.complete);
}
