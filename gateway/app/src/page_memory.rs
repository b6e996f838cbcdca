//! What earlier pages of a search showed, in files: one list of hashes a search.
//!
//! Called by the core's discovery through [`PageMemory`].
//!
//! Rules that hold here and nowhere else:
//!
//! - A list is forgotten 24 hours after it last grew, and the oldest when there are too many.
//! - A hash is 8 bytes; a file that a crash left with a part of one has that part cut off.
//! - One lock for all: an append looks before it writes.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use archway_core::Error;
use archway_core::discovery::PageMemory;
use async_trait::async_trait;

const KEEP: Duration = Duration::from_secs(24 * 3600);
const SWEEP_EVERY: Duration = Duration::from_secs(600);
const HASH_BYTES: u64 = 8;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    searches: usize,
    /// Of one search; what comes behind them is not remembered.
    hashes: u64,
}

const BOUNDS: Bounds = Bounds { searches: 10_000, hashes: 1_000_000 };

/// The lists in one folder. Two gateways may not share it.
#[derive(Clone, Debug)]
pub(crate) struct FileMemory(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    bounds: Bounds,
    /// When it was last swept. Held while a list is looked at or grows.
    swept: Mutex<Option<Instant>>,
}

impl FileMemory {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(Arc::new(Folder { path: folder, bounds: BOUNDS, swept: Mutex::default() }))
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let folder = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&folder)).await;
        done.map_err(|error| Error::Internal(Box::new(error)))?
            .map_err(|error| Error::Internal(Box::new(error)))
    }
}

#[async_trait]
impl PageMemory for FileMemory {
    async fn seen(&self, search: u128, length: u64) -> Result<Vec<u64>, Error> {
        self.on_disk(move |folder| folder.seen(search, length)).await
    }

    async fn append(&self, search: u128, from: u64, hashes: &[u64]) -> Result<bool, Error> {
        let hashes = hashes.to_vec();
        self.on_disk(move |folder| folder.append(search, from, &hashes)).await
    }
}

impl Folder {
    fn file(&self, search: u128) -> PathBuf {
        self.path.join(format!("{search:032x}.seen"))
    }

