//! Headers of every answer, and requests that are refused before a handler runs.

use archway_web::router;
use axum::http::Request;

use crate::gateway::{ask, federation, get};

#[tokio::test]
async fn the_portal_and_the_api_tell_browsers_how_little_they_need() {
    let mut all = String::new();
    for uri in ["/", "/nothing", "/static/archway.css", "/api/v1/archives", "/api/v1/nothing"] {
        let answer = get(federation(), uri).await;
        all.push_str(&format!("{uri} {}\n", answer.status));
        let mut lines: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| {
                !matches!(name.as_str(), "x-request-id" | "content-length" | "etag")
            })
            .map(|(name, value)| (name, without_random(value.to_str().unwrap())))
            .map(|(name, value)| format!("  {name}: {value}\n"))
            .collect();
        lines.sort();
        all.extend(lines);
    }
    insta::assert_snapshot!(all);
}

/// Takes out what a browser is given to keep.
fn without_random(value: &str) -> String {
    match value.strip_prefix("archway-forms=").and_then(|rest| rest.split_once(';')) {
        Some((random, rest)) => format!("archway-forms=[{} letters];{rest}", random.len()),
        None => value.to_owned(),
    }
}

#[tokio::test]
async fn a_request_id_is_taken_when_it_is_harmless_and_made_otherwise() {
    let ask = |id: &'static str| async move {
        let request = Request::get("/healthz").header("host", "localhost");
        ask(router(federation()), request.header("x-request-id", id)).await
    };
    assert_eq!(ask("abc-1").await.header("x-request-id"), "abc-1");
    for id in ["", "a b", "a\"b", "<x>", &"a".repeat(65)] {
        let id: &'static str = id.to_owned().leak();
        let answer = ask(id).await;
        let made = answer.header("x-request-id");
        assert_eq!(made.len(), 24, "case: {id:?}");
        assert_ne!(made, id);
    }
}

#[tokio::test]
async fn another_host_name_is_refused_on_every_path() {
    for uri in ["/", "/api/v1/search?q=x", "/metrics", "/nothing"] {
        let request = Request::get(uri).header("host", "evil.example:8470");
        let answer = ask(router(federation()), request).await;
        assert_eq!(answer.status, 421, "case: {uri}");
        let none = ask(router(federation()), Request::get(uri)).await;
        assert_eq!(none.status, 421, "case: {uri} without a host");
    }
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let first = get(federation(), "/static/portal.js").await;
    assert_eq!(first.header("content-type"), "text/javascript");
    let request = Request::get("/static/portal.js")
        .header("host", "localhost")
        .header("if-none-match", first.header("etag").to_owned());
    let second = ask(router(federation()), request).await;
    assert_eq!((second.status.as_u16(), second.body.as_str()), (304, ""));
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_form_of_its_surface() {
    let api = get(federation(), "/api/v1/nothing").await;
    insta::assert_snapshot!(api.json(), @r#"
    404 Not Found
    {
      "detail": "nothing is at this address; /api/v1/openapi.json lists what there is",
      "status": 404,
      "title": "Not Found",
      "type": "about:blank"
    }
    "#);
    let portal = get(federation(), "/nothing").await;
    assert_eq!(portal.status, 404);
    assert!(portal.body.contains("<h1>Nothing at this address</h1>"));
    let post = Request::post("/api/v1/search").header("host", "localhost");
    insta::assert_snapshot!(ask(router(federation()), post).await.json(), @r#"
    405 Method Not Allowed
    {
      "detail": "POST is not offered here; the Allow header says what is",
      "status": 405,
      "title": "Method Not Allowed",
      "type": "about:blank"
    }
    "#);
}
