//! Numbers, times and states as people read them.

use std::time::Duration;

use archway_core::coverage::Instant;
use archway_core::discovery::{Count, SourceReport, Status};

/// Returns a size in decimal units, as archives and disks count: `1.9 GB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64;
    let mut name = "B";
    for unit in UNITS {
        if amount < 999.5 {
            break;
        }
        amount /= 1000.0;
        name = unit;
    }
    if amount < 9.95 { format!("{amount:.1} {name}") } else { format!("{amount:.0} {name}") }
}

/// Returns a number of cores: `1 core`, `0.5 cores`.
pub(super) fn cores(cores: f64) -> String {
    if (cores - 1.0).abs() < f64::EPSILON { "1 core".to_owned() } else { format!("{cores} cores") }
}

/// Returns the memory of a lab in the units it is given in: `2 GiB`, `1536 MiB`.
pub(super) fn memory(mib: u64) -> String {
    if mib.is_multiple_of(1024) { format!("{} GiB", mib / 1024) } else { format!("{mib} MiB") }
}

/// Returns a time in hours, to the hundredth: `12`, `0.5`.
pub(super) fn hours(time: Duration) -> String {
    format!("{}", (time.as_secs_f64() / 36.0).round() / 100.0)
}

/// Returns a number of things with their name: `1 file`, `1,200 files`.
pub(super) fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(number)) }
}

/// Returns a moment to the second, UTC: `2002-07-02 10:33:45`.
pub(super) fn moment(instant: Instant) -> String {
    let text = instant.to_rfc3339();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    seconds.replacen('T', " ", 1)
}

/// Returns the day of a moment, UTC: `2002-07-02`.
pub(super) fn day(instant: Instant) -> String {
    let text = instant.to_rfc3339();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// Returns a whole number with groups of three: `1,200`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns how many results there are, and says so when that is only the least it can be.
pub(super) fn results(count: Count) -> String {
    match (count.value, count.exact) {
        (0, true) => "No results".to_owned(),
        (0, false) => "No results so far".to_owned(),
        (1, true) => "1 result".to_owned(),
        (value, true) => format!("{} results", grouped(value)),
        (value, false) => format!("About {} results", grouped(value)),
    }
}

/// Returns a time somebody waited: `52 ms`, `1.6 s`.
pub(super) fn waited(elapsed: Duration) -> String {
    match elapsed.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", elapsed.as_secs_f64()),
    }
}

/// Returns what an archive did, in a few words beside its name.
pub(super) fn said(report: &SourceReport) -> String {
    let rows = grouped(report.rows);
    match report.status {
        Status::Ok => format!("{rows} in {}", waited(report.elapsed)),
        Status::Partial => format!("{rows} in {}, not all", waited(report.elapsed)),
        Status::Timeout => format!("no answer in {}", waited(report.elapsed)),
        Status::Skipped => "not asked".to_owned(),
        Status::Denied => "not permitted".to_owned(),
        Status::Error => "failed".to_owned(),
        Status::BreakerOpen => "resting after failures".to_owned(),
    }
}

/// Returns a number without digits that say nothing: `0.5`, `10.79189`.
pub(super) fn plain(number: f64, places: usize) -> String {
    let text = format!("{number:.places$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Returns a wavelength in the unit people use at it.
pub(super) fn wavelength(metres: f64) -> String {
    const UNITS: [(f64, &str); 6] =
        [(1.0, "m"), (1e-3, "mm"), (1e-6, "µm"), (1e-9, "nm"), (1e-12, "pm"), (1e-15, "fm")];
    let unit = UNITS.iter().find(|(unit, _)| metres >= *unit).or(UNITS.last());
    match unit {
        // Optical wavelengths are nanometres up to a micrometre and a bit.
        Some((unit, _)) if *unit == 1e-6 && metres < 2e-6 => {
            format!("{} nm", plain(metres / 1e-9, 1))
        }
        Some((unit, name)) => format!("{} {name}", plain(metres / unit, 3)),
        None => plain(metres, 9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let cases = [
            ("bytes", size(999), "999 B"),
            ("kilobytes", size(1_000), "1.0 kB"),
            ("rounding up to the next unit", size(999_700), "1.0 MB"),
            ("a map", size(1_912_000_000), "1.9 GB"),
            ("tens without decimals", size(57_600_000), "58 MB"),
            ("the largest", size(u64::MAX), "18 EB"),
            ("no groups", grouped(999), "999"),
            ("one group", grouped(1200), "1,200"),
            ("two groups", grouped(1_234_567), "1,234,567"),
            ("no trailing zeros", plain(0.5, 5), "0.5"),
            ("whole", plain(12.0, 5), "12"),
            ("no decimals asked", plain(120.0, 0), "120"),
            ("optical", wavelength(5.5e-7), "550 nm"),
            ("near infrared", wavelength(1.1e-6), "1100 nm"),
            ("radio", wavelength(0.21), "210 mm"),
            ("x-ray", wavelength(1.24e-10), "124 pm"),
        ];
        for (name, found, expected) in cases {
            assert_eq!(found, expected, "case: {name}");
        }
    }

    #[test]
    fn moments_are_utc_to_the_second() {
        let instant = Instant::from_utc_us(1_025_606_025_250_000);
        assert_eq!(moment(instant), "2002-07-02 10:33:45");
        assert_eq!(day(instant), "2002-07-02");
    }

    #[test]
    fn an_inexact_count_says_so() {
        let words = |value, exact| results(Count { value, exact });
        assert_eq!(words(1200, false), "About 1,200 results");
        assert_eq!(words(1, true), "1 result");
        assert_eq!(words(0, true), "No results");
        assert_eq!(words(0, false), "No results so far");
    }
}
