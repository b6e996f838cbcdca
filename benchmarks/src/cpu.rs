//! CPU clocks.

use std::time::Duration;

use cpu_time::ThreadTime;

/// CPU time of this process so far, all threads, user and system.
///
/// # Errors
///
/// The kernel tells no times of this process.
pub(crate) fn of_process() -> anyhow::Result<Duration> {
    Ok(cpu_time::ProcessTime::try_now()?.as_duration())
}

/// CPU time of this thread while `work` is done.
///
/// # Errors
///
/// Those of `work`; the kernel tells no times of this thread.
pub(crate) async fn of_thread(
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Duration> {
    let begun = ThreadTime::try_now()?;
    work.await?;
    Ok(begun.try_elapsed()?)
}
