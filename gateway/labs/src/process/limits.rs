//! Control groups, where the system lets the gateway make them: memory, CPU time and processes
//! of a lab are limited by the kernel.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use archway_core::labs::{LabId, Size};

use crate::inside::MOST_PROCESSES;

/// Length of the time that a share of the CPU is counted over.
const PERIOD_US: u64 = 100_000;

/// How control groups are made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Groups {
    /// One tree for all limits: the folder below which labs are put.
    Unified(PathBuf),
    /// A tree for each: memory, CPU, processes.
    Separate { memory: Option<PathBuf>, cpu: Option<PathBuf>, processes: Option<PathBuf> },
}

impl Groups {
    /// Finds out what may be made, by making it.
    pub(super) fn find() -> Result<Self, String> {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let separate = |controller: &str| {
            let base = separate_tree(&mounts, controller)?.join("archway");
            fs::create_dir_all(base.join("probe")).ok()?;
            fs::remove_dir(base.join("probe")).ok()?;
            Some(base)
        };
        let (memory, cpu, processes) = (separate("memory"), separate("cpu"), separate("pids"));
        if memory.is_some() || cpu.is_some() || processes.is_some() {
            return Ok(Self::Separate { memory, cpu, processes });
        }
        let (tree, path) = unified_tree(&mounts, &own)
            .ok_or("the system has no control groups that the gateway may see")?;
        unified_base(&tree, &path).map(Self::Unified)
    }

    /// Whether memory, CPU time and the number of processes are limited.
    pub(super) fn limited(&self) -> [bool; 3] {
        match self {
            Self::Unified(base) => {
                let has = |file: &str| {
                    let text = fs::read_to_string(base.join("cgroup.controllers"));
                    text.is_ok_and(|text| text.split_ascii_whitespace().any(|name| name == file))
                };
                [has("memory"), has("cpu"), has("pids")]
            }
            Self::Separate { memory, cpu, processes } => {
                [memory.is_some(), cpu.is_some(), processes.is_some()]
            }
        }
    }

    /// Makes the groups of a lab, and says which they are.
    pub(super) fn make(&self, id: &LabId, size: &Size) -> io::Result<Vec<PathBuf>> {
        let mut made = Vec::new();
        for (base, limits) in self.limits(size) {
            let group = base.join(&id.0);
            match fs::create_dir(&group) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            for (file, value) in limits {
                let path = group.join(file);
                // Swap and the like are not everywhere; what must be is in `limited`.
                if path.exists() {
                    fs::write(path, value)?;
                }
            }
            made.push(group);
        }
        Ok(made)
    }

    fn limits(&self, size: &Size) -> Vec<(&Path, Vec<(&'static str, String)>)> {
        let memory_bytes = size.memory_mib.saturating_mul(1024 * 1024).to_string();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "cores are between 0 and some thousands"
        )]
        let quota_us = ((size.cores.clamp(0.01, 100_000.0) * PERIOD_US as f64) as u64).to_string();
        match self {
            Self::Unified(base) => vec![(
                base.as_path(),
                vec![
                    ("memory.max", memory_bytes),
                    ("memory.swap.max", "0".to_owned()),
                    ("cpu.max", format!("{quota_us} {PERIOD_US}")),
                    ("pids.max", MOST_PROCESSES.to_string()),
                ],
            )],
            Self::Separate { memory, cpu, processes } => {
                let mut groups = Vec::new();
                if let Some(base) = memory {
                    let both = [("memory.limit_in_bytes", memory_bytes.clone())].into_iter();
                    let both = both.chain([("memory.memsw.limit_in_bytes", memory_bytes)]);
                    groups.push((base.as_path(), both.collect()));
                }
                if let Some(base) = cpu {
                    let period = ("cpu.cfs_period_us", PERIOD_US.to_string());
                    groups.push((base.as_path(), vec![period, ("cpu.cfs_quota_us", quota_us)]));
                }
                if let Some(base) = processes {
                    groups.push((base.as_path(), vec![("pids.max", MOST_PROCESSES.to_string())]));
                }
                groups
            }
        }
    }
}

