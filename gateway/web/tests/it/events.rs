//! Server-sent events of `/api/v1/search`, and what happens when nobody listens any more.

use std::sync::Arc;

use archway_core::archive::Archive;
use archway_core::testing::FakeArchive;
use archway_web::router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::gateway::{ask, federation, still, with_archives};

fn as_events(uri: &str) -> axum::http::request::Builder {
    Request::get(uri).header("host", "localhost").header("accept", "text/event-stream")
}

#[tokio::test]
async fn events_come_as_archives_answer_and_the_page_last() {
    let answer = ask(router(federation()), as_events("/api/v1/search?q=m31")).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let mut text = String::new();
    for event in answer.body.split_terminator("\n\n") {
        let (name, data) = event.split_once("\ndata: ").unwrap();
        let mut json: serde_json::Value = serde_json::from_str(data).unwrap();
        still(&mut json);
        text.push_str(&format!("{name}\n{json:#}\n\n"));
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_wrong_parameter_is_a_problem_and_no_stream() {
    let answer = ask(router(federation()), as_events("/api/v1/search?limit=0")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_client_that_goes_ends_the_calls_upstream() {
    let quick = Arc::new(FakeArchive::new("hst").holding_many("a", 1));
    let hanging = Arc::new(FakeArchive::new("igs").hanging());
    let archives: [Arc<dyn Archive>; 2] = [quick, Arc::clone(&hanging) as _];
    let gateway = with_archives(archives.into());
    let request = as_events("/api/v1/search?q=a").body(Body::empty()).unwrap();
    let response = router(gateway.clone()).oneshot(request).await.unwrap();
    let mut body = response.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"event: source"), "{first:?}");
    assert_eq!(hanging.calls_open(), 1, "the other archive is still being asked");
    assert!(gateway.metrics.render().unwrap().contains("archway_search_streams_open 1"));

    drop(body);

    // The call is a task of its own, which ends when it next runs.
    for _ in 0..1000 {
        if hanging.calls_open() == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(hanging.calls_open(), 0, "nobody waits for it any more");
    assert!(gateway.metrics.render().unwrap().contains("archway_search_streams_open 0"));
}
