//! The way out through the operator's proxy.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::server::{Act, Server, ok, status};
use super::streams::{PLAIN, ftp, line, server, server_on};
use super::tls::identity;
use super::{Setup, get, soon, text};
use crate::egress::address::Special;
use crate::egress::{Error, Network, OutageReason, Proxy, Security, connect_to_public};
use crate::grants::Denial;

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// A forward proxy that tunnels to wherever it is told, and remembers what it was told.
struct Tunnels {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

impl Tunnels {
    async fn start() -> Self {
        Self::to(SpeaksFirst::We).await
    }

    async fn to(first: SpeaksFirst) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let memory = Arc::clone(&asked);
        let (address, task) =
            server(move |stream| tunnel(stream, Arc::clone(&memory), first)).await;
        Self { address, asked, _task: task }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn proxy(&self) -> Proxy {
        at(self.address)
    }
}

/// Who says the first word behind the proxy.
#[derive(Clone, Copy, PartialEq)]
enum SpeaksFirst {
    We,
    /// The archive, and its word comes in one piece with the head of the proxy's answer.
    Archive,
}

fn at(address: SocketAddr) -> Proxy {
    Proxy::new(&format!("http://{address}"), None).unwrap()
}

async fn tunnel(mut stream: TcpStream, asked: Arc<Mutex<Vec<String>>>, first: SpeaksFirst) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let target: SocketAddr = head.split(' ').nth(1).unwrap().parse().unwrap();
    asked.lock().unwrap().push(head);
    let Ok(mut archive) = TcpStream::connect(target).await else {
        stream.write_all(&status("502 Bad Gateway", "nobody there")).await.unwrap();
        return;
    };
    let mut answer = b"HTTP/1.1 200 Connection established\r\nVia: a proxy\r\n\r\n".to_vec();
    if first == SpeaksFirst::Archive {
        let mut word = [0; 1024];
        let length = archive.read(&mut word).await.unwrap();
        answer.extend_from_slice(&word[..length]);
    }
    stream.write_all(&answer).await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut archive).await;
}

/// Grants `archive.example`, which is on loopback, on this port.
fn setup(port: u16, proxy: Proxy) -> Setup {
    let mut setup =
        Setup::granting(&[format!("archive.example:{port}"), format!("other.example:{port}")])
            .names(|_| vec![LOOPBACK]);
    setup.addresses = vec!["127.0.0.0/8".to_owned()];
    setup.proxy = Some(proxy);
    setup
}

fn outage(error: &Error) -> OutageReason {
    let Error::Unavailable { reason, .. } = error else { panic!("{error}") };
    *reason
}

#[tokio::test]
async fn a_request_goes_through_the_proxy_to_the_checked_address() {
    let proxy = Tunnels::start().await;
    let archive = Server::saying(|_, _| ok("plain")).await;
    let port = archive.address.port();
    let lookups: Arc<AtomicUsize> = Arc::default();
    let counted = Arc::clone(&lookups);
    let egress = setup(port, proxy.proxy())
        .names(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            vec![LOOPBACK]
        })
        .egress();
    let answer = get(&egress, &format!("http://archive.example:{port}/a")).await;
    assert_eq!(text(answer).await, "plain");
    let expected = format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    assert_eq!(proxy.asked(), [expected]);
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
    let asked = archive.asked()[0].clone();
    assert!(asked.starts_with("GET /a HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: archive.example:{port}\r\n")), "{asked}");
}

#[tokio::test]
async fn tls_is_with_the_archive_by_its_name() {
    let proxy = Tunnels::start().await;
    let (tls, root) = identity("archive.example");
    let archive = Server::secure(tls, |_, _| ok("safe")).await;
    let port = archive.address.port();
    let mut setup = setup(port, proxy.proxy());
    setup.roots = vec![root];
    let egress = setup.egress();
    assert_eq!(text(get(&egress, &format!("https://archive.example:{port}/")).await).await, "safe");
    let error = get(&egress, &format!("https://other.example:{port}/")).await.unwrap_err();
    assert_eq!(outage(&error), OutageReason::TlsFailed, "{error}");
    assert!(proxy.asked().iter().all(|asked| !asked.contains("example")), "no name is told");
}

#[tokio::test]
async fn ftp_goes_through_it_with_its_data_connections() {
    let proxy = Tunnels::to(SpeaksFirst::Archive).await;
    // Not where the proxy is, so that the two cannot be taken for one another.
    let elsewhere = "127.0.0.5";
    let (data, _data) = server_on(elsewhere, |mut stream| async move {
        stream.write_all(b"a file").await.unwrap();
    })
    .await;
    let (address, _control) = server_on(elsewhere, move |stream| ftp(stream, data.port())).await;
    let mut setup = Setup::granting::<&str>(&[]).names(move |_| vec![elsewhere.parse().unwrap()]);
    setup.tcp = vec![format!("ftp.example:{}", address.port())];
    setup.addresses = vec!["127.0.0.5/32".to_owned()];
    setup.proxy = Some(proxy.proxy());
    let egress = setup.egress();
    let mut control = egress.connect("ftp.example", address.port(), PLAIN, soon()).await.unwrap();
    assert_eq!(line(&mut control).await, "220 ready\r\n", "said before we said anything");
    control.write(b"PASV\r\n", soon()).await.unwrap();
    line(&mut control).await;
    let mut related = control.connect_related(data.port(), PLAIN, soon()).await.unwrap();
    assert_eq!(related.read(100, soon()).await.unwrap(), "a file");
    let targets: Vec<_> = proxy
        .asked()
        .iter()
        .map(|asked| asked.split(' ').nth(1).unwrap().parse::<SocketAddr>().unwrap())
        .collect();
    assert_eq!(targets, [address, data], "and not 10.9.8.7, which the server named");
}

