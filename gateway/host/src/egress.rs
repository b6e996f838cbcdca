//! The egress broker: the one road from a plugin to an archive.
//!
//! Called by `imports/http.rs` and `imports/tcp.rs`. One [`Egress`] per archive, cheap to
//! clone; the [`Network`] below is one per process.
//!
//! The road of a request: `request.rs` (what may be written) → `grants.rs` and
//! `credentials.rs` (what may be reached, with what) → `cache.rs` → `breaker.rs`,
//! `upstreams.rs`, `pace.rs` (whose turn it is) → `connector.rs`, `address.rs` (which address)
//! → the archive → `retry.rs`, `redirect.rs` → `response.rs`, `decode.rs`.
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
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

pub mod address;
mod breaker;
mod cache;
mod connector;
mod decode;
mod error;
mod metrics;
mod network;
mod pace;
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
pub use request::{Body, ByteRange, Header, Part, Redirects, Request, guest_may_set};
pub use response::Response;
pub use tcp::{Connection, Security};

use breaker::{Shut, Verdict};
use cache::{Cache, Entry, Found};
use connector::{Connector, DialError, Dialer, cause};
use decode::{Coding, Decoder};
use metrics::Event;
use pace::Pace;
use request::{Hop, shortened};
use response::{Head, Unpacked, visible};
use retry::Budget;
use upstreams::{Upstream, Upstreams};

use crate::credentials::{Channel, Credentials};
use crate::grants::{Endpoint, Grants, List};

/// What hyper may hold of one connection before it is asked for.
const READ_AHEAD_BYTES: usize = 256 * 1024;
/// Most bytes of a response's head.
const MOST_HEAD_BYTES: u32 = 64 * 1024;
/// A shorter wait says more about the caller's deadline than about the archive.
const TELLING_WAIT: Duration = Duration::from_secs(1);

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
    client: Client<Connector, Full<Bytes>>,
    upstreams: Upstreams,
    places: Arc<Semaphore>,
    pace: Pace,
    budget: Budget,
    cache: Cache,
    metrics: Arc<Metrics>,
}

impl Egress {
    /// The broker of one archive over the process's `network`.
    pub fn new(network: &Arc<Network>, config: Config) -> Self {
        let Config { grants, credentials, contact, limits } = config;
        let grants = Arc::new(grants);
        let dialer = Dialer::new(Arc::clone(network), Arc::clone(&grants), limits.connect_timeout);
        let product = concat!("Archway/", env!("CARGO_PKG_VERSION"));
        let agent = HeaderValue::from_str(&format!("{product} (+{contact})"))
            .unwrap_or(HeaderValue::from_static(product));
        Self(Arc::new(Broker {
            client: client(Connector::new(dialer.clone())),
            dialer,
            upstreams: Upstreams::new(
                limits.host_concurrency,
                limits.breaker_failures,
                limits.breaker_cool_down,
            ),
            places: Arc::new(Semaphore::new(limits.concurrency)),
            pace: Pace::new(limits.requests_per_s, limits.request_interval),
            budget: Budget::new(),
            cache: Cache::new(limits.cache_bytes, limits.cached_body_bytes),
            metrics: Arc::default(),
            grants,
            credentials,
            limits,
            agent,
        }))
    }

    /// Checks `request` at once, and returns the future that sends it.
    ///
    /// The future gives the response as soon as its head is here. Dropping it, or the response,
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
            limit: request.max_bytes.unwrap_or(u64::MAX).min(broker.limits.response_bytes),
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

/// What one attempt brought.
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Incoming,
    places: Vec<OwnedSemaphorePermit>,
}

/// What one hop brought.
enum Answer {
    Network(Reply, Found),
    Kept(Arc<Entry>),
}

struct Failure {
    error: Error,
    worth_repeating: bool,
}

impl Failure {
    fn once(error: Error) -> Self {
        Self { error, worth_repeating: false }
    }
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

