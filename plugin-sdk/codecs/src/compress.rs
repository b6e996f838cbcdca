//! The `.Z` of Unix `compress`: LZW with codes of 9 to 16 bits.
//!
//! There is no standard; the format is what `compress` 4.0 (public domain, 1985) and
//! `gzip -d` agree on: 0x1f 0x9d, a byte of flags (bits 0-4: longest code, bit 7: code
//! 256 clears the table), then codes, least significant bit first. Codes are written in
//! groups of eight; where the width of a code changes the rest of a group is padding.
//! No length and no checksum: what is cut off between two codes cannot be noticed.

use std::io::{self, BufReader, ErrorKind, Read};

use crate::malformed::{Malformed, Place};
use crate::source::{CHUNK_BYTES, Source};

const SHORTEST_CODE_BITS: u32 = 9;
const LONGEST_CODE_BITS: u32 = 16;
const CLEAR: u16 = 256;
const BLOCK_MODE: u8 = 0x80;
const RESERVED: u8 = 0x60;

/// A decoder of `.Z`; holds 256 KiB.
pub(crate) struct Compress {
    source: BufReader<Source>,
    started: bool,
    ended: bool,
    max_bits: u32,
    block_mode: bool,
    code_bits: u32,
    /// The first code that the table does not hold yet.
    free: u32,
    /// The code before, and the first byte of what it stands for.
    before: Option<(u16, u8)>,
    prefixes: Vec<u16>,
    suffixes: Vec<u8>,
    group: Group,
    /// What the last code stands for, last byte first.
    reversed: Vec<u8>,
}

/// Eight codes of one width, or fewer at the end of the stream.
#[derive(Default)]
struct Group {
    bytes: [u8; LONGEST_CODE_BITS as usize],
    size_bits: u32,
    at_bit: u32,
}

impl Compress {
    pub(crate) fn new(source: Box<dyn Read>) -> Self {
        let codes = 1 << LONGEST_CODE_BITS;
        Self {
            source: BufReader::with_capacity(CHUNK_BYTES, Source::new(source)),
            started: false,
            ended: false,
            max_bits: LONGEST_CODE_BITS,
            block_mode: true,
            code_bits: SHORTEST_CODE_BITS,
            free: 0,
            before: None,
            prefixes: vec![0; codes],
            suffixes: vec![0; codes],
            group: Group::default(),
            reversed: Vec::with_capacity(codes),
        }
    }

    fn start(&mut self) -> io::Result<()> {
        let mut head = [0; 3];
        let read = fill(&mut self.source, &mut head)?;
        if read < head.len() {
            return Err(self.cut("the stream ends within its first three bytes"));
        }
        let [first, second, flags] = head;
        if (first, second) != (0x1f, 0x9d) {
            return Err(
                self.malformed(format!("it begins with {first:02x} {second:02x} instead of 1f 9d"))
            );
        }
        let longest = u32::from(flags & 0x1f);
        if flags & RESERVED != 0 || !(SHORTEST_CODE_BITS..=LONGEST_CODE_BITS).contains(&longest) {
            return Err(self.malformed(format!(
                "its flags are {flags:02x}: codes of {longest} bits, where 9 to 16 are known"
            )));
        }
        // compress -b 9 goes up to 10 bits, and so does every decoder.
        self.max_bits = longest.max(SHORTEST_CODE_BITS + 1);
        self.block_mode = flags & BLOCK_MODE != 0;
        self.forget();
        self.started = true;
        Ok(())
    }

    fn forget(&mut self) {
        self.free = u32::from(CLEAR) + u32::from(self.block_mode);
        self.code_bits = SHORTEST_CODE_BITS;
        self.before = None;
        self.group.size_bits = 0;
        self.group.at_bit = 0;
    }

