//! From what is ticked to a lab that runs, by forms alone; and what is refused on the way.

use std::sync::Arc;

use archway_web::{LabProxy, Origins, router};
use axum::Router;
use axum::http::Request;

use super::forms::{Form, HOST, encoded, page, plain, post, post_form};
use crate::gateway::{Answer, at_work, call, federation, send, without_ids};

/// The page of a lab or volume once it says `state`.
async fn until(service: &Router, place: &str, state: &str) -> Answer {
    for _ in 0..10_000 {
        let page = call(service, "GET", place).await;
        assert_eq!(page.status, 200, "{}", page.body);
        if page.body.contains(&format!(">{state}</strong>")) {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{place} was never {state}")
}

#[tokio::test(start_paused = true)]
async fn two_assets_are_ticked_and_opened_in_a_notebook() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let results = call(&service, "GET", "/?archive=obs").await;
    let bar = Form::of(&results, "/selections").also("asset", "obs/a").also("asset", "obs/b");
    let (place, launch) = bar.also("then", "notebook").follow(&service).await;
    assert!(place.starts_with("/labs/new?selection="), "{place}");
    assert!(launch.body.contains("Opens with <strong>2 assets</strong>"), "{}", launch.body);

    let form = Form::of(&launch, "/labs");
    assert_eq!(form.value("notebook"), ["1"]);
    assert_eq!(form.value("backend").len(), 1, "one of the backends is proposed");
    let form = form.with("title", "My plots");
    let (lab, _) = form.follow(&service).await;
    let (again, _) = form.follow(&service).await;
    assert_eq!(lab, again, "sent twice, it launches one lab");

    let ready = until(&service, &lab, "ready").await;
    assert!(ready.body.contains("<h1>My plots</h1>"), "{}", ready.body);
    let steps: Vec<&str> = ready
        .body
        .match_indices("<span class=\"badge\">")
        .map(|(at, _)| {
            let rest = &ready.body[at + 20..];
            &rest[..rest.find('<').unwrap()]
        })
        .collect();
    insta::assert_snapshot!(steps.join(" "), @"reserved staging preparing starting waiting ready");

    let open = Form::of(&ready, &format!("{lab}/open")).send(&service).await;
    assert_eq!(open.status, 303);
    let place = without_ids(open.header("location"));
    assert!(
        place.starts_with("http://[id].localhost:8470/.archway/enter?code=[code]&to=lab"),
        "{place}"
    );

    Form::of(&ready, &format!("{lab}/extend")).follow(&service).await;
    Form::of(&ready, &format!("{lab}/snooze")).follow(&service).await;
    let list = call(&service, "GET", "/labs").await;
    assert!(list.body.contains("<h2>Running</h2>") && list.body.contains("My plots"));
    let used = call(&service, "GET", "/volumes").await;
    assert!(used.body.contains("</span> ready</td>"), "its data is a volume: {}", used.body);

    Form::of(&ready, &format!("{lab}/stop")).follow(&service).await;
    let ended = until(&service, &lab, "stopped").await;
    assert!(ended.body.contains("you asked for it"), "{}", ended.body);
    assert!(ended.body.contains("Launch again"));
    assert!(!ended.body.contains("http-equiv=\"refresh\""), "nothing more will happen");
    Form::of(&ended, &format!("{lab}/delete")).follow(&service).await;
    assert_eq!(call(&service, "GET", &lab).await.status, 404);
}

#[tokio::test]
async fn all_results_are_kept_as_the_search_without_what_is_about_its_page() {
    let service = router(federation());
    let results = call(&service, "GET", "/?q=crab&limit=1&view=table&sort=date").await;
    let bar = Form::of(&results, "/selections").with("scope", "all");
    let (place, launch) = bar.also("then", "notebook").follow(&service).await;
    assert!(launch.body.contains("all results of the search q = crab</strong>"), "{}", launch.body);
    let id = place.split(['=', '&']).nth(1).unwrap();
    let kept = call(&service, "GET", &format!("/api/v1/selections/{id}")).await.value();
    assert_eq!(kept["members"]["query"], serde_json::json!({ "q": ["crab"] }), "{kept:#}");
}

#[tokio::test]
async fn nothing_ticked_is_said_so() {
    let service = router(federation());
    let results = call(&service, "GET", "/?q=crab").await;
    let answer = Form::of(&results, "/selections").also("then", "volume").send(&service).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("nothing is ticked"), "{}", answer.body);
}

#[tokio::test]
async fn a_collection_is_opened_from_its_page() {
    let service = router(federation());
    let collection = call(&service, "GET", "/collections/crab").await;
    let href = "/labs/new?collection=crab&#38;notebook=1";
    assert!(collection.body.contains(href), "{}", collection.body);
    let launch = call(&service, "GET", &plain(href)).await;
    let form = Form::of(&launch, "/labs");
    assert_eq!((form.value("collection"), form.value("notebook")), (vec!["crab"], vec!["1"]));
    form.follow(&service).await;
}

