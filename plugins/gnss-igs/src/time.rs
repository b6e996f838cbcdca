//! Days, GPS weeks and days of the year, exact and in whole numbers.
//!
//! Called by everything that reads a time. An instant here is microseconds since
//! 1970-01-01T00:00:00 of the *file's own* scale: the days of all of them have 86,400
//! seconds, so that a calendar date and such a number are the same thing written twice.
//! Not here: leap seconds and conversion between scales; the gateway's core does that.

use std::fmt;

/// Microseconds in a second.
pub(crate) const SECOND_US: i64 = 1_000_000;
/// Microseconds in a day.
pub(crate) const DAY_US: i64 = 86_400 * SECOND_US;
/// 1980-01-06, where the GPS weeks begin (IS-GPS-200, 3.3.4).
const GPS_EPOCH: i64 = 3_657;
/// The modified Julian date of 1970-01-01.
const MJD_1970: i64 = 40_587;

/// A day of the Gregorian calendar, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    /// The day with this date, if there is one; years 1 to 9999.
    pub(crate) fn of_date(year: i64, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
            return None;
        }
        (day <= days_of_month(year, month))
            .then(|| Self(days_before(year, month) + i64::from(day) - 1))
    }

    /// The day of a year, counted from 1.
    pub(crate) fn of_year(year: i64, day: u32) -> Option<Self> {
        let last = if is_leap(year) { 366 } else { 365 };
        ((1..=9999).contains(&year) && (1..=last).contains(&day))
            .then(|| Self(days_before(year, 1) + i64::from(day) - 1))
    }

    /// A day of a full (never rolled over) GPS week, Sunday being 0.
    pub(crate) fn of_gps_week(week: u32, day: u32) -> Option<Self> {
        (week <= 9999 && day <= 6).then(|| Self(GPS_EPOCH + 7 * i64::from(week) + i64::from(day)))
    }

    /// The day in which an instant lies.
    pub(crate) fn of_instant(instant_us: i64) -> Self {
        Self(instant_us.div_euclid(DAY_US))
    }

    /// The day of a whole modified Julian date.
    pub(crate) fn of_mjd(mjd: i64) -> Self {
        Self(mjd.saturating_sub(MJD_1970))
    }

    /// Its modified Julian date.
    #[cfg(test)]
    pub(crate) fn mjd(self) -> i64 {
        self.0 + MJD_1970
    }

    /// Year, month and day.
    pub(crate) fn date(self) -> (i64, u32, u32) {
        // Days since 0000-03-01, so that the leap day ends a year.
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + 400 * era + i64::from(month <= 2);
        (year, month as u32, day as u32)
    }

    /// Year, and day of the year from 1.
    pub(crate) fn year_and_day(self) -> (i64, u32) {
        let (year, _, _) = self.date();
        (year, (self.0 - days_before(year, 1) + 1) as u32)
    }

    /// Full GPS week and day of the week, Sunday being 0; negative before 1980-01-06.
    pub(crate) fn gps_week(self) -> (i64, u32) {
        let days = self.0 - GPS_EPOCH;
        (days.div_euclid(7), days.rem_euclid(7) as u32)
    }

    /// Its first instant.
    pub(crate) fn start_us(self) -> i64 {
        self.0.saturating_mul(DAY_US)
    }
}

/// `2026-11-22`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// An instant of a date and a time of the day; `None` where there is no such time.
///
/// A second of 60 is allowed, as leap seconds of UTC are written.
pub(crate) fn instant_us(day: Day, hour: u32, minute: u32, seconds: f64) -> Option<i64> {
    if hour > 24 || minute > 59 || !(0.0..61.0).contains(&seconds) {
        return None;
    }
    // Formats write 7 decimals; what is finer than a microsecond is rounded.
    let seconds_us = (seconds * 1e6).round() as i64;
    Some(
        day.start_us()
            + (i64::from(hour) * 3_600 + i64::from(minute) * 60) * SECOND_US
            + seconds_us,
    )
}

/// The year that two digits stand for in names and headers: 80 is 1980, 79 is 2079 (RINEX 2.11, 4).
pub(crate) fn rinex_year(two_digits: u32) -> i64 {
    i64::from(two_digits) + if two_digits >= 80 { 1900 } else { 2000 }
}

/// The year that two digits stand for in SINEX: 50 is 2050, 51 is 1951 (SINEX 2.02, 1).
pub(crate) fn sinex_year(two_digits: u32) -> i64 {
    i64::from(two_digits) + if two_digits > 50 { 1900 } else { 2000 }
}

