//! `/api/v1/apps`, `/api/v1/backends`, `/api/v1/labs`, `/api/v1/usage`, `/api/v1/ledger`.

use archway_web::router;
use axum::Router;
use axum::http::Request;

use crate::gateway::{Answer, ask, at_work, call, federation, post, send, without_ids};

const JUPYTER: &str = r#"{"app": "sepp/jupyterlab:v1", "title": "Crab", "size": "M"}"#;

async fn followed(service: &Router, uri: &str, last: Option<&str>) -> Answer {
    let request =
        Request::get(uri).header("host", "localhost").header("accept", "text/event-stream");
    let request = last.into_iter().fold(request, |all, id| all.header("last-event-id", id));
    ask(service.clone(), request).await
}

/// Launches a lab and waits until it is ready; its address.
async fn ready(service: &Router, body: &str) -> String {
    let made = post(service, "/api/v1/labs", body).await;
    assert_eq!(made.status, 202, "{}", made.body);
    let place = made.header("location").to_owned();
    for _ in 0..10_000 {
        let lab = call(service, "GET", &place).await.value();
        if lab["state"] == "ready" {
            return place;
        }
        assert_ne!(lab["state"], "failed", "{lab:#}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the lab was never ready")
}

#[tokio::test]
async fn the_catalogue_and_the_backends_are_listed() {
    let service = router(federation());
    insta::assert_snapshot!("apps", call(&service, "GET", "/api/v1/apps").await.json());
    insta::assert_snapshot!("backends", call(&service, "GET", "/api/v1/backends").await.json());
}

#[tokio::test]
async fn a_lab_that_was_asked_for_is_taken_on_and_listed() {
    let service = router(federation());
    let made = post(&service, "/api/v1/labs", JUPYTER).await;
    insta::assert_snapshot!(made.json());
    assert_eq!(made.status, 202);
    let id = made.value()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/api/v1/labs/{id}"));
    assert!(!made.body.contains("token"), "the application's token is the proxy's alone");
    let list = call(&service, "GET", "/api/v1/labs?running=true").await.value();
    assert_eq!((&list["labs"][0]["id"], &list["count"]["value"]), (&id.into(), &1.into()));
}

#[tokio::test(start_paused = true)]
async fn a_lab_is_followed_opened_kept_stopped_and_removed() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let place = ready(&service, JUPYTER).await;

    let opened = call(&service, "POST", &format!("{place}/open")).await;
    insta::assert_snapshot!(without_ids(opened.value()["url"].as_str().unwrap()), @"http://[id].localhost:8470/.archway/enter?code=[code]&to=lab");
    let again = call(&service, "POST", &format!("{place}/open")).await;
    assert_ne!(opened.body, again.body, "a code works once, so each is another");
    assert_eq!(call(&service, "GET", &format!("{place}/log")).await.value()["log"], "");
    assert_eq!(call(&service, "POST", &format!("{place}/extend")).await.status, 200);
    let snoozed = call(&service, "POST", &format!("{place}/snooze")).await.value();
    assert!(snoozed["snoozed"].is_string(), "{snoozed:#}");
    let refused = call(&service, "DELETE", &place).await;
    assert_eq!(refused.status, 409, "{}", refused.body);

    assert_eq!(call(&service, "POST", &format!("{place}/stop")).await.status, 200);
    let events = followed(&service, &format!("{place}/events"), None).await.events();
    let said: Vec<_> = events
        .iter()
        .map(|(name, change)| format!("{name} {}", change["event"]["state"].as_str().unwrap()))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    lab#1 reserved
    lab#2 preparing
    lab#3 starting
    lab#4 waiting
    lab#5 ready
    lab#6 ready
    lab#7 ready
    lab#8 stopping
    lab#9 stopped
    "#);
    let (_, last) = events.last().unwrap();
    assert_eq!(last["lab"]["state"], "stopped");
    assert_eq!(last["lab"]["cause"]["kind"], "asked");

    let closed = call(&service, "POST", &format!("{place}/open")).await;
    insta::assert_snapshot!(closed.problem(), @"409 the lab ended: you asked for it; start another one");
    assert_eq!(call(&service, "POST", &format!("{place}/stop")).await.status, 200, "twice is fine");
    assert_eq!(call(&service, "POST", &format!("{place}/extend")).await.status, 409);
    assert_eq!(
        call(&service, "GET", "/api/v1/labs?running=true").await.value()["count"]["value"],
        0
    );
    assert_eq!(call(&service, "GET", "/api/v1/labs").await.value()["count"]["value"], 1);
    assert_eq!(call(&service, "DELETE", &place).await.status, 204);
    assert_eq!(call(&service, "GET", &place).await.problem(), "404 no lab `[id]`");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_broke_goes_on_behind_the_last_event() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let place = ready(&service, JUPYTER).await;
    call(&service, "POST", &format!("{place}/stop")).await;
    let all = followed(&service, &format!("{place}/events"), None).await.events();
    let rest = followed(&service, &format!("{place}/events?after=1"), Some("3")).await.events();
    let said = |events: &[(String, serde_json::Value)]| -> Vec<_> {
        events.iter().map(|(name, change)| format!("{name} {}", change["event"])).collect()
    };
    assert_eq!(said(&rest), said(&all[3..]));
    let list = call(&service, "GET", &format!("{place}/events?after=2")).await.value();
    assert_eq!(list["events"][0]["number"], 3);
    assert_eq!(list["next"], serde_json::Value::Null);
    let odd = followed(&service, &format!("{place}/events"), Some("x")).await;
    assert_eq!(odd.problem(), "400 [Last-Event-ID] Last-Event-ID: is no number of an event");
}

