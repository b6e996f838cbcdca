//! What the first part of a GNSS file says of the whole: one reader for each format.
//!
//! Called by `contents.rs`. Rules: nothing is read beyond what is needed, and never more
//! than [`MOST_BYTES`]; a field that cannot be read is a note and an absent fact, only a
//! file that is none of the formats, or that ends or grows past all bounds before its
//! header does, is an error. Not here: unpacking, or where the bytes come from.

mod antex;
mod clock;
mod dates;
mod dcb;
mod erp;
mod facts;
mod ionex;
mod lines;
mod navigation;
mod observation;
mod rinex;
mod sinex;
mod site_log;
mod sp3;
#[cfg(test)]
mod tests;

use std::io::Read;

pub(crate) use self::facts::{Fact, Facts};
use self::lines::Lines;

/// The most that is read of a file for its header.
pub(crate) const MOST_BYTES: usize = 256 * 1024;

/// Why nothing can be said of a file's content.
#[derive(Debug)]
pub(crate) enum HeaderError {
    /// It is none of the formats; the start of its first line.
    NotGnss(String),
    /// It ends before its header does.
    Truncated(&'static str),
    /// Its header, or a line of it, is longer than any real one.
    TooLong(&'static str),
    /// Its bytes cannot be read or unpacked.
    Unreadable(std::io::Error),
}

impl std::fmt::Display for HeaderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotGnss(start) => write!(f, "the first line is of no GNSS format: {start:?}"),
            Self::Truncated(format) => write!(f, "the {format} header has no end"),
            Self::TooLong(what) => write!(f, "{what} is longer than any header"),
            Self::Unreadable(error) => write!(f, "the file cannot be read: {error}"),
        }
    }
}

/// Reads the header of a file of any of the formats, decompressed but for Hatanaka.
///
/// # Errors
///
/// See [`HeaderError`].
pub(crate) fn read(source: impl Read) -> Result<Facts, HeaderError> {
    let mut lines = Lines::new(source);
    let Some(first) = lines.next()? else {
        return Err(HeaderError::NotGnss(String::new()));
    };
    let head = first.text(1, 80);
    let label = |wanted: &str| head.contains(wanted);
    if label("CRINEX VERS") {
        return rinex::compact(first, lines);
    }
    if label("RINEX VERSION / TYPE") {
        return rinex::read(first, lines);
    }
    if label("IONEX VERSION / TYPE") {
        return ionex::read(&first, lines);
    }
    if label("ANTEX VERSION / SYST") {
        return antex::read(&first, lines);
    }
    match first.bytes() {
        [b'#', b'a'..=b'd', ..] => sp3::read(&first, lines),
        [b'%', b'=', ..] => sinex::read(&first, lines),
        _ if is_erp(&head) => erp::read(lines),
        _ if head.contains("DCB SOLUTION") => dcb::read(&first, lines),
        // A page in front of the form (v1) is seen in old logs.
        _ => site_log::read(first, lines),
    }
}

/// `version 2`, in any case.
fn is_erp(head: &str) -> bool {
    let mut words = head.split_whitespace();
    let (name, number) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    name.eq_ignore_ascii_case("version") && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
