//! XML of listings: start tags, texts and ends, namespaces dropped, nothing expanded.

use std::io::{self, BufReader, Read};

use archway_plugin::Error;
use quick_xml::XmlVersion;
use quick_xml::events::Event;

/// What comes next; names without their prefix, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Start(String),
    Text(String),
    End(String),
}

/// Longer tags and texts are no part of a listing.
const MOST_TOKEN_BYTES: usize = 128 * 1024;
const MOST_DEPTH: usize = 32;

pub(super) struct Parts<'a, R> {
    reader: quick_xml::Reader<BufReader<Bounded<R>>>,
    buffer: Vec<u8>,
    depth: usize,
    /// An empty element was given as a start.
    end_due: Option<String>,
    asked: &'a str,
}

impl<'a, R: Read> Parts<'a, R> {
    pub(super) fn new(source: R, asked: &'a str) -> Self {
        let reader = quick_xml::Reader::from_reader(BufReader::new(Bounded {
            source,
            left: MOST_TOKEN_BYTES,
        }));
        Self { reader, buffer: Vec::new(), depth: 0, end_due: None, asked }
    }

    /// The next part; `None` at the end of a whole document.
    pub(super) fn next(&mut self) -> Result<Option<Part>, Error> {
        if let Some(name) = self.end_due.take() {
            return Ok(Some(Part::End(name)));
        }
        loop {
            self.buffer.clear();
            self.reader.get_mut().get_mut().left = MOST_TOKEN_BYTES;
            let event = self.reader.read_event_into(&mut self.buffer);
            let part = match event {
                Ok(Event::Start(tag)) => {
                    self.depth += 1;
                    if self.depth > MOST_DEPTH {
                        return Err(malformed(
                            self.asked,
                            "elements nested deeper than a listing's",
                        ));
                    }
                    Part::Start(local(tag.name().as_ref()))
                }
                Ok(Event::Empty(tag)) => {
                    let name = local(tag.name().as_ref());
                    self.end_due = Some(name.clone());
                    Part::Start(name)
                }
                Ok(Event::End(tag)) => {
                    self.depth = self.depth.saturating_sub(1);
                    Part::End(local(tag.name().as_ref()))
                }
                Ok(Event::Text(text)) => {
                    Part::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned())
                }
                Ok(Event::CData(text)) => {
                    Part::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned())
                }
                Ok(Event::GeneralRef(name)) => {
                    let name: &str = &name;
                    // The five of XML and numbers; a document may define no others.
                    let escaped = format!("&{name};");
                    let text = super::html::unescape(&escaped);
                    if text == escaped {
                        return Err(malformed(self.asked, &format!("the entity {escaped}")));
                    }
                    Part::Text(text)
                }
                Ok(Event::DocType(_)) => {
                    return Err(malformed(self.asked, "a DOCTYPE"));
                }
                Ok(Event::Eof) if self.depth > 0 => {
                    return Err(malformed(self.asked, "a document that breaks off"));
                }
                Ok(Event::Eof) => return Ok(None),
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => continue,
                Err(quick_xml::Error::Io(error)) => {
                    return Err(match std::sync::Arc::try_unwrap(error) {
                        Ok(error) if error.kind() != io::ErrorKind::FileTooLarge => {
                            Error::from(error)
                        }
                        Ok(error) => malformed(self.asked, &error.to_string()),
                        Err(shared) => Error::Internal(format!("reading failed: {shared}")),
                    });
                }
                Err(error) => return Err(malformed(self.asked, &error.to_string())),
            };
            return Ok(Some(part));
        }
    }
}

/// Ends the reading of a tag or text that has no end.
struct Bounded<R> {
    source: R,
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.left);
        if most == 0 && !buffer.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "a tag or text longer than a listing's",
            ));
        }
        let length = self.source.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= length.min(self.left);
        Ok(length)
    }
}

fn local(name: &str) -> String {
    name.rsplit_once(':').map_or(name, |(_, local)| local).to_ascii_lowercase()
}

pub(super) fn malformed(asked: &str, found: &str) -> Error {
    Error::malformed(asked, "a listing in XML", found)
}
