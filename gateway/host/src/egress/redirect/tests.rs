//! Every kind of redirect, as a row.

use super::next;
use crate::credentials::Credentials;
use crate::egress::error::Error;
use crate::egress::request::{Body, Hop, Request};
use crate::grants::Denial;

fn hop(method: &str, url: &str) -> Hop {
    let mut request = Request::get(url);
    request.method = method.to_owned();
    request.credential = Some("slot".to_owned());
    if method == "POST" || method == "PUT" {
        request.body = Body::Form(vec![("a".to_owned(), "b".to_owned())]);
    }
    Hop::check(&request, 1000).unwrap()
}

#[test]
fn method_body_and_credential_follow_the_kind_of_redirect() {
    const HERE: &str = "https://a.example/x";
    const THERE: &str = "https://b.example/x";
    // Method asked, from, status, to; method sent, whether body and credential go along.
    let cases = [
        ("GET stays GET", "GET", HERE, 302, HERE, "GET", false, true),
        ("HEAD stays HEAD", "HEAD", HERE, 303, HERE, "HEAD", false, true),
        ("POST becomes GET on 301", "POST", HERE, 301, HERE, "GET", false, true),
        ("POST becomes GET on 302", "POST", HERE, 302, HERE, "GET", false, true),
        ("POST becomes GET on 303", "POST", HERE, 303, HERE, "GET", false, true),
        ("POST becomes GET elsewhere", "POST", HERE, 303, THERE, "GET", false, false),
        ("PUT becomes GET on 303", "PUT", HERE, 303, HERE, "GET", false, true),
        ("POST stays POST on 307", "POST", HERE, 307, HERE, "POST", true, true),
        ("PUT stays PUT on 308", "PUT", HERE, 308, HERE, "PUT", true, true),
        ("another host", "GET", HERE, 302, THERE, "GET", false, false),
        ("another port", "GET", HERE, 302, "https://a.example:8443/", "GET", false, false),
        ("a subdomain", "GET", HERE, 302, "https://x.a.example/", "GET", false, false),
        ("from http to https", "GET", "http://a.example/", 302, HERE, "GET", false, false),
        (
            "the default port spelt out",
            "GET",
            HERE,
            302,
            "https://a.example:443/",
            "GET",
            false,
            true,
        ),
        ("a relative path", "GET", HERE, 302, "../y?z=1#w", "GET", false, true),
        ("another case", "GET", HERE, 302, "HTTPS://A.EXAMPLE/", "GET", false, true),
    ];
    for (name, method, from, status, to, sent, body, credential) in cases {
        let next = next(&hop(method, from), status, to, &Credentials::default())
            .unwrap_or_else(|error| panic!("case: {name}: {error}"));
        assert_eq!(next.method.as_str(), sent, "case: {name}");
        assert_eq!(!next.body.is_empty(), body, "case: {name}");
        assert_eq!(next.headers.contains_key("content-type"), body, "case: {name}");
        assert_eq!(next.credential.is_some(), credential, "case: {name}");
        assert!(!next.url.as_str().contains('#'), "case: {name}");
    }
}

#[test]
fn what_must_not_be_followed_is_refused() {
    let denied = |method: &str, status, to: &str| match next(
        &hop(method, "https://a.example/x"),
        status,
        to,
        &Credentials::default(),
    ) {
        Err(Error::Denied(denial)) => denial,
        other => panic!("{method} {status} {to}: {other:?}"),
    };
    assert!(matches!(denied("GET", 302, "http://a.example/"), Denial::LeavesTls { .. }));
    assert!(matches!(denied("GET", 302, "http://a.example:443/"), Denial::LeavesTls { .. }));
    for (method, status, to) in [
        ("POST", 307, "https://b.example/"),
        ("POST", 308, "https://a.example:8443/"),
        ("PUT", 302, "/y"),
        ("PUT", 301, "https://b.example/"),
    ] {
        assert!(
            matches!(denied(method, status, to), Denial::ResendsBody { .. }),
            "case: {method} {status} {to}"
        );
    }
    for to in ["file:///etc/passwd", "javascript:1", "https://", "http://[::1", "data:,x"] {
        let outcome = next(&hop("GET", "https://a.example/"), 302, to, &Credentials::default());
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "case: {to}: {outcome:?}");
    }
}
