//! The one place that opens a connection.
//!
//! Called by hyper's client (as a `Service<Uri>`) and by `tcp.rs`. Calls `network.rs` for
//! names and `address.rs` for what they lead to.
//!
//! Rules that hold here and nowhere else:
//!
//! - A name is resolved once, every address is checked, and a checked address is connected
//!   to: a second answer of the name server has no effect.
//! - One forbidden address refuses the name. A name that leads both to the internet and
//!   inside is what an attack looks like, and picking the harmless one would make the
//!   outcome depend on the order of the answer.
//! - Literal addresses take the same road as names.
//! - Where the operator has named a proxy, every connection goes through it, to the checked
//!   address all the same (`proxy.rs`); no archive leads to the proxy itself.
//! - A pooled connection is not checked again; therefore each archive has its own pool.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::address::special;
use super::error::{Error, OutageReason};
use super::network::{Network, Unresolved};
use super::proxy::{Fault, Found};
use crate::credentials::Identity;
use crate::grants::{Denial, Endpoint, Grants, List};

/// Opens checked connections for one archive.
#[derive(Clone, Debug)]
pub(crate) struct Dialer {
    network: Arc<Network>,
    tls: Arc<rustls::ClientConfig>,
    grants: Arc<Grants>,
    timeout: Duration,
}

/// Why there is no connection.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error(transparent)]
    Denied(#[from] Denial),
    #[error("{host} is not a name that can be looked up")]
    NoSuchName { host: String },
    #[error("{host} could not be looked up: {problem}")]
    LookupFailed { host: String, problem: String },
    #[error("no connection to {endpoint}: {problem}")]
    Refused { endpoint: Endpoint, problem: String },
    #[error("no connection to {endpoint}: the proxy {proxy} {fault}")]
    Proxy { endpoint: Endpoint, proxy: Endpoint, fault: Fault },
    #[error("no connection to {endpoint}{} within {} s", through(.proxy), .timeout.as_secs_f32())]
    TimedOut { endpoint: Endpoint, proxy: Option<Endpoint>, timeout: Duration },
    #[error("`{0}` has no host and port")]
    NoEndpoint(String),
}

impl DialError {
    /// Whether another attempt could end differently.
    pub(crate) fn worth_repeating(&self) -> bool {
        match self {
            Self::LookupFailed { .. } | Self::Refused { .. } | Self::TimedOut { .. } => true,
            Self::Proxy { fault, .. } => fault.worth_repeating(),
            Self::Denied(_) | Self::NoSuchName { .. } | Self::NoEndpoint(_) => false,
        }
    }
}

fn through(proxy: &Option<Endpoint>) -> String {
    proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default()
}

impl From<DialError> for Error {
    fn from(error: DialError) -> Self {
        let reason = match &error {
            DialError::Denied(denial) => return Self::Denied(denial.clone()),
            DialError::NoEndpoint(_) => return Self::invalid("url", error.to_string()),
            DialError::NoSuchName { .. } | DialError::LookupFailed { .. } => {
                OutageReason::UnresolvedName
            }
            DialError::Refused { .. } => OutageReason::ConnectionRefused,
            DialError::Proxy { fault, .. } => fault.reason(),
            DialError::TimedOut { .. } => OutageReason::TimedOut,
        };
        Self::outage(reason, error.to_string())
    }
}

