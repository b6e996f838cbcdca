//! Dates as programs write them into headers.

use crate::time::{Day, instant_us, rinex_year};

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// When a file was made, UTC, from the third field of `PGM / RUN BY / DATE`.
///
/// Seen: `20210319 120000 UTC`, `20050404 06:03:21UTC`, `02-JUL-10 15:33`, `02-APR- 9 16:53`,
/// `2020-12-04 06:46`, `04-Dec-2020 06:46:10`, and a date alone.
pub(super) fn created(text: &str) -> Option<i64> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let text = upper.trim_end_matches("UTC").trim_end_matches("LCL").trim();
    let (day, rest) = leading_date(text)?;
    let (hour, minute, second) = clock(rest.trim())?;
    instant_us(day, hour, minute, second)
}

fn leading_date(text: &str) -> Option<(Day, &str)> {
    let bytes = text.as_bytes();
    if bytes.get(..8).is_some_and(|head| head.iter().all(u8::is_ascii_digit)) {
        let (date, rest) = text.split_at_checked(8)?;
        let number = |from: usize, to: usize| date.get(from..to)?.parse::<u32>().ok();
        let day = Day::of_date(i64::from(number(0, 4)?), number(4, 6)?, number(6, 8)?)?;
        return Some((day, rest));
    }
    let (first, rest) = text.split_once('-')?;
    let (second, rest) = rest.split_once('-')?;
    if first.len() == 4 {
        let (third, rest) = rest.split_at_checked(2)?;
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let day = Day::of_date(i64::from(number(first)?), number(second)?, number(third)?)?;
        return Some((day, rest));
    }
    let month = MONTHS.iter().position(|month| *month == second.trim())? as u32 + 1;
    // A year before 10 may have a blank instead of its zero.
    let width = if rest.as_bytes().get(..4).is_some_and(|y| y.iter().all(u8::is_ascii_digit)) {
        4
    } else {
        2
    };
    let (year, rest) = rest.split_at_checked(width.min(rest.len()))?;
    let written = year.trim().parse::<u32>().ok()?;
    let year = if width == 4 { i64::from(written) } else { rinex_year(written) };
    Some((Day::of_date(year, month, first.trim().parse().ok()?)?, rest))
}

/// `HHMMSS`, `HH:MM:SS`, `HH:MM` or nothing.
fn clock(text: &str) -> Option<(u32, u32, f64)> {
    let text = text.trim_start_matches('T').trim_end_matches('Z');
    if text.is_empty() {
        return Some((0, 0, 0.0));
    }
    let mut parts = text.splitn(3, ':');
    let first = parts.next()?.trim();
    match (parts.next(), parts.next()) {
        (Some(minute), second) => {
            let second = second.map_or(Some(0.0), |s| super::lines::number(s.trim()))?;
            Some((first.parse().ok()?, minute.trim().parse().ok()?, second))
        }
        (None, _) => {
            let digits = first.split_whitespace().next()?;
            let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
            let second = if digits.len() >= 6 { number(4, 6)? } else { 0 };
            Some((number(0, 2)?, number(2, 4)?, f64::from(second)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::created;
    use crate::time::written;

    #[test]
    fn dates_are_read_in_every_form_that_was_seen() {
        let cases = [
            ("20210319 120000 UTC", "2021-03-19T12:00:00"),
            ("20050404 06:03:21UTC", "2005-04-04T06:03:21"),
            ("02-JUL-10 15:33", "2010-07-02T15:33:00"),
            ("02-APR- 9 16:53", "2009-04-02T16:53:00"),
            ("04-DEC-20 06:46", "2020-12-04T06:46:00"),
            ("2020-12-04 06:46", "2020-12-04T06:46:00"),
            ("2020-12-04T06:46:01Z", "2020-12-04T06:46:01"),
            ("4-Dec-1998 06:46:10", "1998-12-04T06:46:10"),
            ("20210319", "2021-03-19T00:00:00"),
            ("20210319 1200 UTC", "2021-03-19T12:00:00"),
        ];
        for (text, wanted) in cases {
            assert_eq!(created(text).map(written).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2021",
            "31-FEB-10 15:33",
            "20211319 120000",
            "--",
            "12-",
            "20210319 99:00",
            "20210319 ä",
        ] {
            assert_eq!(created(text), None, "{text}");
        }
    }
}
