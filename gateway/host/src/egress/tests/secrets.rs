//! The canary: a secret that must never be seen anywhere but at its own host.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::server::{Act, Server, ok, redirect, status};
use super::{Setup, get, read_all, soon, text};
use crate::credentials::{Scheme, Secret, Slot};
use crate::egress::{Egress, Error, Redirects, RefusalReason, Request};
use crate::grants::{Denial, Hosts};

/// Has characters that each encoding writes in its own way.
pub(super) const CANARY: &str = "cAnary+/ &=secret%é";

fn slot(name: &str, scheme: Scheme, parts: &[(&str, &str)], host: &dyn ToString) -> Slot {
    let parts: BTreeMap<String, Secret> =
        parts.iter().map(|(part, text)| ((*part).to_owned(), Secret::new(*text))).collect();
    Slot::new(name, scheme, parts, Hosts::new(&[host.to_string()]).unwrap(), false).unwrap()
}

pub(super) fn slots(host: &dyn ToString) -> Vec<Slot> {
    vec![
        slot("basic", Scheme::Basic, &[("user", "anna"), ("secret", CANARY)], host),
        slot("bearer", Scheme::Bearer, &[("token", CANARY)], host),
        slot("header", Scheme::Header, &[("X-Api-Key", CANARY)], host),
        slot("query", Scheme::QueryParameter, &[("AIOUSER", "anna"), ("AIOPWD", CANARY)], host),
        slot("empty", Scheme::Bearer, &[], host),
    ]
}

pub(super) fn request(url: String, slot: &str) -> Request {
    let mut request = Request::get(url);
    request.credential = Some(slot.to_owned());
    request
}

/// Every way a canary could be spelt ends in one of these.
pub(super) fn assert_clean(what: &str, text: &str) {
    for trace in ["cAnary", "secret%", "YW5uYTpjQW5hcnk"] {
        assert!(!text.contains(trace), "{what} shows the secret: {text}");
    }
}

fn assert_egress_clean(egress: &Egress) {
    assert_clean("Debug of the broker", &format!("{egress:?}"));
    assert_clean("Debug of the slots", &format!("{:?}", egress.credentials()));
}

#[tokio::test]
async fn a_credential_arrives_at_its_host_and_shows_nowhere_else() {
    let cases = [
        ("basic", "authorization: Basic YW5uYTpjQW5hcnkrLyAmPXNlY3JldCXDqQ=="),
        ("bearer", "authorization: Bearer cAnary+/ &=secret%é"),
        ("header", "x-api-key: cAnary+/ &=secret%é"),
        (
            "query",
            "GET /a?q=a%20b&aiouser=x&AIOPWD=cAnary%2B%2F+%26%3Dsecret%25%C3%A9&AIOUSER=anna HTTP/1.1",
        ),
    ];
    for (name, expected) in cases {
        let server = Server::saying(|_, _| ok("in")).await;
        let mut setup = Setup::granting(&[server.address]);
        setup.slots = slots(&server.address);
        let egress = setup.egress();
        let request = request(server.url("/a?q=a%20b&aiouser=x&AIOUSER=y"), name);
        let mut response = egress.send(&request, soon()).await.unwrap();
        assert_eq!(
            response.final_url(),
            server.url("/a?q=a%20b&aiouser=x&AIOUSER=y"),
            "case: {name}"
        );
        assert_clean("Debug of a response", &format!("{response:?}"));
        assert_eq!(read_all(&mut response).await.unwrap(), b"in");
        assert!(server.asked()[0].contains(expected), "case: {name}: {}", server.asked()[0]);
        assert_egress_clean(&egress);
    }
}

#[tokio::test]
async fn a_credential_stays_with_its_host() {
    for name in ["basic", "bearer", "header", "query"] {
        let other = Server::saying(|_, _| ok("other")).await;
        let target = other.url("/b");
        let server = Server::saying(move |n, _| match n {
            0 => redirect(302, "/again"),
            _ => redirect(302, &target),
        })
        .await;
        let mut setup = Setup::granting(&[server.address, other.address]);
        setup.slots = slots(&server.address);
        let egress = setup.egress();
        let response = egress.send(&request(server.url("/a"), name), soon()).await;
        assert_eq!(text(response).await, "other", "case: {name}");
        let carries = |asked: &str| asked.contains("cAnary") || asked.contains("YW5uYTpj");
        assert!(server.asked().iter().all(|asked| carries(asked)), "case: {name}");
        let asked = other.asked()[0].clone();
        assert!(!carries(&asked) && !asked.contains("AIOUSER"), "case: {name}: {asked}");
    }
}

#[tokio::test]
async fn a_credential_does_not_come_back_after_another_host() {
    let server_url = Arc::new(OnceLock::<String>::new());
    let back = Arc::clone(&server_url);
    let other = Server::saying(move |_, _| redirect(302, back.get().unwrap())).await;
    let target = other.url("/b");
    let server = Server::saying(move |n, _| match n {
        0 => redirect(302, &target),
        _ => ok("back"),
    })
    .await;
    server_url.set(server.url("/c")).unwrap();
    let mut setup = Setup::granting(&[server.address, other.address]);
    setup.slots = slots(&server.address);
    let response = setup.egress().send(&request(server.url("/a"), "bearer"), soon()).await;
    assert_eq!(text(response).await, "back");
    assert!(server.asked()[0].contains("authorization"));
    assert!(!server.asked()[1].contains("authorization"), "{}", server.asked()[1]);
}

