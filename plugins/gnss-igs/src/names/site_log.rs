//! Names of station logs: `ssss_ccyymmdd.log`, `ssssmrccc_ccyymmdd.log`.

use std::fmt;

use super::long::nine_characters;
use super::scan;
use crate::time::Day;

/// A name of a station log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SiteLogName<'a> {
    /// Four or nine characters, as written.
    pub(crate) station: &'a str,
    /// Year, month and day on which it was prepared.
    pub(crate) prepared: (u32, u32, u32),
    /// `log`, as written.
    pub(crate) ending: &'a str,
}

impl<'a> SiteLogName<'a> {
    pub(super) fn parse(stem: &'a str) -> Option<Self> {
        let mut rest = stem;
        let station = match rest.as_bytes().get(4) {
            Some(b'_') => scan::word(&mut rest, 4)?,
            _ => nine_characters(&mut rest)?,
        };
        scan::literal(&mut rest, b'_')?;
        let year = scan::digits(&mut rest, 4)?;
        let month = scan::digits(&mut rest, 2)?;
        let day = scan::digits(&mut rest, 2)?;
        Day::of_date(i64::from(year), month, day)?;
        scan::literal(&mut rest, b'.')?;
        Some(Self { station, prepared: (year, month, day), ending: rest })
    }

    /// The day it was prepared.
    pub(crate) fn day(&self) -> Option<Day> {
        let (year, month, day) = self.prepared;
        Day::of_date(i64::from(year), month, day)
    }
}

impl fmt::Display for SiteLogName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.prepared;
        write!(f, "{}_{year:04}{month:02}{day:02}.{}", self.station, self.ending)
    }
}
