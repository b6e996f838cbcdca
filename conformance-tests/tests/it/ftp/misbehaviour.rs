//! What hostile servers get: typed errors, and never a part given as a whole.

use std::sync::{Arc, Mutex};

use archway_core::Error;

use super::hostile::{FILE_BYTES, Hostility, Server};
use super::{Setup, pattern};

async fn against(hostility: Hostility) -> (Server, super::Ftp) {
    let server = Server::start(hostility).await;
    let ftp = Setup { limits: LIMITS.into(), ..Setup::of(server.url()) }.open().await;
    (server, ftp)
}

const LIMITS: &str = "wall_ms = 20000";

#[tokio::test]
async fn the_server_itself_is_sound() {
    let (_server, ftp) = against(Hostility::None).await;
    assert_eq!(ftp.paths().await.unwrap(), ["f"]);
    let (bytes, total) = ftp.bytes("f", 0).await.unwrap();
    assert!(bytes == pattern(FILE_BYTES) && total == Some(FILE_BYTES as u64));
}

#[tokio::test]
async fn the_address_in_a_reply_to_pasv_leads_nobody_astray() {
    let (server, ftp) = against(Hostility::ForeignHost).await;
    assert_eq!(ftp.paths().await.unwrap(), ["f"], "the control connection's own address is taken");
    assert_eq!(ftp.bytes("f", 10).await.unwrap().0, pattern(FILE_BYTES)[10..]);
    assert_eq!(*server.lured.lock().unwrap(), 0);
}

#[tokio::test]
async fn a_port_of_the_machines_services_is_not_connected_to() {
    let (_server, ftp) = against(Hostility::LowPort).await;
    let failure = ftp.paths().await.unwrap_err();
    assert!(matches!(failure, Error::NotGranted { .. }), "{failure:?}");
}

#[tokio::test]
async fn replies_and_listings_without_an_end_are_errors() {
    let failed = |error: &Error| matches!(error, Error::Upstream { .. });
    let exhausted = |error: &Error| matches!(error, Error::Exhausted { .. });
    type Kind<'a> = &'a dyn Fn(&Error) -> bool;
    let cases: [(Hostility, Kind<'_>); 7] = [
        (Hostility::Banner, &failed),
        (Hostility::EndlessBanner, &failed),
        (Hostility::EndlessListing, &exhausted),
        (Hostility::EndlessLine, &failed),
        (Hostility::ListingAborted, &failed),
        (Hostility::ListingLost, &failed),
        (Hostility::Http, &failed),
    ];
    for (hostility, kind) in cases {
        let (_server, ftp) = against(hostility).await;
        let failure = ftp.paths().await.unwrap_err();
        assert!(kind(&failure), "{hostility:?}: {failure:?}");
    }
}

#[tokio::test]
async fn a_full_server_is_an_outage() {
    let (_server, ftp) = against(Hostility::Full).await;
    let failure = ftp.paths().await.unwrap_err();
    let Error::Upstream { reason, .. } = &failure else { panic!("{failure:?}") };
    assert!(reason.contains("421"), "{reason}");
}

#[tokio::test]
async fn names_that_cannot_be_one_are_refused_one_by_one_and_said_in_the_log() {
    let server = Server::start(Hostility::Names).await;
    let log = Arc::new(Mutex::new(Vec::new()));
    let setup = Setup { log: Some(Arc::clone(&log)), ..Setup::of(server.url()) };
    let ftp = setup.open().await;
    let paths = ftp.paths().await.unwrap();
    // `a` is the first half of a name with a line break; opening it will tell.
    assert_eq!(paths, ["a", "broken \u{efff}\u{effe}", "f"]);
    let log = log.lock().unwrap();
    let line = log.iter().find(|line| line.contains("not understood"));
    let line = line.unwrap_or_else(|| panic!("{log:?}"));
    assert!(line.contains("(\"refused\", \"8\")"), "{line}");
}

#[tokio::test]
async fn a_transfer_that_is_not_whole_is_never_given_as_whole() {
    let cases = [
        Hostility::Aborted,
        Hostility::Short,
        Hostility::Gone,
        Hostility::Long,
        Hostility::Changed,
        Hostility::Touched,
    ];
    for hostility in cases {
        let (_server, ftp) = against(hostility).await;
        let failure = ftp.bytes("f", 0).await.unwrap_err();
        assert!(matches!(failure, Error::Upstream { .. }), "{hostility:?}: {failure:?}");
    }
}
