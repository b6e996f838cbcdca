//! The Gregorian calendar and RFC 3339 text.
//!
//! The calendar is proleptic, as ISO 8601 and RFC 3339 want it: the days before
//! 1582-10-15 are not those of the Julian calendar.

use super::Instant;
use super::leap::{Utc, utc_of_tai_us};

const DAY_US: i64 = 86_400_000_000;

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// Not of the form at all.
    #[error("`{0}` is not a time; write for example 2021-03-02T14:30:00Z")]
    Form(String),
    /// A number outside what the calendar has.
    #[error("{field} = {value} in `{text}` is outside {low}..={high}")]
    Range {
        /// Which number.
        field: &'static str,
        /// What it was.
        value: u32,
        /// The least there is.
        low: u32,
        /// The greatest there is.
        high: u32,
        /// The whole text.
        text: String,
    },
    /// Second 60 where no leap second was.
    #[error("`{0}` names a leap second that never was")]
    NoLeapSecond(String),
}

/// Returns the days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// `month` and `day` must be valid; years may be negative.
pub fn days_since_1970(year: i64, month: u32, day: u32) -> i64 {
    // Years begin in March, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    // 719,468 days lie between 0000-03-01 and 1970-01-01; 146,097 in 400 years.
    era * 146_097 + day_of_era - 719_468
}

/// Returns year, month and day of a number of days since 1970-01-01.
pub fn date_of_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

/// Returns how many days a month has.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Checks a date and returns its days since 1970.
pub(super) fn checked_days(text: &str, year: u32, month: u32, day: u32) -> Result<i64, BadTime> {
    within(text, "year", year, 1, 9999)?;
    within(text, "month", month, 1, 12)?;
    within(text, "day", day, 1, days_in_month(i64::from(year), month))?;
    Ok(days_since_1970(i64::from(year), month, day))
}

fn within(text: &str, field: &'static str, value: u32, low: u32, high: u32) -> Result<(), BadTime> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(BadTime::Range { field, value, low, high, text: text.to_owned() })
}

impl Instant {
    /// Reads RFC 3339 in the variants that archives write: years 0001 to 9999, `T`, `t` or a
    /// space, any number of decimals (rounded down to microseconds), `Z`, an offset or, as in
    /// IVOA documents, nothing for UTC. Second 60 is read where a leap second was.
    ///
    /// # Errors
    ///
    /// [`BadTime`] says which part is wrong. A date alone is refused: what it stands for,
    /// start or whole day, is the caller's to decide.
    pub fn parse_rfc3339(text: &str) -> Result<Self, BadTime> {
        let form = || BadTime::Form(text.to_owned());
        let bytes = text.as_bytes();
        let digits = |from: usize, to: usize| number(bytes.get(from..to)?);
        let sign = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|b| wanted.contains(b));
        if !(sign(4, b"-") && sign(7, b"-") && sign(10, b"Tt ") && sign(13, b":")) {
            return Err(form());
        }
        let year = digits(0, 4).ok_or_else(form)?;
        let month = digits(5, 7).ok_or_else(form)?;
        let day = digits(8, 10).ok_or_else(form)?;
        let hour = digits(11, 13).ok_or_else(form)?;
        let minute = digits(14, 16).ok_or_else(form)?;
        let mut at = 16;
        let mut second = 0;
        let mut fraction_us = 0;
        if sign(16, b":") {
            second = digits(17, 19).ok_or_else(form)?;
            at = 19;
            if sign(19, b".,") {
                let decimals = bytes.get(20..).unwrap_or_default();
                let count = decimals.iter().take_while(|b| b.is_ascii_digit()).count();
                if count == 0 {
                    return Err(form());
                }
                let mut unit_us = 100_000;
                for digit in decimals.iter().take(count.min(6)) {
                    fraction_us += i64::from(digit - b'0') * unit_us;
                    unit_us /= 10;
                }
                at = 20 + count;
            }
        }
        let offset_s = offset_s(bytes.get(at..).unwrap_or_default()).ok_or_else(form)?;
        let days = checked_days(text, year, month, day)?;
        within(text, "hour", hour, 0, 23)?;
        within(text, "minute", minute, 0, 59)?;
        within(text, "second", second, 0, 60)?;
        let leap = second == 60;
        let second = second.min(59);
        let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second) - offset_s;
        let plain = Self::from_utc_us(seconds * 1_000_000 + fraction_us);
        if !leap {
            return Ok(plain);
        }
        let instant = Self(plain.0 + 1_000_000);
        match utc_of_tai_us(instant.0) {
            Utc::Leap { .. } => Ok(instant),
            Utc::Count(_) => Err(BadTime::NoLeapSecond(text.to_owned())),
        }
    }

    /// Writes RFC 3339 UTC, with as many decimals as it takes (none, 3 or 6).
    ///
    /// Years outside 0001 to 9999, which RFC 3339 cannot say, come with a sign and six digits
    /// as in ISO 8601.
    pub fn to_rfc3339(self) -> String {
        let (count, leap) = match utc_of_tai_us(self.0) {
            Utc::Count(count) => (count, 0),
            Utc::Leap { second_before_us, into_us } => (second_before_us + into_us, 1),
        };
        let (year, month, day) = date_of_days(count.div_euclid(DAY_US));
        let of_day = count.rem_euclid(DAY_US);
        let (seconds, fraction_us) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60 + leap);
        let year = match year {
            1..=9999 => format!("{year:04}"),
            _ => format!("{year:+07}"),
        };
        let fraction = match fraction_us {
            0 => String::new(),
            us if us % 1_000 == 0 => format!(".{:03}", us / 1_000),
            us => format!(".{us:06}"),
        };
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
    }
}

/// Reads digits and nothing else.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for digit in digits {
        value = value * 10 + char::from(*digit).to_digit(10)?;
    }
    Some(value)
}

/// Seconds east of UTC of `Z`, `+hh:mm`, `-hh:mm`, or nothing.
fn offset_s(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        b"" | b"Z" | b"z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [hours @ .., b':', m1, m2] if hours.len() == 2 => (number(hours)?, number(&[*m1, *m2])?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| sign * i64::from(hours * 3_600 + minutes * 60))
}