    fn seen(&self, search: u128, length: u64) -> io::Result<Vec<u64>> {
        let _held = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        match File::open(self.file(search)) {
            Ok(file) if is_fresh(&file)? => read(&file, 0, length.min(self.bounds.hashes)),
            Ok(_) => Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn append(&self, search: u128, from: u64, hashes: &[u64]) -> io::Result<bool> {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.file(search);
        if !path.exists() && swept.is_none_or(|when| when.elapsed() > SWEEP_EVERY) {
            self.sweep()?;
            *swept = Some(Instant::now());
        }
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        if !is_fresh(&file)? {
            file.set_len(0)?;
        }
        let length = file.metadata()?.len() / HASH_BYTES;
        if from > length {
            // Behind the bound nothing is remembered, which is no gap.
            return Ok(length >= self.bounds.hashes);
        }
        let room = usize::try_from(self.bounds.hashes.saturating_sub(from)).unwrap_or(usize::MAX);
        let hashes = hashes.get(..room).unwrap_or(hashes);
        let there = read(&file, from, hashes.len() as u64)?;
        if !there.is_empty() {
            return Ok(there == hashes);
        }
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        file.set_len(length * HASH_BYTES)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(&bytes)?;
        Ok(true)
    }

    /// Removes what is old, and the oldest of what is too much.
    fn sweep(&self) -> io::Result<()> {
        let mut lists: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            let changed = entry.metadata()?.modified()?;
            if is_old(changed) {
                remove(&entry.path())?;
            } else {
                lists.push((changed, entry.path()));
            }
        }
        lists.sort();
        // Room for those that come before the next sweep.
        let most = self.bounds.searches / 2;
        let surplus = if lists.len() > self.bounds.searches { lists.len() - most } else { 0 };
        lists.iter().take(surplus).try_for_each(|(_, path)| remove(path))
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_old(changed: SystemTime) -> bool {
    // A clock that was set back makes nothing old.
    changed.elapsed().unwrap_or_default() > KEEP
}

fn is_fresh(file: &File) -> io::Result<bool> {
    Ok(!is_old(file.metadata()?.modified()?))
}

/// At most `count` hashes from the one at `from` on.
fn read(mut file: &File, from: u64, count: u64) -> io::Result<Vec<u64>> {
    file.seek(SeekFrom::Start(from * HASH_BYTES))?;
    let mut bytes = Vec::new();
    file.take(count * HASH_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes.as_chunks().0.iter().map(|hash| u64::from_le_bytes(*hash)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Bounds, FileMemory, Folder, KEEP};
    use archway_core::discovery::PageMemory;
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    fn small(folder: &Path, searches: usize, hashes: u64) -> FileMemory {
        let bounds = Bounds { searches, hashes };
        FileMemory(Arc::new(Folder { path: folder.to_owned(), bounds, swept: Default::default() }))
    }

    fn age(path: &Path, age: Duration) {
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(SystemTime::now() - age)
            .unwrap();
    }

    #[tokio::test]
    async fn a_search_has_one_list_and_a_cursor_sees_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileMemory::new(folder.path().to_owned());
        assert!(memory.append(1, 0, &[10, 11]).await.unwrap());
        assert!(memory.append(1, 2, &[12]).await.unwrap());
        assert_eq!(memory.seen(1, 2).await.unwrap(), [10, 11]);
        assert!(memory.append(1, 0, &[10, 11]).await.unwrap(), "the same cursor again");
        assert!(!memory.append(1, 0, &[10, 99]).await.unwrap(), "another page from it");
        assert!(!memory.append(1, 2, &[12, 13]).await.unwrap(), "a longer page from it");
        assert!(!memory.append(1, 7, &[1]).await.unwrap(), "behind a gap");
        assert!(memory.seen(2, 5).await.unwrap().is_empty());

        let restarted = FileMemory::new(folder.path().to_owned());
        assert_eq!(restarted.seen(1, 9).await.unwrap(), [10, 11, 12]);
    }

    #[tokio::test]
    async fn half_a_hash_after_a_crash_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileMemory::new(folder.path().to_owned());
        memory.append(7, 0, &[1, 2]).await.unwrap();
        let path = folder.path().join(format!("{:032x}.seen", 7));
        File::options().write(true).open(&path).unwrap().set_len(13).unwrap();
        assert_eq!(memory.seen(7, 9).await.unwrap(), [1]);
        assert!(memory.append(7, 1, &[2, 3]).await.unwrap());
        assert_eq!(memory.seen(7, 9).await.unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_day_later_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let memory = FileMemory::new(folder.path().to_owned());
        memory.append(1, 0, &[10, 11]).await.unwrap();
        let path = folder.path().join(format!("{:032x}.seen", 1));
        age(&path, KEEP + Duration::from_secs(60));
        assert!(memory.seen(1, 9).await.unwrap().is_empty());
        assert!(!memory.append(1, 2, &[12]).await.unwrap(), "its beginning is gone");

        age(&path, KEEP + Duration::from_secs(60));
        let restarted = FileMemory::new(folder.path().to_owned());
        restarted.append(2, 0, &[1]).await.unwrap();
        assert!(!path.exists(), "the next search sweeps");
    }

    #[tokio::test]
    async fn what_is_too_much_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let memory = small(folder.path(), 10_000, 3);
        assert!(memory.append(1, 0, &[1, 2]).await.unwrap());
        assert!(memory.append(1, 2, &[3, 4]).await.unwrap());
        assert!(memory.append(1, 2, &[3, 4]).await.unwrap(), "the same cursor again");
        assert!(memory.append(1, 4, &[5]).await.unwrap(), "behind the bound there is no gap");
        assert_eq!(memory.seen(1, 9).await.unwrap(), [1, 2, 3]);

        for (search, hours) in [(2, 3), (3, 2), (4, 1)] {
            memory.append(search, 0, &[1]).await.unwrap();
            age(
                &folder.path().join(format!("{search:032x}.seen")),
                Duration::from_secs(hours * 3600),
            );
        }
        small(folder.path(), 2, 3).append(5, 0, &[1]).await.unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 2, "the youngest, and the new one");
    }
}
