//! EPLF: `+fact,fact,` tab name (D. J. Bernstein, "Easily Parsed LIST Format"); times in UTC.

use super::tokens::find;
use super::{Line, Raw, RawKind};
use crate::instant;

pub(super) fn line(line: &[u8]) -> Line<'_> {
    let Some((b'+', rest)) = line.split_first() else { return Line::Unknown };
    let Some(at) = find(rest, b'\t') else { return Line::Unknown };
    let (facts, name) = rest.split_at(at);
    let mut raw = Raw {
        name: name.get(1..).unwrap_or_default(),
        kind: RawKind::File,
        size_bytes: None,
        modified_us: None,
    };
    let mut retrievable = false;
    for fact in facts.split(|byte| *byte == b',') {
        match fact.split_first() {
            Some((b'/', [])) => raw.kind = RawKind::Folder,
            Some((b'r', [])) => retrievable = true,
            Some((b's', digits)) => match instant::number(digits) {
                Some(size) => raw.size_bytes = Some(size),
                None => return Line::Unknown,
            },
            Some((b'm', digits)) => {
                let seconds = instant::number(digits).and_then(|n| i64::try_from(n).ok());
                raw.modified_us = seconds.and_then(|seconds| seconds.checked_mul(1_000_000));
            }
            // Identity, permissions and whatever may come.
            _ => {}
        }
    }
    if raw.kind == RawKind::Folder {
        raw.size_bytes = None;
        return Line::Entry(raw);
    }
    if retrievable { Line::Entry(raw) } else { Line::Special }
}
