//! Replies of real services, as recorded by the projects named in `data/SOURCES.md`.

use archway_formats::region::{Frame, Region};
use archway_formats::time::parse_timestamp;
use archway_formats::votable::{Cell, QueryStatus, Serialization, Writer};

use crate::{read, recorded_bytes};

#[test]
fn every_recorded_table_is_read_to_its_end() {
    let cases: &[(&str, usize, usize)] = &[
        ("gaia-binary2-two-rows.vot", 152, 2),
        ("gaia-upload-binary2.vot", 4, 2),
        ("gaia-upload-tabledata.vot", 4, 2),
        ("gaia-job-results.vot", 57, 5),
        ("euclid-product-list.vot", 16, 4),
        ("ehst-m31.vot", 14, 119),
        ("ehst-cone-gzipped.vot", 36, 2000),
        ("simbad-m1.vot", 9, 1),
        ("cadc-datalink.vot", 9, 6),
        ("gavo-ssa.vot", 32, 1),
        ("gavo-obscore.vot", 36, 10),
        ("pyvo-overflow.vot", 2, 3),
        ("pyvo-error.vot", 2, 3),
        ("pyvo-monkeypatch.vot", 4, 25),
        ("jhu-ssa.vot", 33, 36),
    ];
    for (name, fields, rows) in cases {
        let (head, found, trailer) = read(&recorded_bytes(&format!("votable/{name}"))).expect(name);
        assert_eq!((head.fields().len(), found.len()), (*fields, *rows), "{name}");
        assert_eq!(trailer.rows, *rows as u64, "{name}");
    }
}

#[test]
fn binary2_and_tabledata_of_the_same_upload_agree() {
    let (binary_head, binary, _) =
        read(&recorded_bytes("votable/gaia-upload-binary2.vot")).expect("whole");
    let (text_head, text, _) =
        read(&recorded_bytes("votable/gaia-upload-tabledata.vot")).expect("whole");
    assert_eq!(binary, text);
    assert_eq!(binary_head.fields(), text_head.fields());
    assert_eq!(
        binary[0][1],
        Cell::I64(3_834_447_128_563_320_320),
        "an identifier over 2^53 keeps its digits"
    );
}

#[test]
fn fixed_width_texts_of_binary2_lose_their_padding() {
    let (head, rows, trailer) =
        read(&recorded_bytes("votable/euclid-product-list.vot")).expect("whole");
    assert_eq!(rows[0][2], Cell::text("VIS"));
    assert_eq!(rows[0][8], Cell::text("2023-05-02T12:33:13.0"));
    assert!(head.info("QUERY").is_some_and(|info| info.value.contains("TOP 2000")));
    assert_eq!(trailer.status, QueryStatus::Ok);
    let Cell::Text(region) = &rows[0][15] else { panic!("no region: {:?}", rows[0][15]) };
    let (region, frame) = Region::parse_with_frame(region).expect(region);
    assert!(matches!(region, Region::Polygon(_) | Region::Union(_)), "{region:?}");
    assert_eq!(frame, Frame::Icrs);
}

#[test]
fn fields_without_a_name_go_by_their_identifier() {
    let (head, rows, _) = read(&recorded_bytes("votable/ehst-m31.vot")).expect("whole");
    assert_eq!(head.fields()[1].name, "START_TIME");
    assert!(head.fields()[1].is_timestamp(), "its unit is iso-8601");
    let Cell::Text(start) = &rows[0][1] else { panic!("no time: {:?}", rows[0][1]) };
    assert_eq!(parse_timestamp(start), Some(932_749_453_500_000));
}

#[test]
fn the_regions_of_recorded_rows_are_understood() {
    for (name, column) in [("gavo-obscore.vot", "s_region")] {
        let (head, rows, _) = read(&recorded_bytes(&format!("votable/{name}"))).expect(name);
        let at = head.fields().iter().position(|f| f.name == column).expect(column);
        for row in rows {
            match &row[at] {
                Cell::Text(text) => assert!(Region::parse(text).is_some(), "{name}: {text}"),
                Cell::Null => {}
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[test]
fn recorded_tables_survive_being_written_again() {
    for name in [
        "gaia-binary2-two-rows.vot",
        "gaia-job-results.vot",
        "ehst-m31.vot",
        "gavo-obscore.vot",
        "jhu-ssa.vot",
        "cadc-datalink.vot",
    ] {
        let (head, rows, _) = read(&recorded_bytes(&format!("votable/{name}"))).expect(name);
        for serialization in [Serialization::TableData, Serialization::Binary2] {
            let mut writer = Writer::start(Vec::new(), &head, serialization).expect(name);
            for row in &rows {
                writer.cells(row).unwrap_or_else(|e| panic!("{name}: {e}"));
            }
            let document = writer.finish(&QueryStatus::Ok, &[]).expect(name);
            let (again_head, again, _) =
                read(&document).unwrap_or_else(|e| panic!("{name} as {serialization:?}: {e}"));
            assert_eq!(rows, again, "{name} as {serialization:?}");
            assert_eq!(head.fields(), again_head.fields(), "{name}");
        }
    }
}
