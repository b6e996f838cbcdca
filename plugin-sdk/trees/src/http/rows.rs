//! Index pages of HTML: Apache (both forms), nginx, IIS, lighttpd and their like.
//!
//! Rules: an entry is a link to a name of the folder; date and size are looked for in the
//! text behind it, or before it where the server is IIS. A rounded size is an estimate.
//! Times have no zone on these pages: `utc_offset_min` says what their clock is ahead of UTC.

use std::io::{self, Read};

use archway_plugin::Error;
use archway_plugin::types::{Size, SizeQuality};

use super::html::{Piece, Pieces};
use super::place::{Child, Place};
use crate::dates::{date as date_of, month_named};
use crate::entry::{Entry, EntryKind};

/// On which side of its link an entry's date and size stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Found out from the page.
    #[default]
    Auto,
    /// Behind the link: Apache, nginx, lighttpd.
    Behind,
    /// Before the link: IIS.
    Before,
}

/// A page of 100,000 entries has some 20 MB.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// Text kept around a link.
const MOST_ROW_BYTES: usize = 1024;

/// Reads the entries of an index page; returns how many links it had, of any kind.
///
/// # Errors
///
/// Those of the source, of `each`, and [`Error::MalformedReply`] for a page without a link.
pub fn read_index(
    source: impl Read,
    page: &Place,
    dialect: Dialect,
    utc_offset_min: i32,
    each: &mut dyn FnMut(Entry) -> Result<(), Error>,
) -> Result<u64, Error> {
    let mut pieces = Pieces::new(source, MOST_BYTES);
    let mut rows = Rows { page, dialect, utc_offset_min, before: String::new(), open: None };
    let mut links = 0;
    let mut start = String::new();
    loop {
        match pieces.next().map_err(read_error)? {
            None => break,
            Some(Piece::Link(target)) => {
                links += 1;
                rows.link(&target, each)?;
            }
            Some(Piece::LinkEnd) => rows.end_of_link(),
            Some(Piece::Text(text)) => {
                if start.len() < 200 {
                    start.extend(text.chars().take(200));
                }
                rows.text(&text);
            }
        }
    }
    rows.finish(each)?;
    if links == 0 {
        let asked = format!("{}{}", page.origin, crate::path::encode(&page.path()));
        return Err(Error::malformed(asked, "an index page of a folder, with links", start.trim()));
    }
    Ok(links)
}

/// A failure of the host while reading, or a page that is too long.
pub(super) fn read_error(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::FileTooLarge {
        return Error::Exhausted(archway_plugin::types::Exhaustion {
            limit: archway_plugin::types::LimitKind::BytesReceived,
            allowed: Some(MOST_BYTES),
            message: error.to_string(),
        });
    }
    Error::from(error)
}

struct Rows<'a> {
    page: &'a Place,
    dialect: Dialect,
    utc_offset_min: i32,
    /// Text since the last link.
    before: String,
    open: Option<Open>,
}

/// An entry whose row is not over.
struct Open {
    entry: Entry,
    target: String,
    in_link: bool,
    behind: String,
    told_before: Told,
}

impl Rows<'_> {
    fn link(
        &mut self,
        target: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // An icon in front of a name links to the same.
        if let Some(open) = &mut self.open
            && open.target == target
        {
            open.in_link = true;
            return Ok(());
        }
        self.close(each)?;
        let Some(child) = self.page.child(target) else {
            self.before.clear();
            return Ok(());
        };
        let entry = match child {
            Child::File(name) => Entry::new(name, EntryKind::File),
            Child::Folder(name) => Entry::new(name, EntryKind::Folder),
        };
        let told_before = match self.dialect {
            Dialect::Behind => Told::default(),
            Dialect::Auto | Dialect::Before => told_before(&self.before),
        };
        let target = target.to_owned();
        self.open = Some(Open { entry, target, in_link: true, behind: String::new(), told_before });
        self.before.clear();
        Ok(())
    }

    fn end_of_link(&mut self) {
        if let Some(open) = &mut self.open {
            open.in_link = false;
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = &mut self.open
            && !open.in_link
        {
            push(&mut open.behind, text);
        }
        push(&mut self.before, text);
    }

    fn close(&mut self, each: &mut dyn FnMut(Entry) -> Result<(), Error>) -> Result<(), Error> {
        let Some(Open { mut entry, target, behind, told_before, .. }) = self.open.take() else {
            return Ok(());
        };
        let told_behind = match self.dialect {
            Dialect::Before => Told::default(),
            Dialect::Auto | Dialect::Behind => told_behind(&behind),
        };
        let (told, words) = if told_behind.time_us.is_some() || told_before.time_us.is_none() {
            let row =
                behind.trim_start_matches(['\t', '\n', ' ']).lines().next().unwrap_or_default();
            (told_behind, squeezed(row))
        } else {
            let words = told_before.words.clone();
            (told_before, words)
        };
        if told.is_folder {
            entry.kind = EntryKind::Folder;
        }
        entry.modified_us = told.time_us.map(|us| us - i64::from(self.utc_offset_min) * 60_000_000);
        if entry.kind == EntryKind::File {
            entry.size = told.size;
        }
        entry.native = format!("{target} {words}").trim_end().to_owned();
        each(entry)
    }

    fn finish(mut self, each: &mut dyn FnMut(Entry) -> Result<(), Error>) -> Result<(), Error> {
        self.close(each)
    }
}

