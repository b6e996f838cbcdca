//! Regions in all notations.

use archway_formats::region::{Frame, Region, SkyPoint};
use archway_formats::votable::Xtype;
use proptest::prelude::*;

fn point(ra_deg: f64, dec_deg: f64) -> SkyPoint {
    SkyPoint { ra_deg, dec_deg }
}

fn triangle() -> Region {
    Region::Polygon(vec![point(10.0, 20.0), point(11.0, 20.0), point(11.0, 21.0)])
}

#[test]
fn every_notation_is_read() {
    let circle = Region::Circle { centre: point(10.0, -20.0), radius_deg: 0.5 };
    let square = Region::Polygon(vec![
        point(0.0, 0.0),
        point(90.0, 0.0),
        point(90.0, 45.0),
        point(0.0, 45.0),
    ]);
    let range = Region::Range { ra_deg: (10.0, 12.0), dec_deg: (-5.0, 5.0) };
    let cases: &[(&str, Region)] = &[
        ("CIRCLE ICRS 10 -20 0.5", circle.clone()),
        ("Circle ICRS GEOCENTER 10.0 -20.0 0.5", circle.clone()),
        ("circle 10 -20 0.5", circle.clone()),
        ("Circle J2000 10 -20 5e-1", circle.clone()),
        ("Circle FK5 J2000.0 TOPOCENTER SPHERICAL2 10 -20 0.5", circle.clone()),
        ("CIRCLE('ICRS', 10, -20, 0.5)", circle.clone()),
        ("CIRCLE ICRS 10 -20 0.5 unit deg", circle.clone()),
        ("10 -20 0.5", circle.clone()),
        ("<(10d , -20d) , 0.5d>", circle.clone()),
        ("POLYGON ICRS 10 20 11 20 11 21", triangle()),
        ("Polygon J2000 10 20 11 20 11 21", triangle()),
        ("polygon UNKNOWNFRAME 10 20 11 20 11 21", triangle()),
        ("POLYGON ICRS 10 20 11 20 11 21 10 20", triangle()),
        ("POLYGON 10, 20, 11, 20, 11, 21", triangle()),
        ("10 20 11 20 11 21", triangle()),
        ("{(10d,20d),(11d,20d),(11d,21d)}", triangle()),
        ("{(10d, 20d), (11d, 20d), (11d, 21d), (10d, 20d)}", triangle()),
        ("{(0h 40m 0s, +20d 0m 0s),(0h 44m 0s, 20d 0m 0s),(0h 44m 0s, 21d)}", triangle()),
        (
            "{(0,0),(1.5707963267948966,0),(1.5707963267948966,0.7853981633974483),(0,0.7853981633974483)}",
            square.clone(),
        ),
        (
            "((0,0),(1.5707963267948966,0),(1.5707963267948966,0.7853981633974483),(0,0.7853981633974483))",
            square,
        ),
        ("POSITION ICRS 10 20", Region::Point(point(10.0, 20.0))),
        ("Position 10 20", Region::Point(point(10.0, 20.0))),
        ("POINT ICRS 10 20", Region::Point(point(10.0, 20.0))),
        ("(10d,20d)", Region::Point(point(10.0, 20.0))),
        ("10 20", Region::Point(point(10.0, 20.0))),
        (
            "BOX ICRS 10 20 2 1",
            Region::Box { centre: point(10.0, 20.0), width_deg: 2.0, height_deg: 1.0 },
        ),
        (
            "Ellipse ICRS 10 20 2 1 45",
            Region::Ellipse {
                centre: point(10.0, 20.0),
                semi_major_deg: 2.0,
                semi_minor_deg: 1.0,
                position_angle_deg: 45.0,
            },
        ),
        ("RANGE 10 12 -5 5", range.clone()),
        ("PositionInterval ICRS 10 -5 12 5", range),
        ("AllSky ICRS", Region::AllSky),
        (
            "UNION ICRS (POLYGON 10 20 11 20 11 21 CIRCLE 10 -20 0.5)",
            Region::Union(vec![triangle(), circle.clone()]),
        ),
        (
            "Union ICRS ( Polygon 10 20 11 20 11 21, Circle 10 -20 0.5 )",
            Region::Union(vec![triangle(), circle.clone()]),
        ),
        (
            "POLYGON ICRS 10 20 11 20 11 21 POLYGON ICRS 10 20 11 20 11 21",
            Region::Union(vec![triangle(), triangle()]),
        ),
        (
            "Intersection ICRS (Circle 10 -20 0.5 Not (Polygon 10 20 11 20 11 21))",
            Region::Intersection(vec![circle.clone(), Region::Not(Box::new(triangle()))]),
        ),
        (
            "UNION (UNION (Circle 10 -20 0.5) Circle 10 -20 0.5)",
            Region::Union(vec![Region::Union(vec![circle.clone()]), circle]),
        ),
    ];
    for (text, expected) in cases {
        let found = Region::parse(text).unwrap_or_else(|| panic!("`{text}` is not read"));
        // Conversions from radians and hours round.
        assert!(close(&found, expected), "`{text}`: {found:?}");
    }
}

/// Whether two regions print alike to nine digits.
fn close(a: &Region, b: &Region) -> bool {
    let rounded = |region: &Region| {
        let text = region.to_stcs();
        let words =
            text.split(' ').map(|word| match word.trim_matches(['(', ')']).parse::<f64>() {
                Ok(number) => format!("{:.9}", number + 0.0),
                Err(_) => word.to_owned(),
            });
        words.collect::<Vec<_>>().join(" ")
    };
    rounded(a) == rounded(b)
}

