//! A walk through the folders that may hold what is looked for, one after the other.
//!
//! Called by `search.rs` and `harvest.rs`. Calls `listing.rs`, `links.rs`, `question.rs`.
//!
//! Rules:
//! - Depth first, a folder's files before its folders, both by name: the order is the same
//!   in every walk, and a [`Position`] says where one goes on, in a fresh instance too.
//! - A folder is listed only where a rule can still match something in or below it.
//! - A folder inside that is gone or may not be read is passed over and logged; any other
//!   failure ends the walk.

use std::collections::VecDeque;

use archway_plugin::host::Level;
use archway_plugin::types::{Exhaustion, LimitKind};
use archway_plugin::{Error, Host};
use serde::{Deserialize, Serialize};

use crate::archive::{TreeArchive, is_about_one_folder};
use crate::asset::key;
use crate::entry::{Entry, EntryKind};
use crate::harvest::Digest;
use crate::links::Target;
use crate::listing::Folder;
use crate::path;
use crate::question::Question;
use crate::rules::Stand;

/// More links to folders are not followed in one walk: each is part of the position.
const MOST_LINKS: usize = 24;
const MOST_LINK_BYTES: usize = 2000;

/// Where a walk stands; goes into resume tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The folder, below the root.
    #[serde(rename = "f", default)]
    pub(crate) folder: String,
    /// Behind this file of it; from the first where it is empty.
    #[serde(rename = "k", default, skip_serializing_if = "String::is_empty")]
    pub(crate) behind: String,
    /// Behind all files of it.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) files_done: bool,
    /// Links to folders followed so far: path below the root, and real path.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<(String, String)>,
    /// Folders listed so far.
    #[serde(rename = "n", default)]
    folders: u64,
}

/// A folder that has been listed: its files that are still to be looked at.
#[derive(Debug)]
pub(crate) struct Visit {
    /// Absolute.
    pub(crate) folder: String,
    pub(crate) stand: Stand,
    /// By name without encodings, then by name.
    pub(crate) files: Vec<(String, Entry)>,
    /// Names of lists of checksums.
    pub(crate) lists: Vec<String>,
    /// When the folder itself last changed, where the listing above it said so.
    pub(crate) modified_us: Option<i64>,
    /// Of the names, sizes and times of all its files.
    pub(crate) digest: u32,
}

struct Frame {
    folder: String,
    /// Other than `folder` below a link.
    real: String,
    stand: Stand,
    pending: Pending,
}

enum Pending {
    /// Its folders behind this name, once it is listed again.
    Unlisted(String),
    Listed(VecDeque<Sub>),
}

struct Sub {
    name: String,
    /// Where a link leads.
    real: Option<String>,
    modified_us: Option<i64>,
}

pub(crate) struct Walk {
    archive: TreeArchive,
    question: Question,
    frames: Vec<Frame>,
    /// The folder to begin with.
    first: Option<Sub>,
    position: Position,
    /// Listings that came from the network, so far.
    pub(crate) listed: u32,
}

impl Walk {
    /// Begins at the root, or goes on at a position.
    pub(crate) fn new(archive: TreeArchive, question: Question, position: Position) -> Self {
        let root = archive.tree.root().to_owned();
        let rules = &archive.settings.rules;
        let stand = Stand::at_root(rules, |rule| question.wants_rule(&archive, rule));
        let is_pointless = stand.is_empty();
        let mut frames = Vec::new();
        let names = position.folder.split('/').filter(|name| !name.is_empty());
        let mut above = (root, stand);
        for name in names {
            let inside = above.1.enter(rules, name, |r, c| question.wants_folder(r, c));
            let folder = path::join(&above.0, name);
            let real = position.real(archive.tree.root(), &above.0);
            let pending = Pending::Unlisted(name.to_owned());
            frames.push(Frame { folder: above.0, real, stand: above.1, pending });
            above = (folder, inside);
        }
        let first = Sub { name: String::new(), real: None, modified_us: None };
        let real = position.real(archive.tree.root(), &above.0);
        let pending = Pending::Unlisted(String::new());
        frames.push(Frame { folder: above.0, real, stand: above.1, pending });
        let first = (!is_pointless).then_some(first);
        if first.is_none() {
            frames.clear();
        }
        Self { archive, question, frames, first, position, listed: 0 }
    }

    /// Where the walk stands.
    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// Notes that the files up to this one have been looked at.
    pub(crate) fn pass(&mut self, key: &str) {
        key.clone_into(&mut self.position.behind);
    }

    /// Notes that all files of the folder have been looked at.
    pub(crate) fn pass_all(&mut self) {
        self.position.behind.clear();
        self.position.files_done = true;
    }

