//! All integration tests of the crate, in one binary.

mod columns;
mod dali;
mod gzip;
mod hostile;
mod mutations;
mod reading;
mod recorded;
mod regions;
mod round_trip;
mod service_errors;
mod times;
mod uws;
mod vosi;
mod vospace;
mod writing;

use std::path::PathBuf;

use archway_formats::votable::{Cell, Head, Reader, Trailer};
use archway_formats::{Error, Limits, gzip as sniffing};

/// Reads a whole VOTable.
fn read(document: &[u8]) -> Result<(Head, Vec<Vec<Cell>>, Trailer), Error> {
    read_within(document, Limits::default())
}

fn read_within(document: &[u8], limits: Limits) -> Result<(Head, Vec<Vec<Cell>>, Trailer), Error> {
    let mut reader = Reader::new(document, limits)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row.to_cells());
    }
    Ok((reader.head().clone(), rows, reader.finish()?))
}

/// A table of one RESOURCE, with these FIELDs and this content of DATA.
fn table(fields: &str, data: &str) -> String {
    format!(
        "<VOTABLE version=\"1.4\"><RESOURCE type=\"results\"><INFO name=\"QUERY_STATUS\" value=\"OK\"/>\
         <TABLE>{fields}<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"
    )
}

/// A TABLEDATA of one column and these cells, each with its tags.
fn column(field: &str, cells: &[&str]) -> String {
    let rows: String = cells.iter().map(|cell| format!("<TR>{cell}</TR>")).collect();
    table(field, &format!("<TABLEDATA>{rows}</TABLEDATA>"))
}

/// A recorded document, decompressed.
fn recorded_bytes(path: &str) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path);
    let raw = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()));
    let raw = raw.expect("every document named by a test is there");
    let mut plain = Vec::new();
    let mut stream = sniffing::sniff(&raw[..], &Limits::default()).expect("memory can be read");
    std::io::Read::read_to_end(&mut stream, &mut plain).expect("the recording is whole");
    plain
}

/// Compares a document with `tests/snapshots/NAME.snap`, wherever the tests are started.
fn assert_document(name: &str, document: &[u8]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let text = String::from_utf8(document.to_vec()).expect("documents are text");
    settings.bind(|| insta::assert_snapshot!(name, text));
}
