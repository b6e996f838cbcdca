//! The plugin natively; what its decoders make of files that others wrote is tested in `plugin-sdk/codecs`.

use std::io::{self, Cursor, Read};

use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{Operation, Outage, OutageReason};
use archway_plugin::{ArchivePlugin, ByteReader, Error};

use crate::Decode;

/// One letter, as `compress` writes it.
const LETTER: &[u8] = b"\x1f\x9d\x90\x61\x00";

fn decoder(encoding: &str, source: impl Read + 'static) -> Result<Box<dyn ByteReader>, Error> {
    Decode.decode(&RecordedHost::new(), encoding, Box::new(source))
}

#[test]
fn it_says_that_it_decodes_and_nothing_else() {
    let description = Decode.describe(&RecordedHost::new()).unwrap();
    assert_eq!(description.operations, [Operation::Decode]);
}

#[test]
fn what_the_manifest_declares_is_what_there_is() {
    let manifest = include_str!("../plugin.toml");
    for encoding in archway_codecs::ENCODINGS {
        let declared = manifest.contains(&format!("\"{encoding}\""));
        assert_eq!(decoder(encoding, io::empty()).is_ok(), declared, "{encoding}");
    }
    assert!(matches!(decoder("zip", io::empty()), Err(Error::Unsupported(_))));
}

#[test]
fn pieces_are_as_large_as_asked_for() {
    let zeros = six_zeros();
    let mut stream = decoder("compress", Cursor::new(zeros)).unwrap();
    let host = RecordedHost::new();
    let mut sizes = Vec::new();
    loop {
        let piece = stream.read(&host, 4).unwrap();
        sizes.push(piece.len());
        if piece.is_empty() {
            break;
        }
    }
    assert_eq!(sizes, [4, 2, 0]);
}

/// Six zeros: the codes 0, 257, 258, each one longer than the one before.
fn six_zeros() -> Vec<u8> {
    let bits = 257u32 << 9 | 258 << 18;
    [&[0x1f, 0x9d, 0x90][..], &bits.to_le_bytes()].concat()
}

#[test]
fn a_broken_file_says_what_is_wrong_and_where() {
    let mut stream = decoder("crinex", Cursor::new(b"no RINEX\n")).unwrap();
    let Err(Error::MalformedReply(mismatch)) = stream.read(&RecordedHost::new(), 100) else {
        unreachable!("it should be malformed")
    };
    assert_eq!(mismatch.asked, "a file to take `crinex` off");
    assert_eq!(
        mismatch.received,
        "crinex, line 1: `no RINEX` instead of a line that ends in CRINEX VERS   / TYPE"
    );
}

/// The archive goes down after the first letter.
struct GoesDown(Cursor<&'static [u8]>);

impl Read for GoesDown {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other(outage())),
            read => Ok(read),
        }
    }
}

fn outage() -> Error {
    Error::Unavailable(Outage {
        message: "gone".into(),
        reason: OutageReason::ConnectionLost,
        reply_code: None,
        retry_after_ms: None,
    })
}

#[test]
fn an_error_of_the_source_comes_back_as_it_was() {
    let mut stream = decoder("compress", GoesDown(Cursor::new(LETTER))).unwrap();
    assert_eq!(stream.read(&RecordedHost::new(), 100).unwrap_err(), outage());
}
