//! The egress broker: the one road from a plugin to an archive.
//!
//! Called by `imports/http.rs` and `imports/tcp.rs`. One [`Egress`] per archive, cheap to
//! clone; the [`Network`] below is one per process.
//!
//! The road of a request: `request.rs` (what may be written) → `grants.rs` and
//! `credentials.rs` (what may be reached, with what) → `exchange.rs` with `cache.rs`,
//! `flights.rs` and `retry.rs` (whether it is asked) → `attempt.rs` with `breaker.rs`,
//! `upstreams.rs`, `pace.rs` (whose turn it is) → `connector.rs`, `address.rs` (which address)
//! → (the operator's proxy, `proxy.rs`) → the archive → `redirect.rs` → `response.rs`, `decode.rs`.
//!
//! Rules that hold here and nowhere else:
//!
//! - Each hop and each repetition passes every check anew.
//! - No other layer repeats, redirects, paces or caches.
//! - Every wait ends at the caller's deadline.
//! - No text that leaves this module holds a secret.
//!
//! Not here: how many requests and bytes one call of a plugin may have (`limits.rs`).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, header};
use rustls::pki_types::CertificateDer;
use tokio::sync::Semaphore;
use tokio::time::Instant;

pub mod address;
mod attempt;
mod breaker;
mod cache;
mod clients;
mod connector;
mod decode;
mod downloads;
mod error;
mod exchange;
mod flights;
mod metrics;
mod network;
mod pace;
mod proxy;
mod public;
mod redirect;
mod request;
mod response;
mod retry;
mod tcp;
mod upstreams;

pub use breaker::State;
pub use error::{Error, Limit, OutageReason, RefusalReason};
pub use metrics::{Counts, Metrics};
pub use network::Network;
pub use proxy::{BadProxy, Proxy};
pub use public::{connect_to_public, not_public};
pub use request::{Body, ByteRange, Header, Part, Redirects, Request, guest_may_set};
pub use response::Response;
pub use tcp::{Connection, Security};

use attempt::channel;
use cache::Cache;
use clients::{Clients, READ_AHEAD_BYTES};
use connector::{Connector, Dialer};
use downloads::Downloads;
use exchange::{Answer, Opened};
use flights::Flights;
use metrics::Event;
use pace::Pace;
use request::Hop;
use response::Head;
use retry::Budget;
use upstreams::Upstreams;

use crate::credentials::Credentials;
use crate::grants::{Grants, List};

/// How one archive is reached. Checked by whoever reads the configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// What both sides allow; knows the archive's id.
    pub grants: Grants,
    /// The archive's credential slots.
    pub credentials: Credentials,
    /// A web page or mail address for the archive's operators, shown to them as `User-Agent`.
    pub contact: String,
    /// How much and how fast.
    pub limits: Limits,
    /// Certificate authorities that this archive trusts besides everybody's.
    pub trust: Vec<CertificateDer<'static>>,
}

/// How much and how fast one archive is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Longest time for name, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// Longest silence within a body.
    pub idle_timeout: Duration,
    /// Most bytes of one response, on the wire and unpacked.
    pub response_bytes: u64,
    /// Most bytes of one request's body.
    pub request_bytes: u64,
    /// Most redirects of one request.
    pub redirects: u32,
    /// Most attempts of one request, the first included; at least 1.
    pub attempts: u32,
    /// The wait before the first repetition; doubled for each further one.
    pub backoff: Duration,
    /// Requests a second, with bursts of one second; 0 for any number.
    pub requests_per_s: f64,
    /// Shortest time between two requests.
    pub request_interval: Duration,
    /// Most connections to the archive at once.
    pub concurrency: usize,
    /// Most connections to one of its hosts at once.
    pub host_concurrency: usize,
    /// Most downloads from the archive at once; they do not count among the connections above.
    pub downloads: usize,
    /// Failures of a host in a row after which it is left alone; at least 1.
    pub breaker_failures: u32,
    /// How long it is left alone.
    pub breaker_cool_down: Duration,
    /// Most bytes of kept answers; 0 for no cache.
    pub cache_bytes: u64,
    /// Most bytes of one kept answer.
    pub cached_body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            response_bytes: 256 * 1024 * 1024,
            request_bytes: 16 * 1024 * 1024,
            redirects: 5,
            attempts: 3,
            backoff: Duration::from_millis(200),
            requests_per_s: 10.0,
            request_interval: Duration::ZERO,
            concurrency: 16,
            host_concurrency: 8,
            downloads: 32,
            breaker_failures: 5,
            breaker_cool_down: Duration::from_secs(30),
            cache_bytes: 64 * 1024 * 1024,
            cached_body_bytes: 1024 * 1024,
        }
    }
}

