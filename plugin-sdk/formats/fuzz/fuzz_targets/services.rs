//! Any bytes as the smaller documents of a service: no panic, no endless work.
#![no_main]

use archway_formats::{Limits, error_message, gzip, uws, vosi, vospace};
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
    if let Ok(mut nodes) = vospace::NodeReader::new(document, &limits) {
        let mut children = Vec::new();
        while let Ok(Some(child)) = nodes.next_child() {
            children.push(child);
        }
        let mut written = Vec::new();
        vospace::write_node(&mut written, nodes.node(), &children).expect("memory takes it");
        vospace::read_node(&written[..], &limits).expect("what is written can be read");
    }
    if let Ok(transfer) = vospace::read_transfer(document, &limits) {
        let mut written = Vec::new();
        vospace::write_transfer(&mut written, &transfer).expect("memory takes it");
        vospace::read_transfer(&written[..], &limits).expect("what is written can be read");
    }
    let text = String::from_utf8_lossy(document);
    let _ = vospace::Fault::parse(&text);
    if let Some(uri) = vospace::NodeUri::parse(&text) {
        assert_eq!(vospace::NodeUri::parse(&uri.to_string()), Some(uri));
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
