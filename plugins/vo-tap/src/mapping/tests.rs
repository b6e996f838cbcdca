//! Rows as assets, one oddity each.

use archway_formats::votable::Reader;
use archway_plugin::testing::{NOW_US, RecordedHost, outline};
use archway_plugin::types::{Location, Shape, Value, Visibility};

use super::*;
use crate::profile::Profile;

const GAVO: &[u8] = include_bytes!("../../tests/data/recorded/gavo-obscore.vot");

fn settings(more: &[(&str, Value)]) -> Settings {
    let mut host = RecordedHost::new().with_text("base_url", "https://archive.example/tap");
    for (key, value) in more {
        host = host.with_setting(key, value.clone());
    }
    Settings::of(&host).unwrap()
}

fn assets(document: &[u8], settings: &Settings, source: &Source) -> Vec<Asset> {
    let mut reader = Reader::new(document, archway_formats::Limits::default()).unwrap();
    let mapper = Mapper::new(reader.head(), source, settings, NOW_US);
    let mut assets = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        assets.extend(mapper.asset(&row));
    }
    assets
}

/// A column's name, its attributes, and a cell of it.
type Cell<'a> = (&'a str, &'a str, &'a str);

/// One row of an ObsCore table with these columns.
fn row(columns: &[Cell<'_>]) -> Asset {
    let all: Vec<_> = [("obs_publisher_did", TEXT, "ivo://a/b?1")].iter().chain(columns).collect();
    let fields: String =
        all.iter().map(|(name, kind, _)| format!(r#"<FIELD name="{name}" {kind}/>"#)).collect();
    let cells: String = all.iter().map(|(.., cell)| format!("<TD>{cell}</TD>")).collect();
    let document = format!(
        r#"<VOTABLE version="1.4"><RESOURCE type="results"><TABLE>{fields}<DATA><TABLEDATA><TR>{cells}</TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#
    );
    let settings = settings(&[]);
    let source = Source::obscore(&settings, &Profile::default());
    assets(document.as_bytes(), &settings, &source).remove(0)
}

const TEXT: &str = r#"datatype="char" arraysize="*""#;
const DOUBLE: &str = r#"datatype="double""#;

#[test]
fn a_recorded_table_becomes_assets() {
    let settings = settings(&[]);
    let source = Source::obscore(&settings, &Profile::default());
    let assets = assets(GAVO, &settings, &source);
    insta::assert_snapshot!(format!("{} assets\n{}", assets.len(), outline(&assets[0])));
}

#[test]
fn every_column_of_the_standard_finds_a_place() {
    let columns = include_str!("../../tests/data/obscore-columns.txt");
    let is_number = |name: &str| {
        matches!(name.get(..2), Some("s_" | "t_" | "em"))
            && !name.ends_with("ucd")
            && !name.ends_with("unit")
            && !name.ends_with("status")
            && name != "s_region"
            || ["calib_level", "access_estsize", "pol_xel", "o_stat_error"].contains(&name)
    };
    let mut missing = Vec::new();
    for name in columns.lines().filter(|name| *name != "obs_publisher_did") {
        let (kind, cell) = match name {
            "s_region" => (TEXT, "Circle ICRS 10 20 1"),
            "calib_level" => (DOUBLE, "2"),
            "obs_creation_date" | "obs_release_date" => (TEXT, "2020-01-01T00:00:00"),
            "bib_reference" => (TEXT, "2011A&amp;A...536A..12B"),
            "access_url" => (TEXT, "https://archive.example/x"),
            _ if is_number(name) => (DOUBLE, "41.5"),
            _ => (TEXT, "a word"),
        };
        let columns = match name {
            // Said of something else, and nothing without it.
            "access_format" | "access_estsize" => {
                vec![("access_url", TEXT, "https://archive.example/x"), (name, kind, cell)]
            }
            "target_class" => vec![("target_name", TEXT, "M31"), (name, kind, cell)],
            "s_ra" => vec![("s_dec", DOUBLE, "1"), (name, kind, cell)],
            "s_dec" => vec![("s_ra", DOUBLE, "1"), (name, kind, cell)],
            "s_fov" | "s_resolution" | "s_resolution_min" | "s_resolution_max" | "s_xel1"
            | "s_xel2" => {
                vec![("s_ra", DOUBLE, "1"), ("s_dec", DOUBLE, "1"), (name, kind, cell)]
            }
            "t_resolution" | "t_xel" => vec![("t_min", DOUBLE, "50000"), (name, kind, cell)],
            _ => vec![(name, kind, cell)],
        };
        let without = row(&columns[..columns.len() - 1]);
        if row(&columns) == without {
            missing.push(name);
        }
    }
    assert_eq!(missing, Vec::<&str>::new(), "columns that make no difference to the asset");
}

#[test]
fn a_place_is_what_the_row_says_it_is() {
    let position = [("s_ra", DOUBLE, "10"), ("s_dec", DOUBLE, "-20"), ("s_fov", DOUBLE, "2")];
    let cases: [(&str, Vec<Cell<'_>>); 8] = [
        ("a circle of the field of view", position.to_vec()),
        ("a point without one", position[..2].to_vec()),
        ("an area in STC-S", vec![("s_region", TEXT, "Circle ICRS 10 -20 1")]),
        (
            "an area of pgSphere, in radians",
            vec![("s_region", TEXT, "{(0.1 , 0.2),(0.1 , 0.3),(0.2 , 0.2)}")],
        ),
        (
            "an area in numbers",
            vec![("s_region", r#"datatype="double" arraysize="3" xtype="circle""#, "10 -20 1")],
        ),
        ("a galactic area", vec![("s_region", TEXT, "Circle GALACTIC 10 20 1")]),
        (
            "words that are no area",
            [position.as_slice(), &[("s_region", TEXT, "somewhere")]].concat(),
        ),
        ("no place", vec![]),
    ];
    let shown: Vec<_> = cases
        .iter()
        .map(|(name, columns)| {
            let asset = row(columns);
            let regions: Vec<_> = asset
                .space
                .iter()
                .map(|space| format!("{:?} native {:?}", space.region, space.native))
                .collect();
            let derived =
                asset.extras.iter().any(|extra| extra.key == "obscore:footprint-is-derived");
            format!("{name}\n  {}{}", regions.join("; "), if derived { " derived" } else { "" })
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_box_has_sides_of_the_length_it_says() {
    let asset = row(&[("s_region", TEXT, "Box ICRS 100 60 2 1")]);
    let Shape::Polygon(corners) = &asset.space[0].region.shape else { panic!("{:?}", asset.space) };
    let separation = |a: usize, b: usize| {
        let (a, b) = (&corners[a], &corners[b]);
        let (la, lb) = (a.latitude_deg.to_radians(), b.latitude_deg.to_radians());
        let dl = (a.longitude_deg - b.longitude_deg).to_radians();
        (la.sin() * lb.sin() + la.cos() * lb.cos() * dl.cos()).acos().to_degrees()
    };
    assert!(
        (separation(0, 1) - 2.0).abs() < 1e-3 && (separation(1, 2) - 1.0).abs() < 1e-3,
        "{corners:?}"
    );
}

#[test]
fn rights_follow_the_word_and_the_date() {
    let (past, future, never) = ("2020-01-01", "2030-01-01 00:00:00", "2099-01-01");
    let cases = [
        ("nothing said", "", "", Visibility::Public, false),
        ("public", "public", "", Visibility::Public, false),
        ("proprietary", "proprietary", "", Visibility::Restricted, false),
        ("secure", "Secure", "", Visibility::Restricted, false),
        ("proprietary until later", "proprietary", future, Visibility::Embargoed, true),
        ("proprietary until some time ago", "proprietary", past, Visibility::Public, true),
        ("secure since some time", "secure", past, Visibility::Restricted, true),
        ("only a later date", "", future, Visibility::Embargoed, true),
        ("a date that stands for none", "proprietary", never, Visibility::Restricted, false),
        ("only a date that stands for none", "", never, Visibility::Restricted, false),
    ];
    for (name, word, date, visibility, has_date) in cases {
        let rights = row(&[("data_rights", TEXT, word), ("obs_release_date", TEXT, date)]).rights;
        assert_eq!(
            (rights.visibility, rights.data_release.is_some()),
            (visibility, has_date),
            "{name}"
        );
    }
}

#[test]
fn product_types_are_translated_into_the_vocabulary() {
    let cases = [
        ("image", Some("image"), "#this"),
        ("event", Some("event-list"), "#this"),
        ("lc", Some("light-curve"), "#this"),
        ("pha", Some("spectrum"), "#this"),
        ("arf", None, "#calibration"),
        ("PNG", None, "#preview"),
        ("hologram", Some("hologram"), "#this"),
    ];
    for (word, term, role) in cases {
        let asset = row(&[
            ("dataproduct_type", TEXT, word),
            ("access_url", TEXT, "https://archive.example/x"),
        ]);
        assert_eq!(asset.summary.product_type.map(|t| t.term).as_deref(), term, "{word}");
        assert_eq!(asset.distributions[0].role, role, "{word}");
    }
}

#[test]
fn a_kilobyte_has_a_thousand_bytes_and_is_an_estimate() {
    let asset = row(&[
        ("access_url", TEXT, "https://a.example/x.fits.gz"),
        ("access_format", TEXT, "application/fits"),
        ("access_estsize", DOUBLE, "3"),
    ]);
    let distribution = &asset.distributions[0];
    assert_eq!(distribution.size.map(|size| size.bytes), Some(3000));
    assert_eq!(
        (distribution.format.as_deref(), &distribution.encodings[..]),
        (Some("fits"), &["gzip".to_owned()][..])
    );
    assert!(
        matches!(&distribution.location, Location::Url(url) if url == "https://a.example/x.fits.gz")
    );
}

#[test]
fn times_are_exact_to_the_microsecond() {
    // 2000-01-01T12:00:00 UTC is MJD 51544.5.
    let asset = row(&[
        ("t_min", DOUBLE, "51544.5"),
        ("t_max", TEXT, "2000-01-01 12:00:00.25"),
        ("t_exptime", r#"datatype="float""#, "0.1"),
    ]);
    let time = &asset.time[0];
    assert_eq!((time.start, time.end), (Some(946_728_000_000_000), Some(946_728_000_250_000)));
    assert_eq!(
        time.exposure_s,
        Some(0.1),
        "a float of 32 bits is as short as the archive wrote it"
    );
}

#[test]
fn a_mapped_table_reads_as_obscore_does() {
    let columns = r#"{"obs_id": "obsno", "obs_collection": {"value": "XMM"}, "facility_name": {"value": "XMM-Newton"},
        "s_ra": {"column": "ra_h", "unit": "hours"}, "s_dec": "decl", "t_min": {"column": "start_utc", "unit": "iso"},
        "em_min": {"column": "e_high", "unit": "keV"}, "em_max": {"column": "e_low", "unit": "keV"},
        "access_url": {"template": "https://archive.example/data?obsno={obsno}"}, "revolution": "rev"}"#;
    let settings = settings(&[
        ("table", Value::Text("xsa.v_all".into())),
        ("columns", Value::Json(columns.into())),
    ]);
    let source = Source::mapped(&settings).unwrap();
    let document = br#"<VOTABLE version="1.4"><RESOURCE type="results"><TABLE><FIELD name="obs_id" datatype="char" arraysize="*"/>
        <FIELD name="s_ra" datatype="double"/><FIELD name="s_dec" datatype="double"/><FIELD name="t_min" datatype="char" arraysize="*"/>
        <FIELD name="em_min" datatype="double"/><FIELD name="em_max" datatype="double"/><FIELD name="revolution" datatype="int"/>
        <FIELD name="obsno" datatype="char" arraysize="*"/><DATA><TABLEDATA><TR><TD>0505720401</TD><TD>10</TD><TD>2</TD>
        <TD>2008-06-01 10:00:00.0</TD><TD>12</TD><TD>0.2</TD><TD>1552</TD><TD>0505720401</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#;
    insta::assert_snapshot!(outline(&assets(document, &settings, &source)[0]));
}
