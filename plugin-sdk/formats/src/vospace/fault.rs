//! Faults (`VOSpace` 2.1, 5 and the operations of 6): why a service does not do what is asked.

use std::fmt;

/// Looked at, of a body.
const MOST_CHARS: usize = 1000;

/// Which fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum FaultKind {
    InternalFault,
    PermissionDenied,
    NodeNotFound,
    ContainerNotFound,
    DuplicateNode,
    InvalidUri,
    InvalidArgument,
    InvalidData,
    TypeNotSupported,
    LinkFound,
    NodeBusy,
    /// Not of the standard, and in use: nobody may write at the moment.
    NodeLocked,
    ViewNotSupported,
    ProtocolNotSupported,
    OperationNotSupported,
    TransferFailed,
    /// Not of the standard, and in use: no room.
    RequestEntityTooLarge,
}

const ALL: [(FaultKind, &str, u16); 17] = [
    (FaultKind::InternalFault, "InternalFault", 500),
    (FaultKind::PermissionDenied, "PermissionDenied", 403),
    (FaultKind::NodeNotFound, "NodeNotFound", 404),
    (FaultKind::ContainerNotFound, "ContainerNotFound", 404),
    (FaultKind::DuplicateNode, "DuplicateNode", 409),
    (FaultKind::InvalidUri, "InvalidURI", 400),
    (FaultKind::InvalidArgument, "InvalidArgument", 400),
    (FaultKind::InvalidData, "InvalidData", 400),
    (FaultKind::TypeNotSupported, "TypeNotSupported", 400),
    (FaultKind::LinkFound, "LinkFound", 400),
    (FaultKind::NodeBusy, "NodeBusy", 503),
    (FaultKind::NodeLocked, "NodeLocked", 423),
    (FaultKind::ViewNotSupported, "ViewNotSupported", 400),
    (FaultKind::ProtocolNotSupported, "ProtocolNotSupported", 400),
    (FaultKind::OperationNotSupported, "OperationNotSupported", 400),
    (FaultKind::TransferFailed, "TransferFailed", 500),
    (FaultKind::RequestEntityTooLarge, "RequestEntityTooLarge", 413),
];

impl FaultKind {
    /// The name in the body of an answer: `NodeNotFound`.
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(kind, _, _)| *kind == self).map_or("InternalFault", |(_, name, _)| name)
    }

    /// The HTTP status it comes with.
    pub fn status(self) -> u16 {
        ALL.iter().find(|(kind, _, _)| *kind == self).map_or(500, |(_, _, status)| *status)
    }

    /// The words in the error summary of a job: `Node Not Found`.
    pub fn summary(self) -> String {
        let mut words = String::new();
        let mut before = 'A';
        for c in self.name().chars() {
            if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
                words.push(' ');
            }
            words.push(c);
            before = c;
        }
        words
    }
}

/// A fault with what the service says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// What stands behind the name; empty if nothing does.
    pub details: String,
}

impl Fault {
    /// A fault with details.
    pub fn new(kind: FaultKind, details: impl Into<String>) -> Self {
        Self { kind, details: details.into() }
    }

    /// Reads the body of an answer, or the error summary of a job: a fault's name, as one word
    /// or several, perhaps in tags, at the start of the text, and perhaps details.
    ///
    /// `None` where no fault of the standard stands there.
    pub fn parse(body: &str) -> Option<Self> {
        let text = plain(body);
        for (kind, name, _) in ALL {
            if let Some(rest) = behind(&text, name).or_else(|| behind(&text, &kind.summary())) {
                let details = rest.trim_matches(|c: char| c.is_whitespace() || ".:,;".contains(c));
                return Some(Self::new(kind, details));
            }
        }
        None
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.details.is_empty() { Ok(()) } else { write!(f, " {}", self.details) }
    }
}

/// What stands behind `name` where `text` begins with it, in any case, and the word ends there.
fn behind<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(name.len())?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (head.eq_ignore_ascii_case(name) && ends).then_some(rest)
}

/// The start of a text as one line, without tags.
fn plain(body: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for c in body.chars().take(MOST_CHARS) {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            _ if in_tag => {}
            c if c.is_whitespace() || c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}
