//! The operator's forward proxy: a tunnel to a checked address by HTTP `CONNECT`.
//!
//! Called by `connector.rs` for every connection, where the operator has named a proxy.
//!
//! Rules that hold here and nowhere else:
//!
//! - `CONNECT` names an address, never a name: the proxy resolves nothing, so nothing is
//!   reached that was not checked.
//! - What follows the head of the answer is not read here: an FTP server speaks first.
//! - Of the answer only the status is told on; its other words could hold anything.
//!
//! Not here: which addresses are open, and TLS, which goes through the tunnel to the archive.
//!
//! Source: RFC 9110, 9.3.6 (CONNECT) and 11.7 (logins of proxies).

use std::io;
use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::error::OutageReason;
use crate::grants::Endpoint;

/// Most bytes of the head of the proxy's answer, and most of its fields.
const MOST_HEAD_BYTES: usize = 8 * 1024;
const MOST_HEAD_FIELDS: usize = 64;

/// A forward proxy that every connection of the broker goes through.
#[derive(Clone, Debug)]
pub struct Proxy {
    endpoint: Endpoint,
    /// Marked as sensitive, which keeps it from being printed.
    login: Option<HeaderValue>,
}

/// A proxy that cannot be used as written. Says nothing of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// Not the address of a proxy.
    #[error("this is not the address of a proxy, as in \"http://proxy.example.org:3128\"")]
    Address,
    /// A user or password in the address.
    #[error(
        "a login is never written here; proxy_user and proxy_secret say where its parts lie, \
         as in {{ file = \"/run/secrets/x\" }} or {{ env = \"X\" }}"
    )]
    LoginInAddress,
    /// RFC 7617, 2: a colon would end the user, a control character the header.
    #[error("the user is empty or has a colon, or one of the two a control character")]
    Login,
}

/// Why the proxy gave no tunnel; reads on from `the proxy HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("is not a name that can be looked up")]
    NoSuchName,
    #[error("could not be looked up: {0}")]
    LookupFailed(String),
    #[error("cannot be reached: {0}")]
    Absent(String),
    #[error("ended the connection instead of answering: {0}")]
    Lost(String),
    #[error("does not answer as an HTTP proxy does")]
    NotHttp,
    #[error("answered with a head of more than {MOST_HEAD_BYTES} bytes")]
    TooLong,
    #[error("wants a login (status {0}): set egress.proxy_user and egress.proxy_secret")]
    LoginWanted(u16),
    #[error(
        "does not take the login it is given (status {0}): \
         see egress.proxy_user and egress.proxy_secret"
    )]
    LoginRefused(u16),
    #[error(
        "refuses a connection to {target} (status {status}): \
         it has to allow CONNECT to addresses, and to this port"
    )]
    Refused { target: SocketAddr, status: u16 },
    #[error("could not reach {target} (status {status})")]
    Unreachable { target: SocketAddr, status: u16 },
}

impl Fault {
    /// Whether the proxy itself is at fault, so that another address would end the same way.
    pub(crate) fn is_of_the_proxy(&self) -> bool {
        match self {
            Self::NoSuchName
            | Self::LookupFailed(_)
            | Self::Absent(_)
            | Self::NotHttp
            | Self::TooLong
            | Self::LoginWanted(_)
            | Self::LoginRefused(_) => true,
            Self::Lost(_) | Self::Refused { .. } | Self::Unreachable { .. } => false,
        }
    }

    /// Whether another attempt could end differently.
    pub(crate) fn worth_repeating(&self) -> bool {
        match self {
            Self::LookupFailed(_) | Self::Absent(_) | Self::Lost(_) | Self::Unreachable { .. } => {
                true
            }
            Self::NoSuchName
            | Self::NotHttp
            | Self::TooLong
            | Self::LoginWanted(_)
            | Self::LoginRefused(_)
            | Self::Refused { .. } => false,
        }
    }

    pub(crate) fn reason(&self) -> OutageReason {
        match self {
            Self::NoSuchName | Self::LookupFailed(_) => OutageReason::UnresolvedName,
            Self::Lost(_) | Self::NotHttp | Self::TooLong => OutageReason::ConnectionLost,
            Self::Absent(_)
            | Self::LoginWanted(_)
            | Self::LoginRefused(_)
            | Self::Refused { .. }
            | Self::Unreachable { .. } => OutageReason::ConnectionRefused,
        }
    }
}

