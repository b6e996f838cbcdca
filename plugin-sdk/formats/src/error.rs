//! Why a document could not be read or written.

use std::io;

use crate::limits::{Ceiling, Crossed};

/// Why a document could not be read or written.
///
/// `offset` is in bytes from the start of the (decompressed) document.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stream below failed.
    #[error("the stream failed: {0}")]
    Io(#[source] io::Error),
    /// A ceiling of [`Limits`](crate::Limits) was crossed.
    #[error("more than {limit} {ceiling} (at byte {offset})")]
    Limit {
        /// Which.
        ceiling: Ceiling,
        /// Its value.
        limit: u64,
        /// Where.
        offset: u64,
    },
    /// The document ends before it is complete.
    #[error("the document ends at byte {offset} inside {inside}")]
    Truncated {
        /// Where it ends.
        offset: u64,
        /// What was open.
        inside: String,
    },
    /// The document is not well-formed XML.
    #[error("not well-formed at byte {offset}: {reason}")]
    Malformed {
        /// Where.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// The document declares entities, which no VO document needs.
    #[error("a DOCTYPE with an internal subset is refused (at byte {offset})")]
    Doctype {
        /// Where.
        offset: u64,
    },
    /// A reference to an entity other than the five of XML.
    #[error("unknown entity `&{name};` (at byte {offset})")]
    UnknownEntity {
        /// Where.
        offset: u64,
        /// The entity's name.
        name: String,
    },
    /// The document is in a character encoding that is not read here.
    #[error("encoding `{0}` is not one of UTF-8, US-ASCII, ISO-8859-1")]
    Encoding(String),
    /// The root element is another than asked for.
    #[error("found <{found}> where <{expected}> would be right")]
    UnexpectedRoot {
        /// Local name of the root element found.
        found: String,
        /// Local name that would be right.
        expected: &'static str,
    },
    /// Something the standard allows and this reader does not do.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// An attribute or an element holds a value that means nothing.
    #[error("{what} = `{value}` is not {expected}")]
    BadValue {
        /// The attribute or element.
        what: &'static str,
        /// What was found, shortened.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A cell's text is not a value of its column.
    #[error("row {row}, column `{column}`: `{text}` is not {expected} (at byte {offset})")]
    BadCell {
        /// Counted from 0.
        row: u64,
        /// The column's name.
        column: String,
        /// What was found, shortened.
        text: String,
        /// What would be right.
        expected: String,
        /// Where.
        offset: u64,
    },
    /// A row with more or fewer cells than the table has fields.
    #[error("row {row} has {found} cells where {expected} would be right (at byte {offset})")]
    RowWidth {
        /// Counted from 0.
        row: u64,
        /// Cells found; at least this many if wider.
        found: usize,
        /// Fields of the table.
        expected: usize,
        /// Where.
        offset: u64,
    },
    /// A row stream that ends inside of a row, or is no base64.
    #[error("row {row} of the stream is broken: {reason} (at byte {offset})")]
    BadStream {
        /// Counted from 0.
        row: u64,
        /// What is wrong.
        reason: String,
        /// Where.
        offset: u64,
    },
    /// The caller gave the writer something that cannot be said.
    #[error("cannot write {what}: {reason}")]
    Unwritable {
        /// A column's name or a part of the document.
        what: String,
        /// Why not.
        reason: String,
    },
}

/// Shorthand of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Turns an error of the stream into ours, giving a ceiling crossed below its name back.
    pub(crate) fn from_io(error: io::Error, offset: u64) -> Self {
        match error.get_ref().and_then(|e| e.downcast_ref::<Crossed>()) {
            Some(Crossed { ceiling, limit }) => {
                Self::Limit { ceiling: *ceiling, limit: *limit, offset }
            }
            None => Self::Io(error),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::from_io(error, 0)
    }
}

/// Shortens a foreign text for a message.
pub(crate) fn shortened(text: &str) -> String {
    const MOST_CHARS: usize = 60;
    let mut short: String =
        text.chars().take(MOST_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST_CHARS).is_some() {
        short.push('…');
    }
    short
}
