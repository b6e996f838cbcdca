//! Each server does its harm, and notices when the client has had enough.

use std::io::{Read, Write};

use super::*;

/// Sends a request and reads at most `most` bytes; the socket closes then.
async fn ask(server: &HostileServer, most: u64) -> Vec<u8> {
    let address = server.address;
    tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        // A server that closes at once may reset the connection.
        let _ = stream.take(most).read_to_end(&mut answer);
        answer
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn every_hostility_is_what_it_says_and_lets_go() {
    // what, bytes to read, what must be among them
    let cases = [
        (Hostility::CloseAtOnce, 9, ""),
        (Hostility::SlowLoris, 1, "H"),
        (Hostility::EndlessHeaders, 100_000, "X-More: and more\r\nX-More"),
        (Hostility::EndlessBody, 1_000_000, "</TR>\n<TR>"),
        (Hostility::WrongGzip, 9999, "Content-Encoding: gzip"),
        (Hostility::TruncatedVotable, 9999, "<TR><TD>cut o"),
        (Hostility::EntityBomb, 9999, "&e8;&e8;"),
        (Hostility::ManyAttributes, 999_999, " a39999=\"\"/>"),
        (Hostility::DeepNesting, 9_999_999, "<RESOURCE><RESOURCE>"),
        (
            Hostility::RedirectTo("http://169.254.169.254/".into()),
            9999,
            "Location: http://169.254.169.254/\r\n",
        ),
        (Hostility::RedirectLoop, 9999, "/again"),
    ];
    for (hostility, most, expected) in cases {
        let server = HostileServer::start(hostility.clone()).await;
        let answer = ask(&server, most).await;
        assert!(String::from_utf8_lossy(&answer).contains(expected), "{hostility:?}");
        assert!(server.all_closed_within(Duration::from_secs(20)).await, "{hostility:?}");
        assert_eq!(server.connections_seen(), 1);
    }
}

#[tokio::test]
async fn a_silent_server_holds_its_socket_until_the_client_goes() {
    let server = HostileServer::start(Hostility::Silent).await;
    let mut client = TcpStream::connect(server.address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(server.connected_within(Duration::from_secs(20)).await);
    assert_eq!(server.connections_open(), 1);
    drop(client);
    assert!(server.all_closed_within(Duration::from_secs(20)).await);
}

#[tokio::test]
async fn the_bomb_is_gzip_and_grows_a_thousandfold() {
    let server = HostileServer::start(Hostility::DecompressionBomb).await;
    let answer = ask(&server, 100_000).await;
    let body = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let mut grown = Vec::new();
    let reader = flate2::read::GzDecoder::new(&answer[body..]);
    // Cut short, so the decoder ends with an error after what it could read.
    let _ = reader.take(64 * 1024 * 1024).read_to_end(&mut grown);
    assert!(grown.starts_with(b"<?xml") && grown.len() > 50_000_000, "{}", grown.len());
}
