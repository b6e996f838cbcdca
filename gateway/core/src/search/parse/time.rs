//! `time`: `start/end`, ISO 8601 UTC or MJD.

use super::{bad, number};
use crate::Error;
use crate::coverage::{BadTime, Instant, TimeRange, days_in_month, days_since_1970};

const DAY_US: i64 = 86_400_000_000;

/// Reads `start/end`, where either end may be empty, or one time, which stands for all of it:
/// `2021` is the year, `2021-03` the month, `2021-03-02` the day, an MJD or a full time the
/// moment. As an end, a date reaches to its last microsecond.
///
/// A number is a year if it has four digits, else an MJD; `MJD 2021` says it. `..` is an
/// empty end too, as in OGC and STAC.
///
/// # Errors
///
/// [`Error::BadRequest`] for `time`.
pub fn time(text: &str) -> Result<TimeRange, Error> {
    let text = text.trim();
    let ends: Vec<&str> = text.split('/').map(str::trim).collect();
    let range = match ends.as_slice() {
        [one] if !one.is_empty() => {
            let (start, end) = span(one)?;
            return Ok(TimeRange { start: Some(start), end: Some(end) });
        }
        [start, end] => {
            let given = |end: &&str| !matches!(*end, "" | "..");
            let start = Some(start).filter(|s| given(s)).map(|s| span(s)).transpose()?;
            let end = Some(end).filter(|e| given(e)).map(|e| span(e)).transpose()?;
            TimeRange { start: start.map(|(start, _)| start), end: end.map(|(_, end)| end) }
        }
        [_] => return Err(bad("time", "it is empty; write for example `2020/2021-06-30`")),
        _ => {
            let reason = format!("`{text}` is not `start/end`, where either end may be empty");
            return Err(bad("time", reason));
        }
    };
    match (range.start, range.end) {
        (None, None) => Err(bad("time", "both ends are empty; give at least one")),
        (Some(start), Some(end)) if end < start => {
            Err(bad("time", format!("`{text}` ends before it begins")))
        }
        _ => Ok(range),
    }
}

/// The first and the last moment of what is written.
fn span(text: &str) -> Result<(Instant, Instant), Error> {
    let mjd = text.strip_prefix("MJD").or_else(|| text.strip_prefix("mjd")).map(str::trim);
    if let Some(mjd) = mjd {
        return moment(mjd);
    }
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [year] if digits(year, 4) => {
            let year = part(text, "year", year, 1, 9999)?;
            days(days_since_1970(year, 1, 1), days_since_1970(year + 1, 1, 1))
        }
        [year, month] if digits(year, 4) && digits(month, 2) => {
            let year = part(text, "year", year, 1, 9999)?;
            let month = part(text, "month", month, 1, 12)? as u32;
            let first = days_since_1970(year, month, 1);
            days(first, first + i64::from(days_in_month(year, month)))
        }
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
            let year = part(text, "year", year, 1, 9999)?;
            let month = part(text, "month", month, 1, 12)? as u32;
            let last = i64::from(days_in_month(year, month));
            let day = part(text, "day", day, 1, last)? as u32;
            let first = days_since_1970(year, month, day);
            days(first, first + 1)
        }
        _ if text.parse::<f64>().is_ok() => moment(text),
        _ => {
            let instant = Instant::parse_rfc3339(text).map_err(|error| match error {
                BadTime::Form(_) => bad("time", format!(
                    "`{text}` is not a time; write 2021, 2021-03-02, 2021-03-02T14:30:00Z or an MJD"
                )),
                BadTime::Range { .. } | BadTime::NoLeapSecond(_) => bad("time", error.to_string()),
            })?;
            Ok((instant, instant))
        }
    }
}

fn part(text: &str, field: &str, digits: &str, low: i64, high: i64) -> Result<i64, Error> {
    let value = digits.parse::<i64>().unwrap_or_default();
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(bad("time", format!("{field} = {value} in `{text}` is outside {low}..={high}")))
}

/// From the first moment of a day to the last microsecond before another.
fn days(first: i64, behind: i64) -> Result<(Instant, Instant), Error> {
    let last = Instant(Instant::from_utc_us(behind * DAY_US).0 - 1);
    Ok((Instant::from_utc_us(first * DAY_US), last))
}