    /// The next code; `None` at the end of the stream.
    fn code(&mut self) -> io::Result<Option<u16>> {
        // The width grows when the table holds every code of it, and then the group ends.
        if self.free > (1 << self.code_bits) - 1 && self.code_bits < self.max_bits {
            self.code_bits += 1;
            self.group.at_bit = self.group.size_bits;
        }
        if self.group.at_bit == self.group.size_bits {
            let wanted = self.code_bits as usize;
            let Some(bytes) = self.group.bytes.get_mut(..wanted) else {
                return Ok(None);
            };
            self.group.size_bits = 8 * fill(&mut self.source, bytes)? as u32;
            self.group.at_bit = 0;
        }
        let left_bits = self.group.size_bits - self.group.at_bit;
        if left_bits < self.code_bits {
            // The last code is filled up to a whole byte; a byte more is half a code.
            if left_bits >= 8 {
                return Err(self.cut("the stream ends within a code"));
            }
            return Ok(None);
        }
        let at = (self.group.at_bit / 8) as usize;
        let window = self.group.bytes.iter().skip(at).take(3);
        let bits = window.enumerate().fold(0, |bits, (i, b)| bits | u32::from(*b) << (8 * i));
        let code = bits >> (self.group.at_bit % 8) & ((1 << self.code_bits) - 1);
        self.group.at_bit += self.code_bits;
        Ok(Some(code as u16))
    }

    /// Puts what the next code stands for into `reversed`; nothing at the end.
    fn expand(&mut self) -> io::Result<()> {
        loop {
            let Some(code) = self.code()? else {
                self.ended = true;
                return Ok(());
            };
            if self.block_mode && code == CLEAR {
                self.forget();
                continue;
            }
            let Some((before, first_before)) = self.before else {
                let Ok(byte) = u8::try_from(code) else {
                    return Err(self.malformed(format!(
                        "code {code} where a table begins; there it stands for a byte, below 256"
                    )));
                };
                self.before = Some((code, byte));
                self.reversed.push(byte);
                return Ok(());
            };
            if u32::from(code) > self.free || (self.is_full() && u32::from(code) >= self.free) {
                let free = self.free;
                return Err(self.malformed(format!("code {code}, where {free} is the next one")));
            }
            let mut at = code;
            if u32::from(code) == self.free {
                // The code that is being made: what came before and its own first byte.
                self.reversed.push(first_before);
                at = before;
            }
            // Every code is made of a lower one, so this ends.
            while at > u16::from(u8::MAX) {
                self.reversed.push(self.suffixes.get(usize::from(at)).copied().unwrap_or(0));
                at = self.prefixes.get(usize::from(at)).copied().unwrap_or(0);
            }
            let first = at as u8;
            self.reversed.push(first);
            if !self.is_full() {
                let new = self.free as usize;
                if let (Some(prefix), Some(suffix)) =
                    (self.prefixes.get_mut(new), self.suffixes.get_mut(new))
                {
                    (*prefix, *suffix) = (before, first);
                }
                self.free += 1;
            }
            self.before = Some((code, first));
            return Ok(());
        }
    }

    fn is_full(&self) -> bool {
        self.free >= 1 << self.max_bits
    }

    fn place(&self) -> Place {
        Place::Byte(self.source.get_ref().bytes)
    }

    fn malformed(&self, what: String) -> io::Error {
        Malformed { encoding: "compress", place: self.place(), what }.error(ErrorKind::InvalidData)
    }

    fn cut(&self, what: &str) -> io::Error {
        Malformed { encoding: "compress", place: self.place(), what: what.to_owned() }
            .error(ErrorKind::UnexpectedEof)
    }
}

impl Read for Compress {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            self.start()?;
        }
        let mut written = 0;
        for slot in out {
            if self.reversed.is_empty() && !self.ended {
                self.expand()?;
            }
            let Some(byte) = self.reversed.pop() else { break };
            *slot = byte;
            written += 1;
        }
        Ok(written)
    }
}

/// Reads until `into` is full or the source ends; how many bytes came.
fn fill(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
