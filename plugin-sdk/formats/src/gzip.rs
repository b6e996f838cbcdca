//! Gzip that nobody announced: some archives send compressed bodies without a
//! `Content-Encoding`.

use std::io::{self, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use crate::limits::{Ceiling, Crossed, Limits};

/// The ratio is not looked at before this many bytes came out.
const RATIO_AFTER_BYTES: u64 = 1 << 20;

/// A stream with the bytes that were looked at put back in front.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// A stream, decompressed if it began like gzip.
pub enum Sniffed<R: Read> {
    /// As it came.
    Plain(Whole<R>),
    /// Decompressed on the way.
    Gzip(Box<Gunzip<R>>),
}

/// A gzip stream with ceilings on what comes out.
pub struct Gunzip<R: Read> {
    decoder: MultiGzDecoder<BufReader<Counted<Whole<R>>>>,
    out_bytes: u64,
    max_bytes: u64,
    max_ratio: u64,
}

/// Looks at the first two bytes of `stream` and decompresses it if they are
/// those of gzip (RFC 1952). Only once: gzip inside of gzip stays as it is.
///
/// Reading fails once more than [`Limits::decompressed_bytes`] come out, or,
/// after the first MiB, more than [`Limits::decompression_ratio`] for each byte in.
pub fn sniff<R: Read>(mut stream: R, limits: &Limits) -> io::Result<Sniffed<R>> {
    let mut head = Vec::with_capacity(2);
    (&mut stream).take(2).read_to_end(&mut head)?;
    let is_gzip = head == [0x1f, 0x8b];
    let whole = Cursor::new(head).chain(stream);
    if !is_gzip {
        return Ok(Sniffed::Plain(whole));
    }
    let counted = Counted { inner: whole, bytes: 0 };
    Ok(Sniffed::Gzip(Box::new(Gunzip {
        decoder: MultiGzDecoder::new(BufReader::with_capacity(32 << 10, counted)),
        out_bytes: 0,
        max_bytes: limits.decompressed_bytes,
        max_ratio: limits.decompression_ratio,
    })))
}

struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(out)?;
        self.out_bytes += read as u64;
        if self.out_bytes > self.max_bytes {
            return Err(
                Crossed { ceiling: Ceiling::DecompressedBytes, limit: self.max_bytes }.into()
            );
        }
        let in_bytes = self.decoder.get_ref().get_ref().bytes;
        if self.out_bytes > RATIO_AFTER_BYTES && self.out_bytes / in_bytes.max(1) > self.max_ratio {
            return Err(
                Crossed { ceiling: Ceiling::DecompressionRatio, limit: self.max_ratio }.into()
            );
        }
        Ok(read)
    }
}

impl<R: Read> Read for Sniffed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(out),
            Self::Gzip(stream) => stream.read(out),
        }
    }
}
