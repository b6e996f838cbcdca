//! `ls -l` in its variants; times in the server's zone.
//!
//! `perm links owner group size month day time|year name`, where links or group may be missing,
//! owner and group may be several words, a device has `major, minor` for a size, the day may
//! stand before the month, and the date may be `2024-01-02 03:04`. What all have in common is
//! found: the first size that a date follows.

use super::tokens::{self, Token, token};
use super::{Clock, Line, Raw, RawKind};
use crate::instant::{self, Civil, DAY_US};

/// Words of a line that are looked at before its date.
const MOST_WORDS: usize = 16;

pub(super) fn line(line: &[u8], clock: Clock, latest_year: i32) -> Line<'_> {
    let Some(kind) = kind(line) else {
        return if is_total(line) { Line::Nothing } else { Line::Unknown };
    };
    let Some((size, date)) = size_and_date(line) else { return Line::Unknown };
    // One blank and then the name, which may itself begin with a blank.
    let Some(name) = line.get(date.end + 1..) else { return Line::Unknown };
    let modified_us = date.to_us(clock, latest_year);
    let (name, kind) = match kind {
        Kind::File => (name, RawKind::File),
        Kind::Folder => (name, RawKind::Folder),
        Kind::Special => return Line::Special,
        Kind::Link => match name.windows(4).position(|four| four == b" -> ") {
            Some(at) => (
                name.get(..at).unwrap_or_default(),
                RawKind::Link(name.get(at + 4..).filter(|target| !target.is_empty())),
            ),
            None => (name, RawKind::Link(None)),
        },
    };
    let size_bytes = size.filter(|_| kind == RawKind::File);
    if kind == RawKind::File && size_bytes.is_none() {
        return Line::Unknown;
    }
    Line::Entry(Raw { name, kind, size_bytes, modified_us })
}

enum Kind {
    File,
    Folder,
    Link,
    Special,
}

/// From `drwxr-xr-x`, with `+`, `.` or `@` behind where there are access lists.
fn kind(line: &[u8]) -> Option<Kind> {
    let (first, rest) = line.split_first()?;
    let permissions = rest.get(..9)?;
    let known = |byte: &u8| {
        matches!(byte, b'r' | b'w' | b'x' | b's' | b'S' | b't' | b'T' | b'-' | b'l' | b'L')
    };
    if !permissions.iter().all(known) || !matches!(rest.get(9)?, b' ' | b'\t' | b'+' | b'.' | b'@')
    {
        return None;
    }
    Some(match first {
        b'-' | b'f' | b'C' | b'M' | b'n' => Kind::File,
        b'd' => Kind::Folder,
        b'l' => Kind::Link,
        b'b' | b'c' | b'p' | b's' | b'D' => Kind::Special,
        _ => return None,
    })
}

fn is_total(line: &[u8]) -> bool {
    let Some(first) = token(line, 0) else { return false };
    let second = token(line, first.end);
    let number = second.is_some_and(|second| {
        token(line, second.end).is_none() && second.text.first().is_some_and(u8::is_ascii_digit)
    });
    number
        && first
            .text
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80 || *byte == b':')
}

/// A date as written, and where it ends.
struct Date {
    year: Option<i32>,
    month: u8,
    day: u8,
    second_of_day: u32,
    /// East of UTC, where the date says it itself.
    zone_s: Option<i32>,
    end: usize,
}

/// The first size that a date follows.
fn size_and_date(line: &[u8]) -> Option<(Option<u64>, Date)> {
    let mut before = token(line, 10)?;
    // The sign of an access list is glued to the permissions.
    if matches!(before.text, b"+" | b"." | b"@") {
        before = token(line, before.end)?;
    }
    for _ in 0..MOST_WORDS {
        let here = token(line, before.end)?;
        // A device has its minor number here, or `major,minor` in one word.
        if before.text.first().is_some_and(u8::is_ascii_digit)
            && let Some(date) = date(line, here)
        {
            return Some((instant::number(before.text), date));
        }
        before = here;
    }
    None
}

fn date(line: &[u8], first: Token<'_>) -> Option<Date> {
    let second = token(line, first.end)?;
    if let Some(date) = iso(line, first, second).or_else(|| short_iso(line, first, second)) {
        return Some(date);
    }
    let (month, day, third) = match (months(first.text), glued(first.text)) {
        (Some(month), _) => (month, day(second.text)?, token(line, second.end)?),
        (None, Some((month, day))) => (month, day, second),
        (None, None) => (months(second.text)?, day(first.text)?, token(line, second.end)?),
    };
    let (year, second_of_day) = match tokens::time_of_day(third.text) {
        Some(second_of_day) => (None, second_of_day),
        None => (Some(tokens::year(third.text)?), 0),
    };
    Some(Date { year, month, day, second_of_day, zone_s: None, end: third.end })
}

