//! Times as archives write them: ISO 8601 with its many dialects, Julian dates.
//!
//! Everything becomes microseconds since 1970-01-01T00:00:00 UTC, without leap
//! seconds between (as POSIX counts): a leap second has the number of the
//! second after it.

/// Microseconds of a day.
pub const DAY_US: i64 = 86_400_000_000;

/// The modified Julian date of 1970-01-01.
pub const MJD_OF_1970: f64 = 40_587.0;

/// The Julian date of the modified Julian date 0.
pub const JD_OF_MJD_0: f64 = 2_400_000.5;

/// Reads a time as text; microseconds since 1970, UTC.
///
/// Understood: `2026`, `2026-08`, `2026-08-01`, with `T`, `t`, `_` or blanks and
/// `12`, `12:30`, `12:30:05`, `12:30:05.123456789` behind it, and `Z`, `UTC`,
/// `+01`, `+0100` or `+01:00` behind that. Without a zone it is UTC (DALI 1.1,
/// 3.3.3). Fractions are cut to microseconds. A second of 60 is one of 59 and one more.
///
/// `None` for anything else, years before 1 and numbers that are dates in
/// disguise (Julian dates have five digits or more before the point).
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let (year, rest) = digits(bytes, 4)?;
    if year == 0 {
        return None;
    }
    let mut rest = rest;
    let mut month = 1;
    let mut day = 1;
    if let [b'-', after @ ..] = rest {
        (month, rest) = digits(after, 2)?;
        if let [b'-', after @ ..] = rest {
            (day, rest) = digits(after, 2)?;
        }
    }
    if !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * DAY_US;
    let (time_us, rest) = match rest {
        [b'T' | b't' | b'_' | b' ', after @ ..] if after.iter().any(u8::is_ascii_digit) => {
            time_of_day(trim_start(after))?
        }
        [] | [b'Z' | b'z' | b' ' | b'U', ..] => (0, rest),
        _ => return None,
    };
    let zone_us = zone(trim_start(rest))?;
    Some(midnight + time_us - zone_us)
}

/// Returns the text of a time as DALI wants it: `2026-08-01T12:30:05.123456`,
/// the fraction left out if it is 0, no zone.
pub fn format_timestamp(instant_us: i64) -> String {
    let days = instant_us.div_euclid(DAY_US);
    let rest = instant_us.rem_euclid(DAY_US);
    let (year, month, day) = civil(days);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity("2026-08-01T12:30:05.123456".len());
    if (0..=9999).contains(&year) {
        // Digit by digit: every asset of a tree may have one, and formatting is slow in a plugin.
        push_digits(&mut text, year, 4);
        let parts = [('-', month), ('-', day), ('T', hour), (':', minute), (':', second)];
        for (before, number) in parts {
            text.push(before);
            push_digits(&mut text, number, 2);
        }
    } else {
        text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    }
    if fraction > 0 {
        text.push('.');
        match fraction % 1000 {
            0 => push_digits(&mut text, fraction / 1000, 3),
            _ => push_digits(&mut text, fraction, 6),
        }
    }
    text
}

/// Adds the last `digits` digits of a number that is not negative.
fn push_digits(text: &mut String, number: i64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = number / 10_i64.pow(place) % 10;
        text.extend(u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 10)));
    }
}

/// Converts a modified Julian date of UTC to microseconds since 1970, to the
/// nearest; `None` if it is not finite or outside of the years 1 to 9999.
pub fn mjd_to_instant(mjd: f64) -> Option<i64> {
    // The whole days first: the fraction keeps all its digits.
    let days = mjd.floor();
    if !(-678_575.0..=2_973_483.0).contains(&days) {
        return None;
    }
    let fraction_us = ((mjd - days) * DAY_US as f64).round();
    Some((days as i64 - MJD_OF_1970 as i64) * DAY_US + fraction_us as i64)
}

/// Converts a Julian date of UTC, as [`mjd_to_instant`].
pub fn jd_to_instant(jd: f64) -> Option<i64> {
    // A Julian date starts at noon: halve the day before the subtraction loses digits.
    let days = jd.floor();
    if !days.is_finite() {
        return None;
    }
    let fraction = jd - days;
    let midnight = mjd_to_instant(days - 2_400_001.0)?;
    let noon_us = DAY_US / 2 + (fraction * DAY_US as f64).round() as i64;
    Some(midnight + noon_us)
}

/// Converts microseconds since 1970 to a modified Julian date of UTC.
pub fn instant_to_mjd(instant_us: i64) -> f64 {
    let days = instant_us.div_euclid(DAY_US) as f64;
    days + MJD_OF_1970 + instant_us.rem_euclid(DAY_US) as f64 / DAY_US as f64
}

/// Reads a time that may be ISO text or a number: from 2,000,000 on a Julian
/// date, below 200,000 a modified one with a fraction or five digits.
pub fn parse_any(text: &str) -> Option<i64> {
    if let Some(instant) = parse_timestamp(text) {
        return Some(instant);
    }
    let number: f64 = text.trim().parse().ok()?;
    if number >= 1_721_425.5 {
        jd_to_instant(number)
    } else if (0.0..200_000.0).contains(&number) {
        mjd_to_instant(number)
    } else {
        None
    }
}

/// Reads exactly `count` digits.
fn digits(bytes: &[u8], count: usize) -> Option<(i64, &[u8])> {
    let (number, rest) = bytes.split_at_checked(count)?;
    let mut value = 0;
    for byte in number {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    // A fifth digit would make another number of it.
    if rest.first().is_some_and(u8::is_ascii_digit) && count == 4 {
        return None;
    }
    Some((value, rest))
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

fn time_of_day(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, mut rest) = digits(bytes, 2)?;
    let (mut minute, mut second, mut fraction_us) = (0, 0, 0);
    if let [b':', after @ ..] = rest {
        (minute, rest) = digits(after, 2)?;
        if let [b':', after @ ..] = rest {
            (second, rest) = digits(after, 2)?;
            if let [b'.' | b',', after @ ..] = rest {
                let length = after.iter().take_while(|b| b.is_ascii_digit()).count();
                let mut unit = 100_000;
                for byte in &after[..length] {
                    fraction_us += i64::from(byte - b'0') * unit;
                    unit /= 10;
                }
                rest = &after[length..];
            }
        }
    }
    let is_end_of_day = hour == 24 && minute == 0 && second == 0 && fraction_us == 0;
    if (hour > 23 && !is_end_of_day) || minute > 59 || second > 60 {
        return None;
    }
    Some(((hour * 3600 + minute * 60 + second) * 1_000_000 + fraction_us, rest))
}

/// Reads the zone that ends a time; its distance from UTC, positive to the east.
fn zone(bytes: &[u8]) -> Option<i64> {
    let (sign, rest) = match bytes {
        [] | [b'Z' | b'z'] => return Some(0),
        b"UTC" | b"UT" | b"GMT" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = digits(rest, 2)?;
    let minutes = match rest {
        [] => 0,
        [b':', rest @ ..] | rest => {
            let (minutes, rest) = digits(rest, 2)?;
            if !rest.is_empty() {
                return None;
            }
            minutes
        }
    };
    if hours > 18 || minutes > 59 {
        return None;
    }
    Some(sign * (hours * 60 + minutes) * 60_000_000)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the (proleptic) Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years that start in March put the leap day last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_month = (153 * month + 2) / 5;
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + days_before_month
        + day
        - 1
        - 719_468
}

/// The inverse of [`days_since_1970`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carry, month, day)
}