impl Proxy {
    /// The proxy at `address`, `http://host:port`, with the user and password it wants.
    ///
    /// # Errors
    ///
    /// What is not such an address, or a login that no header can carry.
    pub fn new(address: &str, login: Option<(&str, &str)>) -> Result<Self, BadProxy> {
        if address.contains('@') {
            return Err(BadProxy::LoginInAddress);
        }
        let url = Url::parse(address).map_err(|_| BadProxy::Address)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let endpoint = Endpoint::of_url(&url)
            .filter(|endpoint| url.scheme() == "http" && bare && endpoint.port() != 0)
            .ok_or(BadProxy::Address)?;
        let login = login.map(|(user, secret)| header(user, secret)).transpose()?;
        Ok(Self { endpoint, login })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether it is given a login.
    pub fn has_login(&self) -> bool {
        self.login.is_some()
    }

    /// Makes of `stream`, which leads to the proxy, one that leads to `target`.
    pub(crate) async fn tunnel(
        &self,
        stream: &mut TcpStream,
        target: SocketAddr,
    ) -> Result<(), Fault> {
        let mut question = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
        if let Some(login) = &self.login {
            question.extend_from_slice(b"Proxy-Authorization: ");
            question.extend_from_slice(login.as_bytes());
            question.extend_from_slice(b"\r\n");
        }
        question.extend_from_slice(b"\r\n");
        stream.write_all(&question).await.map_err(|error| lost(&error))?;
        match status(stream).await? {
            200..=299 => Ok(()),
            // tinyproxy says 401 of a wrong login.
            status @ (401 | 407) if self.login.is_some() => Err(Fault::LoginRefused(status)),
            status @ (401 | 407) => Err(Fault::LoginWanted(status)),
            status @ 500..=599 => Err(Fault::Unreachable { target, status }),
            status => Err(Fault::Refused { target, status }),
        }
    }
}

/// The proxy with the addresses it was found at.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) proxy: &'a Proxy,
    pub(crate) addresses: Vec<SocketAddr>,
}

impl<'a> Found<'a> {
    pub(crate) fn new(proxy: &'a Proxy, addresses: &[IpAddr]) -> Self {
        let port = proxy.endpoint.port();
        let address = |ip: &IpAddr| SocketAddr::new(ip.to_canonical(), port);
        Self { proxy, addresses: addresses.iter().map(address).collect() }
    }

    /// Whether a tunnel to `address` would lead to the proxy itself: to a loopback address is,
    /// for the proxy, to itself.
    pub(crate) fn is_at(&self, address: SocketAddr) -> bool {
        let ip = address.ip();
        address.port() == self.proxy.endpoint.port()
            && (ip.is_loopback() || ip.is_unspecified() || self.addresses.contains(&address))
    }
}

fn header(user: &str, secret: &str) -> Result<HeaderValue, BadProxy> {
    let control = |text: &str| text.chars().any(char::is_control);
    if user.is_empty() || user.contains(':') || control(user) || control(secret) {
        return Err(BadProxy::Login);
    }
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
    let mut header = HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| BadProxy::Login)?;
    header.set_sensitive(true);
    Ok(header)
}

/// Reads the head of the answer, and nothing behind it; returns its status.
async fn status(stream: &mut (impl AsyncRead + Unpin)) -> Result<u16, Fault> {
    let mut head = Vec::with_capacity(256);
    while head.len() < MOST_HEAD_BYTES {
        // Byte by byte, because the next one may be the archive's; a head is short.
        let byte = stream.read_u8().await.map_err(|error| lost(&error))?;
        head.push(byte);
        if byte != b'\n' {
            continue;
        }
        let mut fields = [httparse::EMPTY_HEADER; MOST_HEAD_FIELDS];
        let mut answer = httparse::Response::new(&mut fields);
        match answer.parse(&head) {
            Ok(httparse::Status::Complete(_)) => return answer.code.ok_or(Fault::NotHttp),
            Ok(httparse::Status::Partial) => {}
            Err(_) => return Err(Fault::NotHttp),
        }
    }
    Err(Fault::TooLong)
}

