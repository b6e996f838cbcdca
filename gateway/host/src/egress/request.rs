//! A request as a plugin writes it, and as it is sent.
//!
//! Called by `egress.rs`. Rules that hold here and nowhere else: which URLs, methods and
//! headers a plugin may write. A refusal names the part.

use std::fmt::Write as _;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use url::{Url, form_urlencoded};

use super::error::{Error, Limit};
use crate::grants::Endpoint;

/// One request of a plugin, in the shape of `archway:host/http`.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `HEAD`, `POST`, …; not `CONNECT` or `TRACE`.
    pub method: String,
    /// `http` or `https`, without user or password; a fragment is dropped.
    pub url: String,
    /// Names in any case. See [`guest_may_set`] for what is refused.
    pub headers: Vec<Header>,
    /// What is sent.
    pub body: Body,
    /// The part of the resource that is wanted.
    pub range: Option<ByteRange>,
    /// The slot whose credential is added, for its hosts only.
    pub credential: Option<String>,
    /// What a 3xx does.
    pub redirects: Redirects,
    /// Longest time from now to the last byte; only lowers the deadline of the call.
    pub timeout: Option<std::time::Duration>,
    /// Most bytes of the answer; only lowers the archive's limit.
    pub max_bytes: Option<u64>,
    /// Whether doing it twice is the same as doing it once, although the method does not
    /// say so: a synchronous TAP query by `POST`. `GET`, `HEAD` and `OPTIONS` always are.
    pub idempotent: bool,
    /// The class of callers this is done for; the cache keeps their answers apart.
    pub caller: String,
}

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In lower case in a response.
    pub name: String,
    /// Without line breaks.
    pub value: String,
}

/// What is sent with a request.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// Bytes of a media type.
    Bytes {
        /// Such as `text/xml`.
        media_type: String,
        /// What is sent.
        content: Bytes,
    },
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// `multipart/form-data` (RFC 7578).
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
#[derive(Clone, Debug)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// Shown to the archive as the name of an uploaded file.
    pub file_name: Option<String>,
    /// The part's own media type.
    pub media_type: Option<String>,
    /// What is sent.
    pub content: Bytes,
}

/// Bytes from `offset`, to the end or `length` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte, from 0.
    pub offset: u64,
    /// How many, at least 1; to the end if absent.
    pub length: Option<u64>,
}

/// What a 3xx does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirects {
    /// Each hop is checked as the first; credentials stay with their host.
    #[default]
    Follow,
    /// A 3xx comes back as the response.
    Report,
}

impl Request {
    /// A `GET` of `url`, followed, without anything else.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::Empty,
            range: None,
            credential: None,
            redirects: Redirects::Follow,
            timeout: None,
            max_bytes: None,
            idempotent: false,
            caller: String::new(),
        }
    }
}

/// A request after every rule: what one hop sends, before the credential is added.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The slot to be used, until a redirect leaves its host.
    pub(crate) credential: Option<String>,
    pub(crate) idempotent: bool,
    pub(crate) caller: String,
}

/// Most header fields a plugin may set, and most bytes in them.
const MOST_HEADERS: usize = 64;
const MOST_HEADER_BYTES: usize = 32 * 1024;
/// `http::Uri` holds no more.
const MOST_URL_BYTES: usize = 60 * 1024;

impl Hop {
    /// Checks what the plugin wrote. `most_body_bytes` bounds what is sent.
    pub(crate) fn check(request: &Request, most_body_bytes: u64) -> Result<Self, Error> {
        let method = method(&request.method)?;
        let (url, endpoint) = url(&request.url)?;
        let mut headers = headers(&request.headers)?;
        let (media_type, body) = encode(&request.body)?;
        if body.len() as u64 > most_body_bytes {
            let message =
                format!("a body of {} bytes; at most {most_body_bytes} are sent", body.len());
            let allowed = Some(most_body_bytes);
            return Err(Error::Exhausted { limit: Limit::BytesSent, allowed, message });
        }
        if let Some(media_type) = media_type {
            if headers.contains_key(header::CONTENT_TYPE) {
                return Err(Error::invalid("content-type", "comes with the body, not as a header"));
            }
            headers.insert(header::CONTENT_TYPE, value("content-type", &media_type)?);
        }
        if let Some(range) = request.range {
            headers.insert(header::RANGE, range_value(range)?);
        }
        // A range of a compressed form is of no use to anyone.
        let encodings =
            if headers.contains_key(header::RANGE) { "identity" } else { "gzip, deflate" };
        headers.entry(header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static(encodings));
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let idempotent =
            request.idempotent || matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        Ok(Self {
            method,
            url,
            endpoint,
            headers,
            body,
            credential: request.credential.clone(),
            idempotent,
            caller: request.caller.clone(),
        })
    }
}

/// Lowers `deadline` by the request's own timeout.
pub(crate) fn deadline(request: &Request, deadline: Instant) -> Instant {
    // A timeout too long to be an instant does not lower anything.
    let own = request.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    own.map_or(deadline, |own| own.min(deadline))
}

fn method(name: &str) -> Result<Method, Error> {
    match Method::from_bytes(name.as_bytes()) {
        // A tunnel would pass every rule by, and TRACE echoes credentials (RFC 9110, 9.3.8).
        Ok(Method::CONNECT | Method::TRACE) | Err(_) => Err(Error::invalid(
            "method",
            format!("`{}` is not one that is sent", name.escape_debug()),
        )),
        Ok(method) => Ok(method),
    }
}

