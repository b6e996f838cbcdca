//! A listed folder, asset by asset.
//!
//! Called by `search.rs` and `harvest.rs`, between two steps of a walk.

use archway_plugin::types::Asset;
use archway_plugin::{Error, Host};

use crate::archive::TreeArchive;
use crate::asset::Group;
use crate::checksums::Checksums;
use crate::entry::Entry;
use crate::links::names;
use crate::walk::Visit;

/// Goes through the files of a folder.
pub(crate) struct Assets {
    folder: String,
    stand: crate::rules::Stand,
    files: std::iter::Peekable<std::vec::IntoIter<(String, Entry)>>,
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
            lists: visit.lists,
            checksums: Checksums::default(),
        }
    }

    /// The next files that are one asset, with the asset, where a rule makes one of them.
    /// `None` at the end. `lacks` says that an asset without checksums will do.
    pub(crate) fn next(
        &mut self,
        host: &dyn Host,
        archive: &TreeArchive,
        wanted: impl Fn(&Asset) -> bool,
    ) -> Result<Option<(String, Option<Asset>)>, Error> {
        let Some((key, first)) = self.files.next() else { return Ok(None) };
        let mut files = vec![first];
        while let Some((_, file)) = self.files.next_if(|(next, _)| *next == key) {
            files.push(file);
        }
        let rules = &archive.settings.rules;
        let mut found = None;
        files.retain(|file| {
            let matched = self.stand.file(rules, &names(&key, &file.name));
            let has_matched = matched.is_some();
            // All encodings of a file are of the rule of the first.
            found = found.take().or(matched);
            has_matched
        });
        let Some(found) = found else { return Ok(Some((key, None))) };
        let group = Group { folder: &self.folder, key: &key, files: &files };
        let Some(mut asset) = archive.asset(&group, &found, &self.checksums) else {
            return Ok(Some((key, None)));
        };
        if !wanted(&asset) {
            return Ok(Some((key, None)));
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
        Ok(Some((key, Some(asset))))
    }
}
