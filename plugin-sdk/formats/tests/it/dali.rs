//! Parameters of requests and values of the DALI xtypes.

use archway_formats::dali::{
    OutputFormat, Parameters, Position, Upload, UploadSource, format_numbers, parse_circle,
    parse_interval, parse_point, parse_polygon,
};
use archway_formats::region::Region;
use archway_formats::votable::Serialization;

#[test]
fn names_have_no_case_and_single_values_come_once() {
    let parameters = Parameters::new([
        ("Query", "SELECT 1"),
        ("pos", "a"),
        ("POS", "b"),
        ("LANG", "ADQL"),
        ("lang", "ADQL"),
        ("x", ""),
    ]);
    assert_eq!(parameters.single("QUERY"), Ok(Some("SELECT 1")));
    assert_eq!(parameters.single("LANG"), Ok(Some("ADQL")), "the same twice is once");
    assert_eq!(parameters.single("MAXREC"), Ok(None));
    assert_eq!(parameters.all("Pos").collect::<Vec<_>>(), ["a", "b"]);
    let errors = [
        (
            parameters.single("POS").map(drop),
            "parameter POS is given 2 times where once would be right",
        ),
        (parameters.required("ID").map(drop), "parameter ID is missing"),
        (parameters.required("X").map(drop), "parameter X is missing"),
    ];
    for (result, expected) in errors {
        assert_eq!(result.expect_err(expected).to_string(), expected);
    }
}

#[test]
fn maxrec_is_a_whole_number() {
    for (value, expected) in
        [("0", Some(0)), (" 10 ", Some(10)), ("", None), ("18446744073709551615", Some(u64::MAX))]
    {
        assert_eq!(Parameters::new([("maxrec", value)]).maxrec(), Ok(expected), "`{value}`");
    }
    for value in ["-1", "1.5", "ten", "18446744073709551616"] {
        let error = Parameters::new([("MAXREC", value)]).maxrec().expect_err(value).to_string();
        assert_eq!(
            error,
            format!("parameter MAXREC = `{value}` is not a whole number of 0 or more")
        );
    }
}

#[test]
fn the_format_has_an_old_name() {
    for (pairs, expected) in [
        (vec![("RESPONSEFORMAT", "csv")], Some("csv")),
        (vec![("format", "csv")], Some("csv")),
        (vec![("FORMAT", "tsv"), ("responseformat", "csv")], Some("csv")),
        (vec![("RESPONSEFORMAT", ""), ("FORMAT", "tsv")], Some("tsv")),
        (vec![], None),
    ] {
        assert_eq!(Parameters::new(pairs.clone()).response_format(), Ok(expected), "{pairs:?}");
    }
}

