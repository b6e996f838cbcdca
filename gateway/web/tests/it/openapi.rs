//! `GET /api/v1/openapi.json`.

use crate::gateway::{federation, get};

#[tokio::test]
async fn the_document_is_as_reviewed() {
    insta::assert_snapshot!(get(federation(), "/api/v1/openapi.json").await.json());
}

#[tokio::test]
async fn every_parameter_says_what_it_means_and_gives_an_example() {
    let answer = get(federation(), "/api/v1/openapi.json").await;
    let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in paths {
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            let name = &parameter["name"];
            assert!(parameter["description"].is_string(), "{path} {name} has no description");
            let example = parameter.get("example").is_some() || name == "cursor";
            assert!(example, "{path} {name} has no example");
        }
    }
}

#[tokio::test]
async fn every_path_of_the_document_is_served() {
    let answer = get(federation(), "/api/v1/openapi.json").await;
    let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        let uri = path.replace("{id}", if path.contains("assets") { "hst%2Fm31" } else { "hst" });
        let answer = get(federation(), &uri).await;
        // A record without files has no bytes, which is an answer of the handler's too.
        let none = path.ends_with("/content") && answer.body.contains("no bytes of `hst/m31`");
        assert!(answer.status == 200 || none, "{path}: {} {}", answer.status, answer.body);
    }
}
