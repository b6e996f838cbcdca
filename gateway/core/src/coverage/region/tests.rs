//! Separations, overlaps and frames by hand values and by their algebra.

use proptest::prelude::*;

use super::{
    BadRegion, Circle, Footprint, Frame, LongitudeRange, Position, Rectangle, Region, Shape,
    SpaceCoverage, separation_deg,
};
use crate::coverage::Interval;

fn at(longitude_deg: f64, latitude_deg: f64) -> Position {
    Position { longitude_deg, latitude_deg }
}

fn circle(longitude_deg: f64, latitude_deg: f64, radius_deg: f64) -> Shape {
    Shape::Circle(Circle { centre: at(longitude_deg, latitude_deg), radius_deg })
}

fn rectangle(west_deg: f64, east_deg: f64, south: f64, north: f64) -> Shape {
    Shape::Rectangle(Rectangle {
        longitude: LongitudeRange { west_deg, east_deg },
        latitude_deg: Interval { lower: Some(south), upper: Some(north) },
        height_m: None,
    })
}

fn polygon(corners: &[(f64, f64)]) -> Shape {
    Shape::Polygon(corners.iter().map(|(x, y)| at(*x, *y)).collect())
}

fn ready(shape: Shape) -> Footprint {
    Footprint::new(&Region::icrs(shape)).unwrap()
}

fn overlap(a: Shape, b: Shape) -> bool {
    let (a, b) = (ready(a), ready(b));
    let answer = a.overlaps(&b).unwrap();
    assert_eq!(b.overlaps(&a), Some(answer), "overlap is symmetric");
    answer
}

#[test]
fn separation_matches_hand_values() {
    let cases = [
        ("same point", at(10.0, 20.0), at(10.0, 20.0), 0.0),
        ("quarter turn on the equator", at(0.0, 0.0), at(90.0, 0.0), 90.0),
        ("pole to pole", at(0.0, 90.0), at(123.0, -90.0), 180.0),
        ("across longitude 0", at(359.9999, 0.0), at(0.0001, 0.0), 0.0002),
        ("a milli-arcsecond", at(5.0, 60.0), at(5.0, 60.0 + 1.0 / 3.6e6), 1.0 / 3.6e6),
    ];
    for (name, a, b, expected) in cases {
        assert!((separation_deg(a, b) - expected).abs() < 1e-10, "case: {name}");
    }
}

