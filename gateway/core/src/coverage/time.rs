//! Instants, the scales they are counted in, and time coverage.

mod calendar;
mod leap;
#[cfg(test)]
mod tests;

pub use calendar::{BadTime, date_of_days, days_in_month, days_since_1970};

use super::Interval;
use leap::{Utc, step_at_utc_us, utc_of_tai_us};

/// TAI - GPS (IS-GPS-200, 3.3.4; Galileo OS SIS ICD, 5.1.2), constant.
const TAI_MINUS_GPS_US: i64 = 19_000_000;
/// TAI - `BeiDou` time (BDS-SIS-ICD-2.1, 3.3: its zero is 2006-01-01 UTC), constant.
const TAI_MINUS_BEIDOU_US: i64 = 33_000_000;
/// TT - TAI (IAU 1991, recommendation IV), constant.
const TT_MINUS_TAI_US: i64 = 32_184_000;
/// GLONASS - UTC (GLONASS ICD 5.1, 3.3.3: Moscow time, leap seconds included).
const GLONASS_MINUS_UTC_US: i64 = 3 * 3_600 * 1_000_000;
/// MJD of 1970-01-01T00:00:00.
const UNIX_MJD: f64 = 40_587.0;
/// JD - MJD.
const JD_MINUS_MJD: f64 = 2_400_000.5;
const DAY_US: f64 = 86_400_000_000.0;

/// A moment: microseconds of TAI since 1970-01-01T00:00:00 TAI.
///
/// Inside the gateway time is TAI, so that differences are true durations;
/// surfaces speak UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl Instant {
    /// From microseconds since 1970 UTC, counted without leap seconds as computers count.
    ///
    /// Exact from 1972 on. Before, UTC is continued backwards with TAI - UTC = 10 s, so that
    /// time has no gap; the steps of those years were smaller, by up to 10 s.
    /// Saturates 292,000 years from now.
    pub fn from_utc_us(utc_us: i64) -> Self {
        Self(utc_us.saturating_add(step_at_utc_us(utc_us)))
    }

    /// To microseconds since 1970 UTC, counted without leap seconds. The count stands still
    /// at its last microsecond while a leap second passes.
    pub fn to_utc_us(self) -> i64 {
        match utc_of_tai_us(self.0) {
            Utc::Count(count) => count,
            Utc::Leap { second_before_us, .. } => second_before_us + 999_999,
        }
    }

    /// From microseconds since 1970-01-01T00:00:00 as a clock of `scale` shows it.
    ///
    /// Exact for UTC, TAI, TT and the GNSS times. Barycentric and coordinate times (TDB, TCB,
    /// TCG) are taken as TT: within 2 ms, about 1 min and 2 s today. UT1 (within 0.9 s) and
    /// an unknown scale are taken as UTC.
    pub fn from_scale_us(us: i64, scale: TimeScale) -> Self {
        match scale {
            TimeScale::Utc | TimeScale::Ut1 | TimeScale::Unknown => Self::from_utc_us(us),
            TimeScale::Tai => Self(us),
            TimeScale::Tt | TimeScale::Tdb | TimeScale::Tcb | TimeScale::Tcg => {
                Self(us.saturating_sub(TT_MINUS_TAI_US))
            }
            TimeScale::Gps | TimeScale::Galileo => Self(us.saturating_add(TAI_MINUS_GPS_US)),
            TimeScale::Beidou => Self(us.saturating_add(TAI_MINUS_BEIDOU_US)),
            TimeScale::Glonass => Self::from_utc_us(us.saturating_sub(GLONASS_MINUS_UTC_US)),
        }
    }

    /// The reverse of [`Instant::from_scale_us`].
    pub fn to_scale_us(self, scale: TimeScale) -> i64 {
        match scale {
            TimeScale::Utc | TimeScale::Ut1 | TimeScale::Unknown => self.to_utc_us(),
            TimeScale::Tai => self.0,
            TimeScale::Tt | TimeScale::Tdb | TimeScale::Tcb | TimeScale::Tcg => {
                self.0.saturating_add(TT_MINUS_TAI_US)
            }
            TimeScale::Gps | TimeScale::Galileo => self.0.saturating_sub(TAI_MINUS_GPS_US),
            TimeScale::Beidou => self.0.saturating_sub(TAI_MINUS_BEIDOU_US),
            TimeScale::Glonass => self.to_utc_us().saturating_add(GLONASS_MINUS_UTC_US),
        }
    }

    /// From a modified Julian date in UTC, to the nearest microsecond (a double resolves
    /// about 0.6 µs of today's dates). `None` for NaN, infinities and beyond 292,000 years.
    pub fn from_mjd_utc(mjd: f64) -> Option<Self> {
        mjd_to_us(mjd).map(Self::from_utc_us)
    }

    /// To a modified Julian date in UTC.
    pub fn to_mjd_utc(self) -> f64 {
        let us = self.to_utc_us();
        let day_us = DAY_US as i64;
        us.div_euclid(day_us) as f64 + UNIX_MJD + us.rem_euclid(day_us) as f64 / DAY_US
    }

    /// From a modified Julian date counted in `scale` (ObsCore leaves the scale open).
    pub fn from_mjd(mjd: f64, scale: TimeScale) -> Option<Self> {
        mjd_to_us(mjd).map(|us| Self::from_scale_us(us, scale))
    }
}

fn mjd_to_us(mjd: f64) -> Option<i64> {
    if !mjd.is_finite() || mjd.abs() > 1e8 {
        return None;
    }
    let day = mjd.floor();
    // Day and fraction apart, because days times microseconds exceed the digits of a double.
    let fraction_us = ((mjd - day) * DAY_US).round() as i64;
    Some((day - UNIX_MJD) as i64 * DAY_US as i64 + fraction_us)
}

/// JD of an MJD. A double resolves about 40 µs of today's JD.
pub fn jd_from_mjd(mjd: f64) -> f64 {
    mjd + JD_MINUS_MJD
}

/// MJD of a JD.
pub fn mjd_from_jd(jd: f64) -> f64 {
    jd - JD_MINUS_MJD
}

/// From when to when; an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// From.
    pub start: Option<Instant>,
    /// To.
    pub end: Option<Instant>,
}

impl TimeRange {
    /// Whether the two share a moment. Open ends reach everything.
    pub fn overlaps(&self, other: &Self) -> bool {
        let below = |start: Option<Instant>, end: Option<Instant>| match (start, end) {
            (Some(start), Some(end)) => start <= end,
            _ => true,
        };
        below(self.start, other.end) && below(other.start, self.end)
    }
}

/// The scale an archive counts its time in (IVOA timescale vocabulary, GNSS system times).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the scales")]
pub enum TimeScale {
    #[default]
    Utc,
    Tai,
    Tt,
    Tdb,
    Tcb,
    Tcg,
    Gps,
    Glonass,
    Galileo,
    Beidou,
    Ut1,
    Unknown,
}

/// When an asset was taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeCoverage {
    /// Converted to TAI from `scale`; a scale that cannot be converted exactly is taken
    /// as UTC (`Unknown`) or TT (`Tdb`, `Tcb`, `Tcg`), which `scale` still says.
    pub range: TimeRange,
    /// The archive's own scale.
    pub scale: TimeScale,
    /// IVOA refposition term.
    pub reference_position: Option<String>,
    /// ObsCore `t_exptime`.
    pub exposure_s: Option<f64>,
    /// Step between samples.
    pub sampling_s: Option<Interval>,
    /// How many samples.
    pub samples: Option<u64>,
    /// As the archive wrote it.
    pub native: Option<String>,
}
