//! How fast an archive is asked.
//!
//! Called by `egress.rs` before every attempt. Waiting is bounded by the call's deadline;
//! who would wait past it is told at once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A rate with a burst of one second, and a shortest interval.
///
/// The generic cell rate algorithm: one instant, `due`, says when the next request would come
/// if all came evenly; a request may be early by the burst.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    burst: Duration,
    shortest: Duration,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    due: Option<Instant>,
    last: Option<Instant>,
}

impl Pace {
    /// `per_s` requests a second, 0 for any number; at least `shortest` between two.
    pub(crate) fn new(per_s: f64, shortest: Duration) -> Self {
        let even = Duration::try_from_secs_f64(per_s.recip()).unwrap_or_default();
        let burst = if even.is_zero() { Duration::ZERO } else { Duration::from_secs(1) };
        Self { interval: even, burst, shortest, memory: Mutex::default() }
    }

    /// Waits for this request's turn; `Err` holds how long that would have been.
    pub(crate) async fn turn(&self, deadline: Instant) -> Result<(), Duration> {
        let turn = self.reserve(Instant::now(), deadline)?;
        sleep_until(turn).await;
        Ok(())
    }

    fn reserve(&self, now: Instant, deadline: Instant) -> Result<Instant, Duration> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let due = memory.due.map_or(now, |due| due.max(now));
        // The first of a burst is not early, so the burst is one interval shorter.
        let early = self.burst.saturating_sub(self.interval);
        let mut turn = due.checked_sub(early).map_or(now, |turn| turn.max(now));
        if let Some(last) = memory.last {
            turn = turn.max(last + self.shortest);
        }
        if turn > deadline {
            return Err(turn - now);
        }
        memory.due = Some(due.max(turn) + self.interval);
        memory.last = Some(turn);
        Ok(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::Duration;
    use tokio::time::Instant;

    /// When `count` requests that come at once get their turns, in ms.
    fn turns(pace: &Pace, count: usize) -> Vec<u128> {
        let now = Instant::now();
        let far = now + Duration::from_secs(3600);
        (0..count).map(|_| (pace.reserve(now, far).unwrap() - now).as_millis()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn turns_follow_the_rate() {
        let cases = [
            ("four a second", 4.0, 0, vec![0, 0, 0, 0, 250, 500, 750]),
            ("one a second", 1.0, 0, vec![0, 1000, 2000]),
            ("one in two seconds", 0.5, 0, vec![0, 2000, 4000]),
            ("an interval only", 0.0, 200, vec![0, 200, 400]),
            ("the slower of both", 4.0, 300, vec![0, 300, 600]),
            ("no limit", 0.0, 0, vec![0, 0, 0]),
        ];
        for (name, per_s, shortest_ms, expected) in cases {
            let pace = Pace::new(per_s, Duration::from_millis(shortest_ms));
            assert_eq!(turns(&pace, expected.len()), expected, "case: {name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_come_too_late_is_told_at_once_and_takes_no_turn() {
        let pace = Pace::new(1.0, Duration::ZERO);
        let soon = Instant::now() + Duration::from_millis(500);
        assert_eq!(pace.turn(soon).await, Ok(()));
        assert_eq!(pace.turn(soon).await, Err(Duration::from_secs(1)));
        assert_eq!(pace.turn(soon).await, Err(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pace.turn(Instant::now()).await, Ok(()));
    }
}
