//! `/api/v1/selections`.

use archway_web::router;
use axum::http::Request;

use crate::gateway::{call, federation, post, send};

const TICKED: &str = r#"{"title": " M31 ", "assets": ["hst/m31", "hst/crab/1", "hst/m31"]}"#;

#[tokio::test]
async fn a_selection_is_made_listed_given_and_removed() {
    let service = router(federation());
    let made = post(&service, "/api/v1/selections", TICKED).await;
    insta::assert_snapshot!(made.json(), @r#"
    201 Created
    {
      "created": "[time]",
      "id": "[id]",
      "members": {
        "assets": [
          "hst/m31",
          "hst/crab/1"
        ],
        "count": 2,
        "except": [],
        "kind": "assets",
        "query": null,
        "search": null
      },
      "title": "M31"
    }
    "#);
    let place = made.header("location").to_owned();
    assert_eq!(call(&service, "GET", &place).await.body, made.body);
    let list = call(&service, "GET", "/api/v1/selections").await.value();
    assert_eq!(list["selections"][0], made.value());
    assert_eq!((&list["next"], &list["count"]["value"]), (&serde_json::Value::Null, &1.into()));
    assert_eq!(call(&service, "DELETE", &place).await.status, 204);
    assert_eq!(call(&service, "GET", &place).await.problem(), "404 no selection `[id]`");
    assert_eq!(call(&service, "DELETE", &place).await.problem(), "404 no selection `[id]`");
}

#[tokio::test]
async fn all_results_are_kept_as_the_question() {
    let body = r#"{"query": {"q": "crab", "facet.mission": ["Hubble", "XMM"]},
                   "except": ["hst/m31"]}"#;
    let made = post(&router(federation()), "/api/v1/selections", body).await;
    insta::assert_snapshot!(made.json(), @r#"
    201 Created
    {
      "created": "[time]",
      "id": "[id]",
      "members": {
        "assets": null,
        "count": null,
        "except": [
          "hst/m31"
        ],
        "kind": "query",
        "query": {
          "facet.mission": [
            "Hubble",
            "XMM"
          ],
          "q": [
            "crab"
          ]
        },
        "search": "/api/v1/search?facet.mission=Hubble&facet.mission=XMM&q=crab"
      },
      "title": ""
    }
    "#);
}

#[tokio::test]
async fn a_list_of_selections_does_not_grow_with_what_is_in_them() {
    let service = router(federation());
    let ids = (0..101).map(|n| format!("\"hst/{n}\"")).collect::<Vec<_>>().join(",");
    let made = post(&service, "/api/v1/selections", &format!("{{\"assets\": [{ids}]}}")).await;
    assert_eq!(made.value()["members"]["assets"].as_array().unwrap().len(), 101);
    let list = call(&service, "GET", "/api/v1/selections").await.value();
    let members = &list["selections"][0]["members"];
    assert_eq!((&members["count"], &members["assets"]), (&101.into(), &().into()));
}

#[tokio::test]
async fn a_key_makes_asking_again_harmless() {
    let service = router(federation());
    let ask = |key: &'static str, body: &'static str| {
        let request = Request::post("/api/v1/selections")
            .header("host", "localhost:8470")
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        send(service.clone(), request, body)
    };
    let (first, again) = tokio::join!(ask("k1", TICKED), ask("k1", TICKED));
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.body, again.body);
    let other = ask("k1", r#"{"assets": ["hst/m31"]}"#).await;
    insta::assert_snapshot!(other.problem(), @"409 this Idempotency-Key was used for another request; use a fresh one");
    assert_eq!(ask("k2", TICKED).await.status, 201);
    insta::assert_snapshot!(ask("a b", TICKED).await.problem(), @"400 [Idempotency-Key] Idempotency-Key: is not 1 to 255 printable ASCII characters without spaces");
    let list = call(&service, "GET", "/api/v1/selections").await.value();
    assert_eq!(list["count"]["value"], 2);
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_would_be_right() {
    let service = router(federation());
    let many = vec!["\"hst/m31\""; 10_001].join(",");
    let cases = [
        ("nothing", "{}".to_owned()),
        ("an empty list", r#"{"assets": []}"#.to_owned()),
        ("no id", r#"{"assets": ["m31"]}"#.to_owned()),
        ("too many", format!("{{\"assets\": [{many}]}}")),
        ("both", r#"{"assets": ["hst/m31"], "query": {"q": "x"}}"#.to_owned()),
        ("except without a query", r#"{"assets": ["hst/m31"], "except": ["hst/x"]}"#.to_owned()),
        ("a slip", r#"{"asets": ["hst/m31"]}"#.to_owned()),
        ("another type", r#"{"assets": "hst/m31"}"#.to_owned()),
        ("a type in a list", r#"{"assets": ["hst/m31", 7]}"#.to_owned()),
        ("a page of a search", r#"{"query": {"q": "x", "limit": "5"}}"#.to_owned()),
        ("a slip in a search", r#"{"query": {"qq": "x"}}"#.to_owned()),
        ("a wrong region", r#"{"query": {"pos": "CIRCLE 1 2"}}"#.to_owned()),
        ("no such archive", r#"{"query": {"archive": "hts"}}"#.to_owned()),
        ("a number as a value", r#"{"query": {"q": 7}}"#.to_owned()),
        ("a list", "[]".to_owned()),
        ("no JSON", "{".to_owned()),
    ];
    let mut said = String::new();
    for (name, body) in cases {
        let answer = post(&service, "/api/v1/selections", &body).await;
        said.push_str(&format!("{name}: {}\n", answer.problem()));
    }
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let answer = post(&service, "/api/v1/selections", &large).await;
    said.push_str(&format!("too large: {}\n", answer.problem()));
    insta::assert_snapshot!(said, @r#"
    nothing: 400 [assets] assets: is missing; give `assets` or `query`
    an empty list: 400 [assets] assets: is empty; name an asset
    no id: 400 [assets] assets: `m31` is not an asset id: an archive id, a slash, and the archive's own identifier
    too many: 400 [assets] assets: 10001 assets are more than 10000; keep so many as a `query`
    both: 400 [query] query: contradicts `assets`; give one of them
    except without a query: 400 [except] except: leaves assets out of a `query`, and there is none
    a slip: 400 [asets] asets: is no key of this object; did you mean `assets`?
    another type: 400 [assets] assets: is string "hst/m31" and should be a list
    a type in a list: 400 [assets[1]] assets[1]: is integer `7` and should be a string
    a page of a search: 400 [query.limit] query.limit: is about one page of a search and not about what it finds; leave it out
    a slip in a search: 400 [query.qq] query.qq: is no parameter of this request; did you mean `q`?
    a wrong region: 400 [query.pos] query.pos: CIRCLE takes 3 numbers (ra, dec, radius), not 2
    no such archive: 400 [query.archive] query.archive: no archive `hts`; did you mean `hst`?
    a number as a value: 400 [query.q] query.q: is integer `7` and should be a string or a list of strings
    a list: 400 [body] body: is no JSON object
    no JSON: 400 [body] body: is no JSON: EOF while parsing an object at line 1 column 1
    too large: 413 the body is longer than 2097152 bytes, or broke off
    "#);
    let list = call(&service, "GET", "/api/v1/selections").await.value();
    assert_eq!(list["count"]["value"], 0, "nothing was made of it");
}