    /// One hop: from the cache, or by as many attempts as it takes.
    async fn exchange(&self, hop: &Hop, deadline: Instant) -> Result<Answer, Error> {
        let found = self.cache.find(hop).await;
        let kept = match &found {
            Found::Fresh(entry) => {
                self.metrics.count(Event::CacheFresh);
                return Ok(Answer::Kept(Arc::clone(entry)));
            }
            Found::Stale(_, entry) => Some(Arc::clone(entry)),
            Found::Bypass | Found::Nothing(_) => None,
        };
        self.budget.earn();
        let mut attempt = 1;
        let outcome = loop {
            let outcome = self.attempt(hop, kept.as_deref(), deadline).await;
            let Some(wait) = self.wait(hop, &outcome, attempt, deadline) else { break outcome };
            // The places of a reply that is not wanted are given back before the wait.
            drop(outcome);
            sleep(wait).await;
            self.metrics.count(Event::Retry);
            attempt += 1;
        };
        let reply = outcome.map_err(|failure| failure.error)?;
        match found {
            Found::Stale(key, entry) if reply.status == 304 => {
                self.metrics.count(Event::CacheRevalidated);
                Ok(Answer::Kept(self.cache.refresh(key, &entry, &reply.headers).await))
            }
            found => Ok(Answer::Network(reply, found)),
        }
    }

    /// How long to wait before another attempt; `None` if there is none.
    fn wait(
        &self,
        hop: &Hop,
        outcome: &Result<Reply, Failure>,
        attempt: u32,
        deadline: Instant,
    ) -> Option<Duration> {
        let asked_for = match outcome {
            Ok(reply) if retry::worth_repeating(reply.status) => {
                retry_after(&reply.headers).unwrap_or_default()
            }
            Err(failure) if failure.worth_repeating => Duration::ZERO,
            Ok(_) | Err(_) => return None,
        };
        if !hop.idempotent || attempt >= self.limits.attempts {
            return None;
        }
        let wait = asked_for.max(retry::backoff(self.limits.backoff, attempt));
        let in_time = Instant::now().checked_add(wait).is_some_and(|then| then < deadline);
        // The budget comes last: what is not repeated anyway must not cost.
        (in_time && self.budget.spend()).then_some(wait)
    }

