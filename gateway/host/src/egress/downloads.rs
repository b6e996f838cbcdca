//! The broker for downloads: bodies of any length, read as slowly as the client takes them.
//!
//! Called by `fetch.rs` of the crate. Everything of `egress.rs` holds here too (grants,
//! credentials, addresses, pace, breakers, retries before the head); what differs:
//!
//! - No limit of an answer's bytes, and no cache. Silence ends a body, time does not.
//! - Places of their own, so that downloads, which take long, keep no question waiting.
//! - HTTP/1.1 only: on a shared HTTP/2 connection one slow client would use up the window of
//!   all others.
//! - The more downloads there are, the less is read ahead for each.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use tokio::sync::Semaphore;
use url::Url;

use super::cache::Cache;
use super::clients::{Clients, READ_AHEAD_BYTES};
use super::connector::Connector;
use super::flights::Flights;
use super::{Broker, Egress};
use crate::grants::Grants;

/// Of so many downloads each is read ahead in full.
const FAST: usize = 4;
/// What is read ahead of each of the others: with the copies on the way to the client, three or
/// four of these are in memory.
const READ_AHEAD_OF_MANY_BYTES: usize = 16 * 1024;

/// What a broker for downloads has besides.
#[derive(Debug)]
pub(super) struct Downloads {
    of_many: Clients,
}

impl Egress {
    /// The broker for downloads from the same archive; with `grants` in the place of its own,
    /// where another plugin speaks for it.
    pub(crate) fn for_downloads(&self, grants: Option<Grants>) -> Self {
        let own = &self.0;
        let grants = grants.map_or_else(|| Arc::clone(&own.grants), Arc::new);
        let dialer = own.dialer.with_grants(Arc::clone(&grants));
        let clients =
            |read_ahead| Clients::new(&dialer, &own.credentials, Connector::http1, read_ahead);
        let (alone, of_many) = (clients(READ_AHEAD_BYTES), clients(READ_AHEAD_OF_MANY_BYTES));
        Self(Arc::new(Broker {
            clients: alone,
            dialer,
            upstreams: Arc::clone(&own.upstreams),
            places: Arc::new(Semaphore::new(own.limits.downloads)),
            pace: Arc::clone(&own.pace),
            budget: Arc::clone(&own.budget),
            cache: Cache::new(0, 0),
            flights: Flights::new(),
            metrics: Arc::clone(&own.metrics),
            downloads: Some(Downloads { of_many }),
            grants,
            credentials: own.credentials.clone(),
            limits: own.limits.clone(),
            agent: own.agent.clone(),
        }))
    }

    /// Longest silence within a body.
    pub(crate) fn idle_timeout(&self) -> Duration {
        self.0.limits.idle_timeout
    }

    /// Most downloads from the archive at once.
    pub(crate) fn most_downloads(&self) -> usize {
        self.0.limits.downloads
    }
}

impl Broker {
    /// The client for the next request, which names `slot`.
    pub(super) fn client(&self, slot: Option<&str>) -> &Client<Connector, Full<Bytes>> {
        let running = self.limits.downloads.saturating_sub(self.places.available_permits());
        let clients = match &self.downloads {
            Some(downloads) if running > FAST => &downloads.of_many,
            _ => &self.clients,
        };
        clients.showing(slot)
    }

    /// Most bytes of one answer.
    pub(super) fn most_bytes(&self) -> u64 {
        if self.downloads.is_some() { u64::MAX } else { self.limits.response_bytes }
    }
}

/// Whether the file is packed by itself: servers call such a file `Content-Encoding: gzip` whose
/// name ends in `.gz`, and what was asked for is the file.
pub(super) fn is_packed_file(url: &Url) -> bool {
    const PACKED: [&str; 8] = [".gz", ".tgz", ".z", ".svgz", ".bz2", ".xz", ".zst", ".zip"];
    let path = url.path().to_ascii_lowercase();
    PACKED.iter().any(|suffix| path.ends_with(suffix))
}
