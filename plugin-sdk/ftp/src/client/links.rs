//! Links whose target a listing did not name, until another one does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use archway_plugin::Error;

use crate::listing::{Each, Entry, EntryKind};

/// More links of one folder are given as they are.
const MOST_LINKS: usize = 10_000;

/// Links that are kept back, by name.
#[derive(Default)]
pub(super) struct Links(BTreeMap<String, Entry<'static>>);

impl Links {
    /// Keeps a link without a target, gives everything else on.
    pub(super) fn keep_or(&mut self, entry: Entry<'_>, each: &mut Each<'_>) -> Result<(), Error> {
        if entry.kind != EntryKind::Link(None) || self.0.len() >= MOST_LINKS {
            return each(entry);
        }
        let kept = Entry {
            name: Cow::Owned(entry.name.clone().into_owned()),
            kind: EntryKind::Link(None),
            size_bytes: entry.size_bytes,
            modified_us: entry.modified_us,
            native: Cow::Owned(entry.native.into_owned()),
        };
        self.0.insert(entry.name.into_owned(), kept);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the target from the other listing.
    pub(super) fn hear(&mut self, entry: &Entry<'_>) {
        if let EntryKind::Link(Some(target)) = &entry.kind
            && let Some(kept) = self.0.get_mut(entry.name.as_ref())
        {
            kept.kind = EntryKind::Link(Some(Cow::Owned(target.clone().into_owned())));
        }
    }

    /// Gives them all, by name.
    pub(super) fn give(self, each: &mut Each<'_>) -> Result<(), Error> {
        self.0.into_values().try_for_each(each)
    }
}
