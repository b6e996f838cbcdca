//! DOS and IIS: `MM-DD-YY  HH:MMAM  <DIR>|size  name`, with years of two or four digits and
//! clocks of 12 or 24 hours; times in the server's zone.

use super::tokens::{self, token};
use super::{Clock, Line, Raw, RawKind};
use crate::instant::{self, Civil};

/// Blanks that IIS puts between `<DIR>` and the name, and no more: a name may begin with some.
const BLANKS_BEHIND_DIR: usize = 10;

pub(super) fn line(line: &[u8], clock: Clock) -> Line<'_> {
    parse(line, clock).map_or(Line::Unknown, Line::Entry)
}

fn parse(line: &[u8], clock: Clock) -> Option<Raw<'_>> {
    if !line.first()?.is_ascii_digit() {
        return None;
    }
    let day = token(line, 0)?;
    let (year, month, day_of_month) = date(day.text)?;
    let time = token(line, day.end)?;
    let mut second_of_day = None;
    let mut end = time.end;
    if let Some(half) = half_day(time.text) {
        second_of_day = half;
    } else if let Some(plain) = tokens::time_of_day(time.text) {
        // "10:00 AM" in two words.
        second_of_day = Some(plain);
        if let Some(next) = token(line, time.end)
            && next.text.len() == 2
            && let Some(half) = in_half(plain, next.text)
        {
            (second_of_day, end) = (half, next.end);
        }
    }
    let second_of_day = second_of_day?;
    let what = token(line, end)?;
    let behind = line.get(what.end..)?;
    let (kind, size_bytes, name) = if what.text.first() == Some(&b'<') {
        let blanks = behind.iter().take_while(|byte| **byte == b' ').count();
        let name = behind.get(blanks.clamp(1, BLANKS_BEHIND_DIR)..)?;
        match what.text {
            word if word.eq_ignore_ascii_case(b"<dir>") => (RawKind::Folder, None, name),
            // `name [target]`
            word if word.eq_ignore_ascii_case(b"<junction>")
                || word.eq_ignore_ascii_case(b"<symlinkd>")
                || word.eq_ignore_ascii_case(b"<symlink>") =>
            {
                let name = name.trim_ascii_start();
                let target = name.windows(2).position(|pair| pair == b" [");
                match (target, name.strip_suffix(b"]")) {
                    (Some(at), Some(open)) => {
                        (RawKind::Link(open.get(at + 2..)), None, name.get(..at)?)
                    }
                    _ => (RawKind::Link(None), None, name),
                }
            }
            _ => return None,
        }
    } else {
        (RawKind::File, Some(size(what.text)?), behind.get(1..)?)
    };
    let civil = Civil { year, month, day: day_of_month, second_of_day, microsecond: 0 };
    let modified_us = civil.to_us()? - i64::from(clock.zone_s) * 1_000_000;
    Some(Raw { name, kind, size_bytes, modified_us: Some(modified_us) })
}

/// `MM-DD-YY`, `MM/DD/YYYY` or `YYYY-MM-DD`.
fn date(text: &[u8]) -> Option<(i32, u8, u8)> {
    let mut parts = text.split(|byte| matches!(byte, b'-' | b'/'));
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if let Some(year) = tokens::year(first) {
        return Some((year, tokens::short_number(second)?, tokens::short_number(third)?));
    }
    let year = match third.len() {
        2 => {
            let year = i32::from(tokens::short_number(third)?);
            if year < 70 { 2000 + year } else { 1900 + year }
        }
        _ => tokens::year(third)?,
    };
    Some((year, tokens::short_number(first)?, tokens::short_number(second)?))
}

/// `10:00AM`; `Some(None)` for a time that is none.
fn half_day(text: &[u8]) -> Option<Option<u32>> {
    let at = text.len().checked_sub(2)?;
    let (time, half) = text.split_at(at);
    if !half.first()?.is_ascii_alphabetic() {
        return None;
    }
    Some(tokens::time_of_day(time).and_then(|seconds| in_half(seconds, half)?))
}

/// A time of the first or second half of the day; noon and midnight are 12.
fn in_half(seconds: u32, half: &[u8]) -> Option<Option<u32>> {
    let noon = 12 * 3600;
    let hours = seconds / 3600;
    let of_half = (1..=12).contains(&hours).then_some(seconds % noon);
    if half.eq_ignore_ascii_case(b"AM") {
        Some(of_half)
    } else if half.eq_ignore_ascii_case(b"PM") {
        Some(of_half.map(|seconds| seconds + noon))
    } else {
        None
    }
}

/// With separators of thousands, as some write it.
fn size(text: &[u8]) -> Option<u64> {
    match instant::number(text) {
        Some(size) => Some(size),
        None if text.contains(&b',') => {
            let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b',').collect();
            instant::number(&digits)
        }
        None => None,
    }
}