#[test]
fn shapes_overlap_to_their_border() {
    let square = || polygon(&[(10.0, -1.0), (12.0, -1.0), (12.0, 1.0), (10.0, 1.0)]);
    let cases = [
        ("circles that touch", circle(0.0, 0.0, 1.0), circle(3.0, 0.0, 2.0), true),
        ("circles that do not", circle(0.0, 0.0, 1.0), circle(3.0, 0.0, 1.999_999), false),
        ("circles across 0", circle(359.5, 0.0, 0.6), circle(0.5, 0.0, 0.6), true),
        ("a point on a circle", Shape::Point(at(0.0, 1.0)), circle(0.0, 0.0, 1.0), true),
        ("a point off a circle", Shape::Point(at(0.0, 1.000_001)), circle(0.0, 0.0, 1.0), false),
        ("a circle at an edge", circle(9.0, 0.0, 1.000_001), square(), true),
        ("a circle short of an edge", circle(9.0, 0.0, 0.999_999), square(), false),
        ("a circle inside a polygon", circle(11.0, 0.0, 0.1), square(), true),
        ("a polygon inside a circle", circle(11.0, 0.0, 20.0), square(), true),
        (
            "polygons whose edges cross and no vertex is inside",
            polygon(&[(9.0, -0.1), (13.0, -0.1), (13.0, 0.1), (9.0, 0.1)]),
            polygon(&[(10.9, -3.0), (11.1, -3.0), (11.1, 3.0), (10.9, 3.0)]),
            true,
        ),
        (
            "a polygon in a polygon",
            square(),
            polygon(&[(10.9, -0.1), (11.1, -0.1), (11.0, 0.1)]),
            true,
        ),
        ("polygons apart", square(), polygon(&[(12.1, -1.0), (13.0, -1.0), (13.0, 1.0)]), false),
        (
            "a polygon around the pole",
            polygon(&[(0.0, 80.0), (90.0, 80.0), (180.0, 80.0), (270.0, 80.0)]),
            Shape::Point(at(45.0, 89.0)),
            true,
        ),
        (
            "beside a polygon around the pole",
            polygon(&[(0.0, 80.0), (90.0, 80.0), (180.0, 80.0), (270.0, 80.0)]),
            Shape::Point(at(45.0, 82.0)),
            false,
        ),
        (
            "clockwise is the same polygon",
            polygon(&[(10.0, 1.0), (12.0, 1.0), (12.0, -1.0), (10.0, -1.0)]),
            Shape::Point(at(11.0, 0.0)),
            true,
        ),
        ("a range across 0", rectangle(350.0, 10.0, -5.0, 5.0), Shape::Point(at(0.0, 0.0)), true),
        (
            "outside a range across 0",
            rectangle(350.0, 10.0, -5.0, 5.0),
            Shape::Point(at(180.0, 0.0)),
            false,
        ),
        ("a circle at a parallel", rectangle(0.0, 90.0, 60.0, 70.0), circle(45.0, 59.0, 1.0), true),
        (
            "a circle short of a parallel",
            rectangle(0.0, 90.0, 60.0, 70.0),
            circle(45.0, 58.9, 1.0),
            false,
        ),
        (
            "a great circle above its ends' parallel",
            // The edge from (0, 60) to (90, 60) culminates at latitude 67.8.
            polygon(&[(0.0, 60.0), (90.0, 60.0), (45.0, 40.0)]),
            Shape::Point(at(45.0, 67.0)),
            true,
        ),
        (
            "ranges that share a corner",
            rectangle(0.0, 1.0, 0.0, 1.0),
            rectangle(1.0, 2.0, 1.0, 2.0),
            true,
        ),
        (
            "ranges apart in longitude",
            rectangle(0.0, 1.0, 0.0, 1.0),
            rectangle(1.1, 2.0, 0.0, 1.0),
            false,
        ),
        ("a cross of ranges", rectangle(0.0, 10.0, 4.0, 5.0), rectangle(4.0, 5.0, 0.0, 10.0), true),
        ("a polar range", rectangle(0.0, 360.0, 80.0, 90.0), Shape::Point(at(200.0, 85.0)), true),
        (
            "a band",
            rectangle(0.0, 360.0, -10.0, 10.0),
            polygon(&[(0.0, 20.0), (10.0, 20.0), (5.0, 5.0)]),
            true,
        ),
        (
            "a range and a polygon that only crosses its parallel",
            rectangle(0.0, 40.0, 10.0, 20.0),
            polygon(&[(10.0, 0.0), (12.0, 0.0), (11.0, 15.0)]),
            true,
        ),
        ("everything and a point", Shape::WholeSphere, Shape::Point(at(1.0, 1.0)), true),
        ("a map's first cell", Shape::Moc("0/0".to_owned()), Shape::Point(at(45.0, 30.0)), true),
        ("beside a map's cell", Shape::Moc("0/0".to_owned()), Shape::Point(at(225.0, 30.0)), false),
        ("a map and a circle", Shape::Moc("3/10 29/".to_owned()), circle(45.0, 20.0, 40.0), true),
        (
            "a map and a far circle",
            Shape::Moc("3/10 29/".to_owned()),
            circle(225.0, -20.0, 40.0),
            false,
        ),
        ("maps", Shape::Moc("1/0-3".to_owned()), Shape::Moc("5/1000".to_owned()), true),
        ("maps apart", Shape::Moc("1/0-3".to_owned()), Shape::Moc("5/9000".to_owned()), false),
        (
            "one of several polygons",
            Shape::Polygons(vec![
                vec![at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0)],
                vec![at(50.0, 0.0), at(51.0, 0.0), at(50.0, 1.0)],
            ]),
            Shape::Point(at(50.2, 0.2)),
            true,
        ),
    ];
    for (name, a, b, expected) in cases {
        assert_eq!(overlap(a, b), expected, "case: {name}");
    }
}

