//! `archway:host/tcp` against a small FTP server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::tls::identity;
use super::{Setup, soon};
use crate::credentials::{LoginPart, Scheme, Secret, Slot};
use crate::egress::{Connection, Egress, Error, OutageReason, RefusalReason, Security};
use crate::grants::{Denial, Hosts};

pub(super) const PLAIN: Security = Security::Plain;

/// Takes one connection after the other and does with each what `serve` says.
pub(super) async fn server<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> (SocketAddr, JoinSet<()>) {
    server_on("127.0.0.1", serve).await
}

/// The same on another loopback address.
pub(super) async fn server_on<F: Future<Output = ()> + Send + 'static>(
    ip: &str,
    serve: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind((ip, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            connections.spawn(serve(listener.accept().await.unwrap().0));
        }
    });
    (address, tasks)
}

/// Greets, and answers every line by `echo LINE`; `PASV` by `port`.
pub(super) async fn ftp(mut stream: TcpStream, port: u16) {
    stream.write_all(b"220 ready\r\n").await.unwrap();
    let mut line = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        line.push(byte);
        if byte != b'\n' {
            continue;
        }
        let text = String::from_utf8(std::mem::take(&mut line)).unwrap();
        let [high, low] = port.to_be_bytes();
        let reply = match text.as_str() {
            "PASV\r\n" => format!("227 Passive (10,9,8,7,{high},{low})\r\n"),
            _ => format!("200 echo {text}"),
        };
        stream.write_all(reply.as_bytes()).await.unwrap();
    }
}

fn egress(address: SocketAddr, slots: Vec<Slot>) -> Egress {
    let mut setup = Setup::granting::<&str>(&[]);
    setup.tcp = vec![address.to_string()];
    setup.slots = slots;
    setup.egress()
}

async fn connect(egress: &Egress, address: SocketAddr) -> Result<Connection, Error> {
    egress.connect(&address.ip().to_string(), address.port(), PLAIN, soon()).await
}

pub(super) async fn line(connection: &mut Connection) -> String {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let piece = connection.read(1, soon()).await.unwrap();
        assert!(!piece.is_empty(), "the peer closed after {line:?}");
        line.extend_from_slice(&piece);
    }
    String::from_utf8(line).unwrap()
}

#[tokio::test]
async fn a_data_connection_reaches_the_named_port_of_the_same_peer() {
    let (data, _data) = server(|mut stream| async move {
        stream.write_all(b"a file").await.unwrap();
    })
    .await;
    let (address, _control) = server(move |stream| ftp(stream, data.port())).await;
    let egress = egress(address, vec![]);
    let mut control = connect(&egress, address).await.unwrap();
    assert_eq!(line(&mut control).await, "220 ready\r\n");

    let error = control.connect_related(data.port(), PLAIN, soon()).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::PortNotNamed { .. })), "{error}");
    // A plugin that says the port itself has named nothing.
    let [high, low] = data.port().to_be_bytes();
    let forged = format!("227 (127,0,0,1,{high},{low})\r\n");
    control.write(forged.as_bytes(), soon()).await.unwrap();
    line(&mut control).await;
    assert!(control.connect_related(data.port(), PLAIN, soon()).await.is_err());

    control.write(b"PASV\r\n", soon()).await.unwrap();
    // The reply names a private address, which is not where the connection goes.
    assert!(line(&mut control).await.starts_with("227 Passive (10,9,8,7,"));
    let mut related = control.connect_related(data.port(), PLAIN, soon()).await.unwrap();
    let mut file = Vec::new();
    loop {
        let piece = related.read(4, soon()).await.unwrap();
        assert!(piece.len() <= 4);
        if piece.is_empty() {
            break;
        }
        file.extend_from_slice(&piece);
    }
    assert_eq!(file, b"a file");
    assert!(related.connect_related(data.port(), PLAIN, soon()).await.is_err());
    let counts = egress.metrics().counts();
    assert!(counts.sent_bytes > 6 && counts.received_bytes > 6, "{counts:?}");
}

