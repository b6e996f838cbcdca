//! A request as a plugin writes it, and the response it reads.

use std::fmt::Write;
use std::io;

use crate::bindings::archway::host::http as wit;
use crate::types::Error;

pub use wit::{Body, ByteRange, Header, Method, Part, Redirects};

/// A request; the host adds credentials, retries, checks and caches.
#[derive(Clone, Debug)]
pub struct Request(wit::Request);

impl Request {
    /// A GET that follows redirects.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url, Body::Empty)
    }

    /// A GET of `url` with these parameters behind it, encoded as a form is.
    pub fn get_with<'a>(
        url: &str,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        Self::get(with_parameters(url, parameters))
    }

    /// A POST of form fields.
    pub fn form(url: impl Into<String>, fields: Vec<(String, String)>) -> Self {
        Self::new(Method::Post, url, Body::Form(fields))
    }

    /// A request of any method.
    pub fn new(method: Method, url: impl Into<String>, body: Body) -> Self {
        Self(wit::Request {
            method,
            url: url.into(),
            headers: Vec::new(),
            body,
            range: None,
            credential: None,
            redirects: Redirects::Follow,
            repeatable: false,
            timeout_ms: None,
            max_bytes: None,
        })
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0.headers.push(Header { name: name.to_owned(), value: value.to_owned() });
        self
    }

    /// Names the slot whose credential the host adds.
    #[must_use]
    pub fn credential(mut self, slot: Option<String>) -> Self {
        self.0.credential = slot;
        self
    }

    /// A 3xx comes back as the response.
    #[must_use]
    pub fn reporting_redirects(mut self) -> Self {
        self.0.redirects = Redirects::Report;
        self
    }

    /// The host may send it again after a failure, whatever its method: it changes nothing.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.0.repeatable = true;
        self
    }

    /// Asks for `length` bytes from `offset` on, or for all from there.
    #[must_use]
    pub fn range(mut self, offset: u64, length: Option<u64>) -> Self {
        self.0.range = Some(ByteRange { offset, length });
        self
    }

    /// Stops the response at so many decoded bytes.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.0.max_bytes = Some(max_bytes);
        self
    }

    /// Fails when the head of the response takes longer.
    #[must_use]
    pub fn timeout_ms(mut self, timeout_ms: u32) -> Self {
        self.0.timeout_ms = Some(timeout_ms);
        self
    }

    /// The request as it crosses the boundary.
    pub fn as_wit(&self) -> &wit::Request {
        &self.0
    }

    pub(crate) fn into_wit(self) -> wit::Request {
        self.0
    }
}

/// Returns `text` encoded for the query of a URL, a blank as `+` (WHATWG URL, 5.2).
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                out.push(char::from(byte))
            }
            b' ' => out.push('+'),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

/// Returns `url` with these parameters added to its query.
pub fn with_parameters<'a>(
    url: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut out = url.to_owned();
    let mut separator = match url.find('?') {
        None => "?",
        Some(at) if at + 1 == url.len() => "",
        Some(_) if url.ends_with('&') => "",
        Some(_) => "&",
    };
    for (name, value) in parameters {
        out.push_str(separator);
        out.push_str(&encode(name));
        out.push('=');
        out.push_str(&encode(value));
        separator = "&";
    }
    out
}

/// The head of a response; its body is read from it, as it is [`io::Read`].
///
/// Nothing is read from the network before it is asked for. A failure of the host
/// while reading is an [`io::Error`] that carries the [`Error`]: see [`Error::from`].
pub struct Response {
    /// HTTP status; 400 and above is a response too.
    pub status: u16,
    /// After redirects, without secrets.
    pub final_url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    body: Box<dyn io::Read>,
}

impl Response {
    /// A response made by hand or from a recording.
    pub fn new(
        status: u16,
        final_url: impl Into<String>,
        headers: Vec<(String, String)>,
        body: Box<dyn io::Read>,
    ) -> Self {
        Self { status, final_url: final_url.into(), headers, body }
    }

    /// The first header of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The media type without parameters, in lower case; empty when there is none.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    pub(crate) fn from_wit(inner: wit::Response) -> Self {
        let headers = inner.headers().into_iter().map(|h| (h.name, h.value)).collect();
        Self {
            status: inner.status(),
            final_url: inner.final_url(),
            headers,
            body: Box::new(WitBody { response: inner, ahead: io::Cursor::default() }),
        }
    }
}

impl io::Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer)
    }
}

/// Reads at least so much at once: each read crosses to the host.
const READ_AHEAD_BYTES: usize = 16 * 1024;

struct WitBody {
    response: wit::Response,
    /// What came and was not wanted yet.
    ahead: io::Cursor<Vec<u8>>,
}

impl io::Read for WitBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.ahead.read(buffer)?;
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        let wanted = u32::try_from(buffer.len().max(READ_AHEAD_BYTES)).unwrap_or(u32::MAX);
        self.ahead = io::Cursor::new(self.response.read(wanted).map_err(io::Error::from)?);
        self.ahead.read(buffer)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

/// Takes back the host's error from a failed read; any other failure is a malformed reply.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => ours,
            Err(other) => Self::Internal(format!("reading failed: {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_join_a_query_that_is_there() {
        let cases = [
            ("no query", "http://a/b", "http://a/b?Q=x+%3D+%271%27"),
            ("an empty query", "http://a/b?", "http://a/b?Q=x+%3D+%271%27"),
            ("a query", "http://a/b?c=d", "http://a/b?c=d&Q=x+%3D+%271%27"),
            ("an open query", "http://a/b?c=d&", "http://a/b?c=d&Q=x+%3D+%271%27"),
        ];
        for (name, url, wanted) in cases {
            assert_eq!(with_parameters(url, [("Q", "x = '1'")]), wanted, "{name}");
        }
    }
}