    /// One request on the wire, from waiting for its turn to the head of the answer.
    async fn attempt(
        &self,
        hop: &Hop,
        kept: Option<&Entry>,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        let upstream = self.upstreams.of(&hop.endpoint).map_err(Failure::once)?;
        if let Some(shut) = upstream.breaker.shut() {
            return Err(Failure::once(left_alone(&hop.endpoint, shut)));
        }
        let places = self.turn(&upstream, deadline).await.map_err(Failure::once)?;
        let request = self.assemble(hop, kept).map_err(Failure::once)?;
        let pass = upstream
            .breaker
            .admit()
            .map_err(|shut| Failure::once(left_alone(&hop.endpoint, shut)))?;
        self.metrics.count(Event::Request);
        self.metrics.sent(hop.body.len());
        let sent = Instant::now();
        let outcome = timeout_at(deadline, self.client.request(request)).await;
        let (result, verdict) = match outcome {
            Ok(Ok(response)) => {
                let verdict = verdict(response.status().as_u16(), response.headers());
                (Ok(response), Some(verdict))
            }
            Ok(Err(error)) => {
                let failure = failure(hop, &error);
                let verdict = match &failure.error {
                    Error::Unavailable { reason, .. } => Some(Verdict::Failed(*reason)),
                    Error::Malformed { .. } => Some(Verdict::Failed(OutageReason::ServerFault)),
                    Error::Denied(_)
                    | Error::Invalid { .. }
                    | Error::Unauthorised { .. }
                    | Error::Exhausted { .. } => None,
                };
                (Err(failure), verdict)
            }
            Err(_) => {
                let waited = sent.elapsed();
                let message =
                    format!("{} did not answer within {:.1} s", hop.endpoint, waited.as_secs_f32());
                let verdict = Verdict::Failed(OutageReason::TimedOut);
                let failure = Failure::once(Error::outage(OutageReason::TimedOut, message));
                (Err(failure), (waited >= TELLING_WAIT).then_some(verdict))
            }
        };
        if let Some(verdict) = verdict {
            if matches!(verdict, Verdict::Failed(_)) {
                self.metrics.count(Event::Failure);
            }
            if pass.conclude(verdict) {
                self.metrics.count(Event::BreakerOpened);
                let (archive, host) = (self.grants.archive(), &hop.endpoint);
                tracing::warn!(archive.id = %archive, %host, "left alone after failures in a row");
            }
        }
        let (head, body) = result?.into_parts();
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body, places })
    }

    /// Waits for a place at the host, one at the archive, and the next turn.
    async fn turn(
        &self,
        upstream: &Upstream,
        deadline: Instant,
    ) -> Result<Vec<OwnedSemaphorePermit>, Error> {
        let busy = |retry_after| {
            self.metrics.count(Event::Busy);
            let message = format!(
                "the gateway asks `{}` no faster: too many requests are waiting",
                self.grants.archive()
            );
            Error::Unavailable {
                reason: OutageReason::Busy,
                message,
                reply_code: None,
                retry_after,
            }
        };
        let mut places = Vec::with_capacity(2);
        for semaphore in [&upstream.places, &self.places] {
            let place = timeout_at(deadline, Arc::clone(semaphore).acquire_owned()).await;
            places.push(place.map_err(|_| busy(None))?.expect("no semaphore is ever closed"));
        }
        self.pace.turn(deadline).await.map_err(|wait| busy(Some(wait)))?;
        Ok(places)
    }

    /// The request as it goes out, with credential, conditions and our name.
    fn assemble(
        &self,
        hop: &Hop,
        kept: Option<&Entry>,
    ) -> Result<http::Request<Full<Bytes>>, Error> {
        let (mut url, mut headers) = (hop.url.clone(), hop.headers.clone());
        if let Some(slot) = &hop.credential {
            let slot = self.credentials.slot_for(slot, &hop.endpoint, channel(hop))?;
            slot.apply(&mut url, &mut headers);
        }
        if let Some(entry) = kept {
            entry.ask(&mut headers);
        }
        headers.insert(header::USER_AGENT, self.agent.clone());
        if hop.body.is_empty() && matches!(hop.method, Method::POST | Method::PUT) {
            // Some servers answer 411 without it (RFC 9110, 8.6).
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let uri: Uri = url.as_str().parse().map_err(|problem| {
            Error::invalid("url", format!("`{}`: {problem}", shortened(hop.url.as_str())))
        })?;
        let mut request = http::Request::new(Full::new(hop.body.clone()));
        *request.method_mut() = hop.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
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
        let (reply, found) = match answer {
            Answer::Kept(entry) => {
                return Ok(Response::from_cache(head(200, entry.headers.clone()), &entry));
            }
            Answer::Network(reply, found) => (reply, found),
        };
        let Reply { status, headers, body, places } = reply;
        // An answer without a body may still say how it would be packed.
        let bare = hop.method == Method::HEAD || hyper::body::Body::is_end_stream(&body);
        let coding = if bare { Ok(Coding::Identity) } else { Coding::of(&headers) };
        let coding = coding.map_err(|received| Error::Malformed {
            asked: hop.url.to_string(),
            expected: "a body as it is, or packed once by gzip or deflate".to_owned(),
            received: shortened(&received),
        })?;
        let unpacked = if coding == Coding::Identity { Unpacked::No } else { Unpacked::Yes };
        let shown = visible(&headers, unpacked, &self.credentials);
        let keep = match found {
            Found::Nothing(key) | Found::Stale(key, _) => {
                self.cache.keep(key, status, &headers, &shown)
            }
            Found::Bypass | Found::Fresh(_) => None,
        };
        let decoder = Decoder::new(body, coding, course.limit, Arc::clone(&self.metrics));
        Ok(Response::from_network(head(status, shown), decoder, keep, places))
    }

    /// Counts a refusal, and takes every secret out of an error before it leaves.
    fn report(&self, error: Error) -> Error {
        if let Error::Denied(_) | Error::Unauthorised { .. } = &error {
            self.metrics.count(Event::Refused);
        }
        error.redacted(&self.credentials)
    }
}

