//! Compressed bodies that nobody announced.

use std::io::{Read, Write};

use archway_formats::votable::Reader;
use archway_formats::{Ceiling, Error, Limits, gzip::sniff};
use flate2::{Compression, write::GzEncoder};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn unpack(bytes: &[u8], limits: &Limits) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    sniff(bytes, limits)?.read_to_end(&mut plain).map(|_| plain)
}

#[test]
fn only_gzip_is_unpacked() {
    let limits = Limits::default();
    for plain in [&b""[..], b"\x1f", b"<", b"<VOTABLE/>", b"\x1f\x8c"] {
        assert_eq!(unpack(plain, &limits).expect("plain"), plain);
    }
    assert_eq!(unpack(&gzip(b"<VOTABLE/>"), &limits).expect("whole"), b"<VOTABLE/>");
    let two = [gzip(b"one "), gzip(b"two")].concat();
    assert_eq!(unpack(&two, &limits).expect("whole"), b"one two", "several members are one body");
    let nested = gzip(&gzip(b"x"));
    assert_eq!(unpack(&nested, &limits).expect("whole"), gzip(b"x"), "once only");
}

#[test]
fn a_cut_member_is_an_error() {
    let packed = gzip(&b"a line of text\n".repeat(100));
    for cut in 3..packed.len() {
        assert!(
            unpack(&packed[..cut], &Limits::default()).is_err(),
            "{cut} of {} bytes",
            packed.len()
        );
    }
}

#[test]
fn bombs_stop_at_the_ceilings() {
    let packed = gzip(&vec![b' '; 8 << 20]);
    let by_ratio =
        Reader::new(sniff(&packed[..], &Limits::default()).expect("it starts"), Limits::default());
    assert!(matches!(
        by_ratio.err(),
        Some(Error::Limit { ceiling: Ceiling::DecompressionRatio, limit: 200, .. })
    ));
    let limits =
        Limits { decompressed_bytes: 100_000, decompression_ratio: u64::MAX, ..Limits::default() };
    let by_size = Reader::new(sniff(&packed[..], &limits).expect("it starts"), limits);
    assert!(matches!(
        by_size.err(),
        Some(Error::Limit { ceiling: Ceiling::DecompressedBytes, limit: 100_000, .. })
    ));
    // The first MiB may be as dense as it likes.
    assert!(unpack(&gzip(&vec![b' '; 1 << 20]), &Limits::default()).is_ok());
}
