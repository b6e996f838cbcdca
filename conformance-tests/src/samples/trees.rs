//! The directory trees of the sample site: one root for HTTP, FTP and FTPS.
//!
//! *Called by* `samples.rs`. *Calls* `trees/http.rs` (`/trees/...`, with an index for every
//! folder) and `trees/ftp.rs`, `trees/authority.rs` (FTP and FTPS). *Rules*: only what the
//! manifest names is there; times and digests are the manifest's, so that they are the same
//! on every machine. *Not here*: what the files mean, which the archives' rules say.

pub mod authority;
pub mod ftp;
pub(super) mod http;
mod upgrade;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::manifest::{Manifest, TreeEntry};

/// All trees below one root.
#[derive(Debug)]
pub struct Trees {
    folder: PathBuf,
    files: BTreeMap<String, TreeEntry>,
}

/// What is at a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    File(&'a TreeEntry),
    Folder {
        /// The newest file in or below it.
        modified: SystemTime,
    },
}

impl Node<'_> {
    pub(super) fn modified(&self) -> SystemTime {
        match self {
            Node::File(entry) => modified(entry),
            Node::Folder { modified } => *modified,
        }
    }
}

/// When a file last changed.
pub(super) fn modified(entry: &TreeEntry) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(entry.modified_unix_s)
}

impl Trees {
    /// The trees of the samples folder `data`.
    pub fn new(manifest: &Manifest, data: &Path) -> Self {
        let files = manifest.trees.iter().map(|entry| (entry.path.clone(), entry.clone()));
        Self { folder: data.join("trees"), files: files.collect() }
    }

    /// Where the bytes of `entry` lie.
    pub(super) fn place(&self, entry: &TreeEntry) -> PathBuf {
        self.folder.join(&entry.path)
    }

    /// What is at `path`, which has no slash at its ends; the root is empty.
    pub(super) fn node(&self, path: &str) -> Option<Node<'_>> {
        if let Some(entry) = self.files.get(path) {
            return Some(Node::File(entry));
        }
        let newest = self.below(path).map(|(_, entry)| modified(entry)).max()?;
        Some(Node::Folder { modified: newest })
    }

    /// What is in the folder `path`, by name; empty if there is no such folder.
    pub(super) fn list(&self, path: &str) -> BTreeMap<&str, Node<'_>> {
        let mut found = BTreeMap::new();
        for (rest, entry) in self.below(path) {
            match rest.split_once('/') {
                None => {
                    found.insert(rest, Node::File(entry));
                }
                Some((name, _)) => {
                    let newest = found.get(name).map_or(SystemTime::UNIX_EPOCH, Node::modified);
                    let modified = newest.max(modified(entry));
                    found.insert(name, Node::Folder { modified });
                }
            }
        }
        found
    }

    /// Every file in or below a folder, with its path from there.
    fn below<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a TreeEntry)> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        // At most some hundred files.
        self.files
            .iter()
            .filter_map(move |(file, entry)| Some((file.strip_prefix(&prefix)?, entry)))
    }
}
