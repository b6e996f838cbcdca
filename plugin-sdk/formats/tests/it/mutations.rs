//! Damaged documents: whatever happens to the bytes, a reader returns.

use archway_formats::votable::{Columns, Reader, Timestamps};
use archway_formats::{Limits, error_message, region::Region, time, uws, vosi};
use proptest::prelude::*;

use crate::recorded_bytes;

/// Cuts, overwrites and repeats bytes.
fn damage(document: &[u8], changes: &[(usize, u8, u8)], cut: Option<usize>) -> Vec<u8> {
    let mut bytes = document.to_vec();
    for &(at, kind, byte) in changes {
        let at = at % bytes.len().max(1);
        match kind % 4 {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            _ => {
                let end = (at + usize::from(byte)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    if let Some(cut) = cut {
        bytes.truncate(cut % bytes.len().max(1));
    }
    bytes
}

fn read_everything(bytes: &[u8]) {
    let limits = Limits { text_bytes: 1 << 20, ..Limits::default() };
    if let Ok(mut reader) = Reader::new(bytes, limits) {
        let mut columns = Columns::new(reader.fields(), Timestamps::AsInstants, 100);
        while let Ok(1..) = reader.fill(&mut columns) {
            let batch = columns.take();
            for column in &batch.columns {
                for row in 0..batch.rows {
                    assert!(column.value(row).is_some(), "a batch contradicts itself");
                }
            }
        }
    }
    if let Ok(mut tables) = vosi::TablesReader::new(bytes, limits) {
        while let Ok(Some(table)) = tables.next_table() {
            table.columns.iter().for_each(|column| drop(column.to_field()));
        }
    }
    if let Ok(mut jobs) = uws::JobListReader::new(bytes, limits) {
        while let Ok(Some(_)) = jobs.next_job() {}
    }
    let _ = uws::read_job(bytes, &limits);
    let _ = vosi::Capabilities::read(bytes, &limits);
    let _ = vosi::Availability::read(bytes, &limits);
    let _ = error_message(None, bytes);
    let _ = error_message(Some("text/html"), bytes);
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        "votable/overflow.vot",
        "votable/datalink.vot",
        "votable/gaia-upload-binary2.vot",
        "votable/gaia-upload-tabledata.vot",
        "votable/simbad-m1.vot",
        "votable/cadc-datalink.vot",
        "vosi/capabilities.xml",
        "vosi/tables.xml",
        "uws/job.xml",
        "uws/euclid-jobs.xml",
        "errors/ehst-nested-not-well-formed.vot",
    ])
    .prop_map(recorded_bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_documents_never_panic(
        document in document(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 0..12),
        cut in prop::option::of(any::<usize>()),
    ) {
        read_everything(&damage(&document, &changes, cut));
    }

    #[test]
    fn damaged_markup_never_panics(
        document in document(),
        changes in prop::collection::vec(
            (any::<usize>(), 0..4_u8, prop::sample::select(b"<>/&;'\"=![]-? \0xT1".to_vec())), 1..6),
    ) {
        read_everything(&damage(&document, &changes, None));
    }

    #[test]
    fn any_text_is_a_region_or_is_not(text in "\\PC{0,60}") {
        let _ = Region::parse(&text);
        let _ = time::parse_any(&text);
        let _ = text.parse::<archway_formats::dali::Position>();
    }

    #[test]
    fn texts_like_regions_never_panic(text in "[(){}<>,. 0-9eE+dhms-]{0,60}|(UNION|CIRCLE|POLYGON|NOT|BOX)[ (A-Z0-9.)-]{0,60}") {
        let _ = Region::parse(&text);
    }
}