#[tokio::test]
async fn a_stream_needs_a_grant_of_its_own_list_and_an_address_that_is_open() {
    let (address, _server) = server(|stream| ftp(stream, 0)).await;
    let http_only = Setup::granting(&[address]).egress();
    let error = connect(&http_only, address).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::Neither { .. })), "{error}");

    let mut setup = Setup::granting::<&str>(&[]).names(|_| vec!["127.0.0.1".parse().unwrap()]);
    setup.tcp = vec![format!("ftp.example:{}", address.port())];
    // The HTTP list opens nothing for TCP.
    setup.http = vec![address.to_string()];
    let egress = setup.egress();
    let error = egress.connect("ftp.example", address.port(), PLAIN, soon()).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::SpecialAddress { .. })), "{error}");
    for host in ["", "a b", "ftp.example\r\n", "ftp.example:21", "user@ftp.example"] {
        let error = egress.connect(host, address.port(), PLAIN, soon()).await.unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "case: {host:?}: {error}");
    }
}

#[tokio::test]
async fn the_gateways_own_port_is_refused_even_if_the_peer_names_it() {
    let (own, _own) = server(|stream| ftp(stream, 0)).await;
    let (address, _server) = server(move |stream| ftp(stream, own.port())).await;
    let mut setup = Setup::granting::<&str>(&[]);
    setup.tcp = vec![address.to_string()];
    setup.own = vec![own];
    let mut control = connect(&setup.egress(), address).await.unwrap();
    line(&mut control).await;
    control.write(b"PASV\r\n", soon()).await.unwrap();
    line(&mut control).await;
    let error = control.connect_related(own.port(), PLAIN, soon()).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::Gateway(_))), "{error}");
}

#[tokio::test]
async fn a_login_is_written_by_the_broker_and_by_its_commands_only() {
    const CANARY: &str = "cAnary-secret";
    let (address, _server) = server(|stream| ftp(stream, 0)).await;
    let slot = |name: &str, scheme, parts: &[(&str, &str)]| {
        let parts: BTreeMap<String, Secret> =
            parts.iter().map(|(part, text)| ((*part).to_owned(), Secret::new(*text))).collect();
        let hosts = Hosts::new(&[address.to_string()]).unwrap();
        Slot::new(name, scheme, parts, hosts, false).unwrap()
    };
    let slots = vec![
        slot("ftp", Scheme::Login, &[("user", "anna"), ("secret", CANARY)]),
        slot("web", Scheme::Bearer, &[("token", CANARY)]),
    ];
    let mut control = connect(&egress(address, slots), address).await.unwrap();
    line(&mut control).await;
    let (user, secret) = (LoginPart::User, LoginPart::Secret);
    control.write_credential("ftp", "USER ", user, "\r\n", soon()).await.unwrap();
    assert_eq!(line(&mut control).await, "200 echo USER anna\r\n");
    control.write_credential("ftp", "pass ", secret, "\r\n", soon()).await.unwrap();
    assert_eq!(line(&mut control).await, format!("200 echo pass {CANARY}\r\n"));

    for (before, part, after) in [
        ("NOOP ", secret, "\r\n"),
        ("USER ", secret, "\r\n"),
        ("PASS ", secret, "\r\nNOOP\r\n"),
        ("PASS x", secret, "\r\n"),
        ("", secret, ""),
        ("NOOP\r\nPASS ", secret, "\r\n"),
    ] {
        let error = control.write_credential("ftp", before, part, after, soon()).await.unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "case: {before:?} {after:?}: {error}");
    }
    let error = control.write_credential("web", "PASS ", secret, "\r\n", soon()).await.unwrap_err();
    let refused = RefusalReason::CredentialRefused;
    assert!(matches!(&error, Error::Unauthorised { reason, .. } if *reason == refused), "{error}");
    assert!(!format!("{error} {error:?} {control:?}").contains("cAnary"));
}

