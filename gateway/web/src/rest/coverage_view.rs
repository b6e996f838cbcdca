//! Where, when and at what energy, as JSON.

use archway_core::asset::Quantity;
use archway_core::coverage::{
    EnergyCoverage, Frame, Instant, Interval, Messenger, Position, Region, Shape, SpaceCoverage,
    TimeCoverage, TimeScale,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::asset_view::TimeView;

/// The axes of an asset's coverage; each may have several parts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CoverageView {
    /// Where it looks, or where it was.
    pub(super) space: Vec<SpaceView>,
    /// When.
    pub(super) time: Vec<TimeCoverageView>,
    /// At what energy.
    pub(super) energy: Vec<EnergyView>,
}

/// Two ends; `null` is open.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IntervalView {
    lower: Option<f64>,
    upper: Option<f64>,
}

/// A region with what is known of the pixels in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SpaceView {
    /// `icrs`, `fk5`, `fk4`, `galactic`, `ecliptic`, `earth`, or the archive's own name.
    #[schema(example = "icrs")]
    frame: String,
    /// Named by `type`: `whole-sphere`, `point`, `site`, `circle`, `rectangle`, `polygon`,
    /// `polygons` or `moc`; angles in degrees, heights in metres.
    #[schema(value_type = Object, example = json!({"type": "point", "longitude_deg": 10.68, "latitude_deg": 41.27}))]
    shape: Value,
    /// Diameter, degrees (`ObsCore` `s_fov`).
    field_of_view_deg: Option<f64>,
    /// On the sky, arcseconds.
    resolution_arcsec: Option<IntervalView>,
    /// On a body, metres.
    resolution_m: Option<IntervalView>,
    /// Along each axis.
    pixels: Vec<u64>,
    /// The archive's own words.
    native: Option<String>,
}

/// A stretch of time and how it was sampled.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimeCoverageView {
    /// RFC 3339 UTC.
    #[serde(flatten)]
    range: TimeView,
    /// The archive's own scale: `utc`, `tai`, `tt`, `tdb`, `gps`, ...
    #[schema(example = "utc")]
    scale: &'static str,
    /// IVOA refposition term.
    reference_position: Option<String>,
    /// Seconds (`ObsCore` `t_exptime`).
    exposure_s: Option<f64>,
    /// Step between samples, seconds.
    sampling_s: Option<IntervalView>,
    /// How many samples.
    samples: Option<u64>,
    /// As the archive wrote it.
    native: Option<String>,
}

/// An interval of wavelength or energy.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EnergyView {
    /// Term of the IVOA messenger vocabulary.
    #[schema(example = "photon")]
    messenger: &'static str,
    /// In vacuum, metres; `null` for particles.
    wavelength_m: Option<IntervalView>,
    /// As the archive gave it.
    native: Option<NativeIntervalView>,
    /// Wavelength over resolution.
    resolving_power: Option<IntervalView>,
    /// Names of bands.
    bands: Vec<String>,
}

/// An interval in the archive's own unit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NativeIntervalView {
    lower: Option<f64>,
    upper: Option<f64>,
    /// `VOUnit`.
    #[schema(example = "keV")]
    unit: String,
}

impl From<Interval> for IntervalView {
    fn from(interval: Interval) -> Self {
        Self { lower: interval.lower, upper: interval.upper }
    }
}

impl From<&SpaceCoverage> for SpaceView {
    fn from(space: &SpaceCoverage) -> Self {
        Self {
            frame: frame(&space.region.frame).to_owned(),
            shape: shape(&space.region),
            field_of_view_deg: space.field_of_view_deg,
            resolution_arcsec: space.resolution_arcsec.map(IntervalView::from),
            resolution_m: space.resolution_m.map(IntervalView::from),
            pixels: space.pixels.clone(),
            native: space.native.clone(),
        }
    }
}

impl From<&TimeCoverage> for TimeCoverageView {
    fn from(time: &TimeCoverage) -> Self {
        Self {
            range: TimeView {
                start: time.range.start.map(Instant::to_rfc3339),
                end: time.range.end.map(Instant::to_rfc3339),
            },
            scale: scale(time.scale),
            reference_position: time.reference_position.clone(),
            exposure_s: time.exposure_s,
            sampling_s: time.sampling_s.map(IntervalView::from),
            samples: time.samples,
            native: time.native.clone(),
        }
    }
}

