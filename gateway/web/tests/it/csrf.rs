//! Requests of other sites' pages: what they may read, and that they change nothing.

use archway_web::router;
use axum::http::Request;

use crate::gateway::{Answer, federation, send};

const OWN: &str = "http://localhost:8470";
const FOREIGN: &str = "https://evil.example";

/// Its name, its headers, and whether it passes.
type Case = (&'static str, &'static [(&'static str, &'static str)], bool);

async fn asked(method: &str, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(uri).header("host", "localhost:8470");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(router(federation()), request, "{}").await
}

#[tokio::test]
async fn what_changes_something_is_asked_by_our_own_pages_or_by_no_page() {
    let json = ("content-type", "application/json");
    let cases: [Case; 8] = [
        ("a script", &[], true),
        ("our page", &[("origin", OWN), ("sec-fetch-site", "same-origin")], true),
        ("our page, an old browser", &[("origin", OWN)], true),
        ("a foreign page", &[("origin", FOREIGN), ("sec-fetch-site", "cross-site")], false),
        ("a foreign page, an old browser", &[("origin", FOREIGN)], false),
        (
            "a lab",
            &[("origin", "http://a1.localhost:8470"), ("sec-fetch-site", "same-site")],
            false,
        ),
        ("a sandboxed frame", &[("origin", "null")], false),
        ("a foreign page without an origin", &[("sec-fetch-site", "cross-site")], false),
    ];
    let targets = [
        ("POST", "/api/v1/selections"),
        ("POST", "/api/v1/labs/x/open"),
        ("DELETE", "/api/v1/volumes/x"),
        ("POST", "/graphql"),
    ];
    for (method, uri) in targets {
        for (name, headers, passes) in cases {
            let headers: Vec<_> = headers.iter().copied().chain([json]).collect();
            let answer = asked(method, uri, &headers).await;
            assert_eq!(answer.status != 403, passes, "{method} {uri}, case: {name}");
            if !passes {
                assert!(answer.body.contains("page of another origin asked for this"), "{uri}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_has_the_form_of_its_surface() {
    let foreign = [("origin", FOREIGN)];
    let rest = asked("POST", "/api/v1/labs", &foreign).await;
    insta::assert_snapshot!(rest.problem(), @"403 a page of another origin asked for this; what changes something is asked from this gateway's own pages, or without Origin and Sec-Fetch-Site");
    let graphql = asked("POST", "/graphql", &foreign).await;
    assert_eq!(graphql.value()["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let portal = asked("POST", "/labs", &foreign).await;
    assert!(portal.body.contains("<h1>That cannot be done here</h1>"), "{}", portal.body);
}

#[tokio::test]
async fn a_websocket_of_a_foreign_page_is_refused_before_anything_runs() {
    for uri in ["/graphql", "/", "/api/v1/labs"] {
        let upgrade = [("connection", "upgrade"), ("upgrade", "websocket"), ("origin", FOREIGN)];
        assert_eq!(asked("GET", uri, &upgrade).await.status, 403, "{uri}");
    }
}

#[tokio::test]
async fn what_is_public_may_be_read_by_any_page_and_what_is_yours_by_none() {
    let public = [
        "/api/v1/search?q=m31",
        "/api/v1/assets/hst%2Fm31",
        "/api/v1/archives",
        "/api/v1/collections",
        "/api/v1/openapi.json",
    ];
    let own = [
        "/api/v1/volumes",
        "/api/v1/labs",
        "/api/v1/selections",
        "/api/v1/usage",
        "/api/v1/ledger",
        "/api/v1/backends",
        "/graphql?query=%7B__typename%7D",
    ];
    for uri in public {
        let answer = asked("GET", uri, &[("origin", FOREIGN)]).await;
        assert_eq!(answer.status, 200, "{uri}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{uri}");
    }
    for uri in own {
        let answer = asked("GET", uri, &[]).await;
        assert_eq!(answer.status, 200, "{uri}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{uri}");
        assert_eq!(answer.header("cache-control"), "no-store", "{uri}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{uri}");
    }
}

#[tokio::test]
async fn a_form_of_another_kind_is_not_taken_for_json() {
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        for uri in ["/api/v1/selections", "/graphql"] {
            let answer = asked("POST", uri, &[("content-type", kind)]).await;
            assert_eq!(answer.status, 415, "{uri} as {kind:?}");
        }
    }
}