impl Dialer {
    /// `trust` are the authorities that this archive trusts besides everybody's.
    pub(crate) fn new(
        network: Arc<Network>,
        grants: Arc<Grants>,
        timeout: Duration,
        trust: &[CertificateDer<'static>],
    ) -> Self {
        Self { tls: network.tls(trust), network, grants, timeout }
    }

    /// The same for what other grants allow.
    pub(crate) fn with_grants(&self, grants: Arc<Grants>) -> Self {
        Self { grants, ..self.clone() }
    }

    /// The same, showing a client certificate to servers that ask.
    pub(crate) fn showing(&self, identity: &Identity) -> Self {
        let mut tls = self.tls.as_ref().clone();
        tls.client_auth_cert_resolver = identity.resolver();
        // A session that began with the certificate is none of the others' business.
        tls.resumption = Resumption::default();
        Self { tls: Arc::new(tls), ..self.clone() }
    }

    /// Connects to `endpoint`, which `list` has granted. Returns the address that was chosen
    /// too: behind a proxy it is not the stream's peer.
    pub(crate) async fn dial(
        &self,
        list: List,
        endpoint: &Endpoint,
    ) -> Result<(TcpStream, SocketAddr), DialError> {
        let until = Instant::now() + self.timeout;
        let addresses = match endpoint.literal() {
            Some(ip) => vec![ip],
            None => timeout_at(until, self.lookup(endpoint.host()))
                .await
                .map_err(|_| self.late(endpoint))??,
        };
        let proxy = self.find_proxy(endpoint, until).await?;
        let addresses = self.checked(list, endpoint, &addresses, proxy.as_ref())?;
        self.connect(endpoint, &addresses, proxy.as_ref(), until).await
    }

    /// Connects to exactly `address`, for a further connection to a peer already reached.
    pub(crate) async fn dial_peer(
        &self,
        endpoint: &Endpoint,
        address: SocketAddr,
    ) -> Result<TcpStream, DialError> {
        let until = Instant::now() + self.timeout;
        let proxy = self.find_proxy(endpoint, until).await?;
        self.not_ours(endpoint, address, proxy.as_ref())?;
        Ok(self.connect(endpoint, &[address], proxy.as_ref(), until).await?.0)
    }

    /// What is said if the connection, or TLS on it, took longer than it may.
    pub(crate) fn late(&self, endpoint: &Endpoint) -> DialError {
        let proxy = self.network.proxy().map(|proxy| proxy.endpoint().clone());
        DialError::TimedOut { endpoint: endpoint.clone(), proxy, timeout: self.timeout }
    }

    /// TLS as this archive uses it, without ALPN.
    pub(crate) fn tls(&self) -> Arc<rustls::ClientConfig> {
        Arc::clone(&self.tls)
    }

    async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, DialError> {
        self.network.resolve(host).await.map_err(|unresolved| match unresolved {
            Unresolved::NoSuchName => DialError::NoSuchName { host: host.to_owned() },
            Unresolved::Failed(problem) => {
                DialError::LookupFailed { host: host.to_owned(), problem }
            }
        })
    }

    /// Where the proxy is, if there is one.
    async fn find_proxy(
        &self,
        endpoint: &Endpoint,
        until: Instant,
    ) -> Result<Option<Found<'_>>, DialError> {
        let Some(proxy) = self.network.proxy() else { return Ok(None) };
        let at = proxy.endpoint();
        if let Some(ip) = at.literal() {
            return Ok(Some(Found::new(proxy, &[ip])));
        }
        let found = timeout_at(until, self.network.resolve(at.host())).await;
        match found.map_err(|_| self.late(endpoint))? {
            Ok(addresses) => Ok(Some(Found::new(proxy, &addresses))),
            Err(unresolved) => {
                let fault = match unresolved {
                    Unresolved::NoSuchName => Fault::NoSuchName,
                    Unresolved::Failed(problem) => Fault::LookupFailed(problem),
                };
                let (endpoint, proxy) = (endpoint.clone(), at.clone());
                Err(DialError::Proxy { endpoint, proxy, fault })
            }
        }
    }

    fn checked(
        &self,
        list: List,
        endpoint: &Endpoint,
        addresses: &[IpAddr],
        proxy: Option<&Found<'_>>,
    ) -> Result<Vec<SocketAddr>, Denial> {
        let check = |ip: &IpAddr| {
            let address = SocketAddr::new(ip.to_canonical(), endpoint.port());
            self.not_ours(endpoint, address, proxy)?;
            match special(*ip) {
                Some(special) if !self.grants.open_special(list, address, special) => {
                    let (archive, endpoint) = (self.grants.archive().to_owned(), endpoint.clone());
                    Err(Denial::SpecialAddress { archive, list, endpoint, address, special })
                }
                _ => Ok(address),
            }
        };
        addresses.iter().map(check).collect()
    }

    /// Refuses what no grant opens: the gateway and its proxy.
    fn not_ours(
        &self,
        endpoint: &Endpoint,
        address: SocketAddr,
        proxy: Option<&Found<'_>>,
    ) -> Result<(), Denial> {
        if self.network.is_own(address) {
            return Err(Denial::Gateway(endpoint.clone()));
        }
        if proxy.is_some_and(|proxy| proxy.is_at(address)) {
            return Err(Denial::Proxy(endpoint.clone()));
        }
        Ok(())
    }

