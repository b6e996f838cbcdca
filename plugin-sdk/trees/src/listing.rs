//! One folder, listed, checked, sorted and kept for a while.
//!
//! Called by `walk.rs`, `links.rs` and `look_up.rs`, and by plugins that need no walk.
//! Rules: names that cannot be one are refused here, one by one, so that nothing behind
//! this file meets them; a folder with more entries than allowed is an error, never a part.

use archway_plugin::host::Level;
use archway_plugin::types::{Exhaustion, LimitKind, Size, SizeQuality};
use archway_plugin::{Error, Host};

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
/// Longer URLs are not kept.
const MOST_KEY_BYTES: usize = 900;

impl Listing {
    /// Lists a folder, or takes what is kept of it.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::list`]; [`Error::Exhausted`] where there are too many entries.
    pub fn of(&self, host: &dyn Host, tree: &dyn Tree, folder: &str) -> Result<Folder, Error> {
        // By URL: a plugin may have trees of several servers.
        let place = tree.location(folder);
        let may_keep = self.keep_s > 0 && place.len() <= MOST_KEY_BYTES;
        if may_keep && let Some(kept) = kept(host, &place) {
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
            keep(host, &place, &listed, self.keep_s);
        }
        Ok(listed)
    }
}

fn key(place: &str, piece: usize) -> String {
    format!("list {piece} {place}")
}

/// What is kept of a folder. A piece is a line with the number of pieces and of names refused,
/// and a line for each entry.
fn kept(host: &dyn Host, place: &str) -> Option<Folder> {
    let mut kept = Folder { is_kept: true, ..Folder::default() };
    let mut pieces = 1;
    let mut number = 0;
    while number < pieces {
        let content = String::from_utf8(host.cached(&key(place, number))?).ok()?;
        let (head, lines) = content.split_once('\n')?;
        let (count, refused) = head.split_once('\t')?;
        (pieces, kept.refused) = (count.parse().ok()?, refused.parse().ok()?);
        for line in lines.lines() {
            kept.entries.push(entry_of(line)?);
        }
        number += 1;
    }
    Some(kept)
}

/// A listing that the cache does not take is listed again.
fn keep(host: &dyn Host, place: &str, listed: &Folder, keep_s: u32) {
    let chunks: Vec<&[Entry]> = listed.entries.chunks(PIECE).collect();
    let pieces = chunks.len().max(1);
    let mut content = String::new();
    // The first piece last: it says that the others are there.
    for number in (0..pieces).rev() {
        content.clear();
        content.push_str(&format!("{pieces}\t{}\n", listed.refused));
        for entry in chunks.get(number).copied().unwrap_or_default() {
            push_line(&mut content, entry);
        }
        if host.cache(&key(place, number), content.as_bytes(), Some(keep_s)).is_err() {
            return;
        }
    }
}

/// Kind, name, size, time, link target, media type, tag and native, tabs between.
fn push_line(line: &mut String, entry: &Entry) {
    let (kind, target) = match &entry.kind {
        EntryKind::File => ('f', None),
        EntryKind::Folder => ('d', None),
        EntryKind::Link(target) => ('l', Some(target)),
    };
    line.push(kind);
    push_text(line, &entry.name);
    line.push('\t');
    if let Some(size) = entry.size {
        line.push(if size.quality == SizeQuality::Exact { '=' } else { '~' });
        line.push_str(&size.bytes.to_string());
    }
    line.push('\t');
    if let Some(modified_us) = entry.modified_us {
        line.push_str(&modified_us.to_string());
    }
    for text in [target, entry.media_type.as_ref(), entry.tag.as_ref()] {
        line.push('\t');
        if let Some(text) = text {
            line.push('=');
            push_text(line, text);
        }
    }
    line.push('\t');
    push_text(line, &entry.native);
    line.push('\n');
}

/// A text without line breaks and tabs.
fn push_text(line: &mut String, text: &str) {
    if !text.contains(['\\', '\t', '\n', '\r']) {
        line.push_str(text);
        return;
    }
    for c in text.chars() {
        match c {
            '\\' => line.push_str("\\\\"),
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            other => line.push(other),
        }
    }
}

fn text_of(kept: &str) -> String {
    let mut text = String::with_capacity(kept.len());
    let mut rest = kept;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut after = after.chars();
        text.push(match after.next() {
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            _ => '\\',
        });
        rest = after.as_str();
    }
    text.push_str(rest);
    text
}

fn entry_of(line: &str) -> Option<Entry> {
    let mut fields = line.split('\t');
    let mut field = || fields.next();
    let name = field()?;
    let (kind, name) = (name.get(..1)?, name.get(1..)?);
    let size = field()?;
    let size = match size.get(..1) {
        Some(mark) => Some(Size {
            bytes: size.get(1..)?.parse().ok()?,
            quality: if mark == "=" { SizeQuality::Exact } else { SizeQuality::Estimated },
        }),
        None => None,
    };
    let modified_us = match field()? {
        "" => None,
        time => Some(time.parse().ok()?),
    };
    let mut optional = || Some(field()?.strip_prefix('=').map(text_of));
    let (target, media_type, tag) = (optional()?, optional()?, optional()?);
    let native = text_of(field()?);
    let kind = match (kind, target) {
        ("d", _) => EntryKind::Folder,
        ("l", Some(target)) => EntryKind::Link(target),
        _ => EntryKind::File,
    };
    Some(Entry { name: text_of(name), kind, size, modified_us, media_type, tag, native })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_kept_comes_back(
            name in "\\PC{1,12}", kind in 0..3, bytes in proptest::option::of((0_u64.., proptest::bool::ANY)),
            modified_us in proptest::option::of(0_i64..), target in "[\\PC\t\n\r]{0,8}",
            tag in proptest::option::of("[\\PC\t\n\\\\]{0,8}"), native in "[\\PC\t\n\r\\\\]{0,20}"
        ) {
            let kind = match kind {
                0 => EntryKind::File,
                1 => EntryKind::Folder,
                _ => EntryKind::Link(target),
            };
            let quality = |exact| if exact { SizeQuality::Exact } else { SizeQuality::Estimated };
            let size = bytes.map(|(bytes, exact)| Size { bytes, quality: quality(exact) });
            let entry = Entry { name, kind, size, modified_us, media_type: tag.clone(), tag, native };
            let mut line = String::new();
            push_line(&mut line, &entry);
            let line = line.strip_suffix('\n').unwrap();
            proptest::prop_assert!(!line.contains(['\n', '\r']));
            proptest::prop_assert_eq!(entry_of(line), Some(entry));
        }
    }
}
