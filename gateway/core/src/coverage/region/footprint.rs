//! A region made ready for comparison: directions as vectors, frames brought together.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::arc::Arc;
use super::frames::{Relation, Space, space_of};
use super::moc_area::MocArea;
use super::polygon::Polygon;
use super::vector::{
    NOTHING_RAD, Rotation, Vector, angle, blend, of_position, rotate, rotate_back, to_position,
    unit,
};
use super::{BadRegion, Circle, Frame, Position, Rectangle, Region, Shape, SpaceCoverage};
use crate::coverage::Interval;

/// A region made ready for comparison. Build one per region, compare it often.
#[derive(Clone, Debug, PartialEq)]
pub struct Footprint {
    space: Space,
    areas: Vec<Area>,
    height_m: Option<Interval>,
}

#[derive(Clone, Debug, PartialEq)]
enum Area {
    Everything,
    /// Radians; a point has none.
    Cap {
        centre: Vector,
        radius: f64,
    },
    Range(Range),
    Polygon(Polygon),
    Moc(MocArea),
}

/// A rectangle in a frame that may be turned against the reference frame.
#[derive(Clone, Debug, PartialEq)]
struct Range {
    rotation: &'static Rotation,
    /// Radians.
    west: f64,
    width: f64,
    south: f64,
    north: f64,
    border: Vec<Arc>,
}

impl Footprint {
    /// Prepares a region.
    ///
    /// # Errors
    ///
    /// [`BadRegion`] says which number is out of range.
    pub fn new(region: &Region) -> Result<Self, BadRegion> {
        let (space, rotation) = space_of(&region.frame);
        let sky = space == Space::Sky;
        let vector = |position: &Position| {
            checked(*position, sky).map(|position| rotate(rotation, of_position(position)))
        };
        let polygon = |vertices: &[Position]| {
            let corners = vertices.iter().map(vector).collect::<Result<Vec<_>, _>>()?;
            let polygon = Polygon::new(&corners);
            polygon.map(Area::Polygon).ok_or(BadRegion::Polygon { vertices: vertices.len() })
        };
        let mut height = None;
        let areas = match &region.shape {
            Shape::WholeSphere => vec![Area::Everything],
            Shape::Point(position) => vec![Area::Cap { centre: vector(position)?, radius: 0.0 }],
            Shape::Site { position, height_m } => {
                height = height_m.map(|m| Interval { lower: Some(m), upper: Some(m) });
                vec![Area::Cap { centre: vector(position)?, radius: 0.0 }]
            }
            Shape::Circle(Circle { centre, radius_deg }) => {
                if !(0.0..=180.0).contains(radius_deg) {
                    return Err(BadRegion::Radius(*radius_deg));
                }
                vec![Area::Cap { centre: vector(centre)?, radius: radius_deg.to_radians() }]
            }
            Shape::Rectangle(rectangle) => {
                height = rectangle.height_m;
                vec![range(rectangle, rotation)?]
            }
            Shape::Polygon(vertices) => vec![polygon(vertices)?],
            Shape::Polygons(list) => {
                list.iter().map(|vertices| polygon(vertices)).collect::<Result<_, _>>()?
            }
            Shape::Moc(text) => vec![Area::Moc(MocArea::parse(text).map_err(BadRegion::Moc)?)],
        };
        Ok(Self { space, areas, height_m: height })
    }

    /// Of an asset's coverage: a point with a field of view is the circle that it fills.
    ///
    /// # Errors
    ///
    /// As [`Footprint::new`].
    pub fn of_coverage(coverage: &SpaceCoverage) -> Result<Self, BadRegion> {
        let mut footprint = Self::new(&coverage.region)?;
        let view = coverage.field_of_view_deg.filter(|deg| *deg > 0.0 && *deg <= 360.0);
        if let (Shape::Point(_), Some(deg), [Area::Cap { radius, .. }]) =
            (&coverage.region.shape, view, footprint.areas.as_mut_slice())
        {
            *radius = (deg / 2.0).to_radians();
        }
        Ok(footprint)
    }

    /// Whether the two share a point; `None` where their frames cannot be compared.
    ///
    /// Celestial frames are brought to ICRS. The sky, Earth and each other body are apart.
    /// Frames that are not known here compare only with themselves. Heights count where both
    /// have one. With a MOC, shapes closer than a cell of order 13 (26 arcsec) are said to
    /// overlap; all else is exact to micro-arcseconds, borders included.
    pub fn overlaps(&self, other: &Self) -> Option<bool> {
        match self.space.to(&other.space) {
            Relation::Unknown => None,
            Relation::Apart => Some(false),
            Relation::Same => {
                let heights = match (&self.height_m, &other.height_m) {
                    (Some(a), Some(b)) => a.overlaps(b),
                    _ => true,
                };
                let meet = |a: &Area| other.areas.iter().any(|b| a.meets(b));
                Some(heights && self.areas.iter().any(meet))
            }
        }
    }

