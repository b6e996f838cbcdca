//! Where, when and at what wavelengths a row lies.

use archway_formats::region::{self, Region as Area, SkyPoint};
use archway_formats::votable::{Value as Cell, Xtype};
use archway_plugin::types::{
    Circle, EnergyCoverage, Frame, Interval, LongitudeRange, Messenger, Position, Rectangle,
    Region, Shape, SpaceCoverage, TimeCoverage, TimeScale,
};

use super::columns::Values;

/// The places of a row, and whether they were made from centre and width.
pub(super) fn space(values: &Values<'_>) -> (Vec<SpaceCoverage>, bool) {
    let (area, native) = area(values);
    let fov = values.number("s_fov").filter(|fov| *fov >= 0.0);
    let (regions, derived) = match area {
        Some(regions) => (regions, false),
        None => match (values.number("s_ra"), values.number("s_dec")) {
            (Some(ra), Some(dec)) if dec.abs() <= 90.0 => {
                (vec![around(ra, dec, fov)], fov.is_some_and(|fov| fov > 0.0))
            }
            _ => (Vec::new(), false),
        },
    };
    let mut coverages: Vec<SpaceCoverage> = regions.into_iter().map(bare).collect();
    if let Some(first) = coverages.first_mut() {
        first.field_of_view_deg = fov;
        first.resolution_arcsec =
            bounds(values, "s_resolution", "s_resolution_min", "s_resolution_max");
        first.pixels =
            [values.count("s_xel1"), values.count("s_xel2")].into_iter().flatten().collect();
        first.native = native;
    }
    (coverages, derived)
}

fn bare(region: Region) -> SpaceCoverage {
    SpaceCoverage {
        region,
        field_of_view_deg: None,
        resolution_arcsec: None,
        resolution_m: None,
        pixels: Vec::new(),
        native: None,
    }
}

/// A circle of the field of view's diameter around the centre, or the centre.
fn around(ra: f64, dec: f64, fov: Option<f64>) -> Region {
    let centre = Position { longitude_deg: ra.rem_euclid(360.0), latitude_deg: dec };
    let shape = match fov {
        Some(fov) if fov > 0.0 && fov < 360.0 => {
            Shape::Circle(Circle { centre, radius_deg: fov / 2.0 })
        }
        Some(fov) if fov >= 360.0 => Shape::WholeSphere,
        _ => Shape::Point(centre),
    };
    Region { frame: Frame::Icrs, shape }
}

/// `s_region` as regions, and in the archive's own words.
fn area(values: &Values<'_>) -> (Option<Vec<Region>>, Option<String>) {
    let Some((cell, field)) = values.cell("s_region") else { return (None, None) };
    let (parsed, native) = match cell {
        Cell::Text(text) => (Area::parse_with_frame(text), text.trim().to_owned()),
        Cell::F64s(numbers) => {
            let area = field.xtype.as_ref().and_then(|xtype| Area::from_numbers(xtype, numbers));
            let words = archway_formats::dali::format_numbers(numbers.iter().copied());
            let xtype = field.xtype.as_ref().map_or("", Xtype::name);
            (
                area.map(|area| (area, region::Frame::Icrs)),
                format!("{xtype} {words}").trim().to_owned(),
            )
        }
        _ => (None, String::new()),
    };
    let native = (!native.is_empty()).then_some(native);
    let regions = parsed.and_then(|(area, frame)| {
        let frame = match frame {
            region::Frame::Icrs => Frame::Icrs,
            region::Frame::Other(name) => named_frame(name),
        };
        let shapes = shapes(&area)?;
        Some(shapes.into_iter().map(|shape| Region { frame: frame.clone(), shape }).collect())
    });
    (regions, native)
}

fn named_frame(name: String) -> Frame {
    match name.as_str() {
        "GALACTIC" | "GALACTIC_II" => Frame::Galactic,
        "ECLIPTIC" => Frame::Ecliptic,
        "FK4" | "B1950" => Frame::Fk4,
        "FK5" | "J2000" => Frame::Fk5,
        _ => Frame::Other(name),
    }
}

