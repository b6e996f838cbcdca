//! A gateway that is killed at one exact call into its neighbours.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// Counts the calls into the fakes that hold it; from the one that is said on, none returns any
/// more. The test then drops the gateway's futures, which is what a kill does. Each call counts
/// twice: before it has its effect, and after.
#[derive(Clone)]
pub struct Kill {
    shared: Arc<Shared>,
}

struct Shared {
    calls: AtomicU64,
    at: AtomicU64,
    reached: watch::Sender<bool>,
}

impl Default for Kill {
    /// One that never comes.
    fn default() -> Self {
        let shared = Shared {
            calls: AtomicU64::new(0),
            at: AtomicU64::new(u64::MAX),
            reached: watch::Sender::new(false),
        };
        Self { shared: Arc::new(shared) }
    }
}

impl Kill {
    /// The gateway is killed when this many more calls have been made.
    pub fn after(&self, calls: u64) {
        self.shared.at.store(self.calls() + calls, Ordering::SeqCst);
    }

    /// A new gateway runs: calls return again.
    pub fn over(&self) {
        self.shared.at.store(u64::MAX, Ordering::SeqCst);
        self.shared.reached.send_replace(false);
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// Returns when the gateway is to be dropped.
    pub async fn reached(&self) {
        let mut reached = self.shared.reached.subscribe();
        // The sender lives as long as `self`, so this ends by the value alone.
        let _ = reached.wait_for(|reached| *reached).await;
    }

    /// Called by fakes before and after their effect.
    pub async fn pass(&self) {
        let call = self.shared.calls.fetch_add(1, Ordering::SeqCst);
        if call >= self.shared.at.load(Ordering::SeqCst) {
            self.shared.reached.send_replace(true);
            pending::<()>().await;
        }
    }
}
