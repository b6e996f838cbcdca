//! `band`: `min/max` with a unit, vacuum wavelengths in metres without one.

use super::{bad, number};
use crate::Error;
use crate::coverage::{Interval, wavelength_m_from_hz, wavelength_m_from_kev};

/// What a unit measures, and how many metres, hertz or keV it is.
#[derive(Clone, Copy)]
enum Unit {
    Wavelength(f64),
    Frequency(f64),
    Energy(f64),
}

/// The units, in the order an error lists them.
const UNITS: [(&str, Unit); 18] = [
    ("m", Unit::Wavelength(1.0)),
    ("cm", Unit::Wavelength(1e-2)),
    ("mm", Unit::Wavelength(1e-3)),
    ("um", Unit::Wavelength(1e-6)),
    ("nm", Unit::Wavelength(1e-9)),
    ("pm", Unit::Wavelength(1e-12)),
    ("angstrom", Unit::Wavelength(1e-10)),
    ("Hz", Unit::Frequency(1.0)),
    ("kHz", Unit::Frequency(1e3)),
    ("MHz", Unit::Frequency(1e6)),
    ("GHz", Unit::Frequency(1e9)),
    ("THz", Unit::Frequency(1e12)),
    ("eV", Unit::Energy(1e-3)),
    ("keV", Unit::Energy(1.0)),
    ("MeV", Unit::Energy(1e3)),
    ("GeV", Unit::Energy(1e6)),
    ("TeV", Unit::Energy(1e9)),
    ("PeV", Unit::Energy(1e12)),
];

/// Reads `min/max`, where either end may be empty, or one value; the unit stands behind the
/// last value (`0.5/10 keV`) or behind each. Frequencies and energies become wavelengths and
/// change places.
///
/// # Errors
///
/// [`Error::BadRequest`] for `band`.
pub fn band(text: &str) -> Result<Interval, Error> {
    let ends: Vec<&str> = text.split('/').map(str::trim).collect();
    let (low, high) = match ends.as_slice() {
        [one] if !one.is_empty() => (*one, *one),
        [low, high] if !(low.is_empty() && high.is_empty()) => (*low, *high),
        [] | [_] | [_, _] => {
            return Err(bad("band", "it is empty; write for example `400/700 nm`"));
        }
        _ => {
            let reason = format!("`{text}` is not `min/max`, where either end may be empty");
            return Err(bad("band", reason));
        }
    };
    let (low, high) = (split(low), split(high));
    for (number, unit) in [low, high] {
        if number.is_empty() && !unit.is_empty() {
            return Err(bad("band", format!("`{unit}` is not a number")));
        }
    }
    let unit_of = |own: &str, other: &str| unit(if own.is_empty() { other } else { own });
    let (low_unit, high_unit) = (unit_of(low.1, high.1)?, unit_of(high.1, low.1)?);
    let lower = value(low.0, low_unit)?;
    let upper = value(high.0, high_unit)?;
    let falls = |unit: Unit| !matches!(unit, Unit::Wavelength(_));
    if falls(low_unit) != falls(high_unit) {
        let reason = format!("`{text}` mixes wavelength with frequency or energy");
        return Err(bad("band", reason));
    }
    let (lower, upper) = if falls(low_unit) { (upper, lower) } else { (lower, upper) };
    if let (Some(lower), Some(upper)) = (lower, upper)
        && lower > upper
    {
        return Err(bad("band", format!("`{text}` is the wrong way round")));
    }
    Ok(Interval { lower, upper })
}

/// The number and the unit behind it.
fn split(text: &str) -> (&str, &str) {
    let exponent = |at: usize| {
        let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_some_and(|c| c.is_ascii_digit() || c == '-' || c == '+')
    };
    let unit = text.char_indices().find(|(at, c)| match c {
        'e' | 'E' => !exponent(*at),
        c => c.is_alphabetic() || *c == 'µ' || *c == 'Å',
    });
    let at = unit.map_or(text.len(), |(at, _)| at);
    let (number, unit) = text.split_at(at);
    (number.trim(), unit.trim())
}

fn unit(name: &str) -> Result<Unit, Error> {
    let name = match name {
        "" => "m",
        // The micro sign and the Greek letter.
        "µm" | "μm" | "micron" | "microns" => "um",
        "Å" | "A" | "AA" | "Angstrom" | "angstroms" => "angstrom",
        other => other,
    };
    if let Some((_, unit)) = UNITS.iter().find(|(known, _)| *known == name) {
        return Ok(*unit);
    }
    let names: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
    Err(bad("band", format!("`{name}` is not a unit of this list: {}", names.join(", "))))
}

/// The wavelength in metres; an empty end is open.
fn value(text: &str, unit: Unit) -> Result<Option<f64>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = number("band", text)?;
    if value < 0.0 {
        return Err(bad("band", format!("{value} is negative")));
    }
    Ok(match unit {
        Unit::Wavelength(metres) => Some(value * metres),
        // Zero frequency or energy is no bound.
        Unit::Frequency(_) | Unit::Energy(_) if value == 0.0 => None,
        Unit::Frequency(hertz) => Some(wavelength_m_from_hz(value * hertz)),
        Unit::Energy(kev) => Some(wavelength_m_from_kev(value * kev)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_become_wavelengths() {
        let cases = [
            ("4e-7/7e-7", Some(4e-7), Some(7e-7)),
            ("400/700 nm", Some(4e-7), Some(7e-7)),
            ("400nm/0.7um", Some(4e-7), Some(7e-7)),
            ("0.4/0.7 µm", Some(4e-7), Some(7e-7)),
            ("4000/7000 angstrom", Some(4e-7), Some(7e-7)),
            ("21 cm", Some(0.21), Some(0.21)),
            ("1/2 GHz", Some(0.149_896_229), Some(0.299_792_458)),
            ("0.5/10 keV", Some(1.239_841_984e-10), Some(2.479_683_968e-9)),
            ("/1 MeV", Some(1.239_841_984e-12), None),
            ("1MeV/", None, Some(1.239_841_984e-12)),
            ("0/10 keV", Some(1.239_841_984e-10), None),
            ("1e3/1e4 eV", Some(1.239_841_984e-10), Some(1.239_841_984e-9)),
        ];
        for (text, lower, upper) in cases {
            let found = band(text).unwrap();
            let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a / b - 1.0).abs() < 1e-12,
                (a, b) => a == b,
            };
            assert!(near(found.lower, lower) && near(found.upper, upper), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            "",
            "/",
            "7/4 nm",
            "2/1 GHz",
            "1/2 parsec",
            "x/2 nm",
            "-1/2 nm",
            "1/2/3",
            "1 nm/2 GHz",
        ];
        let messages = cases.map(|text| format!("{text} -> {}", band(text).unwrap_err()));
        insta::assert_snapshot!(messages.join("\n"), @r"
         -> band: it is empty; write for example `400/700 nm`
        / -> band: it is empty; write for example `400/700 nm`
        7/4 nm -> band: `7/4 nm` is the wrong way round
        2/1 GHz -> band: `2/1 GHz` is the wrong way round
        1/2 parsec -> band: `parsec` is not a unit of this list: m, cm, mm, um, nm, pm, angstrom, Hz, kHz, MHz, GHz, THz, eV, keV, MeV, GeV, TeV, PeV
        x/2 nm -> band: `x` is not a number
        -1/2 nm -> band: -1 is negative
        1/2/3 -> band: `1/2/3` is not `min/max`, where either end may be empty
        1 nm/2 GHz -> band: `1 nm/2 GHz` mixes wavelength with frequency or energy
        ");
    }
}
