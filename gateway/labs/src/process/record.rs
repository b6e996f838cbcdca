//! What is written down about one lab, in its own folder: enough to find it again after the
//! gateway was killed at any moment.
//!
//! Rules: `lab.json` is written before anything is started, whole or not at all. `status` is
//! written by bubblewrap itself, so that a process exists only together with its number. The
//! lock is held by whoever starts the lab and, from then on, by the lab's wrapper.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use archway_core::labs::{Cause, LabId};
use serde::{Deserialize, Serialize};

use super::alive::Process;

/// A file of the log that has so much is put aside; it may have twice as much by then, and there
/// are two.
pub(super) const LOG_BYTES: u64 = 1024 * 1024;

/// The folder of one lab.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// `lab.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Whose it is.
    pub(super) owner: String,
    /// Which application.
    pub(super) app: String,
    /// Boot of the machine that it was started in; numbers of processes mean nothing in another.
    pub(super) boot: String,
    /// Whether it runs in bubblewrap.
    pub(super) confined: bool,
    /// Whether it has the audited proxy.
    pub(super) audited: bool,
    /// Control groups that were made for it.
    pub(super) groups: Vec<PathBuf>,
    /// Its first process, once known.
    pub(super) process: Option<Process>,
    /// Whether it was asked to end.
    pub(super) asked: bool,
    /// How it ended, once known.
    pub(super) end: Option<End>,
}

/// How a lab ended; [`Cause`] as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum End {
    Asked,
    Exited(i32),
    Signalled(i32),
    OutOfMemory,
    Lost,
}

impl From<End> for Cause {
    fn from(end: End) -> Self {
        match end {
            End::Asked => Self::Asked,
            End::Exited(code) => Self::Exited(code),
            End::Signalled(signal) => Self::Signalled(signal),
            End::OutOfMemory => Self::OutOfMemory,
            End::Lost => Self::Lost,
        }
    }
}

/// What bubblewrap wrote into `status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    /// The first process of the lab, in the numbers of this machine.
    pub(super) child: Option<i32>,
    /// What the application ended with: 128 and the signal for one that a signal ended.
    pub(super) exit: Option<i32>,
    /// What bubblewrap itself ended with, as the wrapper saw it; its lab may still run.
    pub(super) wrapper: Option<i32>,
}

impl Status {
    /// Reads what there is; a line that is not whole yet is left out.
    pub(super) fn parse(text: &str) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Line {
            child_pid: Option<i32>,
            exit_code: Option<i32>,
            wrapper_code: Option<i32>,
        }
        let mut status = Self::default();
        for line in text.lines() {
            if let Ok(line) = serde_json::from_str::<Line>(line) {
                status.child = line.child_pid.or(status.child);
                status.exit = line.exit_code.or(status.exit);
                status.wrapper = line.wrapper_code.or(status.wrapper);
            }
        }
        status
    }
}

impl Folder {
    /// Where that lab's folder is; `None` for what is no id, which could lead elsewhere.
    pub(super) fn of(labs: &Path, id: &LabId) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_id = (1..=63).contains(&id.0.len()) && id.0.bytes().all(plain);
        is_id.then(|| Self(labs.join(&id.0)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The folder that the lab sees as `/run/lab`.
    pub(super) fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    /// Where its application answers.
    pub(super) fn socket(&self) -> PathBuf {
        self.run().join("lab.sock")
    }

    /// The folder of the proxy's socket; the lab cannot write into it.
    pub(super) fn net(&self) -> PathBuf {
        self.0.join("net")
    }

    /// Files that are mounted into the lab one by one, and links to the volumes of an unconfined one.
    pub(super) fn made(&self) -> PathBuf {
        self.0.join("made")
    }

    /// The record; `None` if there is none.
    pub(super) fn record(&self) -> io::Result<Option<Record>> {
        let text = match fs::read(self.0.join("lab.json")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(serde_json::from_slice(&text)?))
    }

    /// Writes the record: the old one or the new one is there, whatever happens.
    pub(super) fn save(&self, record: &Record) -> io::Result<()> {
        let beside = self.0.join("lab.json.new");
        let mut file = private().open(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(record)?)?;
        file.sync_data()?;
        fs::rename(&beside, self.0.join("lab.json"))
    }

    /// What bubblewrap wrote; empty if it was not started yet.
    pub(super) fn status(&self) -> io::Result<Status> {
        match fs::read_to_string(self.0.join("status")) {
            Ok(text) => Ok(Status::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Status::default()),
            Err(error) => Err(error),
        }
    }

    /// The lock, if nobody holds it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = private().truncate(false).open(self.0.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Makes the folder.
    pub(super) fn make(&self) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)
    }

    /// The last lines of the log, at most `most` bytes.
    pub(super) fn log(&self, most: usize) -> io::Result<String> {
        let mut bytes = Vec::new();
        for name in ["log.before", "log"] {
            let mut file = match File::open(self.0.join(name)) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let size = file.metadata()?.len();
            file.seek(SeekFrom::Start(size.saturating_sub(most as u64)))?;
            file.take(most as u64).read_to_end(&mut bytes)?;
        }
        let cut = bytes.len().saturating_sub(most);
        Ok(String::from_utf8_lossy(bytes.get(cut..).unwrap_or_default()).into_owned())
    }
}

/// Opens for writing what only the gateway may read.
fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_far_as_it_is_written() {
        let whole =
            "{ \"child-pid\": 77, \"net-namespace\": 4026532183 }\n{ \"exit-code\": 137 }\n";
        assert_eq!(
            Status::parse(whole),
            Status { child: Some(77), exit: Some(137), wrapper: None }
        );
        assert_eq!(Status::parse("{ \"child-pid\": 7"), Status::default());
        assert_eq!(Status::parse(&whole[..60]).exit, None);
        assert_eq!(Status::parse(""), Status::default());
    }

    #[test]
    fn an_id_cannot_lead_out_of_the_folder_of_labs() {
        let labs = Path::new("/data/labs");
        assert!(Folder::of(labs, &LabId("0af3".into())).is_some());
        for id in ["", "..", "a/b", "a.b", "Ab", &"a".repeat(64)] {
            assert!(Folder::of(labs, &LabId(id.into())).is_none(), "{id}");
        }
    }

    #[test]
    fn a_log_is_its_last_bytes_over_both_files() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::of(scratch.path(), &LabId("a".into())).unwrap();
        folder.make().unwrap();
        assert_eq!(folder.log(10).unwrap(), "");
        fs::write(folder.path().join("log.before"), "0123456789").unwrap();
        fs::write(folder.path().join("log"), "abc").unwrap();
        assert_eq!(folder.log(5).unwrap(), "89abc");
        assert_eq!(folder.log(100).unwrap(), "0123456789abc");
    }
}