#[tokio::test]
async fn the_address_rules_are_those_without_a_proxy() {
    let proxy = Tunnels::start().await;
    for (to, expected) in [
        ("10.0.0.1", Special::Private),
        ("169.254.169.254", Special::Metadata),
        ("::ffff:127.0.0.1", Special::Loopback),
    ] {
        let mut setup = setup(443, proxy.proxy()).names(move |_| vec![to.parse().unwrap()]);
        setup.addresses = vec![];
        let error = get(&setup.egress(), "https://archive.example/").await.unwrap_err();
        let Error::Denied(Denial::SpecialAddress { special, .. }) = error else {
            panic!("case: {to}: {error}")
        };
        assert_eq!(special, expected, "case: {to}");
    }
    assert!(proxy.asked().is_empty());
}

#[tokio::test]
async fn the_proxy_is_no_target_however_it_is_spelt() {
    let proxy = Tunnels::start().await;
    let port = proxy.address.port();
    for host in ["archive.example", "127.0.0.1", "127.0.0.7", "[::1]"] {
        let mut setup = setup(port, proxy.proxy());
        setup.http.push(format!("{host}:{port}"));
        let error = get(&setup.egress(), &format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(error, Error::Denied(Denial::Proxy(_))), "case: {host}: {error}");
    }
    // Not as a data connection either.
    let (address, _control) = server(move |stream| ftp(stream, port)).await;
    let mut setup = Setup::granting::<&str>(&[]);
    setup.tcp = vec![address.to_string()];
    setup.proxy = Some(proxy.proxy());
    let egress = setup.egress();
    let mut control = egress.connect("127.0.0.1", address.port(), PLAIN, soon()).await.unwrap();
    line(&mut control).await;
    control.write(b"PASV\r\n", soon()).await.unwrap();
    line(&mut control).await;
    let error = control.connect_related(port, PLAIN, soon()).await.unwrap_err();
    assert!(matches!(error, Error::Denied(Denial::Proxy(_))), "{error}");
    assert_eq!(proxy.asked().len(), 1, "the control connection");
}

#[tokio::test]
async fn the_login_is_for_the_proxy_alone() {
    let proxy = Tunnels::start().await;
    let archive = Server::saying(|_, _| ok("in")).await;
    let port = archive.address.port();
    let login = Some(("anna", "cAnary-secret"));
    let with_login = Proxy::new(&format!("http://{}", proxy.address), login).unwrap();
    let egress = setup(port, with_login).egress();
    let answer = get(&egress, &format!("http://archive.example:{port}/")).await;
    assert_eq!(text(answer).await, "in");
    let expected = "\r\nProxy-Authorization: Basic YW5uYTpjQW5hcnktc2VjcmV0\r\n\r\n";
    assert!(proxy.asked()[0].ends_with(expected), "{}", proxy.asked()[0]);
    let asked = archive.asked()[0].to_lowercase();
    assert!(!asked.contains("proxy-"), "{asked}");
    let shown = format!("{egress:?}");
    assert!(!shown.contains("cAnary") && !shown.contains("YW5uY"), "{shown}");
}

/// What it is called, what the proxy does, what that is, in which words, after how many retries.
type Wrong = (&'static str, fn() -> Act, OutageReason, &'static str, u64);

