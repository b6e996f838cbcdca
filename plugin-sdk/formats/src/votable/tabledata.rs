//! Rows of TABLEDATA.
//!
//! Nearly all cells of nearly all documents are `<TD>plain text</TD>`, some with
//! one of XML's five references in them. Those are cut out of the buffer by a
//! scanner that knows nothing else; whatever looks different (attributes,
//! comments, CDATA, numbered references, blanks in tags, the end) goes through
//! the XML reader, which stands at the same place.

use std::io::{BufRead, Read};

use crate::error::{Error, Result, shortened};
use crate::input::Input;
use crate::limits::{Ceiling, Limits};
use crate::votable::cell_text;
use crate::votable::field::Field;
use crate::votable::layout::Layout;
use crate::votable::row::{RowBuffer, Slot};
use crate::xml::{Event, Xml, malformed};

/// Reads rows between the tags of TABLEDATA.
pub(crate) struct TableData {
    tr_name: String,
    tr: Vec<u8>,
    tr_end: Vec<u8>,
    td: Vec<u8>,
    td_end: Vec<u8>,
    td_empty: Vec<u8>,
    /// The longest of the tags.
    tag_bytes: usize,
    /// The names have no prefix, so that tags are known when this is compiled.
    is_plain: bool,
    max_text_bytes: usize,
}

/// The table whose rows are read.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) fields: &'a [Field],
    pub(crate) layouts: &'a [Layout],
}

/// Why the scanner stopped.
enum Stop {
    RowEnd,
    /// Something the scanner does not know lies ahead.
    Unknown,
}

impl TableData {
    /// `name` is the element's name with its prefix; rows and cells share it.
    pub(crate) fn new(name: &str, limits: &Limits) -> Self {
        let prefix = name.strip_suffix("TABLEDATA").unwrap_or_default();
        let tag = |before: &str, name: &str, after: &str| {
            format!("<{before}{prefix}{name}{after}>").into_bytes()
        };
        Self {
            tr_name: format!("{prefix}TR"),
            tr: tag("", "TR", ""),
            tr_end: tag("/", "TR", ""),
            td: tag("", "TD", ""),
            td_end: tag("/", "TD", ""),
            td_empty: tag("", "TD", "/"),
            tag_bytes: prefix.len() + 5,
            is_plain: prefix.is_empty(),
            max_text_bytes: limits.text_bytes,
        }
    }

    /// Reads the next row; `false` at the end of TABLEDATA, which is consumed.
    pub(crate) fn read<R: Read>(
        &self,
        xml: &mut Xml<R>,
        columns: Columns<'_>,
        row: &mut RowBuffer,
        number: u64,
    ) -> Result<bool> {
        row.clear();
        let Some(scanned) = self.row_start(xml)? else { return Ok(false) };
        self.cells(xml, columns, row, number, scanned)?;
        let (found, expected) = (row.slots.len(), columns.fields.len());
        if found != expected {
            return Err(Error::RowWidth { row: number, found, expected, offset: xml.offset() });
        }
        Ok(true)
    }

    fn too_long(&self, offset: u64) -> Error {
        let limit = self.max_text_bytes as u64;
        Error::Limit { ceiling: Ceiling::TextBytes, limit, offset }
    }

    /// Whether `tag` comes next; `plain` is the same tag without prefix.
    #[inline(always)]
    fn at<const N: usize>(&self, rest: &[u8], plain: &'static [u8; N], tag: &[u8]) -> bool {
        if self.is_plain { rest.starts_with(plain) } else { rest.starts_with(tag) }
    }

    /// Finds the start of a row: `Some(true)` if the scanner took it,
    /// `Some(false)` if the XML reader did, `None` if there is none.
    fn row_start<R: Read>(&self, xml: &mut Xml<R>) -> Result<Option<bool>> {
        loop {
            if xml.can_scan() {
                let offset = xml.offset();
                let input = xml.input();
                skip_blanks(input).map_err(|e| Error::from_io(e, offset))?;
                let window =
                    input.look_ahead(self.tag_bytes).map_err(|e| Error::from_io(e, offset))?;
                if window.starts_with(&self.tr) {
                    input.consume(self.tr.len());
                    return Ok(Some(true));
                }
            }
            match xml.next()? {
                Event::Start(element) if element.name == "TR" => return Ok(Some(false)),
                Event::Start(_) => xml.skip()?,
                Event::Text(text) => refuse_text(&text, xml.offset())?,
                Event::End => return Ok(None),
                Event::Eof => return Err(xml.truncated()),
            }
        }
    }