fn lost(error: &io::Error) -> Fault {
    Fault::Lost(match error.kind() {
        io::ErrorKind::UnexpectedEof => "it was closed".to_owned(),
        _ => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_follows_the_head_of_an_answer_is_left_to_be_read(
            code in 100u16..1000,
            reason in "[ -~]{0,20}",
            fields in proptest::collection::vec("[A-Za-z-]{1,10}: [ -~]{0,40}", 0..10),
            tail: Vec<u8>,
        ) {
            let lines = fields.iter().map(|field| format!("{field}\r\n")).collect::<String>();
            let head = format!("HTTP/1.1 {code} {reason}\r\n{lines}\r\n");
            let answer = [head.as_bytes(), &tail].concat();
            let mut rest = answer.as_slice();
            prop_assert_eq!(status(&mut rest).now_or_never(), Some(Ok(code)));
            prop_assert_eq!(rest, tail.as_slice());
        }

        #[test]
        fn any_bytes_are_an_answer_or_a_fault(bytes: Vec<u8>, begun: bool) {
            let begin: &[u8] = if begun { b"HTTP/1.1 " } else { b"" };
            let answer = [begin, &bytes].concat();
            let _ = status(&mut answer.as_slice()).now_or_never().expect("nothing is waited for");
        }
    }

    #[test]
    fn what_is_no_address_of_a_proxy_is_refused_and_no_login_is_told() {
        let cases = [
            ("", None, BadProxy::Address),
            ("proxy.example", None, BadProxy::Address),
            ("proxy.example:3128", None, BadProxy::Address),
            ("https://proxy.example:3128", None, BadProxy::Address),
            ("socks5://proxy.example:1080", None, BadProxy::Address),
            ("http://proxy.example:0", None, BadProxy::Address),
            ("http://proxy.example:3128/path", None, BadProxy::Address),
            ("http://proxy.example:3128/?a=b", None, BadProxy::Address),
            ("http://anna:hunter2@proxy.example:3128", None, BadProxy::LoginInAddress),
            ("anna:hunter2@proxy.example:3128", None, BadProxy::LoginInAddress),
            ("http://proxy.example:3128", Some(("", "hunter2")), BadProxy::Login),
            ("http://proxy.example:3128", Some(("an:na", "hunter2")), BadProxy::Login),
            ("http://proxy.example:3128", Some(("anna", "hun\r\nter2")), BadProxy::Login),
        ];
        for (address, login, expected) in cases {
            let refused = Proxy::new(address, login).unwrap_err();
            assert_eq!(refused, expected, "case: {address} {login:?}");
            assert!(!refused.to_string().contains("hunter"), "case: {address}");
        }
        let proxy = Proxy::new("http://Proxy.Example:3128/", Some(("anna", "hunter2"))).unwrap();
        assert_eq!(proxy.endpoint().to_string(), "proxy.example:3128");
        assert_eq!(Proxy::new("http://[::1]", None).unwrap().endpoint().to_string(), "[::1]:80");
        let printed = format!("{proxy:?}");
        assert!(!printed.contains("hunter") && !printed.contains("YW5uYTpodW50ZXIy"), "{printed}");
    }

    #[test]
    fn the_proxy_is_known_by_every_address_that_is_itself() {
        let proxy = Proxy::new("http://proxy.example:3128", None).unwrap();
        let ips = ["10.1.2.3".parse().unwrap(), "::ffff:10.1.2.4".parse().unwrap()];
        let found = Found::new(&proxy, &ips);
        for (address, itself) in [
            ("10.1.2.3:3128", true),
            ("10.1.2.4:3128", true),
            ("127.0.0.1:3128", true),
            ("[::1]:3128", true),
            ("0.0.0.0:3128", true),
            ("10.1.2.3:80", false),
            ("10.1.2.5:3128", false),
        ] {
            assert_eq!(found.is_at(address.parse().unwrap()), itself, "case: {address}");
        }
    }
}