/// No digit first: a number is no month, except in the far east.
fn months(text: &[u8]) -> Option<u8> {
    if text.first()?.is_ascii_digit() && text.last()?.is_ascii() {
        return None;
    }
    super::months::month(text)
}

/// Day and month in one word, with a blank between that does not break (Czech).
fn glued(text: &[u8]) -> Option<(u8, u8)> {
    let at = text.windows(2).position(|pair| pair == "\u{a0}".as_bytes())?;
    Some((months(text.get(at + 2..)?)?, day(text.get(..at)?)?))
}

/// A day of the month; a dot or a sign for "day" may stand behind it.
fn day(text: &[u8]) -> Option<u8> {
    let signs: [&[u8]; 4] = [b".", b",", "日".as_bytes(), "일".as_bytes()];
    let text = signs.iter().find_map(|sign| text.strip_suffix(*sign)).unwrap_or(text);
    tokens::short_number(text).filter(|day| (1..=31).contains(day))
}

/// `2024-01-02 03:04`, with seconds and a zone behind where it is in full.
fn iso(line: &[u8], first: Token<'_>, second: Token<'_>) -> Option<Date> {
    let [ref year @ .., b'-', m1, m2, b'-', d1, d2] = *first.text else { return None };
    let year = tokens::year(year)?;
    let month = tokens::short_number(&[m1, m2])?;
    let day = tokens::short_number(&[d1, d2])?;
    let second_of_day = tokens::time_of_day(second.text)?;
    let zone = token(line, second.end).and_then(|third| Some((zone(third.text)?, third.end)));
    let (zone_s, end) = match zone {
        Some((zone_s, end)) if end < line.len() => (Some(zone_s), end),
        _ => (None, second.end),
    };
    Some(Date { year: Some(year), month, day, second_of_day, zone_s, end })
}

/// `01-02 03:04` of late, `2024-01-02` and a blank before (GNU `--time-style=iso`).
fn short_iso(line: &[u8], first: Token<'_>, second: Token<'_>) -> Option<Date> {
    let (year, rest) = match *first.text {
        [ref year @ .., b'-', m1, m2, b'-', d1, d2] => {
            (Some(tokens::year(year)?), [m1, m2, d1, d2])
        }
        [m1, m2, b'-', d1, d2] => (None, [m1, m2, d1, d2]),
        _ => return None,
    };
    let [m1, m2, d1, d2] = rest;
    let month = tokens::short_number(&[m1, m2])?;
    let day = tokens::short_number(&[d1, d2])?;
    let (second_of_day, end) = match year {
        Some(_) => (0, first.end + usize::from(line.get(first.end..)?.starts_with(b"  "))),
        None => (tokens::time_of_day(second.text)?, second.end),
    };
    Some(Date { year, month, day, second_of_day, zone_s: None, end })
}

/// `+0130`
fn zone(text: &[u8]) -> Option<i32> {
    let [sign @ (b'+' | b'-'), h1, h2, m1, m2] = *text else { return None };
    let seconds = i32::from(tokens::short_number(&[h1, h2])?) * 3600
        + i32::from(tokens::short_number(&[m1, m2])?) * 60;
    Some(if sign == b'-' { -seconds } else { seconds })
}

impl Date {
    /// UTC. A date without a year is the latest one that is not more than a day ahead: servers
    /// write the time of day for the last six months or so, and their clocks differ.
    fn to_us(&self, clock: Clock, latest_year: i32) -> Option<i64> {
        let zone_us = i64::from(self.zone_s.unwrap_or(clock.zone_s)) * 1_000_000;
        let at = |year: i32| {
            let (month, day, second_of_day) = (self.month, self.day, self.second_of_day);
            let civil = Civil { year, month, day, second_of_day, microsecond: 0 };
            civil.to_us().map(|local_us| local_us - zone_us)
        };
        if let Some(year) = self.year {
            return at(year);
        }
        // The 29th of February is not in every year.
        let years = (0..=8).map(|back| latest_year - back);
        years.filter_map(at).find(|candidate| *candidate <= clock.now_us.saturating_add(DAY_US))
    }
}
