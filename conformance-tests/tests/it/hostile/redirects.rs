//! Redirects to where nobody was allowed to go.

use archway_conformance::hostile_server::{HostileServer, Hostility};

use super::{against, hostile};
use crate::hostile::Attacked;

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_where_no_grant_leads_is_refused_with_the_missing_line() {
    let inside = HostileServer::start(Hostility::Silent).await;
    let not_granted =
        format!("add \"{}\" to grants.http in config/archives/hostile.toml", inside.address);
    for (case, url, words) in [
        ("a loopback port", format!("{}/secret", inside.url), not_granted.as_str()),
        ("a private address", "http://10.0.0.1/".to_owned(), "add \"10.0.0.1:80\" to grants.http"),
        (
            "the cloud's secrets",
            "http://169.254.169.254/latest".to_owned(),
            "add \"169.254.169.254:80\" to grants.http",
        ),
        (
            "another spelling of it",
            "http://2852039166/latest".to_owned(),
            "add \"169.254.169.254:80\" to grants.http",
        ),
    ] {
        against(case, Hostility::RedirectTo(url), "", "denied", words).await;
    }
    assert_eq!(inside.connections_seen(), 0, "nobody went there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_without_an_end_is_followed_five_times() {
    against("in a circle", Hostility::RedirectLoop, "", "error", "an answer after 5 redirects")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_a_file_is_no_redirect() {
    let server = HostileServer::start(Hostility::RedirectTo("file:///etc/passwd".into())).await;
    let attacked = Attacked::start(hostile(&server.url)).await;
    attacked.blames("a file", "error", "a redirect to an http or https URL").await;
}
