//! Labels of RINEX clock headers (RINEX CLK 2.00, 3.00, 3.04), and the first epoch.

use std::io::Read;

use super::facts::{Epoch, Fact, Facts, scale_of};
use super::lines::{Line, Lines, number};
use crate::time::{Day, instant_us};

/// One label of a clock header.
pub(super) fn label(facts: &mut Facts, line: &Line, label: &str) {
    match label {
        "# / TYPES OF DATA" => {
            let types = line.text(7, 60).split_whitespace().map(str::to_owned).collect();
            facts.add("data-types", Some(Fact::Texts(types)));
        }
        "ANALYSIS CENTER" => {
            // Three letters and a name (A3,2X,A55); ESOC's own has four.
            let text = line.text(1, 60);
            facts.agency = text.split_whitespace().next().map(str::to_owned);
            facts.add("analysis-centre", Some(text).filter(|t| !t.is_empty()).map(Fact::Text));
        }
        // Epochs between which the reference clocks hold: those of the file.
        "# OF CLK REF" => {
            facts.first = facts.first.take().or_else(|| epoch(&line.text(8, 33)));
            facts.last = facts.last.take().or_else(|| epoch(&line.text(35, 60)));
        }
        "# OF SOLN STA / TRF" => {
            facts.add("stations", line.integer(1, 6).map(Fact::Integer));
            facts.add("frame", line.some(11, 60).map(Fact::Text));
        }
        "# OF SOLN SATS" => facts.add("satellites", line.integer(1, 6).map(Fact::Integer)),
        "PRN LIST" => {
            for satellite in line.text(1, 60).split_whitespace() {
                facts.add_system(satellite.bytes().next().unwrap_or(b' '));
            }
        }
        "TIME SYSTEM ID" => {
            let system = line.text(1, 9);
            match scale_of(&system) {
                Some(scale) => facts.scale = scale,
                None => facts.note(format!("the time system {system:?} is not known")),
            }
        }
        _ => {}
    }
}

/// `2009  4  1  0  0  0.000000`.
fn epoch(text: &str) -> Option<Epoch> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [year, month, date, hour, minute, second] = words.as_slice() else { return None };
    let day = Day::of_date(year.parse().ok()?, month.parse().ok()?, date.parse().ok()?)?;
    let instant_us = instant_us(day, hour.parse().ok()?, minute.parse().ok()?, number(second)?)?;
    Some(Epoch { instant_us, native: words.join(" ") })
}

/// Where the header has no epochs, the first record has one: `AR GPST 2010 07 01 00 00  0.000000`.
pub(super) fn first_record<R: Read>(facts: &mut Facts, lines: &mut Lines<R>) {
    if facts.first.is_some() {
        return;
    }
    let Ok(Some(line)) = lines.next() else {
        facts.note("no record behind the header");
        return;
    };
    let text = line.whole();
    let words: Vec<&str> = text.split_whitespace().skip(2).take(6).collect();
    facts.first = epoch(&words.join(" "));
    facts.note(match facts.first {
        Some(_) => "the start is the epoch of the first record",
        None => "the epoch of the first record cannot be read",
    });
}
