//! Where a name may lead: the address check at work.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::server::{Act, Server, ok, with};
use super::{Setup, get, text};
use crate::egress::address::Special;
use crate::egress::{Error, OutageReason};
use crate::grants::Denial;

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_granted_name_that_leads_inside_is_refused() {
    let server = Server::saying(|_, _| ok("secret")).await;
    let port = server.address.port();
    let cases = [
        ("loopback", vec![LOOPBACK], Special::Loopback),
        ("metadata", vec![ip("169.254.169.254")], Special::Metadata),
        ("private", vec![ip("10.0.0.1")], Special::Private),
        ("mapped loopback", vec![ip("::ffff:127.0.0.1")], Special::Loopback),
        ("public and loopback", vec![ip("9.9.9.9"), LOOPBACK], Special::Loopback),
        ("loopback and public", vec![LOOPBACK, ip("9.9.9.9")], Special::Loopback),
    ];
    for (name, answer, expected) in cases {
        let granted = format!("archive.example:{port}");
        let egress = Setup::granting(&[&granted]).names(move |_| answer.clone()).egress();
        let error = get(&egress, &format!("http://{granted}/")).await.unwrap_err();
        let Error::Denied(Denial::SpecialAddress { special, .. }) = error else {
            panic!("case: {name}: {error}")
        };
        assert_eq!(special, expected, "case: {name}");
    }
    assert!(server.asked().is_empty(), "nothing arrived");
}

#[tokio::test]
async fn the_refusal_of_an_address_names_the_line() {
    let egress = Setup::granting(&["archive.example:8471"]).names(|_| vec![LOOPBACK]).egress();
    let error = get(&egress, "http://archive.example:8471/").await.unwrap_err();
    insta::assert_snapshot!(error, @r#"archive.example:8471 leads to 127.0.0.1:8471, a loopback address; if that is meant, add "127.0.0.1:8471" to grants.http or its range to grants.addresses in config/archives/test.toml"#);
}

#[tokio::test]
async fn a_name_is_open_if_its_address_or_range_is_granted() {
    let server = Server::saying(|_, _| ok("inside")).await;
    let named = format!("archive.example:{}", server.address.port());
    let url = format!("http://{named}/");

    let by_literal = Setup::granting(&[named.clone(), server.address.to_string()])
        .names(|_| vec![LOOPBACK])
        .egress();
    assert_eq!(text(get(&by_literal, &url).await).await, "inside");

    let mut by_range = Setup::granting(&[&named]).names(|_| vec![LOOPBACK]);
    by_range.addresses = vec!["127.0.0.0/8".to_owned()];
    assert_eq!(text(get(&by_range.egress(), &url).await).await, "inside");
}

#[tokio::test]
async fn a_name_is_resolved_once_and_its_second_answer_comes_too_late() {
    // Every request needs a connection of its own, and so a look-up.
    let server =
        Server::acting(|_, _| Act::SayAndClose(with("200 OK", &["Connection: close"], b"inside")))
            .await;
    let named = format!("archive.example:{}", server.address.port());
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lookups);
    let mut setup =
        Setup::granting(&[&named]).names(move |_| match counted.fetch_add(1, Ordering::SeqCst) {
            0 => vec![LOOPBACK],
            _ => vec![ip("169.254.169.254")],
        });
    setup.addresses = vec!["127.0.0.1/32".to_owned()];
    let egress = setup.limits(|limits| limits.attempts = 1).egress();
    let url = format!("http://{named}/");

    assert_eq!(text(get(&egress, &url).await).await, "inside");
    assert_eq!(lookups.load(Ordering::SeqCst), 1, "checked and connected by one answer");
    let error = get(&egress, &url).await.unwrap_err();
    assert!(
        matches!(error, Error::Denied(Denial::SpecialAddress { special: Special::Metadata, .. })),
        "{error}"
    );
}

#[tokio::test]
async fn the_gateway_is_never_reached_through_itself() {
    let gateway = Server::saying(|_, _| ok("the gateway")).await;
    let everywhere = format!("0.0.0.0:{}", gateway.address.port());
    for own in [gateway.address, everywhere.parse().unwrap()] {
        let mut setup = Setup::granting(&[gateway.address]);
        setup.own = vec![own];
        let error = get(&setup.egress(), &gateway.url("/")).await.unwrap_err();
        assert!(matches!(error, Error::Denied(Denial::Gateway(_))), "{own}: {error}");
    }
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn the_next_address_is_tried_if_one_does_not_listen() {
    let server = Server::saying(|_, _| ok("second")).await;
    let named = format!("archive.example:{}", server.address.port());
    let mut setup = Setup::granting(&[&named]).names(|_| vec![ip("127.0.0.3"), LOOPBACK]);
    setup.addresses = vec!["127.0.0.0/8".to_owned()];
    let answer = get(&setup.egress(), &format!("http://{named}/")).await;
    assert_eq!(text(answer).await, "second");
}

#[tokio::test]
async fn a_name_without_address_is_said_to_be_one() {
    let egress = Setup::granting(&["archive.example:80"]).egress();
    let error = get(&egress, "http://archive.example/").await.unwrap_err();
    let Error::Unavailable { reason, .. } = &error else { panic!("{error}") };
    assert_eq!(*reason, OutageReason::UnresolvedName);
    assert_eq!(egress.metrics().counts().retries, 0, "asking again would not help");
}

#[tokio::test]
async fn the_systems_resolver_knows_localhost_and_its_answer_is_checked() {
    let network = crate::egress::Network::new(vec![], vec![]);
    let addresses = network.resolve("localhost").await.unwrap();
    assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
}
