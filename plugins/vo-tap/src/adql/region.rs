//! A region of the sky as a condition on where rows lie.
//!
//! Rules: points and circles are exact where the archive compares areas; every other
//! shape is replaced by the circle around it, and the gateway does the rest. Without
//! areas the centre of a row may lie as far outside as its field of view is wide.

use archway_plugin::types::{Frame, Position, Region, Shape};

use super::any;
use crate::settings::{RegionSupport, Settings};
use crate::source::Source;

/// A condition, and whether it is exact.
pub(super) struct Answer {
    pub(super) condition: Option<String>,
    pub(super) exact: bool,
}

/// A circle, degrees.
#[derive(Clone, Copy, Debug)]
struct Circle {
    ra: f64,
    dec: f64,
    radius: f64,
}

/// A circle wider than this cuts away too little to be worth its price.
const WIDEST_DEG: f64 = 80.0;
/// FK5 and ICRS differ by less; added so that nothing is lost between them.
const FRAME_MARGIN_DEG: f64 = 0.001;

pub(super) fn condition(region: &Region, source: &Source, settings: &Settings) -> Answer {
    let nothing = Answer { condition: None, exact: false };
    let margin = match region.frame {
        Frame::Icrs => 0.0,
        Frame::Fk5 => FRAME_MARGIN_DEG,
        _ => return nothing,
    };
    let (circle, is_circle) = match &region.shape {
        Shape::Point(at) => {
            (Circle { ra: at.longitude_deg, dec: at.latitude_deg, radius: 0.0 }, true)
        }
        Shape::Circle(circle) => {
            let at = circle.centre;
            (Circle { ra: at.longitude_deg, dec: at.latitude_deg, radius: circle.radius_deg }, true)
        }
        Shape::Polygon(vertices) => match around(vertices) {
            Some(circle) => (circle, false),
            None => return nothing,
        },
        Shape::Polygons(parts) => {
            let circles: Option<Vec<_>> = parts.iter().map(|vertices| around(vertices)).collect();
            let circles = circles
                .filter(|circles| !circles.is_empty() && circles.len() <= 16)
                .unwrap_or_default();
            let parts: Option<Vec<_>> =
                circles.into_iter().map(|circle| within(circle, source, settings)).collect();
            let condition = parts.filter(|parts| !parts.is_empty()).map(any);
            return Answer { condition, exact: false };
        }
        Shape::Rectangle(rectangle) => {
            let (low, high) = (
                rectangle.latitude_deg.lower.unwrap_or(-90.0),
                rectangle.latitude_deg.upper.unwrap_or(90.0),
            );
            return Answer {
                condition: rectangle_condition(rectangle, low, high, source, settings),
                exact: false,
            };
        }
        Shape::WholeSphere | Shape::Site(_) | Shape::Moc(_) => return nothing,
    };
    let circle = Circle { radius: circle.radius + margin, ..circle };
    let is_exact = is_circle && margin == 0.0 && source.region == RegionSupport::Intersects;
    Answer {
        exact: is_exact && source.column("s_region").is_some(),
        condition: within(circle, source, settings),
    }
}

/// Rows that may reach into a circle.
fn within(circle: Circle, source: &Source, settings: &Settings) -> Option<String> {
    if circle.radius > WIDEST_DEG && source.region != RegionSupport::Intersects {
        return None;
    }
    let near = match source.region {
        RegionSupport::None => by_declination(circle, source, settings),
        RegionSupport::Auto | RegionSupport::Contains => by_distance(circle, source, settings, 1.0),
        // Half of the field of view is how far a row without an area reaches.
        RegionSupport::Intersects => by_distance(circle, source, settings, 0.5),
    };
    let area = source.column("s_region").filter(|_| source.region == RegionSupport::Intersects);
    let Some((s_region, _)) = area else { return near };
    let Circle { ra, dec, radius } = circle;
    let touches = match radius {
        0.0 => format!("1 = CONTAINS(POINT('ICRS', {ra}, {dec}), {s_region})"),
        _ => format!("1 = INTERSECTS({s_region}, CIRCLE('ICRS', {ra}, {dec}, {radius}))"),
    };
    Some(match near {
        Some(near) => any([touches, format!("({s_region} IS NULL AND {near})")]),
        None => touches,
    })
}

/// The distance of the centres, `fields` fields of view more than the radius.
fn by_distance(
    circle: Circle,
    source: &Source,
    settings: &Settings,
    fields: f64,
) -> Option<String> {
    let (ra_column, dec_column) = position(source)?;
    let Circle { ra, dec, radius } = circle;
    let distance =
        format!("DISTANCE(POINT('ICRS', {ra_column}, {dec_column}), POINT('ICRS', {ra}, {dec}))");
    // A row that says how it lies but not how wide it is, is where it says, if areas are compared.
    let unknown = if fields < 1.0 { 0.0 } else { settings.unknown_fov_deg };
    Some(match field_of_view(source) {
        Some(fov) => {
            let reach = if fields == 1.0 { fov.clone() } else { format!("{fields} * {fov}") };
            let known = format!("{distance} <= {radius} + {reach}");
            any([known, format!("({fov} IS NULL AND {distance} <= {})", radius + unknown)])
        }
        None => format!("{distance} <= {}", radius + unknown),
    })
}