    /// The next folder with files; `None` at the end. A folder that only holds folders is
    /// given too, without files.
    pub(crate) fn next(&mut self, host: &dyn Host) -> Result<Option<Visit>, Error> {
        if self.first.take().is_some() {
            // The root must be there; a folder where a walk is taken up may have gone since.
            let may_be_gone = self.frames.len() > 1;
            if let Some(frame) = self.frames.pop()
                && let Some(visit) = self.enter(host, frame, None, may_be_gone, true)?
            {
                return Ok(Some(visit));
            }
        }
        loop {
            let Some(frame) = self.frames.last_mut() else { return Ok(None) };
            match &mut frame.pending {
                Pending::Unlisted(behind) => {
                    let behind = std::mem::take(behind);
                    let (folder, real) = (frame.folder.clone(), frame.real.clone());
                    let stand = frame.stand.clone();
                    match self.list(host, &folder) {
                        Ok(listed) => {
                            let mut subs = self.folders(host, &listed, &folder, &real, &stand)?;
                            subs.retain(|sub| sub.name > behind);
                            if let Some(frame) = self.frames.last_mut() {
                                frame.pending = Pending::Listed(subs);
                            }
                        }
                        Err(error) if is_about_one_folder(&error) => {
                            self.frames.pop();
                        }
                        Err(error) => return Err(error),
                    }
                }
                Pending::Listed(subs) => {
                    let Some(sub) = subs.pop_front() else {
                        self.frames.pop();
                        continue;
                    };
                    let (rules, question) = (&self.archive.settings.rules, &self.question);
                    let stand =
                        frame.stand.enter(rules, &sub.name, |r, c| question.wants_folder(r, c));
                    if stand.is_empty() {
                        continue;
                    }
                    let folder = path::join(&frame.folder, &sub.name);
                    let real = match &sub.real {
                        Some(real) => real.clone(),
                        None => path::join(&frame.real, &sub.name),
                    };
                    if sub.real.is_some() && !self.take_link(host, &folder, &real) {
                        continue;
                    }
                    let pending = Pending::Unlisted(String::new());
                    let frame = Frame { folder, real, stand, pending };
                    if let Some(visit) = self.enter(host, frame, sub.modified_us, true, false)? {
                        return Ok(Some(visit));
                    }
                }
            }
        }
    }

