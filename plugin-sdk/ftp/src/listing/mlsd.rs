//! `MLSD` (RFC 3659, 7): `fact=value;fact=value; name`, times in UTC.

use super::tokens::find;
use super::{Line, Raw, RawKind};
use crate::instant;

pub(super) fn line(line: &[u8]) -> Line<'_> {
    // RFC 3659, 7.2: the name begins behind the first blank, which no fact holds.
    let Some(at) = find(line, b' ') else { return Line::Unknown };
    let (facts, name) = line.split_at(at);
    let mut raw = Raw {
        name: name.get(1..).unwrap_or_default(),
        kind: RawKind::File,
        size_bytes: None,
        modified_us: None,
    };
    let mut kind = None;
    let mut rest = facts;
    while !rest.is_empty() {
        let end = find(rest, b';').unwrap_or(rest.len());
        let (fact, behind) = rest.split_at(end);
        rest = behind.get(1..).unwrap_or_default();
        let Some(at) = find(fact, b'=') else { return Line::Unknown };
        let (word, value) = fact.split_at(at);
        let value = value.get(1..).unwrap_or_default();
        if word.eq_ignore_ascii_case(b"type") {
            kind = Some(value);
        } else if word.eq_ignore_ascii_case(b"size") {
            raw.size_bytes = instant::number(value);
            if raw.size_bytes.is_none() {
                return Line::Unknown;
            }
        } else if word.eq_ignore_ascii_case(b"modify") {
            raw.modified_us = instant::time_val(value);
        }
    }
    let Some(kind) = kind else {
        // A server need not give any fact; a name alone is a file as far as one knows.
        return if facts.is_empty() { Line::Entry(raw) } else { untyped(raw) };
    };
    if kind.eq_ignore_ascii_case(b"file") {
        Line::Entry(raw)
    } else if kind.eq_ignore_ascii_case(b"dir") {
        (raw.kind, raw.size_bytes) = (RawKind::Folder, None);
        Line::Entry(raw)
    } else if kind.eq_ignore_ascii_case(b"cdir") || kind.eq_ignore_ascii_case(b"pdir") {
        Line::Nothing
    } else if let Some(target) = link(kind) {
        (raw.kind, raw.size_bytes) = (RawKind::Link(target), None);
        Line::Entry(raw)
    } else {
        Line::Special
    }
}

fn untyped(raw: Raw<'_>) -> Line<'_> {
    if raw.size_bytes.is_some() { Line::Entry(raw) } else { Line::Unknown }
}

/// `OS.unix=slink:target`, `OS.unix=symlink`: what servers made of it (RFC 3659, 7.5.1.5).
fn link(kind: &[u8]) -> Option<Option<&[u8]>> {
    let (system, word) = kind.split_at(find(kind, b'=')?);
    let word = word.get(1..)?;
    if !system.eq_ignore_ascii_case(b"OS.unix") {
        return None;
    }
    let at = find(word, b':').unwrap_or(word.len());
    let (word, target) = word.split_at(at);
    let is_link = word.eq_ignore_ascii_case(b"slink") || word.eq_ignore_ascii_case(b"symlink");
    is_link.then(|| target.get(1..).filter(|target| !target.is_empty()))
}
