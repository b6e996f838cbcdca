//! XML for the documents of the VO: pull events with every ceiling applied.
//!
//! A thin layer over `quick-xml`, which neither expands entities nor fetches
//! anything. Here: namespace prefixes dropped, empty elements as a start and an
//! end, references resolved, DOCTYPE subsets refused, end tags checked, depth
//! and sizes bounded. The content of a VO document never needs more.

mod element;
mod encoding;
mod escape;

use std::io::Read;

use quick_xml::XmlVersion;
use quick_xml::events::Event as RawEvent;

pub(crate) use element::Element;
pub(crate) use escape::{write_attribute, write_element, write_escaped};

use crate::error::{Error, Result, shortened};
use crate::input::Input;
use crate::limits::{Ceiling, Limits};

/// What comes next in a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Start(Element),
    /// The innermost open element ends.
    End,
    /// Character data, references resolved; one element's text may come in pieces.
    Text(String),
    Eof,
}

/// A pull reader.
pub(crate) struct Xml<R> {
    reader: quick_xml::Reader<Input<R>>,
    buffer: Vec<u8>,
    limits: Limits,
    open: Vec<String>,
    /// An empty element was given as a start; its end is due.
    end_due: bool,
    /// The last event was text, so that `quick-xml` is in the middle of something.
    in_text: bool,
    seen_root: bool,
    spent_head: u64,
}

impl<R: Read> Xml<R> {
    /// Starts reading; looks at the first bytes for the encoding.
    pub(crate) fn new(stream: R, limits: &Limits) -> Result<Self> {
        let mut input = Input::new(stream, limits);
        encoding::settle_encoding(&mut input)?;
        let mut reader = quick_xml::Reader::from_reader(input);
        let config = reader.config_mut();
        // Names are checked here, because the row scanners consume balanced elements unseen.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Ok(Self {
            reader,
            buffer: Vec::new(),
            limits: *limits,
            open: Vec::new(),
            end_due: false,
            in_text: false,
            seen_root: false,
            spent_head: 0,
        })
    }

    /// The stream, for a scanner, while [`can_scan`](Self::can_scan).
    pub(crate) fn input(&mut self) -> &mut Input<R> {
        debug_assert!(self.can_scan(), "the XML reader is in the middle of something");
        self.reader.get_mut()
    }

    /// Whether a scanner may take over: right after a tag that is not an empty element's.
    pub(crate) fn can_scan(&self) -> bool {
        !self.end_due && !self.in_text
    }

    /// Enters an element whose start tag a scanner has consumed.
    pub(crate) fn enter(&mut self, name: &str) -> Result<()> {
        self.push(name.to_owned())
    }

    pub(crate) fn offset(&self) -> u64 {
        self.reader.get_ref().offset()
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The qualified name of the innermost open element, as written.
    pub(crate) fn innermost(&self) -> &str {
        self.open.last().map_or("the prologue", String::as_str)
    }

    /// As [`next`](Self::next), counting against [`Limits::head_bytes`].
    pub(crate) fn next_in_head(&mut self) -> Result<Event> {
        let before = self.offset();
        let event = self.next()?;
        let after = self.offset();
        self.spent_head += after - before;
        if self.spent_head > self.limits.head_bytes {
            return Err(self.crossed(Ceiling::HeadBytes, self.limits.head_bytes));
        }
        Ok(event)
    }

    /// Starts the count of [`Limits::head_bytes`] anew, for documents read piece by piece.
    pub(crate) fn forget_head(&mut self) {
        self.spent_head = 0;
    }

    /// Returns the next event. Comments and processing instructions are passed over.
    pub(crate) fn next(&mut self) -> Result<Event> {
        if self.end_due {
            self.end_due = false;
            self.open.pop();
            return Ok(Event::End);
        }
        let event = self.pull()?;
        self.in_text = matches!(event, Event::Text(_));
        Ok(event)
    }

    fn pull(&mut self) -> Result<Event> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().start_token();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => {
                    return Err(from_quick_xml(error, self.offset(), self.open.last()));
                }
            };
            let offset = self.reader.get_ref().offset();
            match event {
                RawEvent::Start(start) => {
                    let element = element::element(&start, &self.limits, offset)?;
                    let name = start.name().as_ref().to_owned();
                    self.push(name)?;
                    return Ok(Event::Start(element));
                }
                RawEvent::Empty(start) => {
                    let element = element::element(&start, &self.limits, offset)?;
                    let name = start.name().as_ref().to_owned();
                    self.push(name)?;
                    self.end_due = true;
                    return Ok(Event::Start(element));
                }
                RawEvent::End(end) => {
                    let name = end.name();
                    let found: &str = name.as_ref();
                    return match self.open.pop() {
                        Some(open) if open == found => Ok(Event::End),
                        Some(open) => Err(malformed(
                            offset,
                            format!(
                                "found </{}> where </{}> would be right",
                                shortened(found),
                                shortened(&open)
                            ),
                        )),
                        None => Err(malformed(
                            offset,
                            format!("</{}> closes nothing", shortened(found)),
                        )),
                    };
                }
                RawEvent::Text(text) => {
                    if self.open.is_empty() {
                        let content: &str = &text;
                        if content.trim().is_empty() {
                            continue;
                        }
                        return Err(malformed(
                            offset,
                            "text outside of the root element".to_owned(),
                        ));
                    }
                    return Ok(Event::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()));
                }
                RawEvent::CData(text) => {
                    if self.open.is_empty() {
                        return Err(malformed(
                            offset,
                            "text outside of the root element".to_owned(),
                        ));
                    }
                    return Ok(Event::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()));
                }
                RawEvent::GeneralRef(reference) => {
                    let name: &str = &reference;
                    let text = match name {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => match reference.resolve_char_ref() {
                            Ok(Some(c)) => c,
                            Ok(None) => {
                                return Err(Error::UnknownEntity { offset, name: shortened(name) });
                            }
                            Err(error) => return Err(malformed(offset, error.to_string())),
                        },
                    };
                    return Ok(Event::Text(text.to_string()));
                }
                RawEvent::DocType(doctype) => {
                    let content: &str = &doctype;
                    if content.contains('[') || self.seen_root {
                        return Err(Error::Doctype { offset });
                    }
                }
                RawEvent::Comment(_) | RawEvent::PI(_) | RawEvent::Decl(_) => {}
                RawEvent::Eof => {
                    return match self.open.last() {
                        Some(open) => Err(Error::Truncated {
                            offset,
                            inside: format!("<{}>", shortened(open)),
                        }),
                        None if !self.seen_root => {
                            Err(Error::Truncated { offset, inside: "the prologue".to_owned() })
                        }
                        None => Ok(Event::Eof),
                    };
                }
            }
        }
    }

    /// Reads the root element's start.
    pub(crate) fn root(&mut self) -> Result<Element> {
        match self.next_in_head()? {
            Event::Start(element) => Ok(element),
            Event::End | Event::Text(_) | Event::Eof => {
                Err(malformed(self.offset(), "no root element".to_owned()))
            }
        }
    }

    /// Returns the text of the element just started, up to its end, white space
    /// trimmed; elements inside contribute their text.
    pub(crate) fn text(&mut self) -> Result<String> {
        let depth = self.depth();
        let mut content = String::new();
        loop {
            match self.next_in_head()? {
                Event::Text(piece) => {
                    if content.len() + piece.len() > self.limits.text_bytes {
                        return Err(self.crossed(Ceiling::TextBytes, self.limits.text_bytes as u64));
                    }
                    content.push_str(&piece);
                }
                Event::End if self.depth() < depth => break,
                Event::Start(_) | Event::End => {}
                Event::Eof => return Err(self.truncated()),
            }
        }
        let trimmed = content.trim();
        Ok(if trimmed.len() == content.len() { content } else { trimmed.to_owned() })
    }

    /// As [`text`](Self::text); an empty one is `None`.
    pub(crate) fn optional_text(&mut self) -> Result<Option<String>> {
        Ok(Some(self.text()?).filter(|t| !t.is_empty()))
    }

    /// Passes over the element just started.
    pub(crate) fn skip(&mut self) -> Result<()> {
        let depth = self.depth();
        loop {
            match self.next()? {
                Event::End if self.depth() < depth => return Ok(()),
                Event::Start(_) | Event::End | Event::Text(_) => {}
                Event::Eof => return Err(self.truncated()),
            }
        }
    }

    /// Returns the next child element of the element that was open at `depth`,
    /// or `None` at its end. Text between the children is passed over.
    pub(crate) fn child(&mut self, depth: usize) -> Result<Option<Element>> {
        loop {
            match self.next_in_head()? {
                Event::Start(element) => return Ok(Some(element)),
                Event::End if self.depth() < depth => return Ok(None),
                Event::End | Event::Text(_) => {}
                Event::Eof => return Err(self.truncated()),
            }
        }
    }

    pub(crate) fn crossed(&self, ceiling: Ceiling, limit: u64) -> Error {
        Error::Limit { ceiling, limit, offset: self.offset() }
    }

    pub(crate) fn truncated(&self) -> Error {
        Error::Truncated {
            offset: self.offset(),
            inside: format!("<{}>", shortened(self.innermost())),
        }
    }

    fn push(&mut self, name: String) -> Result<()> {
        if self.open.is_empty() && self.seen_root {
            return Err(malformed(self.offset(), "a second root element".to_owned()));
        }
        self.seen_root = true;
        if self.open.len() >= self.limits.depth {
            return Err(self.crossed(Ceiling::Depth, self.limits.depth as u64));
        }
        self.open.push(name);
        Ok(())
    }
}

