//! What a call has used, and whether there is more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::ResourceLimiter;

use crate::engine::TABLE_ELEMENTS;
use crate::limits::{Limits, TICK};

/// A limit that ended a call: it travels through the guest as a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Exceeded {
    #[error("cpu time")]
    Cpu,
    #[error("host calls")]
    HostCalls,
    #[error("handles")]
    Handles,
}

/// The budget of the call that runs now.
pub(crate) struct Budget {
    pub(crate) operation: &'static str,
    /// What imports wait for at most.
    pub(crate) deadline: Instant,
    host_calls: u32,
    requests: u32,
    cpu: Arc<Cpu>,
}

impl Budget {
    pub(super) fn new(cpu: Arc<Cpu>) -> Self {
        Self { operation: "", deadline: Instant::now(), host_calls: 0, requests: 0, cpu }
    }

    pub(super) fn begin(&mut self, operation: &'static str, deadline: Instant, limits: &Limits) {
        self.operation = operation;
        self.deadline = deadline;
        self.host_calls = limits.host_calls;
        self.requests = limits.requests;
    }

    /// Counts a call of the host.
    pub(crate) fn host_call(&mut self) -> Result<(), Exceeded> {
        self.host_calls = self.host_calls.checked_sub(1).ok_or(Exceeded::HostCalls)?;
        Ok(())
    }

    /// Counts a request or a connection; `false` when there are no more.
    pub(crate) fn request(&mut self) -> bool {
        match self.requests.checked_sub(1) {
            Some(left) => {
                self.requests = left;
                true
            }
            None => false,
        }
    }

    /// Awaits `future` without counting the time as the guest's.
    pub(crate) async fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let output = future.await;
        self.cpu.waited(begun.elapsed());
        output
    }
}

/// The CPU time of the call that runs now.
///
/// A tick comes every 10 ms while the guest runs; each counts for what the guest ran since the
/// last, at most 10 ms: neither waiting for the archive nor for a processor is the guest's.
#[derive(Default)]
pub(crate) struct Cpu(Mutex<CpuTime>);

#[derive(Default)]
struct CpuTime {
    last: Option<Instant>,
    waited: Duration,
    used: Duration,
    allowed: Duration,
}

impl Cpu {
    pub(super) fn begin(&self, now: Instant, allowed: Duration) {
        let last = Some(now);
        *self.time() = CpuTime { last, waited: Duration::ZERO, used: Duration::ZERO, allowed };
    }

    pub(super) fn tick(&self) -> Result<(), Exceeded> {
        let mut time = self.time();
        time.count();
        if time.used > time.allowed { Err(Exceeded::Cpu) } else { Ok(()) }
    }

    pub(super) fn used(&self) -> Duration {
        let mut time = self.time();
        time.count();
        time.used
    }

    fn waited(&self, waited: Duration) {
        self.time().waited += waited;
    }

    fn time(&self) -> MutexGuard<'_, CpuTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CpuTime {
    fn count(&mut self) {
        let now = Instant::now();
        let since = self.last.replace(now).map_or(Duration::ZERO, |last| now - last);
        let ran = since.saturating_sub(std::mem::take(&mut self.waited));
        self.used += ran.min(TICK);
    }
}

/// The memory of an instance, all linear memories together.
pub(crate) struct Memory {
    used: usize,
    allowed: usize,
    pub(super) refused: bool,
}

impl Memory {
    pub(super) fn new(allowed: usize) -> Self {
        Self { used: 0, allowed, refused: false }
    }

    pub(super) fn used_bytes(&self) -> usize {
        self.used
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.allowed {
            self.refused = true;
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cpu, Exceeded, Memory};
    use std::time::Duration;
    use tokio::time::{Instant, advance};
    use wasmtime::ResourceLimiter as _;

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn waiting_is_not_cpu_time() {
        let cpu = Cpu::default();
        cpu.begin(Instant::now(), 30 * MS);
        for _ in 0..3 {
            advance(10 * MS).await;
            cpu.tick().unwrap();
        }
        advance(5_000 * MS).await;
        cpu.waited(5_000 * MS);
        cpu.tick().unwrap();
        advance(1 * MS).await;
        assert_eq!(cpu.tick(), Err(Exceeded::Cpu));
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_machine_is_not_the_guests_fault() {
        let cpu = Cpu::default();
        cpu.begin(Instant::now(), 100 * MS);
        for _ in 0..10 {
            advance(500 * MS).await;
            cpu.tick().unwrap();
        }
        assert_eq!(cpu.used(), 100 * MS);
    }

    #[test]
    fn memories_are_counted_together() {
        let mut memory = Memory::new(100);
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(!memory.memory_growing(0, 60, None).unwrap());
        assert!(memory.memory_growing(60, 100, None).unwrap());
        assert!(memory.refused);
        assert_eq!(memory.used_bytes(), 100);
    }
}
