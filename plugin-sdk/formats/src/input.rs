//! The bytes of a document on their way into a reader: one buffer that can be
//! looked at, counted and bounded.
//!
//! The XML reader and the fast scanners of table rows share it, so that each
//! can take over where the other stopped.

use std::io::{self, BufRead, Read};

use crate::limits::{Ceiling, Crossed, Limits};

const CHUNK_BYTES: usize = 64 << 10;
/// The buffer of a short document; it grows once it was full.
const FIRST_BYTES: usize = 8 << 10;

/// A buffered stream with an unbounded look ahead (bounded by its users).
pub(crate) struct Input<R> {
    inner: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    consumed: u64,
    received: u64,
    total_limit: u64,
    token_limit: usize,
    token_left: usize,
    eof: bool,
    latin1: bool,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(inner: R, limits: &Limits) -> Self {
        Self {
            inner,
            buffer: vec![0; FIRST_BYTES],
            start: 0,
            end: 0,
            consumed: 0,
            received: 0,
            total_limit: limits.total_bytes,
            token_limit: limits.text_bytes,
            token_left: usize::MAX,
            eof: false,
            latin1: false,
        }
    }

    /// Reads the rest as ISO-8859-1; what is already in the buffer too.
    pub(crate) fn set_latin1(&mut self) {
        if !self.latin1 {
            self.latin1 = true;
            let raw = self.buffer[self.start..self.end].to_vec();
            self.end = self.start;
            self.append_latin1(&raw);
        }
    }

    /// Bytes consumed so far.
    pub(crate) fn offset(&self) -> u64 {
        self.consumed
    }

    /// What can be seen without reading more.
    pub(crate) fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads more behind the window. `false` is the end of the stream.
    pub(crate) fn more(&mut self) -> io::Result<bool> {
        if self.eof {
            return Ok(false);
        }
        if self.start > 0
            && (self.start == self.end
                || self.end + self.buffer.len().min(CHUNK_BYTES) / 2 > self.buffer.len())
        {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let read = if self.latin1 {
            let mut raw = [0; CHUNK_BYTES / 4];
            let read = retry(|| self.inner.read(&mut raw))?;
            self.append_latin1(&raw[..read]);
            read
        } else {
            let read = retry(|| self.inner.read(&mut self.buffer[self.end..]))?;
            self.end += read;
            if self.end == self.buffer.len() && self.end < CHUNK_BYTES {
                self.buffer.resize(self.end * 2, 0);
            }
            read
        };
        self.eof = read == 0;
        self.received += read as u64;
        if self.received > self.total_limit {
            return Err(Crossed { ceiling: Ceiling::TotalBytes, limit: self.total_limit }.into());
        }
        Ok(!self.eof)
    }

    /// Sees to it that the window has `bytes` bytes, or all that are left.
    pub(crate) fn look_ahead(&mut self, bytes: usize) -> io::Result<&[u8]> {
        while self.end - self.start < bytes && self.more()? {}
        Ok(self.window())
    }

    /// From here on the XML reader may consume this many bytes at once.
    pub(crate) fn start_token(&mut self) {
        // Markup around the text is allowed on top.
        self.token_left = self.token_limit.saturating_add(4096);
    }

    fn append_latin1(&mut self, raw: &[u8]) {
        let needed = self.end + raw.len() * 2;
        if self.buffer.len() < needed {
            self.buffer.resize(needed, 0);
        }
        for &byte in raw {
            if byte < 0x80 {
                self.buffer[self.end] = byte;
                self.end += 1;
            } else {
                self.buffer[self.end] = 0xc0 | (byte >> 6);
                self.buffer[self.end + 1] = 0x80 | (byte & 0x3f);
                self.end += 2;
            }
        }
    }
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(out.len());
        out[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl<R: Read> BufRead for Input<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.more()?;
        }
        let available = (self.end - self.start).min(self.token_left);
        if available == 0 && self.start < self.end {
            return Err(
                Crossed { ceiling: Ceiling::TextBytes, limit: self.token_limit as u64 }.into()
            );
        }
        Ok(&self.buffer[self.start..self.start + available])
    }

    fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.consumed += n as u64;
        self.token_left = self.token_left.saturating_sub(n);
    }
}
