//! Names of RINEX 2: `ssssDDDf[mm].yyt` (RINEX 2.11, section 4).

use std::fmt;

use super::scan;
use crate::time::{Day, rinex_year};

/// A name of RINEX 2, of a station's file or a merged one (`brdc2540.23n`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShortName<'a> {
    /// Four letters or digits, as written.
    pub(crate) station: &'a str,
    /// Day of the year, 1 to 366.
    pub(crate) day: u32,
    /// `0` for a day, `a` to `x` for an hour, as written.
    pub(crate) session: u8,
    /// Minute at which a file of 15 minutes begins: 0, 15, 30 or 45.
    pub(crate) minute: Option<u32>,
    /// The last two digits of the year.
    pub(crate) year: u32,
    /// What it holds, as written: `o`, `d`, `n` ...
    pub(crate) letter: u8,
}

impl<'a> ShortName<'a> {
    pub(super) fn parse(stem: &'a str) -> Option<Self> {
        let mut rest = stem;
        let station = scan::word(&mut rest, 4)?;
        let day = scan::digits(&mut rest, 3).filter(|day| (1..=366).contains(day))?;
        let session = scan::character(&mut rest)
            .filter(|s| *s == b'0' || (b'a'..=b'x').contains(&s.to_ascii_lowercase()))?;
        let minute = match rest.as_bytes() {
            [b'0'..=b'9', b'0'..=b'9', b'.', ..] if session != b'0' => {
                Some(scan::digits(&mut rest, 2).filter(|m| matches!(m, 0 | 15 | 30 | 45))?)
            }
            _ => None,
        };
        scan::literal(&mut rest, b'.')?;
        let year = scan::digits(&mut rest, 2)?;
        let letter = scan::character(&mut rest).filter(u8::is_ascii_alphabetic)?;
        let name = Self { station, day, session, minute, year, letter };
        (rest.is_empty() && name.start_us().is_some()).then_some(name)
    }

    /// The year in full.
    pub(crate) fn full_year(&self) -> i64 {
        rinex_year(self.year)
    }

    /// Where the file begins by its name.
    pub(crate) fn start_us(&self) -> Option<i64> {
        let hour = self.hour().unwrap_or(0);
        let day = Day::of_year(self.full_year(), self.day)?;
        crate::time::instant_us(day, hour, self.minute.unwrap_or(0), 0.0)
    }

    /// The hour of a file shorter than a day.
    pub(crate) fn hour(&self) -> Option<u32> {
        match self.session.to_ascii_lowercase() {
            letter @ b'a'..=b'x' => Some(u32::from(letter - b'a')),
            _ => None,
        }
    }

    /// How long it is by its name.
    pub(crate) fn length_s(&self) -> i64 {
        match (self.hour(), self.minute) {
            (Some(_), Some(_)) => 900,
            (Some(_), None) => 3_600,
            (None, _) => 86_400,
        }
    }
}

impl fmt::Display for ShortName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:03}{}", self.station, self.day, char::from(self.session))?;
        if let Some(minute) = self.minute {
            write!(f, "{minute:02}")?;
        }
        write!(f, ".{:02}{}", self.year, char::from(self.letter))
    }
}
