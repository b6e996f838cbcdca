//! What a lab may say to the proxy, and what comes of it.

use std::sync::Arc;

use archway_core::labs::LabId;
use async_trait::async_trait;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::*;

/// A far end that sends back what it gets, or refuses.
struct Echo;

#[async_trait]
impl Dial for Echo {
    async fn dial(&self, host: &str, _: u16) -> Result<Box<dyn Wire>, String> {
        if host != "archive.test" {
            return Err(format!("`{host}` is not public"));
        }
        let (near, mut far) = tokio::io::duplex(4096);
        tokio::spawn(async move {
            let mut bytes = [0; 4096];
            let count = far.read(&mut bytes).await.unwrap_or(0);
            let said = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let said = said.replace("\r\n", "|");
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                said.len()
            );
            let _ = far.write_all(format!("{head}{said}").as_bytes()).await;
        });
        Ok(Box::new(near))
    }
}

async fn said(request: &str) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let socket = scratch.path().join("s");
    let egress = Egress::new(Arc::new(Echo), EgressRules::default());
    egress.serve(&LabId("a".into()), &socket).unwrap();
    let mut stream = UnixStream::connect(&socket).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_refused_in_words() {
    let cases = [
        ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", "400", "whole URL"),
        ("GET https://archive.test/ HTTP/1.1\r\nhost: a\r\n\r\n", "400", "CONNECT"),
        ("GET ftp://archive.test/ HTTP/1.1\r\nhost: a\r\n\r\n", "400", "CONNECT"),
        ("GET http://u:p@archive.test/ HTTP/1.1\r\nhost: a\r\n\r\n", "400", "password"),
        ("GET http://other.test/ HTTP/1.1\r\nhost: a\r\n\r\n", "403", "not public"),
        ("GET http://archive.test:22/ HTTP/1.1\r\nhost: a\r\n\r\n", "403", "port 22"),
        ("CONNECT archive.test HTTP/1.1\r\nhost: a\r\n\r\n", "400", "port"),
        ("CONNECT other.test:443 HTTP/1.1\r\nhost: a\r\n\r\n", "403", "not public"),
        ("CONNECT archive.test:25 HTTP/1.1\r\nhost: a\r\n\r\n", "403", "port 25"),
        ("nonsense\r\n\r\n", "400", ""),
    ];
    for (request, status, words) in cases {
        let answer = said(request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
        assert!(answer.contains(words), "{request}: {answer}");
    }
}

#[tokio::test]
async fn a_request_in_the_clear_is_passed_on_without_what_belongs_to_the_connection() {
    let answer = said(
        "GET http://Archive.test/a?b=c HTTP/1.1\r\nhost: forged.test\r\nproxy-authorization: x\r\n\
         connection: x-mine\r\nx-mine: 1\r\nx-kept: 2\r\n\r\n",
    )
    .await;
    let seen = answer.rsplit("\r\n\r\n").next().unwrap();
    assert!(seen.starts_with("GET /a?b=c HTTP/1.1|"), "{seen}");
    assert!(seen.contains("host: Archive.test|") && seen.contains("x-kept: 2|"), "{seen}");
    for gone in ["forged", "proxy-authorization", "x-mine"] {
        assert!(!seen.contains(gone), "{seen}");
    }
}

#[tokio::test]
async fn a_tunnel_carries_bytes_both_ways() {
    let scratch = tempfile::tempdir().unwrap();
    let socket = scratch.path().join("s");
    let egress = Egress::new(Arc::new(Echo), EgressRules::default());
    let lab = LabId("a".into());
    egress.serve(&lab, &socket).unwrap();
    egress.serve(&lab, &socket).unwrap();
    let mut stream = UnixStream::connect(&socket).await.unwrap();
    stream.write_all(b"CONNECT archive.test:443 HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut head = [0; 19];
    stream.read_exact(&mut head).await.unwrap();
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
    stream.write_all(b"hello").await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("\r\n\r\nhello"), "{rest}");
    egress.end(&lab);
    egress.serve(&lab, &socket).unwrap();
    assert!(UnixStream::connect(&socket).await.is_ok(), "the old socket is replaced");
}

proptest! {
    #[test]
    fn no_address_gives_a_host_with_a_password_or_none(text in "[ -~]{0,60}", tunnel: bool) {
        if let Ok(uri) = text.parse::<http::Uri>()
            && let Ok((host, _)) = exchange::target(&uri, tunnel)
        {
            prop_assert!(!host.is_empty() && !host.contains(['@', '/', ' ', '[']));
        }
    }
}
