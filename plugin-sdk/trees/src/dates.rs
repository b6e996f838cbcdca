//! When a file is of, told by the parts of a date in its path.

use archway_formats::time::DAY_US;

/// 1980-01-06, where the weeks of GPS begin (IS-GPS-200, 3.3.4).
const GPS_EPOCH_US: i64 = 315_964_800_000_000;
const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = 60_000_000;
const SECOND_US: i64 = 1_000_000;

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    /// So many microseconds.
    Fixed(i64),
    /// So many months of the calendar.
    Months(i64),
}

impl Period {
    /// Reads `15min`, `1h`, `1d`, `2w`, `1mo`, `1y`, `30s`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(unit_at);
        let number: i64 = number.parse().ok().filter(|n| (1..=100_000).contains(n))?;
        Some(match unit {
            "s" => Self::Fixed(number * SECOND_US),
            "min" => Self::Fixed(number * MINUTE_US),
            "h" => Self::Fixed(number * HOUR_US),
            "d" => Self::Fixed(number * DAY_US),
            "w" => Self::Fixed(number * 7 * DAY_US),
            "mo" => Self::Months(number),
            "y" => Self::Months(number * 12),
            _ => return None,
        })
    }

    /// The first moment after a period that starts there.
    fn after(self, start_us: i64) -> i64 {
        match self {
            Self::Fixed(length_us) => start_us.saturating_add(length_us),
            Self::Months(months) => {
                let (year, month) = year_and_month(start_us);
                let counted = year * 12 + (month - 1) + months;
                let first = |months: i64| date(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
                let inside = start_us - first(year * 12 + month - 1).unwrap_or(start_us);
                first(counted).map_or(i64::MAX, |us| us.saturating_add(inside))
            }
        }
    }

    /// No period of this kind is longer.
    pub(crate) fn most_us(self) -> i64 {
        match self {
            Self::Fixed(length_us) => length_us,
            Self::Months(months) => months.saturating_mul(31 * DAY_US),
        }
    }
}

/// From one moment until just before another, microseconds since 1970 in the scale of the
/// names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first moment.
    pub(crate) start_us: i64,
    /// The last one.
    pub(crate) end_us: i64,
}

impl Span {
    /// A period from a moment on; its last microsecond is the end.
    pub(crate) fn new(start_us: i64, period: Period) -> Self {
        Self { start_us, end_us: period.after(start_us).saturating_sub(1).max(start_us) }
    }
}

/// Parts of a date, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DateParts {
    pub(crate) year: Option<u32>,
    pub(crate) month: Option<u32>,
    pub(crate) day: Option<u32>,
    pub(crate) doy: Option<u32>,
    pub(crate) week: Option<u32>,
    pub(crate) dow: Option<u32>,
    pub(crate) hour: Option<u32>,
    pub(crate) minute: Option<u32>,
    pub(crate) second: Option<u32>,
}

impl DateParts {
    /// The parts among placeholders and what they captured. Two digits of a year are of
    /// 1980 to 2079; beside four they must agree.
    pub(crate) fn of<'a>(captured: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut parts = Self::default();
        for (name, text) in captured {
            let number = || text.parse::<u32>().ok();
            match name {
                "year" => parts.year = number(),
                "yy" => {
                    let full = |yy| if yy < 80 { 2000 + yy } else { 1900 + yy };
                    parts.year = parts.year.or_else(|| number().map(full));
                }
                "month" => parts.month = number(),
                "mon" => parts.month = parts.month.or_else(|| month_named(text)),
                "day" => parts.day = number(),
                "doy" => parts.doy = number(),
                "week" => parts.week = number(),
                "dow" => parts.dow = number(),
                "hour" => parts.hour = number(),
                "minute" => parts.minute = number(),
                "second" => parts.second = number(),
                _ => {}
            }
        }
        parts
    }

    /// Whether two ways to say the year contradict each other.
    pub(crate) fn contradict<'a>(captured: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
        let (mut year, mut yy) = (None, None);
        for (name, text) in captured {
            match name {
                "year" => year = Some(text),
                "yy" => yy = Some(text),
                _ => {}
            }
        }
        year.zip(yy).is_some_and(|(year, yy)| !year.ends_with(yy))
    }

    /// The time these parts are of: as long as the finest of them, or `period`. `None`
    /// where there is no year and no week, or no such day.
    pub(crate) fn span(&self, period: Option<Period>) -> Option<Span> {
        let (mut start_us, mut finest) = self.day_span()?;
        if finest == Period::Fixed(DAY_US)
            && let Some(hour) = self.hour
        {
            start_us += i64::from(hour) * HOUR_US;
            finest = Period::Fixed(HOUR_US);
            if let Some(minute) = self.minute {
                start_us += i64::from(minute) * MINUTE_US;
                finest = Period::Fixed(MINUTE_US);
                if let Some(second) = self.second {
                    start_us += i64::from(second) * SECOND_US;
                    finest = Period::Fixed(SECOND_US);
                }
            }
        }
        Some(Span::new(start_us, period.unwrap_or(finest)))
    }

    fn day_span(&self) -> Option<(i64, Period)> {
        let day = Period::Fixed(DAY_US);
        if let Some(week) = self.week {
            let start_us = GPS_EPOCH_US + i64::from(week) * 7 * DAY_US;
            return Some(match self.dow {
                // Day 7 names the whole week (IGS).
                Some(dow @ 0..=6) => (start_us + i64::from(dow) * DAY_US, day),
                _ => (start_us, Period::Fixed(7 * DAY_US)),
            });
        }
        let year = i64::from(self.year?);
        match (self.doy, self.month, self.day) {
            (Some(doy), _, _) => {
                let start_us = date(year, 1, 1)? + (i64::from(doy) - 1) * DAY_US;
                (doy >= 1 && start_us < date(year + 1, 1, 1)?).then_some((start_us, day))
            }
            (None, Some(month), Some(of_month)) => {
                Some((date(year, i64::from(month), i64::from(of_month))?, day))
            }
            (None, Some(month), None) => {
                Some((date(year, i64::from(month), 1)?, Period::Months(1)))
            }
            (None, None, _) => Some((date(year, 1, 1)?, Period::Months(12))),
        }
    }
}

