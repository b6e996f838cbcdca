//! A tree behind HTTP.
//!
//! Called by `walk.rs` and `access.rs`. Calls the parsers beside it. Rules: a listing is read
//! as it comes; a link counts only where it leads to a name of the folder.

use std::io::Read;

use archway_plugin::access::{HttpWay, Route};
use archway_plugin::http::{Body, Method};
use archway_plugin::types::{Exhaustion, LimitKind, Size, SizeQuality};
use archway_plugin::{Error, Host, Request, Response};

use super::place::Place;
use super::rows::{Dialect, read_index};
use super::status::checked;
use super::{read_list, read_multistatus, read_page, webdav};
use crate::entry::Entry;
use crate::path;
use crate::tree::Tree;

/// How the folders of a server are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexKind {
    /// An index page, of whatever server; S3 where the answer is its XML.
    #[default]
    Auto,
    /// An index page with date and size behind the name: Apache, nginx, lighttpd.
    Page,
    /// An index page with date and size before the name: IIS.
    Iis,
    /// `ListObjectsV2`.
    S3,
    /// PROPFIND.
    WebDav,
    /// `FOLDER/*?list`.
    List,
}

/// Keys on a page of S3; its most.
const PAGE_KEYS: &str = "1000";
/// More pages of one folder are taken for a loop: ten million keys.
const MOST_PAGES: u32 = 10_000;

const PROPERTIES: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<propfind xmlns=\"DAV:\"><prop>\
    <resourcetype/><getcontentlength/><getlastmodified/><getetag/><getcontenttype/>\
    </prop></propfind>\n";

/// A server and a folder of it.
#[derive(Clone, Debug)]
pub struct HttpTree {
    origin: String,
    root: String,
    kind: IndexKind,
    /// Names of the path that are the bucket, not part of its keys.
    bucket_names: usize,
    credential: Option<String>,
    utc_offset_min: i32,
}

impl HttpTree {
    /// The tree below a URL.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] where it is no URL of HTTP.
    pub fn new(base_url: &str, kind: IndexKind) -> Result<Self, Error> {
        let place = Place::of(base_url).ok_or_else(|| {
            Error::invalid_part("base_url", format!("`{base_url}` is no http or https URL"))
        })?;
        if let Some(wrong) = place.names.iter().find(|name| path::refusal(name).is_some()) {
            return Err(Error::invalid_part(
                "base_url",
                format!("`{wrong}` is no name of a folder"),
            ));
        }
        Ok(Self {
            root: place.path(),
            origin: place.origin,
            kind,
            bucket_names: 0,
            credential: None,
            utc_offset_min: 0,
        })
    }

    /// Names the slot whose credential goes with every request.
    #[must_use]
    pub fn with_credential(mut self, slot: Option<String>) -> Self {
        self.credential = slot;
        self
    }

    /// How many minutes the clock of index pages is ahead of UTC.
    #[must_use]
    pub fn with_utc_offset_min(mut self, minutes: i32) -> Self {
        self.utc_offset_min = minutes;
        self
    }

    /// How many names of the URL's path are the bucket of S3: 1 in the path style, 0 where
    /// the bucket is part of the host.
    #[must_use]
    pub fn with_bucket_names(mut self, names: usize) -> Self {
        self.bucket_names = names;
        self
    }

    fn url(&self, path: &str) -> String {
        format!("{}{}", self.origin, path::encode(path))
    }

    fn folder_url(&self, folder: &str) -> String {
        format!("{}/", self.url(folder.trim_end_matches('/')))
    }

    fn send(&self, host: &dyn Host, request: Request) -> Result<Response, Error> {
        let asked = request.as_wit().url.clone();
        let response = host.send(request.credential(self.credential.clone()))?;
        checked(response, &asked, self.credential.as_deref())
    }

