//! The cache as an archive sees it.

use std::time::Duration;

use super::server::{Act, Server, with};
use super::{Setup, get, soon, text};
use crate::egress::{Egress, Header, Request};

async fn ask(egress: &Egress, url: &str, caller: &str, headers: &[(&str, &str)]) -> String {
    let mut request = Request::get(url);
    request.caller = caller.to_owned();
    let header = |(name, value): &(&str, &str)| Header {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    request.headers = headers.iter().map(header).collect();
    text(egress.send(&request, soon()).await).await
}

#[tokio::test]
async fn what_may_be_kept_is_asked_for_once() {
    let cases: [(&str, &[&str], usize); 10] = [
        ("a lifetime", &["Cache-Control: max-age=60"], 1),
        ("a lifetime for shared caches", &["Cache-Control: max-age=0, s-maxage=60"], 1),
        ("nothing said", &[], 2),
        ("too old already", &["Cache-Control: max-age=60", "Age: 61"], 2),
        ("private", &["Cache-Control: private, max-age=60"], 2),
        ("not to be stored", &["Cache-Control: no-store, max-age=60"], 2),
        ("to be asked again", &["Cache-Control: no-cache, max-age=60", "ETag: \"1\""], 2),
        ("a cookie", &["Cache-Control: max-age=60", "Set-Cookie: a=b"], 2),
        ("varying on everything", &["Cache-Control: max-age=60", "Vary: *"], 2),
        ("varying on what is in the key", &["Cache-Control: max-age=60", "Vary: Accept"], 1),
    ];
    for (name, headers, expected) in cases {
        let server = Server::saying(move |_, _| with("200 OK", headers, b"kept?")).await;
        let egress = Setup::granting(&[server.address]).egress();
        for _ in 0..2 {
            assert_eq!(text(get(&egress, &server.url("/")).await).await, "kept?", "case: {name}");
        }
        assert_eq!(server.asked().len(), expected, "case: {name}");
    }
}

#[tokio::test]
async fn a_stale_answer_is_kept_if_the_archive_says_it_still_holds() {
    let server = Server::saying(|n, _| match n {
        0 => with(
            "200 OK",
            &[
                "Cache-Control: max-age=60",
                "ETag: \"v1\"",
                "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT",
            ],
            b"first",
        ),
        1 => b"HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\nCache-Control: max-age=60\r\n\r\n"
            .to_vec(),
        _ => with("200 OK", &["ETag: \"v2\""], b"second"),
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    let url = server.url("/");
    let a_minute_later = async || {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(61)).await;
        tokio::time::resume();
    };
    assert_eq!(ask(&egress, &url, "", &[]).await, "first");
    a_minute_later().await;
    assert_eq!(ask(&egress, &url, "", &[]).await, "first");
    let asked = server.asked()[1].clone();
    assert!(asked.contains("if-none-match: \"v1\"\r\n"), "{asked}");
    assert!(asked.contains("if-modified-since: Wed, 21 Oct 2015 07:28:00 GMT\r\n"), "{asked}");
    assert_eq!(ask(&egress, &url, "", &[]).await, "first");
    assert_eq!(server.asked().len(), 2, "it is fresh again");
    a_minute_later().await;
    assert_eq!(ask(&egress, &url, "", &[]).await, "second");
    let counts = egress.metrics().counts();
    assert_eq!((counts.cache_fresh, counts.cache_revalidated), (1, 1));
}

#[tokio::test]
async fn an_answer_is_given_to_the_same_question_only() {
    let server = Server::saying(|n, _| {
        with("200 OK", &["Cache-Control: max-age=60"], n.to_string().as_bytes())
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    let url = server.url("/?a=1");
    assert_eq!(ask(&egress, &url, "anyone", &[]).await, "0");
    assert_eq!(ask(&egress, &url, "anyone", &[]).await, "0");
    assert_eq!(ask(&egress, &url, "staff", &[]).await, "1", "another class of callers");
    assert_eq!(ask(&egress, &server.url("/?a=2"), "anyone", &[]).await, "2", "another URL");
    assert_eq!(ask(&egress, &url, "anyone", &[("accept", "text/csv")]).await, "3");
    assert_eq!(ask(&egress, &url, "anyone", &[("cache-control", "no-store")]).await, "4");
    assert_eq!(ask(&egress, &url, "anyone", &[("if-none-match", "\"x\"")]).await, "5");
    assert_eq!(ask(&egress, &url, "anyone", &[("cache-control", "no-cache")]).await, "6");
    assert_eq!(ask(&egress, &url, "anyone", &[]).await, "6", "the newer one is kept");
}

#[tokio::test]
async fn what_nobody_has_read_is_kept_and_what_is_too_long_is_not() {
    let server = Server::acting(|n, asked| {
        let kept = &["Cache-Control: max-age=60"];
        let long = "x".repeat(3000);
        if asked.starts_with("GET /long") {
            Act::Say(with("200 OK", kept, long.as_bytes()))
        } else if asked.starts_with("GET /endless") {
            let head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\n";
            Act::SayAndClose([head.as_bytes(), long.as_bytes()].concat())
        } else {
            Act::Say(with("200 OK", kept, format!("answer {n}").as_bytes()))
        }
    })
    .await;
    let egress = Setup::granting(&[server.address])
        .limits(|limits| limits.cached_body_bytes = 2999)
        .egress();
    drop(get(&egress, &server.url("/")).await.unwrap());
    assert_eq!(text(get(&egress, &server.url("/")).await).await, "answer 0");
    assert_eq!(server.asked().len(), 1);
    for path in ["/long", "/endless"] {
        let before = server.asked().len();
        for _ in 0..2 {
            assert_eq!(text(get(&egress, &server.url(path)).await).await, "x".repeat(3000));
        }
        assert_eq!(server.asked().len(), before + 2, "case: {path}");
    }
}
