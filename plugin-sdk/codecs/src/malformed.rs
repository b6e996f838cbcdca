//! What is wrong with an encoded stream, and where.

use std::fmt;
use std::io;

/// An encoded stream that is not what it claims to be; the source of the
/// [`io::Error`] that a decoder gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{encoding}, {place}: {what}")]
pub struct Malformed {
    /// The encoding, by its name for [`decoder`](crate::decoder).
    pub encoding: &'static str,
    /// How far the decoder had come.
    pub place: Place,
    /// What was found and what would be right.
    pub what: String,
}

/// A place in an encoded stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Bytes read of the encoded stream; a decoder reads ahead, so the fault lies before.
    Byte(u64),
    /// A line, counted from 1.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => write!(f, "within the first {byte} bytes"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

impl Malformed {
    /// As the error of a reader: `UnexpectedEof` for a stream that ends too early.
    pub(crate) fn error(self, kind: io::ErrorKind) -> io::Error {
        io::Error::new(kind, self)
    }
}