    /// Lists a folder and stands in it.
    fn enter(
        &mut self,
        host: &dyn Host,
        mut frame: Frame,
        modified_us: Option<i64>,
        may_be_gone: bool,
        goes_on: bool,
    ) -> Result<Option<Visit>, Error> {
        let depth = self.frames.len();
        if depth > self.archive.settings.limits.depth {
            let fields = [("folder", frame.folder.clone())];
            host.log(
                Level::Warning,
                "a folder lies deeper than max_depth and is left out",
                &fields,
            );
            return Ok(None);
        }
        let listed = match self.list(host, &frame.folder) {
            Ok(listed) => listed,
            Err(error) if may_be_gone && is_about_one_folder(&error) => {
                let fields = [("folder", frame.folder.clone()), ("error", error.to_string())];
                host.log(Level::Warning, "a folder is passed over", &fields);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let behind = if goes_on {
            (self.position.behind.clone(), self.position.files_done)
        } else {
            let root = self.archive.tree.root();
            path::below(root, &frame.folder)
                .unwrap_or_default()
                .clone_into(&mut self.position.folder);
            self.position.behind.clear();
            self.position.files_done = false;
            Default::default()
        };
        let subs = self.folders(host, &listed, &frame.folder, &frame.real, &frame.stand)?;
        frame.pending = Pending::Listed(subs);
        let visit = self.visit(host, listed, &frame, modified_us, &behind.0, behind.1)?;
        self.frames.push(frame);
        Ok(Some(visit))
    }

    fn list(&mut self, host: &dyn Host, folder: &str) -> Result<Folder, Error> {
        let most = self.archive.settings.limits.folders;
        if self.position.folders >= most {
            return Err(Error::Exhausted(Exhaustion {
                limit: LimitKind::ArchiveLimit,
                allowed: Some(most),
                message: format!(
                    "the walk has listed {most} folders and is not at its end; see the setting max_folders"
                ),
            }));
        }
        let listed = self.archive.list(host, folder)?;
        self.position.folders += 1;
        self.listed += u32::from(!listed.is_kept);
        Ok(listed)
    }

    /// The folders of a folder in which something may be found.
    fn folders(
        &self,
        host: &dyn Host,
        listed: &Folder,
        folder: &str,
        real: &str,
        stand: &Stand,
    ) -> Result<VecDeque<Sub>, Error> {
        let (rules, question) = (&self.archive.settings.rules, &self.question);
        let may_hold = |name: &str| {
            !stand.enter(rules, name, |rule, c| question.wants_folder(rule, c)).is_empty()
        };
        let mut subs = VecDeque::new();
        for entry in &listed.entries {
            let target = match &entry.kind {
                EntryKind::File => continue,
                EntryKind::Folder => None,
                EntryKind::Link(target) => Some(target),
            };
            if !may_hold(&entry.name) {
                continue;
            }
            let led = match target {
                None => None,
                Some(target) => match self.archive.follow(host, real, entry, target)? {
                    Some(Target::Folder(led)) => Some(led),
                    _ => continue,
                },
            };
            let leads_up = |led: &String| {
                path::below(led, real).is_some() || path::below(led, folder).is_some()
            };
            if led.as_ref().is_some_and(leads_up) {
                let fields = [("folder", folder.to_owned()), ("link", entry.name.clone())];
                host.log(Level::Info, "a link leads back to where it is", &fields);
                continue;
            }
            subs.push_back(Sub {
                name: entry.name.clone(),
                real: led,
                modified_us: entry.modified_us,
            });
        }
        Ok(subs)
    }

    /// Whether a link to a folder is followed; notes it where it is.
    fn take_link(&mut self, host: &dyn Host, folder: &str, real: &str) -> bool {
        let named = path::below(self.archive.tree.root(), folder).unwrap_or(folder);
        let links = &mut self.position.links;
        if links.iter().any(|(known, _)| known == named) {
            return true;
        }
        let overlaps = |(_, known): &(String, String)| {
            path::below(known, real).is_some() || path::below(real, known).is_some()
        };
        let bytes: usize = links.iter().map(|(a, b)| a.len() + b.len() + 6).sum();
        let is_full =
            links.len() >= MOST_LINKS || bytes + named.len() + real.len() > MOST_LINK_BYTES;
        if is_full || links.iter().any(overlaps) {
            let reason =
                if is_full { "too many are followed already" } else { "it was met before" };
            let fields = [("folder", folder.to_owned()), ("because", reason.to_owned())];
            host.log(Level::Info, "a link is not followed", &fields);
            return false;
        }
        links.push((named.to_owned(), real.to_owned()));
        true
    }

    /// The files of a folder that are still to be looked at.
    fn visit(
        &self,
        host: &dyn Host,
        listed: Folder,
        frame: &Frame,
        modified_us: Option<i64>,
        behind: &str,
        files_done: bool,
    ) -> Result<Visit, Error> {
        let rules = &self.archive.settings.rules;
        let mut visit = Visit {
            folder: frame.folder.clone(),
            stand: frame.stand.clone(),
            files: Vec::new(),
            lists: Vec::new(),
            modified_us,
            digest: digest(&listed),
        };
        if files_done || !frame.stand.has_files(rules) {
            return Ok(visit);
        }
        visit.files.reserve_exact(listed.entries.len());
        for entry in listed.entries {
            if self.archive.settings.skips(&entry.name)
                || crate::checksums::beside(&entry.name).is_some()
            {
                continue;
            }
            if crate::checksums::is_list(&entry.name) {
                visit.lists.push(entry.name);
                continue;
            }
            let entry = match &entry.kind {
                EntryKind::Folder => continue,
                EntryKind::File => entry,
                EntryKind::Link(target) => {
                    match self.archive.follow(host, &frame.real, &entry, target)? {
                        Some(Target::File(led)) => led,
                        _ => continue,
                    }
                }
            };
            let key = key(&entry.name);
            if &*key > behind {
                visit.files.push((key.into_owned(), entry));
            }
        }
        visit.files.sort_by(|a, b| (&a.0, &a.1.name).cmp(&(&b.0, &b.1.name)));
        Ok(visit)
    }
}

fn digest(listed: &Folder) -> u32 {
    let mut digest = Digest::default();
    for entry in listed.entries.iter().filter(|entry| entry.kind != EntryKind::Folder) {
        digest.add(entry.name.as_bytes());
        digest.add(&entry.size.map_or(u64::MAX, |size| size.bytes).to_le_bytes());
        digest.add(&entry.modified_us.unwrap_or(i64::MAX).to_le_bytes());
        digest.add(entry.tag.as_deref().unwrap_or_default().as_bytes());
    }
    digest.folded()
}

impl Position {
    /// The real path of a folder, by the links that lead to it.
    fn real(&self, root: &str, folder: &str) -> String {
        let named = path::below(root, folder).unwrap_or(folder);
        let led =
            self.links.iter().filter_map(|(link, real)| Some((real, path::below(link, named)?)));
        match led.max_by_key(|(_, rest)| std::cmp::Reverse(rest.len())) {
            Some((real, "")) => real.clone(),
            Some((real, rest)) => path::join(real, rest),
            None => folder.to_owned(),
        }
    }
}
