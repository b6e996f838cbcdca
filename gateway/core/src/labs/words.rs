//! Numbers and causes in words, for events and launch pages.

use std::time::Duration;

use super::{Cause, Size};

/// "1.2 GB": powers of ten.
pub(crate) fn bytes(count: u64) -> String {
    let units =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / unit as f64),
        None => format!("{count} bytes"),
    }
}

/// "2 hours", "15 minutes", "40 seconds".
pub(super) fn duration(time: Duration) -> String {
    let (count, unit) = match time.as_secs() {
        seconds if seconds >= 7_200 && seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
        seconds if seconds >= 120 => (seconds / 60, "minute"),
        seconds => (seconds, "second"),
    };
    plural(count, unit)
}

/// "1 file", "3 files".
pub(super) fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// "S: 1 core, 1.0 GiB".
pub(super) fn size(size: &Size) -> String {
    let cores = if size.cores == 1.0 { "core" } else { "cores" };
    format!("{}: {} {cores}, {:.1} GiB", size.name, size.cores, gib(size.memory_mib))
}

pub(super) fn gib(mib: u64) -> f64 {
    mib as f64 / 1024.0
}

/// Why a lab ended, as a sentence.
pub(super) fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Asked => "it was asked to end".to_owned(),
        Cause::Idle => "nobody worked in it".to_owned(),
        Cause::TooOld => "its longest time was up".to_owned(),
        Cause::Exited(code) => format!("the application ended by itself with exit code {code}"),
        Cause::Signalled(signal) => format!("the application was ended by signal {signal}"),
        Cause::OutOfMemory => {
            "the application wanted more memory than the lab may have; take a larger size"
                .to_owned()
        }
        Cause::NeverAnswered => "the application did not answer in the time there was".to_owned(),
        Cause::Lost => "the backend has it no longer, and nobody knows why".to_owned(),
        Cause::StepFailed(reason) => reason.clone(),
    }
}

/// The end of a log, at most `most_bytes`, from the beginning of a line, without control
/// characters that a page or terminal would obey.
pub(super) fn last_lines(log: &str, most_bytes: usize) -> String {
    let mut from = log.len().saturating_sub(most_bytes);
    while !log.is_char_boundary(from) {
        from += 1;
    }
    let end = log.get(from..).unwrap_or_default();
    let whole = if from == 0 { end } else { end.split_once('\n').map_or(end, |(_, rest)| rest) };
    whole.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// One line for people: no control characters, at most 300 characters.
pub(super) fn one_line(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}
