//! Ends a lab, and removes what was made for it. Its log and its record stay for a while.

use std::fs;
use std::time::{Duration, Instant};

use archway_core::labs::{Failure, LabId};
use rustix::process::Signal;

use super::alive::Process;
use super::look::{self, Look};
use super::record::{Folder, Record};
use super::{ProcessBackend, limits};
use crate::error::{cannot, failure, temporary};

/// Labs that have ended whose log is kept: the last ones.
const ENDED_KEPT: usize = 100;
/// How long the kernel may take to end what was killed.
const GONE_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl ProcessBackend {
    pub(super) async fn stop_in_turn(&self, id: &LabId) -> Result<(), Failure> {
        let Ok(folder) = self.folder(id) else { return Ok(()) };
        let since = Instant::now();
        loop {
            match self.look(&folder).await? {
                Look::Running(process) => self.end(&folder, process).await?,
                Look::Starting if since.elapsed() > GONE_WITHIN => {
                    return Err(temporary("the lab is still being started"));
                }
                Look::Starting => tokio::time::sleep(LOOK_AGAIN).await,
                Look::Absent | Look::Ended(_) => break,
            }
        }
        if let Some(egress) = &self.egress {
            egress.end(id);
        }
        if !folder.path().exists() {
            return Ok(());
        }
        clear(&folder)?;
        forget_old(&self.labs_folder());
        Ok(())
    }

    /// Asks the application to end, waits, and then ends everything in its sandbox.
    async fn end(&self, folder: &Folder, process: Process) -> Result<(), Failure> {
        let cannot_end = |error| failure(format!("the lab cannot be ended: {error}"));
        let record = folder.record().map_err(|error| cannot("read", folder.path(), error))?;
        let Some(record) = record else { return Ok(()) };
        let asked = Record { asked: true, process: Some(process), ..record };
        folder.save(&asked).map_err(|error| cannot("write into", folder.path(), error))?;
        // In a sandbox the first process is bubblewrap's own, and the application its child.
        let applications = if asked.confined { process.children() } else { vec![process] };
        for application in &applications {
            application.signal(Signal::TERM).map_err(cannot_end)?;
        }
        let ended = |applications: &[Process]| !applications.iter().any(|process| process.runs());
        if !applications.is_empty() {
            wait(self.config.grace, || ended(&applications)).await;
        }
        process.signal(Signal::KILL).map_err(cannot_end)?;
        for pid in limits::processes(&asked.groups) {
            if let Some(process) = Process::now(pid) {
                process.signal(Signal::KILL).map_err(cannot_end)?;
            }
        }
        if wait(GONE_WITHIN, || !process.runs()).await {
            Ok(())
        } else {
            Err(temporary(format!("process {} of the lab does not end", process.pid)))
        }
    }
}

async fn wait(most: Duration, done: impl Fn() -> bool) -> bool {
    let since = Instant::now();
    while !done() {
        if since.elapsed() > most {
            return false;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    true
}

/// Removes what only a running lab needs.
fn clear(folder: &Folder) -> Result<(), Failure> {
    if let Ok(Some(record)) = folder.record() {
        limits::remove(&record.groups);
    }
    for path in [folder.run(), folder.net(), folder.made()] {
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(cannot("remove", &path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes the folders of labs that ended before the last hundred.
fn forget_old(labs: &std::path::Path) {
    let Ok(folders) = look::folders(labs) else { return };
    let ended = folders.into_iter().filter_map(|(_, folder)| {
        let record = folder.record().ok().flatten();
        let has_ended = record.is_none_or(|record| record.end.is_some());
        let when = fs::metadata(folder.path()).and_then(|metadata| metadata.modified()).ok()?;
        // Without a run folder nothing of it can be running.
        (has_ended && !folder.run().exists()).then_some((when, folder))
    });
    let mut ended: Vec<_> = ended.collect();
    ended.sort_by_key(|(when, _)| *when);
    let old = ended.len().saturating_sub(ENDED_KEPT);
    for (_, folder) in ended.into_iter().take(old) {
        if let Err(error) = fs::remove_dir_all(folder.path()) {
            tracing::warn!(folder = %folder.path().display(), %error, "an old lab cannot be removed");
        }
    }
}