#[tokio::test]
async fn what_cannot_be_launched_is_said_beside_the_form() {
    let cases = [
        (
            "an unknown application",
            "app=sepp/jupiterlab:v1",
            404,
            "no application `sepp/jupiterlab:v1`; did you mean `sepp/jupyterlab:v1`?",
        ),
        ("a size there is not", "app=sepp/jupyterlab:v1&size=XXL", 400, "Size: "),
        ("no hours", "hours=soon", 400, "Longest time: `soon` is no number of hours"),
        ("a selection that is not there", "selection=x", 404, "no selection `x`"),
        ("a collection that is not there", "collection=crib", 404, "no collection `crib`"),
        ("a volume that is not there", "volume=x", 404, "no volume `x`"),
        ("a backend there is not", "backend=slurm", 404, "no lab backend `slurm`"),
    ];
    let service = router(federation());
    for (name, said, status, words) in cases {
        let asked = call(&service, "GET", &format!("/labs/new?{said}")).await;
        let launched = post_form(&service, "/labs", &format!("{said}&key=k")).await;
        for answer in [asked, launched] {
            assert_eq!(answer.status.as_u16(), status, "case: {name}: {}", answer.body);
            let problem = answer.body.split("role=\"alert\">").nth(1).unwrap_or_default();
            let problem = plain(problem.split("</p>").next().unwrap_or_default());
            let problem = problem.replace("&#96;", "`");
            assert!(problem.contains(words), "case: {name}: {problem}");
            assert!(answer.body.contains("<form"), "case: {name}: it can be mended here");
        }
    }
    assert!(
        call(&service, "GET", "/api/v1/labs").await.value()["labs"].as_array().unwrap().is_empty()
    );
}

#[tokio::test]
async fn a_lab_that_is_guessed_is_not_there() {
    let service = router(federation());
    for id in ["x", "0123456789abcdef0123", "..%2f..", "%00", "%F0%9F%92%A9"] {
        let shown = call(&service, "GET", &format!("/labs/{id}")).await;
        assert_eq!(shown.status, 404, "{id}: {}", shown.body);
        assert!(shown.body.contains("<h1>Not found</h1>"), "{id}");
        for step in ["open", "stop", "extend", "snooze", "delete"] {
            let answer = post_form(&service, &format!("/labs/{id}/{step}"), "").await;
            assert_eq!(answer.status, 404, "{id} {step}");
        }
    }
}

/// Everywhere a form is posted to.
const TARGETS: [&str; 12] = [
    "/selections",
    "/volumes",
    "/volumes/new/source",
    "/volumes/x/cancel",
    "/volumes/x/retry",
    "/volumes/x/delete",
    "/labs",
    "/labs/x/open",
    "/labs/x/stop",
    "/labs/x/extend",
    "/labs/x/snooze",
    "/labs/x/delete",
];

