//! Folders on this machine: made, laid out and removed.
//!
//! Called by `bytes.rs`, on threads that may wait. A path is followed from folder to folder by
//! open handles and never through a symbolic link: labs write in some of these folders.

use std::collections::BTreeSet;
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::digests::Digests;
use super::{blocking, names};
use crate::error::StoreError;

/// What the name of a file in `parts/` begins with that is fetched from S3; no volume's can.
pub(super) const FETCHED: &str = "fetched_";

pub(super) const FOLDER: OFlags =
    OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::RDONLY);

/// Makes the folder and those in it, and gives its real path.
pub(super) fn prepare(root: &Path) -> Result<PathBuf, StoreError> {
    make(root, 0o700)?;
    let root = root.canonicalize().map_err(StoreError::at("opening", root))?;
    for name in ["blobs", "blobs/sha256", "volumes", "spaces"] {
        make(&root.join(name), 0o700)?;
    }
    forget_old_parts(&root)?;
    forget_fetched(&root)?;
    Ok(root)
}

/// Removes what was being fetched from S3 when the gateway was killed: it is fetched again, under
/// the same names.
fn forget_fetched(root: &Path) -> Result<(), StoreError> {
    let parts = root.join("parts");
    for entry in std::fs::read_dir(&parts).map_err(StoreError::at("reading", &parts))?.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(FETCHED.as_bytes()) {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(StoreError::at("removing", &path))?;
        }
    }
    Ok(())
}

/// Removes parts that were written before the machine was started: bytes that a loss of power
/// took may be holes in them.
fn forget_old_parts(root: &Path) -> Result<(), StoreError> {
    let parts = root.join("parts");
    let note = parts.join(".start");
    // Absent where the kernel has none; then every start of the gateway counts.
    let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    if start.is_empty() || std::fs::read_to_string(&note).ok().as_ref() != Some(&start) {
        gone(&parts)?;
        make(&parts, 0o700)?;
        std::fs::write(&note, start).map_err(StoreError::at("writing", &note))?;
    }
    Ok(())
}

/// Makes a folder and those above it; fine if it is there.
pub(super) fn make(folder: &Path, mode: u32) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(mode);
    builder.create(folder).map_err(StoreError::at("making folder", folder))
}

/// Whether it is there, as a folder and not as a link to one.
pub(super) fn is_there(folder: &Path) -> Result<bool, StoreError> {
    match std::fs::symlink_metadata(folder) {
        Ok(found) => Ok(found.is_dir()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::at("reading", folder)(error)),
    }
}

/// Lays files and texts out as `volumes/<id>`, which appears whole, or not at all; what was
/// there before is exchanged for it.
pub(super) fn lay_out(
    root: &Path,
    id: &str,
    files: &[(String, String)],
    texts: &[(String, Bytes)],
) -> Result<(), StoreError> {
    let volumes = root.join("volumes");
    let (name, new) = (volumes.join(id), volumes.join(format!(".{id}.new")));
    gone(&new)?;
    make(&new, 0o755)?;
    let blobs = fs::open(root.join("blobs/sha256"), FOLDER, Mode::empty())
        .map_err(|error| StoreError::at("opening", root)(error.into()))?;
    let mut walk = Walk::below(&new)?;
    for (path, sha256) in files {
        link(&blobs, names::digest(sha256)?, &mut walk, path)?;
    }
    for (path, bytes) in texts {
        walk.write(path, bytes)?;
    }
    sync(root)?;
    if device(&volumes)? != device(root)? {
        sync(&volumes)?;
    }
    match fs::renameat_with(CWD, &new, CWD, &name, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::EXIST) => {
            // Laid out before, by a gateway that was killed before it could say so, or again.
            fs::renameat_with(CWD, &new, CWD, &name, RenameFlags::EXCHANGE)
                .map_err(|error| StoreError::at("exchanging", &name)(error.into()))?;
            gone(&new)?;
        }
        // File systems without these two: a name that is there is removed first.
        Err(Errno::INVAL | Errno::NOSYS) => {
            gone(&name)?;
            std::fs::rename(&new, &name).map_err(StoreError::at("naming", &name))?;
        }
        Err(error) => return Err(StoreError::at("naming", &name)(error.into())),
    }
    let folder = File::open(&volumes).map_err(StoreError::at("opening", &volumes))?;
    folder.sync_all().map_err(StoreError::at("writing", &volumes))
}

fn device(folder: &Path) -> Result<u64, StoreError> {
    Ok(std::fs::metadata(folder).map_err(StoreError::at("reading", folder))?.dev())
}

/// Gives kept bytes a second name, or copies them where a file can have only so many.
fn link(blobs: &OwnedFd, sha256: &str, walk: &mut Walk, path: &str) -> Result<(), StoreError> {
    let blob = names::below(sha256);
    let (folder, name) = walk.to(path)?;
    let failed = |error: io::Error| {
        let what = if error.kind() == ErrorKind::NotFound {
            format!("laying out {path}: its bytes, {sha256}, are not kept here")
        } else {
            format!("laying out {path}")
        };
        StoreError::File { what, source: error }
    };
    match fs::linkat(blobs, &*blob, folder, name, AtFlags::empty()) {
        Ok(()) => Ok(()),
        Err(Errno::MLINK | Errno::XDEV | Errno::PERM | Errno::OPNOTSUPP) => {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let from = fs::openat(blobs, &*blob, flags, Mode::empty());
            let mut from = File::from(from.map_err(|error| failed(error.into()))?);
            let mut copy = new_file(folder, name).map_err(failed)?;
            io::copy(&mut from, &mut copy).map(drop).map_err(failed)
        }
        Err(error) => Err(failed(error.into())),
    }
}

