//! Recorded exchanges: what was asked and what came back, as files that tests read.
//!
//! Written by `archway plugins record`, read by [`RecordedHost`](crate::testing::RecordedHost).
//! A recording is a folder with an index, `exchanges.json`, and one file a body, so
//! that a body can be looked at, compared and replaced with ordinary tools:
//!
//! ```json
//! {
//!   "note": "Where it comes from and under which licence.",
//!   "exchanges": [{
//!     "request": {
//!       "method": "POST",
//!       "url": "https://archive.example/tap/sync",
//!       "headers": [["accept", "*/*"]],
//!       "fields": [["LANG", "ADQL"], ["QUERY", "SELECT ..."]]
//!     },
//!     "response": {
//!       "status": 200,
//!       "headers": [["content-type", "application/x-votable+xml"]],
//!       "body": "search.vot"
//!     },
//!     "recorded_at": "2026-11-25T20:00:00Z",
//!     "note": "what is worth knowing about it"
//!   }]
//! }
//! ```
//!
//! Rules: secrets never get in (the gateway adds them behind the plugin's back);
//! a body is stored decoded, as the plugin reads it.

pub mod conversation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

pub use conversation::{Content, Conversation, Turn};

use crate::bindings::archway::host::http as wit;

/// Name of the index of a recording's folder.
pub const INDEX: &str = "exchanges.json";

/// The exchanges of one folder, with their bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Where it comes from and under which licence.
    pub note: String,
    /// In the order in which they took place.
    pub exchanges: Vec<Exchange>,
    /// Byte streams, in the order in which they were opened.
    pub conversations: Vec<Conversation>,
    /// Bodies by file name.
    pub bodies: BTreeMap<String, Vec<u8>>,
}

/// One request and the response to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What was asked.
    pub request: RecordedRequest,
    /// What came back.
    pub response: RecordedResponse,
    /// RFC 3339, UTC; empty for one written by hand.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recorded_at: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A request as it is compared with what a plugin asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedRequest {
    /// In upper case.
    pub method: String,
    /// With its query.
    pub url: String,
    /// Those the plugin set; not compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Form fields, or the parts of a multipart body: a file is `<name, length bytes>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    /// The slot named, if any; not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// A response but for its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedResponse {
    /// HTTP status.
    pub status: u16,
    /// After redirects; absent where it is the URL asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// Names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The file beside the index that holds the body; absent where it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The index as written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exchanges: Vec<Exchange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conversations: Vec<Conversation>,
}

impl RecordedRequest {
    /// What is kept of a request.
    pub fn of(request: &wit::Request) -> Self {
        let headers = request.headers.iter().map(|h| (h.name.clone(), h.value.clone())).collect();
        let fields = match &request.body {
            wit::Body::Empty => Vec::new(),
            wit::Body::Bytes((media_type, content)) => {
                let text = String::from_utf8(content.clone());
                vec![(
                    media_type.clone(),
                    text.unwrap_or_else(|e| format!("<{} bytes>", e.as_bytes().len())),
                )]
            }
            wit::Body::Form(fields) => fields.clone(),
            wit::Body::Multipart(parts) => parts.iter().map(field_of_part).collect(),
        };
        Self {
            method: method_name(&request.method).to_owned(),
            url: request.url.clone(),
            headers,
            fields,
            credential: request.credential.clone(),
        }
    }

    /// Whether the same was asked: method, URL and fields, the fields in any order.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.method == other.method
            && self.url == other.url
            && sorted(&self.fields) == sorted(&other.fields)
    }
}

fn sorted(fields: &[(String, String)]) -> Vec<&(String, String)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort();
    fields
}

fn field_of_part(part: &wit::Part) -> (String, String) {
    let value = match (&part.file_name, std::str::from_utf8(&part.content)) {
        (None, Ok(text)) => text.to_owned(),
        (name, _) => {
            format!("<{}, {} bytes>", name.as_deref().unwrap_or("file"), part.content.len())
        }
    };
    (part.name.clone(), value)
}

/// The name of a method in upper case.
pub fn method_name(method: &wit::Method) -> &str {
    match method {
        wit::Method::Get => "GET",
        wit::Method::Head => "HEAD",
        wit::Method::Post => "POST",
        wit::Method::Put => "PUT",
        wit::Method::Delete => "DELETE",
        wit::Method::Options => "OPTIONS",
        wit::Method::Other(name) => name,
    }
}

impl Recording {
    /// Reads a folder: the index and every body it names.
    ///
    /// Fails with the path in its message where a file is missing or is not what it should be.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let path = folder.join(INDEX);
        let index: Index = serde_json::from_slice(&fs::read(&path).map_err(|e| at(&path, e))?)
            .map_err(|e| at(&path, io::Error::new(io::ErrorKind::InvalidData, e)))?;
        let mut bodies = BTreeMap::new();
        let of_exchanges =
            index.exchanges.iter().filter_map(|exchange| exchange.response.body.as_ref());
        let of_conversations =
            index.conversations.iter().flat_map(|held| conversation::files(&held.turns));
        for name in of_exchanges.chain(of_conversations) {
            let path = folder.join(plain_file_name(name)?);
            bodies.insert(name.clone(), fs::read(&path).map_err(|e| at(&path, e))?);
        }
        let Index { note, exchanges, conversations } = index;
        Ok(Self { note, exchanges, conversations, bodies })
    }

    /// Writes the folder, making it where it does not exist.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
        for (name, content) in &self.bodies {
            let path = folder.join(plain_file_name(name)?);
            fs::write(&path, content).map_err(|e| at(&path, e))?;
        }
        let index = Index {
            note: self.note.clone(),
            exchanges: self.exchanges.clone(),
            conversations: self.conversations.clone(),
        };
        let mut text = serde_json::to_string_pretty(&index)?;
        text.push('\n');
        let path = folder.join(INDEX);
        fs::write(&path, text).map_err(|e| at(&path, e))
    }

    /// Adds an exchange under the file name given; a body of no bytes has no file.
    pub fn add(&mut self, mut exchange: Exchange, file_name: &str, body: Vec<u8>) {
        exchange.response.body = (!body.is_empty()).then(|| file_name.to_owned());
        if !body.is_empty() {
            self.bodies.insert(file_name.to_owned(), body);
        }
        self.exchanges.push(exchange);
    }

    /// The bytes of a response.
    pub fn body(&self, response: &RecordedResponse) -> &[u8] {
        response.body.as_ref().and_then(|name| self.bodies.get(name)).map_or(&[], Vec::as_slice)
    }
}

/// A body lies beside the index and nowhere else.
fn plain_file_name(name: &str) -> io::Result<PathBuf> {
    let path = Path::new(name);
    if path.file_name().is_some_and(|file_name| file_name == path.as_os_str()) {
        return Ok(path.to_owned());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("body `{name}` is not the name of a file beside the index"),
    ))
}

fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
