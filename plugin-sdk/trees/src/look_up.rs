//! Look-up: one asset by its path, from the listing of its folder.

use archway_plugin::types::{Asset, AssetId};
use archway_plugin::{Error, Host};

use crate::archive::TreeArchive;
use crate::asset::{Group, key};
use crate::checksums::Checksums;
use crate::entry::{Entry, EntryKind};
use crate::links::Target;
use crate::path;
use crate::rules::{Match, Stand};

/// The files of one asset, with the rule that makes one of them.
pub(crate) struct Found {
    /// Absolute.
    pub(crate) folder: String,
    pub(crate) key: String,
    pub(crate) files: Vec<Entry>,
    pub(crate) matched: Match<'static>,
    pub(crate) checksums: Checksums,
}

pub(crate) fn look_up(
    archive: &TreeArchive,
    host: &dyn Host,
    id: &AssetId,
) -> Result<Asset, Error> {
    let native_id = match id {
        AssetId::NativeId(native_id) => native_id,
        // The listing of a tree cannot be asked for other identifiers.
        AssetId::Identifier(other) => return Err(Error::NotFound(other.value.clone())),
    };
    let found = find(archive, host, native_id)?;
    found.asset(archive).ok_or_else(|| Error::NotFound(native_id.clone()))
}

impl Found {
    /// The asset of these files.
    pub(crate) fn asset(self, archive: &TreeArchive) -> Option<Asset> {
        let Self { folder, key, files, matched, checksums } = self;
        let modified_us = files.iter().filter_map(|file| file.modified_us).max();
        let group = Group { folder: &folder, key: &key, modified_us };
        let mut asset = archive.asset(&group, &matched)?;
        archive.add_files(&mut asset, matched.rule, &folder, files.into_iter(), &checksums);
        Some(asset)
    }
}

/// Lists the folder of an asset and picks its files.
pub(crate) fn find(
    archive: &TreeArchive,
    host: &dyn Host,
    native_id: &str,
) -> Result<Found, Error> {
    let not_found = || Error::NotFound(native_id.to_owned());
    let rules = &archive.settings.rules;
    let mut folder = archive.tree.root().to_owned();
    let mut stand = Stand::at_root(rules, |_| true);
    let mut names_of_id = native_id.split('/').peekable();
    let mut last = "";
    while let Some(name) = names_of_id.next() {
        if path::refusal(name).is_some() {
            return Err(not_found());
        }
        if names_of_id.peek().is_none() {
            last = name;
            break;
        }
        folder = path::join(&folder, name);
        stand = stand.enter(rules, name, |_, _| true);
        if stand.is_empty() {
            return Err(not_found());
        }
    }
    let listed = match archive.list(host, &folder) {
        Err(Error::NotFound(_)) => return Err(not_found()),
        listed => listed?,
    };
    let mut files = Vec::new();
    let mut matched = None;
    for entry in listed.entries.iter().filter(|entry| key(&entry.name) == last) {
        if archive.settings.skips(&entry.name) {
            continue;
        }
        let entry = match &entry.kind {
            EntryKind::Folder => continue,
            EntryKind::File => entry.clone(),
            EntryKind::Link(target) => match archive.follow(host, &folder, entry, target)? {
                Some(Target::File(led)) => led,
                _ => continue,
            },
        };
        if let Some(found) = stand.file(rules, last, &entry.name) {
            matched.get_or_insert_with(|| found.kept());
            files.push(entry);
        }
    }
    let matched = matched.ok_or_else(not_found)?;
    let mut checksums = Checksums::default();
    if archive.settings.checksums {
        let all = || listed.entries.iter().map(|entry| entry.name.as_str());
        checksums = Checksums::of_folder(host, &*archive.tree, &folder, all())?;
        for file in &files {
            checksums.add_beside(host, &*archive.tree, &folder, &file.name, all())?;
        }
    }
    Ok(Found { folder, key: last.to_owned(), files, matched, checksums })
}
