//! What is broken is an error that says what and where; what is a bomb costs no memory.

use std::io::{self, ErrorKind, Read, Write};

use archway_codecs::{Malformed, Place};

use crate::{complaint, data, decode};

#[test]
fn an_encoding_that_nobody_knows_is_refused_by_name() {
    let refusal = archway_codecs::decoder("zip", Box::new(io::empty())).err().unwrap();
    assert_eq!(
        refusal.to_string(),
        "`zip` is no known encoding; there are gzip, compress, bzip2, crinex"
    );
}

#[test]
fn a_file_that_ends_too_early_is_never_a_whole_one() {
    for (name, encoding) in [
        ("sample.crx.gz", "gzip"),
        ("sample.crx.bz2", "bzip2"),
        ("every-record-2.crx", "crinex"),
        ("every-record-3.crx", "crinex"),
    ] {
        let stored = data(name);
        let whole = decode(&stored, &[encoding]).unwrap();
        // Each length costs one decoding, so that of the long ones only some are tried.
        for length in (0..stored.len()).step_by(1 + stored.len() / 800) {
            match decode(&stored[..length], &[encoding]) {
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{name} {length}: {error}");
                }
                // Compact RINEX ends where an epoch ends, and says nowhere that it goes on.
                Ok(text) => {
                    assert!(encoding == "crinex" && whole.starts_with(&text), "{name} {length}");
                    assert_eq!(stored[length - 1], b'\n', "{name} {length}");
                }
            }
        }
    }
}

#[test]
fn a_cut_z_file_is_the_beginning_of_the_text_or_an_error() {
    // The format has no end: where a code ends nobody can know that it is not the last.
    let stored = data("sample.crx.Z");
    let whole = decode(&stored, &["compress"]).unwrap();
    let mut errors = 0;
    for length in 0..stored.len() {
        match decode(&stored[..length], &["compress"]) {
            Ok(text) => assert!(whole.starts_with(&text), "{length}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{length}");
                errors += 1;
            }
        }
    }
    assert!(errors > 50, "{errors}");
}

#[test]
fn what_is_something_else_is_said() {
    for (encoding, stored, says) in [
        ("gzip", &b"plain text"[..], "gzip, within the first 10 bytes: invalid gzip header"),
        ("bzip2", b"plain text", "bzip2, within the first 10 bytes: bzip2: bz2 header missing"),
        (
            "compress",
            b"plain text",
            "compress, within the first 10 bytes: it begins with 70 6c instead of 1f 9d",
        ),
        (
            "compress",
            b"\x1f\x9d\x91abc",
            "compress, within the first 6 bytes: its flags are 91: codes of 17 bits, where 9 to 16 are known",
        ),
        (
            "compress",
            b"\x1f\x9d\x90\xff\x03",
            "compress, within the first 5 bytes: code 511 where a table begins; there it stands for a byte, below 256",
        ),
        (
            "compress",
            b"\x1f\x9d\x90\x61\xfe\x03",
            "compress, within the first 6 bytes: code 511, where 257 is the next one",
        ),
        (
            "crinex",
            b"     2.11           OBSERVATION DATA\n",
            "crinex, line 1: `     2.11           OBSERVATION DATA` instead of a line that ends in CRINEX VERS   / TYPE",
        ),
    ] {
        assert_eq!(complaint(stored, encoding), says);
    }
}

/// A compact file of RINEX 3 with two types of GPS, and these lines behind its header.
fn compact(lines: &str) -> Vec<u8> {
    let label = |text: &str, label: &str| format!("{text:60}{label}\n");
    [
        label("3.0                 COMPACT RINEX FORMAT", "CRINEX VERS   / TYPE"),
        label("made for a test", "CRINEX PROG / DATE"),
        label("     3.04           OBSERVATION DATA", "RINEX VERSION / TYPE"),
        label("G    2 C1C L1C", "SYS / # / OBS TYPES"),
        label("", "END OF HEADER"),
        lines.to_owned(),
    ]
    .concat()
    .into_bytes()
}

