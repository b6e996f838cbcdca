//! Instants and time coverage.

use super::Interval;

/// A moment: microseconds of TAI since 1970-01-01T00:00:00 TAI.
///
/// Inside the gateway time is TAI, so that differences are true durations;
/// surfaces speak UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

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
