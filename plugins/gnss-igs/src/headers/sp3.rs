//! SP3, versions a to d: the first two lines say nearly everything.

use std::io::Read;

use super::HeaderError;
use super::facts::{Epoch, Fact, Facts, scale_of};
use super::lines::{Line, Lines};
use crate::kinds::Kind;
use crate::time::{Day, SECOND_US, instant_us};

/// More lines than any header has: 999 satellites, 17 a line, twice.
const MOST_LINES: usize = 400;

pub(super) fn read<R: Read>(first: &Line, mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let mut facts = Facts::new(Kind::Orbits);
    facts.version = first.some(2, 2);
    let start = || {
        let day = Day::of_date(first.integer(4, 7)?, first.count(9, 10)?, first.count(12, 13)?)?;
        instant_us(day, first.count(15, 16)?, first.count(18, 19)?, first.real(21, 31)?)
    };
    let native = first.text(4, 31).split_whitespace().collect::<Vec<_>>().join(" ");
    facts.first = start().map(|instant_us| Epoch { instant_us, native });
    if facts.first.is_none() {
        facts.note(format!("the first epoch is no time: {:?}", first.text(4, 31)));
    }
    facts.samples = first.count(33, 39).map(u64::from);
    if facts.samples.is_none() {
        facts.note("the number of epochs cannot be read");
    }
    let flag = match first.columns(3, 3) {
        b"V" => "positions and velocities",
        _ => "positions",
    };
    facts.add("content", Some(Fact::Text(flag.to_owned())));
    facts.add("frame", first.some(47, 51).map(Fact::Text));
    facts.add("orbit-type", first.some(53, 55).map(Fact::Text));
    facts.agency = first.some(57, 60);
    let mut comments = Vec::new();
    let mut is_first_system = true;
    for _ in 0..MOST_LINES {
        let line = lines.expect("SP3")?;
        match line.bytes() {
            [b'#', b'#', ..] => second(&mut facts, &line),
            [b'+', b'+', ..] => {}
            [b'+', ..] => {
                if let Some(count) = line.count(3, 6) {
                    facts.add("satellites", Some(count.into()));
                }
                let ids = line.columns(10, 60).chunks(3);
                for id in ids {
                    match id {
                        // SP3-a writes GPS satellites without a letter.
                        [b' ', _, b'1'..=b'9'] | [b' ', b'1'..=b'9', _] => facts.add_system(b'G'),
                        [letter, ..] => facts.add_system(*letter),
                        [] => {}
                    }
                }
            }
            [b'%', b'c', ..] if is_first_system => {
                is_first_system = false;
                let system = line.text(10, 12);
                // Version a has no time system; `ccc` stands where nothing is said.
                match scale_of(if system == "ccc" { "" } else { &system }) {
                    Some(scale) => facts.scale = scale,
                    None => facts.note(format!("the time system {system:?} is not known")),
                }
            }
            [b'/', b'*', ..] => comments.extend(line.some(4, 80).filter(|text| !is_filling(text))),
            [b'*', ..] => {
                finish(&mut facts, &comments);
                facts.header = lines.kept();
                return Ok(facts);
            }
            [b'E', b'O', b'F', ..] => {
                facts.note("the file has no epochs");
                finish(&mut facts, &comments);
                facts.header = lines.kept();
                return Ok(facts);
            }
            _ => {}
        }
    }
    Err(HeaderError::TooLong("the SP3 header"))
}

/// `## 1590 345600.00000000   900.00000000 55378 0.0000000000000`.
fn second(facts: &mut Facts, line: &Line) {
    facts.add("gps-week", line.count(4, 7).map(Fact::from));
    facts.interval_s = line.real(25, 38).filter(|step| *step > 0.0);
    if facts.interval_s.is_none() {
        facts.note("the interval cannot be read");
    }
    let week = line.count(4, 7).and_then(|week| Day::of_gps_week(week, 0));
    if let (Some(week), Some(seconds), Some(first)) = (week, line.real(9, 23), &facts.first) {
        let told = week.start_us() as f64 + seconds * 1e6;
        // Not exact: doubles of that size end at a fraction of a microsecond.
        if (told - first.instant_us as f64).abs() > SECOND_US as f64 {
            facts.note("week and second of the week contradict the first epoch");
        }
    }
}

/// Comments must be four in versions a to c; what is not needed is filled with one letter.
fn is_filling(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
}

fn finish(facts: &mut Facts, comments: &[String]) {
    if let (Some(first), Some(step), Some(count)) = (&facts.first, facts.interval_s, facts.samples)
    {
        let steps = count.saturating_sub(1).min(10_000_000) as f64;
        let length = (steps * step * 1e6).round() as i64;
        facts.last = first
            .instant_us
            .checked_add(length)
            .map(|instant_us| Epoch { instant_us, native: format!("{count} epochs of {step} s") });
    }
    facts.description = Some(comments.join("\n")).filter(|text| !text.is_empty());
}
