//! A process that is measured, and what the kernel says of it and its workers.

use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// It is asked to end, and waited for, when this is dropped.
pub(super) struct Process(pub(super) Child);

impl Process {
    /// CPU time so far of it and its children, user and system.
    pub(super) fn cpu(&self) -> anyhow::Result<Duration> {
        self.family()?.into_iter().map(cpu_of).sum()
    }

    /// Memory in use now, by it and its children.
    pub(super) fn memory_bytes(&self) -> anyhow::Result<u64> {
        self.family()?.into_iter().map(memory_of).sum()
    }

    fn family(&self) -> anyhow::Result<Vec<u32>> {
        let own = self.0.id();
        let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
        let children = children.split_whitespace().map(str::parse);
        Ok(std::iter::once(Ok(own)).chain(children).collect::<Result<_, _>>()?)
    }

    /// Waits until something listens at that port.
    pub(super) fn until_answers(&mut self, port: u16) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Some(status) = self.0.try_wait()? {
                anyhow::bail!("the server ended: {status}");
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        anyhow::bail!("the server does not answer")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A master of nginx that is killed leaves its workers behind; one that is asked does not.
        let asked = std::process::Command::new("kill").arg(self.0.id().to_string()).status();
        if asked.is_err() {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

fn cpu_of(process: u32) -> anyhow::Result<Duration> {
    // Nanoseconds on a CPU of each thread: `stat` counts in ticks of 10 ms.
    let mut total = Duration::ZERO;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let nanoseconds = text.split_whitespace().next().context("schedstat has a time")?;
        total += Duration::from_nanos(nanoseconds.parse()?);
    }
    Ok(total)
}

fn memory_of(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")).context("no VmRSS")?;
    Ok(kib.parse::<u64>()? * 1024)
}

pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
