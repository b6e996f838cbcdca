//! Coverage on the energy axis, in vacuum wavelength.

use super::Interval;

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