pub(crate) fn malformed(offset: u64, reason: String) -> Error {
    Error::Malformed { offset, reason }
}

fn from_quick_xml(error: quick_xml::Error, offset: u64, open: Option<&String>) -> Error {
    use quick_xml::Error as Quick;
    use quick_xml::errors::IllFormedError;
    let inside = || open.map_or("the prologue".to_owned(), |name| format!("<{}>", shortened(name)));
    match error {
        Quick::Io(io) => {
            // The error is shared by reference count; ours alone here.
            match std::sync::Arc::try_unwrap(io) {
                Ok(io) => Error::from_io(io, offset),
                Err(shared) => Error::Io(std::io::Error::new(shared.kind(), shared.to_string())),
            }
        }
        Quick::Syntax(error) => {
            use quick_xml::errors::SyntaxError;
            match error {
                SyntaxError::InvalidBangMarkup => malformed(offset, error.to_string()),
                SyntaxError::UnclosedPI
                | SyntaxError::UnclosedXmlDecl
                | SyntaxError::UnclosedComment
                | SyntaxError::UnclosedDoctype
                | SyntaxError::UnclosedCData
                | SyntaxError::UnclosedTag
                | SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
                    Error::Truncated { offset, inside: inside() }
                }
            }
        }
        Quick::IllFormed(IllFormedError::MissingEndTag(_)) => {
            Error::Truncated { offset, inside: inside() }
        }
        other => malformed(offset, other.to_string()),
    }
}
