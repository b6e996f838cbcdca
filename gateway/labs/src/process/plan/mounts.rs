//! What a lab sees of the machine, as arguments of bubblewrap.

use std::collections::BTreeSet;
use std::path::Path;

use crate::process::machine::{Bubblewrap, Machine, SystemPath};

/// Mounts in their order.
#[derive(Debug)]
pub(super) struct Mounts {
    arguments: Vec<String>,
    /// Folders that are there already.
    made: BTreeSet<String>,
}

impl Mounts {
    /// The system, and folders in memory of at most that size each.
    pub(super) fn new(machine: &Machine, bubblewrap: &Bubblewrap, memory_bytes: u64) -> Self {
        let made = ["/", "/usr", "/proc", "/dev", "/tmp"].map(str::to_owned);
        let mut mounts = Self { arguments: Vec::new(), made: made.into() };
        for path in &machine.system {
            match path {
                SystemPath::Kept(path) => mounts.read_only(path, &path.to_string_lossy()),
                SystemPath::Link(path, target) => {
                    mounts.link(&target.to_string_lossy(), &path.to_string_lossy());
                }
            }
        }
        mounts.add(&["--proc", "/proc", "--dev", "/dev"]);
        for folder in ["/tmp", "/dev/shm"] {
            mounts.add(&["--perms", "1777"]);
            if bubblewrap.size {
                // Zero would be as much as there is.
                mounts.add(&["--size", &memory_bytes.max(4096).to_string()]);
            }
            mounts.add(&["--tmpfs", folder]);
        }
        mounts.link("/tmp", "/var/tmp");
        mounts
    }

    pub(super) fn read_only(&mut self, outside: &Path, inside: &str) {
        self.parents(inside);
        self.add(&["--ro-bind", &outside.to_string_lossy(), inside]);
    }

    pub(super) fn writable(&mut self, outside: &Path, inside: &str) {
        self.parents(inside);
        self.add(&["--bind", &outside.to_string_lossy(), inside]);
    }

    pub(super) fn link(&mut self, target: &str, inside: &str) {
        self.parents(inside);
        self.add(&["--symlink", target, inside]);
    }

    /// An empty folder that mounts are put into.
    pub(super) fn folder(&mut self, inside: &str) {
        self.parents(inside);
        if self.made.insert(inside.to_owned()) {
            self.add(&["--perms", "0755", "--dir", inside]);
        }
    }

    /// What lies beside the mounts can no longer be written.
    pub(super) fn finish(&mut self) {
        self.add(&["--remount-ro", "/dev", "--remount-ro", "/"]);
    }

    pub(super) fn into_arguments(self) -> Vec<String> {
        self.arguments
    }

    /// Bubblewrap makes missing folders so that only their owner may enter; the owner of a lab
    /// is another user.
    fn parents(&mut self, inside: &str) {
        let parent = Path::new(inside).parent().unwrap_or(Path::new("/"));
        if parent.starts_with("/usr") {
            return;
        }
        let parents: Vec<_> = parent.ancestors().collect();
        for folder in parents.iter().rev() {
            let folder = folder.to_string_lossy().into_owned();
            if self.made.insert(folder.clone()) {
                self.add(&["--perms", "0755", "--dir", &folder]);
            }
        }
    }

    fn add(&mut self, arguments: &[&str]) {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    }
}