#[test]
fn formats_have_short_names_and_media_types() {
    let cases = [
        ("votable", Some(OutputFormat::VotableTableData)),
        ("VOTable", Some(OutputFormat::VotableTableData)),
        ("application/x-votable+xml", Some(OutputFormat::VotableTableData)),
        ("application/x-votable+xml;serialization=BINARY2", Some(OutputFormat::VotableBinary2)),
        (
            "application/x-votable+xml; content=datalink; serialization = \"binary\"",
            Some(OutputFormat::VotableBinary),
        ),
        ("application/x-votable+xml;serialization=fits", None),
        ("votable/b2", Some(OutputFormat::VotableBinary2)),
        ("votable_plain", Some(OutputFormat::VotableTableData)),
        ("text/xml", Some(OutputFormat::VotableTableData)),
        ("text/csv;header=present", Some(OutputFormat::Csv)),
        ("CSV", Some(OutputFormat::Csv)),
        ("tsv", Some(OutputFormat::Tsv)),
        ("application/fits", Some(OutputFormat::Fits)),
        ("parquet", Some(OutputFormat::Parquet)),
        ("image/png", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(OutputFormat::parse(text), expected, "`{text}`");
        if let Some(format) = expected {
            assert_eq!(OutputFormat::parse(format.media_type()), Some(format));
            assert_eq!(OutputFormat::parse(format.short_name()), Some(format));
        }
    }
    assert_eq!(OutputFormat::VotableBinary2.serialization(), Some(Serialization::Binary2));
    assert_eq!(OutputFormat::Csv.serialization(), None);
}

#[test]
fn uploads_come_in_lists_and_apart() {
    let part = |table: &str, part: &str| Upload {
        table: table.to_owned(),
        source: UploadSource::Part(part.to_owned()),
    };
    let uri = |table: &str, uri: &str| Upload {
        table: table.to_owned(),
        source: UploadSource::Uri(uri.to_owned()),
    };
    let found =
        Upload::parse_all(["t1,param:f1;t_2 , http://example.org/a,b", "t3,vos://x!y/z", ""])
            .expect("legal");
    assert_eq!(
        found,
        [part("t1", "f1"), uri("t_2", "http://example.org/a,b"), uri("t3", "vos://x!y/z")]
    );
    for upload in &found {
        assert_eq!(
            Upload::parse_all([upload.to_string().as_str()]).expect("printed"),
            std::slice::from_ref(upload)
        );
    }
    for wrong in [
        "t1",
        "t1,",
        "t1,param:",
        "t1,file",
        "1t,param:a",
        "a.b,param:a",
        ",param:a",
        "a,param:b;A,param:c",
        "t,:x",
    ] {
        assert!(Upload::parse_all([wrong]).is_err(), "`{wrong}`");
    }
}

#[test]
fn positions_are_read_and_printed() {
    for (text, printed) in [
        ("CIRCLE 10 -20 0.5", "CIRCLE 10 -20 0.5"),
        ("circle  10.0 -20 5e-1", "CIRCLE 10 -20 0.5"),
        ("RANGE 0 360 -90 90", "RANGE 0 360 -90 90"),
        ("RANGE -Inf +Inf 0 1", "RANGE -Inf +Inf 0 1"),
        ("POLYGON 1 2 3 4 5 6", "POLYGON 1 2 3 4 5 6"),
    ] {
        let position: Position = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(position.to_string(), printed);
        assert_eq!(printed.parse(), Ok(position));
    }
    for (text, expected) in [
        ("CIRCLE 10 91 1", "`CIRCLE ra dec radius` with dec in -90..=90 and radius in 0..=180"),
        ("CIRCLE 10 20", "`CIRCLE ra dec radius` with dec in -90..=90 and radius in 0..=180"),
        ("CIRCLE 10 20 x", "a shape and numbers"),
        ("RANGE 2 1 0 1", "`RANGE ra1 ra2 dec1 dec2` in rising order"),
        ("RANGE NaN 1 0 1", "`RANGE ra1 ra2 dec1 dec2` in rising order"),
        ("POLYGON 1 2 3 4", "`POLYGON ra1 dec1 …` with three vertices or more"),
        ("BOX 1 2 3 4", "CIRCLE, RANGE or POLYGON"),
        ("", "CIRCLE, RANGE or POLYGON"),
    ] {
        let error = text.parse::<Position>().expect_err(text).to_string();
        assert_eq!(error, format!("parameter POS = `{text}` is not {expected}"));
    }
    let open: Position = "RANGE -Inf +Inf 0 1".parse().expect("legal");
    assert_eq!(open.to_region(), None);
}

#[test]
fn literals_are_numbers_with_a_meaning() {
    assert_eq!(parse_interval("1 2.5"), Some((1.0, 2.5)));
    assert_eq!(parse_interval("-Inf 5"), Some((f64::NEG_INFINITY, 5.0)));
    assert_eq!(parse_interval("2 1"), None);
    assert_eq!(parse_interval("NaN 1"), None);
    assert_eq!(parse_interval("1"), None);
    assert!(
        parse_point("10 20").is_some()
            && parse_point("10 95").is_none()
            && parse_point("10").is_none()
    );
    assert_eq!(parse_circle("1 2 3"), Region::circle(1.0, 2.0, 3.0));
    assert_eq!(parse_polygon("1 2 3 4 5 6"), Region::parse("polygon 1 2 3 4 5 6"));
    assert_eq!(format_numbers([1.0, -0.5, f64::INFINITY, 1e-7]), "1 -0.5 +Inf 0.0000001");
}