#[test]
fn frames_meet_at_published_positions() {
    let region = |frame, shape| Footprint::new(&Region { frame, shape }).unwrap();
    let cases = [
        // The definition of the galactic system in ICRS: ESA SP-1200, 1.5.3.
        ("north galactic pole", Frame::Galactic, at(0.0, 90.0), at(192.859_48, 27.128_25), 1e-4),
        ("galactic centre", Frame::Galactic, at(0.0, 0.0), at(266.404_99, -28.936_17), 1e-4),
        // The obliquity itself.
        ("summer solstice", Frame::Ecliptic, at(90.0, 0.0), at(90.0, 84_381.406 / 3600.0), 1e-9),
        ("FK5 is taken as ICRS", Frame::Fk5, at(10.0, 10.0), at(10.0, 10.0), 1e-12),
        // B1950 0h 0d in J2000: Explanatory Supplement (1992), precession of 50 years.
        ("FK4", Frame::Fk4, at(0.0, 0.0), at(0.640_73, 0.278_34), 5e-4),
    ];
    for (name, frame, there, icrs, tolerance_deg) in cases {
        let centre = region(frame, Shape::Point(there)).centre().unwrap();
        assert!(separation_deg(centre, icrs) < tolerance_deg, "case: {name}: {centre:?}");
    }
    let plane = region(Frame::Galactic, rectangle(0.0, 360.0, -1.0, 1.0));
    let icrs = |lon, lat| region(Frame::Icrs, Shape::Point(at(lon, lat)));
    assert_eq!(plane.overlaps(&icrs(266.404_99, -28.936_17)), Some(true));
    assert_eq!(plane.overlaps(&icrs(192.859_48, 27.128_25)), Some(false));
    assert_eq!(
        plane.overlaps(&region(Frame::Icrs, rectangle(260.0, 270.0, -30.0, -28.0))),
        Some(true)
    );
    assert_eq!(
        plane.overlaps(&region(Frame::Icrs, rectangle(190.0, 195.0, 20.0, 30.0))),
        Some(false)
    );
}

#[test]
fn frames_that_cannot_be_compared_are_unknown_and_bodies_are_apart() {
    let of = |frame| Footprint::new(&Region { frame, shape: Shape::WholeSphere }).unwrap();
    let body = |code: &str| of(Frame::Body(code.to_owned()));
    let other = |name: &str| of(Frame::Other(name.to_owned()));
    let helio = |name: &str| of(Frame::Heliospheric(name.to_owned()));
    let cases = [
        ("sky and Earth", of(Frame::Icrs), of(Frame::Earth), Some(false)),
        ("sky and Mars", of(Frame::Galactic), body("IAU:49900"), Some(false)),
        ("Mars and the Moon", body("IAU:49900"), body("IAU:30100"), Some(false)),
        ("Mars by two latitudes", body("IAU:49900"), body("IAU:49901"), None),
        ("Mars and itself", body("IAU:49900"), body("iau:49900"), Some(true)),
        ("Earth by two names", of(Frame::Earth), body("IAU:39900"), None),
        ("sky and an unknown frame", of(Frame::Icrs), other("detector"), None),
        ("an unknown frame and itself", other("detector"), other("detector"), Some(true)),
        ("the Sun by two frames", helio("HGS"), helio("HGC"), None),
        ("the Sun and the sky", helio("HGS"), of(Frame::Icrs), None),
    ];
    for (name, a, b, expected) in cases {
        assert_eq!(a.overlaps(&b), expected, "case: {name}");
        assert_eq!(b.overlaps(&a), expected, "case: {name}, turned");
    }
}