#[test]
fn frames_that_are_not_icrs_are_told() {
    let cases = [
        ("CIRCLE ICRS 1 2 3", Frame::Icrs),
        ("CIRCLE 1 2 3", Frame::Icrs),
        ("CIRCLE FK5 1 2 3", Frame::Icrs),
        ("CIRCLE GALACTIC 1 2 3", Frame::Other("GALACTIC".to_owned())),
        ("circle fk4 B1950 1 2 3", Frame::Other("FK4".to_owned())),
        ("Union GALACTIC (Circle 1 2 3)", Frame::Other("GALACTIC".to_owned())),
    ];
    for (text, expected) in cases {
        assert_eq!(
            Region::parse_with_frame(text).map(|(_, frame)| frame),
            Some(expected),
            "`{text}`"
        );
    }
}

#[test]
fn what_is_no_region_is_none() {
    let deep = format!("{}Circle 1 2 3{}", "UNION (".repeat(1000), ")".repeat(1000));
    for text in [
        "",
        " ",
        "hello",
        "CIRCLE",
        "CIRCLE ICRS 1 2",
        "CIRCLE 1 2 3 4",
        "CIRCLE 1 91 1",
        "CIRCLE 1 2 -1",
        "CIRCLE nan 2 1",
        "POLYGON 1 2 3 4",
        "POLYGON 1 2 3 4 5",
        "UNION",
        "UNION (",
        "UNION ()",
        "UNION (CIRCLE 1 2 3",
        "NOT",
        "NOT (",
        "{(1d,2d),(3d,4d)}",
        "{(1d,2d)",
        "{1,2}",
        "(1d)",
        "<(1d,2d)>",
        "((1d,2d))",
        "1",
        "1 2 3 4",
        "{(é,1),(1,1),(2,2)}",
        &deep,
    ] {
        assert_eq!(Region::parse(text), None, "`{}`", &text[..text.len().min(40)]);
    }
}

#[test]
fn arrays_of_numbers_are_regions_under_their_xtype() {
    assert_eq!(
        Region::from_numbers(&Xtype::Point, &[1.0, 2.0]),
        Some(Region::Point(point(1.0, 2.0)))
    );
    assert_eq!(
        Region::from_numbers(&Xtype::Circle, &[1.0, 2.0, 3.0]),
        Some(Region::Circle { centre: point(1.0, 2.0), radius_deg: 3.0 })
    );
    assert_eq!(
        Region::from_numbers(&Xtype::Polygon, &[10.0, 20.0, 11.0, 20.0, 11.0, 21.0]),
        Some(triangle())
    );
    assert_eq!(Region::from_numbers(&Xtype::Polygon, &[10.0, 20.0, 11.0, 20.0, 11.0]), None);
    let range = Region::Range { ra_deg: (1.0, 2.0), dec_deg: (-1.0, 1.0) };
    let circle = Region::circle(1.0, 2.0, 3.0).expect("in range");
    for (xtype, region) in
        [(Xtype::Polygon, triangle()), (Xtype::Range, range), (Xtype::Circle, circle)]
    {
        let numbers = region.to_numbers().expect("it has some");
        assert_eq!(Region::from_numbers(&xtype, &numbers), Some(region));
    }
    assert_eq!(Region::AllSky.to_numbers(), None);
    assert_eq!(Region::from_numbers(&Xtype::Interval, &[1.0, 2.0]), None);
}

#[test]
fn regions_print_as_stc_s_and_as_dali() {
    let cases = [
        ("CIRCLE 1 2 0.5", "Circle ICRS 1 2 0.5", "circle 1 2 0.5"),
        (
            "POLYGON 10 20 11 20 11 21",
            "Polygon ICRS 10 20 11 20 11 21",
            "polygon 10 20 11 20 11 21",
        ),
        ("RANGE 1 2 3 4", "PositionInterval ICRS 1 3 2 4", "range 1 2 3 4"),
        ("UNION (CIRCLE 1 2 3)", "Union ICRS (Circle 1 2 3)", "Union ICRS (Circle 1 2 3)"),
        ("NOT (CIRCLE 1 2 3)", "Not (Circle ICRS 1 2 3)", "Not (Circle ICRS 1 2 3)"),
    ];
    for (text, stcs, dali) in cases {
        let region = Region::parse(text).expect(text);
        assert_eq!(
            (region.to_stcs().as_str(), region.to_string().as_str()),
            (stcs, dali),
            "{text}"
        );
    }
}

fn region() -> impl Strategy<Value = Region> {
    let sky = (0.0..360.0_f64, -90.0..=90.0_f64).prop_map(|(ra, dec)| point(ra, dec)).boxed();
    let leaf = prop_oneof![
        sky.clone().prop_map(Region::Point),
        (sky.clone(), 0.0..=180.0_f64)
            .prop_map(|(centre, radius_deg)| Region::Circle { centre, radius_deg }),
        prop::collection::vec(sky.clone(), 3..9)
            .prop_filter("not closed", |v| v.first() != v.last())
            .prop_map(Region::Polygon),
        (sky.clone(), 0.0..=360.0_f64, 0.0..=180.0_f64).prop_map(
            |(centre, width_deg, height_deg)| Region::Box { centre, width_deg, height_deg }
        ),
        (sky, 0.0..=180.0_f64, 0.0..=180.0_f64, -360.0..360.0_f64).prop_map(|(centre, a, b, p)| {
            Region::Ellipse { centre, semi_major_deg: a, semi_minor_deg: b, position_angle_deg: p }
        }),
        Just(Region::AllSky),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Region::Union),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Region::Intersection),
            inner.prop_map(|region| Region::Not(Box::new(region))),
        ]
    })
}

proptest! {
    #[test]
    fn printed_regions_are_read_back(region in region()) {
        prop_assert_eq!(Region::parse(&region.to_stcs()), Some(region.clone()));
        prop_assert_eq!(Region::parse(&region.to_string()), Some(region));
    }
}
