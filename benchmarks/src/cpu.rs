//! CPU clocks.

use std::time::Duration;

/// CPU time of this process so far, all threads, user and system.
///
/// # Errors
///
/// The kernel tells no times of this process.
pub(crate) fn of_process() -> anyhow::Result<Duration> {
    Ok(cpu_time::ProcessTime::try_now()?.as_duration())
}
