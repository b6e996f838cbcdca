//! What a service offers as a whole: `/protocols`, `/views`, `/properties` (`VOSpace` 2.1, 6.1).

use std::io::{Read, Write};

use super::NAMESPACE;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::xml::{Xml, write_attribute};

/// Which of the three documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffersKind {
    /// Ways of moving bytes.
    Protocols,
    /// Forms of data.
    Views,
    /// Properties of nodes.
    Properties,
}

impl OffersKind {
    /// The root element and the resource.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protocols => "protocols",
            Self::Views => "views",
            Self::Properties => "properties",
        }
    }

    fn item(self) -> &'static str {
        match self {
            Self::Protocols => "protocol",
            Self::Views => "view",
            Self::Properties => "property",
        }
    }
}

/// Identifiers of what a service offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// What it takes; of protocols, as a client.
    pub accepts: Vec<String>,
    /// What it gives; of protocols, as a server.
    pub provides: Vec<String>,
    /// Of properties: what its nodes have.
    pub contains: Vec<String>,
}

/// Reads one of the three documents.
pub fn read_offers(stream: impl Read, kind: OffersKind, limits: &Limits) -> Result<Offers> {
    let mut xml = Xml::new(stream, limits)?;
    let root = xml.root()?;
    if root.name != kind.name() {
        return Err(Error::UnexpectedRoot { found: root.name, expected: kind.name() });
    }
    let mut offers = Offers::default();
    let depth = xml.depth();
    while let Some(list) = xml.child(depth)? {
        let into = match list.name.as_str() {
            "accepts" => &mut offers.accepts,
            "provides" => &mut offers.provides,
            "contains" => &mut offers.contains,
            _ => {
                xml.skip()?;
                continue;
            }
        };
        let inner = xml.depth();
        while let Some(item) = xml.child(inner)? {
            into.extend(item.text("uri"));
            xml.skip()?;
        }
    }
    Ok(offers)
}

/// Writes one of the three documents.
pub fn write_offers(out: &mut impl Write, kind: OffersKind, offers: &Offers) -> Result<()> {
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vos:{}", kind.name())?;
    write_attribute(out, "xmlns:vos", NAMESPACE)?;
    out.write_all(b">\n")?;
    let mut lists = vec![("accepts", &offers.accepts), ("provides", &offers.provides)];
    if kind == OffersKind::Properties {
        lists.push(("contains", &offers.contains));
    }
    for (name, uris) in lists {
        writeln!(out, "<vos:{name}>")?;
        for uri in uris {
            write!(out, "<vos:{}", kind.item())?;
            write_attribute(out, "uri", uri)?;
            out.write_all(b"/>\n")?;
        }
        writeln!(out, "</vos:{name}>")?;
    }
    writeln!(out, "</vos:{}>", kind.name())?;
    Ok(())
}