#[tokio::test(start_paused = true)]
async fn open_in_a_notebook_makes_a_volume_and_opens_the_notebook() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let place = ready(&service, r#"{"assets": ["obs/a", "obs/b"]}"#).await;
    let lab = call(&service, "GET", &place).await.value();
    assert_eq!(lab["app"], "sepp/jupyterlab:v1", "the first that suits");
    assert!(lab["notebook"].as_str().unwrap().ends_with(".ipynb"), "{lab:#}");
    let volume = lab["volumes"][0].as_str().unwrap();
    let volume = call(&service, "GET", &format!("/api/v1/volumes/{volume}")).await.value();
    assert_eq!((&volume["state"], &volume["progress"]["files"]), (&"ready".into(), &2.into()));
    let opened = call(&service, "POST", &format!("{place}/open")).await.value();
    assert!(opened["url"].as_str().unwrap().contains("ipynb"), "{opened}");
}

#[tokio::test]
async fn a_key_makes_asking_again_harmless() {
    let service = router(federation());
    let ask = |body: &'static str| {
        let request = Request::post("/api/v1/labs")
            .header("host", "localhost:8470")
            .header("content-type", "application/json")
            .header("idempotency-key", "k1");
        send(service.clone(), request, body)
    };
    let (first, again) = tokio::join!(ask(JUPYTER), ask(JUPYTER));
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (202, 202));
    assert_eq!(first.value()["id"], again.value()["id"]);
    assert_eq!(ask(r#"{"app": "sepp/topcat:v1"}"#).await.status, 409);
    assert_eq!(call(&service, "GET", "/api/v1/labs").await.value()["count"]["value"], 1);
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_would_be_right() {
    let service = router(federation());
    let cases = [
        ("an unknown application", r#"{"app": "sepp/jupiterlab:v1"}"#),
        ("no name of one", r#"{"app": "jupyterlab"}"#),
        ("one that escapes", r#"{"app": "../../etc/passwd:v1"}"#),
        ("no such size", r#"{"app": "sepp/jupyterlab:v1", "size": "XL"}"#),
        ("no such backend", r#"{"app": "sepp/jupyterlab:v1", "backend": "dokcer"}"#),
        ("no such volume", r#"{"app": "sepp/jupyterlab:v1", "volumes": ["0123"]}"#),
        ("no such collection", r#"{"app": "sepp/jupyterlab:v1", "collection": "carb"}"#),
        ("a network that is not allowed", r#"{"app": "sepp/jupyterlab:v1", "network": "audited"}"#),
        ("no such network", r#"{"app": "sepp/jupyterlab:v1", "network": "all"}"#),
        ("no time", r#"{"app": "sepp/jupyterlab:v1", "max_age_s": 0}"#),
        ("a negative time", r#"{"app": "sepp/jupyterlab:v1", "max_age_s": -1}"#),
        ("the talk's name for it", r#"{"sapId": "sepp/jupyterlab:v1"}"#),
        ("two kinds of data", r#"{"collection": "crab", "assets": ["hst/m31"]}"#),
        (
            "a notebook for a desktop",
            r#"{"app": "sepp/topcat:v1", "assets": ["hst/m31"], "notebook": true}"#,
        ),
    ];
    let mut said = String::new();
    for (name, body) in cases {
        let answer = post(&service, "/api/v1/labs", body).await;
        assert!(answer.status.is_client_error(), "case: {name}: {} {}", answer.status, answer.body);
        said.push_str(&format!("{name}: {}\n", answer.problem()));
    }
    insta::assert_snapshot!(said);
    assert_eq!(call(&service, "GET", "/api/v1/labs").await.value()["count"]["value"], 0);
}

#[tokio::test]
async fn a_lab_beyond_the_quota_is_refused_with_what_uses_it() {
    let service = router(federation());
    for _ in 0..4 {
        assert_eq!(post(&service, "/api/v1/labs", JUPYTER).await.status, 202);
    }
    let fifth = post(&service, "/api/v1/labs", JUPYTER).await;
    assert_eq!(fifth.status, 403, "{}", fifth.body);
    assert!(fifth.problem().contains("4"), "{}", fifth.problem());
    insta::assert_snapshot!(call(&service, "GET", "/api/v1/usage").await.json());
}

#[tokio::test]
async fn verdicts_say_where_a_lab_would_run_and_start_nothing() {
    let service = router(federation());
    insta::assert_snapshot!(post(&service, "/api/v1/labs/verdicts", JUPYTER).await.json());
    assert_eq!(call(&service, "GET", "/api/v1/labs").await.value()["count"]["value"], 0);
}

#[tokio::test]
async fn a_guessed_lab_is_not_found_whatever_is_done_with_it() {
    let service = router(federation());
    let made = post(&service, "/api/v1/labs", JUPYTER).await;
    let own = made.value()["id"].as_str().unwrap().to_owned();
    let near = format!("{}{}", &own[..19], if own.ends_with('0') { "1" } else { "0" });
    for (method, path) in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/events"),
        ("GET", "/log"),
        ("POST", "/open"),
        ("POST", "/stop"),
        ("POST", "/extend"),
        ("POST", "/snooze"),
    ] {
        for id in [near.as_str(), "..%2F..", "%20"] {
            let answer = call(&service, method, &format!("/api/v1/labs/{id}{path}")).await;
            assert_eq!(answer.status, 404, "{method} {id}{path}: {}", answer.body);
        }
    }
    let open = call(&service, "POST", &format!("/api/v1/labs/{own}/open")).await;
    insta::assert_snapshot!(open.problem(), @"409 the lab is reserved; it can be opened once it is ready");
}

#[tokio::test(start_paused = true)]
async fn what_was_used_is_in_the_ledger() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let place = ready(&service, JUPYTER).await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    call(&service, "POST", &format!("{place}/stop")).await;
    followed(&service, &format!("{place}/events"), None).await.events();
    let uri = "/api/v1/ledger?from=2025-12-31T00:00:00Z&until=2027-01-01T00:00:00Z";
    let ledger = call(&service, "GET", uri).await.value();
    let hours = ledger["totals"]["core_hours"].as_f64().unwrap();
    assert!((2.0..2.2).contains(&hours), "2 cores for an hour: {ledger:#}");
    let gib = ledger["totals"]["gib_hours"].as_f64().unwrap();
    assert!((4.0..4.4).contains(&gib), "4 GiB for an hour: {ledger:#}");
    let mut said = String::new();
    for query in
        ["from=yesterday", "from=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z", "form=x"]
    {
        let answer = call(&service, "GET", &format!("/api/v1/ledger?{query}")).await;
        said.push_str(&format!("{query}: {}\n", answer.problem()));
    }
    insta::assert_snapshot!(said, @r#"
    from=yesterday: 400 [from] from: `yesterday` is not a time; write for example 2021-03-02T14:30:00Z
    from=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z: 400 [from] from: is not before `until`
    form=x: 400 [form] form: is no parameter of this request; did you mean `from`?
    "#);
}
