//! The folder that files are downloaded into: which name each gets, and when it has it.
//!
//! Rules that hold here: a name is given once, so that no file takes the place of another,
//! whether of this run or not; a file gets its name when it is whole, verified and on disk.

use std::collections::{HashMap, HashSet};
use std::fs::{File, Metadata};
use std::io::{self, BufRead, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::answer::Answer;
use super::names;
use super::part::{Key, Part, Record, Taken, part_path, record_path};

/// Most files that want the same name.
const MAX_NUMBER: u32 = 10_000;
/// Bytes compared at once.
const CHUNK_BYTES: usize = 256 << 10;

/// The folder, as this run sees it.
pub(super) struct Folder {
    path: PathBuf,
    /// Names of files that are being downloaded.
    claimed: Arc<Mutex<HashSet<PathBuf>>>,
    /// What earlier runs left: the files whose parts these are.
    left: Mutex<HashMap<Key, PathBuf>>,
}

/// A name that nobody else in this run may take, as long as this lives.
struct Claim {
    file: PathBuf,
    claimed: Arc<Mutex<HashSet<PathBuf>>>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.claimed).remove(&self.file);
    }
}

/// Where the bytes of an answer go.
pub(super) enum Place {
    /// Nowhere: this file has them.
    There(PathBuf),
    /// Here.
    New(Box<Pending>),
}

/// A file that is being downloaded.
pub(super) struct Pending {
    pub(super) part: Part,
    /// Files of its name of which only their bytes can tell whether they are the same.
    twins: Vec<PathBuf>,
    _claim: Claim,
}

impl Folder {
    /// Opens it, makes it if it is missing, and looks for what was left in it. Blocks.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let mut left = HashMap::new();
        for entry in std::fs::read_dir(path)? {
            let record = entry?.path();
            let name = record.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(name) = name.strip_suffix(".part.json") else { continue };
            // What cannot be read is not ours to complain about.
            if let Ok(Some(found)) = Record::read(&record) {
                left.insert(found.key, path.join(name));
            }
        }
        Ok(Self { path: path.to_owned(), claimed: Arc::default(), left: Mutex::new(left) })
    }

    /// The part of `key` that an earlier run left. Blocks.
    pub(super) fn left(&self, key: &Key) -> io::Result<Option<Pending>> {
        let Some(file) = lock(&self.left).remove(key) else { return Ok(None) };
        let Some(claim) = self.claim(&file) else { return Ok(None) };
        match Part::found(&file)? {
            Ok(part) if part.record.key == *key => {
                Ok(Some(Pending { part, twins: Vec::new(), _claim: claim }))
            }
            Ok(_) | Err(Taken::Other) => Ok(None),
            Err(Taken::Busy) => Err(busy(&file)),
        }
    }

    /// The place for the bytes of an answer. Blocks, and may read a file as large as they are.
    pub(super) fn place(&self, key: &Key, answer: &Answer) -> io::Result<Place> {
        let mut twins = Vec::new();
        for number in 1..=MAX_NUMBER {
            let file = self.path.join(names::numbered(&answer.name, number));
            let Some(claim) = self.claim(&file) else { continue };
            if let Ok(found) = file.symlink_metadata() {
                match is_same(&file, &found, answer)? {
                    Some(true) => return Ok(Place::There(file)),
                    Some(false) => {}
                    None => twins.push(file),
                }
                continue;
            }
            match Part::begin(&file, Record::new(key.clone(), answer))? {
                Ok(part) => {
                    return Ok(Place::New(Box::new(Pending { part, twins, _claim: claim })));
                }
                Err(Taken::Other) => {}
                Err(Taken::Busy) => return Err(busy(&file)),
            }
        }
        Err(io::Error::other(format!("{MAX_NUMBER} files here are called {}", answer.name)))
    }

    /// Gives a whole file its name. Returns where it is, and whether it was there already.
    /// Blocks.
    pub(super) fn finish(&self, pending: Pending) -> io::Result<(PathBuf, bool)> {
        let Pending { part, twins, _claim } = pending;
        part.handle.sync_all()?;
        let path = part_path(&part.file);
        for twin in twins {
            if same_bytes(&path, &twin)? {
                part.discard()?;
                return Ok((twin, true));
            }
        }
        if let Some(modified) = part.record.modified() {
            part.handle.set_modified(modified)?;
        }
        let name = part.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        for number in 1..=MAX_NUMBER {
            let file = self.path.join(names::numbered(name, number));
            match named(&path, &file) {
                Ok(()) => {
                    std::fs::remove_file(record_path(&part.file))?;
                    // The name is on disk only with its folder.
                    File::open(&self.path)?.sync_all()?;
                    return Ok((file, false));
                }
                // Somebody else put it there meanwhile.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if same_bytes(&path, &file)? {
                        part.discard()?;
                        return Ok((file, true));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(format!("{MAX_NUMBER} files here are called {name}")))
    }

    fn claim(&self, file: &Path) -> Option<Claim> {
        let new = lock(&self.claimed).insert(file.to_owned());
        new.then(|| Claim { file: file.to_owned(), claimed: Arc::clone(&self.claimed) })
    }
}

/// Whether a file is what an answer is about: the same digest, else the same size and time;
/// `None` where the answer does not say enough.
fn is_same(file: &Path, found: &Metadata, answer: &Answer) -> io::Result<Option<bool>> {
    if !found.is_file() || answer.total_bytes.is_some_and(|size| size != found.len()) {
        return Ok(Some(false));
    }
    if let Some(digest) = &answer.digest {
        return Ok(Some(digest.check(file)?.is_ok()));
    }
    let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
    Ok(match (answer.total_bytes, answer.modified) {
        (Some(_), Some(modified)) => Some(seconds(found.modified()?) == seconds(modified)),
        _ => None,
    })
}

fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    if !other.symlink_metadata()?.is_file() || one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let mut one = io::BufReader::with_capacity(CHUNK_BYTES, File::open(one)?);
    let mut other = io::BufReader::with_capacity(CHUNK_BYTES, File::open(other)?);
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let common = a.len().min(b.len());
        if common == 0 {
            return Ok(a.is_empty() && b.is_empty());
        }
        if a.get(..common) != b.get(..common) {
            return Ok(false);
        }
        one.consume(common);
        other.consume(common);
    }
}

/// Gives the file at `path` the name `file`, unless that is taken.
fn named(path: &Path, file: &Path) -> io::Result<()> {
    match std::fs::hard_link(path, file) {
        Ok(()) => std::fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // A file system without links: the name is ours in this run, and was free just now.
        Err(_) if file.symlink_metadata().is_err() => std::fs::rename(path, file),
        Err(_) => Err(ErrorKind::AlreadyExists.into()),
    }
}

fn busy(file: &Path) -> io::Error {
    io::Error::other(format!("another process is downloading {}", file.display()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
