//! Redirects: every hop is a request of its own.

use super::server::{Server, ok, redirect};
use super::{Setup, get, read_all, soon, text};
use crate::egress::{Body, Error, Redirects, Request};
use crate::grants::Denial;

#[tokio::test]
async fn redirects_are_followed_and_the_last_url_is_said() {
    let server = Server::saying(|n, _| match n {
        0 => redirect(302, "/two?x=1"),
        1 => redirect(301, "three"),
        _ => ok("here"),
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut response = get(&egress, &server.url("/one")).await.unwrap();
    assert_eq!(response.final_url(), server.url("/three"));
    assert_eq!(read_all(&mut response).await.unwrap(), b"here");
}

#[tokio::test]
async fn a_redirect_comes_back_if_it_is_not_to_be_followed() {
    let server = Server::saying(|_, _| redirect(303, "/job/1")).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut request = Request::get(server.url("/async"));
    request.redirects = Redirects::Report;
    let response = egress.send(&request, soon()).await.unwrap();
    assert_eq!((response.status(), response.header_value("location")), (303, Some("/job/1")));
}

#[tokio::test]
async fn a_redirect_to_what_is_not_granted_is_refused() {
    let inside = Server::saying(|_, _| ok("secret")).await;
    let port = inside.address.port();
    let targets = [
        ("loopback", format!("http://127.0.0.1:{port}/")),
        ("loopback as a number", format!("http://2130706433:{port}/")),
        ("loopback in octal", format!("http://0177.0.0.1:{port}/")),
        ("loopback, mapped", format!("http://[::ffff:127.0.0.1]:{port}/")),
        ("loopback by name", format!("http://localhost:{port}/")),
        ("private", "http://10.0.0.1/".to_owned()),
        ("metadata", "http://169.254.169.254/latest/meta-data/".to_owned()),
        ("metadata as a number", "http://2852039166/latest/meta-data/".to_owned()),
        ("without a scheme", format!("//localhost:{port}/")),
        ("with a user", format!("http://archive.example@127.0.0.1:{port}/")),
        ("with a backslash", format!("http:\\\\127.0.0.1:{port}\\")),
    ];
    for (name, target) in targets {
        let server = Server::saying(move |_, _| redirect(302, &target)).await;
        let egress = Setup::granting(&[server.address]).egress();
        let error = get(&egress, &server.url("/")).await.unwrap_err();
        assert!(matches!(error, Error::Denied(Denial::Neither { .. })), "case: {name}: {error:?}");
    }
    assert!(inside.asked().is_empty(), "nothing arrived");
}

#[tokio::test]
async fn a_redirect_to_a_granted_name_that_leads_inside_is_refused() {
    let inside = Server::saying(|_, _| ok("secret")).await;
    let named = format!("mirror.example:{}", inside.address.port());
    let target = format!("http://{named}/");
    let server = Server::saying(move |_, _| redirect(307, &target)).await;
    let egress = Setup::granting(&[server.address.to_string(), named])
        .names(|_| vec!["127.0.0.1".parse().unwrap()])
        .egress();
    let error = get(&egress, &server.url("/")).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::SpecialAddress { .. })), "{error}");
    assert!(inside.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_to_another_protocol_is_malformed() {
    for target in ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/", "http://"] {
        let server = Server::saying(move |_, _| redirect(302, target)).await;
        let egress = Setup::granting(&[server.address]).egress();
        let error = get(&egress, &server.url("/")).await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "case: {target}: {error:?}");
    }
}

#[tokio::test]
async fn a_circle_ends_after_five_redirects() {
    let server = Server::saying(|n, _| redirect(302, &format!("/{n}"))).await;
    let egress = Setup::granting(&[server.address]).egress();
    let error = get(&egress, &server.url("/")).await.unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert_eq!(server.asked().len(), 6, "the request and five redirects");
}

#[tokio::test]
async fn a_form_becomes_a_get_after_303_and_stays_a_form_after_307() {
    for (status, expected) in [(303, "GET /job"), (302, "GET /job"), (307, "POST /job")] {
        let server = Server::saying(move |n, _| match n {
            0 => redirect(status, "/job"),
            _ => ok("done"),
        })
        .await;
        let egress = Setup::granting(&[server.address]).egress();
        let mut request = Request::get(server.url("/async"));
        request.method = "POST".to_owned();
        request.body = Body::Form(vec![("QUERY".to_owned(), "SELECT 1 = 1".to_owned())]);
        assert_eq!(text(egress.send(&request, soon()).await).await, "done");
        let asked = server.asked();
        assert!(asked[0].ends_with("\r\n\r\nQUERY=SELECT+1+%3D+1"), "{}", asked[0]);
        assert!(asked[1].starts_with(expected), "case: {status}: {}", asked[1]);
        assert_eq!(asked[1].contains("QUERY="), status == 307, "case: {status}");
    }
}
