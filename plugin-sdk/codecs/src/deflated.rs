//! gzip and bzip2: the two that good crates decode, with errors that say where.

use std::io::{self, BufReader, ErrorKind, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

use crate::malformed::{Malformed, Place};
use crate::source::{CHUNK_BYTES, Source};

/// A stream that one of the two decodes.
pub(crate) enum Deflated {
    /// RFC 1952, all members.
    Gzip(MultiGzDecoder<BufReader<Source>>),
    /// All streams.
    Bzip2(MultiBzDecoder<BufReader<Source>>),
}

impl Deflated {
    pub(crate) fn gzip(source: Box<dyn Read>) -> Self {
        Self::Gzip(MultiGzDecoder::new(buffered(source)))
    }

    pub(crate) fn bzip2(source: Box<dyn Read>) -> Self {
        Self::Bzip2(MultiBzDecoder::new(buffered(source)))
    }

    fn source(&self) -> (&'static str, &Source) {
        match self {
            Self::Gzip(decoder) => ("gzip", decoder.get_ref().get_ref()),
            Self::Bzip2(decoder) => ("bzip2", decoder.get_ref().get_ref()),
        }
    }

    fn located(&self, error: io::Error) -> io::Error {
        let (encoding, source) = self.source();
        if source.failed || error.kind() == ErrorKind::Interrupted {
            return error;
        }
        let place = Place::Byte(source.bytes);
        match error.kind() {
            ErrorKind::UnexpectedEof => {
                let what = "the stream ends before its end".to_owned();
                Malformed { encoding, place, what }.error(ErrorKind::UnexpectedEof)
            }
            _ => {
                Malformed { encoding, place, what: error.to_string() }.error(ErrorKind::InvalidData)
            }
        }
    }
}

fn buffered(source: Box<dyn Read>) -> BufReader<Source> {
    BufReader::with_capacity(CHUNK_BYTES, Source::new(source))
}

impl Read for Deflated {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match self {
            Self::Gzip(decoder) => decoder.read(out),
            Self::Bzip2(decoder) => decoder.read(out),
        };
        read.map_err(|error| self.located(error))
    }
}