#[tokio::test]
async fn what_the_proxy_does_wrong_is_said() {
    let cases: [Wrong; 8] = [
        (
            "refused",
            || Act::SayAndClose(status("403 Forbidden", "cAnary")),
            OutageReason::ConnectionRefused,
            "refuses a connection to 127.0.0.1:81 (status 403): it has to allow CONNECT to addresses, and to this port",
            0,
        ),
        (
            "a redirect is no tunnel",
            || Act::SayAndClose(super::server::redirect(302, "http://portal.example/")),
            OutageReason::ConnectionRefused,
            "refuses a connection to 127.0.0.1:81 (status 302): it has to allow CONNECT to addresses, and to this port",
            0,
        ),
        (
            "a login is wanted",
            || Act::SayAndClose(status("407 Proxy Authentication Required", "cAnary")),
            OutageReason::ConnectionRefused,
            "wants a login (status 407): set egress.proxy_user and egress.proxy_secret",
            0,
        ),
        (
            "unreachable",
            || Act::SayAndClose(status("502 Bad Gateway", "cAnary")),
            OutageReason::ConnectionRefused,
            "could not reach 127.0.0.1:81 (status 502)",
            2,
        ),
        (
            "no HTTP",
            || Act::SayAndStay(b"SSH-2.0-cAnary\r\n".to_vec()),
            OutageReason::ConnectionLost,
            "does not answer as an HTTP proxy does",
            0,
        ),
        (
            "no answer",
            || Act::SayAndClose(Vec::new()),
            OutageReason::ConnectionLost,
            "ended the connection instead of answering: it was closed",
            2,
        ),
        (
            "a head without end",
            || Act::Flood(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-Long: cAnary\r\n".to_vec()),
            OutageReason::ConnectionLost,
            "does not answer as an HTTP proxy does",
            0,
        ),
        (
            "a field without end",
            || Act::Flood(b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), b"cAnary".to_vec()),
            OutageReason::ConnectionLost,
            "answered with a head of more than 8192 bytes",
            0,
        ),
    ];
    for (name, act, reason, words, retries) in cases {
        let proxy = Server::acting(move |_, _| act()).await;
        let egress = setup(81, at(proxy.address)).egress();
        let error = get(&egress, "http://archive.example:81/").await.unwrap_err();
        assert_eq!(outage(&error), reason, "case: {name}: {error}");
        let expected =
            format!("no connection to archive.example:81: the proxy {} {words}", proxy.address);
        assert_eq!(error.to_string(), expected, "case: {name}");
        assert_eq!(egress.metrics().counts().retries, retries, "case: {name}");
    }
}

#[tokio::test]
async fn a_login_that_is_not_taken_is_said_without_it() {
    for said in ["407 Proxy Authentication Required", "401 Unauthorized"] {
        let proxy = Server::saying(move |_, _| status(said, "no")).await;
        let address = format!("http://{}", proxy.address);
        let with_login = Proxy::new(&address, Some(("anna", "cAnary"))).unwrap();
        let egress = setup(81, with_login).egress();
        let error = get(&egress, "http://archive.example:81/").await.unwrap_err().to_string();
        let words = format!("does not take the login it is given (status {})", &said[..3]);
        assert!(error.contains(&words), "{error}");
        assert!(!error.contains("cAnary") && !error.contains("anna"), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_silent_is_said_to_be() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = get(&setup(81, at(closed)).egress(), "http://archive.example:81/").await;
    let error = error.unwrap_err();
    assert_eq!(outage(&error), OutageReason::ConnectionRefused, "{error}");
    assert!(
        error.to_string().contains(&format!("the proxy {closed} cannot be reached")),
        "{error}"
    );

    let silent = Server::acting(|_, _| Act::SayAndStay(b"HTTP/1.1 200 ".to_vec())).await;
    let brief = Duration::from_millis(50);
    let egress = setup(81, at(silent.address))
        .limits(|limits| (limits.connect_timeout, limits.attempts) = (brief, 1))
        .egress();
    let error = get(&egress, "http://archive.example:81/").await.unwrap_err();
    assert_eq!(outage(&error), OutageReason::TimedOut, "{error}");
    let words = format!("through the proxy {}", silent.address);
    assert!(error.to_string().contains(&words), "{error}");
    let error = egress.connect("archive.example", 81, Security::Plain, soon()).await.unwrap_err();
    assert!(matches!(error, Error::Denied(_)), "tcp is not granted: {error}");

    let named = Proxy::new("http://proxy.example:3128", None).unwrap();
    let egress = setup(81, named)
        .names(|name| if name == "proxy.example" { vec![] } else { vec![LOOPBACK] })
        .egress();
    let error = get(&egress, "http://archive.example:81/").await.unwrap_err();
    assert_eq!(outage(&error), OutageReason::UnresolvedName, "{error}");
    assert!(error.to_string().ends_with("is not a name that can be looked up"), "{error}");
}

#[tokio::test]
async fn the_next_address_is_tried_if_the_proxy_cannot_reach_one() {
    let proxy = Tunnels::start().await;
    let archive = Server::saying(|_, _| ok("second")).await;
    let port = archive.address.port();
    let egress =
        setup(port, proxy.proxy()).names(|_| vec!["127.0.0.3".parse().unwrap(), LOOPBACK]).egress();
    let answer = get(&egress, &format!("http://archive.example:{port}/")).await;
    assert_eq!(text(answer).await, "second");
    assert_eq!(proxy.asked().len(), 2);
}

#[tokio::test]
async fn a_lab_reaches_public_hosts_through_it() {
    let said = b"HTTP/1.1 200 Connection established\r\n\r\nhello".to_vec();
    let proxy = Server::acting(move |_, _| Act::SayAndStay(said.clone())).await;
    let network = Network::with_names(vec![], vec![], |_| vec!["9.9.9.9".parse().unwrap()]);
    let network = Arc::new(network.through(Some(at(proxy.address))));
    let within = Duration::from_secs(10);
    let mut stream = connect_to_public(&network, "pypi.example", 443, within).await.unwrap();
    let mut first = [0; 5];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"hello");
    assert!(proxy.asked()[0].starts_with("CONNECT 9.9.9.9:443 HTTP/1.1\r\n"));
}