/// Whether the kernel ended a process of these groups because memory was used up.
pub(super) fn out_of_memory(groups: &[PathBuf]) -> bool {
    let counted = |group: &PathBuf| {
        ["memory.events", "memory.oom_control"].iter().any(|file| {
            let text = fs::read_to_string(group.join(file)).unwrap_or_default();
            let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
            count.is_some_and(|count| count.trim() != "0")
        })
    };
    groups.iter().any(counted)
}

/// The processes that are in these groups.
pub(super) fn processes(groups: &[PathBuf]) -> Vec<i32> {
    let text = |group: &PathBuf| fs::read_to_string(group.join("cgroup.procs")).ok();
    let all = groups.iter().filter_map(text).collect::<String>();
    let mut pids: Vec<i32> = all.lines().filter_map(|line| line.parse().ok()).collect();
    pids.sort_unstable();
    pids.dedup();
    pids
}

/// Removes empty groups; one that has processes stays.
pub(super) fn remove(groups: &[PathBuf]) {
    for group in groups {
        let _ = fs::remove_dir(group);
    }
}

/// Where the tree of one controller is mounted.
fn separate_tree(mounts: &str, controller: &str) -> Option<PathBuf> {
    let line = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let mut found = line.filter(|fields| {
        let options = fields.get(3).copied().unwrap_or_default();
        fields.get(2) == Some(&"cgroup") && options.split(',').any(|option| option == controller)
    });
    found.next()?.get(1).map(PathBuf::from)
}

/// Where the one tree is mounted, and the gateway's own group in it.
fn unified_tree(mounts: &str, own: &str) -> Option<(PathBuf, PathBuf)> {
    let mut lines = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let mount = lines.find(|fields| fields.get(2) == Some(&"cgroup2"))?;
    let tree = PathBuf::from(mount.get(1)?);
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let group = tree.join(path);
    Some((tree, group))
}

/// The highest group above the gateway's own that it may change: a lab can be moved anywhere
/// below it.
fn unified_base(tree: &Path, own: &Path) -> Result<PathBuf, String> {
    let why = |what: &str| {
        format!(
            "{what}; start the gateway as a service with `Delegate=yes`, or by \
             `systemd-run --user --scope -p Delegate=yes`"
        )
    };
    let may_change = |group: &Path| {
        fs::OpenOptions::new().write(true).open(group.join("cgroup.subtree_control")).is_ok()
            && fs::OpenOptions::new().write(true).open(group.join("cgroup.procs")).is_ok()
    };
    let above = own.ancestors().take_while(|group| group.starts_with(tree));
    let top = above.take_while(|group| may_change(group)).last();
    let top = top.ok_or_else(|| why("the gateway may not make control groups"))?;
    let base = top.join("archway");
    let _ = fs::write(top.join("cgroup.subtree_control"), "+memory +cpu +pids");
    let made = fs::create_dir_all(&base);
    made.map_err(|error| why(&format!("no control group can be made: {error}")))?;
    let _ = fs::write(base.join("cgroup.subtree_control"), "+memory +cpu +pids");
    let given = fs::read_to_string(base.join("cgroup.subtree_control")).unwrap_or_default();
    if given.contains("memory") {
        Ok(base)
    } else {
        Err(why("the control group of the gateway cannot limit memory"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_its_own_is_found_by_its_controller() {
        let mounts = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n\
            cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\n\
            cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n\
            cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        let at = |controller| separate_tree(mounts, controller);
        assert_eq!(at("memory"), Some("/sys/fs/cgroup/memory".into()));
        assert_eq!(at("cpu"), Some("/sys/fs/cgroup/cpu,cpuacct".into()));
        assert_eq!(at("pids"), None);
        let own = "8:memory:/a\n0::/user.slice/b.scope\n";
        let tree = PathBuf::from("/sys/fs/cgroup/unified");
        let group = tree.join("user.slice/b.scope");
        assert_eq!(unified_tree(mounts, own), Some((tree, group)));
    }
}
