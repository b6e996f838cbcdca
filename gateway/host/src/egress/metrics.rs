//! What the broker counts for one archive.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the archive was loaded; they only grow.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: AtomicU64,
    retries: AtomicU64,
    failures: AtomicU64,
    refused: AtomicU64,
    busy: AtomicU64,
    cache_fresh: AtomicU64,
    cache_revalidated: AtomicU64,
    cache_shared: AtomicU64,
    breaker_opened: AtomicU64,
    received_bytes: AtomicU64,
    sent_bytes: AtomicU64,
}

/// One reading of [`Metrics`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that went to the network, redirects and retries included.
    pub requests: u64,
    /// Of these, repetitions.
    pub retries: u64,
    /// Of these, without an answer, or answered by a failure of the server.
    pub failures: u64,
    /// Requests refused by a grant, an address or a credential rule.
    pub refused: u64,
    /// Requests given up while waiting for their turn.
    pub busy: u64,
    /// Answers from the cache without asking.
    pub cache_fresh: u64,
    /// Answers from the cache after the archive said that they still hold.
    pub cache_revalidated: u64,
    /// Answers that another request was asking for at the same time.
    pub cache_shared: u64,
    /// How often a circuit breaker opened.
    pub breaker_opened: u64,
    /// Bytes of bodies as received, before decompression, and of `tcp` connections.
    pub received_bytes: u64,
    /// Bytes of bodies sent, and of `tcp` connections.
    pub sent_bytes: u64,
}

/// What can be counted one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Request,
    Retry,
    Failure,
    Refused,
    Busy,
    CacheFresh,
    CacheRevalidated,
    CacheShared,
    BreakerOpened,
}

impl Metrics {
    /// Reads all counters.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            requests: read(&self.requests),
            retries: read(&self.retries),
            failures: read(&self.failures),
            refused: read(&self.refused),
            busy: read(&self.busy),
            cache_fresh: read(&self.cache_fresh),
            cache_revalidated: read(&self.cache_revalidated),
            cache_shared: read(&self.cache_shared),
            breaker_opened: read(&self.breaker_opened),
            received_bytes: read(&self.received_bytes),
            sent_bytes: read(&self.sent_bytes),
        }
    }

    pub(crate) fn count(&self, event: Event) {
        let counter = match event {
            Event::Request => &self.requests,
            Event::Retry => &self.retries,
            Event::Failure => &self.failures,
            Event::Refused => &self.refused,
            Event::Busy => &self.busy,
            Event::CacheFresh => &self.cache_fresh,
            Event::CacheRevalidated => &self.cache_revalidated,
            Event::CacheShared => &self.cache_shared,
            Event::BreakerOpened => &self.breaker_opened,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.received_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