    fn cells<R: Read>(
        &self,
        xml: &mut Xml<R>,
        columns: Columns<'_>,
        row: &mut RowBuffer,
        number: u64,
        mut scanned: bool,
    ) -> Result<()> {
        let mut text = String::new();
        loop {
            if xml.can_scan() {
                match self.scan_cells(xml.input(), columns, row, number, scanned)? {
                    Stop::RowEnd => return Ok(()),
                    Stop::Unknown => {}
                }
            }
            if scanned {
                // From here on the XML reader must know that a row is open.
                xml.enter(&self.tr_name)?;
                scanned = false;
            }
            match xml.next()? {
                Event::Start(element) if element.name == "TD" => {
                    if element.attribute("encoding").is_some_and(|e| !e.is_empty() && e != "none") {
                        return Err(Error::Unsupported("an encoded TD".to_owned()));
                    }
                    self.cell_text(xml, &mut text)?;
                    let offset = xml.offset();
                    push(&text, columns, row, number, offset)?;
                }
                Event::Start(_) => xml.skip()?,
                Event::Text(text) => refuse_text(&text, xml.offset())?,
                Event::End => return Ok(()),
                Event::Eof => return Err(xml.truncated()),
            }
        }
    }

    /// Collects the text of a TD, up to and with its end.
    fn cell_text<R: Read>(&self, xml: &mut Xml<R>, text: &mut String) -> Result<()> {
        text.clear();
        let depth = xml.depth();
        loop {
            match xml.next()? {
                Event::Text(piece) => {
                    if text.len() + piece.len() > self.max_text_bytes {
                        return Err(xml.crossed(Ceiling::TextBytes, self.max_text_bytes as u64));
                    }
                    text.push_str(&piece);
                }
                Event::End if xml.depth() < depth => return Ok(()),
                Event::Start(element) => {
                    let found = shortened(&element.name);
                    return Err(malformed(xml.offset(), format!("<{found}> inside of <TD>")));
                }
                Event::End => {}
                Event::Eof => return Err(xml.truncated()),
            }
        }
    }

    /// Reads cells as long as they are plain. The end of the row is consumed
    /// only if its start was scanned too.
    fn scan_cells<R: Read>(
        &self,
        input: &mut Input<R>,
        columns: Columns<'_>,
        row: &mut RowBuffer,
        number: u64,
        scanned: bool,
    ) -> Result<Stop> {
        // Where the search for the end of the current cell goes on.
        let mut searched = 0;
        // Whether a reference was passed on the way there.
        let mut referring = false;
        let mut resolved = String::new();
        loop {
            let offset = input.offset();
            let window = input.window();
            let mut at = 0;
            let stop = loop {
                let rest = &window[at..];
                if self.at(rest, b"<TD>", &self.td) {
                    let cell = &rest[self.td.len()..];
                    let Some(end) = find_end(cell, searched, &mut referring) else {
                        searched = cell.len();
                        break None;
                    };
                    if end > self.max_text_bytes {
                        return Err(self.too_long(offset + at as u64));
                    }
                    let tail = &cell[end..];
                    if self.at(tail, b"</TD>", &self.td_end) {
                        let text = std::str::from_utf8(&cell[..end]).map_err(|e| {
                            malformed(
                                offset + (at + e.valid_up_to()) as u64,
                                "not UTF-8".to_owned(),
                            )
                        })?;
                        let text = match referring {
                            false => text,
                            true if resolve(text, &mut resolved) => resolved.as_str(),
                            true => break Some(Stop::Unknown),
                        };
                        push(text, columns, row, number, offset + at as u64)?;
                        at += self.td.len() + end + self.td_end.len();
                        searched = 0;
                        referring = false;
                    } else if tail.len() < self.tag_bytes && tail[0] == b'<' {
                        searched = end;
                        break None;
                    } else {
                        break Some(Stop::Unknown);
                    }
                } else if self.at(rest, b"</TR>", &self.tr_end) {
                    if !scanned {
                        break Some(Stop::Unknown);
                    }
                    at += self.tr_end.len();
                    break Some(Stop::RowEnd);
                } else if self.at(rest, b"<TD/>", &self.td_empty) {
                    push("", columns, row, number, offset + at as u64)?;
                    at += self.td_empty.len();
                } else if rest.first().is_some_and(u8::is_ascii_whitespace) {
                    at += 1;
                } else if rest.len() < self.tag_bytes {
                    break None;
                } else {
                    break Some(Stop::Unknown);
                }
            };
            input.consume(at);
            if let Some(stop) = stop {
                return Ok(stop);
            }
            if input.window().len() > self.max_text_bytes.saturating_add(64) {
                return Err(self.too_long(input.offset()));
            }
            if !input.more().map_err(|e| Error::from_io(e, offset))? {
                // The XML reader says what is missing.
                return Ok(Stop::Unknown);
            }
        }
    }
}

