//! Any bytes as the smaller documents of a service: no panic, no endless work.
#![no_main]

use archway_formats::{Limits, error_message, gzip, uws, vosi};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    let limits = Limits { text_bytes: 1 << 16, decompressed_bytes: 1 << 22, ..Limits::default() };
    if let Ok(mut tables) = vosi::TablesReader::new(document, limits) {
        while let Ok(Some(table)) = tables.next_table() {
            table.columns.iter().for_each(|column| drop(column.to_field()));
        }
    }
    if let Ok(capabilities) = vosi::Capabilities::read(document, &limits) {
        let mut written = Vec::new();
        capabilities.write(&mut written).expect("memory takes it");
        vosi::Capabilities::read(&written[..], &limits).expect("what is written can be read");
    }
    if let Ok(mut jobs) = uws::JobListReader::new(document, limits) {
        while let Ok(Some(_)) = jobs.next_job() {}
    }
    if let Ok(job) = uws::read_job(document, &limits) {
        let mut written = Vec::new();
        uws::write_job(&mut written, &job).expect("memory takes it");
        uws::read_job(&written[..], &limits).expect("what is written can be read");
    }
    if let Ok(stream) = gzip::sniff(document, &limits) {
        let _ = std::io::copy(&mut { stream }, &mut std::io::sink());
    }
    for kind in [None, Some("text/html")] {
        if let Some(message) = error_message(kind, document) {
            assert!(message.chars().count() <= 1001 && !message.contains(char::is_control));
        }
    }
});