fn new_file(folder: &OwnedFd, name: &str) -> io::Result<File> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(fs::openat(folder, name, flags, Mode::from_raw_mode(0o444))?))
}

/// The folders on the way to the file that was placed last.
struct Walk {
    root: OwnedFd,
    open: Vec<(String, OwnedFd)>,
}

impl Walk {
    fn below(folder: &Path) -> Result<Self, StoreError> {
        let root = fs::open(folder, FOLDER, Mode::empty())
            .map_err(|error| StoreError::at("opening", folder)(error.into()))?;
        Ok(Self { root, open: Vec::new() })
    }

    /// The folder of a path, made if it is missing, and the name in it.
    fn to<'a>(&mut self, path: &'a str) -> Result<(&OwnedFd, &'a str), StoreError> {
        let mut parts = names::path(path)?;
        let name = parts.pop().ok_or_else(|| StoreError::name("path of a file", path))?;
        let same = self.open.iter().zip(&parts).take_while(|((open, _), part)| open == *part);
        let same = same.count();
        self.open.truncate(same);
        for part in parts.into_iter().skip(same) {
            let above = self.open.last().map_or(&self.root, |(_, folder)| folder);
            let failed = |error: Errno| StoreError::File {
                what: format!("making the folders of {path}"),
                source: error.into(),
            };
            match fs::mkdirat(above, part, Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(failed(error)),
            }
            let folder = fs::openat(above, part, FOLDER, Mode::empty()).map_err(failed)?;
            self.open.push((part.to_owned(), folder));
        }
        Ok((self.open.last().map_or(&self.root, |(_, folder)| folder), name))
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let (folder, name) = self.to(path)?;
        let written = new_file(folder, name).and_then(|mut file| file.write_all(bytes));
        written.map_err(|source| StoreError::File { what: format!("writing {path}"), source })
    }
}

/// Removes the folder and the parts of a volume; nobody sees half of it.
pub(super) fn remove(root: &Path, id: &str) -> Result<(), StoreError> {
    let volumes = root.join("volumes");
    let (name, old) = (volumes.join(id), volumes.join(format!(".{id}.old")));
    gone(&old)?;
    match std::fs::rename(&name, &old) {
        Ok(()) => gone_whatever_it_forbids(&old)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(StoreError::at("removing", &name)(error)),
    }
    gone(&volumes.join(format!(".{id}.new")))?;
    gone(&root.join("parts").join(id))
}

/// Removes a folder with all that is in it; fine if it is not there.
fn gone(folder: &Path) -> Result<(), StoreError> {
    match std::fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::at("removing", folder)(error)),
    }
}

/// The same of a folder that a lab wrote in, and may have forbidden its own user to change.
fn gone_whatever_it_forbids(folder: &Path) -> Result<(), StoreError> {
    let refused = match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => error,
        _ => return gone(folder),
    };
    let mut left = vec![folder.to_owned()];
    while let Some(one) = left.pop() {
        // Of another user's folder the first refusal says more than this one.
        if std::fs::set_permissions(&one, Permissions::from_mode(0o700)).is_err() {
            return Err(StoreError::at("removing", folder)(refused));
        }
        let entries = std::fs::read_dir(&one).map_err(StoreError::at("reading", &one))?;
        let folders = entries.flatten().filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir()));
        left.extend(folders.map(|entry| entry.path()));
    }
    gone(folder)
}

/// Names in a folder that are behind `after`, in their order, at most `most`; without those of
/// folders that are being laid out or removed.
pub(super) fn names_behind(
    folder: &Path,
    after: &str,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(StoreError::at("reading", folder))? {
        let entry = entry.map_err(StoreError::at("reading", folder))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.as_str() > after && !name.starts_with('.') {
            names.insert(name);
            if names.len() > most {
                names.pop_last();
            }
        }
    }
    Ok(names.into_iter().collect())
}

/// Removes kept bytes that no folder has a link to.
pub(super) fn sweep(blobs: &Path) -> Result<(), StoreError> {
    let read = |folder: &Path| std::fs::read_dir(folder).map_err(StoreError::at("reading", folder));
    for folder in read(blobs)?.flatten() {
        for blob in read(&folder.path())?.flatten() {
            if blob.metadata().is_ok_and(|found| found.is_file() && found.nlink() == 1) {
                let path = blob.path();
                std::fs::remove_file(&path).map_err(StoreError::at("removing", &path))?;
            }
        }
    }
    Ok(())
}

/// Brings everything on the folder's file system to the disk: one call for ten thousand files.
pub(super) fn sync(root: &Path) -> Result<(), StoreError> {
    let folder = File::open(root).map_err(StoreError::at("opening", root))?;
    fs::syncfs(&folder).map_err(|error| StoreError::at("writing", root)(error.into()))
}

/// Writes a stream to a new file that can only be read; gives its SHA-256 and length.
pub(super) async fn write_stream(
    path: &Path,
    mut stream: BoxStream<'static, object_store::Result<Bytes>>,
) -> Result<(String, u64), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true).mode(0o444);
    let file = options.open(path).map_err(StoreError::at("writing", path))?;
    let mut state = (file, Digests::new(None), 0_u64);
    while let Some(bytes) = stream.next().await {
        let what = format!("fetching {}", path.display());
        let bytes = bytes.map_err(StoreError::object(what))?;
        let named = path.to_owned();
        state = blocking(move || {
            let (mut file, mut digests, length) = state;
            file.write_all(&bytes).map_err(StoreError::at("writing", &named))?;
            digests.update(&bytes);
            Ok((file, digests, length + bytes.len() as u64))
        })
        .await?;
    }
    Ok((state.1.sha256(), state.2))
}
