//! The broker for downloads: what differs from that for questions.

use super::server::{Act, Server, ok, with};
use super::{Setup, get, read_all, soon, text};
use crate::egress::{Error, Request};

#[tokio::test]
async fn a_download_may_be_of_any_length_and_keeps_no_question_waiting() {
    let long = "x".repeat(100_000);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{long}");
    let slow = Server::acting(move |_, _| Act::SayAndStay(head.clone().into())).await;
    let body = "y".repeat(100_000);
    let server = Server::saying(move |_, _| ok(&body)).await;
    let egress = Setup::granting(&[slow.address, server.address])
        .limits(|limits| {
            limits.response_bytes = 1000;
            limits.concurrency = 1;
            limits.host_concurrency = 1;
            limits.downloads = 2;
        })
        .egress();
    let downloads = egress.for_downloads(None);
    let _open = get(&downloads, &slow.url("/")).await.unwrap();
    assert_eq!(text(get(&downloads, &server.url("/")).await).await.len(), 100_000);
    let asked = read_all(&mut get(&egress, &server.url("/")).await.unwrap()).await;
    assert!(matches!(asked, Err(Error::Exhausted { .. })), "a question has a limit, and a place");
    assert_eq!(egress.metrics().counts().requests, 3, "all are counted as the archive's");
}

#[tokio::test]
async fn a_packed_file_comes_as_it_is_and_a_packed_part_not_at_all() {
    let packed = b"\x1f\x8b not looked into".to_vec();
    let server = Server::saying(move |_, asked| {
        let status = if asked.contains("range:") { "206 Partial Content" } else { "200 OK" };
        with(status, &["Content-Encoding: gzip"], &packed)
    })
    .await;
    let downloads = Setup::granting(&[server.address]).egress().for_downloads(None);
    let mut response = get(&downloads, &server.url("/a.FITS.gz?x=1")).await.unwrap();
    assert!(read_all(&mut response).await.unwrap().starts_with(b"\x1f\x8b"));
    let mut request = Request::get(server.url("/a.fits"));
    request.range = Some(crate::egress::ByteRange { offset: 0, length: Some(5) });
    let refused = downloads.send(&request, soon()).await;
    assert!(matches!(refused, Err(Error::Malformed { .. })));
}
