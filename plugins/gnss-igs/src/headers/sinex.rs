//! SINEX and what is written like it: troposphere, biases and attitude (ORBEX).

use std::io::Read;

use archway_plugin::types::TimeScale;

use super::HeaderError;
use super::facts::{Epoch, Fact, Facts, scale_of};
use super::lines::{Line, Lines};
use crate::kinds::Kind;
use crate::time::{Day, SECOND_US, sinex_year};

/// Lines that are looked at for the description; the blocks wanted come first.
const MOST_LINES: usize = 120;

pub(super) fn read<R: Read>(first: &Line, mut lines: Lines<R>) -> Result<Facts, HeaderError> {
    let head = first.whole();
    let mut words = head.split_whitespace();
    let kind = match words.next() {
        Some("%=SNX") => Kind::Solution,
        Some("%=TRO") => Kind::Troposphere,
        Some("%=BIA") => Kind::Biases,
        Some("%=ORBEX") => Kind::Attitude,
        _ => return Err(HeaderError::NotGnss(head.chars().take(60).collect())),
    };
    let mut facts = Facts::new(kind);
    facts.version = words.next().map(str::to_owned);
    // SINEX says nothing of the scale; blocks of the others may.
    facts.scale = TimeScale::Utc;
    if kind == Kind::Attitude {
        facts.scale = TimeScale::Gps;
    } else {
        summary(&mut facts, words);
    }
    blocks(&mut facts, &mut lines)?;
    facts.header = lines.kept();
    Ok(facts)
}

/// The rest of the first line: agency, creation, data agency, start, end, technique ...
fn summary<'a>(facts: &mut Facts, words: impl Iterator<Item = &'a str>) {
    let words: Vec<&str> = words.take(12).collect();
    let time = |word: Option<&&str>| word.and_then(|word| instant(word));
    facts.run_by = words.first().map(|word| (*word).to_owned());
    facts.created_us = time(words.get(1));
    facts.agency = words.get(2).map(|word| (*word).to_owned());
    let mut epoch = |at: usize, what: &str| {
        let word = words.get(at).copied().unwrap_or_default();
        let instant_us = instant(word);
        if instant_us.is_none() && !is_open(word) {
            facts.note(format!("{what} is no time: {word:?}"));
        }
        Some(Epoch { instant_us: instant_us?, native: word.to_owned() })
    };
    let (first, last) = (epoch(3, "the start of the data"), epoch(4, "the end of the data"));
    (facts.first, facts.last) = (first, last);
    let technique = match words.get(5).copied() {
        Some("P") => Some("GNSS"),
        Some("C") => Some("combined"),
        Some("R") => Some("SLR"),
        Some("L") => Some("LLR"),
        Some("M") => Some("VLBI"),
        Some("D") => Some("DORIS"),
        _ => None,
    };
    facts.add("technique", technique.map(|word| Fact::Text(word.to_owned())));
    if facts.kind == Kind::Solution {
        facts.add("parameters", words.get(6).and_then(|w| w.parse().ok()).map(Fact::Integer));
        facts.add("constraints", words.get(7).map(|w| Fact::Text((*w).to_owned())));
        let contents: Vec<String> =
            words.iter().skip(8).filter(|w| w.len() == 1).map(|w| (*w).to_owned()).collect();
        facts.add("contents", (!contents.is_empty()).then_some(Fact::Texts(contents)));
    }
}

/// `20:332:69442` or `2020:332:69442`: year, day of the year and second of the day.
pub(super) fn instant(word: &str) -> Option<i64> {
    if is_open(word) {
        return None;
    }
    let mut parts = word.split(':');
    let (year, day, second) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let number: u32 = year.parse().ok()?;
    let year = if year.len() <= 2 { sinex_year(number) } else { i64::from(number) };
    let second: i64 = second.parse().ok().filter(|second| (0..=86_400).contains(second))?;
    Some(Day::of_year(year, day.parse().ok()?)?.start_us() + second * SECOND_US)
}

/// `00:000:00000` stands for an open end.
fn is_open(word: &str) -> bool {
    word.bytes().all(|byte| byte == b'0' || byte == b':')
}

/// What the first blocks say of the whole.
fn blocks<R: Read>(facts: &mut Facts, lines: &mut Lines<R>) -> Result<(), HeaderError> {
    let mut block = String::new();
    let mut description = Vec::new();
    for _ in 0..MOST_LINES {
        let Some(line) = lines.next()? else { break };
        match line.bytes() {
            [b'+', ..] => block = line.text(2, 60),
            [b'-', ..] => {
                block.clear();
            }
            [b'*', ..] => {}
            _ => match block.as_str() {
                "FILE/REFERENCE" => match line.text(2, 19).as_str() {
                    "DESCRIPTION" | "OUTPUT" => description.extend(line.some(21, 80)),
                    "SOFTWARE" => facts.program = line.some(21, 80),
                    "CONTACT" => facts.add("contact", line.some(21, 80).map(Fact::Text)),
                    "INPUT" => facts.add("input", line.some(21, 80).map(Fact::Text)),
                    _ => {}
                },
                "TROP/DESCRIPTION" | "BIAS/DESCRIPTION" | "FILE/DESCRIPTION" => {
                    described(facts, &line);
                }
                // Blocks of data: nothing behind them tells of the whole.
                block if block.starts_with("SOLUTION/") || block.starts_with("BIAS/SOLUTION") => {
                    break;
                }
                _ => {}
            },
        }
    }
    facts.description = Some(description.join("\n")).filter(|text| !text.is_empty());
    Ok(())
}

/// ` TIME_SYSTEM    G`, ` SAMPLING INTERVAL   300`.
fn described(facts: &mut Facts, line: &Line) {
    let text = line.text(2, 80);
    let upper = text.to_ascii_uppercase().replace('_', " ");
    let value = |key: &str| {
        upper.starts_with(key).then(|| text.get(key.len()..).unwrap_or_default().trim().to_owned())
    };
    if let Some(system) = value("TIME SYSTEM") {
        match scale_of(&system) {
            Some(scale) => facts.scale = scale,
            None => facts.note(format!("the time system {system:?} is not known")),
        }
    }
    let interval = value("OBSERVATION SAMPLING").or_else(|| value("SAMPLING INTERVAL"));
    if let Some(interval) = interval.and_then(|text| super::lines::number(&text)) {
        facts.interval_s = Some(interval).filter(|step| *step > 0.0);
    }
    if facts.kind == Kind::Attitude {
        let epoch = |text: String| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let [year, month, date, hour, minute, second] = words.as_slice() else { return None };
            let day = Day::of_date(year.parse().ok()?, month.parse().ok()?, date.parse().ok()?)?;
            let second = super::lines::number(second)?;
            let instant_us =
                crate::time::instant_us(day, hour.parse().ok()?, minute.parse().ok()?, second)?;
            Some(Epoch { instant_us, native: words.join(" ") })
        };
        if let Some(start) = value("START TIME") {
            facts.first = epoch(start);
        }
        if let Some(end) = value("END TIME") {
            facts.last = epoch(end);
        }
    }
}
