//! A file that is arriving: appended to as bytes come, digested on the way, kept at its end.
//!
//! Called by `bytes.rs`. Calls `content.rs` when the file is whole.
//!
//! Rules that hold here and nowhere else:
//!
//! - Bytes are gathered to a batch before they are digested and written, beside the network and
//!   not between its reads: a small file costs one trip to the disk, and at most two batches
//!   of a file are in memory.
//! - The version of the bytes lies beside them (`<number>.version`) from the first batch on that
//!   is written before the file is whole; a small file never has one.
//! - A part has one writer: the file is locked, also against a batch that an earlier holder,
//!   who went away, is still writing.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use archway_core::Error;
use archway_core::volumes::Part;
use async_trait::async_trait;
use bytes::Bytes;
use rustix::fs::{FlockOperation, OFlags};
use tokio::task::JoinHandle;

use super::blocking;
use super::content::Content;
use super::digests::{Digests, algorithm};
use crate::error::StoreError;

/// Bytes that are gathered before they are written.
const BATCH_BYTES: usize = 1 << 20;

/// How often and at what distance a lock is tried: an earlier holder's last batch is written by
/// then, or somebody else is at work.
const LOCK_TRIES: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// A file that is arriving.
pub(super) struct ArrivingPart {
    content: Arc<Content>,
    path: PathBuf,
    announced: Option<&'static str>,
    version: Option<String>,
    /// Whether the version lies beside the file.
    noted: bool,
    /// Bytes taken, written or not.
    length: u64,
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
    desk: Desk,
}

/// Who has the file.
enum Desk {
    Here(Box<Work>),
    Writing(JoinHandle<Result<Box<Work>, StoreError>>),
    /// A batch failed; what is in the file is what was whole before it.
    Broken,
}

struct Work {
    file: File,
    /// Bytes in the file.
    written: u64,
    digests: Digests,
}

impl Work {
    fn write(&mut self, batch: &[Bytes], path: &Path) -> Result<(), StoreError> {
        let begin = self.written;
        for bytes in batch {
            if let Err(error) = self.file.write_all(bytes) {
                // The next holder digests what is in the file, and a piece of a batch may be in it.
                let _ = self.file.set_len(begin);
                return Err(StoreError::at("writing", path)(error));
            }
            self.digests.update(bytes);
            self.written += bytes.len() as u64;
        }
        Ok(())
    }
}

impl ArrivingPart {
    /// The part of that name below `root/parts`, with what is in it.
    pub(super) async fn open(
        content: Arc<Content>,
        root: &Path,
        name: String,
        announced: Option<&str>,
    ) -> Result<Self, StoreError> {
        let announced = announced.and_then(algorithm);
        let path = root.join("parts").join(name);
        let (work, version) = locked(&path, announced).await?;
        let (length, noted) = (work.written, version.is_some());
        let (gathered, gathered_bytes, desk) = (Vec::new(), 0, Desk::Here(work));
        Ok(Self {
            content,
            path,
            announced,
            version,
            noted,
            length,
            gathered,
            gathered_bytes,
            desk,
        })
    }

    /// Puts the version beside the file, before bytes of it are there.
    async fn note_version(&mut self) -> Result<(), StoreError> {
        let Some(version) = self.version.clone().filter(|_| !self.noted) else { return Ok(()) };
        let note = note(&self.path);
        blocking(move || std::fs::write(&note, version).map_err(StoreError::at("writing", &note)))
            .await?;
        self.noted = true;
        Ok(())
    }

    fn forget_version(&mut self) {
        self.version = None;
        if std::mem::take(&mut self.noted) {
            // Without its part it says nothing.
            let _ = std::fs::remove_file(note(&self.path));
        }
    }

    /// Waits for the batch that is being written, and gives the file.
    async fn settled(&mut self) -> Result<&mut Work, StoreError> {
        if let Desk::Writing(writing) = &mut self.desk {
            let done = writing.await.map_err(StoreError::from).and_then(|done| done);
            match done {
                Ok(work) => self.desk = Desk::Here(work),
                Err(error) => {
                    self.desk = Desk::Broken;
                    self.gathered = Vec::new();
                    return Err(error);
                }
            }
        }
        match &mut self.desk {
            Desk::Here(work) => Ok(work),
            _ => Err(StoreError::at("writing on to", &self.path)(std::io::Error::other(
                "an earlier write to it failed; open the part again",
            ))),
        }
    }

