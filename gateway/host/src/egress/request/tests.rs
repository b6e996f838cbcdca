//! What a plugin may write, and what is refused by name.

use bytes::Bytes;

use super::{Body, ByteRange, Header, Hop, Part, Request};
use crate::egress::error::{Error, Limit};

fn check(change: impl FnOnce(&mut Request)) -> Result<Hop, Error> {
    let mut request = Request::get("https://archive.example/");
    change(&mut request);
    Hop::check(&request, 1000)
}

fn header(name: &str, value: &str) -> Result<Hop, Error> {
    check(|request| {
        request.headers.push(Header { name: name.to_owned(), value: value.to_owned() });
    })
}

/// The part that is refused.
fn part(outcome: Result<Hop, Error>) -> String {
    match outcome {
        Err(Error::Invalid { part, .. }) => part,
        other => panic!("{other:?}"),
    }
}

#[test]
fn headers_of_the_broker_are_refused_by_name() {
    for name in [
        "Host",
        "authorization",
        "AUTHORIZATION",
        "Cookie",
        "Proxy-Authorization",
        "proxy-connection",
        "Connection",
        "keep-alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Content-Length",
        "Expect",
        "User-Agent",
        "X-Forwarded-For",
        "Forwarded",
        "Via",
    ] {
        assert_eq!(part(header(name, "x")), format!("header `{name}`"), "case: {name}");
    }
    for name in ["Accept", "If-None-Match", "X-Archive-Token", "Content-Type", "Range"] {
        assert!(header(name, "x").is_ok(), "case: {name}");
    }
}

#[test]
fn line_breaks_and_their_kin_are_refused_everywhere() {
    for text in ["a\r\nHost: evil", "a\nb", "a\rb", "a\0b", "a\u{7f}"] {
        assert_eq!(part(header("accept", text)), "header `accept`", "case: {text:?}");
        assert!(header(&format!("x-{text}"), "v").is_err(), "case: {text:?}");
        let url = format!("https://archive.example/{text}");
        assert_eq!(part(check(|request| request.url = url)), "url", "case: {text:?}");
        assert_eq!(part(check(|request| request.method = text.to_owned())), "method");
        let body = Body::Bytes { media_type: text.to_owned(), content: Bytes::new() };
        assert!(check(|request| request.body = body).is_err(), "case: {text:?}");
        let part = Part {
            name: "a".to_owned(),
            file_name: None,
            media_type: Some(text.to_owned()),
            content: Bytes::new(),
        };
        assert!(check(|request| request.body = Body::Multipart(vec![part])).is_err());
    }
    assert!(check(|request| request.url = "https://archive.example/\ta".to_owned()).is_err());
}

#[test]
fn urls_that_lead_elsewhere_than_they_say_are_refused() {
    for url in [
        "ftp://archive.example/",
        "file:///etc/passwd",
        "archive.example",
        "",
        "https://",
        "https://user@archive.example/",
        "https://user:pass@archive.example/",
        "https://:pass@archive.example/",
        "javascript:alert(1)",
        "https://[::1/",
    ] {
        assert_eq!(part(check(|request| request.url = url.to_owned())), "url", "case: {url}");
    }
    let long = format!("https://archive.example/{}", "x".repeat(70_000));
    assert_eq!(part(check(|request| request.url = long)), "url");
}

#[test]
fn methods_that_tunnel_or_echo_are_refused() {
    for method in ["CONNECT", "TRACE", "", "GET /", "G\u{e9}T"] {
        assert_eq!(part(check(|request| request.method = method.to_owned())), "method");
    }
    assert!(check(|request| request.method = "PROPFIND".to_owned()).is_ok());
}

#[test]
fn ranges_are_written_inclusive() {
    let range = |offset, length| {
        check(|request| request.range = Some(ByteRange { offset, length }))
            .map(|hop| hop.headers["range"].to_str().unwrap().to_owned())
    };
    assert_eq!(range(0, Some(1)).unwrap(), "bytes=0-0");
    assert_eq!(range(100, Some(50)).unwrap(), "bytes=100-149");
    assert_eq!(range(100, None).unwrap(), "bytes=100-");
    assert_eq!(part(check(|r| r.range = Some(ByteRange { offset: 5, length: Some(0) }))), "range");
    let over = Some(ByteRange { offset: u64::MAX, length: Some(2) });
    assert_eq!(part(check(|request| request.range = over)), "range");
}

#[test]
fn too_much_is_refused_with_what_is_allowed() {
    let content = Bytes::from(vec![0; 1001]);
    let body = Body::Bytes { media_type: "text/plain".to_owned(), content };
    let error = check(|request| request.body = body).unwrap_err();
    let expected = (Limit::BytesSent, Some(1000));
    assert!(
        matches!(error, Error::Exhausted { limit, allowed, .. } if (limit, allowed) == expected)
    );
    let many = |request: &mut Request| {
        request.headers =
            (0..65).map(|n| Header { name: format!("x-{n}"), value: String::new() }).collect();
    };
    assert!(matches!(check(many), Err(Error::Exhausted { .. })));
}

#[test]
fn a_multipart_body_cannot_be_broken_out_of() {
    let parts = vec![
        Part {
            name: "UPLOAD\"; filename=\"x\r\nX: y".to_owned(),
            file_name: Some("t.xml".to_owned()),
            media_type: Some("application/x-votable+xml".to_owned()),
            content: Bytes::from_static(b"<VOTABLE/>"),
        },
        Part {
            name: "LANG".to_owned(),
            file_name: None,
            media_type: None,
            content: Bytes::from_static(b"ADQL"),
        },
    ];
    let hop = check(|request| {
        request.method = "POST".to_owned();
        request.body = Body::Multipart(parts);
    })
    .unwrap();
    let media_type = hop.headers["content-type"].to_str().unwrap().to_owned();
    let boundary = media_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8(hop.body.to_vec()).unwrap();
    insta::assert_snapshot!(body.replace(boundary, "BOUNDARY").replace("\r\n", "\n"), @r#"
    --BOUNDARY
    Content-Disposition: form-data; name="UPLOAD%22; filename=%22x%0D%0AX: y"; filename="t.xml"
    Content-Type: application/x-votable+xml

    <VOTABLE/>
    --BOUNDARY
    Content-Disposition: form-data; name="LANG"

    ADQL
    --BOUNDARY--
    "#);
}
