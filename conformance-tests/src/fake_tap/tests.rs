//! The fake does what it is told, and remembers.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;

/// Sends a GET and reads at most `most` bytes of the whole answer.
async fn ask(fake: &FakeTap, path: &str, most: u64) -> String {
    let host = fake.url.strip_prefix("http://").unwrap().to_owned();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A broken answer is what some replies are about.
        let _ = stream.take(most).read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn replies_come_in_order_and_the_last_one_stays() {
    let fake = FakeTap::start().await;
    fake.on_query("COUNT", [Reply::ok("text/csv", "n\n1\n")]);
    fake.on("/sync", [Reply::status(503), Reply::see_other("{url}/there")]);
    assert!(ask(&fake, "/sync", 9999).await.starts_with("HTTP/1.1 503"));
    for _ in 0..2 {
        let again = ask(&fake, "/sync", 9999).await;
        assert!(again.contains(&format!("location: {}/there", fake.url)), "{again}");
    }
    assert!(ask(&fake, "/sync?query=SELECT+COUNT(*)", 9999).await.ends_with("n\n1\n"));
    assert!(ask(&fake, "/other", 9999).await.starts_with("HTTP/1.1 404"));
    assert_eq!(fake.asked("/sync").len(), 4);
    assert_eq!(fake.asked("/sync")[3].parameter("QUERY"), "SELECT COUNT(*)");
}

#[tokio::test]
async fn bodies_come_in_pieces_without_end_or_broken() {
    let fake = FakeTap::start().await;
    let piece = |text: &'static str| (Duration::ZERO, Bytes::from_static(text.as_bytes()));
    fake.on("/pieces", [Reply::pieces("text/plain", [piece("one"), piece("two")])]);
    fake.on("/endless", [Reply::endless("text/plain", "x".repeat(1000))]);
    fake.on("/broken", [Reply::broken("text/plain", "short", 1000)]);
    let pieces = ask(&fake, "/pieces", 9999).await;
    assert!(pieces.contains("one") && pieces.contains("two"), "{pieces}");
    assert_eq!(ask(&fake, "/endless", 1_000_000).await.len(), 1_000_000);
    let broken = ask(&fake, "/broken", 9999).await;
    assert!(broken.contains("content-length: 1000") && broken.ends_with("short"), "{broken}");
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_answer() {
    let fake = FakeTap::start().await;
    fake.on("/hanging", [Reply::hanging("text/plain")]);
    let head = ask(&fake, "/hanging", 15).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    while fake.answers_open() > 0 {
        tokio::task::yield_now().await;
    }
}