/// An MJD between the years 1 and 9999.
fn moment(mjd: &str) -> Result<(Instant, Instant), Error> {
    const FIRST: f64 = -678_575.0;
    const LAST: f64 = 2_973_483.0;
    let value = number("time", mjd)?;
    let instant = Instant::from_mjd_utc(value).filter(|_| (FIRST..=LAST).contains(&value));
    let instant = instant.ok_or_else(|| {
        bad("time", format!("MJD = {value} is outside {FIRST}..={LAST} (years 1 to 9999)"))
    })?;
    Ok((instant, instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match time(text) {
            Ok(TimeRange { start, end }) => {
                let end_of =
                    |end: Option<Instant>| end.map(Instant::to_rfc3339).unwrap_or_default();
                format!("{text} = {} / {}", end_of(start), end_of(end))
            }
            Err(error) => format!("{text} -> {error}"),
        }
    }

    #[test]
    fn times_are_read_as_the_whole_of_what_is_written() {
        let cases = [
            "2021",
            "2020-02",
            "2021-03-02",
            "2021-03-02T14:30:00Z",
            "2021-03-02 14:30:00.5",
            "2021/2022",
            "2021-03/",
            "/2021-03-02",
            "../2021",
            "51544.5",
            "MJD 2021",
            "51544/51545",
            "2016-12-31",
            "2021-03-02T14:30:00+02:00/2021-03-03",
        ];
        insta::assert_snapshot!(cases.map(said).join("\n"), @r"
        2021 = 2021-01-01T00:00:00Z / 2021-12-31T23:59:59.999999Z
        2020-02 = 2020-02-01T00:00:00Z / 2020-02-29T23:59:59.999999Z
        2021-03-02 = 2021-03-02T00:00:00Z / 2021-03-02T23:59:59.999999Z
        2021-03-02T14:30:00Z = 2021-03-02T14:30:00Z / 2021-03-02T14:30:00Z
        2021-03-02 14:30:00.5 = 2021-03-02T14:30:00.500Z / 2021-03-02T14:30:00.500Z
        2021/2022 = 2021-01-01T00:00:00Z / 2022-12-31T23:59:59.999999Z
        2021-03/ = 2021-03-01T00:00:00Z / 
        /2021-03-02 =  / 2021-03-02T23:59:59.999999Z
        ../2021 =  / 2021-12-31T23:59:59.999999Z
        51544.5 = 2000-01-01T12:00:00Z / 2000-01-01T12:00:00Z
        MJD 2021 = 1864-05-30T00:00:00Z / 1864-05-30T00:00:00Z
        51544/51545 = 2000-01-01T00:00:00Z / 2000-01-02T00:00:00Z
        2016-12-31 = 2016-12-31T00:00:00Z / 2016-12-31T23:59:60.999999Z
        2021-03-02T14:30:00+02:00/2021-03-03 = 2021-03-02T12:30:00Z / 2021-03-03T23:59:59.999999Z
        ");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            "",
            "/",
            "yesterday",
            "2021/2020",
            "2021-13",
            "2021-02-30",
            "0000",
            "1/2/3",
            "2021-03-02T25:00:00Z",
            "1e9",
            "12",
            "MJD x",
            "NaN",
        ];
        insta::assert_snapshot!(cases.map(said).join("\n"), @r"
         -> time: it is empty; write for example `2020/2021-06-30`
        / -> time: both ends are empty; give at least one
        yesterday -> time: `yesterday` is not a time; write 2021, 2021-03-02, 2021-03-02T14:30:00Z or an MJD
        2021/2020 -> time: `2021/2020` ends before it begins
        2021-13 -> time: month = 13 in `2021-13` is outside 1..=12
        2021-02-30 -> time: day = 30 in `2021-02-30` is outside 1..=28
        0000 -> time: year = 0 in `0000` is outside 1..=9999
        1/2/3 -> time: `1/2/3` is not `start/end`, where either end may be empty
        2021-03-02T25:00:00Z -> time: hour = 25 in `2021-03-02T25:00:00Z` is outside 0..=23
        1e9 -> time: MJD = 1000000000 is outside -678575..=2973483 (years 1 to 9999)
        12 = 1858-11-29T00:00:00Z / 1858-11-29T00:00:00Z
        MJD x -> time: `x` is not a number
        NaN -> time: `NaN` is not a number
        ");
    }
}
