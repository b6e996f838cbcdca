//! Clock and chance for tests.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::coverage::Instant;
use crate::outside::Outside;

/// 2026-01-01T00:00:00Z, with the 37 leap seconds of that day.
pub const NEW_YEAR: Instant = Instant(1_767_225_637_000_000);

/// A clock that begins about [`NEW_YEAR`] and goes as tokio's does (so `tokio::time::pause` and
/// `advance` move it), and identifiers that count up.
pub fn outside() -> Outside {
    Outside { now: now_by_tokio, chance: count }
}

/// The same with a clock that always shows [`NEW_YEAR`].
pub fn fixed_outside() -> Outside {
    Outside { now: || NEW_YEAR, chance: count }
}

fn now_by_tokio() -> Instant {
    static BEGAN: OnceLock<tokio::time::Instant> = OnceLock::new();
    let now = tokio::time::Instant::now();
    let began = *BEGAN.get_or_init(|| now);
    // Tests of one process share the beginning, and each may have a clock of its own.
    let since = now.saturating_duration_since(began).as_micros() as i64;
    let before = began.saturating_duration_since(now).as_micros() as i64;
    Instant(NEW_YEAR.0 + since - before)
}

fn count(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes();
    let digits = next.into_iter().chain(std::iter::repeat(0));
    for (place, digit) in bytes.iter_mut().rev().zip(digits) {
        *place = digit;
    }
}
