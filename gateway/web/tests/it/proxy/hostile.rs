//! Requests that a page elsewhere, or somebody with a raw socket, would like to pass.

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::labs::Application;
use super::world::{World, from_page, navigate};

#[tokio::test]
async fn what_a_foreign_page_asks_for_does_not_reach_the_lab() {
    let mut world = World::new().await;
    let application = Application::default();
    let endpoint = application.on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let cases = [
        ("a form elsewhere", "POST", Some("http://evil.example"), Some("cross-site")),
        ("the portal itself", "POST", Some("http://localhost:8470"), Some("cross-site")),
        ("another lab", "DELETE", Some("http://b2.localhost:8470"), Some("same-site")),
        ("a sandboxed frame", "PUT", Some("null"), Some("cross-site")),
        ("nobody says who", "PATCH", None, None),
        ("a script of another lab", "GET", None, Some("same-site")),
        ("a method of its own", "BREW", Some("http://evil.example"), None),
    ];
    for (name, method, origin, site) in cases {
        let mut request = from_page(method, "a1", "/api", &cookie);
        for (header, value) in [("origin", origin), ("sec-fetch-site", site)] {
            match value {
                Some(value) => drop(request.headers_mut().insert(header, value.parse().unwrap())),
                None => drop(request.headers_mut().remove(header)),
            }
        }
        let answer = world.ask(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "case: {name}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "case: {name}");
    }
    assert!(application.asked().is_empty(), "{:?}", application.asked());
    let own = world.ask(from_page("POST", "a1", "/api", &cookie)).await;
    assert_eq!(own.status, StatusCode::OK);
}

#[tokio::test]
async fn methods_that_show_what_was_sent_are_refused() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let answer = world.ask(from_page("TRACE", "a1", "/", &cookie)).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn pages_repeat_nothing_of_the_request() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let urls = [
        "http://a1.localhost:8470/xyzzy?xyzzy=xyzzy",
        "http://a1.localhost:8470/.archway/xyzzy",
        "http://a1.localhost:8470/.archway/enter?code=xyzzy&to=xyzzy",
        "http://xyzzy!.localhost:8470/",
    ];
    for url in urls {
        let mut request = navigate(url);
        request.headers_mut().insert("referer", "xyzzy".parse().unwrap());
        let answer = world.ask(request).await;
        assert!(answer.status.is_client_error(), "{url}");
        assert!(!answer.text().contains("xyzzy"), "{url}: {}", answer.text());
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    }
}

/// Sends bytes as they are; everything that comes back until the gateway closes.
async fn raw(world: &World, bytes: &str) -> String {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn no_request_is_smuggled_in_the_body_of_another() {
    let mut world = World::new().await;
    let application = Application::default();
    let endpoint = application.on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: a1.localhost:8470\r\n\r\n";
    let length = smuggled.len() + 5;
    let lengths = [
        // Read as chunks: a body of nothing, and the connection ends.
        (
            "length before chunks",
            format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
            "200",
        ),
        (
            "chunks before length",
            format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"),
            "200",
        ),
        ("two lengths", format!("content-length: 0\r\ncontent-length: {length}\r\n"), "400"),
        ("two lengths in one", format!("content-length: 0, {length}\r\n"), "400"),
        ("a signed length", "content-length: +5\r\n".to_owned(), "400"),
        ("an unknown coding", "transfer-encoding: xchunked\r\n".to_owned(), "400"),
        ("chunks that are not last", "transfer-encoding: chunked, identity\r\n".to_owned(), "400"),
        ("a space before the colon", "transfer-encoding : chunked\r\n".to_owned(), "400"),
        ("a folded line", "transfer-encoding:\r\n chunked\r\n".to_owned(), "400"),
        (
            "a bare line feed in a name",
            "x: 1\ntransfer-encoding\r\n: chunked\r\n".to_owned(),
            "400",
        ),
    ];
    for (name, headers, expected) in lengths {
        application.asked.lock().unwrap().clear();
        let request = format!(
            "POST /outer HTTP/1.1\r\nhost: a1.localhost:8470\r\norigin: http://a1.localhost:8470\r\n\
             cookie: {cookie}\r\n{headers}\r\n0\r\n\r\n{smuggled}"
        );
        let answer = raw(&world, &request).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert_eq!(status, expected, "case: {name}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "case: {name}: {answer}");
        let asked = application.asked();
        assert!(asked.iter().all(|line| line == "POST /outer"), "case: {name}: {asked:?}");
    }
}

#[tokio::test]
async fn a_request_for_two_hosts_is_for_none() {
    let mut world = World::new().await;
    let application = Application::default();
    let endpoint = application.on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let cases = [
        ("two headers", "GET / HTTP/1.1\r\nhost: a1.localhost:8470\r\nhost: b2.localhost:8470"),
        ("target and header", "GET http://a1.localhost:8470/ HTTP/1.1\r\nhost: b2.localhost:8470"),
    ];
    for (name, head) in cases {
        let request = format!("{head}\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n");
        let answer = raw(&world, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "case: {name}: {answer}");
    }
    assert!(application.asked().is_empty());
    let whole = format!(
        "GET http://a1.localhost:8470/x HTTP/1.1\r\nhost: a1.localhost:8470\r\ncookie: {cookie}\r\n\
         connection: close\r\n\r\n"
    );
    assert!(raw(&world, &whole).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(application.asked(), ["GET /x"], "the lab gets the path alone");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let world = World::new().await;
    let long = "x".repeat(40_000);
    let request = format!("GET / HTTP/1.1\r\nhost: a1.localhost:8470\r\nx: {long}\r\n\r\n");
    let answer = raw(&world, &request).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}