impl From<&EnergyCoverage> for EnergyView {
    fn from(energy: &EnergyCoverage) -> Self {
        Self {
            messenger: messenger(energy.messenger),
            wavelength_m: energy.wavelength_m.map(IntervalView::from),
            native: energy.native.as_ref().map(|native| NativeIntervalView {
                lower: native.bounds.lower,
                upper: native.bounds.upper,
                unit: native.unit.clone(),
            }),
            resolving_power: energy.resolving_power.map(IntervalView::from),
            bands: energy.bands.clone(),
        }
    }
}

pub(super) fn interval(interval: Interval) -> Value {
    json!({ "lower": interval.lower, "upper": interval.upper })
}

pub(super) fn quantity(quantity: &Quantity) -> Value {
    json!({ "amount": quantity.amount, "unit": quantity.unit })
}

fn frame(frame: &Frame) -> &str {
    match frame {
        Frame::Icrs => "icrs",
        Frame::Fk5 => "fk5",
        Frame::Fk4 => "fk4",
        Frame::Galactic => "galactic",
        Frame::Ecliptic => "ecliptic",
        Frame::Earth => "earth",
        Frame::Body(name) | Frame::Heliospheric(name) | Frame::Other(name) => name,
    }
}

fn shape(region: &Region) -> Value {
    match &region.shape {
        Shape::WholeSphere => json!({ "type": "whole-sphere" }),
        Shape::Point(position) => json!({
            "type": "point",
            "longitude_deg": position.longitude_deg,
            "latitude_deg": position.latitude_deg,
        }),
        Shape::Site { position, height_m } => json!({
            "type": "site",
            "longitude_deg": position.longitude_deg,
            "latitude_deg": position.latitude_deg,
            "height_m": height_m,
        }),
        Shape::Circle(circle) => json!({
            "type": "circle",
            "longitude_deg": circle.centre.longitude_deg,
            "latitude_deg": circle.centre.latitude_deg,
            "radius_deg": circle.radius_deg,
        }),
        Shape::Rectangle(rectangle) => json!({
            "type": "rectangle",
            "west_deg": rectangle.longitude.west_deg,
            "east_deg": rectangle.longitude.east_deg,
            "latitude_deg": interval(rectangle.latitude_deg),
            "height_m": rectangle.height_m.map(interval),
        }),
        Shape::Polygon(vertices) => json!({ "type": "polygon", "vertices_deg": ring(vertices) }),
        Shape::Polygons(rings) => json!({
            "type": "polygons",
            "rings_deg": rings.iter().map(|vertices| ring(vertices)).collect::<Vec<_>>(),
        }),
        Shape::Moc(ascii) => json!({ "type": "moc", "ascii": ascii }),
    }
}

/// Longitude and latitude of each vertex, degrees.
fn ring(vertices: &[Position]) -> Vec<[f64; 2]> {
    vertices.iter().map(|vertex| [vertex.longitude_deg, vertex.latitude_deg]).collect()
}

fn scale(scale: TimeScale) -> &'static str {
    match scale {
        TimeScale::Utc => "utc",
        TimeScale::Tai => "tai",
        TimeScale::Tt => "tt",
        TimeScale::Tdb => "tdb",
        TimeScale::Tcb => "tcb",
        TimeScale::Tcg => "tcg",
        TimeScale::Gps => "gps",
        TimeScale::Glonass => "glonass",
        TimeScale::Galileo => "galileo",
        TimeScale::Beidou => "beidou",
        TimeScale::Ut1 => "ut1",
        TimeScale::Unknown => "unknown",
    }
}

fn messenger(messenger: Messenger) -> &'static str {
    match messenger {
        Messenger::Photon => "photon",
        Messenger::Electron => "electron",
        Messenger::Proton => "proton",
        Messenger::Ion => "ion",
        Messenger::Neutron => "neutron",
        Messenger::Neutrino => "neutrino",
        Messenger::CosmicRay => "cosmic-ray",
        Messenger::GravitationalWave => "gravitational-wave",
        Messenger::Other => "other",
    }
}