/// For archives without any geometry: the band of declinations.
fn by_declination(circle: Circle, source: &Source, settings: &Settings) -> Option<String> {
    let (_, dec_column) = position(source)?;
    Some(band(
        &dec_column,
        circle.dec - circle.radius,
        circle.dec + circle.radius,
        source,
        settings,
    ))
}

fn band(column: &str, low: f64, high: f64, source: &Source, settings: &Settings) -> String {
    let reach = settings.unknown_fov_deg;
    let unknown = format!("{column} BETWEEN {} AND {}", low - reach, high + reach);
    match field_of_view(source) {
        Some(fov) => any([
            format!("{column} BETWEEN {low} - {fov} AND {high} + {fov}"),
            format!("({fov} IS NULL AND {unknown})"),
        ]),
        None => unknown,
    }
}

/// A rectangle: the band of its declinations, and where it is small the circle around it.
fn rectangle_condition(
    rectangle: &archway_plugin::types::Rectangle,
    low: f64,
    high: f64,
    source: &Source,
    settings: &Settings,
) -> Option<String> {
    let west = rectangle.longitude.west_deg;
    let width = (rectangle.longitude.east_deg - west).rem_euclid(360.0);
    let middle =
        Circle { ra: (west + width / 2.0).rem_euclid(360.0), dec: (low + high) / 2.0, radius: 0.0 };
    // Nothing is farther from the middle than the corners: along a parallel the distance grows
    // to both sides, and a meridian side is a great circle, which does not leave a cap its ends lie in.
    let corners = [low, high].map(|dec| separation(middle, west, dec));
    let radius = corners[0].max(corners[1]);
    let is_small = width > 0.0 && width <= 90.0 && radius <= WIDEST_DEG / 2.0;
    if is_small && source.region != RegionSupport::None {
        return within(
            Circle { radius: radius * 1.01 + FRAME_MARGIN_DEG, ..middle },
            source,
            settings,
        );
    }
    let (_, dec_column) = position(source)?;
    let condition = band(&dec_column, low, high, source, settings);
    // An area may reach into the band although its centre and width do not say so.
    match source.column("s_region") {
        Some((s_region, _)) if source.region == RegionSupport::Intersects => field_of_view(source)
            .map(|fov| any([condition, format!("({fov} IS NULL AND {s_region} IS NOT NULL)")])),
        _ => Some(condition),
    }
}

/// `s_ra` and `s_dec` in degrees.
fn position(source: &Source) -> Option<(String, String)> {
    Some((in_degrees(source, "s_ra")?, in_degrees(source, "s_dec")?))
}

fn field_of_view(source: &Source) -> Option<String> {
    in_degrees(source, "s_fov")
}

fn in_degrees(source: &Source, name: &str) -> Option<String> {
    let (sql, unit) = source.column(name)?;
    Some(match unit.to_standard(1.0) {
        1.0 => sql.to_owned(),
        factor => format!("({factor} * {sql})"),
    })
}

/// A circle around the vertices of a polygon; `None` for one that is wider than half of a hemisphere.
fn around(vertices: &[Position]) -> Option<Circle> {
    let mut sum = [0.0; 3];
    for at in vertices {
        let (ra, dec) = (at.longitude_deg.to_radians(), at.latitude_deg.to_radians());
        sum[0] += dec.cos() * ra.cos();
        sum[1] += dec.cos() * ra.sin();
        sum[2] += dec.sin();
    }
    // A remainder of a hair below 0 is 360.
    let ra = sum[1].atan2(sum[0]).to_degrees().rem_euclid(360.0) % 360.0;
    let dec = sum[2].atan2(sum[0].hypot(sum[1])).to_degrees();
    let middle = Circle { ra, dec, radius: 0.0 };
    let farthest = vertices
        .iter()
        .map(|at| separation(middle, at.longitude_deg, at.latitude_deg))
        .fold(0.0, f64::max);
    // A cap up to a hemisphere is convex, so the edges lie inside with the vertices.
    let radius = farthest * 1.000_001 + 1e-6;
    (!vertices.is_empty() && radius <= WIDEST_DEG).then_some(Circle { radius, ..middle })
}

/// Degrees between two directions, accurate at every distance.
fn separation(from: Circle, ra: f64, dec: f64) -> f64 {
    let (lat1, lat2) = (from.dec.to_radians(), dec.to_radians());
    let half_lat = ((lat2 - lat1) / 2.0).sin();
    let half_lon = ((ra - from.ra).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat1.cos() * lat2.cos() * half_lon * half_lon;
    (2.0 * h.sqrt().min(1.0).asin()).to_degrees()
}
