//! The files of an archive, batch after batch: a step of time each, or the whole tree at once.
//!
//! Called by `found.rs`. Rules: nothing is listed before it is asked for; no more folders than
//! one question may list, and what was left out because of that is said; of mirrors that are
//! down the archive's own files are given all the same.

use std::collections::BTreeSet;

use archway_plugin::host::Level;
use archway_plugin::{Error, Host};
use archway_trees::EntryKind;

use crate::files::{Collector, File};
use crate::plan::{self, Plan, Slot, SlotMark};
use crate::servers::{Listed, Servers};
use crate::settings::Settings;

/// Folders below each other in a tree.
const MOST_DEPTH: usize = 12;

/// Files by batches.
pub(crate) struct Batches {
    plan: Option<Plan>,
    /// A tree is one batch.
    tree_is_due: bool,
    /// How many folders were listed.
    pub(crate) listed: u32,
    /// What was left out, for people.
    pub(crate) left_out: Option<String>,
}

/// The files of one step, or of a tree.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Of a tree there is none.
    pub(crate) mark: Option<SlotMark>,
    /// Sorted by key.
    pub(crate) files: Vec<File>,
}

impl Batches {
    /// Those of a plan; without one, the whole tree.
    pub(crate) fn new(plan: Option<Plan>) -> Self {
        Self { tree_is_due: plan.is_none(), plan, listed: 0, left_out: None }
    }

    /// The tree was given already, so that there is nothing behind it.
    pub(crate) fn pass_over_tree(&mut self) {
        self.tree_is_due = false;
    }

    /// The next batch; `None` is the end, or that no more may be listed (see `left_out`).
    ///
    /// # Errors
    ///
    /// An archive that is down or refuses, or a limit of the call.
    pub(crate) fn next(
        &mut self,
        host: &dyn Host,
        settings: &Settings,
        servers: &Servers,
    ) -> Result<Option<Batch>, Error> {
        if std::mem::take(&mut self.tree_is_due) {
            return self.tree(host, settings, servers).map(Some);
        }
        let Some(plan) = &mut self.plan else { return Ok(None) };
        let Some(slot) = plan.peek() else { return Ok(None) };
        if self.listed >= settings.max_folders {
            let day = crate::time::Day::of_instant(slot.start_us);
            self.left_out = Some(format!(
                "{} folders were listed, which is all that one question may; nothing from {day} on was looked at: ask for a shorter time",
                self.listed
            ));
            return Ok(None);
        }
        let mut collector = Collector::default();
        self.listed += step(host, settings, servers, slot, &mut collector)?;
        if let Some(plan) = &mut self.plan {
            plan.advance(slot);
        }
        Ok(Some(Batch { mark: Some(SlotMark::from(slot)), files: collector.finish() }))
    }

    /// Walks the trees of all servers.
    fn tree(
        &mut self,
        host: &dyn Host,
        settings: &Settings,
        servers: &Servers,
    ) -> Result<Batch, Error> {
        let mut collector = Collector::default();
        for server in 0..settings.servers.len() {
            let mut seen = BTreeSet::new();
            let mut waiting = vec![(String::new(), 0usize)];
            while let Some((folder, depth)) = waiting.pop() {
                if !seen.insert(folder.clone()) {
                    continue;
                }
                if self.listed >= settings.max_folders {
                    self.left_out = Some(format!(
                        "{} folders were listed, which is all that one question may; see the settings max_folders and folders",
                        self.listed
                    ));
                    break;
                }
                self.listed += 1;
                let listed = servers.list(host, server, &folder);
                let Some(listed) = usable(host, server, &folder, listed)? else {
                    if folder.is_empty() && server == 0 {
                        return Err(Error::NotFound(servers.location(0, "").unwrap_or_default()));
                    }
                    continue;
                };
                for entry in &listed.entries {
                    if entry.kind == EntryKind::Folder {
                        if depth < MOST_DEPTH {
                            waiting.push((crate::files::join(&folder, &entry.name), depth + 1));
                        } else {
                            self.left_out = Some(format!(
                                "folders below {folder} were not looked at: there are {MOST_DEPTH} above them"
                            ));
                        }
                    }
                }
                add(&mut collector, server, &folder, &listed, settings.read_headers);
            }
        }
        Ok(Batch { mark: None, files: collector.finish() })
    }
}

/// Lists what all servers have of one step; how many folders that were.
pub(crate) fn step(
    host: &dyn Host,
    settings: &Settings,
    servers: &Servers,
    slot: Slot,
    collector: &mut Collector,
) -> Result<u32, Error> {
    let mut count = 0;
    for (server, of_server) in settings.servers.iter().enumerate() {
        for (folder, files) in plan::paths(&of_server.folders, slot) {
            count += 1;
            let listed = if files.is_empty() {
                servers.list(host, server, &folder)
            } else {
                let asked = servers.ask_for(host, server, &folder, &files);
                asked.map(|entries| Some(Listed { entries, ..Listed::default() }))
            };
            if let Some(listed) = usable(host, server, &folder, listed)? {
                add(collector, server, &folder, &listed, settings.read_headers);
            }
        }
    }
    Ok(count)
}

/// A listing that may be missing, and of a mirror may fail.
fn usable(
    host: &dyn Host,
    server: usize,
    folder: &str,
    listed: Result<Option<Listed>, Error>,
) -> Result<Option<Listed>, Error> {
    match listed {
        Err(error) if server > 0 => {
            let fields = [("folder", folder.to_owned()), ("error", error.to_string())];
            host.log(Level::Warning, "a mirror could not be listed", &fields);
            Ok(None)
        }
        outcome => outcome,
    }
}

/// Adds the files of a listing.
pub(crate) fn add(
    collector: &mut Collector,
    server: usize,
    folder: &str,
    listed: &Listed,
    takes_unknown: bool,
) {
    for entry in listed.entries.iter().filter(|entry| Servers::is_file(entry)) {
        collector.add(server, folder, entry, listed.checksums.of(&entry.name), takes_unknown);
    }
}
