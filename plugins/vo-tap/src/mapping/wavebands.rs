//! The wavebands of the VO, by wavelength (`VOResource` 1.1, 3.2.3).
//!
//! Each holds its lower end and not its upper one, here and in the conditions of `adql.rs`.

/// Term and range in metres.
const BANDS: [(&str, f64, f64); 8] = [
    ("Gamma-ray", 0.0, 1e-11),
    ("X-ray", 1e-11, 1e-8),
    ("EUV", 1e-8, 1e-7),
    ("UV", 1e-7, 3e-7),
    ("Optical", 3e-7, 1e-6),
    ("Infrared", 1e-6, 1e-4),
    ("Millimeter", 1e-4, 1e-2),
    ("Radio", 1e-2, f64::INFINITY),
];

/// The bands that a range of wavelengths reaches into.
pub(crate) fn of_range_m(low: f64, high: f64) -> impl Iterator<Item = &'static str> {
    BANDS
        .into_iter()
        .filter(move |&(_, start, end)| low < end && high >= start)
        .map(|(term, ..)| term)
}

/// The range of a band, whatever the case of its term.
pub(crate) fn range_m(term: &str) -> Option<(f64, f64)> {
    BANDS
        .into_iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(term))
        .map(|(_, low, high)| (low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reaches_into_every_band_it_touches() {
        let cases: [(&str, f64, f64, &[&str]); 4] = [
            ("the visible", 3.8e-7, 7.5e-7, &["Optical"]),
            ("from the optical into the infrared", 8e-7, 2e-6, &["Optical", "Infrared"]),
            ("an upper end on a border", 5e-7, 1e-6, &["Optical", "Infrared"]),
            ("the 21 cm line", 0.211, 0.211, &["Radio"]),
        ];
        for (name, low, high, bands) in cases {
            assert_eq!(of_range_m(low, high).collect::<Vec<_>>(), bands, "{name}");
        }
        assert_eq!(range_m("x-RAY"), Some((1e-11, 1e-8)));
    }
}
