//! Units a mapped column may have, and the way to ObsCore's and back.
//!
//! Not here: which column has which (`source.rs`).

use archway_formats::time;

/// The unit of a column where it is not ObsCore's own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Unit {
    /// As ObsCore 1.1 has it.
    #[default]
    Standard,
    /// ObsCore's value is this many times the column's.
    Factor(f64),
    /// ObsCore's value is this divided by the column's: frequencies and energies, which
    /// turn lower bounds into upper ones.
    Inverse(f64),
    /// ISO 8601 text or a timestamp, UTC; ObsCore's is a modified Julian date.
    Iso,
    /// Julian date; ObsCore's is a modified one.
    JulianDate,
    /// Seconds since 1970, UTC.
    UnixSeconds,
}

/// Speed of light in m/s.
const LIGHT_M_S: f64 = 299_792_458.0;
/// Wavelength in m times energy in keV.
const WAVELENGTH_M_KEV: f64 = 1.239_841_984e-9;

impl Unit {
    /// The words that settings use.
    pub(crate) const NAMES: &'static str = "iso, mjd, jd, unix, hours, deg, arcmin, arcsec, m, um, nm, angstrom, \
        Hz, GHz, keV, eV, byte, kbyte, MB, s, min, ms, d";

    /// Reads a unit for the ObsCore column it stands behind.
    pub(crate) fn parse(column: &str, name: &str) -> Option<Self> {
        let in_degrees = !matches!(
            column,
            "s_resolution" | "s_resolution_min" | "s_resolution_max" | "s_pixel_scale"
        );
        Some(match name {
            "iso" => Self::Iso,
            "mjd" | "kbyte" | "m" | "s" => Self::Standard,
            "jd" => Self::JulianDate,
            "unix" => Self::UnixSeconds,
            "hours" => Self::Factor(15.0),
            "deg" if in_degrees => Self::Standard,
            "deg" => Self::Factor(3600.0),
            "arcmin" if in_degrees => Self::Factor(1.0 / 60.0),
            "arcmin" => Self::Factor(60.0),
            "arcsec" if in_degrees => Self::Factor(1.0 / 3600.0),
            "arcsec" => Self::Standard,
            "um" => Self::Factor(1e-6),
            "nm" => Self::Factor(1e-9),
            "angstrom" => Self::Factor(1e-10),
            "Hz" => Self::Inverse(LIGHT_M_S),
            "GHz" => Self::Inverse(LIGHT_M_S / 1e9),
            "keV" => Self::Inverse(WAVELENGTH_M_KEV),
            "eV" => Self::Inverse(WAVELENGTH_M_KEV * 1000.0),
            "byte" => Self::Factor(1e-3),
            "MB" => Self::Factor(1e3),
            "min" => Self::Factor(60.0),
            "ms" => Self::Factor(1e-3),
            "d" => Self::Factor(86_400.0),
            _ => return None,
        })
    }

    /// A number of the column in ObsCore's unit; not for times.
    pub(crate) fn to_standard(self, value: f64) -> f64 {
        match self {
            Self::Standard | Self::Iso | Self::JulianDate | Self::UnixSeconds => value,
            Self::Factor(factor) => value * factor,
            Self::Inverse(product) => product / value,
        }
    }

    /// A number in ObsCore's unit as the column has it; not for times.
    pub(crate) fn of_standard(self, value: f64) -> f64 {
        match self {
            Self::Standard | Self::Iso | Self::JulianDate | Self::UnixSeconds => value,
            Self::Factor(factor) => value / factor,
            Self::Inverse(product) => product / value,
        }
    }

    /// Whether a lower bound in ObsCore's unit is an upper one of the column.
    pub(crate) fn turns_bounds(self) -> bool {
        matches!(self, Self::Inverse(_))
    }

    /// A time of the column as a number; microseconds since 1970, UTC.
    pub(crate) fn instant(self, value: f64) -> Option<i64> {
        match self {
            Self::JulianDate => time::jd_to_instant(value),
            Self::UnixSeconds => {
                // Beyond the years 1 to 9999 it is no time.
                let in_range = (-62_135_596_800.0..=253_402_300_799.0).contains(&value);
                in_range.then(|| (value * 1e6).round() as i64)
            }
            Self::Standard | Self::Factor(_) | Self::Inverse(_) | Self::Iso => {
                time::mjd_to_instant(value)
            }
        }
    }

    /// An instant as an ADQL literal that compares with the column.
    pub(crate) fn time_literal(self, instant_us: i64) -> String {
        match self {
            Self::Iso => format!("'{}'", time::format_timestamp(instant_us)),
            Self::JulianDate => format!("{}", time::instant_to_mjd(instant_us) + time::JD_OF_MJD_0),
            Self::UnixSeconds => format!("{}", instant_us as f64 / 1e6),
            Self::Standard | Self::Factor(_) | Self::Inverse(_) => {
                format!("{}", time::instant_to_mjd(instant_us))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_unit_is_understood() {
        for name in Unit::NAMES.split(", ") {
            assert!(Unit::parse("t_exptime", name.trim()).is_some(), "{name}");
        }
        assert_eq!(Unit::parse("em_min", "parsec"), None);
    }

    #[test]
    fn published_values_convert_exactly_and_back() {
        let cases = [
            ("right ascension in hours", "s_ra", "hours", 5.575, 83.625),
            ("the hydrogen line", "em_min", "Hz", 1_420_405_751.768, 0.211_061_140_541_598),
            ("one kiloelectronvolt", "em_max", "keV", 1.0, 1.239_841_984e-9),
            ("a file of 1500 bytes", "access_estsize", "byte", 1500.0, 1.5),
            ("a field of 30 arcminutes", "s_fov", "arcmin", 30.0, 0.5),
            ("a beam of a milliarcminute", "s_resolution", "arcmin", 0.001, 0.06),
        ];
        for (name, column, unit, theirs, ours) in cases {
            let unit = Unit::parse(column, unit).unwrap();
            assert!((unit.to_standard(theirs) / ours - 1.0).abs() < 1e-14, "{name}");
            assert!((unit.of_standard(ours) / theirs - 1.0).abs() < 1e-14, "{name} back");
        }
    }

    #[test]
    fn times_become_literals_of_the_column() {
        // 2000-01-01T12:00:00 is JD 2451545.0.
        let noon_us = 946_728_000_000_000;
        let cases = [
            (Unit::Standard, "51544.5"),
            (Unit::JulianDate, "2451545"),
            (Unit::Iso, "'2000-01-01T12:00:00'"),
            (Unit::UnixSeconds, "946728000"),
        ];
        for (unit, literal) in cases {
            assert_eq!(unit.time_literal(noon_us), literal);
        }
        assert_eq!(Unit::JulianDate.instant(2_451_545.0), Some(noon_us));
        assert_eq!(Unit::UnixSeconds.instant(946_728_000.0), Some(noon_us));
    }
}
