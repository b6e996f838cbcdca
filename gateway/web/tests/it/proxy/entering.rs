//! How a browser gets into a lab, and who does not.

use archway_core::labs::{LabState, Route};
use archway_core::owner::Owner;
use axum::http::StatusCode;

use super::labs::Application;
use super::world::{World, from_page, navigate, owner};

#[tokio::test]
async fn a_code_opens_the_lab_once_and_leaves_a_cookie_for_its_origin_only() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let url = world.proxy.entry_url("a1", &owner(), "lab/tree/x y.ipynb");
    assert!(url.starts_with("http://a1.localhost:8470/.archway/enter?code="), "{url}");

    let entered = world.ask(navigate(&url)).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(entered.header("location"), "/lab/tree/x%20y.ipynb");
    assert_eq!(entered.header("cache-control"), "no-store");
    let (cookie, attributes) = entered.header("set-cookie").split_once(';').unwrap();
    assert!(cookie.starts_with("__Host-lab="), "{cookie}");
    assert_eq!(attributes, " Path=/; Secure; HttpOnly; SameSite=Lax");

    let answer = world.ask(from_page("GET", "a1", "/lab", cookie)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");

    let again = world.ask(navigate(&url)).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "a code works once");
    assert!(again.text().contains("does not work any more"), "{}", again.text());
    let mut back = navigate(&url);
    back.headers_mut().insert("cookie", cookie.parse().unwrap());
    let back = world.ask(back).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "who is in already is let in");
    assert_eq!(back.header("set-cookie"), "");
}

#[tokio::test]
async fn a_code_is_for_one_lab_and_not_burnt_by_looking() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint.clone());
    world.ready("b2", endpoint);
    let url = world.proxy.entry_url("a1", &owner(), "");
    let mut ahead = navigate(&url);
    ahead.headers_mut().insert("sec-purpose", "prefetch".parse().unwrap());
    assert_eq!(world.ask(ahead).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let elsewhere = world.ask(navigate(&url.replace("a1.", "b2."))).await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    let burnt = world.ask(navigate(&url)).await;
    assert_eq!(burnt.status, StatusCode::FORBIDDEN, "a code tried at the wrong lab is burnt");
}

#[tokio::test]
async fn a_stranger_sees_the_same_page_for_every_lab() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint.clone());
    world.knows("c3", LabState::Starting, "secret words", None);
    let foreign = Route {
        owner: Owner("somebody-else".to_owned()),
        state: LabState::Ready,
        words: String::new(),
        endpoint: Some(endpoint),
        token: String::new(),
        base_path: "/".to_owned(),
    };
    let own = world.enter("a1").await;
    // Entered while it was ours.
    world.knows("lost", LabState::Starting, "", None);
    let lost = world.enter("lost").await;
    world.knows_route("lost", foreign);
    let page = world.ask(navigate("http://no-such-lab.localhost:8470/lab")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let page = page.text().replace("/labs/no-such-lab\"", "/labs/[lab]\"");
    let cases = [
        ("one that is ready", "a1", ""),
        ("one that is ready, with a made-up cookie", "a1", "__Host-lab=AAAAAAAAAAAAAAAAAAAAAA"),
        ("one that starts", "c3", ""),
        ("one that was entered before it was another user's", "lost", lost.as_str()),
        ("another one than the cookie is for", "c3", own.as_str()),
    ];
    for (name, lab, cookie) in cases {
        let mut request = navigate(&format!("http://{lab}.localhost:8470/lab"));
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        let answer = world.ask(request).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "case: {name}");
        assert_eq!(
            answer.text().replace(&format!("/labs/{lab}\""), "/labs/[lab]\""),
            page,
            "case: {name}"
        );
        assert_eq!(answer.header("clear-site-data"), "", "case: {name}");
    }
}

#[tokio::test]
async fn sessions_can_be_kept_over_a_restart_without_keeping_their_secret() {
    let mut before = World::new().await;
    let endpoint = Application::default().on_unix(&mut before, "lab");
    before.ready("a1", endpoint.clone());
    let cookie = before.enter("a1").await;
    let kept = before.proxy.kept_sessions();
    assert_eq!(kept.len(), 1);

    let after = World::new().await;
    after.ready("a1", endpoint);
    let answer = after.ask(from_page("GET", "a1", "/", &cookie)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "forgotten");
    after.proxy.keep_sessions(kept);
    let answer = after.ask(from_page("GET", "a1", "/", &cookie)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn path_mode_has_its_own_cookie_and_folder() {
    let mut world = World::with(|origins| origins.path_mode = true).await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    let route = Route {
        owner: owner(),
        state: LabState::Ready,
        words: String::new(),
        endpoint: Some(endpoint),
        token: "of-the-lab".to_owned(),
        base_path: "/labs/a1/app/".to_owned(),
    };
    world.knows_route("a1", route);
    let url = world.proxy.entry_url("a1", &owner(), "lab");
    assert!(url.starts_with("http://localhost:8470/labs/a1/app/.archway/enter?code="), "{url}");
    let entered = world.ask(navigate(&url)).await;
    assert_eq!(entered.header("location"), "/labs/a1/app/lab");
    let (cookie, attributes) = entered.header("set-cookie").split_once(';').unwrap();
    assert!(cookie.starts_with("__Secure-archway-lab="), "{cookie}");
    assert_eq!(attributes, " Path=/labs/a1/app/; Secure; HttpOnly; SameSite=Lax");

    let ask = |host: &str, path: &str, origin: &str| {
        let mut request = from_page("POST", "a1", path, &format!("{cookie}; __Host-portal=1; a=1"));
        for (name, value) in [("host", host), ("origin", origin)] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    };
    let (portal, path) = ("http://localhost:8470", "/labs/a1/app/api?x=1");
    let answer = world.ask(ask("localhost:8470", path, portal)).await;
    assert!(answer.text().starts_with("POST /labs/a1/app/api?x=1\n"), "{}", answer.text());
    assert!(answer.text().contains("\ncookie: a=1\n"), "{}", answer.text());
    let rebound = world.ask(ask("evil.example", path, "http://evil.example")).await;
    assert_eq!(rebound.text(), "the portal", "only by the portal's own names");
    let folder = world.ask(ask("localhost:8470", "/labs/a1/app", portal)).await;
    assert_eq!(
        (folder.status, folder.header("location")),
        (StatusCode::SEE_OTHER, "/labs/a1/app/")
    );
    let portal_page = world.ask(ask("localhost:8470", "/labs/a1", portal)).await;
    assert_eq!(portal_page.text(), "the portal", "its own page of the lab is not the lab's");
}
