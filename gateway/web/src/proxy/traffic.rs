//! What went through a lab's proxy, and when its user last did something.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

use archway_core::coverage::Instant;

/// What went through, since the gateway started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Requests, upgrades among them.
    pub requests: u64,
    /// Bytes of bodies and WebSockets from browsers.
    pub from_client_bytes: u64,
    /// Bytes of bodies and WebSockets from the lab.
    pub to_client_bytes: u64,
    /// WebSockets that are open.
    pub sockets: u64,
    /// When its user last did something: went to a page, changed something, or sent a message
    /// over a WebSocket; to a second. An open page that asks how the lab is, or answers pings, does nothing.
    pub last_input: Option<Instant>,
}

/// The counters themselves.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) requests: AtomicU64,
    pub(super) from_client_bytes: AtomicU64,
    pub(super) to_client_bytes: AtomicU64,
    pub(super) sockets: AtomicU64,
    /// Microseconds of UTC since 1970; 0 for never.
    last_input_us: AtomicI64,
}

impl Counters {
    /// Somebody did something, just now; whether that is news, because a second has passed.
    pub(super) fn input(&self) -> bool {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let us = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
        let before = self.last_input_us.load(Relaxed);
        let news = us.saturating_sub(before) >= 1_000_000;
        if news {
            self.last_input_us.store(us, Relaxed);
        }
        news
    }

    pub(super) fn read(&self) -> Traffic {
        let last = self.last_input_us.load(Relaxed);
        Traffic {
            requests: self.requests.load(Relaxed),
            from_client_bytes: self.from_client_bytes.load(Relaxed),
            to_client_bytes: self.to_client_bytes.load(Relaxed),
            sockets: self.sockets.load(Relaxed),
            last_input: (last != 0).then(|| Instant::from_utc_us(last)),
        }
    }
}