    /// Tries one address after the other, sharing the time between them.
    async fn connect(
        &self,
        endpoint: &Endpoint,
        addresses: &[SocketAddr],
        proxy: Option<&Found<'_>>,
        until: Instant,
    ) -> Result<(TcpStream, SocketAddr), DialError> {
        let mut last = DialError::NoSuchName { host: endpoint.host().to_owned() };
        for (tried, address) in addresses.iter().enumerate() {
            let left = until.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            match timeout_at(Instant::now() + share, reach(endpoint, *address, proxy)).await {
                Ok(Ok(stream)) => return Ok((stream, *address)),
                Ok(Err(DialError::Proxy { endpoint, proxy, fault })) if fault.is_of_the_proxy() => {
                    return Err(DialError::Proxy { endpoint, proxy, fault });
                }
                Ok(Err(error)) => last = error,
                Err(_) => last = self.late(endpoint),
            }
        }
        Err(last)
    }
}

/// A stream that leads to `address`, by itself or through the proxy.
async fn reach(
    endpoint: &Endpoint,
    address: SocketAddr,
    proxy: Option<&Found<'_>>,
) -> Result<TcpStream, DialError> {
    let direct = [address];
    let first: &[SocketAddr] = proxy.map_or(&direct, |proxy| &proxy.addresses);
    let connected = TcpStream::connect(first).await;
    if let Ok(stream) = &connected {
        // Small requests must not wait for a full segment (RFC 896).
        let _ = stream.set_nodelay(true);
    }
    let Some(found) = proxy else { return connected.map_err(|e| refused(endpoint, &e)) };
    let fault = |fault| DialError::Proxy {
        endpoint: endpoint.clone(),
        proxy: found.proxy.endpoint().clone(),
        fault,
    };
    let mut stream = connected.map_err(|e| fault(Fault::Absent(e.to_string())))?;
    found.proxy.tunnel(&mut stream, address).await.map_err(fault)?;
    Ok(stream)
}

fn refused(endpoint: &Endpoint, problem: &io::Error) -> DialError {
    DialError::Refused { endpoint: endpoint.clone(), problem: problem.to_string() }
}

/// The dialer as hyper's TLS layer wants it.
#[derive(Clone, Debug)]
pub(crate) struct Plain(Dialer);

impl Service<Uri> for Plain {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, DialError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialer = self.0.clone();
        Box::pin(async move {
            let port = uri.port_u16().or_else(|| match uri.scheme_str() {
                Some("https") => Some(443),
                Some("http") => Some(80),
                _ => None,
            });
            let endpoint = uri.host().zip(port).and_then(|(host, port)| Endpoint::new(host, port));
            let endpoint = endpoint.ok_or_else(|| DialError::NoEndpoint(uri.to_string()))?;
            let (stream, _) = dialer.dial(List::Http, &endpoint).await?;
            Ok(TokioIo::new(stream))
        })
    }
}

/// TLS over the dialer, the handshake inside the connect timeout too.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    inner: HttpsConnector<Plain>,
    dialer: Dialer,
}

impl Connector {
    /// HTTP/2 where the archive speaks it.
    pub(crate) fn new(dialer: Dialer) -> Self {
        let tls = HttpsConnectorBuilder::new().with_tls_config(dialer.tls().as_ref().clone());
        let plain = Plain(dialer.clone());
        let inner = tls.https_or_http().enable_all_versions().wrap_connector(plain);
        Self { inner, dialer }
    }

    /// HTTP/1.1 only, which gives each request a connection of its own.
    pub(crate) fn http1(dialer: Dialer) -> Self {
        let tls = HttpsConnectorBuilder::new().with_tls_config(dialer.tls().as_ref().clone());
        let plain = Plain(dialer.clone());
        let inner = tls.https_or_http().enable_http1().wrap_connector(plain);
        Self { inner, dialer }
    }
}

type BoxError = Box<dyn StdError + Send + Sync>;

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialer = self.dialer.clone();
        let endpoint =
            uri.host().and_then(|host| Endpoint::new(host, uri.port_u16().unwrap_or(443)));
        let connecting = self.inner.call(uri);
        Box::pin(async move {
            match tokio::time::timeout(dialer.timeout, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(match endpoint {
                    Some(endpoint) => dialer.late(&endpoint).into(),
                    None => DialError::NoEndpoint(String::new()).into(),
                }),
            }
        })
    }
}

/// The first error of type `T` in the chain, looking inside `io::Error` too.
///
/// `io::Error::source` skips the error it wraps, so the plain walk would miss it.
pub(crate) fn cause<'e, T: StdError + 'static>(
    error: &'e (dyn StdError + 'static),
) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}