#[tokio::test]
async fn an_archive_that_echoes_a_secret_does_not_pass_it_on() {
    let server = Server::saying(|_, asked| {
        let query = asked.split_whitespace().nth(1).unwrap().to_owned();
        redirect(302, &format!("{query}&seen=1"))
    })
    .await;
    let mut setup = Setup::granting(&[server.address]).limits(|limits| limits.redirects = 1);
    setup.slots = slots(&server.address);
    let egress = setup.egress();
    let mut reported = request(server.url("/a"), "query");
    reported.redirects = Redirects::Report;
    let response = egress.send(&reported, soon()).await.unwrap();
    let location = response.header_value("location").unwrap();
    assert_eq!(location, "/a?AIOPWD=***&AIOUSER=anna&seen=1");

    let error = egress.send(&request(server.url("/a"), "query"), soon()).await.unwrap_err();
    assert_clean("an error", &error.to_string());
    assert_clean("Debug of an error", &format!("{error:?}"));
    assert_eq!(server.asked()[2].matches("AIOPWD").count(), 1, "not added twice");
}

#[tokio::test]
async fn a_redirect_that_carries_a_secret_elsewhere_is_refused() {
    let other = Server::saying(|_, _| ok("caught")).await;
    let target = other.url("");
    let server = Server::saying(move |_, asked| {
        let query = asked.split_whitespace().nth(1).unwrap().to_owned();
        redirect(302, &format!("{target}{query}"))
    })
    .await;
    let mut setup = Setup::granting(&[server.address, other.address]);
    setup.slots = slots(&server.address);
    let egress = setup.egress();
    let error = egress.send(&request(server.url("/a"), "query"), soon()).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::CarriesCredential { .. })), "{error}");
    assert_clean("the refusal", &format!("{error} {error:?}"));
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn no_failure_shows_a_secret() {
    let broken = Server::acting(|_, _| Act::SayAndClose(b"220 ready\r\n".to_vec())).await;
    let lost = Server::acting(|_, _| Act::SayAndClose(vec![])).await;
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\nx";
    let short = Server::acting(move |_, _| Act::SayAndClose(short.into())).await;
    let down = Server::saying(|_, _| status("503 Busy", "no")).await;
    let (down_url, down_address) = (down.url("/a"), down.address);
    drop(down);
    for (name, url, address) in [
        ("malformed", broken.url("/a"), broken.address),
        ("lost", lost.url("/a"), lost.address),
        ("cut short", short.url("/a"), short.address),
        ("refused", down_url, down_address),
    ] {
        let mut setup = Setup::granting(&[address]);
        setup.slots = slots(&address);
        let egress = setup.egress();
        let error = match egress.send(&request(url, "query"), soon()).await {
            Ok(mut response) => read_all(&mut response).await.unwrap_err(),
            Err(error) => error,
        };
        assert_clean(name, &format!("{error} {error:?}"));
    }
}

#[tokio::test]
async fn a_slot_that_cannot_be_used_is_refused_at_once_with_the_line() {
    let mut setup =
        Setup::granting(&["archive.example:443", "archive.example:80", "other.example:443"]);
    setup.slots = slots(&"archive.example:443");
    setup.slots.push(slot("plain", Scheme::Bearer, &[("token", CANARY)], &"archive.example:80"));
    let egress = setup.egress();
    let refused = |url: &str, slot: &str| {
        let Err(error) = egress.start(&request(url.to_owned(), slot), soon()) else {
            panic!("{url} with {slot} was let through")
        };
        error
    };
    let error = refused("https://archive.example/", "none");
    assert!(matches!(&error, Error::Unauthorised { reason: RefusalReason::SlotUnknown, .. }));
    let error = refused("https://archive.example/", "empty");
    assert!(matches!(&error, Error::Unauthorised { reason: RefusalReason::SlotEmpty, .. }));
    insta::assert_snapshot!(error, @"credential slot `empty` is empty; fill credentials.empty in config/archives/test.toml");
    insta::assert_snapshot!(refused("https://other.example/", "bearer"), @r#"add "other.example:443" to credentials.bearer.hosts in config/archives/test.toml"#);
    insta::assert_snapshot!(refused("http://archive.example/", "plain"), @"credential `plain` would reach archive.example:80 without TLS; if that is meant, set credentials.plain.allow_plain_text = true in config/archives/test.toml");
}

#[tokio::test]
async fn an_answer_to_a_credential_is_not_kept() {
    let server = Server::saying(|_, _| {
        super::server::with("200 OK", &["Cache-Control: public, max-age=60"], b"mine")
    })
    .await;
    let mut setup = Setup::granting(&[server.address]);
    setup.slots = slots(&server.address);
    let egress = setup.egress();
    for _ in 0..2 {
        let response = egress.send(&request(server.url("/"), "bearer"), soon()).await;
        assert_eq!(text(response).await, "mine");
    }
    assert_eq!(text(get(&egress, &server.url("/")).await).await, "mine");
    assert_eq!(server.asked().len(), 3);
}
