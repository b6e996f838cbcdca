//! The encoded stream as a decoder reads it: counted, and knowing whether it failed itself.

use std::io::{self, Read};

/// Bytes read from the source at once.
pub(crate) const CHUNK_BYTES: usize = 32 << 10;

/// A source and what became of it.
pub(crate) struct Source {
    inner: Box<dyn Read>,
    /// Bytes given so far.
    pub(crate) bytes: u64,
    /// Whether an error came from the source and not from what it holds.
    pub(crate) failed: bool,
}

impl Source {
    pub(crate) fn new(inner: Box<dyn Read>) -> Self {
        Self { inner, bytes: 0, failed: false }
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(out) {
            Ok(read) => {
                self.bytes += read as u64;
                Ok(read)
            }
            Err(error) => {
                // An interrupted read is asked again and is no failure.
                self.failed |= error.kind() != io::ErrorKind::Interrupted;
                Err(error)
            }
        }
    }
}