fn push(
    text: &str,
    columns: Columns<'_>,
    row: &mut RowBuffer,
    number: u64,
    offset: u64,
) -> Result<()> {
    let index = row.slots.len();
    let Some(layout) = columns.layouts.get(index) else {
        let expected = columns.fields.len();
        return Err(Error::RowWidth { row: number, found: index + 1, expected, offset });
    };
    if text.is_empty() {
        row.slots.push(Slot::Null);
        return Ok(());
    }
    cell_text::read(text, layout, row).map_err(|expected| Error::BadCell {
        row: number,
        column: columns.fields.get(index).map_or(String::new(), |field| shortened(&field.name)),
        text: shortened(text),
        expected: expected.to_owned(),
        offset,
    })
}

fn refuse_text(text: &str, offset: u64) -> Result<()> {
    if text.trim().is_empty() {
        return Ok(());
    }
    Err(malformed(offset, format!("text `{}` outside of a cell", shortened(text.trim()))))
}

fn skip_blanks<R: Read>(input: &mut Input<R>) -> std::io::Result<()> {
    loop {
        let window = input.window();
        let blanks = window.iter().position(|b| !b.is_ascii_whitespace());
        let (skip, done) = match blanks {
            Some(blanks) => (blanks, true),
            None => (window.len(), false),
        };
        input.consume(skip);
        if done || !input.more()? {
            return Ok(());
        }
    }
}

/// Returns where the first `<` or carriage return is, not before `from`; says whether there is
/// a reference before it.
fn find_end(text: &[u8], from: usize, referring: &mut bool) -> Option<usize> {
    let mut at = from;
    loop {
        at = find_markup(text, at)?;
        if text.get(at) != Some(&b'&') {
            return Some(at);
        }
        *referring = true;
        at += 1;
    }
}

/// The references that XML itself names.
const REFERENCES: [(&str, char); 5] =
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];

/// Puts `text` into `resolved` without its references; `false` for those that XML itself does
/// not name.
fn resolve(text: &str, resolved: &mut String) -> bool {
    resolved.clear();
    let mut rest = text;
    // Texts are short: looking for a byte one by one is faster than to prepare a search.
    while let Some(at) = rest.bytes().position(|byte| byte == b'&') {
        let (before, reference) = rest.split_at(at);
        resolved.push_str(before);
        let known = |(name, sign): &(&str, char)| Some((reference.strip_prefix(name)?, *sign));
        let Some((behind, sign)) = REFERENCES.iter().find_map(known) else { return false };
        resolved.push(sign);
        rest = behind;
    }
    resolved.push_str(rest);
    true
}

/// Returns where the first `<`, `&` or carriage return is, not before `from`.
///
/// Eight bytes at a time: a byte of `x` is zero where the needle is, and
/// `(x - 1) & !x & 0x80` finds the lowest zero byte.
fn find_markup(text: &[u8], from: usize) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const fn zeros(x: u64) -> u64 {
        x.wrapping_sub(LOW) & !x & HIGH
    }
    let rest = text.get(from..)?;
    let mut words = rest.chunks_exact(8);
    let mut at = from;
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        let word = u64::from_le_bytes(bytes);
        let found = zeros(word ^ (LOW * b'<' as u64))
            | zeros(word ^ (LOW * b'&' as u64))
            | zeros(word ^ (LOW * b'\r' as u64));
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let tail = words.remainder().iter().position(|b| matches!(b, b'<' | b'&' | b'\r'));
    tail.map(|found| at + found)
}