    /// Whether nothing in that frame can lie in this region's space: the sky and a planet.
    pub fn is_apart_from(&self, frame: &Frame) -> bool {
        self.space.to(&space_of(frame).0) == Relation::Apart
    }

    /// A circle around an asset's coverage, in this region's reference frame; `None` where the
    /// two frames cannot be compared or the coverage has no bounds.
    pub fn circle_of(&self, coverage: &SpaceCoverage) -> Option<Circle> {
        let plain = matches!(coverage.region.frame, Frame::Icrs | Frame::Fk5);
        match &coverage.region.shape {
            // Most assets, without preparing anything.
            Shape::Point(centre) if plain && self.space == Space::Sky => {
                let view_deg = coverage.field_of_view_deg.unwrap_or(0.0).clamp(0.0, 360.0);
                Some(Circle { centre: *centre, radius_deg: view_deg / 2.0 })
            }
            Shape::Circle(circle) if plain && self.space == Space::Sky => Some(*circle),
            _ => {
                let other = Self::of_coverage(coverage).ok()?;
                let same = self.space.to(&other.space) == Relation::Same;
                other.bounding_circle().filter(|_| same)
            }
        }
    }

    /// Whether a direction, in the reference frame of the region's space (ICRS for celestial
    /// frames), is inside or on the border.
    pub fn contains(&self, position: Position) -> bool {
        let p = of_position(position);
        self.areas.iter().any(|area| area.contains(p))
    }

    /// The centre in the reference frame (ICRS for celestial frames); `None` where there is
    /// none, as of the whole sphere.
    pub fn centre(&self) -> Option<Position> {
        self.bounding_circle().map(|circle| circle.centre)
    }

    /// A circle that holds the region, in the reference frame; not always the smallest. `None`
    /// where there is none smaller than the sphere and no centre.
    pub fn bounding_circle(&self) -> Option<Circle> {
        let bounds = self.areas.iter().map(Area::bounds).collect::<Option<Vec<_>>>()?;
        let (centre, radius) = match bounds.as_slice() {
            [one] => *one,
            many => {
                let sum = many.iter().fold([0.0; 3], |sum, (c, _)| blend(sum, 1.0, *c, 1.0));
                let centre = unit(sum)?;
                let reach = many.iter().map(|(c, radius)| angle(centre, *c) + radius);
                (centre, reach.fold(0.0, f64::max).min(PI))
            }
        };
        Some(Circle { centre: to_position(centre), radius_deg: radius.to_degrees() })
    }
}

fn checked(position: Position, sky: bool) -> Result<Position, BadRegion> {
    let Position { longitude_deg, latitude_deg } = position;
    if !(-90.0..=90.0).contains(&latitude_deg) {
        return Err(BadRegion::Latitude(latitude_deg));
    }
    let west = if sky { 0.0 } else { -180.0 };
    // ICRS longitudes of archives run to 360 and sometimes begin at -180.
    if !(west - 180.0..=360.0).contains(&longitude_deg) {
        return Err(BadRegion::Longitude(longitude_deg));
    }
    Ok(position)
}

