//! The owner's own space: made, given to its owner, and files put into it.
//!
//! Rules: everything below the space belongs to somebody who may have put a link anywhere.
//! No link is followed below it, and nothing that is there is overwritten.

use std::fs;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::{Component, Path};

use archway_core::labs::{Failure, LabSpec, Placed};
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Uid, fchown, mkdirat, openat, renameat_with, unlinkat,
};

use crate::error::{cannot, failure};

/// Makes ready what a lab finds on this machine, whichever backend starts it: the owner's space
/// with the files that are put into it, and the volumes.
pub(crate) fn make_ready(spec: &LabSpec, uid: Option<u32>) -> Result<(), Failure> {
    give(&spec.space, uid).map_err(|error| cannot("make", &spec.space, error))?;
    place(&spec.space, &spec.placed, uid)
        .map_err(|error| cannot("put a file into", &spec.space, error))?;
    for volume in &spec.volumes {
        if volume.writable {
            give(&volume.folder, uid).map_err(|error| cannot("make", &volume.folder, error))?;
        } else if !volume.folder.is_dir() {
            return Err(failure(format!("the folder of volume `{}` is not there", volume.name)));
        }
    }
    Ok(())
}

/// Makes a folder that is the owner's: with `uid`, everything in it is that user's.
pub(crate) fn give(folder: &Path, uid: Option<u32>) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let Some(uid) = uid else { return Ok(()) };
    if fs::symlink_metadata(folder)?.uid() == uid {
        return Ok(());
    }
    let mut left = vec![folder.to_owned()];
    let mut folders = Vec::new();
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                left.push(entry.path());
            } else {
                lchown(entry.path(), Some(uid), Some(uid))?;
            }
        }
        folders.push(path);
    }
    // The folder itself comes last: it is what says that all the rest is done.
    folders.iter().rev().try_for_each(|path| lchown(path, Some(uid), Some(uid)))
}

/// Puts files into a space; one that is there already is left as it is.
pub(crate) fn place(space: &Path, files: &[Placed], uid: Option<u32>) -> io::Result<()> {
    for file in files {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("`{}` of the home: {error}", file.path))
        };
        place_one(space, file, uid).map_err(named)?;
    }
    Ok(())
}

fn place_one(space: &Path, file: &Placed, uid: Option<u32>) -> io::Result<()> {
    let mut names = Vec::new();
    for part in Path::new(&file.path).components() {
        match part {
            Component::Normal(name) => names.push(name),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path below it")),
        }
    }
    let Some((name, folders)) = names.split_last() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "an empty path"));
    };
    let to_folder = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(space, to_folder, Mode::empty())?;
    for folder in folders {
        let made = mkdirat(&at, *folder, Mode::from_raw_mode(0o755));
        if made != Err(rustix::io::Errno::EXIST) {
            made?;
        }
        let next = openat(&at, *folder, to_folder, Mode::empty())?;
        if made.is_ok() {
            own(&next, uid)?;
        }
        at = next;
    }
    let beside = format!(".{}.new", name.to_string_lossy());
    let to_write =
        OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let _ = unlinkat(&at, beside.as_str(), AtFlags::empty());
    let made = openat(&at, beside.as_str(), to_write, Mode::from_raw_mode(0o644))?;
    own(&made, uid)?;
    let mut made = fs::File::from(made);
    made.write_all(&file.bytes)?;
    made.sync_data()?;
    match renameat_with(&at, beside.as_str(), &at, *name, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::EXIST) => Ok(unlinkat(&at, beside.as_str(), AtFlags::empty())?),
        done => Ok(done?),
    }
}

fn own(of: &OwnedFd, uid: Option<u32>) -> io::Result<()> {
    let Some(uid) = uid else { return Ok(()) };
    Ok(fchown(of, Some(Uid::from_raw(uid)), Some(Gid::from_raw(uid)))?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn file(path: &str) -> Placed {
        Placed { path: path.into(), bytes: "new".into() }
    }

    #[test]
    fn a_file_is_placed_with_its_folders_and_never_over_another() {
        let space = tempfile::tempdir().unwrap();
        let at = space.path().join("notebooks/deep/a.ipynb");
        place(space.path(), &[file("notebooks/deep/a.ipynb")], None).unwrap();
        assert_eq!(fs::read_to_string(&at).unwrap(), "new");
        fs::write(&at, "mine").unwrap();
        place(space.path(), &[file("notebooks/deep/a.ipynb")], None).unwrap();
        assert_eq!(fs::read_to_string(&at).unwrap(), "mine");
        let names: Vec<_> = fs::read_dir(at.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }

    #[test]
    fn a_link_in_the_space_leads_nowhere() {
        let (space, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(other.path(), space.path().join("notebooks")).unwrap();
        symlink(other.path().join("x"), space.path().join("x")).unwrap();
        symlink(other.path().join("y"), space.path().join(".y.new")).unwrap();
        assert!(place(space.path(), &[file("notebooks/a")], None).is_err());
        place(space.path(), &[file("x"), file("y")], None).unwrap();
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_path_out_of_the_space_is_refused() {
        let space = tempfile::tempdir().unwrap();
        for path in ["", "..", "../a", "/a", "a/../../b"] {
            assert!(place(space.path(), &[file(path)], None).is_err(), "{path}");
        }
    }
}