#[tokio::test]
async fn a_stream_becomes_tls_in_place_and_its_data_connection_too() {
    let (tls, root) = identity("ftp.example");
    let (data_tls, accept) = (tls.clone(), tls);
    let (data, _data) = server(move |stream| {
        let tls = data_tls.clone();
        async move {
            let mut stream = tls.accept(stream).await.unwrap();
            stream.write_all(b"a file").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    })
    .await;
    let (address, _server) = server(move |mut stream| {
        let tls = accept.clone();
        async move {
            stream.write_all(b"234 go\r\n").await.unwrap();
            let mut stream = tls.accept(stream).await.unwrap();
            let named = format!("229 (|||{}|)\r\n", data.port());
            stream.write_all(named.as_bytes()).await.unwrap();
            // Goes away without the end that TLS asks for.
            drop(stream);
        }
    })
    .await;
    let mut setup = Setup::granting::<&str>(&[]).names(|_| vec!["127.0.0.1".parse().unwrap()]);
    setup.tcp = vec![format!("ftp.example:{}", address.port())];
    setup.addresses = vec!["127.0.0.1/32".to_owned()];
    setup.roots = vec![root];
    let egress = setup.egress();
    let mut control = egress.connect("ftp.example", address.port(), PLAIN, soon()).await.unwrap();
    assert_eq!(line(&mut control).await, "234 go\r\n");
    control.start_tls(soon()).await.unwrap();
    assert!(line(&mut control).await.starts_with("229 "));
    assert!(matches!(control.start_tls(soon()).await, Err(Error::Invalid { .. })));

    let mut related = control.connect_related(data.port(), Security::Tls, soon()).await.unwrap();
    assert_eq!(related.read(100, soon()).await.unwrap(), "a file");
    assert_eq!(related.read(100, soon()).await.unwrap(), "", "an end as TLS wants it");
    let error = control.read(100, soon()).await.unwrap_err();
    let lost = OutageReason::ConnectionLost;
    assert!(matches!(&error, Error::Unavailable { reason, .. } if *reason == lost), "{error}");
}

#[tokio::test]
async fn a_failed_handshake_closes_the_stream() {
    let (address, _server) = server(|mut stream| async move {
        stream.write_all(b"this is no handshake\r\n").await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
    })
    .await;
    let egress = egress(address, vec![]);
    let mut control = connect(&egress, address).await.unwrap();
    let error = control.start_tls(soon()).await.unwrap_err();
    let failed = OutageReason::TlsFailed;
    assert!(matches!(&error, Error::Unavailable { reason, .. } if *reason == failed), "{error}");
    assert!(control.read(1, soon()).await.is_err());
    assert!(control.write(b"x", soon()).await.is_err());
}

#[tokio::test]
async fn silence_and_a_closed_door_are_told_apart() {
    let (address, mut task) = server(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let egress = egress(address, vec![]);
    let mut control = connect(&egress, address).await.unwrap();
    tokio::time::pause();
    let error = control.read(1, soon()).await.unwrap_err();
    tokio::time::resume();
    let late = OutageReason::TimedOut;
    assert!(matches!(&error, Error::Unavailable { reason, .. } if *reason == late), "{error}");

    task.shutdown().await;
    let error = connect(&egress, address).await.unwrap_err();
    let refused = OutageReason::ConnectionRefused;
    assert!(matches!(&error, Error::Unavailable { reason, .. } if *reason == refused), "{error}");
}

#[tokio::test]
async fn finishing_is_seen_by_the_peer_and_the_answer_still_comes() {
    let (address, _server) = server(|mut stream| async move {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        stream.write_all(&all.len().to_string().into_bytes()).await.unwrap();
    })
    .await;
    let egress = egress(address, vec![]);
    let mut stream = connect(&egress, address).await.unwrap();
    stream.write(&[b'x'; 5000], soon()).await.unwrap();
    stream.finish(soon()).await.unwrap();
    assert_eq!(stream.read(100, soon()).await.unwrap(), "5000");
    assert_eq!(stream.read(100, soon()).await.unwrap(), "");
}

#[tokio::test]
async fn streams_take_places_and_their_data_connections_do_not() {
    let (data, _data) = server(|_| async {}).await;
    let (address, _server) = server(move |stream| ftp(stream, data.port())).await;
    let mut setup = Setup::granting::<&str>(&[]).limits(|limits| limits.concurrency = 1);
    setup.tcp = vec![address.to_string()];
    let egress = setup.egress();
    let mut control = connect(&egress, address).await.unwrap();
    line(&mut control).await;
    control.write(b"PASV\r\n", soon()).await.unwrap();
    line(&mut control).await;
    let related = control.connect_related(data.port(), PLAIN, soon()).await.unwrap();
    let brief = tokio::time::Instant::now() + Duration::from_millis(50);
    let (host, port) = (address.ip().to_string(), address.port());
    let error = egress.connect(&host, port, PLAIN, brief).await.unwrap_err();
    let busy = OutageReason::Busy;
    assert!(matches!(&error, Error::Unavailable { reason, .. } if *reason == busy), "{error}");
    drop((control, related));
    connect(&egress, address).await.unwrap();
}