/// `2005-04-02T00:00:00`, with as many decimals as it needs.
pub(crate) fn written(instant: i64) -> String {
    let day = Day::of_instant(instant);
    let rest = instant.rem_euclid(DAY_US);
    let (seconds, micros) = (rest / SECOND_US, rest % SECOND_US);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{day}T{hour:02}:{minute:02}:{second:02}");
    if micros != 0 {
        let decimals = format!("{micros:06}");
        text.push('.');
        text.push_str(decimals.trim_end_matches('0'));
    }
    text
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days in a month from 1 to 12.
pub(crate) fn days_of_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of a month.
fn days_before(year: i64, month: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = (i64::from(month) + 9) % 12;
    let of_year = (153 * shifted + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_days_of_the_year_weeks_and_julian_dates_agree() {
        let cases = [
            ((1980, 1, 6), 6, 44244, 0, 0),
            ((1999, 8, 22), 234, 51412, 1024, 0),
            ((2005, 4, 2), 92, 53462, 1316, 6),
            ((2010, 7, 1), 182, 55378, 1590, 4),
            ((2012, 10, 31), 305, 56231, 1712, 3),
            ((2019, 4, 7), 97, 58580, 2048, 0),
            ((2020, 6, 24), 176, 59024, 2111, 3),
            ((2021, 3, 19), 78, 59292, 2149, 5),
            ((2022, 11, 27), 331, 59910, 2238, 0),
            ((2026, 11, 22), 326, 61366, 2446, 0),
        ];
        for ((year, month, date), of_year, mjd, week, of_week) in cases {
            let day = Day::of_date(year, month, date).unwrap();
            assert_eq!(Day::of_year(year, of_year), Some(day), "{year}-{of_year}");
            assert_eq!(Day::of_mjd(mjd), day, "MJD {mjd}");
            assert_eq!(Day::of_gps_week(week, of_week), Some(day), "{week}/{of_week}");
            assert_eq!(day.date(), (year, month, date));
            assert_eq!(day.year_and_day(), (year, of_year));
            assert_eq!(day.mjd(), mjd);
            assert_eq!(day.gps_week(), (i64::from(week), of_week));
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_none() {
        let dates =
            [(2021, 2, 29), (2020, 13, 1), (2020, 0, 1), (2020, 4, 31), (0, 1, 1), (2020, 1, 0)];
        for (year, month, day) in dates {
            assert_eq!(Day::of_date(year, month, day), None, "{year}-{month}-{day}");
        }
        assert_eq!(Day::of_year(2021, 366), None);
        assert_eq!(Day::of_year(2021, 0), None);
        assert_eq!(Day::of_gps_week(2446, 7), None);
    }

    #[test]
    fn two_digits_of_a_year_turn_where_the_formats_say() {
        let rinex = [(80, 1980), (99, 1999), (0, 2000), (79, 2079)];
        assert!(rinex.iter().all(|(digits, year)| rinex_year(*digits) == *year));
        let sinex = [(51, 1951), (99, 1999), (0, 2000), (50, 2050)];
        assert!(sinex.iter().all(|(digits, year)| sinex_year(*digits) == *year));
    }

    #[test]
    fn an_instant_is_written_with_the_decimals_it_needs() {
        let day = Day::of_date(2005, 4, 2).unwrap();
        assert_eq!(written(instant_us(day, 0, 0, 0.0).unwrap()), "2005-04-02T00:00:00");
        assert_eq!(written(instant_us(day, 23, 59, 59.5).unwrap()), "2005-04-02T23:59:59.5");
        assert_eq!(written(instant_us(day, 24, 0, 0.0).unwrap()), "2005-04-03T00:00:00");
        assert_eq!(instant_us(day, 25, 0, 0.0), None);
        assert_eq!(instant_us(day, 0, 0, f64::NAN), None);
    }

    proptest! {
        #[test]
        fn every_day_comes_back_from_each_way_to_write_it(days in -600_000i64..2_000_000) {
            let day = Day(days);
            let (year, month, date) = day.date();
            prop_assert_eq!(Day::of_date(year, month, date), Some(day));
            let (year, of_year) = day.year_and_day();
            prop_assert_eq!(Day::of_year(year, of_year), Some(day));
            let (week, of_week) = day.gps_week();
            if let Ok(week @ 0..=9999) = u32::try_from(week) {
                prop_assert_eq!(Day::of_gps_week(week, of_week), Some(day));
            }
        }
    }
}
