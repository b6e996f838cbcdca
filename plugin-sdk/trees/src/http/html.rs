//! The links of an HTML page, and the text between them, as the page is read.
//!
//! Not a parser of HTML: index pages are written by programs, and what counts in them is
//! `<a href>`, the text around it, and where rows and cells end.
//! Rules: memory is bounded whatever the page says; nothing is run, fetched or believed.

use std::io::{self, Read};

/// What comes next in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The target of a link, entities resolved.
    Link(String),
    /// The text of the link is over.
    LinkEnd,
    /// Text, entities resolved; a new line for each row and a tab for each cell.
    Text(String),
}

/// Longer tags are cut: no link is so long.
const MOST_TAG_BYTES: usize = 16 * 1024;
/// Text behind this between two tags is dropped.
const MOST_TEXT_BYTES: usize = 4 * 1024;
const CHUNK_BYTES: usize = 16 * 1024;

/// Reads pieces.
#[derive(Debug)]
pub(super) struct Pieces<R> {
    source: R,
    chunk: Vec<u8>,
    /// How much of the chunk has been read, and how much of that used.
    filled: usize,
    used: usize,
    bytes_left: u64,
}

impl<R: Read> Pieces<R> {
    /// Reads at most `most_bytes` of a page.
    pub(super) fn new(source: R, most_bytes: u64) -> Self {
        Self { source, chunk: vec![0; CHUNK_BYTES], filled: 0, used: 0, bytes_left: most_bytes }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the source, and [`io::ErrorKind::FileTooLarge`].
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let Some(byte) = self.peek()? else { return Ok(None) };
            if byte != b'<' {
                let text = self.take_until(b'<', MOST_TEXT_BYTES)?;
                if !text.is_empty() {
                    let text = String::from_utf8_lossy(&text);
                    return Ok(Some(Piece::Text(unescape(&text))));
                }
                continue;
            }
            let tag = self.tag()?;
            let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            // What these hold is no text, and a `<` in it no tag.
            match name.to_ascii_lowercase().as_str() {
                "script" => {
                    self.pass(b"</script")?;
                    self.pass(b">")?;
                }
                "style" => {
                    self.pass(b"</style")?;
                    self.pass(b">")?;
                }
                _ => {}
            }
            if let Some(piece) = Self::piece(&tag) {
                return Ok(Some(piece));
            }
        }
    }

    fn piece(tag: &str) -> Option<Piece> {
        let (closes, rest) = match tag.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, tag),
        };
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, attributes) = rest.split_at(end);
        let name = name.to_ascii_lowercase();
        match (name.as_str(), closes) {
            ("a", false) => {
                let target = attribute(attributes, "href")?;
                Some(Piece::Link(unescape(target.trim())))
            }
            ("a", true) => Some(Piece::LinkEnd),
            ("br" | "hr" | "tr" | "li" | "p" | "pre" | "div" | "title" | "h1", _) => {
                Some(Piece::Text("\n".to_owned()))
            }
            ("td" | "th", _) => Some(Piece::Text("\t".to_owned())),
            _ => None,
        }
    }

    /// What stands between `<` and `>`, a `>` in quotes being none. Of a comment nothing.
    fn tag(&mut self) -> io::Result<String> {
        self.used += 1;
        let mut tag = Vec::new();
        let mut quote = None;
        while let Some(byte) = self.peek()? {
            self.used += 1;
            match (quote, byte) {
                (None, b'>') => break,
                (None, b'"' | b'\'') if !tag.starts_with(b"!") => quote = Some(byte),
                (Some(open), close) if open == close => quote = None,
                _ => {}
            }
            if tag.len() < MOST_TAG_BYTES {
                tag.push(byte);
            }
            if tag == b"!--" {
                self.pass(b"-->")?;
                return Ok(String::new());
            }
        }
        Ok(String::from_utf8_lossy(&tag).into_owned())
    }

    /// Passes over everything up to the end of these bytes, letters in either case.
    fn pass(&mut self, end: &[u8]) -> io::Result<()> {
        let mut last = Vec::with_capacity(end.len());
        while let Some(byte) = self.peek()? {
            self.used += 1;
            if last.len() == end.len() {
                last.remove(0);
            }
            last.push(byte);
            if last.eq_ignore_ascii_case(end) {
                break;
            }
        }
        Ok(())
    }

    fn take_until(&mut self, end: u8, most: usize) -> io::Result<Vec<u8>> {
        let mut taken = Vec::new();
        while self.peek()?.is_some() {
            let rest = self.chunk.get(self.used..self.filled).unwrap_or_default();
            let length = rest.iter().position(|byte| *byte == end).unwrap_or(rest.len());
            let room = most.saturating_sub(taken.len()).min(length);
            taken.extend(rest.iter().take(room));
            self.used += length;
            if self.used < self.filled {
                break;
            }
        }
        Ok(taken)
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.used >= self.filled {
            (self.used, self.filled) = (0, 0);
            let length = loop {
                match self.source.read(&mut self.chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            match self.bytes_left.checked_sub(length as u64) {
                Some(left) => self.bytes_left = left,
                None => {
                    let message = "the page is longer than a listing may be";
                    return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
                }
            }
            self.filled = length.min(self.chunk.len());
        }
        Ok(self.chunk.get(self.used..self.filled).and_then(|rest| rest.first()).copied())
    }
}

/// The value of an attribute, in any of the three forms of HTML.
fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '=' || c == '/')
            .unwrap_or(rest.len())
            // A stray `=` is no name, and must be passed.
            .max(rest.chars().next().map_or(1, char::len_utf8));
        let (name, after) = rest.split_at(end);
        let after_name = after.trim_start();
        let Some(value) = after_name.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inside = value.get(1..).unwrap_or_default();
                inside.split_once(quote).unwrap_or((inside, ""))
            }
            _ => {
                let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
                value.split_at(end)
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// Resolves the character references that index pages use; any other stays as it is.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| name.len() <= 10);
        match reference.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        number => {
            let digits = number.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(page: &str) -> String {
        let mut pieces = Pieces::new(page.as_bytes(), 1 << 20);
        let mut shown = String::new();
        while let Some(piece) = pieces.next().unwrap() {
            match piece {
                Piece::Link(target) => shown.push_str(&format!("[{target}|")),
                Piece::LinkEnd => shown.push(']'),
                Piece::Text(text) => shown.push_str(&text),
            }
        }
        shown
    }

    #[test]
    fn links_are_found_in_each_form_of_an_attribute() {
        let cases = [
            ("quoted", "<a href=\"x\">y</a>", "[x|y]"),
            ("in single quotes", "<A class='>' HREF='x'>y</A>", "[x|y]"),
            ("bare", "<a href=x >y</a>", "[x|y]"),
            ("after a flag", "<a download href = \"x\">y</a>", "[x|y]"),
            (
                "entities",
                "<a href=\"a&amp;b&#37;&#x41;\">&lt;dir&gt;&bogus;</a>",
                "[a&b%A|<dir>&bogus;]",
            ),
            ("no target", "<a name=\"top\">y</a>", "y]"),
            ("a comment", "<!-- <a href=\"x\"> -- > -->y", "y"),
            ("a script", "<script>if (a<b) '<a href=\"x\">'</script>y", "y"),
            ("an open end", "<a href=\"x", "[x|"),
        ];
        for (name, page, wanted) in cases {
            assert_eq!(pieces(page), wanted, "case: {name}");
        }
    }

    #[test]
    fn a_page_is_no_longer_than_allowed() {
        let mut pieces = Pieces::new(io::repeat(b'x'), 1 << 20);
        let error = loop {
            match pieces.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it has no end"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    proptest::proptest! {
        #[test]
        fn any_page_is_read_to_its_end(page in "[<>a='\"/& hrefscipt!;#x0-9\n-]{0,80}") {
            pieces(&page);
        }
    }
}