    /// Begins to write what is gathered, and does not wait for it.
    async fn begin_batch(&mut self) -> Result<(), StoreError> {
        self.settled().await?;
        if self.gathered.is_empty() {
            return Ok(());
        }
        if let Desk::Here(mut work) = std::mem::replace(&mut self.desk, Desk::Broken) {
            let (batch, path) = (std::mem::take(&mut self.gathered), self.path.clone());
            self.gathered_bytes = 0;
            self.desk = Desk::Writing(tokio::task::spawn_blocking(move || {
                work.write(&batch, &path)?;
                Ok(work)
            }));
        }
        Ok(())
    }

    async fn written(&mut self) -> Result<&mut Work, StoreError> {
        self.begin_batch().await?;
        self.settled().await
    }
}

/// Where the version of a part lies.
fn note(path: &Path) -> PathBuf {
    path.with_extension("version")
}

/// Opens the part's file when nobody else has it, digests what is in it, and reads its version.
async fn locked(
    path: &Path,
    announced: Option<&'static str>,
) -> Result<(Box<Work>, Option<String>), StoreError> {
    for _ in 0..LOCK_TRIES {
        let tried = path.to_owned();
        let opened = blocking(move || {
            let Some(mut file) = try_locked(&tried)? else { return Ok(None) };
            let read = |error| StoreError::at("reading", &tried)(error);
            let mut digests = Digests::new(announced);
            let mut version = None;
            let written = file.metadata().map_err(read)?.len();
            if written > 0 {
                digests.update_from(&mut file).map_err(read)?;
                version = std::fs::read_to_string(note(&tried)).ok();
            }
            Ok(Some((Box::new(Work { file, written, digests }), version)))
        });
        if let Some(opened) = opened.await? {
            return Ok(opened);
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    let busy = std::io::Error::other("somebody else is writing it");
    Err(StoreError::at("opening", path)(busy))
}

fn try_locked(path: &Path) -> Result<Option<File>, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    let open = || options.open(path);
    let file = open().or_else(|error| match (error.kind(), path.parent()) {
        (ErrorKind::NotFound, Some(folder)) => {
            std::fs::create_dir_all(folder)?;
            open()
        }
        (ErrorKind::PermissionDenied, _) => {
            make_writable(path)?;
            open()
        }
        _ => Err(error),
    });
    let file = file.map_err(StoreError::at("opening", path))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
        Err(error) => return Err(StoreError::at("locking", path)(error.into())),
    }
    // Whoever had it before may have kept or removed it: then the name is another file's.
    let own = file.metadata().map_err(StoreError::at("reading", path))?;
    let named = std::fs::symlink_metadata(path);
    let same = named.is_ok_and(|named| (named.dev(), named.ino()) == (own.dev(), own.ino()));
    Ok(same.then_some(file))
}

/// A file that was whole, and then could not be kept, is read-only already.
fn make_writable(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))
}

#[async_trait]
impl Part for ArrivingPart {
    fn length(&self) -> u64 {
        self.length
    }

    fn version(&self) -> Option<String> {
        self.version.clone()
    }

    async fn set_version(&mut self, version: &str) -> Result<(), Error> {
        self.version = Some(version.chars().take(256).collect());
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.length += bytes.len() as u64;
        self.gathered_bytes += bytes.len();
        self.gathered.push(bytes);
        if self.gathered_bytes >= BATCH_BYTES {
            self.note_version().await?;
            self.begin_batch().await?;
        }
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), Error> {
        self.gathered = Vec::new();
        self.gathered_bytes = 0;
        let (announced, path) = (self.announced, self.path.clone());
        let work = self.settled().await?;
        work.file.set_len(0).map_err(StoreError::at("emptying", &path))?;
        work.file.seek(SeekFrom::Start(0)).map_err(StoreError::at("emptying", &path))?;
        work.written = 0;
        work.digests = Digests::new(announced);
        self.length = 0;
        self.forget_version();
        Ok(())
    }

    async fn keep(mut self: Box<Self>) -> Result<String, Error> {
        let work = self.written().await?;
        let (sha256, length) = (work.digests.sha256(), work.written);
        let readable = Permissions::from_mode(0o444);
        work.file.set_permissions(readable).map_err(StoreError::at("keeping", &self.path))?;
        // The lock is held until the name is another's.
        self.content.take(&self.path, &sha256, length).await?;
        self.forget_version();
        Ok(sha256)
    }

    async fn digest(&mut self, written: &str) -> Result<Option<String>, Error> {
        let Some(name) = algorithm(written) else { return Ok(None) };
        let path = self.path.clone();
        let work = self.written().await?;
        if let Some(digest) = work.digests.of(name) {
            return Ok(Some(digest));
        }
        let again = blocking(move || {
            let mut digests = Digests::new(Some(name));
            let mut file = File::open(&path).map_err(StoreError::at("reading", &path))?;
            digests.update_from(&mut file).map_err(StoreError::at("reading", &path))?;
            Ok(digests.of(name))
        });
        Ok(again.await?)
    }
}
