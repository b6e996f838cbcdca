//! What became of a lab: from what is written down, and from whether its process runs.

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use archway_core::labs::LabId;
use rustix::process::Signal;

use super::alive::{Process, boot};
use super::limits;
use super::record::{End, Folder, Record, Status};

/// How long bubblewrap may take from the end of a lab to saying how it ended.
const SAYS_WITHIN: Duration = Duration::from_secs(1);

/// What became of a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// There is none of that id.
    Absent,
    /// Somebody starts it at this moment.
    Starting,
    /// It runs.
    Running(Process),
    /// It ended.
    Ended(End),
}

/// Looks at a lab. Blocks for a second at most. An error means that nothing is known.
pub(super) fn look(folder: &Folder) -> io::Result<Look> {
    let Some(record) = folder.record()? else { return Ok(Look::Absent) };
    if let Some(end) = record.end {
        return Ok(Look::Ended(end));
    }
    if record.boot != boot()? {
        return ended(folder, record, End::Lost);
    }
    let since = Instant::now();
    loop {
        let status = folder.status()?;
        let process = record.process.or_else(|| find(folder, status));
        if let Some(code) = status.exit {
            clear(process);
            let end = end_of(&record, code);
            return ended(folder, record, end);
        }
        if let Some(process) = process.filter(|process| process.runs()) {
            // The next gateway finds it faster, and by more than its number.
            if record.process.is_none() {
                folder.save(&Record { process: Some(process), ..record })?;
            }
            return Ok(Look::Running(process));
        }
        let started = process.is_some() || status.child.is_some();
        let held = folder.lock()?.is_none();
        // The wrapper gives the lock back after bubblewrap has said all that it will say.
        let is_last_look = !held || since.elapsed() > SAYS_WITHIN;
        if is_last_look && started {
            let end = match status.wrapper {
                _ if record.asked => End::Asked,
                // It could not make the sandbox; the log has its words.
                Some(code @ 1..128) => End::Exited(code),
                _ => End::Lost,
            };
            return ended(folder, record, end);
        }
        if is_last_look || !started {
            return Ok(if held { Look::Starting } else { Look::Absent });
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The process that bubblewrap wrote down, if it is still that one: the gateway was killed
/// before it noted when it started.
fn find(folder: &Folder, status: Status) -> Option<Process> {
    let id = folder.path().file_name()?.to_str()?;
    Process::with_variable(status.child?, &format!("ARCHWAY_LAB={id}"))
}

fn end_of(record: &Record, code: i32) -> End {
    match code {
        _ if record.asked => End::Asked,
        137 if limits::out_of_memory(&record.groups) => End::OutOfMemory,
        129..=192 => End::Signalled(code - 128),
        code => End::Exited(code),
    }
}

/// What an application leaves running keeps the sandbox alive; nobody can reach it any more.
fn clear(process: Option<Process>) {
    if let Some(process) = process.filter(|process| process.runs())
        && let Err(error) = process.signal(Signal::KILL)
    {
        tracing::warn!(pid = process.pid, %error, "what a lab left behind cannot be ended");
    }
}

fn ended(folder: &Folder, record: Record, end: End) -> io::Result<Look> {
    folder.save(&Record { end: Some(end), ..record })?;
    Ok(Look::Ended(end))
}

/// The labs that run, or are being started.
pub(super) fn running(labs: &Path) -> io::Result<Vec<LabId>> {
    let mut found = Vec::new();
    for (id, folder) in folders(labs)? {
        // One that nothing is known of may run.
        if !matches!(look(&folder), Ok(Look::Absent | Look::Ended(_))) {
            found.push(id);
        }
    }
    Ok(found)
}

/// The folders of all labs, ended ones too.
pub(super) fn folders(labs: &Path) -> io::Result<Vec<(LabId, Folder)>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(labs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let id = LabId(entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir()
            && let Some(folder) = Folder::of(labs, &id)
        {
            found.push((id, folder));
        }
    }
    Ok(found)
}
