//! Calendar dates to microseconds since 1970, as listings need them.

/// One day.
pub(crate) const DAY_US: i64 = 86_400 * 1_000_000;

/// A date and time of day as a listing or `MDTM` writes it; checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i32,
    /// 1 to 12.
    pub(crate) month: u8,
    /// 1 to 31.
    pub(crate) day: u8,
    /// Seconds since midnight; a leap second is the 60th.
    pub(crate) second_of_day: u32,
    /// Microseconds behind the second.
    pub(crate) microsecond: u32,
}

impl Civil {
    /// Microseconds since 1970, read as UTC; `None` for a day that the month does not have.
    pub(crate) fn to_us(self) -> Option<i64> {
        let days = days(self.year, self.month, self.day)?;
        let seconds = days * 86_400 + i64::from(self.second_of_day);
        Some(seconds * 1_000_000 + i64::from(self.microsecond))
    }
}

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: i32, month: u8, day: u8) -> Option<i64> {
    if !(1..=9999).contains(&year) || day == 0 || day > last_day(year, month)? {
        return None;
    }
    // March is the first month, so that the day put in is the last of a year.
    let year = i64::from(year) - i64::from(month <= 2);
    let month = (i64::from(month) + 9) % 12;
    let century = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(century * 146_097 + day_of_era - 719_468)
}

fn last_day(year: i32, month: u8) -> Option<u8> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    })
}

/// The year in which an instant lies, UTC.
pub(crate) fn year_of(instant_us: i64) -> i32 {
    let day = instant_us.div_euclid(DAY_US);
    // Right within a day or two at the turn of the year; then the calendar decides.
    let mut year = 1970 + i32::try_from(day * 400 / 146_097).unwrap_or_default();
    while days(year + 1, 1, 1).is_some_and(|first| first <= day) {
        year += 1;
    }
    while days(year, 1, 1).is_some_and(|first| first > day) {
        year -= 1;
    }
    year
}

/// `YYYYMMDDHHMMSS[.sss]`, always UTC (RFC 3659, 2.3).
pub(crate) fn time_val(text: &[u8]) -> Option<i64> {
    let (digits, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, &b""[..]),
    };
    if digits.len() != 14 {
        return None;
    }
    let part = |from: usize, to: usize| number(digits.get(from..to)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut microsecond = 0;
    let mut unit = 100_000;
    for byte in fraction {
        microsecond += u32::from(digit(*byte)?) * unit;
        unit /= 10;
    }
    Civil {
        year: i32::try_from(part(0, 4)?).ok()?,
        month: u8::try_from(part(4, 6)?).ok()?,
        day: u8::try_from(part(6, 8)?).ok()?,
        second_of_day: u32::try_from(hour * 3600 + minute * 60 + second).ok()?,
        microsecond,
    }
    .to_us()
}

/// A number of decimal digits and nothing else.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for byte in digits {
        value = value.checked_mul(10)?.checked_add(u64::from(digit(*byte)?))?;
    }
    Some(value)
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_calendar_and_no_others() {
        let cases = [
            ("the epoch", "19700101000000", Some(0)),
            ("a leap day", "20240229123000", Some(1_709_209_800_000_000)),
            ("a fraction", "19700101000001.25", Some(1_250_000)),
            ("before the epoch", "19691231235959", Some(-1_000_000)),
            ("a leap second", "20161231235960", Some(1_483_228_800_000_000)),
            ("a day too many", "20230229000000", None),
            ("a month too many", "20231301000000", None),
            ("hour 24", "20230101240000", None),
            ("too short", "2023010100000", None),
            ("no digits", "2023010100000x", None),
        ];
        for (name, text, wanted) in cases {
            assert_eq!(time_val(text.as_bytes()), wanted, "case: {name}");
        }
    }

    #[test]
    fn the_year_of_an_instant_turns_at_midnight() {
        for year in 1900..2200 {
            let first = days(year, 1, 1).unwrap() * DAY_US;
            assert_eq!((year_of(first - 1), year_of(first)), (year - 1, year));
        }
    }
}
