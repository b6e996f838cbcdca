//! `/api/v1/collections`.

use archway_web::router;
use axum::http::Request;

use crate::gateway::{ask, call, federation, post};

const OWN: &str = r#"{"title": "Andromeda", "description": "A galaxy.", "licence": "CC-BY-4.0",
    "doi": "10.5281/zenodo.1", "homepage": "https://m31.example", "assets": ["hst/m31"]}"#;

#[tokio::test]
async fn the_operators_collections_come_first_and_then_your_own() {
    let service = router(federation());
    assert_eq!(post(&service, "/api/v1/collections", OWN).await.status, 201);
    insta::assert_snapshot!(call(&service, "GET", "/api/v1/collections").await.json());
}

#[tokio::test]
async fn a_personal_collection_is_made_given_and_removed_and_a_predefined_one_is_not() {
    let service = router(federation());
    let made = post(&service, "/api/v1/collections", OWN).await;
    let place = made.header("location").to_owned();
    assert_eq!(call(&service, "GET", &place).await.body, made.body);
    assert_eq!(call(&service, "DELETE", &place).await.status, 204);
    assert_eq!(call(&service, "GET", &place).await.status, 404);
    let predefined = call(&service, "DELETE", "/api/v1/collections/crab").await;
    insta::assert_snapshot!(predefined.problem(), @"403 not permitted: a predefined collection is a file of the operator");
    let slip = call(&service, "GET", "/api/v1/collections/carb").await;
    insta::assert_snapshot!(slip.problem(), @"404 no collection `carb`; did you mean `crab`?");
}

#[tokio::test]
async fn a_collection_can_be_made_of_a_selection() {
    let service = router(federation());
    let ticked = post(&service, "/api/v1/selections", r#"{"assets": ["hst/m31"]}"#).await;
    let id = ticked.value()["id"].as_str().unwrap().to_owned();
    let body = format!(r#"{{"title": "Mine", "selection": "{id}"}}"#);
    let made = post(&service, "/api/v1/collections", &body).await;
    assert_eq!(made.value()["members"], ticked.value()["members"]);
}

#[tokio::test]
async fn a_page_of_another_site_reads_the_operators_collections_only() {
    let service = router(federation());
    let made = post(&service, "/api/v1/collections", OWN).await;
    let foreign = |uri: &str| {
        let request = Request::get(uri).header("host", "localhost:8470");
        ask(service.clone(), request.header("origin", "https://evil.example"))
    };
    let list = foreign("/api/v1/collections").await;
    assert_eq!(list.value()["count"]["value"], 1);
    assert_eq!(list.header("vary"), "origin, sec-fetch-site");
    assert_eq!(foreign(made.header("location")).await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_would_be_right() {
    let service = router(federation());
    let cases = [
        ("no title", r#"{"assets": ["hst/m31"]}"#),
        ("an empty title", r#"{"title": " ", "assets": ["hst/m31"]}"#),
        ("nothing in it", r#"{"title": "x"}"#),
        (
            "a script as homepage",
            r#"{"title": "x", "assets": ["hst/m31"], "homepage": "javascript:alert(1)"}"#,
        ),
        ("no such selection", r#"{"title": "x", "selection": "0f"}"#),
        ("a slip", r#"{"titel": "x"}"#),
    ];
    let mut said = String::new();
    for (name, body) in cases {
        let answer = post(&service, "/api/v1/collections", body).await;
        said.push_str(&format!("{name}: {}\n", answer.problem()));
    }
    insta::assert_snapshot!(said, @r#"
    no title: 400 [title] title: is missing
    an empty title: 400 [title] title: is empty; a collection has a title
    nothing in it: 400 [assets] assets: is missing; give `assets` or `query`
    a script as homepage: 400 [homepage] homepage: `javascript:alert(1)` is neither an http nor an https address
    no such selection: 404 no selection `0f`
    a slip: 400 [titel] titel: is no key of this object; did you mean `title`?
    "#);
}
