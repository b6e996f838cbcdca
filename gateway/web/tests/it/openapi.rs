//! `GET /api/v1/openapi.json`.

use archway_web::router;

use crate::gateway::{call, federation, get};

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
        let parameters = methods.as_object().unwrap().values();
        let parameters = parameters.filter_map(|method| method["parameters"].as_array());
        for parameter in parameters.flatten() {
            let name = &parameter["name"];
            assert!(parameter["description"].is_string(), "{path} {name} has no description");
            let example = parameter.get("example").is_some() || name == "cursor";
            assert!(example, "{path} {name} has no example");
        }
    }
}

#[tokio::test]
async fn every_operation_of_the_document_is_served() {
    let service = router(federation());
    let answer = call(&service, "GET", "/api/v1/openapi.json").await;
    let document = answer.value();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let id = match path {
                _ if path.contains("assets") => "hst%2Fm31",
                _ if path.contains("collections") => "carb",
                _ => "hst",
            };
            let uri = path.replace("{id}", id);
            let answer = call(&service, &method.to_uppercase(), &uri).await;
            // What the handler says of a thing that is not there, or of a body that is missing.
            let said = match answer.status.as_u16() {
                404 => answer.value()["detail"].as_str().unwrap().starts_with("no "),
                415 => method == "post",
                status => status == 200,
            };
            assert!(said, "{method} {path}: {} {}", answer.status, answer.body);
        }
    }
}
