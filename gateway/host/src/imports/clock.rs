//! `archway:host/clock`: the time, and waiting.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::abi::v0_1::archway::host::clock::Host;
use crate::instance::State;

impl Host for State {
    async fn now(&mut self) -> wasmtime::Result<i64> {
        self.budget.host_call()?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    async fn monotonic_ns(&mut self) -> wasmtime::Result<u64> {
        /// An epoch of our own, so that a plugin does not learn how long the machine runs.
        static EPOCH: OnceLock<Instant> = OnceLock::new();
        self.budget.host_call()?;
        let since = EPOCH.get_or_init(Instant::now).elapsed();
        Ok(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    async fn sleep_ms(&mut self, duration_ms: u32) -> wasmtime::Result<()> {
        self.budget.host_call()?;
        // Not cut at the deadline: a plugin that sleeps past it is given up by the host.
        self.budget.wait(tokio::time::sleep(Duration::from_millis(duration_ms.into()))).await;
        Ok(())
    }

    async fn remaining_ms(&mut self) -> wasmtime::Result<u64> {
        self.budget.host_call()?;
        let left = self.budget.deadline.saturating_duration_since(tokio::time::Instant::now());
        Ok(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }
}