#[test]
fn heights_count_where_both_have_one() {
    let site = |m| Region {
        frame: Frame::Earth,
        shape: Shape::Site { position: at(14.0, 49.0), height_m: m },
    };
    let Shape::Rectangle(mut area) = rectangle(10.0, 20.0, 40.0, 50.0) else { unreachable!() };
    area.height_m = Some(Interval { lower: Some(0.0), upper: Some(100.0) });
    let area =
        Footprint::new(&Region { frame: Frame::Earth, shape: Shape::Rectangle(area) }).unwrap();
    for (m, expected) in [(Some(50.0), true), (Some(500.0), false), (None, true)] {
        let site = Footprint::new(&site(m)).unwrap();
        assert_eq!(area.overlaps(&site), Some(expected), "height {m:?}");
    }
}

#[test]
fn numbers_that_cannot_be_are_named() {
    let cases = [
        (circle(0.0, 91.0, 1.0), "latitude 91 is outside -90..=90"),
        (circle(361.0, 0.0, 1.0), "longitude 361 is outside 0..=360"),
        (circle(0.0, 0.0, 181.0), "radius 181 is outside 0..=180"),
        (circle(0.0, f64::NAN, 1.0), "latitude NaN is outside -90..=90"),
        (rectangle(0.0, 1.0, 5.0, 4.0), "latitudes 5 to 4 are the wrong way round"),
        (
            polygon(&[(0.0, 0.0), (1.0, 0.0), (0.0, 0.0)]),
            "a polygon of 3 vertices; it takes at least three different ones, and no two opposite neighbours",
        ),
    ];
    for (shape, message) in cases {
        assert_eq!(Footprint::new(&Region::icrs(shape)).unwrap_err().to_string(), message);
    }
    for text in ["nonsense", "30/1", "1/48", "1/-3", "1/3-2", "4", "", "1/2/3", "999/1"] {
        let error = Footprint::new(&Region::icrs(Shape::Moc(text.to_owned())));
        assert!(matches!(error, Err(BadRegion::Moc(_))), "case: {text}");
    }
}

#[test]
fn conversions_of_positions_and_footprints() {
    assert_eq!(Position::from_ra_hours(5.5, 22.0), at(82.5, 22.0));
    assert_eq!(Position::from_west_positive(30.0, 1.0), at(330.0, 1.0));
    assert_eq!(Position::from_west_positive(0.0, 1.0), at(0.0, 1.0));
    let quarter = Position::from_radians(std::f64::consts::FRAC_PI_2, -std::f64::consts::FRAC_PI_4);
    assert!((quarter.longitude_deg - 90.0).abs() < 1e-12);
    assert!((quarter.latitude_deg + 45.0).abs() < 1e-12);
    let seen = SpaceCoverage::from_centre(at(10.0, 20.0), Some(0.5));
    assert_eq!(seen.region.shape, circle(10.0, 20.0, 0.25));
    assert!(seen.is_derived());
    assert!(!SpaceCoverage::from_centre(at(10.0, 20.0), None).is_derived());
    let across = LongitudeRange { west_deg: 350.0, east_deg: 10.0 };
    let (first, second) = across.split();
    assert_eq!((first.west_deg, first.east_deg), (350.0, 360.0));
    assert_eq!(second, Some(LongitudeRange { west_deg: 0.0, east_deg: 10.0 }));
    assert_eq!(LongitudeRange { west_deg: 1.0, east_deg: 2.0 }.split().1, None);
}

#[test]
fn a_point_at_the_corner_of_a_cell_is_in_it() {
    let corner = at(0.0, 40.980_341_036_168_014);
    let cell = cdshealpix::nested::get(6).hash(0.0, corner.latitude_deg.to_radians());
    assert!(overlap(Shape::Moc(format!("6/{cell}")), Shape::Point(corner)));
}

fn position() -> impl Strategy<Value = Position> {
    (0.0..360.0_f64, -89.9..89.9_f64).prop_map(|(x, y)| at(x, y))
}

/// Regular polygons about a centre, so that they are simple and of known reach.
fn any_shape() -> impl Strategy<Value = Shape> {
    let round = (position(), 0.01..60.0_f64)
        .prop_map(|(centre, radius_deg)| Shape::Circle(Circle { centre, radius_deg }));
    let box_ = (0.0..360.0_f64, 0.0..360.0_f64, -80.0..80.0_f64, 0.0..9.0_f64)
        .prop_map(|(west, east, south, high)| rectangle(west, east, south, south + high));
    let corners = (position(), 0.1..50.0_f64, 3..8_usize)
        .prop_map(|(centre, radius, count)| Shape::Polygon(around(centre, radius, count)));
    prop_oneof![position().prop_map(Shape::Point), round, box_, corners]
}

