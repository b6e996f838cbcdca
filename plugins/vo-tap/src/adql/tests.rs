//! Questions and the ADQL they become.

use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{
    Frame, Interval, LongitudeRange, Position, Rectangle, Region, Shape, TimeRange,
};

use super::*;
use crate::profile::{Column, Profile};
use crate::recorded::circle;
use crate::settings::RegionSupport;

fn settings(more: &[(&str, Value)]) -> Settings {
    let mut host = RecordedHost::new().with_text("base_url", "https://archive.example/tap");
    for (key, value) in more {
        host = host.with_setting(key, value.clone());
    }
    Settings::of(&host).unwrap()
}

fn json(text: &str) -> Value {
    Value::Json(text.to_owned())
}

/// The standard's table, with areas that can be compared or not.
fn obscore(region: RegionSupport) -> Source {
    let source = Source::obscore(&settings(&[]), &Profile::default());
    Source { region, ..source }
}

fn shown(query: &SearchQuery, source: &Source, settings: &Settings) -> String {
    let found = conditions(query, source, settings);
    let nothing = if found.is_empty { "\nnothing can match" } else { "" };
    let left = if found.not_applied.is_empty() {
        String::new()
    } else {
        format!("\nleft: {:?}", found.not_applied)
    };
    format!("{}{left}{nothing}", found.all.join("\nAND "))
}

fn with_text(words: &str) -> SearchQuery {
    SearchQuery { text: Some(words.to_owned()), ..SearchQuery::everything() }
}

fn shaped(shape: Shape) -> SearchQuery {
    SearchQuery { region: Some(Region { frame: Frame::Icrs, shape }), ..SearchQuery::everything() }
}

#[test]
fn text_of_a_user_never_ends_its_literal() {
    let cases = [
        ("plain", "M31", "'M31'"),
        ("a quote", "Barnard's star", "'Barnard''s star'"),
        ("an attempt", "x' OR '1'='1", "'x'' OR ''1''=''1'"),
        ("controls", "a\u{0}b\nc", "'a b c'"),
        ("another script", "Стрелец", "'Стрелец'"),
    ];
    for (name, value, literal) in cases {
        assert_eq!(text(value), literal, "{name}");
    }
}

#[test]
fn every_word_must_occur_somewhere() {
    let (source, plain) = (obscore(RegionSupport::Contains), settings(&[]));
    insta::assert_snapshot!(shown(&with_text("Crab EPIC"), &source, &plain));
}

#[test]
fn wildcards_in_a_word_are_left_to_the_gateway() {
    let source = obscore(RegionSupport::Contains);
    for word in ["100%", "a_b", "back\\slash"] {
        let found = conditions(&with_text(word), &source, &settings(&[]));
        assert_eq!(found.not_applied, [Constraint::Text], "{word}");
        assert!(!found.all[0].contains('\\'), "{word}");
    }
    let ilike =
        conditions(&with_text("crab"), &source, &settings(&[("ilike", Value::Boolean(true))]));
    assert!(ilike.all[0].starts_with("(target_name ILIKE '%crab%' OR "), "{}", ilike.all[0]);
}