    /// The folder that a response lists: where redirects led to, on the same host and with
    /// the same name. Some servers send to their front page instead of saying "not found".
    fn place(&self, response: &Response, asked: &str) -> Result<Place, Error> {
        let wanted = Place::of(asked);
        let place = Place::of(&response.final_url).or_else(|| wanted.clone());
        let host = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_owned());
        let told = format!("a redirect to {}", response.final_url);
        match place {
            Some(place) if host(&place.origin) == host(&self.origin) => {
                let name = wanted.as_ref().and_then(|wanted| wanted.names.last());
                if place.names.last() == name || name.is_none() {
                    Ok(place)
                } else {
                    Err(Error::NotFound(format!("{asked}: {told}")))
                }
            }
            _ => Err(Error::malformed(asked, "a listing of this server", &told)),
        }
    }

    fn list_page(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let url = self.folder_url(folder);
        let response =
            self.send(host, Request::get(&url).header("accept", "text/html, */*;q=0.5"))?;
        let place = self.place(&response, &url)?;
        let dialect = match self.kind {
            IndexKind::Iis => Dialect::Before,
            IndexKind::Page => Dialect::Behind,
            _ => Dialect::Auto,
        };
        match response.media_type().as_str() {
            "application/xml" | "text/xml" if self.kind == IndexKind::Auto => {
                self.list_s3(host, folder, each)
            }
            "" | "text/html" | "application/xhtml+xml" => {
                read_index(response, &place, dialect, self.utc_offset_min, each).map(|_| ())
            }
            other => Err(Error::malformed(url, "an index page in HTML", other)),
        }
    }

    fn list_s3(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut names = folder.split('/').filter(|name| !name.is_empty());
        let bucket: Vec<&str> = names.by_ref().take(self.bucket_names).collect();
        let prefix: String = names.flat_map(|name| [name, "/"]).collect();
        let bucket_url = self.folder_url(&format!("/{}", bucket.join("/")));
        let mut next: Option<String> = None;
        let mut is_empty = true;
        for _ in 0..MOST_PAGES {
            let mut parameters = vec![
                ("list-type", "2"),
                ("delimiter", "/"),
                ("max-keys", PAGE_KEYS),
                ("prefix", prefix.as_str()),
            ];
            parameters.extend(next.as_deref().map(|token| ("continuation-token", token)));
            let request = Request::get_with(&bucket_url, parameters);
            let asked = request.as_wit().url.clone();
            let response = self.send(host, request)?;
            let page = read_page(response, &asked, &prefix, &mut |entry| {
                is_empty = false;
                each(entry)
            })?;
            match page.next {
                None if is_empty && !prefix.is_empty() => {
                    // S3 has no folders: one without keys is not there.
                    return Err(Error::NotFound(asked));
                }
                None => return Ok(()),
                following if following == next => {
                    return Err(Error::malformed(asked, "another page", "the same token again"));
                }
                following => next = following,
            }
        }
        Err(Error::Exhausted(Exhaustion {
            limit: LimitKind::ArchiveLimit,
            allowed: Some(MOST_PAGES.into()),
            message: format!("{folder} has more than {MOST_PAGES} pages"),
        }))
    }

    fn list_webdav(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let url = self.folder_url(folder);
        let body = ("application/xml; charset=utf-8".to_owned(), PROPERTIES.as_bytes().to_vec());
        let request = Request::new(Method::Other("PROPFIND".to_owned()), &url, Body::Bytes(body))
            .header("depth", "1")
            .repeatable();
        let response = self.send(host, request)?;
        let place = self.place(&response, &url)?;
        read_multistatus(response, &url, &place, each)
    }
}

impl Tree for HttpTree {
    fn root(&self) -> &str {
        &self.root
    }

    fn list(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self.kind {
            IndexKind::Auto | IndexKind::Page | IndexKind::Iis => {
                self.list_page(host, folder, each)
            }
            IndexKind::S3 => self.list_s3(host, folder, each),
            IndexKind::WebDav => self.list_webdav(host, folder, each),
            IndexKind::List => {
                let url = format!("{}*?list", self.folder_url(folder));
                let response = self.send(host, Request::get(&url))?;
                self.place(&response, &url)?;
                read_list(response, &url, each)
            }
        }
    }

    fn location(&self, path: &str) -> String {
        self.url(path)
    }

    fn route(&self, path: &str) -> Route {
        Route::Http(HttpWay {
            method: Method::Get,
            url: self.url(path),
            headers: Vec::new(),
            credential: self.credential.clone(),
            ranges: true,
        })
    }

    fn read(&self, host: &dyn Host, path: &str, max_bytes: u64) -> Result<Vec<u8>, Error> {
        let response = self.send(host, Request::get(self.url(path)))?;
        let mut content = Vec::new();
        response.take(max_bytes + 1).read_to_end(&mut content)?;
        if content.len() as u64 > max_bytes {
            return Err(Error::Exhausted(Exhaustion {
                limit: LimitKind::BytesReceived,
                allowed: Some(max_bytes),
                message: format!("{path} is longer than it may be"),
            }));
        }
        Ok(content)
    }

    fn detail(&self, host: &dyn Host, entry: &Entry, path: &str) -> Result<Option<Entry>, Error> {
        if entry.size.is_some_and(|size| size.quality == SizeQuality::Exact) {
            return Ok(None);
        }
        let request = Request::new(Method::Head, self.url(path), Body::Empty)
            .header("accept-encoding", "identity");
        let response = match self.send(host, request) {
            Ok(response) => response,
            Err(error @ (Error::NotFound(_) | Error::Unavailable(_) | Error::Unauthorised(_))) => {
                return Err(error);
            }
            // A server need not answer HEAD.
            Err(_) => return Ok(None),
        };
        let mut told = Entry::file(entry.name.clone());
        let is_plain = response.header("content-encoding").is_none_or(|word| word == "identity");
        let length = response.header("content-length").filter(|_| is_plain);
        told.size = length
            .and_then(|length| length.parse().ok())
            .map(|bytes| Size { bytes, quality: SizeQuality::Exact });
        told.modified_us = response.header("last-modified").and_then(webdav::http_date);
        told.tag = response.header("etag").map(str::to_owned);
        Ok(Some(told))
    }
}