fn client(connector: Connector) -> Client<Connector, Full<Bytes>> {
    // hyper sends a request again by itself only if a pooled connection closed before a byte of
    // it was written; that is not a second request.
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(4)
        .http1_max_buf_size(READ_AHEAD_BYTES)
        .http2_initial_stream_window_size(1024 * 1024)
        .http2_initial_connection_window_size(4 * 1024 * 1024)
        .http2_max_header_list_size(MOST_HEAD_BYTES)
        .build(connector)
}

fn channel(hop: &Hop) -> Channel {
    if hop.url.scheme() == "https" { Channel::Tls } else { Channel::Plain }
}

/// Status and target, if the answer is a redirect that is to be followed.
fn redirected(answer: &Answer, redirects: Redirects) -> Option<(u16, String)> {
    let (Answer::Network(reply, _), Redirects::Follow) = (answer, redirects) else { return None };
    let location = reply.headers.get(header::LOCATION)?;
    let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
    redirect::is_redirect(reply.status).then_some((reply.status, location))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry::retry_after(headers.get(header::RETRY_AFTER)?.to_str().ok()?)
}

/// What an answer says about the health of the host.
fn verdict(status: u16, headers: &HeaderMap) -> Verdict {
    // TAP services report a wrong query as a 500 with a VOTable (DALI 1.1, 4.2): a host that can
    // write its own error document is not down.
    let of_the_service = status == 500
        && headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|v| v.to_str().is_ok_and(|v| v.to_ascii_lowercase().contains("xml")));
    if status >= 500 && !of_the_service {
        Verdict::Failed(OutageReason::ServerFault)
    } else {
        Verdict::Answered
    }
}

fn left_alone(endpoint: &Endpoint, shut: Shut) -> Error {
    let Shut { failures, last, retry_after } = shut;
    let message = format!(
        "{endpoint} failed {failures} times in a row, at last because {last}; it is left alone for {} s",
        retry_after.as_secs_f32().ceil()
    );
    Error::Unavailable { reason: last, message, reply_code: None, retry_after: Some(retry_after) }
}

/// Finds in hyper's chain of errors what went wrong.
fn failure(hop: &Hop, error: &hyper_util::client::legacy::Error) -> Failure {
    if let Some(dial) = cause::<DialError>(error) {
        return Failure { error: dial.clone().into(), worth_repeating: dial.worth_repeating() };
    }
    if let Some(tls) = cause::<rustls::Error>(error) {
        let message = format!("TLS with {}: {tls}", hop.endpoint);
        return Failure::once(Error::outage(OutageReason::TlsFailed, message));
    }
    if let Some(hyper) = cause::<hyper::Error>(error)
        && (hyper.is_parse() || hyper.is_parse_too_large())
    {
        return Failure::once(Error::Malformed {
            asked: hop.url.to_string(),
            expected: format!("an HTTP response with a head of at most {READ_AHEAD_BYTES} bytes"),
            received: hyper.to_string(),
        });
    }
    let problem = match (cause::<std::io::Error>(error), cause::<hyper::Error>(error)) {
        (Some(io), _) => io.to_string(),
        (None, Some(hyper)) => hyper.to_string(),
        (None, None) => error.to_string(),
    };
    let message = format!("the connection to {} was lost: {problem}", hop.endpoint);
    let error = Error::outage(OutageReason::ConnectionLost, message);
    Failure { error, worth_repeating: true }
}

/// A century, as good as never, and far from overflowing.
fn far_future() -> Instant {
    Instant::now() + Duration::from_secs(100 * 365 * 24 * 3600)
}

#[cfg(test)]
mod tests;
