//! Lines of a text file, bounded, with fields by column.

use std::io::{BufRead, BufReader, Read};

use super::{HeaderError, MOST_BYTES};

/// No format has lines nearly as long.
const MOST_OF_A_LINE: usize = 4 * 1024;
/// How much of the header is kept as the native record.
const KEPT_BYTES: usize = 16 * 1024;

/// The lines of a file.
pub(crate) struct Lines<R> {
    source: BufReader<std::io::Take<R>>,
    read_bytes: usize,
    /// Lines so far, up to a bound, until told to keep no more.
    kept: Vec<u8>,
    keeps: bool,
}

/// One line, without its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Vec<u8>);

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        // One more than is allowed, so that a file that ends there is told from one that goes on.
        let source = BufReader::new(source.take(MOST_BYTES as u64 + 1));
        Self { source, read_bytes: 0, kept: Vec::new(), keeps: true }
    }

    /// The next line; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line>, HeaderError> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.source).take(MOST_OF_A_LINE as u64 + 1);
        let read = bounded.read_until(b'\n', &mut line).map_err(HeaderError::Unreadable)?;
        if read == 0 {
            return Ok(None);
        }
        self.read_bytes += read;
        if self.read_bytes > MOST_BYTES {
            return Err(HeaderError::TooLong("the file"));
        }
        if read > MOST_OF_A_LINE {
            return Err(HeaderError::TooLong("a line"));
        }
        if self.keeps && self.kept.len() + read <= KEPT_BYTES {
            self.kept.extend_from_slice(&line);
        } else {
            self.keeps = false;
        }
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        Ok(Some(Line(line)))
    }

    /// The next line; a file that ends here is cut short.
    pub(super) fn expect(&mut self, format: &'static str) -> Result<Line, HeaderError> {
        self.next()?.ok_or(HeaderError::Truncated(format))
    }

    /// What follows is no part of the native record.
    pub(super) fn end_of_header(&mut self) {
        self.keeps = false;
    }

    /// The lines of the header, as they came.
    pub(super) fn kept(self) -> Vec<u8> {
        self.kept
    }
}

impl Line {
    /// All of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Columns `from` to `to`, counted from 1 as the formats do; empty where the line is shorter.
    pub(super) fn columns(&self, from: usize, to: usize) -> &[u8] {
        let end = to.min(self.0.len());
        self.0.get(from.saturating_sub(1)..end).unwrap_or_default()
    }

    /// The text in these columns without blanks around it.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        decode(self.columns(from, to)).trim().to_owned()
    }

    /// The text in these columns; `None` where it is blank.
    pub(super) fn some(&self, from: usize, to: usize) -> Option<String> {
        Some(self.text(from, to)).filter(|text| !text.is_empty())
    }

    /// The finite number in these columns.
    pub(super) fn real(&self, from: usize, to: usize) -> Option<f64> {
        number(&self.text(from, to))
    }

    /// The whole number in these columns.
    pub(super) fn integer(&self, from: usize, to: usize) -> Option<i64> {
        self.text(from, to).parse().ok()
    }

    /// The whole number, without a sign, in these columns.
    pub(super) fn count(&self, from: usize, to: usize) -> Option<u32> {
        self.text(from, to).parse().ok()
    }

    /// All of the text.
    pub(super) fn whole(&self) -> String {
        decode(&self.0).into_owned()
    }

    /// Where these bytes first are, from 0.
    pub(super) fn find(&self, wanted: &str) -> Option<usize> {
        self.0.windows(wanted.len()).position(|window| window == wanted.as_bytes())
    }
}

/// A finite number, also with the `D` of Fortran.
pub(super) fn number(text: &str) -> Option<f64> {
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_digit() || b"+-.".contains(&b));
    if !starts {
        return None;
    }
    let parsed = text.parse().ok().or_else(|| text.replace(['D', 'd'], "E").parse().ok());
    parsed.filter(|number: &f64| number.is_finite())
}

/// UTF-8 where it is, else Latin-1, as old files have it; control characters become blanks.
fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.into(),
        Ok(text) => text.chars().map(plain).collect::<String>().into(),
        Err(_) => bytes.iter().map(|byte| plain(char::from(*byte))).collect::<String>().into(),
    }
}

fn plain(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}
