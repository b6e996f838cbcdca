//! A listed folder, asset by asset.
//!
//! Called by `search.rs` and `harvest.rs`, between two steps of a walk.

use archway_plugin::types::Asset;
use archway_plugin::{Error, Host};

use crate::archive::TreeArchive;
use crate::asset::Group;
use crate::checksums::Checksums;
use crate::entry::Entry;
use crate::walk::Visit;

/// Goes through the files of a folder.
pub(crate) struct Assets {
    folder: String,
    stand: crate::rules::Stand,
    files: std::iter::Peekable<std::vec::IntoIter<(String, Entry)>>,
    /// Those of one asset; empty between two.
    same: Vec<Entry>,
    /// Names of lists of checksums, until the first asset needs them.
    lists: Vec<String>,
    checksums: Checksums,
}

impl Assets {
    pub(crate) fn new(visit: Visit) -> Self {
        Self {
            folder: visit.folder,
            stand: visit.stand,
            files: visit.files.into_iter().peekable(),
            same: Vec::new(),
            lists: visit.lists,
            checksums: Checksums::default(),
        }
    }

    /// Looks at the next files that are one asset and returns their name without encodings,
    /// `None` at the end. Where a rule makes an asset of them which is `wanted`, `take` has it;
    /// whether it is wanted is asked before it has checksums.
    pub(crate) fn next(
        &mut self,
        host: &dyn Host,
        archive: &TreeArchive,
        wanted: impl Fn(&Asset) -> bool,
        take: impl FnOnce(Asset),
    ) -> Result<Option<String>, Error> {
        let Some((key, first)) = self.files.next() else { return Ok(None) };
        let Self { files, same, stand, .. } = self;
        same.clear();
        same.push(first);
        while let Some((_, file)) = files.next_if(|(next, _)| *next == key) {
            same.push(file);
        }
        let rules = &archive.settings.rules;
        if same.len() > 1 {
            same.retain(|file| stand.file(rules, &key, &file.name).is_some());
        }
        let modified_us = same.iter().filter_map(|file| file.modified_us).max();
        let group = Group { folder: &self.folder, key: &key, modified_us };
        // All encodings of a file are of the rule of the first.
        let found = same.first().and_then(|file| stand.file(rules, &key, &file.name));
        let made = found.and_then(|found| Some((found.rule, archive.asset(&group, &found)?)));
        let Some((rule, mut asset)) = made else { return Ok(Some(key)) };
        archive.add_files(&mut asset, rule, &self.folder, same.drain(..), &self.checksums);
        if !wanted(&asset) {
            return Ok(Some(key));
        }
        if archive.settings.checksums && !self.lists.is_empty() {
            let lists = std::mem::take(&mut self.lists);
            let lists = lists.iter().map(String::as_str);
            self.checksums = Checksums::of_folder(host, &*archive.tree, &self.folder, lists)?;
            for distribution in &mut asset.distributions {
                let name = distribution.file_name.as_deref().unwrap_or_default();
                distribution.checksums = self.checksums.of(name).to_vec();
            }
        }
        take(asset);
        Ok(Some(key))
    }
}
