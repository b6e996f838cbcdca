//! A circuit breaker for one host: after failures in a row it is left alone for a while.
//!
//! Called by `egress.rs` around every attempt, and by `tcp.rs` around every connection.
//!
//! Rules that hold here and nowhere else:
//!
//! - Only failures in a row open it: no connection, no answer, or a 5xx. A 4xx is an answer.
//! - After the cool-down one attempt goes through, the probe; the others still fail fast.
//!   Its success closes the breaker, its failure starts another cool-down.
//! - A pass that is dropped without a verdict tells nothing, and gives the probe's place back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::OutageReason;

/// What a breaker does with the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Lets everything through.
    Closed,
    /// Lets one probe through.
    HalfOpen,
    /// Lets nothing through.
    Open,
}

#[derive(Debug)]
pub(crate) struct Breaker {
    threshold: u32,
    cool_down: Duration,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    failures: u32,
    last: OutageReason,
    /// Since when it is open.
    opened: Option<Instant>,
    probing: bool,
}

/// Why an attempt was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shut {
    pub(crate) failures: u32,
    pub(crate) last: OutageReason,
    pub(crate) retry_after: Duration,
}

/// What one attempt found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Answered,
    Failed(OutageReason),
}

/// One attempt's place; dropped without a verdict it tells nothing.
#[derive(Debug)]
pub(crate) struct Pass {
    breaker: Arc<Breaker>,
    probe: bool,
}

impl Breaker {
    pub(crate) fn new(threshold: u32, cool_down: Duration) -> Self {
        let memory =
            Memory { failures: 0, last: OutageReason::ServerFault, opened: None, probing: false };
        Self { threshold: threshold.max(1), cool_down, memory: Mutex::new(memory) }
    }

    pub(crate) fn state(&self) -> State {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match memory.opened {
            None => State::Closed,
            Some(opened) if opened.elapsed() < self.cool_down => State::Open,
            Some(_) => State::HalfOpen,
        }
    }

    /// Why an attempt would not be let through now, asked before waiting for a turn.
    pub(crate) fn shut(&self) -> Option<Shut> {
        self.why_shut(&self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets an attempt through, or says why not.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Pass, Shut> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shut) = self.why_shut(&memory) {
            return Err(shut);
        }
        let probe = memory.opened.is_some();
        memory.probing |= probe;
        Ok(Pass { breaker: Arc::clone(self), probe })
    }

    fn why_shut(&self, memory: &Memory) -> Option<Shut> {
        let left = self.cool_down.saturating_sub(memory.opened?.elapsed());
        // Behind a probe the answer is near; a second is a polite guess.
        let retry_after = left.max(Duration::from_secs(1));
        let (failures, last) = (memory.failures, memory.last);
        let shut = !left.is_zero() || memory.probing;
        shut.then_some(Shut { failures, last, retry_after })
    }
}

impl Pass {
    /// Records what the attempt found; returns whether this opened the breaker.
    pub(crate) fn conclude(self, verdict: Verdict) -> bool {
        let mut memory = self.breaker.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match verdict {
            Verdict::Answered => {
                // A late answer to an attempt from before the failures does not close it.
                if memory.opened.is_none() || self.probe {
                    memory.failures = 0;
                    memory.opened = None;
                }
                false
            }
            Verdict::Failed(reason) => {
                memory.failures = memory.failures.saturating_add(1);
                memory.last = reason;
                let opens = self.probe
                    || (memory.opened.is_none() && memory.failures >= self.breaker.threshold);
                if opens {
                    memory.opened = Some(Instant::now());
                }
                opens
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probe {
            let mut memory = self.breaker.memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, OutageReason, State, Verdict};
    use std::sync::Arc;
    use std::time::Duration;

    const FAILED: Verdict = Verdict::Failed(OutageReason::ConnectionRefused);
    const COOL_DOWN: Duration = Duration::from_secs(30);

    fn breaker() -> Arc<Breaker> {
        Arc::new(Breaker::new(3, COOL_DOWN))
    }

    fn conclude(breaker: &Arc<Breaker>, verdicts: &[Verdict]) {
        for verdict in verdicts {
            breaker.admit().unwrap().conclude(*verdict);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_failures_in_a_row_open_it() {
        let breaker = breaker();
        conclude(&breaker, &[FAILED, FAILED, Verdict::Answered, FAILED, FAILED]);
        assert_eq!(breaker.state(), State::Closed);
        conclude(&breaker, &[FAILED]);
        assert_eq!(breaker.state(), State::Open);
        let shut = breaker.admit().unwrap_err();
        assert_eq!((shut.failures, shut.retry_after), (3, COOL_DOWN));
        assert_eq!(shut.last, OutageReason::ConnectionRefused);
    }

    #[tokio::test(start_paused = true)]
    async fn one_probe_decides_after_the_cool_down() {
        let breaker = breaker();
        conclude(&breaker, &[FAILED, FAILED, FAILED]);
        tokio::time::advance(COOL_DOWN).await;
        assert_eq!(breaker.state(), State::HalfOpen);

        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_err(), "a second attempt waits for the probe");
        probe.conclude(FAILED);
        assert_eq!(breaker.state(), State::Open, "the probe failed");

        tokio::time::advance(COOL_DOWN).await;
        breaker.admit().unwrap().conclude(Verdict::Answered);
        assert_eq!(breaker.state(), State::Closed);
        conclude(&breaker, &[FAILED, FAILED]);
        assert_eq!(breaker.state(), State::Closed, "failures are counted anew");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_given_up_gives_its_place_back() {
        let breaker = breaker();
        conclude(&breaker, &[FAILED, FAILED, FAILED]);
        tokio::time::advance(COOL_DOWN).await;
        drop(breaker.admit().unwrap());
        assert_eq!(breaker.state(), State::HalfOpen);
        assert!(breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_does_not_close_it() {
        let breaker = breaker();
        let early = breaker.admit().unwrap();
        conclude(&breaker, &[FAILED, FAILED, FAILED]);
        early.conclude(Verdict::Answered);
        assert_eq!(breaker.state(), State::Open);
    }
}