fn around(centre: Position, radius_deg: f64, count: usize) -> Vec<Position> {
    (0..count).map(|n| offset(centre, radius_deg, 360.0 * n as f64 / count as f64)).collect()
}

/// The position at a distance and bearing.
fn offset(from: Position, distance_deg: f64, bearing_deg: f64) -> Position {
    let (sin_d, cos_d) = distance_deg.to_radians().sin_cos();
    let (sin_b, cos_b) = bearing_deg.to_radians().sin_cos();
    let (sin_lat, cos_lat) = from.latitude_deg.to_radians().sin_cos();
    let latitude = (sin_lat * cos_d + cos_lat * sin_d * cos_b).asin();
    let longitude = (sin_b * sin_d * cos_lat).atan2(cos_d - sin_lat * latitude.sin());
    at((from.longitude_deg + longitude.to_degrees()).rem_euclid(360.0), latitude.to_degrees())
}

proptest! {
    #[test]
    fn overlap_is_symmetric_and_with_itself(a in any_shape(), b in any_shape()) {
        prop_assert!(overlap(a.clone(), a.clone()));
        overlap(a, b);
    }

    #[test]
    fn a_point_inside_both_means_overlap(a in any_shape(), b in any_shape(), p in position()) {
        if ready(a.clone()).contains(p) && ready(b.clone()).contains(p) {
            prop_assert!(overlap(a, b));
        }
    }

    #[test]
    fn a_larger_circle_overlaps_no_less(a in any_shape(), c in position(), r in 0.0..80.0_f64, more in 0.0..80.0_f64) {
        let small = overlap(circle(c.longitude_deg, c.latitude_deg, r), a.clone());
        let large = overlap(circle(c.longitude_deg, c.latitude_deg, r + more), a);
        prop_assert!(large || !small);
    }

    #[test]
    fn a_shape_lies_in_its_bounding_circle(a in any_shape(), p in position()) {
        let ready = ready(a);
        if let Some(bounds) = ready.bounding_circle() && ready.contains(p) {
            prop_assert!(separation_deg(bounds.centre, p) <= bounds.radius_deg + 1e-9);
        }
    }

    #[test]
    fn circles_overlap_as_their_centres_say(a in position(), b in position(), ra in 0.0..90.0_f64, rb in 0.0..90.0_f64) {
        let apart = separation_deg(a, b);
        prop_assume!((apart - ra - rb).abs() > 1e-9);
        let both = overlap(circle(a.longitude_deg, a.latitude_deg, ra), circle(b.longitude_deg, b.latitude_deg, rb));
        prop_assert_eq!(both, apart < ra + rb);
    }

    #[test]
    fn a_fine_polygon_is_nearly_its_circle(c in position(), r in 0.1..60.0_f64, p in position()) {
        let ring = ready(Shape::Polygon(around(c, r, 180)));
        let away = separation_deg(c, p);
        prop_assume!((away - r).abs() > 0.002 * r + 1e-6);
        prop_assert_eq!(ring.contains(p), away < r);
    }

    #[test]
    fn a_map_agrees_with_the_shape_it_was_asked_for(p in position(), r in 0.1..20.0_f64) {
        let lon = p.longitude_deg.to_radians();
        let cell = cdshealpix::nested::get(6).hash(lon, p.latitude_deg.to_radians());
        let map = Shape::Moc(format!("6/{cell}"));
        prop_assert!(overlap(map.clone(), Shape::Point(p)));
        prop_assert!(overlap(map.clone(), circle(p.longitude_deg, p.latitude_deg, r)));
        let far = offset(p, r + 5.0, 77.0);
        prop_assert!(!overlap(map, circle(far.longitude_deg, far.latitude_deg, r)));
    }
}
