//! Areas on the sky as archives write them: STC-S, pgSphere and DALI text.
//!
//! [`Region::parse`] takes any of them. Degrees throughout. The frame, if one is
//! named that is not ICRS or nearly so, is kept beside the region: this library
//! does not rotate frames.

mod pgsphere;
mod stcs;

use std::fmt;

use crate::dali::parse_numbers;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkyPoint {
    /// Longitude, 0 to 360 as a rule; as written.
    pub ra_deg: f64,
    /// Latitude, -90 to 90.
    pub dec_deg: f64,
}

/// An area on the sky.
#[derive(Clone, Debug, PartialEq)]
pub enum Region {
    /// A single direction.
    Point(SkyPoint),
    /// All within a radius.
    Circle {
        /// The centre.
        centre: SkyPoint,
        /// 0 to 180.
        radius_deg: f64,
    },
    /// Three vertices or more, joined by great circles, not closed.
    Polygon(Vec<SkyPoint>),
    /// STC-S `Box`: sides of full lengths, parallel to the axes at the centre.
    Box {
        /// The centre.
        centre: SkyPoint,
        /// Full width along the longitude.
        width_deg: f64,
        /// Full height along the latitude.
        height_deg: f64,
    },
    /// STC-S `Ellipse`.
    Ellipse {
        /// The centre.
        centre: SkyPoint,
        /// Half of the long axis.
        semi_major_deg: f64,
        /// Half of the short axis.
        semi_minor_deg: f64,
        /// Of the long axis, from north to east.
        position_angle_deg: f64,
    },
    /// Between two longitudes and two latitudes.
    Range {
        /// Westmost and eastmost longitude.
        ra_deg: (f64, f64),
        /// Lowest and highest latitude.
        dec_deg: (f64, f64),
    },
    /// Everything.
    AllSky,
    /// In any of these.
    Union(Vec<Region>),
    /// In all of these.
    Intersection(Vec<Region>),
    /// Not in this.
    Not(Box<Region>),
}

/// The coordinate frame that a region names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// None is named, or `ICRS`, or one that differs by less than an arcsecond
    /// (`FK5` and `J2000`), or `UNKNOWNFRAME`.
    #[default]
    Icrs,
    /// Another, in capitals: `GALACTIC`, `FK4`, `ECLIPTIC`.
    Other(String),
}

/// Nested unions and vertices beyond these numbers are refused.
pub(crate) const MOST_DEPTH: usize = 16;
pub(crate) const MOST_PARTS: usize = 65_536;

impl SkyPoint {
    /// A direction; `None` if a number is not finite or the latitude is out of range.
    pub fn new(ra_deg: f64, dec_deg: f64) -> Option<Self> {
        // Rounding in the conversion from radians may step over the pole.
        let in_range = ra_deg.is_finite() && dec_deg.abs() <= 90.0 + 1e-9;
        in_range.then(|| Self { ra_deg, dec_deg: dec_deg.clamp(-90.0, 90.0) })
    }
}

impl Region {
    /// A circle; `None` if a number is out of range.
    pub fn circle(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Option<Self> {
        let centre = SkyPoint::new(ra_deg, dec_deg)?;
        (0.0..=180.0).contains(&radius_deg).then_some(Self::Circle { centre, radius_deg })
    }

    /// A polygon of pairs of longitude and latitude; a last vertex equal to the
    /// first one is dropped. `None` if fewer than three are left.
    pub fn polygon(numbers: &[f64]) -> Option<Self> {
        if !numbers.len().is_multiple_of(2) || numbers.len() > 2 * MOST_PARTS {
            return None;
        }
        let vertices = numbers.chunks_exact(2).map(|pair| SkyPoint::new(pair[0], pair[1]));
        let mut vertices = vertices.collect::<Option<Vec<_>>>()?;
        if vertices.len() > 3 && vertices.first() == vertices.last() {
            vertices.pop();
        }
        (vertices.len() >= 3).then_some(Self::Polygon(vertices))
    }

    /// Reads a region in any of the notations met in archives: STC-S with or
    /// without frame, pgSphere, DALI's `circle …`, `polygon …`, `range …`, and
    /// bare numbers (2: a point, 3: a circle, 6 and more: a polygon).
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_with_frame(text).map(|(region, _)| region)
    }

