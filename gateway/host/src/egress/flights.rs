//! Requests that are being made for all who ask the same at the same time.
//!
//! Called by `exchange.rs`, for what the cache may keep.
//!
//! Rules that hold here and nowhere else:
//!
//! - Whoever comes first leads: it asks the archive, and the others wait for what it brings.
//! - What it brings, a failure too, is for those who wait; whoever comes later asks anew.
//! - One who leaves while waiting changes nothing. A leader who leaves, or has no more time,
//!   hands over to the next who waits.
//! - A question whose answer was not kept of late is asked by each at once: nobody would gain
//!   by waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::cache::Entry;
use super::error::Error;

/// One request, and what it brought once it has landed.
pub(crate) type Flight = OnceCell<Landed>;

/// What a flight brought to all who wait for it.
#[derive(Clone, Debug)]
pub(crate) enum Landed {
    /// An answer that is kept.
    Kept(Arc<Entry>),
    /// An answer that is not kept, and the leader's alone: the others ask for themselves.
    NotKept,
    /// No answer.
    Failed(Error),
}

/// The flights of one archive, by what they ask.
#[derive(Debug)]
pub(crate) struct Flights {
    flying: Mutex<HashMap<String, Weak<Flight>>>,
    /// What is asked by each for itself.
    alone: moka::future::Cache<String, ()>,
}

/// How long, and in how many bytes of questions, it is remembered that an answer was not kept.
const ALONE_FOR: Duration = Duration::from_secs(60);
const MOST_ALONE_BYTES: u64 = 256 * 1024;

impl Flights {
    pub(crate) fn new() -> Self {
        let alone = moka::future::Cache::builder()
            .weigher(|key: &String, ()| u32::try_from(key.len()).unwrap_or(u32::MAX))
            .max_capacity(MOST_ALONE_BYTES)
            .time_to_live(ALONE_FOR)
            .build();
        Self { flying: Mutex::default(), alone }
    }

    /// Whether `key` is to be asked by each for itself.
    pub(crate) fn are_vain(&self, key: &str) -> bool {
        self.alone.contains_key(key)
    }

    /// An answer to `key` was not kept.
    pub(crate) async fn was_not_kept(&self, key: &str) {
        self.alone.insert(key.to_owned(), ()).await;
    }

    /// The flight that asks `key`, a new one if there is none in the air.
    pub(crate) fn join(&self, key: &str) -> Arc<Flight> {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        flying.retain(|_, flight| flight.upgrade().is_some_and(|flight| !flight.initialized()));
        if let Some(flight) = flying.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Flight::new());
        flying.insert(key.to_owned(), Arc::downgrade(&flight));
        flight
    }
}