fn push(to: &mut String, text: &str) {
    let room = MOST_ROW_BYTES.saturating_sub(to.len());
    to.extend(text.chars().take(room));
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a row says besides the name.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    /// By the server's clock.
    time_us: Option<i64>,
    size: Option<Size>,
    is_folder: bool,
    words: String,
}

/// `2010-07-01 12:34  1.2M`, `01-Jul-2010 12:34  123`, `2010-Jul-01 12:34:56 0.4K`.
fn told_behind(text: &str) -> Told {
    let mut told = Told::default();
    // lighttpd writes the slash of a folder behind its link.
    let text = text.strip_prefix('/').unwrap_or(text);
    let mut words = text.split_whitespace();
    // Between name and date nothing stands but cells; a description comes last.
    let Some(day) = words.next() else { return told };
    let (time, size) = match date(day) {
        Some(day_us) => {
            let mut rest = words;
            let time_us = rest.next().and_then(time_of_day);
            told.time_us = Some(day_us + time_us.unwrap_or_default());
            (time_us, rest.next())
        }
        None => (None, Some(day)),
    };
    if told.time_us.is_some() && time.is_none() {
        told.time_us = None;
        return told;
    }
    told.size = size.and_then(self::size);
    told
}

/// `7/1/2010 12:34 PM  1234`, `Thursday, July 1, 2010 12:34 PM  <dir>` (IIS).
fn told_before(text: &str) -> Told {
    if !["AM", "PM", "am", "pm"].iter().any(|half| text.contains(half)) {
        return Told::default();
    }
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut told = Told { words: words.join(" "), ..Told::default() };
    let Some((last, rest)) = words.split_last() else { return told };
    let Some((half, rest)) = rest.split_last() else { return told };
    let Some((clock, rest)) = rest.split_last() else { return told };
    let (Some(day_us), Some(time_us)) = (american_date(rest), half_day(clock, half)) else {
        return told;
    };
    told.time_us = Some(day_us + time_us);
    if last.eq_ignore_ascii_case("<dir>") {
        told.is_folder = true;
    } else {
        let bytes = last.replace(',', "").parse().ok();
        told.size = bytes.map(|bytes| Size { bytes, quality: SizeQuality::Exact });
    }
    told
}

/// Midnight of `2010-07-01`, `01-Jul-2010` or `2010-Jul-01`.
fn date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let month = month_named(b).or_else(|| b.parse().ok())?;
    let (year, day) = if a.len() == 4 { (a, c) } else { (c, a) };
    midnight(year.parse().ok()?, month, day.parse().ok()?)
}

/// Midnight of `7/1/2010` or `Thursday, July 1, 2010`.
fn american_date(words: &[&str]) -> Option<i64> {
    match words {
        [.., one] if one.contains('/') => {
            let mut parts = one.split('/').map(|part| part.parse().ok());
            let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
            midnight(year, month, day)
        }
        [.., month, day, year] => {
            let day = day.trim_end_matches(',').parse().ok()?;
            midnight(year.parse().ok()?, month_named(month)?, day)
        }
        _ => None,
    }
}

