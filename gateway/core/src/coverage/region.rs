//! Regions on the sky, on Earth and on other bodies.
//!
//! Here are the regions as archives and people write them; [`Footprint`] compares them.

mod arc;
mod footprint;
mod frames;
mod moc_area;
mod polygon;
#[cfg(test)]
mod tests;
mod vector;

pub use footprint::Footprint;
pub use vector::separation_deg;

use super::Interval;

/// A region with a number that cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadRegion {
    /// Beyond a pole, or not a number.
    #[error("latitude {0} is outside -90..=90")]
    Latitude(f64),
    /// South above north.
    #[error("latitudes {south} to {north} are the wrong way round")]
    Latitudes {
        /// The lower end as given.
        south: f64,
        /// The upper end as given.
        north: f64,
    },
    /// More than a turn, or not a number.
    #[error("longitude {0} is outside 0..=360")]
    Longitude(f64),
    /// Negative, more than half a turn, or not a number.
    #[error("radius {0} is outside 0..=180")]
    Radius(f64),
    /// Too few vertices, or neighbours at opposite ends of the sky.
    #[error(
        "a polygon of {vertices} vertices; it takes at least three different ones, and no two opposite neighbours"
    )]
    Polygon {
        /// How many there were.
        vertices: usize,
    },
    /// Not a MOC.
    #[error("not a MOC in ASCII form: {0}")]
    Moc(String),
}

/// What longitude and latitude mean.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Frame {
    Icrs,
    Fk5,
    Fk4,
    Galactic,
    Ecliptic,
    /// WGS 84.
    Earth,
    /// IAU code of a body-fixed frame, east-positive ("IAU:49900").
    Body(String),
    /// HGS, HGC, HPC, HEEQ, GSE, GSM ...
    Heliospheric(String),
    Other(String),
}

/// A direction or a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// 0 to 360 on the sky, -180 to 360 elsewhere.
    pub longitude_deg: f64,
    /// -90 to 90.
    pub latitude_deg: f64,
}

impl Position {
    /// From right ascension in hours.
    pub fn from_ra_hours(ra_hours: f64, latitude_deg: f64) -> Self {
        Self { longitude_deg: ra_hours * 15.0, latitude_deg }
    }

    /// From radians (`pgSphere`).
    pub fn from_radians(longitude: f64, latitude: f64) -> Self {
        Self { longitude_deg: longitude.to_degrees(), latitude_deg: latitude.to_degrees() }
    }

    /// From a longitude counted westward, as planetographic ones often are; 0 to 360.
    pub fn from_west_positive(longitude_deg: f64, latitude_deg: f64) -> Self {
        Self { longitude_deg: (-longitude_deg).rem_euclid(360.0), latitude_deg }
    }
}

/// A small circle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Its centre.
    pub centre: Position,
    /// 0 to 180.
    pub radius_deg: f64,
}

/// Eastward from `west_deg` to `east_deg`; crosses 0 where west is the greater.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LongitudeRange {
    /// Where it begins.
    pub west_deg: f64,
    /// Where it ends.
    pub east_deg: f64,
}

impl LongitudeRange {
    /// Whether it crosses longitude 0.
    pub fn wraps(&self) -> bool {
        self.west_deg > self.east_deg
    }

    /// How far it reaches, 0 to 360 degrees.
    pub fn width_deg(&self) -> f64 {
        let width = self.east_deg - self.west_deg;
        if width < 0.0 { width + 360.0 } else { width.min(360.0) }
    }

    /// One range, or two where it crosses 0: for an index that knows no wrapping.
    pub fn split(&self) -> (Self, Option<Self>) {
        if !self.wraps() {
            return (*self, None);
        }
        let upper = Self { west_deg: self.west_deg, east_deg: 360.0 };
        (upper, Some(Self { west_deg: 0.0, east_deg: self.east_deg }))
    }
}

/// A range in longitude, latitude and perhaps height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    /// In longitude.
    pub longitude: LongitudeRange,
    /// In latitude, degrees.
    pub latitude_deg: Interval,
    /// Above the ellipsoid.
    pub height_m: Option<Interval>,
}

/// The form of a region.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Everything.
    WholeSphere,
    /// A direction.
    Point(Position),
    /// A place with its height above the ellipsoid.
    Site {
        /// Where.
        position: Position,
        /// How high.
        height_m: Option<f64>,
    },
    /// A small circle.
    Circle(Circle),
    /// A range in longitude and latitude.
    Rectangle(Rectangle),
    /// Vertices, at least three, edges along great circles, the inside to the left or the smaller part.
    Polygon(Vec<Position>),
    /// Their union.
    Polygons(Vec<Vec<Position>>),
    /// IVOA MOC 2.0 in ASCII form.
    Moc(String),
}

/// A shape with the frame that its numbers are in.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// What the numbers mean.
    pub frame: Frame,
    /// The form.
    pub shape: Shape,
}

/// Where an asset looks, or where it was.
#[derive(Clone, Debug, PartialEq)]
pub struct SpaceCoverage {
    /// The region.
    pub region: Region,
    /// ObsCore `s_fov`: diameter.
    pub field_of_view_deg: Option<f64>,
    /// On the sky.
    pub resolution_arcsec: Option<Interval>,
    /// On a body.
    pub resolution_m: Option<Interval>,
    /// Along each axis.
    pub pixels: Vec<u64>,
    /// The archive's own words (STC-S, spoly).
    pub native: Option<String>,
}

impl Region {
    /// A shape in ICRS.
    pub fn icrs(shape: Shape) -> Self {
        Self { frame: Frame::Icrs, shape }
    }
}

impl SpaceCoverage {
    /// A region and nothing else.
    pub fn of(region: Region) -> Self {
        Self {
            region,
            field_of_view_deg: None,
            resolution_arcsec: None,
            resolution_m: None,
            pixels: Vec::new(),
            native: None,
        }
    }

    /// From ObsCore's `s_ra`, `s_dec` and `s_fov`, where it has no `s_region`: a circle of
    /// diameter `s_fov`, or a point without one.
    pub fn from_centre(centre: Position, field_of_view_deg: Option<f64>) -> Self {
        let view = field_of_view_deg.filter(|deg| *deg > 0.0 && *deg <= 360.0);
        let shape = match view {
            Some(deg) => Shape::Circle(Circle { centre, radius_deg: deg / 2.0 }),
            None => Shape::Point(centre),
        };
        Self { field_of_view_deg: view, ..Self::of(Region::icrs(shape)) }
    }

    /// Whether its shape was derived from the field of view and is not the archive's own.
    pub fn is_derived(&self) -> bool {
        match (&self.region.shape, self.field_of_view_deg) {
            (Shape::Circle(circle), Some(view)) => {
                self.native.is_none() && circle.radius_deg * 2.0 == view
            }
            _ => false,
        }
    }
}
