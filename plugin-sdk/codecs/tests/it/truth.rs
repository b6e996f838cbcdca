//! What other programs wrote comes out as they say.

use sha2::{Digest, Sha256};

use crate::{InPieces, data, decode};

fn with_line_feeds(text: Vec<u8>) -> Vec<u8> {
    String::from_utf8(text).expect("RINEX is ASCII").replace("\r\n", "\n").into_bytes()
}

#[test]
fn every_form_of_one_file_is_the_same_text() {
    let truth = data("sample.rnx");
    for name in [
        "sample.crx",
        "sample.crx.Z",
        "sample.crx.bz2",
        "sample.crx.gz",
        "sample.rnx",
        "sample.rnx.Z",
        "sample.rnx.bz2",
        "sample.rnx.gz",
    ] {
        let (encodings, _) = archway_codecs::encodings_of(name);
        let text = decode(&data(name), &encodings).unwrap();
        // Two of them are stored with the line ends of DOS.
        assert_eq!(
            text.len(),
            if name.ends_with("rnx.Z") || name.ends_with("rnx.gz") { 1243 } else { 1228 },
            "{name}"
        );
        assert!(with_line_feeds(text) == truth, "{name}");
    }
}

#[test]
fn a_day_of_observations_comes_out_byte_for_byte() {
    let text = decode(&data("07590920.05d"), &["crinex"]).unwrap();
    assert_eq!(text.len(), 68_266);
    let digest = Sha256::digest(&text);
    assert_eq!(
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "8474af556633e9c03293a8fb1e2c1f55180b42336b17574a84fda06eb6a02f9e"
    );
}

#[test]
fn every_kind_of_record_comes_out_byte_for_byte() {
    for name in ["every-record-2", "every-record-3"] {
        let compact = data(&format!("{name}.crx"));
        let truth = data(&format!("{name}.rnx"));
        assert!(decode(&compact, &["crinex"]).unwrap() == truth, "{name}");

        let dos = String::from_utf8(compact).unwrap().replace('\n', "\r\n") + "\u{1a}";
        assert!(decode(dos.as_bytes(), &["crinex"]).unwrap() == truth, "{name} of DOS");
    }
}

#[test]
fn members_and_streams_follow_each_other() {
    for (name, encoding) in [("sample.rnx.gz", "gzip"), ("sample.rnx.bz2", "bzip2")] {
        let once = data(name);
        let text = decode(&once, &[encoding]).unwrap();
        let twice = [once.clone(), once].concat();
        assert!(decode(&twice, &[encoding]).unwrap() == [text.clone(), text].concat(), "{name}");
    }
}

#[test]
fn how_a_source_is_cut_into_pieces_does_not_matter() {
    for (name, encoding) in [
        ("sample.crx.gz", "gzip"),
        ("sample.crx.bz2", "bzip2"),
        ("sample.crx.Z", "compress"),
        ("every-record-2.crx", "crinex"),
        ("every-record-3.crx", "crinex"),
    ] {
        let stored: &'static [u8] = data(name).leak();
        let whole = decode(stored, &[encoding]).unwrap();
        for piece_bytes in [1, 2, 7, 1000] {
            let source = Box::new(InPieces { rest: stored, piece_bytes });
            let mut stream = archway_codecs::decoder(encoding, source).unwrap();
            let mut decoded = Vec::new();
            let mut one = [0; 3];
            loop {
                match stream.read(&mut one).unwrap() {
                    0 => break,
                    read => decoded.extend_from_slice(&one[..read]),
                }
            }
            assert!(decoded == whole, "{name} in pieces of {piece_bytes}");
        }
    }
}
