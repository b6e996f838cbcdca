//! Labels of RINEX navigation headers, and the time of the first message.

use std::io::Read;

use archway_plugin::types::TimeScale;

use super::facts::{Epoch, Fact, Facts};
use super::lines::{Line, Lines};
use crate::time::{Day, instant_us, rinex_year};

/// One label of a navigation header.
pub(super) fn label(facts: &mut Facts, line: &Line, label: &str) {
    match label {
        "IONOSPHERIC CORR" => {
            facts.add("ionospheric-correction", line.some(1, 4).map(Fact::Text));
        }
        "ION ALPHA" => {
            facts.add("ionospheric-correction", Some(Fact::Text("GPSA".to_owned())));
        }
        "TIME SYSTEM CORR" => facts.add("time-correction", line.some(1, 4).map(Fact::Text)),
        // The week here is seen to be counted modulo 1024 (566 for 1590, in 2010).
        "DELTA-UTC: A0,A1,T,W" => {
            facts.add("delta-utc-week", line.integer(51, 59).map(Fact::Integer));
        }
        _ => {}
    }
}

/// Headers say nothing of the time: the clock epoch of the first message does, nearly.
pub(super) fn first_record<R: Read>(facts: &mut Facts, lines: &mut Lines<R>, is_old: bool) {
    let Ok(Some(mut line)) = lines.next() else {
        facts.note("no message behind the header");
        return;
    };
    if line.bytes().starts_with(b">") {
        // RINEX 4: `> EPH G02 LNAV`, the epoch on the next line.
        match lines.next() {
            Ok(Some(next)) => line = next,
            _ => return facts.note("no message behind the header"),
        }
    }
    let letter = line.columns(1, 1).first().copied().unwrap_or(b' ');
    let instant = if is_old { old(&line) } else { new(&line) };
    let Some(instant) = instant else {
        facts.note("the time of the first message cannot be read");
        return;
    };
    if !is_old {
        // Each system's messages are in its own time (RINEX 3.05, 8.1).
        facts.scale = match letter {
            b'R' => TimeScale::Utc,
            b'E' => TimeScale::Galileo,
            b'C' => TimeScale::Beidou,
            _ => TimeScale::Gps,
        };
    }
    let native =
        line.text(1, if is_old { 22 } else { 23 }).split_whitespace().collect::<Vec<_>>().join(" ");
    facts.first = Some(Epoch { instant_us: instant, native });
    facts.note("the start is the clock epoch of the first message");
}

/// `I2,1X,I2.2,4(1X,I2),F5.1`.
fn old(line: &Line) -> Option<i64> {
    let day = Day::of_date(rinex_year(line.count(4, 5)?), line.count(7, 8)?, line.count(10, 11)?)?;
    instant_us(day, line.count(13, 14)?, line.count(16, 17)?, line.real(18, 22)?)
}

/// `A1,I2.2,1X,I4,5(1X,I2.2)`.
fn new(line: &Line) -> Option<i64> {
    let day = Day::of_date(line.integer(5, 8)?, line.count(10, 11)?, line.count(13, 14)?)?;
    instant_us(day, line.count(16, 17)?, line.count(19, 20)?, line.real(22, 23)?)
}
