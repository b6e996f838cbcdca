//! The hosts of one archive: how many connections each has, and whether it is left alone.
//!
//! Called by `egress.rs` and `tcp.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::breaker::{Breaker, State};
use super::error::{Error, Limit};
use crate::grants::Endpoint;

/// One host and port.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) places: Arc<Semaphore>,
    pub(crate) breaker: Arc<Breaker>,
}

/// The hosts met so far, a bounded number: a wildcard grant knows no end of names.
#[derive(Debug)]
pub(crate) struct Upstreams {
    concurrency: usize,
    failures: u32,
    cool_down: Duration,
    known: Mutex<HashMap<Endpoint, Arc<Upstream>>>,
}

const MOST_UPSTREAMS: usize = 256;

impl Upstreams {
    pub(crate) fn new(concurrency: usize, failures: u32, cool_down: Duration) -> Self {
        Self { concurrency, failures, cool_down, known: Mutex::default() }
    }

    pub(crate) fn of(&self, endpoint: &Endpoint) -> Result<Arc<Upstream>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(upstream) = known.get(endpoint) {
            return Ok(Arc::clone(upstream));
        }
        if known.len() >= MOST_UPSTREAMS {
            // Those in use or known to be down are worth remembering.
            known.retain(|_, upstream| {
                Arc::strong_count(upstream) > 1
                    || Arc::strong_count(&upstream.places) > 1
                    || upstream.breaker.state() != State::Closed
            });
        }
        if known.len() >= MOST_UPSTREAMS {
            let message = format!("more than {MOST_UPSTREAMS} hosts of this archive are in use");
            let allowed = Some(MOST_UPSTREAMS as u64);
            return Err(Error::Exhausted { limit: Limit::Requests, allowed, message });
        }
        let upstream = Arc::new(Upstream {
            places: Arc::new(Semaphore::new(self.concurrency)),
            breaker: Arc::new(Breaker::new(self.failures, self.cool_down)),
        });
        known.insert(endpoint.clone(), Arc::clone(&upstream));
        Ok(upstream)
    }

    /// The state of every host met so far, by name.
    pub(crate) fn states(&self) -> Vec<(Endpoint, State)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut states: Vec<_> = known
            .iter()
            .map(|(endpoint, upstream)| (endpoint.clone(), upstream.breaker.state()))
            .collect();
        states.sort();
        states
    }
}