fn midnight(year: u32, month: u32, day: u32) -> Option<i64> {
    let year = if year < 100 { year + if year < 80 { 2000 } else { 1900 } } else { year };
    date_of(year.into(), month.into(), day.into())
}

/// `12:34` or `12:34:56`, since midnight.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| {
        let is_number = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse::<i64>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        None => 0,
        Some(second) => second?,
    };
    let is_time = hour < 24 && minute < 60 && second < 61 && parts.next().is_none();
    is_time.then_some(((hour * 60 + minute) * 60 + second) * 1_000_000)
}

/// `2:05 PM`.
fn half_day(clock: &str, half: &str) -> Option<i64> {
    let after_noon = match half.to_ascii_uppercase().as_str() {
        "AM" => 0,
        "PM" => 12,
        _ => return None,
    };
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?);
    let is_time = (1..=12).contains(&hour) && (0..60).contains(&minute);
    is_time.then_some(((hour % 12 + after_noon) * 60 + minute) * 60_000_000)
}

/// `1234`, `1.2M`, `12K`, `0.4 k`; `-` for a folder is none.
fn size(text: &str) -> Option<Size> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if unit.is_empty() {
        let bytes = number.parse().ok()?;
        return Some(Size { bytes, quality: SizeQuality::Exact });
    }
    let unit = unit.trim_end_matches(['B', 'b']).trim_end_matches('i');
    let factor: u64 = match unit.to_ascii_uppercase().as_str() {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().ok()?;
    let tenths: u64 = fraction.get(..1)?.parse().ok()?;
    let bytes = whole.checked_mul(factor)?.checked_add(factor * tenths / 10)?;
    Some(Size { bytes, quality: SizeQuality::Estimated })
}

#[cfg(test)]
mod tests {
    use archway_formats::time::format_timestamp;

    use super::*;

    #[test]
    fn rows_say_date_and_size_in_many_ways() {
        let cases = [
            ("Apache", "  2010-07-01 12:34  1.2M  maps", "2010-07-01T12:34:00 ~1258291"),
            ("Apache, old", "  01-Jul-2010 12:34   12K", "2010-07-01T12:34:00 ~12288"),
            ("Apache, a small file", "2010-07-01 12:34  345 ", "2010-07-01T12:34:00 345"),
            ("a folder", "\t2010-07-01 12:34\t  - \t&nbsp;", "2010-07-01T12:34:00 "),
            ("nginx", "   01-Jul-2010 12:34    1234567890", "2010-07-01T12:34:00 1234567890"),
            (
                "lighttpd",
                "\t2010-Jul-01 12:34:56\t0.4K\tapplication/fits",
                "2010-07-01T12:34:56 ~409",
            ),
            ("only a size", "  12", " 12"),
            ("no such day", " 2010-02-30 12:34 5", " "),
            ("words", " an interesting file", " "),
        ];
        for (name, text, wanted) in cases {
            assert_eq!(shown(&told_behind(text)), wanted, "case: {name}");
        }
        let cases = [
            ("IIS", "\n  7/1/2010 12:34 AM        &lt;dir&gt; ", "", false),
            ("IIS", "\n  7/1/2010 12:34 AM        <dir> ", "2010-07-01T00:34:00 ", true),
            ("a file", "x\n 7/1/2010  2:05 PM  1,234 ", "2010-07-01T14:05:00 1234", false),
            ("long", "Thursday, July 01, 2010 12:05 PM 99", "2010-07-01T12:05:00 99", false),
        ];
        for (name, text, wanted, is_folder) in cases.into_iter().skip(1) {
            let told = told_before(text);
            assert_eq!(
                (shown(&told).as_str(), told.is_folder),
                (wanted, is_folder),
                "case: {name}"
            );
        }
    }

    fn shown(told: &Told) -> String {
        let time = told.time_us.map(format_timestamp).unwrap_or_default();
        let size = told.size.map_or(String::new(), |size| match size.quality {
            SizeQuality::Exact => size.bytes.to_string(),
            SizeQuality::Estimated => format!("~{}", size.bytes),
        });
        format!("{time} {size}")
    }

    proptest::proptest! {
        #[test]
        fn any_row_is_read(text in "[0-9a-zA-Z:/.,<> \t\n-]{0,40}") {
            told_behind(&text);
            told_before(&text);
        }
    }
}