fn range(rectangle: &Rectangle, rotation: &'static Rotation) -> Result<Area, BadRegion> {
    let south_deg = rectangle.latitude_deg.lower.unwrap_or(-90.0);
    let north_deg = rectangle.latitude_deg.upper.unwrap_or(90.0);
    for latitude in [south_deg, north_deg] {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(BadRegion::Latitude(latitude));
        }
    }
    if south_deg > north_deg {
        return Err(BadRegion::Latitudes { south: south_deg, north: north_deg });
    }
    let (west_deg, east_deg) = (rectangle.longitude.west_deg, rectangle.longitude.east_deg);
    for longitude in [west_deg, east_deg] {
        if !(-360.0..=360.0).contains(&longitude) {
            return Err(BadRegion::Longitude(longitude));
        }
    }
    let width_deg = rectangle.longitude.width_deg();
    let (south, north) = (south_deg.to_radians(), north_deg.to_radians());
    let (west, width) = (west_deg.to_radians(), width_deg.to_radians());
    let round = width_deg >= 360.0;
    if round && south_deg <= -90.0 && north_deg >= 90.0 {
        return Ok(Area::Everything);
    }
    let pole = rotate(rotation, [0.0, 0.0, 1.0]);
    let at = |longitude: f64, latitude: f64| {
        let (sin_lon, cos_lon) = longitude.sin_cos();
        let (sin_lat, cos_lat) = latitude.sin_cos();
        rotate(rotation, [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    };
    let mut border = Vec::with_capacity(6);
    for latitude in [south, north] {
        if latitude.abs() < FRAC_PI_2 - NOTHING_RAD {
            border.push(Arc::small(pole, FRAC_PI_2 - latitude, at(west, 0.0), width.min(TAU)));
        }
    }
    if !round {
        for longitude in [west, west + width] {
            // In two pieces, so that pole to pole is not an arc between opposite points.
            let middle = (south + north) / 2.0;
            border.extend(Arc::great(at(longitude, south), at(longitude, middle)));
            border.extend(Arc::great(at(longitude, middle), at(longitude, north)));
        }
    }
    if border.is_empty() {
        // A pole, and nothing else.
        return Ok(Area::Cap { centre: at(west, north), radius: 0.0 });
    }
    Ok(Area::Range(Range { rotation, west, width, south, north, border }))
}

impl Range {
    fn contains(&self, p: Vector) -> bool {
        let [x, y, z] = rotate_back(self.rotation, p);
        let latitude = z.atan2(x.hypot(y));
        if latitude < self.south - NOTHING_RAD || latitude > self.north + NOTHING_RAD {
            return false;
        }
        let at_pole = latitude.abs() >= FRAC_PI_2 - NOTHING_RAD;
        let east_of_west = (y.atan2(x) - self.west).rem_euclid(TAU);
        at_pole || east_of_west <= self.width + NOTHING_RAD || east_of_west >= TAU - NOTHING_RAD
    }

    fn bounds(&self) -> (Vector, f64) {
        let at = |longitude: f64, latitude: f64| {
            let (sin_lon, cos_lon) = longitude.sin_cos();
            let (sin_lat, cos_lat) = latitude.sin_cos();
            rotate(self.rotation, [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
        };
        let centre = at(self.west + self.width / 2.0, (self.south + self.north) / 2.0);
        // Up to half a turn the corners are the farthest points.
        let corners = [
            (self.west, self.south),
            (self.west, self.north),
            (self.west + self.width, self.south),
            (self.west + self.width, self.north),
        ];
        let reach = corners.map(|(longitude, latitude)| angle(centre, at(longitude, latitude)));
        let radius = reach.into_iter().fold(0.0, f64::max);
        (centre, if self.width <= PI { radius } else { PI })
    }
}

impl Area {
    fn contains(&self, p: Vector) -> bool {
        match self {
            Self::Everything => true,
            Self::Cap { centre, radius } => angle(*centre, p) <= radius + NOTHING_RAD,
            Self::Range(range) => range.contains(p),
            Self::Polygon(polygon) => polygon.contains(p),
            Self::Moc(map) => map.contains(p),
        }
    }

    fn border(&self) -> &[Arc] {
        match self {
            Self::Range(range) => &range.border,
            Self::Polygon(polygon) => &polygon.edges,
            Self::Everything | Self::Cap { .. } | Self::Moc(_) => &[],
        }
    }

    /// Radians to the nearest point; 0 inside.
    fn distance(&self, p: Vector) -> f64 {
        match self {
            Self::Cap { centre, radius } => (angle(*centre, p) - radius).max(0.0),
            _ if self.contains(p) => 0.0,
            _ => self.border().iter().map(|arc| arc.distance(p)).fold(f64::INFINITY, f64::min),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everything, _) | (_, Self::Everything) => true,
            (Self::Moc(a), Self::Moc(b)) => a.meets(b),
            (Self::Moc(map), shape) | (shape, Self::Moc(map)) => {
                map.meets_shape(|p| shape.contains(p), |p| shape.distance(p))
            }
            (Self::Cap { centre, radius }, shape) | (shape, Self::Cap { centre, radius }) => {
                shape.distance(*centre) <= radius + NOTHING_RAD
            }
            // Either the borders meet, or one holds the other, or they are apart.
            (a, b) => {
                let starts = |area: &Self| area.border().first().map(|arc| arc.start);
                starts(b).is_some_and(|p| a.contains(p))
                    || starts(a).is_some_and(|p| b.contains(p))
                    || a.border().iter().any(|x| b.border().iter().any(|y| x.meets(y)))
            }
        }
    }

    fn bounds(&self) -> Option<(Vector, f64)> {
        match self {
            Self::Everything => None,
            Self::Cap { centre, radius } => Some((*centre, *radius)),
            Self::Range(range) => Some(range.bounds()),
            Self::Polygon(polygon) => Some(polygon.bounds()),
            Self::Moc(map) => map.bounds(),
        }
    }
}