#[test]
fn a_circle_finds_what_reaches_into_it() {
    let query =
        SearchQuery { region: Some(circle(10.5, -20.25, 0.5)), ..SearchQuery::everything() };
    let cases = [
        ("areas", RegionSupport::Intersects),
        ("points", RegionSupport::Contains),
        ("no geometry", RegionSupport::None),
    ];
    let shown: Vec<_> = cases
        .map(|(name, region)| {
            format!("{name}\n{}", shown(&query, &obscore(region), &settings(&[])))
        })
        .to_vec();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn other_shapes_are_replaced_by_a_circle_around_them_and_left_to_the_gateway() {
    let at = |longitude_deg, latitude_deg| Position { longitude_deg, latitude_deg };
    let rectangle = |west_deg, east_deg, low, high| {
        Shape::Rectangle(Rectangle {
            longitude: LongitudeRange { west_deg, east_deg },
            latitude_deg: Interval { lower: Some(low), upper: Some(high) },
            height_m: None,
        })
    };
    let cases = [
        ("a point", Shape::Point(at(10.0, 20.0))),
        ("a polygon over 0 h", Shape::Polygon(vec![at(359.0, -1.0), at(1.0, -1.0), at(0.0, 1.0)])),
        ("a range over 0 h", rectangle(359.0, 1.0, -1.0, 1.0)),
        ("a band", rectangle(0.0, 360.0, -10.0, 10.0)),
        ("everything", Shape::WholeSphere),
        ("a MOC", Shape::Moc("3/1".to_owned())),
    ];
    let source = obscore(RegionSupport::Intersects);
    let shown: Vec<_> = cases
        .into_iter()
        .map(|(name, shape)| format!("{name}\n{}", shown(&shaped(shape), &source, &settings(&[]))))
        .collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn a_frame_that_is_not_icrs_is_left_to_the_gateway() {
    let mut region = circle(10.0, 20.0, 1.0);
    region.frame = Frame::Galactic;
    let query = SearchQuery { region: Some(region), ..SearchQuery::everything() };
    let found = conditions(&query, &obscore(RegionSupport::Intersects), &settings(&[]));
    assert_eq!((found.all, found.not_applied), (vec![], vec![Constraint::Region]));
}

#[test]
fn intervals_overlap_and_open_ends_are_open() {
    let day_us = 86_400_000_000;
    let (source, plain) = (obscore(RegionSupport::Contains), settings(&[]));
    let time = |start, end| SearchQuery {
        time: Some(TimeRange { start, end }),
        ..SearchQuery::everything()
    };
    let wave = |lower, upper| SearchQuery {
        wavelength_m: Some(Interval { lower, upper }),
        ..SearchQuery::everything()
    };
    let cases = [
        ("a day", time(Some(0), Some(day_us)), "t_min <= 40588\nAND t_max >= 40587"),
        ("since", time(Some(day_us / 2), None), "t_max >= 40587.5"),
        ("ever", time(None, None), ""),
        (
            "the optical",
            wave(Some(3e-7), Some(1e-6)),
            "em_min <= 0.000001\nAND em_max >= 0.0000003",
        ),
        ("up to gamma", wave(None, Some(1e-12)), "em_min <= 0.000000000001"),
    ];
    for (name, query, wanted) in cases {
        assert_eq!(shown(&query, &source, &plain), wanted, "{name}");
    }
}

#[test]
fn facets_are_compared_without_case() {
    let (source, plain) = (obscore(RegionSupport::Contains), settings(&[]));
    let facet = |kind, term: &str| SearchQuery {
        facets: vec![FacetFilter { kind, any_of: vec![term.to_owned()] }],
        ..SearchQuery::everything()
    };
    let cases = [
        (
            "a mission",
            facet(FacetKind::Mission, "XMM-Newton"),
            "LOWER(facility_name) IN ('xmm-newton')",
        ),
        (
            "a waveband",
            facet(FacetKind::Waveband, "x-ray"),
            "((em_min < 0.00000001 AND em_max >= 0.00000000001))",
        ),
        ("no waveband", facet(FacetKind::Waveband, "tasty"), "\nnothing can match"),
        ("a level", facet(FacetKind::ProcessingLevel, "2"), "calib_level IN (2)"),
        ("no level", facet(FacetKind::ProcessingLevel, "2; DROP TABLE x"), "\nnothing can match"),
        ("one without a column", facet(FacetKind::Station, "WTZR"), "\nnothing can match"),
        (
            "a type",
            facet(FacetKind::Other("product-type".to_owned()), "light-curve"),
            "LOWER(dataproduct_type) IN ('timeseries', 'light-curve', 'lightcurve', 'lc')\nleft: [Constraint::Facet(FacetKind::Other(\"product-type\"))]",
        ),
    ];
    for (name, query, wanted) in cases {
        assert_eq!(shown(&query, &source, &plain), wanted, "{name}");
    }
    let defaults = settings(&[("facets", json(r#"{"mission": "Gaia"}"#))]);
    assert_eq!(
        shown(&facet(FacetKind::Mission, "gaia"), &source, &defaults),
        "(LOWER(facility_name) IN ('gaia') OR facility_name IS NULL)"
    );
}

#[test]
fn a_mapped_table_is_asked_in_its_own_units() {
    let columns = json(
        r#"{"obs_id": "obsno", "obs_collection": {"value": "XMM"}, "s_ra": {"column": "ra_h", "unit": "hours"}, "s_dec": "decl",
            "t_min": {"column": "start_utc", "unit": "iso"}, "t_max": {"column": "end_utc", "unit": "iso"},
            "em_min": {"column": "e_high", "unit": "keV"}, "em_max": {"column": "e_low", "unit": "keV"},
            "modified": {"column": "changed", "unit": "iso"}}"#,
    );
    let settings =
        settings(&[("table", Value::Text("xsa.v_all".to_owned())), ("columns", columns)]);
    let source = Source::mapped(&settings).unwrap();
    let query = SearchQuery {
        collections: vec!["XMM".to_owned()],
        region: Some(circle(150.0, 2.0, 1.0)),
        time: Some(TimeRange { start: Some(0), end: Some(1_000_000) }),
        wavelength_m: Some(Interval { lower: Some(1e-10), upper: Some(1e-9) }),
        modified_since: Some(0),
        ..SearchQuery::everything()
    };
    insta::assert_snapshot!(format!(
        "SELECT {}\n{}",
        source.select,
        shown(&query, &source, &settings)
    ));
    let other = SearchQuery { collections: vec!["HST".to_owned()], ..SearchQuery::everything() };
    assert!(conditions(&other, &source, &settings).is_empty);
}

#[test]
fn an_extra_is_compared_as_a_number_or_left_to_the_gateway() {
    let profile = Profile {
        table: Some("ivoa.obscore".to_owned()),
        columns: vec![Column { name: "revolution".to_owned(), ..Column::default() }],
        is_known: true,
    };
    let plain = settings(&[]);
    let source = Source::obscore(&plain, &profile);
    let filter = |key: &str, comparison, value| SearchQuery {
        filters: vec![Filter { key: key.to_owned(), comparison, value }],
        ..SearchQuery::everything()
    };
    let cases = [
        (
            "a number",
            filter("obscore:revolution", Comparison::AtLeast, Value::Integer(7)),
            "revolution >= 7",
        ),
        (
            "presence",
            filter("obscore:revolution", Comparison::IsPresent, Value::Boolean(true)),
            "revolution IS NOT NULL",
        ),
        (
            "a text",
            filter("obscore:revolution", Comparison::Equals, Value::Text("7".to_owned())),
            "\nleft: [Constraint::Filter(\"obscore:revolution\")]",
        ),
        (
            "an unknown column",
            filter("obscore:x; DROP", Comparison::Equals, Value::Integer(7)),
            "\nleft: [Constraint::Filter(\"obscore:x; DROP\")]",
        ),
    ];
    for (name, query, wanted) in cases {
        assert_eq!(shown(&query, &source, &plain), wanted, "{name}");
    }
}
