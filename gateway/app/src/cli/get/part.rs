//! A file that is not whole yet: `NAME.part`, and `NAME.part.json` with what it is a part of.
//!
//! The record is written before the first byte, so a process that is killed leaves either
//! nothing or a part that the next one knows how to go on with. A part that another process
//! is writing is locked.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::digest::Digest;

/// The largest record that is read; ours are a few hundred bytes.
const MAX_RECORD_BYTES: u64 = 64 << 10;

/// What is downloaded; two downloads of the same key are the same file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) asset: String,
    pub(super) distribution: Option<String>,
    pub(super) decode: Option<String>,
}

/// What a part is a part of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(flatten)]
    pub(super) key: Key,
    /// Without one the part cannot be continued.
    pub(super) validator: Option<String>,
    pub(super) total_bytes: Option<u64>,
    pub(super) digest: Option<Digest>,
    /// Seconds since 1970, UTC.
    modified_s: Option<u64>,
}

impl Record {
    pub(super) fn new(key: Key, answer: &Answer) -> Self {
        let since = |at: SystemTime| at.duration_since(UNIX_EPOCH).ok();
        Self {
            key,
            validator: answer.validator.clone(),
            total_bytes: answer.total_bytes,
            digest: answer.digest.clone(),
            modified_s: answer.modified.and_then(since).map(|since| since.as_secs()),
        }
    }

    pub(super) fn modified(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.modified_s?))
    }

    /// The record of a part; `None` if it is none of ours. Blocks.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut text = String::new();
        match File::open(path) {
            Ok(file) => file.take(MAX_RECORD_BYTES).read_to_string(&mut text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(serde_json::from_str(&text).ok())
    }
}

/// `NAME.part`.
pub(super) fn part_path(file: &Path) -> PathBuf {
    with_ending(file, ".part")
}

/// `NAME.part.json`.
pub(super) fn record_path(file: &Path) -> PathBuf {
    with_ending(file, ".part.json")
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

/// A part that this process, and no other, may write.
#[derive(Debug)]
pub(super) struct Part {
    /// Where the whole file will be.
    pub(super) file: PathBuf,
    pub(super) record: Record,
    /// Open for appending, and locked.
    pub(super) handle: File,
    pub(super) bytes: u64,
}

/// Why there is no part to write.
#[derive(Debug)]
pub(super) enum Taken {
    /// The name belongs to something else.
    Other,
    /// Another process is writing the same.
    Busy,
}

impl Part {
    /// Begins the part of `file`, over what a download of the same that cannot be continued
    /// has left. Blocks.
    pub(super) fn begin(file: &Path, record: Record) -> io::Result<Result<Self, Taken>> {
        let path = part_path(file);
        if path.symlink_metadata().is_ok() {
            return match Self::found(file)? {
                Ok(old) if old.record.key == record.key => old.again(record).map(Ok),
                Ok(_) => Ok(Err(Taken::Other)),
                Err(taken) => Ok(Err(taken)),
            };
        }
        let handle = match OpenOptions::new().append(true).create_new(true).open(&path) {
            Ok(handle) => handle,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Ok(Err(Taken::Other));
            }
            Err(error) => return Err(error),
        };
        if !locked(&handle)? {
            return Ok(Err(Taken::Busy));
        }
        write_record(file, &record)?;
        Ok(Ok(Self { file: file.to_owned(), record, handle, bytes: 0 }))
    }

    /// The part of `file` that an earlier download left. Blocks.
    pub(super) fn found(file: &Path) -> io::Result<Result<Self, Taken>> {
        let path = part_path(file);
        // A link would lead the bytes elsewhere.
        if !path.symlink_metadata().is_ok_and(|found| found.is_file()) {
            return Ok(Err(Taken::Other));
        }
        let handle = OpenOptions::new().append(true).open(&path)?;
        if !locked(&handle)? {
            return Ok(Err(Taken::Busy));
        }
        let Some(record) = Record::read(&record_path(file))? else {
            return Ok(Err(Taken::Other));
        };
        let bytes = handle.metadata()?.len();
        Ok(Ok(Self { file: file.to_owned(), record, handle, bytes }))
    }

    /// Throws the bytes away and begins with those of another answer. Blocks.
    pub(super) fn again(mut self, record: Record) -> io::Result<Self> {
        self.handle.set_len(0)?;
        write_record(&self.file, &record)?;
        self.bytes = 0;
        self.record = record;
        Ok(self)
    }

    /// Removes it, the bytes first: a record without bytes is harmless. Blocks.
    pub(super) fn discard(self) -> io::Result<()> {
        std::fs::remove_file(part_path(&self.file))?;
        std::fs::remove_file(record_path(&self.file))
    }
}

/// Whether the lock was had; where a file system has no locks, everybody has it.
fn locked(handle: &File) -> io::Result<bool> {
    match handle.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => match error.kind() {
            ErrorKind::Unsupported => Ok(true),
            _ => Err(error),
        },
    }
}

/// Replaces the record in one step.
fn write_record(file: &Path, record: &Record) -> io::Result<()> {
    let path = record_path(file);
    let new = with_ending(&path, ".new");
    std::fs::write(&new, serde_json::to_vec(record)?)?;
    std::fs::rename(&new, &path)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Answer, Key, Part, Record, Taken, part_path, record_path};

    fn record(asset: &str, validator: &str) -> Record {
        let key = Key { asset: asset.to_owned(), distribution: None, decode: None };
        Record::new(key, &Answer { validator: Some(validator.to_owned()), ..Answer::default() })
    }

    #[test]
    fn what_a_killed_process_left_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.fits");
        let mut part = Part::begin(&file, record("x/1", "\"a\"")).unwrap().unwrap();
        part.handle.write_all(b"half").unwrap();
        assert!(matches!(Part::found(&file).unwrap(), Err(Taken::Busy)), "it is being written");
        drop(part);

        let part = Part::found(&file).unwrap().unwrap();
        assert_eq!((part.bytes, &part.record), (4, &record("x/1", "\"a\"")));
        let part = part.again(record("x/1", "\"b\"")).unwrap();
        assert_eq!(part.bytes, 0);
        assert_eq!(std::fs::read(part_path(&file)).unwrap(), b"");
        part.discard().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_part_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.fits");
        drop(Part::begin(&file, record("x/1", "\"a\"")).unwrap().unwrap());
        assert!(matches!(Part::begin(&file, record("y/1", "\"a\"")).unwrap(), Err(Taken::Other)));
        assert!(Part::begin(&file, record("x/1", "\"b\"")).unwrap().is_ok());

        // Whose part is not known, as it has no record of ours.
        std::fs::write(record_path(&file), "{}").unwrap();
        assert!(matches!(Part::found(&file).unwrap(), Err(Taken::Other)));
        std::fs::remove_file(record_path(&file)).unwrap();
        assert!(matches!(Part::begin(&file, record("x/1", "\"a\"")).unwrap(), Err(Taken::Other)));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.fits");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), part_path(&file)).unwrap();
        assert!(matches!(Part::begin(&file, record("x/1", "\"a\"")).unwrap(), Err(Taken::Other)));
    }
}
