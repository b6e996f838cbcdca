//! One folder, listed, checked, sorted and kept for a while.
//!
//! Called by `walk.rs`, `links.rs` and `look_up.rs`, and by plugins that need no walk.
//! Rules: names that cannot be one are refused here, one by one, so that nothing behind
//! this file meets them; a folder with more entries than allowed is an error, never a part.

use archway_plugin::host::Level;
use archway_plugin::types::{Exhaustion, LimitKind, Size, SizeQuality};
use archway_plugin::{Error, Host};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, EntryKind};
use crate::path;
use crate::tree::Tree;

/// A folder's entries, sorted by name, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folder {
    /// Those that have a name which can be one.
    pub entries: Vec<Entry>,
    /// How many had none.
    pub refused: u64,
    /// Whether it came from the cache.
    pub is_kept: bool,
}

impl Folder {
    /// The entry of that name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()?;
        self.entries.get(at)
    }
}

/// How folders are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// A folder with more entries is an error.
    pub most_entries: usize,
    /// How long a listing is kept in the host's cache; 0 is not at all.
    pub keep_s: u32,
}

/// Entries of one piece in the cache, which takes no large ones.
const PIECE: usize = 4_000;
/// Longer paths are not kept.
const MOST_KEY_BYTES: usize = 900;

/// What is kept of a listing, in pieces.
#[derive(Serialize, Deserialize)]
struct Piece {
    pieces: usize,
    refused: u64,
    entries: Vec<Kept>,
}

/// An entry as it is kept: kind, name, link target, size, whether exact, time, media type,
/// tag, native.
#[derive(Serialize, Deserialize)]
struct Kept(
    char,
    String,
    Option<String>,
    Option<u64>,
    bool,
    Option<i64>,
    Option<String>,
    Option<String>,
    String,
);

impl Listing {
    /// Lists a folder, or takes what is kept of it.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::list`]; [`Error::Exhausted`] where there are too many entries.
    pub fn of(&self, host: &dyn Host, tree: &dyn Tree, folder: &str) -> Result<Folder, Error> {
        let may_keep = self.keep_s > 0 && folder.len() <= MOST_KEY_BYTES;
        if may_keep && let Some(kept) = kept(host, folder) {
            return Ok(kept);
        }
        let mut listed = Folder::default();
        let mut first_refused = None;
        tree.list(host, folder, &mut |entry| {
            if entry.name == "." || entry.name == ".." {
                return Ok(());
            }
            if let Some(reason) = path::refusal(&entry.name) {
                listed.refused += 1;
                first_refused.get_or_insert_with(|| {
                    let shown: String = entry.name.chars().take(80).collect();
                    (format!("{shown:?}"), reason)
                });
                return Ok(());
            }
            if listed.entries.len() >= self.most_entries {
                return Err(Error::Exhausted(Exhaustion {
                    limit: LimitKind::ArchiveLimit,
                    allowed: Some(self.most_entries as u64),
                    message: format!(
                        "{folder} has more than {} entries; see the setting max_entries",
                        self.most_entries
                    ),
                }));
            }
            listed.entries.push(entry);
            Ok(())
        })?;
        if let Some((name, reason)) = first_refused {
            let fields = [
                ("folder", folder.to_owned()),
                ("refused", listed.refused.to_string()),
                ("first", name),
                ("because", reason.to_owned()),
            ];
            host.log(Level::Warning, "a listing has names that cannot be one", &fields);
        }
        listed.entries.sort_by(|a, b| a.name.cmp(&b.name));
        listed.entries.dedup_by(|later, first| later.name == first.name);
        if may_keep {
            keep(host, folder, &listed, self.keep_s);
        }
        Ok(listed)
    }
}

fn key(folder: &str, piece: usize) -> String {
    format!("list {piece} {folder}")
}

fn kept(host: &dyn Host, folder: &str) -> Option<Folder> {
    let piece = |number| -> Option<Piece> {
        serde_json::from_slice(&host.cached(&key(folder, number))?).ok()
    };
    let first = piece(0)?;
    let (pieces, refused) = (first.pieces, first.refused);
    let mut entries: Vec<Entry> = first.entries.into_iter().map(Entry::from).collect();
    for number in 1..pieces {
        entries.extend(piece(number)?.entries.into_iter().map(Entry::from));
    }
    Some(Folder { entries, refused, is_kept: true })
}

/// A listing that the cache does not take is listed again.
fn keep(host: &dyn Host, folder: &str, listed: &Folder, keep_s: u32) {
    let pieces = listed.entries.len().div_ceil(PIECE).max(1);
    let chunks: Vec<&[Entry]> = listed.entries.chunks(PIECE).collect();
    // The first piece last: it says that the others are there.
    for number in (0..pieces).rev() {
        let entries = chunks.get(number).copied().unwrap_or_default();
        let entries = entries.iter().map(Kept::from).collect();
        let piece = Piece { pieces, refused: listed.refused, entries };
        let Ok(content) = serde_json::to_vec(&piece) else { return };
        if host.cache(&key(folder, number), &content, Some(keep_s)).is_err() {
            return;
        }
    }
}

impl From<&Entry> for Kept {
    fn from(entry: &Entry) -> Self {
        let (kind, target) = match &entry.kind {
            EntryKind::File => ('f', None),
            EntryKind::Folder => ('d', None),
            EntryKind::Link(target) => ('l', Some(target.clone())),
        };
        Self(
            kind,
            entry.name.clone(),
            target,
            entry.size.map(|size| size.bytes),
            entry.size.is_some_and(|size| size.quality == SizeQuality::Exact),
            entry.modified_us,
            entry.media_type.clone(),
            entry.tag.clone(),
            entry.native.clone(),
        )
    }
}

impl From<Kept> for Entry {
    fn from(kept: Kept) -> Self {
        let Kept(kind, name, target, bytes, exact, modified_us, media_type, tag, native) = kept;
        let kind = match (kind, target) {
            ('d', _) => EntryKind::Folder,
            ('l', Some(target)) => EntryKind::Link(target),
            _ => EntryKind::File,
        };
        let quality = if exact { SizeQuality::Exact } else { SizeQuality::Estimated };
        let size = bytes.map(|bytes| Size { bytes, quality });
        Self { name, kind, size, modified_us, media_type, tag, native }
    }
}
