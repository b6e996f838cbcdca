//! What the proxy holds of one lab: connections at rest, counters, and the end of everything.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use archway_core::labs::Endpoint;
use tokio_util::sync::CancellationToken;

use super::headers::same_endpoint;
use super::traffic::Counters;
use super::upstream::Connection;

/// Requests of one lab that may be answered at once.
const MOST_REQUESTS: u32 = 256;
/// WebSockets of one lab that may be open at once.
const MOST_SOCKETS: u32 = 1024;
/// Connections to one lab that rest.
const MOST_RESTING: usize = 64;
/// How long a connection rests. Short, so that one the lab has closed is hardly ever taken.
const RESTS: Duration = Duration::from_secs(2);

/// One lab.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) id: String,
    pub(super) counters: Counters,
    /// Microseconds of UTC when it was first seen to be gone; 0 while it is there.
    pub(super) gone_since_us: AtomicI64,
    /// Ends the WebSockets that are open.
    end_of_sockets: Mutex<CancellationToken>,
    resting: Mutex<Vec<Connection>>,
    requests: AtomicU32,
    sockets: AtomicU32,
}

impl Lab {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            counters: Counters::default(),
            gone_since_us: AtomicI64::new(0),
            end_of_sockets: Mutex::default(),
            resting: Mutex::default(),
            requests: AtomicU32::new(0),
            sockets: AtomicU32::new(0),
        }
    }

    /// A connection to that endpoint that rests, the latest first: the others may then grow old.
    pub(super) fn take_connection(&self, endpoint: &Endpoint) -> Option<Connection> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = resting.pop()?;
        let fresh = connection.rested_since.elapsed() < RESTS;
        if fresh && same_endpoint(&connection.endpoint, endpoint) {
            return Some(connection);
        }
        // What is below it has rested longer, or leads to where the lab was before.
        resting.clear();
        None
    }

    /// Lets a connection rest.
    pub(super) fn rest(&self, mut connection: Connection) {
        connection.rested_since = Instant::now();
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.len() < MOST_RESTING {
            resting.push(connection);
        }
    }

    /// Closes connections that have rested long enough.
    pub(super) fn close_rested(&self) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|connection| connection.rested_since.elapsed() < RESTS);
        if resting.is_empty() {
            resting.shrink_to_fit();
        }
    }

    /// What ends a WebSocket that is opened now, when the lab ends.
    pub(super) fn end_of_sockets(&self) -> CancellationToken {
        self.end_of_sockets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends its WebSockets and closes its connections.
    pub(super) fn end(&self) {
        let mut end = self.end_of_sockets.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *end).cancel();
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A place for one more request; `None` if there are too many.
    pub(super) fn admit_request(self: &Arc<Self>) -> Option<Admitted> {
        Admitted::to(self, |lab| &lab.requests, MOST_REQUESTS)
    }

    /// A place for one more WebSocket; `None` if there are too many.
    pub(super) fn admit_socket(self: &Arc<Self>) -> Option<Admitted> {
        Admitted::to(self, |lab| &lab.sockets, MOST_SOCKETS)
    }
}

/// A place that is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) lab: Arc<Lab>,
    of: fn(&Lab) -> &AtomicU32,
}

impl Admitted {
    fn to(lab: &Arc<Lab>, of: fn(&Lab) -> &AtomicU32, most: u32) -> Option<Self> {
        let admitted = Self { lab: Arc::clone(lab), of };
        (of(lab).fetch_add(1, Relaxed) < most).then_some(admitted)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        (self.of)(&self.lab).fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back() {
        let lab = Arc::new(Lab::new("a1"));
        let all: Vec<_> = std::iter::from_fn(|| lab.admit_request()).collect();
        assert_eq!(all.len(), 256);
        drop(all);
        assert!(lab.admit_request().is_some());
        assert_eq!(lab.requests.load(Relaxed), 0);
    }
}
