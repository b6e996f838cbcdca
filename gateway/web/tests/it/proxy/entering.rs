//! How a browser gets into a lab, and who does not.

use std::sync::{Arc, Mutex};

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::labs::{LabSession, LabState, Route, SessionKeeper};
use archway_core::owner::Owner;
use async_trait::async_trait;
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

/// What is kept, in a test's hands.
#[derive(Default)]
struct Kept(Mutex<Vec<LabSession>>);

#[async_trait]
impl SessionKeeper for Kept {
    async fn save_lab_session(&self, session: &LabSession) -> Result<(), Error> {
        self.0.lock().unwrap().push(session.clone());
        Ok(())
    }

    async fn remove_lab_session(&self, hash: &[u8; 32]) -> Result<(), Error> {
        self.0.lock().unwrap().retain(|kept| kept.hash != *hash);
        Ok(())
    }

    async fn remove_lab_sessions_of(&self, owner: &Owner) -> Result<(), Error> {
        self.0.lock().unwrap().retain(|kept| kept.owner != *owner);
        Ok(())
    }

    async fn lab_sessions(&self, now: Instant) -> Result<Vec<LabSession>, Error> {
        let all = self.0.lock().unwrap();
        Ok(all.iter().filter(|kept| kept.until > now).cloned().collect())
    }
}

#[tokio::test]
async fn sessions_outlive_a_restart_without_their_secret() {
    let kept = Arc::new(Kept::default());
    let mut before = World::keeping(Arc::clone(&kept) as _).await;
    let endpoint = Application::default().on_unix(&mut before, "lab");
    before.ready("a1", endpoint.clone());
    let cookie = before.enter("a1").await;
    let secret = cookie.split_once('=').unwrap().1;
    let written = format!("{:?}", kept.0.lock().unwrap());
    assert_eq!(kept.0.lock().unwrap().len(), 1, "kept before the browser has its cookie");
    assert!(!written.contains(secret), "{written}");

    let asked = from_page("GET", "a1", "/", &cookie);
    let cases = [
        ("before it looked what is kept", false, true, StatusCode::NOT_FOUND),
        ("the lab runs on", true, true, StatusCode::OK),
        ("the lab is gone", true, false, StatusCode::NOT_FOUND),
    ];
    for (name, recalls, runs, expected) in cases {
        let after = World::keeping(Arc::clone(&kept) as _).await;
        if runs {
            after.ready("a1", endpoint.clone());
        }
        if recalls {
            after.proxy.recall().await.unwrap();
        }
        after.ready("a1", endpoint.clone());
        assert_eq!(after.ask(asked.clone()).await.status, expected, "case: {name}");
    }
    let foreign = World::keeping(Arc::clone(&kept) as _).await;
    foreign.knows_route(
        "a1",
        Route {
            owner: Owner("somebody-else".to_owned()),
            state: LabState::Ready,
            words: String::new(),
            endpoint: Some(endpoint.clone()),
            token: String::new(),
            base_path: "/".to_owned(),
        },
    );
    foreign.proxy.recall().await.unwrap();
    foreign.ready("a1", endpoint);
    let answer = foreign.ask(asked).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "the lab was another user's");
}

#[tokio::test]
async fn what_ended_is_not_there_after_a_restart() {
    let kept = Arc::new(Kept::default());
    let mut world = World::keeping(Arc::clone(&kept) as _).await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint.clone());
    for _ in 0..20 {
        world.enter("a1").await;
    }
    assert_eq!(kept.0.lock().unwrap().len(), 16, "those that made room are gone");
    let week_us = 7 * 24 * 3600 * 1_000_000;
    for kept in kept.0.lock().unwrap().iter() {
        assert_eq!(kept.until.0 - kept.opened.0, week_us);
    }
    kept.0.lock().unwrap().iter_mut().for_each(|kept| kept.until.0 -= week_us);
    let later = World::keeping(Arc::clone(&kept) as _).await;
    later.ready("a1", endpoint);
    later.proxy.recall().await.unwrap();
    let cookie = later.enter("a1").await;
    assert_eq!(later.ask(from_page("GET", "a1", "/", &cookie)).await.status, StatusCode::OK);
    later.proxy.revoke(&owner()).await.unwrap();
    assert_eq!(later.ask(from_page("GET", "a1", "/", &cookie)).await.status, StatusCode::NOT_FOUND);
    assert!(kept.0.lock().unwrap().is_empty());
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
