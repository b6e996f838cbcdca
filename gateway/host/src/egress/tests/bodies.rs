//! Bodies: pulled, counted, unpacked, and let go.

use std::time::Duration;

use async_compression::tokio::write::{DeflateEncoder, GzipEncoder, ZlibEncoder};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::server::{Act, Server, ok, status, with};
use super::{Setup, get, read_all, soon, text};
use crate::egress::{Error, Limit, OutageReason, Request};

const MIB: usize = 1024 * 1024;

async fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzipEncoder::new(Vec::new());
    encoder.write_all(content).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

/// Text that packs like text: about 3 to 1.
fn prose() -> Vec<u8> {
    (0..40_000u32)
        .flat_map(|i| format!("{},", i.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[tokio::test]
async fn packed_bodies_are_unpacked_and_their_headers_hidden() {
    let prose = prose();
    let mut zlib = ZlibEncoder::new(Vec::new());
    let mut bare = DeflateEncoder::new(Vec::new());
    zlib.write_all(&prose).await.unwrap();
    zlib.shutdown().await.unwrap();
    bare.write_all(&prose).await.unwrap();
    bare.shutdown().await.unwrap();
    let (once, half) = (gzip(&prose).await, prose.len() / 2);
    let twice = [gzip(&prose[..half]).await, gzip(&prose[half..]).await].concat();
    let cases = [
        ("gzip", "gzip", once.clone()),
        ("x-gzip", "X-GZIP", once),
        ("gzip in two members", "gzip", twice),
        ("deflate as the standard says", "deflate", zlib.into_inner()),
        ("deflate as some servers do it", "deflate", bare.into_inner()),
        ("identity", "identity", prose.clone()),
    ];
    for (name, coding, body) in cases {
        let server = Server::saying(move |_, _| {
            with("200 OK", &[&format!("Content-Encoding: {coding}")], &body)
        })
        .await;
        let egress = Setup::granting(&[server.address]).egress();
        let mut response = get(&egress, &server.url("/")).await.unwrap();
        assert_eq!(read_all(&mut response).await.unwrap(), prose, "case: {name}");
        let shown = response.header_value("content-length").is_some();
        assert_eq!(shown, coding == "identity", "case: {name}");
    }
}

#[tokio::test]
async fn a_packing_that_is_none_or_not_known_is_malformed() {
    let whole = gzip(&prose()).await;
    let cut = whole[..whole.len() / 2].to_vec();
    let cases: [(&str, &str, Vec<u8>); 4] = [
        ("not gzip at all", "gzip", b"<html>".to_vec()),
        ("gzip cut short", "gzip", cut),
        ("a coding not asked for", "br", b"x".to_vec()),
        ("packed twice", "gzip, gzip", gzip(&whole).await),
    ];
    for (name, coding, body) in cases {
        let server = Server::saying(move |_, _| {
            with("200 OK", &[&format!("Content-Encoding: {coding}")], &body)
        })
        .await;
        let egress = Setup::granting(&[server.address]).egress();
        let error = match get(&egress, &server.url("/")).await {
            Ok(mut response) => read_all(&mut response).await.unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(error, Error::Malformed { .. }), "case: {name}: {error:?}");
    }
}

#[tokio::test]
async fn a_body_that_says_gzip_and_is_empty_is_empty() {
    let server = Server::saying(|_, _| with("200 OK", &["Content-Encoding: gzip"], b"")).await;
    let egress = Setup::granting(&[server.address]).egress();
    assert_eq!(text(get(&egress, &server.url("/")).await).await, "");
}

#[tokio::test]
async fn a_bomb_is_cut_by_its_ratio() {
    let bomb = gzip(&vec![0; 8 * MIB]).await;
    let server =
        Server::saying(move |_, _| with("200 OK", &["Content-Encoding: gzip"], &bomb)).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut response = get(&egress, &server.url("/")).await.unwrap();
    let mut given = 0;
    let error = loop {
        match response.read(MIB, soon()).await {
            Ok(piece) if piece.is_empty() => panic!("it came to its end after {given} bytes"),
            Ok(piece) => given += piece.len(),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, Error::Exhausted { limit: Limit::BytesReceived, allowed: None, .. }),
        "{error}"
    );
    assert!(given <= 2 * MIB, "{given} bytes were given before the cut");
}

#[tokio::test]
async fn a_packed_body_is_cut_by_its_unpacked_size() {
    let packed = gzip(&prose()).await;
    let limit = packed.len() as u64 + 1;
    let server =
        Server::saying(move |_, _| with("200 OK", &["Content-Encoding: gzip"], &packed)).await;
    let egress =
        Setup::granting(&[server.address]).limits(|limits| limits.response_bytes = limit).egress();
    let error = read_all(&mut get(&egress, &server.url("/")).await.unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Exhausted { allowed, .. } if allowed == Some(limit)), "{error}");
}

#[tokio::test]
async fn a_packed_body_that_unpacks_to_nothing_for_ever_is_cut() {
    let server = Server::acting(|_, _| {
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n\x78\x01";
        // Stored blocks of no bytes, none of them the last (RFC 1951, 3.2.4).
        Act::Flood(head.into(), [0, 0, 0, 0xff, 0xff].repeat(1000))
    })
    .await;
    let egress =
        Setup::granting(&[server.address]).limits(|limits| limits.response_bytes = 99_999).egress();
    let error = read_all(&mut get(&egress, &server.url("/")).await.unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Exhausted { allowed: Some(99_999), .. }), "{error}");
    server.until_left().await;
}

#[tokio::test]
async fn an_endless_body_is_cut_and_its_connection_closed() {
    let server = Server::acting(|_, _| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        Act::Flood(head.into(), chunk.into())
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut request = Request::get(server.url("/"));
    request.max_bytes = Some(100_000);
    let mut response = egress.send(&request, soon()).await.unwrap();
    let error = read_all(&mut response).await.unwrap_err();
    assert!(matches!(error, Error::Exhausted { allowed: Some(100_000), .. }), "{error}");
    assert_eq!(response.read(1, soon()).await.unwrap_err(), error, "it stays cut");
    server.until_left().await;
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes() {
    let server = Server::saying(|_, _| ok("12345")).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut request = Request::get(server.url("/"));
    request.max_bytes = Some(5);
    assert_eq!(text(egress.send(&request, soon()).await).await, "12345");
    request.max_bytes = Some(4);
    request.caller = "another".to_owned();
    let mut response = egress.send(&request, soon()).await.unwrap();
    assert!(read_all(&mut response).await.is_err());
}

#[tokio::test]
async fn a_read_gives_no_more_than_it_is_asked_for() {
    let server = Server::saying(|_, _| ok("123456789")).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut response = get(&egress, &server.url("/")).await.unwrap();
    let mut pieces = Vec::new();
    while let Ok(piece) = response.read(4, soon()).await
        && !piece.is_empty()
    {
        pieces.push(piece);
    }
    assert_eq!(pieces, ["1234", "5678", "9"]);
}

#[tokio::test]
async fn a_response_that_is_dropped_closes_its_connection() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin";
    let server = Server::acting(move |_, _| Act::SayAndStay(head.into())).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut response = get(&egress, &server.url("/")).await.unwrap();
    assert_eq!(response.read(100, soon()).await.unwrap(), "begin");
    drop(response);
    server.until_left().await;
}

#[tokio::test]
async fn a_request_that_is_dropped_closes_its_connection() {
    let server = Server::acting(|_, _| Act::SayAndStay(vec![])).await;
    let egress = Setup::granting(&[server.address]).egress();
    let (request, url) = (Request::get(server.url("/")), server.url("/"));
    let pending = egress.start(&request, soon()).unwrap();
    tokio::select! {
        _ = pending => panic!("{url} never answers"),
        () = server.until_asked(1) => {}
    }
    server.until_left().await;
}

#[tokio::test]
async fn nothing_is_taken_from_the_network_before_it_is_asked_for() {
    let server = Server::acting(|_, _| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
        Act::Flood(head.into(), vec![b'x'; 64 * 1024])
    })
    .await;
    let other = Server::saying(|_, _| ok("other")).await;
    let egress = Setup::granting(&[server.address, other.address]).egress();
    let mut response = get(&egress, &server.url("/")).await.unwrap();
    for n in 0..200 {
        assert_eq!(text(get(&egress, &other.url(&format!("/{n}"))).await).await, "other");
    }
    // hyper's buffer and the kernel's on both sides hold this much at most.
    let taken = server.flooded_bytes();
    assert!(taken < 16 * MIB, "{taken} bytes were taken although nobody asked");
    assert_eq!(response.read(1, soon()).await.unwrap(), "x");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_lost_connection() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin";
    let server = Server::acting(move |_, _| Act::SayAndClose(head.into())).await;
    let egress = Setup::granting(&[server.address]).egress();
    let error = read_all(&mut get(&egress, &server.url("/")).await.unwrap()).await.unwrap_err();
    let Error::Unavailable { reason, .. } = error else { panic!("{error}") };
    assert_eq!(reason, OutageReason::ConnectionLost);
}

#[tokio::test]
async fn silence_ends_at_the_deadline_in_the_head_and_after_the_idle_time_in_the_body() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    for (name, said) in
        [("no head", ""), ("half a head", "HTTP/1.1 200 OK\r\nConte"), ("no body", head)]
    {
        let server = Server::acting(move |_, _| Act::SayAndStay(said.into())).await;
        let egress = Setup::granting(&[server.address]).egress();
        let url = server.url("/");
        let asking = tokio::spawn(async move {
            let mut response = get(&egress, &url).await?;
            read_all(&mut response).await
        });
        server.until_asked(1).await;
        // From here on only time can pass.
        tokio::time::pause();
        let began = Instant::now();
        let error = asking.await.unwrap().unwrap_err();
        let waited = began.elapsed();
        tokio::time::resume();
        let Error::Unavailable { reason, .. } = error else { panic!("case: {name}: {error}") };
        assert_eq!(reason, OutageReason::TimedOut, "case: {name}");
        let idle = name == "no body";
        assert_eq!(waited < Duration::from_secs(45), idle, "case: {name}: {waited:?}");
        server.until_left().await;
    }
}

#[tokio::test]
async fn what_is_not_http_is_malformed() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(2 * MIB));
    for (name, said) in [("an FTP greeting", "220 ready\r\n".to_owned()), ("an endless head", long)]
    {
        let server = Server::acting(move |_, _| Act::SayAndClose(said.clone().into())).await;
        let egress = Setup::granting(&[server.address]).egress();
        let error = get(&egress, &server.url("/")).await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "case: {name}: {error:?}");
        assert_eq!(server.asked().len(), 1, "case: {name}: asking again would not help");
    }
}

#[tokio::test]
async fn a_range_is_asked_for_unpacked() {
    let server = Server::saying(|_, _| status("206 Partial Content", "part")).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut request = Request::get(server.url("/"));
    request.range = Some(crate::egress::ByteRange { offset: 100, length: Some(4) });
    assert_eq!(text(egress.send(&request, soon()).await).await, "part");
    let asked = server.asked()[0].clone();
    assert!(asked.contains("range: bytes=100-103\r\n"), "{asked}");
    assert!(asked.contains("accept-encoding: identity\r\n"), "{asked}");
}
