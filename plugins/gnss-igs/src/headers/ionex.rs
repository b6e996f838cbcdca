//! IONEX 1.0 and 1.1.

use std::io::Read;

use archway_plugin::types::TimeScale;

use super::facts::{Epoch, Fact, Facts};
use super::lines::{Line, Lines};
use super::{HeaderError, dates, rinex};
use crate::kinds::Kind;
use crate::time::{Day, instant_us};

pub(super) fn read<R: Read>(first: &Line, mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let mut facts = Facts::new(Kind::Ionosphere);
    facts.version = first.some(1, 20);
    // IONEX epochs are UT (IONEX 1.1, 2).
    facts.scale = TimeScale::Utc;
    match first.text(41, 43).to_ascii_uppercase().as_str() {
        "GPS" => facts.add_system(b'G'),
        "GLO" => facts.add_system(b'R'),
        "GAL" => facts.add_system(b'E'),
        _ => {}
    }
    facts.add("system", first.some(41, 60).map(Fact::Text));
    let mut description = Vec::new();
    let mut is_auxiliary = false;
    loop {
        let line = lines.expect("IONEX")?;
        match line.text(61, 80).as_str() {
            "END OF HEADER" => break,
            "PGM / RUN BY / DATE" => {
                facts.program = rinex::told(line.text(1, 20));
                facts.run_by = rinex::told(line.text(21, 40));
                let date = line.text(41, 60);
                facts.created_us = dates::created(&date);
                if facts.created_us.is_none() && !date.is_empty() {
                    facts.note(format!(
                        "the date of the program's run, {date:?}, cannot be read for sure"
                    ));
                }
            }
            "DESCRIPTION" => description.extend(line.some(1, 60)),
            "EPOCH OF FIRST MAP" => facts.first = epoch(&mut facts, &line, "the first map"),
            "EPOCH OF LAST MAP" => facts.last = epoch(&mut facts, &line, "the last map"),
            "INTERVAL" => facts.interval_s = line.real(1, 6).filter(|step| *step > 0.0),
            "# OF MAPS IN FILE" => facts.samples = line.count(1, 6).map(u64::from),
            "MAPPING FUNCTION" => facts.add("mapping-function", line.some(1, 6).map(Fact::Text)),
            "ELEVATION CUTOFF" => {
                facts.add("elevation-cutoff-deg", line.real(1, 8).map(Fact::Real));
            }
            "# OF STATIONS" => facts.add("stations", line.integer(1, 6).map(Fact::Integer)),
            "# OF SATELLITES" => facts.add("satellites", line.integer(1, 6).map(Fact::Integer)),
            "BASE RADIUS" => facts.add("base-radius-km", line.real(1, 8).map(Fact::Real)),
            "MAP DIMENSION" => facts.add("map-dimension", line.integer(1, 6).map(Fact::Integer)),
            "HGT1 / HGT2 / DHGT" => range(&mut facts, &line, "heights-km"),
            "LAT1 / LAT2 / DLAT" => range(&mut facts, &line, "latitudes-deg"),
            "LON1 / LON2 / DLON" => range(&mut facts, &line, "longitudes-deg"),
            "EXPONENT" => facts.add("exponent", line.integer(1, 6).map(Fact::Integer)),
            "START OF AUX DATA" => {
                is_auxiliary = true;
                // Hundreds of biases: no part of what the native record is kept for.
                lines.end_of_header();
            }
            "END OF AUX DATA" => is_auxiliary = false,
            "PRN / BIAS / RMS" if is_auxiliary => {
                facts.add_system(line.columns(4, 4).first().copied().unwrap_or(b' '));
            }
            _ => {}
        }
    }
    facts.description = Some(description.join("\n")).filter(|text| !text.is_empty());
    facts.header = lines.kept();
    Ok(facts)
}

/// `6I6`.
fn epoch(facts: &mut Facts, line: &Line, what: &str) -> Option<Epoch> {
    let read = || {
        let day = Day::of_date(line.integer(1, 6)?, line.count(7, 12)?, line.count(13, 18)?)?;
        let seconds = f64::from(line.count(31, 36)?);
        instant_us(day, line.count(19, 24)?, line.count(25, 30)?, seconds)
    };
    let native = line.text(1, 36).split_whitespace().collect::<Vec<_>>().join(" ");
    let instant = read();
    if instant.is_none() {
        facts.note(format!("the epoch of {what} is no time: {native:?}"));
    }
    Some(Epoch { instant_us: instant?, native })
}

/// `2X,3F6.1`: first, last and step.
fn range(facts: &mut Facts, line: &Line, key: &'static str) {
    let numbers = [line.real(3, 8), line.real(9, 14), line.real(15, 20)];
    match numbers {
        [Some(first), Some(last), Some(step)] => {
            facts.add(key, Some(Fact::Text(format!("{first} {last} {step}"))));
        }
        _ => facts.note(format!("{key} cannot be read")),
    }
}