    /// As [`parse`](Self::parse), with the frame that the text names.
    pub fn parse_with_frame(text: &str) -> Option<(Self, Frame)> {
        let text = text.trim();
        match text.bytes().next()? {
            b'{' | b'(' | b'<' => pgsphere::parse(text).map(|region| (region, Frame::Icrs)),
            b'0'..=b'9' | b'-' | b'+' | b'.' => bare(text).map(|region| (region, Frame::Icrs)),
            _ => stcs::parse(text),
        }
    }

    /// Reads the region that the numbers of an array cell mean under `xtype`.
    pub fn from_numbers(xtype: &crate::votable::Xtype, numbers: &[f64]) -> Option<Self> {
        use crate::votable::Xtype;
        match (xtype, numbers) {
            (Xtype::Point, [ra, dec]) => SkyPoint::new(*ra, *dec).map(Self::Point),
            (Xtype::Circle, [ra, dec, radius]) => Self::circle(*ra, *dec, *radius),
            (Xtype::Polygon, _) => Self::polygon(numbers),
            (Xtype::Range, [ra_low, ra_high, dec_low, dec_high]) => {
                Some(Self::Range { ra_deg: (*ra_low, *ra_high), dec_deg: (*dec_low, *dec_high) })
            }
            _ => None,
        }
    }

    /// Returns the numbers that an array cell of xtype `point`, `circle`, `polygon`
    /// or `range` holds (DALI 1.1, 3.3); `None` for other shapes.
    pub fn to_numbers(&self) -> Option<Vec<f64>> {
        match self {
            Self::Point(point) => Some(vec![point.ra_deg, point.dec_deg]),
            Self::Circle { centre, radius_deg } => {
                Some(vec![centre.ra_deg, centre.dec_deg, *radius_deg])
            }
            Self::Polygon(vertices) => {
                Some(vertices.iter().flat_map(|v| [v.ra_deg, v.dec_deg]).collect())
            }
            Self::Range { ra_deg, dec_deg } => Some(vec![ra_deg.0, ra_deg.1, dec_deg.0, dec_deg.1]),
            Self::Box { .. }
            | Self::Ellipse { .. }
            | Self::AllSky
            | Self::Union(_)
            | Self::Intersection(_)
            | Self::Not(_) => None,
        }
    }

    /// Returns the region as STC-S text, which every archive understands;
    /// [`Range`](Self::Range) as `PositionInterval`.
    pub fn to_stcs(&self) -> String {
        let mut text = String::new();
        stcs::print(self, true, &mut text);
        text
    }
}

/// DALI text (shape word and numbers); shapes DALI has no word for as STC-S.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circle { centre, radius_deg } => {
                write!(f, "circle {} {} {radius_deg}", centre.ra_deg, centre.dec_deg)
            }
            Self::Polygon(vertices) => {
                f.write_str("polygon")?;
                vertices.iter().try_for_each(|v| write!(f, " {} {}", v.ra_deg, v.dec_deg))
            }
            Self::Range { ra_deg, dec_deg } => {
                write!(f, "range {} {} {} {}", ra_deg.0, ra_deg.1, dec_deg.0, dec_deg.1)
            }
            Self::Point(_)
            | Self::Box { .. }
            | Self::Ellipse { .. }
            | Self::AllSky
            | Self::Union(_)
            | Self::Intersection(_)
            | Self::Not(_) => f.write_str(&self.to_stcs()),
        }
    }
}

fn bare(text: &str) -> Option<Region> {
    let numbers = parse_numbers(text)?;
    match numbers[..] {
        [ra_deg, dec_deg] => SkyPoint::new(ra_deg, dec_deg).map(Region::Point),
        [ra_deg, dec_deg, radius_deg] => Region::circle(ra_deg, dec_deg, radius_deg),
        _ => Region::polygon(&numbers),
    }
}
