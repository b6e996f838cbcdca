//! URLs of files on FTP servers (RFC 1738, 3.2), as archives name them.
//!
//! `ftp://host/path`, `ftpes://host/path` (explicit TLS), `ftps://host/path` (implicit TLS).
//! The path is absolute. The user part names a credential slot of the archive, never a user;
//! a password in a URL is refused.

use std::borrow::Cow;
use std::fmt::Write;

use archway_plugin::Error;

use crate::name;
use crate::server::{Login, Security, Server};

/// A file and the server it lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator {
    /// The server, with the slot that the URL names or anonymously.
    pub server: Server,
    /// Absolute; see [`name`].
    pub path: String,
}

impl Locator {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] that says what is wrong with it.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |what: &str| {
            Error::invalid_part("locator", format!("`{}`: {what}", url.escape_debug()))
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("no URL"))?;
        let security = match scheme.to_ascii_lowercase().as_str() {
            "ftp" => Security::Plain,
            "ftpes" => Security::ExplicitTls,
            "ftps" => Security::ImplicitTls,
            _ => return Err(wrong("its scheme is none of ftp, ftpes and ftps")),
        };
        let at = rest.find('/').ok_or_else(|| wrong("it names no path"))?;
        let (authority, path) = rest.split_at(at);
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err(wrong("a password has no place in it: name a credential slot"));
        }
        let (host, port) = split_port(address).ok_or_else(|| wrong("its port is no number"))?;
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let path = match path.rsplit_once(";type=") {
            Some((before, kind)) if kind.len() == 1 => before,
            _ => path,
        };
        let path = decoded(path).ok_or_else(|| wrong("a `%` without two hexadecimal digits"))?;
        if path.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(wrong("its path holds a line break or NUL"));
        }
        if path.split(|byte| *byte == b'/').any(|part| part == b"..") {
            return Err(wrong("its path leads upwards"));
        }
        let user = user.map(|user| decoded(user).ok_or_else(|| wrong("a `%` without digits")));
        let login = match user.transpose()? {
            Some(slot) if !slot.is_empty() => {
                Login::Slot(String::from_utf8(slot).map_err(|_| wrong("its slot is no text"))?)
            }
            _ => Login::anonymous(),
        };
        let port = port.unwrap_or(security.default_port());
        let server = Server { host: host.to_owned(), port, security, login };
        Ok(Self { server, path: text_of(path) })
    }

    /// The URL, without a credential slot: for people and other programs. Every byte of the
    /// path that is not plain is escaped, so the path is the same when it is read again.
    pub fn url(server: &Server, path: &str) -> String {
        let (scheme, port) = match server.security {
            Security::Plain => ("ftp", 21),
            Security::ExplicitTls => ("ftpes", 21),
            Security::ImplicitTls => ("ftps", 990),
        };
        let mut url = format!("{scheme}://{}", bracketed(&server.host));
        if server.port != port {
            // Writing to a string cannot fail.
            let _ = write!(url, ":{}", server.port);
        }
        if !path.starts_with('/') {
            url.push('/');
        }
        for byte in written(path).iter() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => url.push(char::from(*byte)),
                b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b',' | b'=' | b'@' | b':' | b'$' => {
                    url.push(char::from(*byte));
                }
                _ => {
                    let _ = write!(url, "%{byte:02X}");
                }
            }
        }
        url
    }
}

/// The bytes that stand in a URL for a path: its own, so that other programs find it, unless
/// these would be read as another path.
fn written(path: &str) -> Cow<'_, [u8]> {
    let bytes = name::to_bytes(path);
    if bytes.as_ref() != path.as_bytes() && std::str::from_utf8(&bytes).is_ok() {
        return Cow::Borrowed(path.as_bytes());
    }
    bytes
}

/// The path that these bytes of a URL stand for: text, as the gateway writes it, or the bytes
/// of a server, as other programs do.
fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| name::to_text(error.as_bytes()).into_owned())
}

/// Host and port; an IPv6 address stands in brackets.
fn split_port(address: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = address.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port.parse().ok()?))),
            None if rest.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match address.split_once(':') {
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((address, None)),
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// Without percent escapes.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        if byte != b'%' {
            out.push(byte);
            rest = behind;
            continue;
        }
        let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        rest = behind.get(2..)?;
    }
    Some(out)
}
