//! Where, when and at what energy.

mod energy;
mod region;
mod time;

pub use energy::{
    EnergyCoverage, Messenger, NativeInterval, energy_j_from_wavelength_m, wavelength_m_from_hz,
    wavelength_m_from_kev,
};
pub use region::{
    BadRegion, Circle, Footprint, Frame, LongitudeRange, Position, Rectangle, Region, Shape,
    SpaceCoverage, separation_deg,
};
pub use time::{
    BadTime, Instant, TimeCoverage, TimeRange, TimeScale, date_of_days, days_in_month,
    days_since_1970, jd_from_mjd, mjd_from_jd,
};

/// A closed interval; an absent end is open. The unit is in the name of the field that holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: Option<f64>,
    /// The upper end.
    pub upper: Option<f64>,
}

impl Interval {
    /// Whether the two share a value. Open ends reach everything.
    pub fn overlaps(&self, other: &Self) -> bool {
        let below = |lower: Option<f64>, upper: Option<f64>| match (lower, upper) {
            (Some(lower), Some(upper)) => lower <= upper,
            _ => true,
        };
        below(self.lower, other.upper) && below(other.lower, self.upper)
    }
}
