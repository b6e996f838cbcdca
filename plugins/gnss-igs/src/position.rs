//! Geocentric coordinates as longitude, latitude and height on WGS 84 (EPSG:4978 to 4979).
//!
//! Positions of GNSS headers are in an ITRF, which agrees with WGS 84 to some centimetres.

/// Semi-major axis, metres (WGS 84).
const A_M: f64 = 6_378_137.0;
/// Flattening (WGS 84).
const FLATTENING: f64 = 1.0 / 298.257_223_563;
/// Nobody on the ground is nearer to the centre, and no station of these files farther.
const DISTANCES_M: std::ops::Range<f64> = 6_300_000.0..50_000_000.0;

/// A place on or above Earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geodetic {
    /// -180 to 180, east-positive.
    pub(crate) longitude_deg: f64,
    /// -90 to 90.
    pub(crate) latitude_deg: f64,
    /// Above the ellipsoid.
    pub(crate) height_m: f64,
}

/// The place of these coordinates; `None` for the zeros of what is unknown or moving, and
/// for what is no place of a station.
pub(crate) fn geodetic([x, y, z]: [f64; 3]) -> Option<Geodetic> {
    let distance = (x * x + y * y + z * z).sqrt();
    if !DISTANCES_M.contains(&distance) {
        return None;
    }
    let e2 = FLATTENING * (2.0 - FLATTENING);
    let axis = x.hypot(y);
    // Bowring's first guess is good to a millimetre near Earth; the rest converges at once.
    let mut latitude = z.atan2(axis * (1.0 - e2));
    let mut height = 0.0;
    for _ in 0..10 {
        let (sin, cos) = latitude.sin_cos();
        let normal = A_M / (1.0 - e2 * sin * sin).sqrt();
        // Whichever of the two does not divide by nearly nothing.
        height =
            if cos.abs() > sin.abs() { axis / cos - normal } else { z / sin - normal * (1.0 - e2) };
        let next = z.atan2(axis * (1.0 - e2 * normal / (normal + height)));
        let step = (next - latitude).abs();
        latitude = next;
        if step < 1e-15 {
            break;
        }
    }
    Some(Geodetic {
        longitude_deg: y.atan2(x).to_degrees(),
        latitude_deg: latitude.to_degrees(),
        height_m: height,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn geocentric(place: Geodetic) -> [f64; 3] {
        let (sin, cos) = place.latitude_deg.to_radians().sin_cos();
        let (sin_l, cos_l) = place.longitude_deg.to_radians().sin_cos();
        let e2 = FLATTENING * (2.0 - FLATTENING);
        let normal = A_M / (1.0 - e2 * sin * sin).sqrt();
        let axis = (normal + place.height_m) * cos;
        [axis * cos_l, axis * sin_l, (normal * (1.0 - e2) + place.height_m) * sin]
    }

    #[test]
    fn known_places_are_found() {
        // The station of the site log in section 4.6: told both ways, to the metre.
        let place = geodetic([2_919_786.0, -5_383_745.0, 1_774_604.0]).unwrap();
        assert!((place.latitude_deg - 16.262_306).abs() < 1e-5, "{place:?}");
        assert!((place.longitude_deg + 61.527_531).abs() < 1e-5, "{place:?}");
        assert!((place.height_m + 25.0).abs() < 2.0, "{place:?}");
        let pole = geodetic([0.0, 0.0, 6_356_752.314_245]).unwrap();
        assert!((pole.latitude_deg - 90.0).abs() < 1e-9 && pole.height_m.abs() < 1e-3, "{pole:?}");
    }

    #[test]
    fn what_is_no_place_of_a_station_is_none() {
        for xyz in [[0.0; 3], [1.0, 2.0, 3.0], [f64::NAN, 0.0, 0.0], [1e12, 0.0, 0.0]] {
            assert_eq!(geodetic(xyz), None, "{xyz:?}");
        }
    }

    proptest! {
        #[test]
        fn places_come_back_to_a_tenth_of_a_millimetre(
            longitude_deg in -180.0f64..180.0, latitude_deg in -90.0f64..=90.0, height_m in -500.0f64..900_000.0,
        ) {
            let xyz = geocentric(Geodetic { longitude_deg, latitude_deg, height_m });
            let again = geocentric(geodetic(xyz).unwrap());
            for (one, other) in xyz.iter().zip(again) {
                prop_assert!((one - other).abs() < 1e-4, "{xyz:?} {again:?}");
            }
        }
    }
}
