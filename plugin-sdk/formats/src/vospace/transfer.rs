//! Transfers (`VOSpace` 2.1, 3.6): what a client asks for, and the places a service gives for it.

use std::io::{self, Read, Write};

use super::NAMESPACE;
use super::node::{Parameter, View};
use super::node_reader::{parameter, view};
use super::node_writer;
use crate::error::{Error, Result, shortened};
use crate::limits::Limits;
use crate::xml::{Element, Xml, write_attribute, write_element};

/// Which way bytes go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The client reads from the service.
    #[default]
    PullFromVoSpace,
    /// The client writes to the service.
    PushToVoSpace,
    /// The service reads from elsewhere.
    PullToVoSpace,
    /// The service writes to elsewhere.
    PushFromVoSpace,
    /// Inside of the service: to the node of this identifier.
    Internal(String),
}

impl Direction {
    /// The word, or the identifier of the destination.
    pub fn word(&self) -> &str {
        match self {
            Self::PullFromVoSpace => "pullFromVoSpace",
            Self::PushToVoSpace => "pushToVoSpace",
            Self::PullToVoSpace => "pullToVoSpace",
            Self::PushFromVoSpace => "pushFromVoSpace",
            Self::Internal(uri) => uri,
        }
    }

    /// Reads the word, in any case, or an identifier with a scheme.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let known = [
            Self::PullFromVoSpace,
            Self::PushToVoSpace,
            Self::PullToVoSpace,
            Self::PushFromVoSpace,
        ];
        let found = known.into_iter().find(|one| one.word().eq_ignore_ascii_case(text));
        found.or_else(|| text.contains("://").then(|| Self::Internal(text.to_owned())))
    }
}

/// A transfer, asked for or agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// The standard's version that the document names.
    pub version: Option<String>,
    /// The node.
    pub target: String,
    /// Which way; 2.0 documents without one are pulls.
    pub direction: Direction,
    /// In what form.
    pub view: Option<View>,
    /// How, best first; with places where they are agreed on.
    pub protocols: Vec<Protocol>,
    /// Inside of a service: whether it is a copy, not a move.
    pub keep_bytes: Option<bool>,
    /// What else is to be known, like the length.
    pub params: Vec<Parameter>,
}

/// A way of moving bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protocol {
    /// What it is: `ivo://ivoa.net/vospace/core#httpsget`.
    pub uri: String,
    /// Where, once agreed.
    pub endpoint: Option<String>,
    /// What else it needs.
    pub params: Vec<Parameter>,
    /// How a client shows who it is: `ivo://ivoa.net/sso#BasicAA`; none is not at all.
    pub security_methods: Vec<String>,
}

impl Protocol {
    /// Without a place, for anybody.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), ..Self::default() }
    }

    /// The word behind `#`: `httpsget`.
    pub fn word(&self) -> &str {
        self.uri.rsplit_once('#').map_or(self.uri.as_str(), |(_, word)| word)
    }
}

/// Identifiers of protocols (`VOSpace` 2.1, 3.5.2).
pub mod protocol {
    /// The client reads by HTTP.
    pub const HTTP_GET: &str = "ivo://ivoa.net/vospace/core#httpget";
    /// The client writes by HTTP.
    pub const HTTP_PUT: &str = "ivo://ivoa.net/vospace/core#httpput";
    /// The client reads by HTTPS.
    pub const HTTPS_GET: &str = "ivo://ivoa.net/vospace/core#httpsget";
    /// The client writes by HTTPS.
    pub const HTTPS_PUT: &str = "ivo://ivoa.net/vospace/core#httpsput";
}

/// Reads a transfer document. Of several targets the first is taken.
pub fn read_transfer(stream: impl Read, limits: &Limits) -> Result<Transfer> {
    let mut xml = Xml::new(stream, limits)?;
    let root = xml.root()?;
    if root.name != "transfer" {
        return Err(Error::UnexpectedRoot { found: root.name, expected: "transfer" });
    }
    let mut transfer = Transfer { version: root.text("version"), ..Transfer::default() };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "target" => {
                let target = xml.text()?;
                if transfer.target.is_empty() {
                    transfer.target = target;
                }
            }
            "direction" => {
                let text = xml.text()?;
                transfer.direction = Direction::parse(&text).ok_or_else(|| Error::BadValue {
                    what: "direction",
                    value: shortened(&text),
                    expected: "one of the four directions or an identifier",
                })?;
            }
            "view" => transfer.view = view(&mut xml, &child)?,
            "protocol" => transfer.protocols.push(protocol_element(&mut xml, &child)?),
            "keepBytes" => transfer.keep_bytes = Some(matches!(xml.text()?.as_str(), "true" | "1")),
            "param" => transfer.params.extend(parameter(&mut xml, &child)?),
            _ => xml.skip()?,
        }
    }
    if transfer.target.is_empty() {
        return Err(Error::BadValue {
            what: "target",
            value: String::new(),
            expected: "a node's identifier",
        });
    }
    Ok(transfer)
}

pub(super) fn protocol_element<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Protocol> {
    let mut found = Protocol::new(start.text("uri").unwrap_or_default());
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "endpoint" => found.endpoint = xml.optional_text()?,
            "securityMethod" => {
                found.security_methods.extend(child.text("uri"));
                xml.skip()?;
            }
            _ => found.params.extend(parameter(xml, &child)?),
        }
    }
    Ok(found)
}

/// Writes a transfer document, in the order of the schema.
pub fn write_transfer(out: &mut impl Write, transfer: &Transfer) -> Result<()> {
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vos:transfer")?;
    write_attribute(out, "xmlns:vos", NAMESPACE)?;
    write_attribute(out, "version", transfer.version.as_deref().unwrap_or("2.1"))?;
    out.write_all(b">\n")?;
    write_element(out, "vos:target", Some(&transfer.target))?;
    write_element(out, "vos:direction", Some(transfer.direction.word()))?;
    if let Some(view) = &transfer.view {
        node_writer::view(out, view)?;
    }
    for one in &transfer.protocols {
        write_protocol(out, one)?;
    }
    let keep = transfer.keep_bytes.map(|keep| if keep { "true" } else { "false" });
    write_element(out, "vos:keepBytes", keep)?;
    node_writer::params(out, &transfer.params)?;
    out.write_all(b"</vos:transfer>\n")?;
    Ok(())
}

pub(super) fn write_protocol(out: &mut impl Write, protocol: &Protocol) -> io::Result<()> {
    out.write_all(b"<vos:protocol")?;
    write_attribute(out, "uri", &protocol.uri)?;
    out.write_all(b">")?;
    write_element(out, "vos:endpoint", protocol.endpoint.as_deref())?;
    node_writer::params(out, &protocol.params)?;
    for method in &protocol.security_methods {
        out.write_all(b"<vos:securityMethod")?;
        write_attribute(out, "uri", method)?;
        out.write_all(b"/>")?;
    }
    out.write_all(b"</vos:protocol>\n")
}
