//! POS of SIA 2.0 (2.1.1) and SODA 1.0 (3.2.1): `CIRCLE`, `RANGE`, `POLYGON`.

use std::fmt;
use std::str::FromStr;

use crate::dali::literals::{format_numbers, parse_numbers};
use crate::dali::parameters::ParameterError;
use crate::region::{Region, SkyPoint};

/// An area on the sky, ICRS degrees.
#[derive(Clone, Debug, PartialEq)]
pub enum Position {
    /// All within a radius.
    Circle {
        /// Right ascension of the centre.
        ra_deg: f64,
        /// Declination of the centre.
        dec_deg: f64,
        /// At most 180.
        radius_deg: f64,
    },
    /// Between two longitudes and two latitudes; ends may be infinite, which is "any".
    Range {
        /// Westmost and eastmost longitude.
        ra_deg: (f64, f64),
        /// Lowest and highest latitude.
        dec_deg: (f64, f64),
    },
    /// Inside of a polygon.
    Polygon(Vec<SkyPoint>),
}

impl Position {
    /// The area as a region; `None` for a range with an open end.
    pub fn to_region(&self) -> Option<Region> {
        match self {
            Self::Circle { ra_deg, dec_deg, radius_deg } => {
                Region::circle(*ra_deg, *dec_deg, *radius_deg)
            }
            Self::Range { ra_deg, dec_deg } => {
                let finite =
                    [ra_deg.0, ra_deg.1, dec_deg.0, dec_deg.1].iter().all(|v| v.is_finite());
                finite.then_some(Region::Range { ra_deg: *ra_deg, dec_deg: *dec_deg })
            }
            Self::Polygon(vertices) => Some(Region::Polygon(vertices.clone())),
        }
    }
}

impl FromStr for Position {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let bad = |expected| ParameterError::bad("POS", text, expected);
        let trimmed = text.trim();
        let (shape, rest) =
            trimmed.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((trimmed, ""));
        let numbers = parse_numbers(rest).ok_or_else(|| bad("a shape and numbers"))?;
        match shape.to_ascii_uppercase().as_str() {
            "CIRCLE" => match numbers[..] {
                [ra_deg, dec_deg, radius_deg]
                    if Region::circle(ra_deg, dec_deg, radius_deg).is_some() =>
                {
                    Ok(Self::Circle { ra_deg, dec_deg, radius_deg })
                }
                _ => Err(bad("`CIRCLE ra dec radius` with dec in -90..=90 and radius in 0..=180")),
            },
            "RANGE" => match numbers[..] {
                [ra_low, ra_high, dec_low, dec_high]
                    if ra_low <= ra_high && dec_low <= dec_high =>
                {
                    Ok(Self::Range { ra_deg: (ra_low, ra_high), dec_deg: (dec_low, dec_high) })
                }
                _ => Err(bad("`RANGE ra1 ra2 dec1 dec2` in rising order")),
            },
            "POLYGON" => match Region::polygon(&numbers) {
                Some(Region::Polygon(vertices)) => Ok(Self::Polygon(vertices)),
                _ => Err(bad("`POLYGON ra1 dec1 …` with three vertices or more")),
            },
            _ => Err(bad("CIRCLE, RANGE or POLYGON")),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circle { ra_deg, dec_deg, radius_deg } => {
                write!(f, "CIRCLE {}", format_numbers([*ra_deg, *dec_deg, *radius_deg]))
            }
            Self::Range { ra_deg, dec_deg } => {
                write!(f, "RANGE {}", format_numbers([ra_deg.0, ra_deg.1, dec_deg.0, dec_deg.1]))
            }
            Self::Polygon(vertices) => {
                let numbers = vertices.iter().flat_map(|v| [v.ra_deg, v.dec_deg]);
                write!(f, "POLYGON {}", format_numbers(numbers))
            }
        }
    }
}
