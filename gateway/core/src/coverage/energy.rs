//! Coverage on the energy axis, in vacuum wavelength.

use super::Interval;

/// Speed of light in m/s (SI, exact).
const C_M_S: f64 = 299_792_458.0;
/// `hc` in keV m (CODATA 2018, exact, rounded to the digits of the asset model).
const HC_KEV_M: f64 = 1.239_841_984e-9;
/// `hc` in J m (CODATA 2018, exact, rounded to the digits of the asset model).
const HC_J_M: f64 = 1.986_445_857e-25;

/// Vacuum wavelength in m of a frequency in Hz, and the reverse.
pub fn wavelength_m_from_hz(hz: f64) -> f64 {
    C_M_S / hz
}

/// Vacuum wavelength in m of a photon energy in keV, and the reverse.
pub fn wavelength_m_from_kev(kev: f64) -> f64 {
    HC_KEV_M / kev
}

/// Photon energy in J of a vacuum wavelength in m, and the reverse.
pub fn energy_j_from_wavelength_m(wavelength_m: f64) -> f64 {
    HC_J_M / wavelength_m
}

impl Interval {
    /// Vacuum wavelengths in m of frequencies in Hz; the ends change places.
    pub fn wavelength_m_from_hz(&self) -> Self {
        self.turned(wavelength_m_from_hz)
    }

    /// Vacuum wavelengths in m of photon energies in keV; the ends change places.
    pub fn wavelength_m_from_kev(&self) -> Self {
        self.turned(wavelength_m_from_kev)
    }

    /// Photon energies in J of vacuum wavelengths in m; the ends change places.
    pub fn energy_j_from_wavelength_m(&self) -> Self {
        self.turned(energy_j_from_wavelength_m)
    }

    /// A falling conversion: the lower end becomes the upper. Zero, which has no counterpart,
    /// becomes an open end.
    pub(crate) fn turned(&self, convert: impl Fn(f64) -> f64) -> Self {
        let end = |value: Option<f64>| value.filter(|v| *v > 0.0).map(&convert);
        Self { lower: end(self.upper), upper: end(self.lower) }
    }
}

/// What carried the signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words of the IVOA messenger vocabulary")]
pub enum Messenger {
    #[default]
    Photon,
    Electron,
    Proton,
    Ion,
    Neutron,
    Neutrino,
    CosmicRay,
    GravitationalWave,
    Other,
}

/// An interval in the archive's own unit.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeInterval {
    /// As given.
    pub bounds: Interval,
    /// `VOUnit`, as given.
    pub unit: String,
}

/// One interval of wavelength or energy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnergyCoverage {
    /// What carried the signal; particle axes are not converted to wavelength.
    pub messenger: Messenger,
    /// In vacuum; absent for particles.
    pub wavelength_m: Option<Interval>,
    /// As the archive gave it.
    pub native: Option<NativeInterval>,
    /// Wavelength over resolution.
    pub resolving_power: Option<Interval>,
    /// Names of bands.
    pub bands: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a / b - 1.0).abs() < 1e-9
    }

    #[test]
    fn published_wavelengths() {
        let cases = [
            // NIST: the hydrogen line at 1420.405751768 MHz is 21.106114 cm.
            ("21 cm", wavelength_m_from_hz(1_420_405_751.768), 0.211_061_140_542),
            // CODATA 2018: 1 eV is 1.239841984e-6 m, 1 keV a thousandth of it.
            ("1 keV", wavelength_m_from_kev(1.0), 1.239_841_984e-9),
            ("12 keV", wavelength_m_from_kev(12.0), 1.033_201_653_333e-10),
            // CODATA 2018: 1/m is 1.986445857e-25 J.
            ("1 m", energy_j_from_wavelength_m(1.0), 1.986_445_857e-25),
        ];
        for (name, found, published) in cases {
            assert!(near(found, published), "case: {name}: {found:e}");
        }
    }

    #[test]
    fn the_ends_of_an_interval_change_places() {
        let hz = Interval { lower: Some(1e9), upper: Some(2e9) };
        let m = hz.wavelength_m_from_hz();
        assert_eq!(m.lower, Some(0.149_896_229));
        assert_eq!(m.upper, Some(0.299_792_458));
        let soft = Interval { lower: Some(0.0), upper: Some(10.0) };
        let wavelength = soft.wavelength_m_from_kev();
        assert_eq!(wavelength.upper, None, "no energy is any wavelength");
        assert!(near(wavelength.lower.unwrap(), 1.239_841_984e-10));
        let open = Interval { lower: Some(2.0), upper: None };
        assert_eq!(open.energy_j_from_wavelength_m().lower, None);
    }
}
