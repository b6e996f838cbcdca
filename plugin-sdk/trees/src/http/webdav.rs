//! Listings of WebDAV: the answer to PROPFIND of depth 1 (RFC 4918, 9.1 and 13).

use std::io::Read;

use archway_plugin::Error;
use archway_plugin::types::{Size, SizeQuality};

use super::place::{Child, Place};
use super::xml::{Part, Parts, malformed};
use crate::entry::{Entry, EntryKind};

/// Reads the entries of a folder.
///
/// # Errors
///
/// Those of the source and of `each`; [`Error::MalformedReply`] for anything else than a
/// `multistatus`.
pub fn read_multistatus(
    source: impl Read,
    asked: &str,
    page: &Place,
    each: &mut dyn FnMut(Entry) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut parts = Parts::new(source, asked);
    let mut open: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut resource = Resource::default();
    let mut told = Told::default();
    while let Some(part) = parts.next()? {
        match part {
            Part::Start(name) => {
                if open.is_empty() && name != "multistatus" {
                    return Err(malformed(asked, &format!("<{name}>")));
                }
                if name == "collection" && open.last().is_some_and(|o| o == "resourcetype") {
                    told.is_folder = true;
                }
                open.push(name);
                text.clear();
            }
            Part::Text(more) => text.push_str(&more),
            Part::End(_) => {
                let Some(name) = open.pop() else { continue };
                let value = text.trim().to_owned();
                text.clear();
                match (open.last().map(String::as_str), name.as_str()) {
                    (Some("response"), "href") => resource.target = value,
                    (Some("prop"), "getcontentlength") => told.bytes = value.parse().ok(),
                    (Some("prop"), "getlastmodified") => told.modified_us = http_date(&value),
                    (Some("prop"), "getetag") => told.tag = given(value),
                    (Some("prop"), "getcontenttype") => told.media_type = given(value),
                    (Some("propstat"), "status") => told.status = value,
                    (Some("response"), "propstat") => {
                        let told = std::mem::take(&mut told);
                        // "HTTP/1.1 200 OK"; properties of another status are not there.
                        if told.status.split(' ').nth(1) == Some("200") {
                            resource.told = told;
                        }
                    }
                    (Some("multistatus"), "response") => {
                        if let Some(entry) = std::mem::take(&mut resource).entry(page) {
                            each(entry)?;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

fn given(value: String) -> Option<String> {
    (!value.is_empty()).then_some(value)
}

#[derive(Default)]
struct Resource {
    target: String,
    told: Told,
}

#[derive(Default)]
struct Told {
    status: String,
    is_folder: bool,
    bytes: Option<u64>,
    modified_us: Option<i64>,
    tag: Option<String>,
    media_type: Option<String>,
}

impl Resource {
    /// `None` for the folder itself.
    fn entry(self, page: &Place) -> Option<Entry> {
        let (name, has_slash) = match page.child(&self.target)? {
            Child::File(name) => (name, false),
            Child::Folder(name) => (name, true),
        };
        let told = self.told;
        let is_folder = told.is_folder || has_slash;
        let kind = if is_folder { EntryKind::Folder } else { EntryKind::File };
        let mut entry = Entry::new(name, kind).with_native(self.target);
        if !is_folder {
            entry.size = told.bytes.map(|bytes| Size { bytes, quality: SizeQuality::Exact });
            entry.tag = told.tag;
            entry.media_type = told.media_type;
        }
        entry.modified_us = told.modified_us;
        Some(entry)
    }
}

/// `Thu, 01 Jul 2010 12:34:56 GMT` (RFC 9110, 5.6.7).
pub(super) fn http_date(text: &str) -> Option<i64> {
    let mut words = text.split_once(", ")?.1.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let month = crate::dates::month_named(month)?;
    let clock = words.next()?;
    if words.next() != Some("GMT") {
        return None;
    }
    archway_formats::time::parse_timestamp(&format!("{year}-{month:02}-{day:0>2}T{clock}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        let read = http_date("Thu, 01 Jul 2010 12:34:56 GMT");
        assert_eq!(read, archway_formats::time::parse_timestamp("2010-07-01T12:34:56"));
        for wrong in [
            "",
            "Thu, 01 Jul 2010",
            "Thu, 01 Jul 2010 12:34:56 CET",
            "Thu, 31 Jun 2010 00:00:00 GMT",
        ] {
            assert_eq!(http_date(wrong), None, "{wrong}");
        }
    }
}