/// The broker of one archive.
#[derive(Clone, Debug)]
pub struct Egress(Arc<Broker>);

#[derive(Debug)]
struct Broker {
    grants: Arc<Grants>,
    credentials: Credentials,
    limits: Limits,
    agent: HeaderValue,
    dialer: Dialer,
    clients: Clients,
    upstreams: Arc<Upstreams>,
    places: Arc<Semaphore>,
    pace: Arc<Pace>,
    budget: Arc<Budget>,
    cache: Cache,
    flights: Flights,
    metrics: Arc<Metrics>,
    /// `None` for everything that is no download.
    downloads: Option<Downloads>,
}

impl Egress {
    /// The broker of one archive over the process's `network`.
    pub fn new(network: &Arc<Network>, config: Config) -> Self {
        let Config { grants, credentials, contact, limits, trust } = config;
        let grants = Arc::new(grants);
        let timeout = limits.connect_timeout;
        let dialer = Dialer::new(Arc::clone(network), Arc::clone(&grants), timeout, &trust);
        let product = concat!("Archway/", env!("CARGO_PKG_VERSION"));
        let agent = HeaderValue::from_str(&format!("{product} (+{contact})"))
            .unwrap_or(HeaderValue::from_static(product));
        Self(Arc::new(Broker {
            clients: Clients::new(&dialer, &credentials, Connector::new, READ_AHEAD_BYTES),
            dialer,
            upstreams: Arc::new(Upstreams::new(
                limits.host_concurrency,
                limits.breaker_failures,
                limits.breaker_cool_down,
            )),
            places: Arc::new(Semaphore::new(limits.concurrency)),
            pace: Arc::new(Pace::new(limits.requests_per_s, limits.request_interval)),
            budget: Arc::new(Budget::new()),
            cache: Cache::new(limits.cache_bytes, limits.cached_body_bytes),
            flights: Flights::new(),
            metrics: Arc::default(),
            downloads: None,
            grants,
            credentials,
            limits,
            agent,
        }))
    }

    /// Checks `request` at once, and returns the future that sends it.
    ///
    /// The future gives the response as soon as its head is here; one that the cache may keep,
    /// once it is read as far as it would be kept. Dropping it, or the response,
    /// closes the connection. A status of 400 and above is a response.
    ///
    /// # Errors
    ///
    /// At once: [`Error::Denied`], [`Error::Invalid`], [`Error::Unauthorised`],
    /// [`Error::Exhausted`]. From the future, besides these for later hops:
    /// [`Error::Unavailable`] and [`Error::Malformed`].
    pub fn start(
        &self,
        request: &Request,
        deadline: Instant,
    ) -> Result<impl Future<Output = Result<Response, Error>> + Send + use<>, Error> {
        let broker = Arc::clone(&self.0);
        let first = Hop::check(request, broker.limits.request_bytes)
            .and_then(|hop| broker.allow(&hop).map(|()| hop))
            .map_err(|error| broker.report(error))?;
        let course = Course {
            redirects: request.redirects,
            limit: request.max_bytes.unwrap_or(u64::MAX).min(broker.most_bytes()),
            deadline: request::deadline(request, deadline),
            expires: request::deadline(request, far_future()),
        };
        Ok(async move { broker.follow(first, &course).await.map_err(|error| broker.report(error)) })
    }

