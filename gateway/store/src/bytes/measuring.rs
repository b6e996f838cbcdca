//! What a folder holds that a lab may be writing in at this moment.
//!
//! Called by `bytes.rs`, on a thread that may wait. Rules: the walk goes from folder to folder by
//! open handles and never through a symbolic link; it ends after so many names, so deep, and so
//! long, and says whether it saw everything.

use std::path::Path;
use std::time::{Duration, Instant};

use archway_core::volumes::Measured;
use rustix::fs::{self, AtFlags, Dir, FileType, Mode};
use rustix::io::Errno;

use super::folders::FOLDER;
use crate::error::StoreError;

/// How far a walk goes.
pub(super) struct Bounds {
    /// Names that are looked at.
    pub(super) names: u64,
    /// Folders in folders: so many are open at once.
    pub(super) deep: usize,
    /// How long it takes; looked at now and then.
    pub(super) time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { names: 2_000_000, deep: 128, time: Duration::from_secs(20) }
    }
}

/// Between two looks at the time.
const NAMES_AT_ONCE: u64 = 1_024;

/// Bytes of the files in a folder and below, each name of one counted.
pub(super) fn measure(folder: &Path, bounds: &Bounds) -> Result<Measured, StoreError> {
    let failed = |error: Errno| StoreError::at("reading", folder)(error.into());
    let root = fs::open(folder, FOLDER, Mode::empty()).map_err(failed)?;
    let mut open = vec![Dir::new(root).map_err(failed)?];
    let mut found = Measured { bytes: 0, files: 0, whole: true };
    let (mut names, began) = (0_u64, Instant::now());
    loop {
        let depth = open.len();
        let Some(above) = open.last_mut() else { break };
        let entry = match above.next() {
            Some(Ok(entry)) => entry,
            ended => {
                found.whole &= ended.is_none();
                open.pop();
                continue;
            }
        };
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        names += 1;
        let late = names.is_multiple_of(NAMES_AT_ONCE) && began.elapsed() > bounds.time;
        if names > bounds.names || late {
            found.whole = false;
            break;
        }
        let above = above.fd().map_err(failed)?;
        // What was there a moment ago may be gone, or something else.
        let Ok(stat) = fs::statat(above, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                found.files += 1;
                found.bytes = found.bytes.saturating_add(u64::try_from(stat.st_size).unwrap_or(0));
            }
            FileType::Directory if depth >= bounds.deep => found.whole = false,
            FileType::Directory => {
                match fs::openat(above, entry.file_name(), FOLDER, Mode::empty()).and_then(Dir::new)
                {
                    Ok(below) => open.push(below),
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                    // Forbidden, or too many are open.
                    Err(_) => found.whole = false,
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Bounds, measure};

    #[test]
    fn a_walk_ends_where_it_is_bounded_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(folder.path().join("one"), "1").unwrap();
        std::fs::write(deep.join("two"), "22").unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
        let cases = [
            ("everything", Bounds::default(), Some((3, 2, true))),
            ("four folders deep", Bounds { deep: 4, ..Bounds::default() }, Some((3, 2, true))),
            ("three folders deep", Bounds { deep: 3, ..Bounds::default() }, Some((1, 1, false))),
            ("all names", Bounds { names: 6, ..Bounds::default() }, Some((3, 2, true))),
            ("a name less", Bounds { names: 5, ..Bounds::default() }, None),
        ];
        for (name, bounds, expected) in cases {
            let found = measure(folder.path(), &bounds).unwrap();
            match expected {
                Some(expected) => {
                    assert_eq!((found.bytes, found.files, found.whole), expected, "{name}");
                }
                None => assert!(!found.whole && found.bytes <= 3, "{name}: {found:?}"),
            }
        }
        assert!(measure(&folder.path().join("link"), &Bounds::default()).is_err());
    }
}
