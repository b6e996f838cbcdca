//! What is asked again, when, and how often in all.
//!
//! Called by `egress.rs`, the only layer that repeats a request. Pure but for the clock.
//!
//! Rules that hold here and nowhere else:
//!
//! - A budget per archive: a tenth of its requests, and a few a minute. When an archive is
//!   down, the gateway must not double its load.
//! - The archive's own `Retry-After` is waited for, or the answer is given up.
//! - Waits are random within bounds, so that many gateways do not come back together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Whether an answer with this status may be better the next time (RFC 9110, 15.6; RFC 6585, 4).
pub(crate) fn worth_repeating(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// How long `Retry-After` asks to wait: seconds or a date (RFC 9110, 10.2.3).
pub(crate) fn retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The wait before attempt `attempt + 1`: doubled each time, from half of it to all of it.
pub(crate) fn backoff(base: Duration, attempt: u32) -> Duration {
    const LONGEST: Duration = Duration::from_secs(8);
    let doubled = base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST);
    doubled.mul_f64(0.5 + 0.5 * random_unit())
}

/// A number from 0 to 1.
fn random_unit() -> f64 {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(random) / f64::from(u32::MAX)
}

/// How many repetitions are left for one archive.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<Purse>);

#[derive(Debug)]
struct Purse {
    coins: f64,
    counted: Instant,
}

/// What one request adds.
const PER_REQUEST: f64 = 0.1;
/// What one second adds: three a minute, for archives that are seldom asked.
const PER_SECOND: f64 = 0.05;
/// What is there at the start.
const AT_FIRST: f64 = 3.0;
/// More is not saved up.
const MOST: f64 = 20.0;

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Purse { coins: AT_FIRST, counted: Instant::now() }))
    }

    /// Counts one request that is not a repetition.
    pub(crate) fn earn(&self) {
        let mut purse = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        purse.coins = (purse.coins + PER_REQUEST).min(MOST);
    }

    /// Whether one repetition may be made, which it then counts as.
    pub(crate) fn spend(&self) -> bool {
        let mut purse = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let elapsed_s = now.duration_since(purse.counted).as_secs_f64();
        purse.counted = now;
        // Time alone never saves up more than the first coins.
        if purse.coins < AT_FIRST {
            purse.coins = (purse.coins + elapsed_s * PER_SECOND).min(AT_FIRST);
        }
        let affordable = purse.coins >= 1.0;
        if affordable {
            purse.coins -= 1.0;
        }
        affordable
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, backoff, retry_after};
    use std::time::Duration;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let cases = [
            ("seconds", "120", Some(Duration::from_secs(120))),
            ("zero", "0", Some(Duration::ZERO)),
            ("a past date", "Wed, 21 Oct 2015 07:28:00 GMT", Some(Duration::ZERO)),
            ("a negative number", "-1", None),
            ("words", "soon", None),
        ];
        for (name, text, expected) in cases {
            assert_eq!(retry_after(text), expected, "case: {name}");
        }
        let later = retry_after("Fri, 31 Dec 9999 23:59:59 GMT").unwrap();
        assert!(later > Duration::from_secs(1 << 32), "a future date lies ahead");
    }

    #[test]
    fn waits_double_and_stay_in_bounds() {
        let base = Duration::from_millis(200);
        for (attempt, longest_ms) in [(1, 200), (2, 400), (3, 800), (6, 6400), (40, 8000)] {
            for _ in 0..50 {
                let wait = backoff(base, attempt).as_millis();
                assert!((longest_ms / 2..=longest_ms).contains(&wait), "attempt {attempt}: {wait}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn repetitions_stay_a_tenth_of_the_requests() {
        let budget = Budget::new();
        let mut repeated = 0;
        for _ in 0..1000 {
            budget.earn();
            repeated += u32::from(budget.spend());
        }
        assert_eq!(repeated, 103, "three at first and a tenth of a thousand");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_archive_earns_three_repetitions_a_minute_and_no_more() {
        let budget = Budget::new();
        while budget.spend() {}
        tokio::time::advance(Duration::from_secs(3600)).await;
        let repeated = (0..10).filter(|_| budget.spend()).count();
        assert_eq!(repeated, 3);
    }
}