#[tokio::test]
async fn a_form_that_was_not_on_a_page_of_ours_changes_nothing() {
    let service = router(federation());
    let [own, other] = [
        Form::of(&call(&service, "GET", "/labs/new").await, "/labs"),
        Form::of(&call(&service, "GET", "/labs/new").await, "/labs"),
    ];
    let cases = [
        ("neither cookie nor token", "", ""),
        ("a cookie alone", own.cookie(), ""),
        ("a token alone", "", own.token()),
        ("the token of another browser", own.cookie(), other.token()),
        ("a made-up token", own.cookie(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("a made-up cookie", "archway-forms=AAAAAAAAAAAAAAAAAAAAAA", own.token()),
    ];
    let said = "type=empty&app=sepp/jupyterlab:v1&asset=hst/m31&then=notebook";
    for uri in TARGETS {
        for (name, cookie, token) in cases {
            let answer = post(&service, uri, cookie, &format!("{said}&token={token}")).await;
            assert_eq!(answer.status, 403, "{uri}, case: {name}: {}", answer.body);
            assert!(answer.body.contains("<h1>The page of this form is too old</h1>"), "{uri}");
        }
    }
    for kind in ["volumes", "labs", "selections"] {
        let all = call(&service, "GET", &format!("/api/v1/{kind}")).await.value();
        assert!(all[kind].as_array().unwrap().is_empty(), "{all:#}");
    }
    let body = format!("{said}&token={}", own.token());
    let passed = post(&service, "/selections", own.cookie(), &body).await;
    assert_eq!(passed.status, 303, "{}", passed.body);
}

#[tokio::test]
async fn a_browser_keeps_its_value_over_its_pages_and_a_stale_form_leads_back() {
    let service = router(federation());
    let form = Form::of(&call(&service, "GET", "/labs/new").await, "/labs");
    let with_cookie = |uri: &str| {
        Request::get(uri).header("host", HOST).header("cookie", form.cookie().to_owned())
    };
    let again = send(service.clone(), with_cookie("/?q=crab"), "").await;
    assert_eq!(again.header("set-cookie"), "");
    assert_eq!(Form::of(&again, "/selections").token(), form.token());
    let request = with_cookie("/?q=crab").header("accept", "text/event-stream");
    let events = send(service.clone(), request, "").await;
    assert!(events.body.contains(form.token()), "a page that comes as events has it too");
    assert_eq!(events.header("set-cookie"), "");
    let request = Request::get("/?q=crab").header("host", HOST);
    let new = send(service.clone(), request.header("accept", "text/event-stream"), "").await;
    assert!(new.header("set-cookie").starts_with("archway-forms="), "for one that forgot it");

    let request = Request::post("/labs")
        .header("host", HOST)
        .header("origin", format!("http://{HOST}"))
        .header("referer", format!("http://{HOST}/labs/new?app=%3Cb%3E"))
        .header("content-type", "application/x-www-form-urlencoded");
    let stale = send(service.clone(), request, "app=sepp/jupyterlab:v1").await;
    assert_eq!(stale.status, 403);
    assert!(stale.body.contains("Nothing was changed."), "{}", stale.body);
    assert!(stale.body.contains("href=\"/labs/new?app=%3Cb%3E\""), "{}", stale.body);
    let request = Request::post("/labs").header("host", HOST);
    let large = send(service, request, &"a".repeat(300_000)).await;
    assert_eq!(large.status, 413);
}

#[tokio::test]
async fn the_cookie_of_a_portal_over_tls_is_nobody_elses() {
    let mut gateway = federation();
    let origins = Origins { scheme: "https".to_owned(), ..Origins::loopback(8470) };
    gateway.proxy = LabProxy::new(origins, Arc::new(gateway.labs.clone()));
    let page = call(&router(gateway), "GET", "/labs/new").await;
    let (value, attributes) = page.header("set-cookie").split_once(';').unwrap();
    assert!(value.starts_with("__Host-archway-forms="), "{value}");
    assert_eq!(attributes, " Path=/; Secure; HttpOnly; SameSite=Lax");
}

#[tokio::test]
async fn a_form_of_another_origin_changes_nothing() {
    let service = router(federation());
    for uri in TARGETS {
        let request = Request::post(uri)
            .header("host", HOST)
            .header("origin", "https://evil.example")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = send(service.clone(), request, "type=empty&app=sepp/jupyterlab:v1").await;
        assert_eq!(answer.status, 403, "{uri}");
    }
    assert!(page(federation(), "/volumes").await.body.contains("You have no data volume yet"));
}

#[tokio::test(start_paused = true)]
async fn what_people_write_is_text_on_every_page() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let bad = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";
    let said = [("asset", "obs/a"), ("title", bad), ("then", "notebook")];
    let answer = post_form(&service, "/selections", &encoded(said.into_iter())).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let said = [("type", "empty"), ("title", bad)];
    let volume = post_form(&service, "/volumes", &encoded(said.into_iter())).await;
    let volume = volume.header("location").to_owned();
    let said = [("app", "sepp/jupyterlab:v1"), ("title", bad), ("key", "k")];
    let lab = post_form(&service, "/labs", &encoded(said.into_iter())).await;
    let lab = lab.header("location").to_owned();
    let query = |name: &str| encoded([(name, bad)].into_iter());
    let pages = [
        volume,
        lab,
        "/volumes".to_owned(),
        "/labs".to_owned(),
        "/volumes/new/source?type=selection".to_owned(),
        format!("/volumes/new/source?type=tree&plugin=ftp&s.url=x&{}", query("s.path")),
        format!("/volumes/new/source?type=urls&{}", query("urls")),
        format!("/volumes/new/content?{}", query("type")),
        format!("/volumes/new/content?type=tree&preset=igs&{}", query("include")),
        format!("/volumes/new/mode?type=empty&{}&{}", query("title"), query("name")),
        format!("/volumes/new/review?type=empty&{}&{}", query("title"), query("name")),
        format!("/labs/new?{}&{}", query("app"), query("title")),
        format!("/labs/new?{}", query("asset")),
        format!("/collections/{}", query("x")),
    ];
    for uri in pages {
        let answer = call(&service, "GET", &uri).await;
        assert!(answer.body.contains("<main"), "{uri}: {}", answer.body);
        for mark in ["<script>", "<img src=x"] {
            assert!(!answer.body.contains(mark), "{uri}: {mark} in {}", answer.body);
        }
    }
}