#[test]
fn a_compact_file_that_contradicts_itself_says_in_which_line() {
    let epoch = "> 2010 03 05 00 00 30.0000000  0";
    for (lines, says) in [
        (format!("{epoch}  1      G01\n\n3&1 3&2 \n"), "whole"),
        (
            format!("{epoch}  1      G01\n\n1 3&2 \n"),
            "line 8: satellite G01: `1` goes on with a series that did not start, as with 3&",
        ),
        (
            format!("{epoch}  1      G01\n\n3&1 7&2 \n"),
            "line 8: satellite G01: `7&2` starts differences of an order other than 0 to 5",
        ),
        (
            format!("{epoch}  1      G01\n\n3&1 3&2x \n"),
            "line 8: satellite G01: `2x` where a whole number should be",
        ),
        (
            format!("{epoch}  1      G01\n\n3&1 3&2 3&3 5\n"),
            "line 8: satellite G01: flags `3&3 5`, where 2 observations have two each",
        ),
        (
            format!("{epoch}  1      G01\n\n3&10000000000000 3&2 \n"),
            "line 8: satellite G01: the observation 10000000000 does not fit into its 14 columns",
        ),
        (
            format!("{epoch}  1      R01\n\n3&1 3&2 \n"),
            "line 6: satellite `R01`, of whose system the header has no SYS / # / OBS TYPES",
        ),
        (
            format!("{epoch}  2      G01\n\n3&1 3&2 \n"),
            "line 6: 2 satellites are announced and 1 named",
        ),
        (
            format!("{epoch}999      G01\n\n3&1 3&2 \n"),
            "line 6: `999` satellites, where 0 to 400 are possible",
        ),
        (
            format!("{epoch}  1      G01\n3&99999999999999999\n"),
            "line 7: the clock offset 99999 does not fit into its 15 columns",
        ),
        (
            "                              1\n".to_owned(),
            "line 6: `                              1` where an epoch must begin with >",
        ),
        (
            "> 2010 03 05 00 00 30.0000000  x  1\n".to_owned(),
            "line 6: `> 2010 03 05 00 00 30.0000000  x  1` where the flag of an epoch should be a digit",
        ),
        (
            ">                              4 -1\n".to_owned(),
            "line 6: ` -1` where an event says how many lines follow",
        ),
        (
            format!(">                              4  1\n{:60}SYS / # / OBS TYPES\n", "G  999"),
            "line 7: `999` types of observations, where 0 to 256 are possible",
        ),
        (
            format!("{epoch}  1      G01\n\n{}\n", "1".repeat(9000)),
            "line 8: it is longer than 8192 bytes",
        ),
    ] {
        let found = match decode(&compact(&lines), &["crinex"]) {
            Ok(_) => "crinex, whole".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, format!("crinex, {says}"), "{lines}");
    }
}

#[test]
fn an_error_holds_its_place() {
    let error = decode(&compact("nonsense\n"), &["crinex"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let malformed = error.get_ref().unwrap().downcast_ref::<Malformed>().unwrap();
    assert_eq!((malformed.encoding, malformed.place), ("crinex", Place::Line(6)));
}

/// A source that breaks after so many bytes.
struct Breaks(io::Cursor<Vec<u8>>);

impl Read for Breaks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.0.read(out)? {
            0 => Err(io::Error::other("the line went dead")),
            read => Ok(read),
        }
    }
}

#[test]
fn an_error_of_the_source_is_not_blamed_on_the_encoding() {
    for (name, encoding) in [
        ("sample.crx.gz", "gzip"),
        ("sample.crx.bz2", "bzip2"),
        ("sample.crx.Z", "compress"),
        ("sample.crx", "crinex"),
    ] {
        let mut half = data(name);
        half.truncate(half.len() / 2);
        let source = Box::new(Breaks(io::Cursor::new(half)));
        let mut stream = archway_codecs::decoder(encoding, source).unwrap();
        let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "the line went dead", "{name}");
    }
}

#[test]
fn a_bomb_is_read_as_far_as_one_wants() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        packed.write_all(&zeros).unwrap();
    }
    let bomb = packed.finish().unwrap();
    let mut stream = archway_codecs::decoder("gzip", Box::new(io::Cursor::new(bomb))).unwrap();
    let read = io::copy(&mut (&mut stream).take(1 << 20), &mut io::sink()).unwrap();
    assert_eq!(read, 1 << 20);
}
