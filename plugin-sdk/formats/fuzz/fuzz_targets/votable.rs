//! Any bytes as a VOTable: no panic, no endless work, and what was read survives being written.
#![no_main]

use archway_formats::Limits;
use archway_formats::votable::{
    Cell, Columns, Field, QueryStatus, Reader, Serialization, Timestamps, Writer,
};
use libfuzzer_sys::fuzz_target;

fn read(document: &[u8]) -> Option<(archway_formats::votable::Head, Vec<Vec<Cell>>)> {
    let limits = Limits { text_bytes: 1 << 16, ..Limits::default() };
    let mut reader = Reader::new(document, limits).ok()?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row().ok()? {
        rows.push(row.to_cells());
    }
    Some((reader.head().clone(), rows))
}

/// Whether a document can say the column's values exactly.
fn is_exact(field: &Field) -> bool {
    // A width in characters is bytes in a stream; padding and control characters are lost.
    !field.datatype.is_text() && field.values.is_none()
}

fuzz_target!(|document: &[u8]| {
    let Some((head, rows)) = read(document) else { return };
    if let Ok(mut reader) =
        Reader::new(document, Limits { text_bytes: 1 << 16, ..Limits::default() })
    {
        let mut columns = Columns::new(reader.fields(), Timestamps::AsInstants, 64);
        while let Ok(1..) = reader.fill(&mut columns) {
            let batch = columns.take();
            for column in &batch.columns {
                assert!((0..batch.rows).all(|row| column.value(row).is_some()));
            }
        }
    }
    if head.table.is_none() || head.fields().is_empty() || !head.fields().iter().all(is_exact) {
        return;
    }
    for serialization in [Serialization::TableData, Serialization::Binary2] {
        let Ok(mut writer) = Writer::start(Vec::new(), &head, serialization) else { continue };
        if rows.iter().any(|row| writer.cells(row).is_err()) {
            continue;
        }
        let again = writer.finish(&QueryStatus::Ok, &[]).expect("memory takes it");
        let (_, found) = read(&again).expect("what is written can be read");
        let empty_is_null = |rows: &[Vec<Cell>]| format!("{rows:?}").replace("([])", "").len();
        if serialization == Serialization::Binary2 {
            assert_eq!(format!("{found:?}"), format!("{rows:?}"));
        } else {
            assert_eq!(
                found.len(),
                rows.len(),
                "{} {}",
                empty_is_null(&found),
                empty_is_null(&rows)
            );
        }
    }
});
