//! One hop: from the cache, from what is being asked already, or by as many attempts as it takes.
//!
//! Called by `egress.rs`. Calls `cache.rs`, `flights.rs` and `attempt.rs`.
//!
//! Rules that hold here and nowhere else:
//!
//! - Of requests for the same that the cache may keep, one at a time goes to the archive. One
//!   that wants news (`no-cache`), or whose answer was not kept of late, goes by itself.
//! - An answer that may be kept is read to its end, or to the most that is kept, before it is
//!   given: else a slow reader would keep all others waiting.
//! - What is repeated, and after which wait.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, header};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout_at};

use super::attempt::{Failure, Reply};
use super::cache::{Entry, Found, wants_news};
use super::decode::{Coding, Decoder};
use super::error::{Error, OutageReason};
use super::flights::Landed;
use super::metrics::Event;
use super::request::{Header, Hop, shortened};
use super::response::{Unpacked, broken_off, stopped, visible};
use super::{Broker, downloads, retry};

/// What one hop brought.
pub(super) enum Answer {
    /// As it came; its body was not touched.
    Network(Reply),
    /// It was to be kept and is too long: what was read of it, and the rest.
    Begun(Bytes, Opened),
    Kept(Arc<Entry>),
}

/// A reply whose body can be read.
pub(super) struct Opened {
    pub(super) status: u16,
    pub(super) headers: Vec<Header>,
    pub(super) decoder: Decoder,
    pub(super) places: Vec<OwnedSemaphorePermit>,
}

/// Most bytes that are read at once of what is kept.
const READ_BYTES: usize = 64 * 1024;

impl Broker {
    /// One hop, by itself or together with others.
    pub(super) async fn exchange(&self, hop: &Hop, deadline: Instant) -> Result<Answer, Error> {
        let Some(key) = self.cache.key(hop) else {
            return Ok(Answer::Network(self.ask(hop, None, deadline).await?));
        };
        let kept = match self.cache.look(&key).await {
            Found::Fresh(entry) | Found::Stale(entry) if wants_news(hop) => Some(entry),
            Found::Fresh(entry) => {
                self.metrics.count(Event::CacheFresh);
                return Ok(Answer::Kept(entry));
            }
            Found::Stale(entry) => Some(entry),
            Found::Nothing => None,
        };
        if wants_news(hop) || self.flights.are_vain(&key) {
            return self.fetch(hop, &key, kept, deadline).await;
        }
        let flight = self.flights.join(&key);
        let (mut led, mut own) = (false, None);
        let landing = flight.get_or_try_init(|| {
            led = true;
            self.lead(hop, &key, deadline, &mut own)
        });
        // The leader's own waits end at its deadline with better words than these.
        let Ok(landed) = timeout_at(deadline, landing).await else {
            let message = format!("{} did not answer in time", hop.endpoint);
            return Err(Error::outage(OutageReason::TimedOut, message));
        };
        match landed?.clone() {
            Landed::Kept(entry) => {
                if !led {
                    self.metrics.count(Event::CacheShared);
                }
                Ok(Answer::Kept(entry))
            }
            Landed::Failed(error) => Err(error),
            Landed::NotKept => match own {
                Some(answer) => Ok(answer),
                None => self.fetch(hop, &key, kept, deadline).await,
            },
        }
    }

    /// Asks for all who wait; what is not kept is put into `own`.
    ///
    /// # Errors
    ///
    /// What is the leader's own misfortune: the next who waits takes over.
    async fn lead(
        &self,
        hop: &Hop,
        key: &str,
        deadline: Instant,
        own: &mut Option<Answer>,
    ) -> Result<Landed, Error> {
        // The flight before this one may have landed after this request had looked.
        let kept = match self.cache.look(key).await {
            Found::Fresh(entry) => {
                self.metrics.count(Event::CacheFresh);
                return Ok(Landed::Kept(entry));
            }
            Found::Stale(entry) => Some(entry),
            Found::Nothing => None,
        };
        match self.fetch(hop, key, kept, deadline).await {
            Ok(Answer::Kept(entry)) => Ok(Landed::Kept(entry)),
            Ok(answer) => {
                self.flights.was_not_kept(key).await;
                *own = Some(answer);
                Ok(Landed::NotKept)
            }
            Err(error) if in_too_great_haste(&error, deadline) => Err(error),
            Err(error) => Ok(Landed::Failed(error)),
        }
    }

