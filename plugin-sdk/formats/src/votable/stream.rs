//! The inline base64 STREAM of BINARY and BINARY2 as bytes, a window at a time.
//!
//! Calls: the document's [`Input`]. Not here: what the bytes mean (`binary.rs`).

use std::io::{BufRead, Read};

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::error::{Error, Result};
use crate::input::Input;

/// Some writers leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Characters decoded at once.
const PIECE_CHARS: usize = 32 << 10;

/// The decoded bytes of a STREAM.
#[derive(Default)]
pub(crate) struct Base64Stream {
    /// Characters that wait for their group of four.
    characters: Vec<u8>,
    decoded: Vec<u8>,
    start: usize,
    in_cdata: bool,
    ended: bool,
}

impl Base64Stream {
    /// The bytes that are decoded and not yet consumed.
    pub(crate) fn window(&self) -> &[u8] {
        &self.decoded[self.start..]
    }

    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.decoded.len());
    }

    /// Sees to it that the window has `bytes` bytes; `false` if the stream ends before.
    pub(crate) fn look_ahead<R: Read>(
        &mut self,
        bytes: usize,
        input: &mut Input<R>,
        row: u64,
    ) -> Result<bool> {
        while self.decoded.len() - self.start < bytes {
            if self.ended {
                return Ok(false);
            }
            self.decode_more(input, row)?;
        }
        Ok(true)
    }

    fn decode_more<R: Read>(&mut self, input: &mut Input<R>, row: u64) -> Result<()> {
        if self.start > 0 {
            self.decoded.drain(..self.start);
            self.start = 0;
        }
        while !self.ended && self.characters.len() < PIECE_CHARS {
            self.take_characters(input)?;
        }
        let whole = if self.ended { self.characters.len() } else { self.characters.len() / 4 * 4 };
        let broken = |reason: String| Error::BadStream { row, reason, offset: input.offset() };
        let mut from = 0;
        while from < whole {
            // Padding inside means that the writer joined several pieces.
            let piece = &self.characters[from..whole];
            let padding = piece.iter().position(|&c| c == b'=');
            let to = match padding {
                None => whole,
                Some(at) => from + (at / 4 * 4 + 4).min(piece.len()),
            };
            BASE64
                .decode_vec(&self.characters[from..to], &mut self.decoded)
                .map_err(|e| broken(format!("not base64: {e}")))?;
            from = to;
        }
        self.characters.drain(..whole);
        Ok(())
    }

    /// Moves characters of one window of the document over; white space is dropped.
    fn take_characters<R: Read>(&mut self, input: &mut Input<R>) -> Result<()> {
        let offset = input.offset();
        let window = input.look_ahead(1).map_err(|e| Error::from_io(e, offset))?;
        let stop = if self.in_cdata { b']' } else { b'<' };
        let room = PIECE_CHARS - self.characters.len();
        let mut used = 0;
        while used < window.len() && used < room && window[used] != stop {
            let line = &window[used..window.len().min(room)];
            let end = line
                .iter()
                .position(|&c| c == stop || c.is_ascii_whitespace())
                .unwrap_or(line.len());
            self.characters.extend_from_slice(&line[..end]);
            used += end;
            let blanks = window[used..].iter().position(|c| !c.is_ascii_whitespace());
            used += blanks.unwrap_or(window.len() - used);
        }
        let at_stop = window.get(used) == Some(&stop);
        let is_empty = window.is_empty();
        input.consume(used);
        if is_empty {
            return Err(Error::Truncated { offset, inside: "<STREAM>".to_owned() });
        }
        if at_stop { self.markup(input) } else { Ok(()) }
    }

    /// Looks at markup in the stream: its end, or one of the few things that may be inside.
    fn markup<R: Read>(&mut self, input: &mut Input<R>) -> Result<()> {
        let offset = input.offset();
        let window = input.look_ahead(9).map_err(|e| Error::from_io(e, offset))?;
        let length = if self.in_cdata {
            if !window.starts_with(b"]]>") {
                return Err(Error::Malformed { offset, reason: "`]` inside of base64".to_owned() });
            }
            self.in_cdata = false;
            3
        } else if window.starts_with(b"</") {
            self.ended = true;
            0
        } else if window.starts_with(b"<![CDATA[") {
            self.in_cdata = true;
            9
        } else if window.len() < 9 {
            return Err(Error::Truncated { offset, inside: "<STREAM>".to_owned() });
        } else {
            return Err(Error::Malformed { offset, reason: "markup inside of base64".to_owned() });
        };
        input.consume(length);
        Ok(())
    }
}
