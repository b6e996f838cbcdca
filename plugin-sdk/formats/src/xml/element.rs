//! An element's name and attributes, bounded.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use super::malformed;
use crate::error::{Error, Result, shortened};
use crate::limits::{Ceiling, Limits};

/// An element's start: its local name and its attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// Names as written; `xmlns` declarations left out.
    attributes: Vec<(String, String)>,
}

impl Element {
    /// Returns the attribute `name`: the one without a prefix, else one with any
    /// (`xsi:type`, `xlink:href`). Empty and absent differ.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let plain = self.attributes.iter().find(|(n, _)| n == name);
        let prefixed = || self.attributes.iter().find(|(n, _)| local(n) == name);
        plain.or_else(prefixed).map(|(_, v)| v.as_str())
    }

    /// Returns the `xsi:type`, its prefix dropped.
    pub(crate) fn schema_type(&self) -> Option<&str> {
        let typed = self.attributes.iter().find(|(n, _)| n.contains(':') && local(n) == "type");
        typed.map(|(_, v)| local(v))
    }

    /// As [`attribute`](Self::attribute), owned; an empty one is absent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned)
    }

    /// Whether `xsi:nil` says that there is no value.
    pub(crate) fn is_nil(&self) -> bool {
        matches!(self.attribute("nil"), Some("true" | "1"))
    }
}

/// Returns `name` without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

pub(super) fn element(start: &BytesStart<'_>, limits: &Limits, offset: u64) -> Result<Element> {
    let crossed = |ceiling, limit: usize| Error::Limit { ceiling, limit: limit as u64, offset };
    let qualified = start.name();
    let name: &str = qualified.as_ref();
    if name.is_empty() {
        return Err(malformed(offset, "an element without a name".to_owned()));
    }
    if name.len() > limits.attribute_bytes {
        return Err(crossed(Ceiling::AttributeBytes, limits.attribute_bytes));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    // Duplicates are looked for below, after the count is known to be small.
    for (count, attribute) in start.attributes().with_checks(false).enumerate() {
        if count >= limits.attributes {
            return Err(crossed(Ceiling::Attributes, limits.attributes));
        }
        let attribute = attribute.map_err(|e| malformed(offset, e.to_string()))?;
        let key: &str = attribute.key.as_ref();
        if key.len().max(attribute.value.len()) > limits.attribute_bytes {
            return Err(crossed(Ceiling::AttributeBytes, limits.attribute_bytes));
        }
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| match e {
            quick_xml::Error::Escape(quick_xml::escape::EscapeError::UnrecognizedEntity(
                _,
                name,
            )) => Error::UnknownEntity { offset, name: shortened(&name) },
            other => malformed(offset, other.to_string()),
        })?;
        if attributes.iter().any(|(k, _)| k == key) {
            return Err(malformed(offset, format!("attribute `{}` twice", shortened(key))));
        }
        attributes.push((key.to_owned(), value.into_owned()));
    }
    Ok(Element { name: local(name).to_owned(), attributes })
}
