//! The lines of a compact file: counted, of bounded length, each with its line end.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use crate::malformed::{Malformed, Place};
use crate::source::{CHUNK_BYTES, Source};

/// The longest line: 256 observations of 16 digits and their flags fit well.
const MAX_LINE_BYTES: usize = 8 << 10;

/// Reads one line after the other into the same memory.
pub(super) struct Lines {
    source: BufReader<Source>,
    line: Vec<u8>,
    count: u64,
}

impl Lines {
    pub(super) fn new(source: Box<dyn Read>) -> Self {
        Self {
            source: BufReader::with_capacity(CHUNK_BYTES, Source::new(source)),
            line: Vec::new(),
            count: 0,
        }
    }

    /// The next line without its end; `None` at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let most = MAX_LINE_BYTES as u64 + 2;
        let read = (&mut self.source).take(most).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.count += 1;
        let whole = self.line.pop_if(|last| *last == b'\n').is_some();
        if whole {
            self.line.pop_if(|last| *last == b'\r');
            return Ok(Some(&self.line));
        }
        // The end of a file as DOS marks it.
        if self.line == [0x1a] {
            return Ok(Some(&self.line));
        }
        if read as u64 == most {
            return Err(self.malformed(format!("it is longer than {MAX_LINE_BYTES} bytes")));
        }
        // Half a number is a number too, so a line without its end cannot be believed.
        Err(self.cut("the file ends within this line"))
    }

    /// The next line, where the file may not end.
    pub(super) fn required(&mut self, awaited: &str) -> io::Result<&[u8]> {
        if self.next()?.is_none() {
            self.count += 1;
            return Err(self.cut(&format!("the file ends where {awaited} should be")));
        }
        Ok(&self.line)
    }

    /// An error in the line read last.
    pub(super) fn malformed(&self, what: String) -> io::Error {
        Malformed { encoding: "crinex", place: Place::Line(self.count), what }
            .error(ErrorKind::InvalidData)
    }

    fn cut(&self, what: &str) -> io::Error {
        Malformed { encoding: "crinex", place: Place::Line(self.count), what: what.to_owned() }
            .error(ErrorKind::UnexpectedEof)
    }
}
