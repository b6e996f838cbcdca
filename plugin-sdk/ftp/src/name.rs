//! Names as bytes and as text, without loss in either direction.
//!
//! FTP names are bytes, mostly UTF-8 (RFC 2640). A byte that is no part of UTF-8 becomes the
//! private character U+EF00 + byte (U+EF80 to U+EFFF); where a name holds such a character
//! itself, its three bytes are treated in the same way, so that every text stands for one
//! sequence of bytes and every sequence of bytes has its text.

use std::borrow::Cow;

/// Where the private characters begin: this plus the byte.
const BASE: u32 = 0xEF00;
const FIRST: char = '\u{EF80}';
const LAST: char = '\u{EFFF}';

/// The text that stands for these bytes.
pub fn to_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        // Nearly all names are ASCII, which is seen at once.
        Ok(text) if text.is_ascii() || !text.contains(is_private) => Cow::Borrowed(text),
        _ => Cow::Owned(escaped(bytes)),
    }
}

/// The bytes that a text stands for.
pub fn to_bytes(text: &str) -> Cow<'_, [u8]> {
    if text.is_ascii() || !text.contains(is_private) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        if is_private(c) {
            // 0x80 to 0xFF: the low byte of the character.
            out.push((u32::from(c) & 0xFF) as u8);
        } else {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(out)
}

/// Why a name from a listing cannot be one, if it cannot.
pub(crate) fn fault(name: &[u8]) -> Option<&'static str> {
    match name {
        b"" => return Some("an empty name"),
        b".." | b"." => return Some("the name of another folder"),
        _ => {}
    }
    for (at, &byte) in name.iter().enumerate() {
        match byte {
            0..=0x1F | 0x7F => return Some("a control character"),
            b'/' => return Some("a slash"),
            // U+0080 to U+009F in UTF-8.
            0xC2 if name.get(at + 1).is_some_and(|next| (0x80..=0x9F).contains(next)) => {
                return Some("a control character");
            }
            _ => {}
        }
    }
    None
}

fn is_private(c: char) -> bool {
    (FIRST..=LAST).contains(&c)
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    let escape = |out: &mut String, bytes: &[u8]| {
        out.extend(bytes.iter().filter_map(|byte| char::from_u32(BASE + u32::from(*byte))));
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_private(c) {
                escape(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                out.push(c);
            }
        }
        escape(&mut out, chunk.invalid());
    }
    out
}