/// Midnight of a day; `None` where there is no such day.
pub(crate) fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin with March, so that the day between comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era_days = year.div_euclid(400) * 146_097;
    let year = year.rem_euclid(400);
    let days = era_days + year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1;
    Some((days - 719_468) * DAY_US)
}

fn year_and_month(instant_us: i64) -> (i64, i64) {
    let text = archway_formats::time::format_timestamp(instant_us);
    let mut parts = text.split('-').map(|part| part.parse().unwrap_or(1));
    (parts.next().unwrap_or(1970), parts.next().unwrap_or(1))
}

/// The number of a month by its first three letters, in English.
pub(crate) fn month_named(name: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = name.get(..3)?;
    let at = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(start))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use archway_formats::time::format_timestamp;

    use super::*;

    fn span(parts: &str, period: Option<&str>) -> Option<String> {
        let captured = parts.split(' ').filter_map(|part| part.split_once('='));
        let period = period.map(|text| Period::parse(text).unwrap());
        let span = DateParts::of(captured).span(period)?;
        Some(format!("{} to {}", format_timestamp(span.start_us), format_timestamp(span.end_us)))
    }

    #[test]
    fn parts_of_a_date_say_when() {
        let cases = [
            ("a year", "year=2010", None, "2010-01-01T00:00:00 to 2010-12-31T23:59:59.999999"),
            ("two digits", "yy=80", None, "1980-01-01T00:00:00 to 1980-12-31T23:59:59.999999"),
            (
                "a month",
                "year=2012 month=02",
                None,
                "2012-02-01T00:00:00 to 2012-02-29T23:59:59.999999",
            ),
            (
                "a day",
                "year=2011 mon=Jun day=07",
                None,
                "2011-06-07T00:00:00 to 2011-06-07T23:59:59.999999",
            ),
            (
                "a day of a year",
                "year=2010 doy=182",
                None,
                "2010-07-01T00:00:00 to 2010-07-01T23:59:59.999999",
            ),
            (
                "an hour",
                "year=2010 doy=182 hour=06",
                None,
                "2010-07-01T06:00:00 to 2010-07-01T06:59:59.999999",
            ),
            (
                "a second",
                "year=2010 doy=182 hour=06 minute=07 second=08",
                None,
                "2010-07-01T06:07:08 to 2010-07-01T06:07:08.999999",
            ),
            ("a GPS week", "week=1590", None, "2010-06-27T00:00:00 to 2010-07-03T23:59:59.999999"),
            (
                "a day of it",
                "week=1590 dow=4",
                None,
                "2010-07-01T00:00:00 to 2010-07-01T23:59:59.999999",
            ),
            (
                "day 7 is the week",
                "week=1712 dow=7",
                None,
                "2012-10-28T00:00:00 to 2012-11-03T23:59:59.999999",
            ),
            (
                "a period",
                "year=2023 doy=232",
                Some("2d"),
                "2023-08-20T00:00:00 to 2023-08-21T23:59:59.999999",
            ),
            (
                "months",
                "year=2020 month=11",
                Some("3mo"),
                "2020-11-01T00:00:00 to 2021-01-31T23:59:59.999999",
            ),
        ];
        for (name, parts, period, wanted) in cases {
            assert_eq!(span(parts, period).as_deref(), Some(wanted), "case: {name}");
        }
    }

    #[test]
    fn no_such_day_is_no_time() {
        for parts in ["year=2011 doy=366", "year=2011 month=02 day=29", "day=03", "hour=12"] {
            assert_eq!(span(parts, None), None, "{parts}");
        }
    }

    proptest::proptest! {
        #[test]
        fn days_are_those_that_text_names(year in 1_i64..9999, month in 0_i64..14, day in 0_i64..33) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            proptest::prop_assert_eq!(date(year, month, day), archway_formats::time::parse_timestamp(&text));
        }
    }

    #[test]
    fn a_period_has_a_unit() {
        assert_eq!(Period::parse("15min"), Some(Period::Fixed(900_000_000)));
        assert_eq!(Period::parse("1y"), Some(Period::Months(12)));
        for wrong in ["", "15", "h", "0d", "1 fortnight", "9999999999d"] {
            assert_eq!(Period::parse(wrong), None, "{wrong}");
        }
    }
}