    /// [`Egress::start`] and the response's head.
    ///
    /// # Errors
    ///
    /// Those of [`Egress::start`].
    pub async fn send(&self, request: &Request, deadline: Instant) -> Result<Response, Error> {
        self.start(request, deadline)?.await
    }

    /// The worst state of the archive's hosts.
    pub fn state(&self) -> State {
        let states = self.0.upstreams.states();
        states.into_iter().map(|(_, state)| state).max().unwrap_or(State::Closed)
    }

    /// The state of each host met so far, as `host:port`.
    pub fn host_states(&self) -> Vec<(String, State)> {
        let states = self.0.upstreams.states();
        states.into_iter().map(|(endpoint, state)| (endpoint.to_string(), state)).collect()
    }

    /// The archive's credential slots.
    pub fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// What was counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}

/// What stays the same over all hops of a request.
struct Course {
    redirects: Redirects,
    limit: u64,
    /// Of the head.
    deadline: Instant,
    /// Of the body; the caller's deadline for each read comes on top.
    expires: Instant,
}

impl Broker {
    /// Whether this hop may go where it wants, with the credential it wants.
    fn allow(&self, hop: &Hop) -> Result<(), Error> {
        self.grants.check(List::Http, &hop.endpoint)?;
        if let Some(slot) = &hop.credential {
            self.credentials.slot_for(slot, &hop.endpoint, channel(hop))?;
        }
        Ok(())
    }

    async fn follow(&self, first: Hop, course: &Course) -> Result<Response, Error> {
        let mut hop = first;
        for _ in 0..=self.limits.redirects {
            let answer = self.exchange(&hop, course.deadline).await?;
            let Some((status, location)) = redirected(&answer, course.redirects) else {
                return self.respond(&hop, answer, course);
            };
            hop = redirect::next(&hop, status, &location, &self.credentials)?;
            self.allow(&hop)?;
        }
        Err(Error::Malformed {
            asked: hop.url.to_string(),
            expected: format!("an answer after {} redirects", self.limits.redirects),
            received: "one redirect more".to_owned(),
        })
    }

    fn respond(&self, hop: &Hop, answer: Answer, course: &Course) -> Result<Response, Error> {
        let head = |status, headers| Head {
            status,
            final_url: self.credentials.redact(hop.url.as_str()),
            headers,
            limit: course.limit,
            idle_timeout: self.limits.idle_timeout,
            expires: course.expires,
        };
        let (first, opened) = match answer {
            Answer::Kept(entry) => {
                return Ok(Response::from_cache(head(200, entry.headers.clone()), &entry));
            }
            Answer::Network(reply) => (Bytes::new(), self.open(hop, reply, course.limit)?),
            Answer::Begun(first, opened) => (first, opened),
        };
        let Opened { status, headers, decoder, places } = opened;
        Ok(Response::from_network(head(status, headers), first, decoder, places))
    }

    /// Counts a refusal, and takes every secret out of an error before it leaves.
    fn report(&self, error: Error) -> Error {
        if let Error::Denied(_) | Error::Unauthorised { .. } = &error {
            self.metrics.count(Event::Refused);
        }
        error.redacted(&self.credentials)
    }
}

/// Status and target, if the answer is a redirect that is to be followed.
fn redirected(answer: &Answer, redirects: Redirects) -> Option<(u16, String)> {
    let (Answer::Network(reply), Redirects::Follow) = (answer, redirects) else { return None };
    let location = reply.headers.get(header::LOCATION)?;
    let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
    redirect::is_redirect(reply.status).then_some((reply.status, location))
}

/// A century, as good as never, and far from overflowing.
fn far_future() -> Instant {
    Instant::now() + Duration::from_secs(100 * 365 * 24 * 3600)
}

#[cfg(test)]
mod tests;
