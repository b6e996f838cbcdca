//! Slow clients, clients that leave, and connections that break.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::origin::{Origin, bytes};
use super::{Files, sha256};

const MIB: u64 = 1024 * 1024;
/// What the kernel's and the gateway's buffers hold together: of two connections, both ends.
const BUFFERS: u64 = 64 * MIB;

/// A client that reads what it is told to and no more.
async fn client(files: &Files, id: &str) -> TcpStream {
    let url = files.url(id, "");
    let url = url::Url::parse(&url).unwrap();
    let address = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", url.path());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_stops_the_reading_and_one_that_leaves_ends_it() {
    let origin = Origin::start().await;
    let file = json!({ "url": origin.url(2048 * MIB) });
    let files = Files::of(file, &[&origin.address]).await;
    let mut stream = client(&files, "a").await;
    let mut piece = vec![0; 64 * 1024];
    stream.read_exact(&mut piece).await.unwrap();
    // Nothing more is taken once it is as much as before, three times.
    let (mut before, mut same) = (0, 0);
    while same < 3 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = origin.given_bytes();
        assert!(now < BUFFERS, "{now} bytes were taken for a client that reads none");
        same = if now == before { same + 1 } else { 0 };
        before = now;
    }
    assert!(files.metric("archway_downloads_open{archive=\"files\"} 1").await.ends_with('1'));
    drop(stream);
    assert!(origin.closed_within(Duration::from_secs(1)).await, "the archive still sends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_a_plugins_bytes_ends_the_plugin() {
    let files = Files::of(json!({ "url": format!("own:{}", 2048 * MIB) }), &[]).await;
    let mut stream = client(&files, "a").await;
    let mut piece = vec![0; 64 * 1024];
    stream.read_exact(&mut piece).await.unwrap();
    drop(stream);
    let closed = async {
        while !files.metric("archway_downloads_open{archive=\"files\"}").await.ends_with(" 0") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.expect("the download ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_is_gone_on_with_where_the_version_is_the_same() {
    let origin = Origin::start().await;
    let size = 3 * MIB;
    let all = bytes(0..size);
    let file = json!({ "url": origin.url(size), "sha256": sha256(&all) });
    let files = Files::of(file, &[&origin.address]).await;
    origin.break_after(MIB);
    let got = files.get("a", "", &[]).await;
    assert_eq!((got.status, got.whole), (200, true), "{}", got.detail());
    assert!(got.body == all);
    assert_eq!(origin.requests(), 2, "the rest was asked for");
}
