//! One attempt: from waiting for its turn to the head of the answer.
//!
//! Called by `egress.rs` for each hop and each repetition, and for its parts by `tcp.rs`.
//!
//! Rules that hold here and nowhere else: the order of the waits (host, archive, pace), when a
//! credential is added, and what an outcome says about the health of a host.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::Broker;
use super::breaker::{Pass, Shut, Verdict};
use super::cache::Entry;
use super::clients::READ_AHEAD_BYTES;
use super::connector::{DialError, cause};
use super::error::{Error, OutageReason};
use super::metrics::Event;
use super::request::{Hop, shortened};
use super::upstreams::Upstream;
use crate::credentials::Channel;
use crate::grants::Endpoint;

/// A shorter wait says more about the caller's deadline than about the archive.
const TELLING_WAIT: Duration = Duration::from_secs(1);
/// A silence after which an attempt that is given up says something about the archive: longer
/// than a reader's patience, shorter than the deadline of a search (8 s).
const TELLING_SILENCE: Duration = Duration::from_secs(5);

/// What one attempt brought.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Incoming,
    pub(super) places: Vec<OwnedSemaphorePermit>,
}

/// Why an attempt brought nothing.
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) worth_repeating: bool,
}

impl Failure {
    fn once(error: Error) -> Self {
        Self { error, worth_repeating: false }
    }
}

impl Broker {
    /// One request on the wire, from waiting for its turn to the head of the answer.
    pub(super) async fn attempt(
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
        let mut waiting = Waiting { broker: self, endpoint: &hop.endpoint, pass: Some(pass), sent };
        let client = self.client(hop.credential.as_deref());
        let outcome = timeout_at(deadline, client.request(request)).await;
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
                let failure = Failure::once(Error::outage(OutageReason::TimedOut, message));
                let verdict = Verdict::Failed(OutageReason::TimedOut);
                (Err(failure), (waited >= TELLING_WAIT).then_some(verdict))
            }
        };
        if let Some(pass) = waiting.pass.take()
            && let Some(verdict) = verdict
        {
            self.conclude(&hop.endpoint, pass, verdict);
        }
        let (head, body) = result?.into_parts();
        tracing::debug!(
            archive.id = %self.grants.archive(),
            host = %hop.endpoint,
            status = head.status.as_u16(),
            duration_ms = sent.elapsed().as_millis(),
            "an archive answered"
        );
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body, places })
    }

    /// Records what an attempt found.
    pub(super) fn conclude(&self, endpoint: &Endpoint, pass: Pass, verdict: Verdict) {
        if matches!(verdict, Verdict::Failed(_)) {
            self.metrics.count(Event::Failure);
        }
        if pass.conclude(verdict) {
            self.metrics.count(Event::BreakerOpened);
            let archive = self.grants.archive();
            tracing::warn!(archive.id = %archive, host = %endpoint, "left alone after failures in a row");
        }
    }

    /// Waits for a place at the host, one at the archive, and the next turn.
    pub(super) async fn turn(
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
        // A download takes long and must not keep questions waiting.
        let of_host = self.downloads.is_none().then_some(&upstream.places);
        for semaphore in of_host.into_iter().chain([&self.places]) {
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
}

/// An attempt that has no answer yet.
///
/// Most calls end with a deadline that the broker does not know: whoever waits for the call
/// drops it. An archive that lets them all wait would never be found out, so an attempt that is
/// given up after a long silence counts as one without an answer.
struct Waiting<'a> {
    broker: &'a Broker,
    endpoint: &'a Endpoint,
    pass: Option<Pass>,
    sent: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take()
            && self.sent.elapsed() >= TELLING_SILENCE
        {
            self.broker.conclude(self.endpoint, pass, Verdict::Failed(OutageReason::TimedOut));
        }
    }
}

pub(super) fn channel(hop: &Hop) -> Channel {
    if hop.url.scheme() == "https" { Channel::Tls } else { Channel::Plain }
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

/// What is said in the place of an attempt that a breaker did not let through.
pub(super) fn left_alone(endpoint: &Endpoint, shut: Shut) -> Error {
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
