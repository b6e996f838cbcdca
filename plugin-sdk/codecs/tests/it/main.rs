//! Every decoder on files that others wrote, on broken ones and on any bytes.

mod hostile;
mod properties;
mod truth;

use std::io::{self, Read};

/// A stream that gives so many bytes at a time.
struct InPieces<'a> {
    rest: &'a [u8],
    piece_bytes: usize,
}

impl Read for InPieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = self.piece_bytes.min(out.len()).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(size);
        out[..size].copy_from_slice(piece);
        self.rest = rest;
        Ok(size)
    }
}

fn data(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).expect("a file of tests/data")
}

/// Takes encodings off, outermost first.
fn decode(stored: &[u8], encodings: &[&str]) -> io::Result<Vec<u8>> {
    let mut stream: Box<dyn Read> = Box::new(io::Cursor::new(stored.to_vec()));
    for encoding in encodings {
        stream = archway_codecs::decoder(encoding, stream).expect("a known encoding");
    }
    let mut decoded = Vec::new();
    stream.read_to_end(&mut decoded)?;
    Ok(decoded)
}

/// What is wrong, in words.
fn complaint(stored: &[u8], encoding: &str) -> String {
    decode(stored, &[encoding]).expect_err("it should be refused").to_string()
}
