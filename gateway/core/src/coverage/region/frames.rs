//! Which frames can be compared, and the rotations that bring the celestial ones to ICRS.
//!
//! A frame that is not known here never excludes an asset: the comparison is unknown, and
//! discovery keeps the asset and says so.

use super::Frame;
use super::vector::Rotation;

const NONE: Rotation = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Galactic to ICRS. ESA SP-1200 (The Hipparcos and Tycho Catalogues, 1997), volume 1,
/// equation 1.5.11.
const FROM_GALACTIC: Rotation = [
    [-0.054_875_560_4, 0.494_109_427_9, -0.867_666_149_0],
    [-0.873_437_090_2, -0.444_829_630_0, -0.198_076_373_4],
    [-0.483_835_015_5, 0.746_982_244_5, 0.455_983_776_2],
];

/// FK4 at B1950 to FK5 at J2000 without the E-terms of aberration and proper motions: good
/// to 0.4 arcsec. Aoki et al. (1983), A&A 128, 263, the position part of their matrix.
const FROM_FK4: Rotation = [
    [0.999_925_678_2, -0.011_182_061_1, -0.004_857_947_7],
    [0.011_182_061_0, 0.999_937_478_4, -0.000_027_176_5],
    [0.004_857_947_9, -0.000_027_147_4, 0.999_988_199_7],
];

/// Mean ecliptic of J2000 to ICRS: a turn by the mean obliquity, 84381.406 arcsec (IAU 2006).
/// The cosine and the sine of it.
const OBLIQUITY: (f64, f64) = (0.917_482_143_065_241_8, 0.397_776_969_112_605_97);
const FROM_ECLIPTIC: Rotation =
    [[1.0, 0.0, 0.0], [0.0, OBLIQUITY.0, -OBLIQUITY.1], [0.0, OBLIQUITY.1, OBLIQUITY.0]];

/// What a frame's numbers lie on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Sky,
    Earth,
    /// By its IAU code.
    Body(String),
    Heliospheric(String),
    Other(String),
}

/// Returns the space of a frame and the rotation into the space's reference frame. FK5 is
/// taken as ICRS: they differ by less than 0.03 arcsec.
pub(super) fn space_of(frame: &Frame) -> (Space, &'static Rotation) {
    match frame {
        Frame::Icrs | Frame::Fk5 => (Space::Sky, &NONE),
        Frame::Fk4 => (Space::Sky, &FROM_FK4),
        Frame::Galactic => (Space::Sky, &FROM_GALACTIC),
        Frame::Ecliptic => (Space::Sky, &FROM_ECLIPTIC),
        Frame::Earth => (Space::Earth, &NONE),
        Frame::Body(code) => (Space::Body(code.to_ascii_uppercase()), &NONE),
        Frame::Heliospheric(name) => (Space::Heliospheric(name.to_ascii_uppercase()), &NONE),
        Frame::Other(name) => (Space::Other(name.clone()), &NONE),
    }
}

/// How two spaces stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Same,
    /// Nothing can lie on both: the sky and a planet.
    Apart,
    /// Nobody here knows.
    Unknown,
}

impl Space {
    pub(super) fn to(&self, other: &Self) -> Relation {
        match (self, other) {
            (a, b) if a == b => Relation::Same,
            (Self::Body(a), Self::Body(b)) => match (body(a), body(b)) {
                (Some(a), Some(b)) if a != b => Relation::Apart,
                // The same body with another kind of latitude, or a code we cannot read.
                _ => Relation::Unknown,
            },
            (Self::Sky | Self::Earth, Self::Sky | Self::Earth)
            | (Self::Sky, Self::Body(_))
            | (Self::Body(_), Self::Sky) => Relation::Apart,
            (Self::Earth, Self::Body(code)) | (Self::Body(code), Self::Earth) => match body(code) {
                Some(399) | None => Relation::Unknown,
                Some(_) => Relation::Apart,
            },
            (Self::Heliospheric(_) | Self::Other(_), _)
            | (_, Self::Heliospheric(_) | Self::Other(_)) => Relation::Unknown,
        }
    }
}

/// The NAIF id in an IAU code: "IAU:49900" is body 499.
fn body(code: &str) -> Option<u32> {
    let digits = code.strip_prefix("IAU:")?;
    Some(digits.parse::<u32>().ok()? / 100)
}
