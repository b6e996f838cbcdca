//! Earth rotation parameters of the IGS (version 2): a table by modified Julian date.

use std::io::Read;

use archway_plugin::types::TimeScale;

use super::HeaderError;
use super::facts::{Epoch, Facts};
use super::lines::{Lines, number};
use crate::kinds::Kind;
use crate::time::{DAY_US, Day};

/// The days around 1900 and 2100; what is outside is no date.
const DATES: std::ops::Range<f64> = 15_000.0..90_000.0;

pub(super) fn read<R: Read>(mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let mut facts = Facts::new(Kind::EarthRotation);
    facts.version = Some("2".to_owned());
    facts.scale = TimeScale::Utc;
    let mut rows = 0u64;
    let mut first: Option<(f64, String)> = None;
    let mut last: Option<(f64, String)> = None;
    while let Some(line) = lines.next()? {
        let text = line.whole();
        let word = text.split_whitespace().next().unwrap_or_default();
        // Rows are told from headings by their first word.
        let Some(mjd) = number(word).filter(|mjd| DATES.contains(mjd)) else { continue };
        rows += 1;
        if first.as_ref().is_none_or(|(known, _)| mjd < *known) {
            first = Some((mjd, word.to_owned()));
        }
        if last.as_ref().is_none_or(|(known, _)| mjd > *known) {
            last = Some((mjd, word.to_owned()));
        }
    }
    if rows == 0 {
        facts.note("no row with a date");
    }
    // A row at noon stands for its day.
    let at = |row: Option<(f64, String)>, half: f64| {
        row.map(|(mjd, native)| Epoch {
            instant_us: of_mjd(mjd + half),
            native: format!("MJD {native}"),
        })
    };
    (facts.first, facts.last) = (at(first, -0.5), at(last, 0.5));
    facts.samples = Some(rows).filter(|rows| *rows > 0);
    facts.note("the time is that of the rows, and half a day around them");
    facts.header = lines.kept();
    Ok(facts)
}

fn of_mjd(mjd: f64) -> i64 {
    let day = Day::of_mjd(mjd.floor() as i64);
    day.start_us() + ((mjd - mjd.floor()) * DAY_US as f64).round() as i64
}
