//! `/api/v1/volumes` and `/api/v1/sources`.

use archway_web::router;
use axum::http::Request;

use crate::gateway::{Answer, ask, at_work, call, federation, post, send};

const EMPTY: &str = r#"{"name": "results", "title": "My results", "source": "empty"}"#;

async fn events(service: &axum::Router, place: &str) -> Answer {
    let request = Request::get(format!("{place}/events")).header("host", "localhost:8470");
    ask(service.clone(), request.header("accept", "text/event-stream")).await
}

#[tokio::test]
async fn a_volume_is_made_listed_and_given() {
    let service = router(federation());
    let made = post(&service, "/api/v1/volumes", EMPTY).await;
    insta::assert_snapshot!(made.json());
    let place = made.header("location").to_owned();
    assert_eq!(call(&service, "GET", &place).await.body, made.body);
    let list = call(&service, "GET", "/api/v1/volumes").await.value();
    assert_eq!((&list["volumes"][0], &list["count"]["value"]), (&made.value(), &1.into()));
}

#[tokio::test(start_paused = true)]
async fn the_files_of_a_selection_arrive_and_are_listed_a_page_at_a_time() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let body = r#"{"source": {"assets": ["obs/a", "obs/b"]}, "title": "Two files"}"#;
    let made = post(&service, "/api/v1/volumes", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let place = made.header("location").to_owned();

    let events = events(&service, &place).await.events();
    assert!(events.iter().all(|(name, _)| name == "volume"), "{events:#?}");
    let (_, last) = events.last().unwrap();
    assert_eq!(last["state"], "ready", "{last:#}");
    assert_eq!(last["progress"]["bytes"], 9);

    insta::assert_snapshot!(call(&service, "GET", &format!("{place}/files?limit=1")).await.json());
    let second = call(&service, "GET", &format!("{place}/files?first=1")).await.value();
    assert_eq!((&second["files"][0]["number"], &second["next"]), (&1.into(), &().into()));
    let list = call(&service, "GET", &format!("{place}/events")).await.value();
    assert_eq!(
        (&list["events"][0]["state"], &list["count"]["value"]),
        (&"ready".into(), &1.into())
    );
    let retried = call(&service, "POST", &format!("{place}/retry")).await;
    assert_eq!(retried.status, 409, "{}", retried.body);
    let cancelled = call(&service, "POST", &format!("{place}/cancel")).await;
    assert_eq!(cancelled.status, 409, "{}", cancelled.body);
    assert_eq!(call(&service, "DELETE", &place).await.status, 204);
    assert_eq!(call(&service, "GET", &place).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn what_a_volume_is_made_of_is_said_back_without_its_long_lists() {
    let service = router(federation());
    let sources = [
        r#"{"collection": "crab"}"#,
        r#"{"assets": ["hst/m31", "hst/crab/1"]}"#,
        r#"{"query": {"q": "crab"}, "except": ["hst/m31"]}"#,
        r#"{"tree": {"preset": "igs", "include": ["**/*.sp3"]}}"#,
        r#"{"tree": {"plugin": "ftp", "settings": {"url": "ftp://a.example/", "port": 21,
            "passive": true, "folders": ["x", "y"]}}}"#,
        r#"{"urls": ["https://a.example/x.fits"]}"#,
    ];
    let mut said = String::new();
    for source in sources {
        let made = post(&service, "/api/v1/volumes", &format!(r#"{{"source": {source}}}"#)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        said.push_str(&format!("{}\n", made.value()["source"]));
    }
    insta::assert_snapshot!(said, @r#"
    {"collection":"crab","kind":"collection"}
    {"asset_count":2,"kind":"selection"}
    {"except_count":1,"kind":"selection","query":{"q":["crab"]}}
    {"include":["**/*.sp3"],"kind":"tree","preset":"igs"}
    {"kind":"tree","plugin":"ftp","settings":{"folders":"x\ny","passive":"true","port":"21","url":"ftp://a.example/"}}
    {"kind":"urls","url_count":1}
    "#);
}

#[tokio::test]
async fn a_key_makes_asking_again_harmless() {
    let service = router(federation());
    let ask = |body: &'static str| {
        let request = Request::post("/api/v1/volumes")
            .header("host", "localhost:8470")
            .header("content-type", "application/json")
            .header("idempotency-key", "k1");
        send(service.clone(), request, body)
    };
    let first = ask(EMPTY).await;
    let again = ask(EMPTY).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.value()["id"], again.value()["id"]);
    let other = ask(r#"{"name": "other", "source": "empty"}"#).await;
    assert_eq!(other.status, 409, "{}", other.body);
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_would_be_right() {
    let service = router(federation());
    assert_eq!(post(&service, "/api/v1/volumes", EMPTY).await.status, 201);
    let cases = [
        ("no source", r#"{"name": "x"}"#),
        ("nothing in the source", r#"{"source": {}}"#),
        ("another word", r#"{"source": "emty"}"#),
        ("two sources", r#"{"source": {"collection": "crab", "urls": ["https://a.example/x"]}}"#),
        ("a slip in the source", r#"{"source": {"colection": "crab"}}"#),
        ("a slip", r#"{"source": "empty", "writeable": true}"#),
        ("a mode of later", r#"{"source": "empty", "mode": "lazy"}"#),
        ("a name with a slash", r#"{"source": "empty", "name": "a/b"}"#),
        ("a name that climbs", r#"{"source": "empty", "name": ".."}"#),
        ("a hidden name", r#"{"source": "empty", "name": ".ssh"}"#),
        ("an option as name", r#"{"source": "empty", "name": "-rf"}"#),
        ("a name with a null", "{\"source\": \"empty\", \"name\": \"a\\u0000\"}"),
        ("a name that is taken", EMPTY),
        ("writable copies", r#"{"source": {"collection": "crab"}, "writable": true}"#),
        ("no such collection", r#"{"source": {"collection": "carb"}}"#),
        ("no such selection", r#"{"source": {"selection": "0f"}}"#),
        ("no asset id", r#"{"source": {"assets": ["m31"]}}"#),
        ("no such archive", r#"{"source": {"assets": ["hts/m31"]}}"#),
        ("a tree of nothing", r#"{"source": {"tree": {}}}"#),
        ("a tree of both", r#"{"source": {"tree": {"preset": "igs", "plugin": "ftp"}}}"#),
        (
            "settings of a preset",
            r#"{"source": {"tree": {"preset": "igs", "settings": {"url": "x"}}}}"#,
        ),
        (
            "a setting that is none",
            r#"{"source": {"tree": {"plugin": "ftp", "settings": {"url": {}}}}}"#,
        ),
        ("no URLs", r#"{"source": {"urls": []}}"#),
        ("another scheme", r#"{"source": {"urls": ["file:///etc/passwd"]}}"#),
    ];
    let mut said = String::new();
    for (name, body) in cases {
        let answer = post(&service, "/api/v1/volumes", body).await;
        assert!(answer.status.is_client_error(), "case: {name}: {} {}", answer.status, answer.body);
        said.push_str(&format!("{name}: {}\n", answer.problem()));
    }
    insta::assert_snapshot!(said);
    let list = call(&service, "GET", "/api/v1/volumes").await.value();
    assert_eq!(list["count"]["value"], 1, "nothing was made of it");
}

#[tokio::test]
async fn what_is_not_yours_or_not_there_is_not_found() {
    let service = router(federation());
    for (method, path) in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/files"),
        ("GET", "/events"),
        ("POST", "/cancel"),
        ("POST", "/retry"),
    ] {
        for id in ["0123456789abcdef0123", "..%2F..%2Fetc", "%00"] {
            let answer = call(&service, method, &format!("/api/v1/volumes/{id}{path}")).await;
            assert_eq!(answer.status, 404, "{method} {path} {}", answer.body);
        }
    }
    let stream = events(&service, "/api/v1/volumes/0123456789abcdef0123").await;
    assert_eq!(stream.problem(), "404 no volume `[id]`");
}

#[tokio::test(start_paused = true)]
async fn a_source_is_counted_and_tested_before_anything_is_made() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let two = r#"{"source": {"assets": ["obs/a", "obs/b"]}}"#;
    let counted = post(&service, "/api/v1/volumes/estimate", two).await;
    insta::assert_snapshot!(counted.json());
    let tree =
        r#"{"source": {"tree": {"plugin": "ftp", "settings": {"url": "ftp://a.example/"}}}}"#;
    let tested = post(&service, "/api/v1/volumes/test", tree).await;
    insta::assert_snapshot!(tested.json());
    let slip = post(&service, "/api/v1/volumes/test", r#"{"sorce": "empty"}"#).await;
    insta::assert_snapshot!(slip.problem(), @"400 [sorce] sorce: is no key of this object; did you mean `source`?");
    let list = call(&service, "GET", "/api/v1/volumes").await.value();
    assert_eq!(list["count"]["value"], 0);
}

#[tokio::test]
async fn forms_are_fields_in_the_words_of_json_schema() {
    insta::assert_snapshot!(call(&router(federation()), "GET", "/api/v1/sources").await.json());
}

#[tokio::test]
async fn a_page_of_files_is_asked_for_in_numbers() {
    let service = router(federation());
    let made = post(&service, "/api/v1/volumes", EMPTY).await;
    let mut said = String::new();
    for query in ["limit=0", "limit=1001", "first=-1", "frist=1", "limit=1&limit=2"] {
        let uri = format!("{}/files?{query}", made.header("location"));
        said.push_str(&format!("{query}: {}\n", call(&service, "GET", &uri).await.problem()));
    }
    insta::assert_snapshot!(said, @r#"
    limit=0: 400 [limit] limit: `0` is no whole number of 1..=1000
    limit=1001: 400 [limit] limit: `1001` is no whole number of 1..=1000
    first=-1: 400 [first] first: `-1` is no whole number of 0..=4294967295
    frist=1: 400 [frist] frist: is no parameter of this request; did you mean `first`?
    limit=1&limit=2: 400 [limit] limit: is given twice, `1` and `2`; give it once
    "#);
}
