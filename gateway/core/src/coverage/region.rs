//! Regions on the sky, on Earth and on other bodies.

use super::Interval;

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
}
