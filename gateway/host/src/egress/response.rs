//! An answer whose body is pulled.
//!
//! Called by `imports/http.rs`. Rules that hold here and nowhere else:
//!
//! - Nothing is read before it is asked for, but what the cache may keep; and dropping the response closes the connection
//!   unless its body was read to the end.
//! - The places it takes among the archive's connections are given back with the last byte.
//! - A body that failed once fails the same way ever after.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::cache::Entry;
use super::decode::{Cut, Decoder};
use super::error::{Error, Limit, OutageReason};
use super::request::Header;
use crate::credentials::Credentials;

/// What an archive answered; a status of 400 and above is an answer too.
#[derive(Debug)]
pub struct Response {
    status: u16,
    final_url: String,
    headers: Vec<Header>,
    body: Body,
    limit: u64,
    given: u64,
    idle_timeout: Duration,
    expires: Instant,
    places: Vec<OwnedSemaphorePermit>,
}

enum Body {
    /// What was read already, and the rest.
    Network(Bytes, Box<Decoder>),
    Stored(Bytes),
    Done,
    Failed(Error),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Network(..) => "Network",
            Self::Stored(_) => "Stored",
            Self::Done => "Done",
            Self::Failed(_) => "Failed",
        })
    }
}

/// What every response has, wherever its body comes from.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) final_url: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) limit: u64,
    pub(crate) idle_timeout: Duration,
    pub(crate) expires: Instant,
}

impl Response {
    pub(crate) fn from_network(
        head: Head,
        first: Bytes,
        decoder: Decoder,
        places: Vec<OwnedSemaphorePermit>,
    ) -> Self {
        Self { places, ..Self::new(head, Body::Network(first, Box::new(decoder))) }
    }

    pub(crate) fn from_cache(head: Head, entry: &Entry) -> Self {
        Self::new(head, Body::Stored(entry.body.clone()))
    }

    fn new(head: Head, body: Body) -> Self {
        let Head { status, final_url, headers, limit, idle_timeout, expires } = head;
        let (given, places) = (0, Vec::new());
        Self { status, final_url, headers, body, limit, given, idle_timeout, expires, places }
    }

    /// The HTTP status, 200 to 599.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The URL that answered, after redirects, without secrets.
    pub fn final_url(&self) -> &str {
        &self.final_url
    }

    /// Names in lower case, in the order received; without cookies, and without the length and
    /// packing of a body that was unpacked.
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The first header of this name, in any case.
    pub fn header_value(&self, name: &str) -> Option<&str> {
        let same = |header: &&Header| header.name.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|header| header.value.as_str())
    }

    /// Up to `max_bytes` (at least 1) of the unpacked body; empty means the end. Often fewer:
    /// what one read of the connection gave.
    ///
    /// # Errors
    ///
    /// [`Error::Exhausted`] once the body is longer than allowed, [`Error::Unavailable`] if the
    /// connection is lost, or silent until `deadline` or the idle timeout,
    /// [`Error::Malformed`] if the body cannot be unpacked.
    pub async fn read(&mut self, max_bytes: usize, deadline: Instant) -> Result<Bytes, Error> {
        let max_bytes = max_bytes.max(1);
        let piece = match &mut self.body {
            Body::Network(first, _) if !first.is_empty() => {
                first.split_to(max_bytes.min(first.len()))
            }
            Body::Network(_, decoder) => {
                let until = deadline.min(self.expires).min(Instant::now() + self.idle_timeout);
                match timeout_at(until, decoder.read(max_bytes)).await {
                    Ok(Ok(piece)) => piece,
                    Ok(Err(cut)) => return self.fail(broken_off(&cut, &self.final_url)),
                    Err(_) => return self.fail(stopped(&self.final_url)),
                }
            }
            Body::Stored(rest) => rest.split_to(max_bytes.min(rest.len())),
            Body::Done => return Ok(Bytes::new()),
            Body::Failed(error) => return Err(error.clone()),
        };
        self.given += piece.len() as u64;
        if self.given > self.limit {
            return self.fail(broken_off(&Cut::TooLong(self.limit), &self.final_url));
        }
        if piece.is_empty() {
            self.body = Body::Done;
            self.places.clear();
        }
        Ok(piece)
    }

    fn fail(&mut self, error: Error) -> Result<Bytes, Error> {
        self.body = Body::Failed(error.clone());
        self.places.clear();
        Err(error)
    }
}

/// A body that came no further.
pub(crate) fn stopped(url: &str) -> Error {
    Error::outage(OutageReason::TimedOut, format!("{url}: the body stopped coming"))
}

/// A body that ended before its end.
pub(crate) fn broken_off(cut: &Cut, url: &str) -> Error {
    match cut {
        Cut::TooLong(limit) => Error::Exhausted {
            limit: Limit::BytesReceived,
            allowed: Some(*limit),
            message: format!("{url}: the answer has {cut}"),
        },
        Cut::Bomb => Error::Exhausted {
            limit: Limit::BytesReceived,
            allowed: None,
            message: format!("{url}: the answer is a decompression bomb: {cut}"),
        },
        Cut::Lost(_) => {
            Error::outage(OutageReason::ConnectionLost, format!("{url}: the body broke off: {cut}"))
        }
        Cut::BadPacking(problem) => Error::Malformed {
            asked: url.to_owned(),
            expected: "a body packed as its Content-Encoding says".to_owned(),
            received: problem.clone(),
        },
    }
}

/// What of the archive's headers a plugin may see.
///
/// Cookies are the broker's (and are not kept yet); what frames the connection means nothing
/// to a plugin (RFC 9110, 7.6.1); and an archive that echoes a credential does not pass it on.
pub(crate) fn visible(
    headers: &HeaderMap,
    unpacked: Unpacked,
    credentials: &Credentials,
) -> Vec<Header> {
    let hidden = |name: &HeaderName| {
        matches!(
            name.as_str(),
            "connection"
                | "keep-alive"
                | "proxy-authenticate"
                | "proxy-authorization"
                | "proxy-connection"
                | "set-cookie"
                | "set-cookie2"
                | "te"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
        ) || (unpacked == Unpacked::Yes
            && (*name == header::CONTENT_ENCODING || *name == header::CONTENT_LENGTH))
    };
    let show = |(name, value): (&HeaderName, &http::HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: credentials.redact(&String::from_utf8_lossy(value.as_bytes())),
    };
    headers.iter().filter(|(name, _)| !hidden(name)).map(show).collect()
}

/// Whether the broker changed the body on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpacked {
    Yes,
    No,
}
