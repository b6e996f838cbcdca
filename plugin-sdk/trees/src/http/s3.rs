//! Listings of S3 and what speaks like it (`ListObjectsV2`, Amazon S3 API 2006-03-01).

use std::io::Read;

use archway_plugin::Error;

use super::xml::{Part, Parts, malformed};
use crate::entry::Entry;

/// What a page says besides its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Give this to ask for the next page; `None` where this is the last.
    pub next: Option<String>,
}

/// Reads the entries of one page of the folder with this prefix (which ends with a slash or
/// is empty).
///
/// # Errors
///
/// Those of the source and of `each`; [`Error::MalformedReply`] for anything else than a
/// listing, and for one that says it goes on and not where.
pub fn read_page(
    source: impl Read,
    asked: &str,
    prefix: &str,
    each: &mut dyn FnMut(Entry) -> Result<(), Error>,
) -> Result<Page, Error> {
    let mut parts = Parts::new(source, asked);
    let mut page = Page::default();
    let mut open: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut object = Object::default();
    let mut is_truncated = false;
    while let Some(part) = parts.next()? {
        match part {
            Part::Start(name) => {
                if open.is_empty() && name != "listbucketresult" {
                    return Err(malformed(asked, &format!("<{name}>")));
                }
                open.push(name);
                text.clear();
            }
            Part::Text(more) => text.push_str(&more),
            Part::End(_) => {
                let Some(name) = open.pop() else { continue };
                let whole = std::mem::take(&mut text);
                let value = whole.trim().to_owned();
                match (open.last().map(String::as_str), name.as_str()) {
                    (Some("listbucketresult"), "istruncated") => is_truncated = value == "true",
                    (Some("listbucketresult"), "nextcontinuationtoken") => page.next = Some(value),
                    (Some("listbucketresult"), "contents") => {
                        let object = std::mem::take(&mut object);
                        if let Some(entry) = object.entry(prefix) {
                            each(entry)?;
                        }
                    }
                    (Some("contents"), "key") => object.key = whole,
                    (Some("contents"), "size") => object.size = value.parse().ok(),
                    (Some("contents"), "etag") => {
                        object.tag = Some(value).filter(|t| !t.is_empty())
                    }
                    (Some("contents"), "lastmodified") => {
                        object.modified_us = archway_formats::time::parse_timestamp(&value);
                    }
                    (Some("commonprefixes"), "prefix") => {
                        if let Some(name) = value.strip_prefix(prefix) {
                            let name = name.trim_end_matches('/');
                            each(Entry::folder(name).with_native(value.as_str()))?;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    match (is_truncated, &page.next) {
        (true, None) => Err(malformed(asked, "IsTruncated without NextContinuationToken")),
        (true, Some(_)) => Ok(page),
        (false, _) => Ok(Page::default()),
    }
}

#[derive(Default)]
struct Object {
    key: String,
    size: Option<u64>,
    modified_us: Option<i64>,
    tag: Option<String>,
}

impl Object {
    /// `None` for the object that only stands for the folder itself.
    fn entry(self, prefix: &str) -> Option<Entry> {
        let name = self.key.strip_prefix(prefix).filter(|name| !name.is_empty())?;
        let mut entry = Entry::file(name).with_native(self.key.as_str());
        entry.size = self.size.map(|bytes| archway_plugin::types::Size {
            bytes,
            quality: archway_plugin::types::SizeQuality::Exact,
        });
        entry.modified_us = self.modified_us;
        entry.tag = self.tag;
        Some(entry)
    }
}