fn url(text: &str) -> Result<(Url, Endpoint), Error> {
    let bad = |problem: String| Error::invalid("url", problem);
    if text.len() > MOST_URL_BYTES {
        return Err(bad(format!("{} bytes; at most {MOST_URL_BYTES} fit", text.len())));
    }
    // The parser would drop tabs and line breaks without a word.
    if text.chars().any(|c| c.is_control()) {
        return Err(bad("holds a line break or another control character".to_owned()));
    }
    let mut url = Url::parse(text).map_err(|e| bad(format!("`{}`: {e}", shortened(text))))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(format!("scheme `{}` is not http or https", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("holds a user or password; name a credential slot".to_owned()));
    }
    url.set_fragment(None);
    let endpoint = Endpoint::of_url(&url).ok_or_else(|| bad("has no host".to_owned()))?;
    Ok((url, endpoint))
}

/// Whether a plugin may write the header `name`.
///
/// Not what frames the message or the connection (RFC 9110, 7.6.1), not what carries
/// credentials, and not what says who asks: these are the broker's.
pub fn guest_may_set(name: &HeaderName) -> bool {
    const REFUSED: [&str; 21] = [
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "expect",
        "forwarded",
        "host",
        "http2-settings",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
        "x-real-ip",
        "proxy",
    ];
    let name = name.as_str();
    !REFUSED.contains(&name)
        && !["proxy-", "x-forwarded-", "sec-"].iter().any(|prefix| name.starts_with(prefix))
}

fn headers(written: &[Header]) -> Result<HeaderMap, Error> {
    let bytes: usize = written.iter().map(|h| h.name.len() + h.value.len()).sum();
    if written.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
        let message = format!(
            "{} header fields of {bytes} bytes; at most {MOST_HEADERS} of {MOST_HEADER_BYTES} are sent",
            written.len()
        );
        let allowed = Some(MOST_HEADER_BYTES as u64);
        return Err(Error::Exhausted { limit: Limit::BytesSent, allowed, message });
    }
    let mut headers = HeaderMap::new();
    for Header { name, value: text } in written {
        let bad = |problem| Error::invalid(format!("header `{}`", name.escape_debug()), problem);
        let parsed =
            HeaderName::try_from(name.as_str()).map_err(|_| bad("is not a header's name"))?;
        if !guest_may_set(&parsed) {
            return Err(bad("is set by the gateway, never by a plugin"));
        }
        headers.append(parsed, value(name, text)?);
    }
    Ok(headers)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
        let part = format!("header `{}`", name.escape_debug());
        Error::invalid(part, "its value holds a line break or another control character")
    })
}

fn range_value(range: ByteRange) -> Result<HeaderValue, Error> {
    let ByteRange { offset, length } = range;
    let text = match length {
        None => format!("bytes={offset}-"),
        Some(length) => {
            let last = offset.checked_add(length).and_then(|end| end.checked_sub(1));
            let last = last.filter(|last| *last >= offset).ok_or_else(|| {
                Error::invalid(
                    "range",
                    format!("{length} bytes from {offset}; at least one is wanted"),
                )
            })?;
            format!("bytes={offset}-{last}")
        }
    };
    Ok(HeaderValue::from_str(&text).expect("digits and a hyphen"))
}

fn encode(body: &Body) -> Result<(Option<String>, Bytes), Error> {
    Ok(match body {
        Body::Empty => (None, Bytes::new()),
        Body::Bytes { media_type, content } => (Some(media_type.clone()), content.clone()),
        Body::Form(fields) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields);
            let media_type = "application/x-www-form-urlencoded".to_owned();
            (Some(media_type), Bytes::from(form.finish()))
        }
        Body::Multipart(parts) => multipart(parts)?,
    })
}

fn multipart(parts: &[Part]) -> Result<(Option<String>, Bytes), Error> {
    let boundary = boundary();
    let mut content = Vec::new();
    for part in parts {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"");
        quote(&mut head, &part.name);
        head.push('"');
        if let Some(file_name) = &part.file_name {
            head.push_str("; filename=\"");
            quote(&mut head, file_name);
            head.push('"');
        }
        if let Some(media_type) = &part.media_type {
            value("content-type", media_type)?;
            let _ = write!(head, "\r\nContent-Type: {media_type}");
        }
        head.push_str("\r\n\r\n");
        content.extend_from_slice(head.as_bytes());
        content.extend_from_slice(&part.content);
        content.extend_from_slice(b"\r\n");
    }
    content.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((Some(format!("multipart/form-data; boundary={boundary}")), content.into()))
}

/// HTML's way to write a field's name, which RFC 7578, 2 leaves open: `"`, CR and LF only.
fn quote(head: &mut String, name: &str) {
    for c in name.chars() {
        match c {
            '"' => head.push_str("%22"),
            '\r' => head.push_str("%0D"),
            '\n' => head.push_str("%0A"),
            '\0' => head.push_str("%00"),
            _ => head.push(c),
        }
    }
}

/// 128 random bits: no content holds them by chance, and no plugin can guess them.
fn boundary() -> String {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).expect("the system gives random numbers");
    random.iter().fold("archway-".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The start of a text that could be long.
pub(crate) fn shortened(text: &str) -> String {
    const MOST_CHARS: usize = 200;
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
