//! Node identifiers: `vos://authority!service/path` (`VOSpace` 2.1, 3.1.1).

use std::fmt;

/// A node's identifier, taken apart. The path is plain text, nothing escaped.
///
/// `authority!service` and `authority~service` are the same service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeUri {
    /// `authority!service` as written, without the scheme.
    pub service: String,
    /// `/folder/name`, without a slash at the end; empty is the root.
    pub path: String,
}

impl NodeUri {
    /// Reads an identifier whose path is escaped as in any URI (RFC 3986, 2.1).
    ///
    /// A `%` that escapes nothing stands for itself. `None` for another scheme, no service, a
    /// query or fragment, segments `.` and `..`, and escapes that are no UTF-8.
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains(['?', '#']) {
            return None;
        }
        let plain = Self::parse_plain(text)?;
        let path = unescaped(&plain.path)?;
        // What was escaped may be a step that a path must not take.
        is_clean(&path).then_some(Self { path, ..plain })
    }

    /// Reads an identifier whose path is written as it is, as some services and clients do.
    pub fn parse_plain(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix("vos://")?;
        let (service, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.trim_end_matches('/');
        let is_whole = !service.is_empty() && !service.contains(char::is_whitespace);
        (is_whole && is_clean(path))
            .then(|| Self { service: service.to_owned(), path: path.to_owned() })
    }

    /// The registry's name of the service: `ivo://authority/service`.
    pub fn resource_id(&self) -> String {
        format!("ivo://{}", self.service.replace(['!', '~'], "/"))
    }

    /// The last part of the path; empty for the root.
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(_, name)| name)
    }

    /// The container it is in; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (parent, _) = self.path.rsplit_once('/')?;
        Some(Self { service: self.service.clone(), path: parent.to_owned() })
    }

    /// The node of that name inside of it.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        Self { service: self.service.clone(), path: format!("{}/{name}", self.path) }
    }

    /// Whether both are in the same service.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.resource_id() == other.resource_id()
    }

    /// Whether `other` is this node, or lies below it.
    pub fn holds(&self, other: &Self) -> bool {
        let below = other.path.strip_prefix(&self.path);
        self.is_beside(other) && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// With the path written as it is.
    pub fn to_plain(&self) -> String {
        format!("vos://{}{}", self.service, self.path)
    }
}

/// With the path escaped.
impl fmt::Display for NodeUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vos://{}{}", self.service, escaped_path(&self.path))
    }
}

/// Escapes a path for a URL; slashes stay (RFC 3986, 3.3).
pub fn escaped_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Takes escapes away; `None` where that gives no text.
fn unescaped(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).ok()?);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

/// Whether a path goes nowhere but down, and holds no control characters.
fn is_clean(path: &str) -> bool {
    let steps_well = path.split('/').skip(1).all(|step| !matches!(step, "" | "." | ".."));
    steps_well && !path.contains(char::is_control)
}