/// The shapes of an area, all of which belong to it; `None` for what the model cannot say.
fn shapes(area: &Area) -> Option<Vec<Shape>> {
    Some(vec![match area {
        Area::Point(at) => Shape::Point(position(at)),
        Area::Circle { centre, radius_deg } => {
            Shape::Circle(Circle { centre: position(centre), radius_deg: *radius_deg })
        }
        Area::Polygon(vertices) => Shape::Polygon(vertices.iter().map(position).collect()),
        Area::Box { centre, width_deg, height_deg } => {
            Shape::Polygon(corners(centre, *width_deg, *height_deg)?)
        }
        // Larger than the ellipse, which is the safe side for a search.
        Area::Ellipse { centre, semi_major_deg, .. } => {
            Shape::Circle(Circle { centre: position(centre), radius_deg: *semi_major_deg })
        }
        Area::Range { ra_deg, dec_deg } => Shape::Rectangle(Rectangle {
            longitude: LongitudeRange { west_deg: ra_deg.0, east_deg: ra_deg.1 },
            latitude_deg: Interval { lower: Some(dec_deg.0), upper: Some(dec_deg.1) },
            height_m: None,
        }),
        Area::AllSky => Shape::WholeSphere,
        Area::Union(parts) => {
            let polygons: Option<Vec<Vec<Position>>> = parts
                .iter()
                .map(|part| match part {
                    Area::Polygon(vertices) => Some(vertices.iter().map(position).collect()),
                    _ => None,
                })
                .collect();
            match polygons {
                Some(polygons) if polygons.len() > 1 => Shape::Polygons(polygons),
                _ => {
                    let parts: Option<Vec<_>> = parts.iter().map(shapes).collect();
                    return parts.map(|parts| parts.into_iter().flatten().collect());
                }
            }
        }
        Area::Intersection(_) | Area::Not(_) => return None,
    }])
}

fn position(at: &SkyPoint) -> Position {
    Position { longitude_deg: at.ra_deg.rem_euclid(360.0), latitude_deg: at.dec_deg }
}

/// The corners of a box whose sides are great circles as long as it says (STC-S 1.33, 4.3).
fn corners(centre: &SkyPoint, width_deg: f64, height_deg: f64) -> Option<Vec<Position>> {
    if width_deg >= 180.0 || height_deg >= 180.0 {
        return None;
    }
    let (dec_sin, dec_cos) = centre.dec_deg.to_radians().sin_cos();
    let (x, y) = ((width_deg / 2.0).to_radians().tan(), (height_deg / 2.0).to_radians().tan());
    // Gnomonic projection around the centre, where great circles are straight.
    let corner = |x: f64, y: f64| {
        let ra = centre.ra_deg + x.atan2(dec_cos - y * dec_sin).to_degrees();
        let dec = (dec_sin + y * dec_cos).atan2(x.hypot(dec_cos - y * dec_sin)).to_degrees();
        Position { longitude_deg: ra.rem_euclid(360.0), latitude_deg: dec }
    };
    Some(vec![corner(-x, -y), corner(x, -y), corner(x, y), corner(-x, y)])
}

/// The time of a row, if it has any.
pub(super) fn time(values: &Values<'_>) -> Vec<TimeCoverage> {
    let coverage = TimeCoverage {
        start: values.instant("t_min"),
        end: values.instant("t_max"),
        scale: TimeScale::Utc,
        reference_position: None,
        exposure_s: values.number("t_exptime").filter(|s| *s >= 0.0),
        sampling_s: values.number("t_resolution").map(exactly),
        samples: values.count("t_xel"),
        native: None,
    };
    let says_something =
        coverage.start.is_some() || coverage.end.is_some() || coverage.exposure_s.is_some();
    if says_something { vec![coverage] } else { Vec::new() }
}

/// The wavelengths of a row, if it has any.
pub(super) fn energy(values: &Values<'_>) -> Vec<EnergyCoverage> {
    let (first, second) = (values.number("em_min"), values.number("em_max"));
    // Columns of frequency or energy come the other way round.
    let wavelength_m = match (first, second) {
        (None, None) => None,
        (Some(first), Some(second)) => {
            Some(Interval { lower: Some(first.min(second)), upper: Some(first.max(second)) })
        }
        (lower, upper) => Some(Interval { lower, upper }),
    };
    let resolving_power = bounds(values, "em_res_power", "em_res_power_min", "em_res_power_max");
    let bands: Vec<String> =
        values.text("filter_name").map(|band| band.into_owned()).into_iter().collect();
    if wavelength_m.is_none() && resolving_power.is_none() && bands.is_empty() {
        return Vec::new();
    }
    vec![EnergyCoverage {
        messenger: Messenger::Photon,
        wavelength_m,
        native: None,
        resolving_power,
        bands,
    }]
}

/// The bounds of a quantity, else its one value as both.
fn bounds(values: &Values<'_>, one: &str, lower: &str, upper: &str) -> Option<Interval> {
    let (lower, upper) = (values.number(lower), values.number(upper));
    if lower.is_some() || upper.is_some() {
        return Some(Interval { lower, upper });
    }
    values.number(one).map(exactly)
}

fn exactly(value: f64) -> Interval {
    Interval { lower: Some(value), upper: Some(value) }
}
