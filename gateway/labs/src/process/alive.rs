//! Which process is meant: a number alone may be another program's by now, so that a process is
//! its number, the tick it started at, and the boot of the machine.

use std::fs;
use std::io;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// A process of the present boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// Its number.
    pub(super) pid: i32,
    /// When it started, in ticks since the boot: field 22 of `/proc/PID/stat`.
    pub(super) start: u64,
}

impl Process {
    /// The process that has this number now.
    pub(super) fn now(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (start, gone) = read_stat(&stat)?;
        (!gone).then_some(Self { pid, start })
    }

    /// The process of this number, if it was started with that variable in its environment.
    pub(super) fn with_variable(pid: i32, variable: &str) -> Option<Self> {
        let before = Self::now(pid)?;
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let has = environment.split(|byte| *byte == 0).any(|entry| entry == variable.as_bytes());
        // The number may have changed hands while its environment was read.
        (has && Self::now(pid) == Some(before)).then_some(before)
    }

    /// Whether it still runs.
    pub(super) fn runs(self) -> bool {
        Self::now(self.pid) == Some(self)
    }

    /// Sends a signal to it, and to no other that has its number by now.
    pub(super) fn signal(self, signal: Signal) -> io::Result<()> {
        let Some(pid) = Pid::from_raw(self.pid) else { return Ok(()) };
        let handle = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(handle) => handle,
            Err(rustix::io::Errno::SRCH) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // The handle stays with the process that had the number when it was opened.
        if !self.runs() {
            return Ok(());
        }
        match pidfd_send_signal(handle, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The processes that it started and that still run.
    pub(super) fn children(self) -> Vec<Self> {
        let path = format!("/proc/{0}/task/{0}/children", self.pid);
        let text = fs::read_to_string(path).unwrap_or_default();
        text.split_ascii_whitespace().filter_map(|pid| Self::now(pid.parse().ok()?)).collect()
    }
}

/// The boot of the machine.
pub(super) fn boot() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// Start in ticks, and whether it has ended and only waits to be asked how. The name, in
/// brackets, may hold brackets and spaces itself.
fn read_stat(stat: &str) -> Option<(u64, bool)> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_ascii_whitespace();
    let state = fields.next()?;
    let start = fields.nth(18)?.parse().ok()?;
    Some((start, matches!(state, "Z" | "X")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "42 (a) R (b) S 1 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 9 9\n";
        assert_eq!(read_stat(stat), Some((987_654, false)));
        let ended = stat.replace(" S ", " Z ");
        assert_eq!(read_stat(&ended), Some((987_654, true)));
        assert_eq!(read_stat("42 (a"), None);
        assert_eq!(read_stat(""), None);
    }

    #[test]
    fn this_process_runs_and_its_number_with_another_start_does_not() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let me = Process::now(pid).unwrap();
        assert!(me.runs());
        assert!(!Process { start: me.start + 1, ..me }.runs());
        let other = Process { start: me.start + 1, ..me };
        other.signal(Signal::KILL).unwrap();
        assert_eq!(Process::with_variable(pid, "ARCHWAY_LAB=none"), None);
    }
}
