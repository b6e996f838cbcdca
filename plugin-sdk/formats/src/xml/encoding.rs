//! The character encoding of a document, told by its first bytes (XML 1.0, appendix F).

use std::io::Read;

use crate::error::{Error, Result, shortened};
use crate::input::Input;

/// Looks at the byte order mark and the XML declaration.
pub(super) fn settle_encoding<R: Read>(input: &mut Input<R>) -> Result<()> {
    let head = input.look_ahead(256).map_err(|e| Error::from_io(e, 0))?;
    match head {
        [0xfe, 0xff, ..] | [0, b'<', ..] => return Err(Error::Encoding("UTF-16BE".to_owned())),
        [0xff, 0xfe, ..] | [b'<', 0, ..] => return Err(Error::Encoding("UTF-16LE".to_owned())),
        _ => {}
    }
    let declared = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .strip_prefix(b"<?xml")
        .and_then(|rest| rest.iter().position(|&b| b == b'>').map(|end| &rest[..end]))
        .and_then(|declaration| std::str::from_utf8(declaration).ok())
        .and_then(|declaration| declaration.split_once("encoding"))
        .and_then(|(_, rest)| {
            let rest = rest.trim_start().strip_prefix('=')?.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            rest[1..].split(quote).next()
        })
        .map(str::to_ascii_uppercase);
    match declared.as_deref() {
        None | Some("UTF-8" | "UTF8" | "US-ASCII" | "ASCII") => {}
        Some("ISO-8859-1" | "ISO8859-1" | "ISO_8859-1" | "LATIN1" | "LATIN-1") => {
            input.set_latin1();
        }
        Some(other) => return Err(Error::Encoding(shortened(other))),
    }
    Ok(())
}
