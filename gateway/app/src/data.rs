//! The data folder: what the gateway keeps from one start to the next.
//!
//! ```text
//! cursor.key   signs the cursors of searches and the forms of the portal, so that they outlive a
//!              restart
//! compiled/    compiled plugins; written and checked by `archway-host`
//! searches/    what earlier pages of searches showed (`page_memory.rs`)
//! state.sqlite volumes, labs, selections, the ledger; written by `archway-store`
//! blobs/ parts/ volumes/ spaces/         bytes of volumes, and what users keep
//! labs/ environments/                    what labs run in; written by `archway-labs`
//! ```

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The folder, made and ours alone.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder(PathBuf);

impl DataFolder {
    /// Makes what is missing of it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let folder = Self(path.to_owned());
        for path in [path.to_owned(), folder.searches()] {
            make_private(&path)?;
        }
        Ok(folder)
    }

    /// The same without making anything.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where compiled plugins are kept.
    pub(crate) fn compiled(&self) -> PathBuf {
        self.0.join("compiled")
    }

    /// Where the page memory lies.
    pub(crate) fn searches(&self) -> PathBuf {
        self.0.join("searches")
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the state is kept, unless it is in a database of the site.
    pub(crate) fn state(&self) -> PathBuf {
        self.0.join("state.sqlite")
    }

    /// The key that signs cursors; made at the first start.
    pub(crate) fn cursor_key(&self) -> io::Result<[u8; KEY_BYTES]> {
        let path = self.0.join("cursor.key");
        match std::fs::read(&path) {
            Ok(bytes) => <[u8; KEY_BYTES]>::try_from(bytes).map_err(|bytes| {
                let found = bytes.len();
                io::Error::other(format!("cursor.key has {found} bytes, {KEY_BYTES} are wanted; delete it to have another made"))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => new_key(&path),
            Err(error) => Err(error),
        }
    }
}

fn new_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    // Written beside and linked into place: whoever starts at the same time sees a whole key.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(&key)?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let theirs = std::fs::read(path)?;
            theirs.try_into().map_err(|_| io::Error::other("cursor.key is not a key"))
        }
        Err(error) => Err(error),
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::DataFolder;

    #[test]
    fn the_key_is_made_once_and_is_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&folder.path().join("a/b")).unwrap();
        let key = data.cursor_key().unwrap();
        assert_ne!(key, [0; 32]);
        assert_eq!(data.cursor_key().unwrap(), key);
        let again = DataFolder::open(&folder.path().join("a/b")).unwrap();
        assert_eq!(again.cursor_key().unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &str| {
                folder.path().join(path).metadata().unwrap().permissions().mode() & 0o777
            };
            assert_eq!((mode("a/b/cursor.key"), mode("a/b/searches")), (0o600, 0o700));
        }
    }

    #[test]
    fn a_key_of_another_size_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        std::fs::write(folder.path().join("cursor.key"), "short").unwrap();
        let told = data.cursor_key().unwrap_err().to_string();
        assert_eq!(told, "cursor.key has 5 bytes, 32 are wanted; delete it to have another made");
    }
}