    /// Asks the archive, and keeps its answer if that may be kept.
    async fn fetch(
        &self,
        hop: &Hop,
        key: &str,
        kept: Option<Arc<Entry>>,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let reply = self.ask(hop, kept.as_deref(), deadline).await?;
        if let (Some(entry), 304) = (&kept, reply.status) {
            self.metrics.count(Event::CacheRevalidated);
            return Ok(Answer::Kept(self.cache.refresh(key, entry, &reply.headers).await));
        }
        let Some(draft) = self.cache.draft(reply.status, &reply.headers) else {
            return Ok(Answer::Network(reply));
        };
        let mut opened = self.open(hop, reply, self.most_bytes())?;
        let url = || self.credentials.redact(hop.url.as_str());
        let mut body = BytesMut::new();
        while body.len() <= self.limits.cached_body_bytes {
            let until = deadline.min(Instant::now() + self.limits.idle_timeout);
            let read = timeout_at(until, opened.decoder.read(READ_BYTES)).await;
            let piece = read.map_err(|_| stopped(&url()))?.map_err(|e| broken_off(&e, &url()))?;
            if piece.is_empty() {
                let entry = draft.entry(opened.headers, body.freeze());
                return Ok(Answer::Kept(self.cache.insert(key, entry).await));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer::Begun(body.freeze(), opened))
    }

    /// By as many attempts as it takes.
    async fn ask(
        &self,
        hop: &Hop,
        kept: Option<&Entry>,
        deadline: Instant,
    ) -> Result<Reply, Error> {
        self.budget.earn();
        let mut attempt = 1;
        let outcome = loop {
            let outcome = self.attempt(hop, kept, deadline).await;
            let Some(wait) = self.wait(hop, &outcome, attempt, deadline) else { break outcome };
            // The places of a reply that is not wanted are given back before the wait.
            drop(outcome);
            sleep(wait).await;
            self.metrics.count(Event::Retry);
            attempt += 1;
        };
        outcome.map_err(|failure| failure.error)
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

    /// Makes the body of a reply readable; `limit` bounds what is taken from the wire.
    pub(super) fn open(&self, hop: &Hop, reply: Reply, limit: u64) -> Result<Opened, Error> {
        let Reply { status, headers, body, places } = reply;
        // An answer without a body may still say how it would be packed.
        let bare = hop.method == Method::HEAD || hyper::body::Body::is_end_stream(&body);
        let as_it_is = bare || (self.downloads.is_some() && downloads::is_packed_file(&hop.url));
        let coding = if as_it_is { Ok(Coding::Identity) } else { Coding::of(&headers) };
        let coding = coding.map_err(|received| Error::Malformed {
            asked: hop.url.to_string(),
            expected: "a body as it is, or packed once by gzip or deflate".to_owned(),
            received: shortened(&received),
        })?;
        if self.downloads.is_some() && status == 206 && coding != Coding::Identity {
            // A part of something packed is no part of the file.
            return Err(Error::Malformed {
                asked: hop.url.to_string(),
                expected: "a part of the file as it is".to_owned(),
                received: format!("a part of it packed by {coding:?}"),
            });
        }
        let unpacked = if coding == Coding::Identity { Unpacked::No } else { Unpacked::Yes };
        let headers = visible(&headers, unpacked, &self.credentials);
        let decoder = Decoder::new(body, coding, limit, Arc::clone(&self.metrics));
        Ok(Opened { status, headers, decoder, places })
    }
}

/// Whether an error is of the one who asked, who had less time than others may have.
fn in_too_great_haste(error: &Error, deadline: Instant) -> bool {
    let busy = matches!(error, Error::Unavailable { reason: OutageReason::Busy, .. });
    busy || Instant::now() >= deadline
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry::retry_after(headers.get(header::RETRY_AFTER)?.to_str().ok()?)
}
