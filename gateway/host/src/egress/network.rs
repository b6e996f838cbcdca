//! What all archives share of the network: names, TLS roots, the way out, and who we are.
//!
//! Called by `connector.rs` (names, own addresses, the proxy) and by `egress.rs` and `tcp.rs` (TLS).
//! One per process: reading the system's certificates takes milliseconds.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::proxy::Proxy;

/// Names, TLS, the gateway's own addresses, and the proxy that leads out.
pub struct Network {
    names: Names,
    roots: RootCertStore,
    tls: Arc<ClientConfig>,
    own: Vec<SocketAddr>,
    proxy: Option<Proxy>,
}

/// Where addresses come from.
enum Names {
    System(Box<TokioResolver>),
    Given(Box<GivenNames>),
}

type GivenNames = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Longest one name server may take; the connect timeout bounds the whole.
const NAME_SERVER_TIMEOUT: Duration = Duration::from_secs(3);

/// What a name resolves to, or why to nothing.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// There is no such name; asking again will not help.
    NoSuchName,
    /// The name servers failed.
    Failed(String),
}

impl Network {
    /// The system's names and certificates. `own` are the addresses the gateway listens on;
    /// nothing reaches them through the broker. `more_roots` are certificates trusted besides
    /// the system's.
    ///
    /// Never fails: without certificates every TLS connection does, and says so.
    pub fn new(own: Vec<SocketAddr>, more_roots: Vec<CertificateDer<'static>>) -> Self {
        Self::over(Names::System(Box::new(system_resolver())), own, more_roots)
    }

    /// The same with `names` in the place of DNS: fakes and tests. Every address is still checked.
    pub fn with_names(
        own: Vec<SocketAddr>,
        more_roots: Vec<CertificateDer<'static>>,
        names: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        Self::over(Names::Given(Box::new(names)), own, more_roots)
    }

    fn over(names: Names, own: Vec<SocketAddr>, more_roots: Vec<CertificateDer<'static>>) -> Self {
        let roots = roots(more_roots);
        Self { names, tls: tls(roots.clone()), roots, own, proxy: None }
    }

    /// The same, with every connection through `proxy`. What is connected to is checked as
    /// before; the proxy's own address is the operator's word, and nothing else reaches it.
    #[must_use]
    pub fn through(self, proxy: Option<Proxy>) -> Self {
        Self { proxy, ..self }
    }

    /// The proxy that every connection goes through, if there is one.
    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The addresses of `name`, which is not an address itself; never an empty list.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Unresolved> {
        let addresses = match &self.names {
            Names::Given(names) => names(name),
            Names::System(resolver) => {
                // The root dot keeps the system's search domains out: a grant means this name.
                match resolver.lookup_ip(format!("{name}.")).await {
                    Ok(found) => found.iter().collect(),
                    Err(e) if e.is_nx_domain() || e.is_no_records_found() => Vec::new(),
                    Err(e) => return Err(Unresolved::Failed(e.to_string())),
                }
            }
        };
        if addresses.is_empty() { Err(Unresolved::NoSuchName) } else { Ok(addresses) }
    }

    /// Whether the gateway itself listens on `address`.
    pub(crate) fn is_own(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        self.own.iter().any(|own| {
            let own_ip = own.ip().to_canonical();
            // Listening on 0.0.0.0 is listening on every address of this machine; the ones
            // that can be told from their look are refused, others are in `own` by themselves.
            let same = own_ip == ip
                || (own_ip.is_unspecified() && (ip.is_loopback() || ip.is_unspecified()))
                || (own_ip.is_loopback() && ip.is_unspecified());
            own.port() == address.port() && same
        })
    }

    /// TLS without ALPN, its session store shared by all that use it. An archive that trusts
    /// authorities of its own, `more`, gets a store of its own too: a session that another
    /// archive's trust opened is none of its business.
    pub(crate) fn tls(&self, more: &[CertificateDer<'static>]) -> Arc<ClientConfig> {
        if more.is_empty() {
            return Arc::clone(&self.tls);
        }
        let mut roots = self.roots.clone();
        roots.add_parsable_certificates(more.iter().cloned());
        tls(roots)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Network");
        fields.field("own", &self.own).field("proxy", &self.proxy).finish_non_exhaustive()
    }
}

fn system_resolver() -> TokioResolver {
    let builder = TokioResolver::builder_tokio().unwrap_or_else(|problem| {
        tracing::warn!(%problem, "no name servers known; only /etc/hosts and addresses will work");
        let none = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        TokioResolver::builder_with_config(none, TokioRuntimeProvider::default())
    });
    let mut builder = builder;
    let options = builder.options_mut();
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.timeout = NAME_SERVER_TIMEOUT;
    builder.build().expect("no TLS or DNSSEC is asked for, so nothing can be missing")
}

fn roots(more_roots: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if roots.is_empty() && more_roots.is_empty() {
        tracing::warn!(
            "no certificates of this system found; https will fail until ca-certificates is installed"
        );
    }
    roots.add_parsable_certificates(more_roots);
    roots
}

fn tls(roots: RootCertStore) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}
