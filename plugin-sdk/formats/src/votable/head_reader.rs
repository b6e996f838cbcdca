//! Elements of the head: from the XML events to [`Field`], [`Param`], [`Info`] and so on.
//!
//! Called by: `reader.rs`. Each function gets the element's start and reads up
//! to its end.

use std::io::Read;
use std::str::FromStr;

use crate::error::Result;
use crate::votable::datatype::{Arraysize, Datatype};
use crate::votable::field::{Field, FieldFlag, Link, Param, Values};
use crate::votable::head::{CooSys, Group, Info, MetaResource, Resource, TimeSys};
use crate::votable::xtype::Xtype;
use crate::xml::{Element, Xml};

pub(crate) fn info<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Info> {
    Ok(Info {
        id: start.text("ID"),
        name: start.text("name").unwrap_or_default(),
        value: start.attribute("value").unwrap_or_default().to_owned(),
        ucd: start.text("ucd"),
        utype: start.text("utype"),
        text: xml.optional_text()?,
    })
}

pub(crate) fn coosys<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<CooSys> {
    // VOTable 1.1 put the name of the frame into the text, if anywhere.
    let text = xml.optional_text()?;
    Ok(CooSys {
        id: start.text("ID").unwrap_or_default(),
        system: start.text("system").or(text),
        equinox: start.text("equinox"),
        epoch: start.text("epoch"),
        refposition: start.text("refposition"),
    })
}

pub(crate) fn timesys<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<TimeSys> {
    xml.skip()?;
    Ok(TimeSys {
        id: start.text("ID").unwrap_or_default(),
        timeorigin: start.text("timeorigin"),
        timescale: start.text("timescale"),
        refposition: start.text("refposition"),
    })
}

pub(crate) fn resource(start: &Element) -> Resource {
    Resource {
        id: start.text("ID"),
        name: start.text("name"),
        kind: start.text("type"),
        utype: start.text("utype"),
        description: None,
    }
}

pub(crate) fn field<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Field> {
    let datatype = match start.text("datatype") {
        Some(word) => Datatype::from_str(&word)?,
        // Old services leave it out; text is the only type that always fits.
        None => Datatype::Char,
    };
    let arraysize = start.text("arraysize").map(|size| Arraysize::from_str(&size)).transpose()?;
    let mut field = Field {
        name: start.text("name").or_else(|| start.text("ID")).unwrap_or_default(),
        id: start.text("ID"),
        datatype,
        arraysize: match (arraysize, start.attribute("datatype")) {
            (None, None | Some("string")) => Some(Arraysize::variable()),
            (arraysize, _) => arraysize,
        },
        unit: start.text("unit"),
        ucd: start.text("ucd"),
        utype: start.text("utype"),
        xtype: start.text("xtype").and_then(|word| Xtype::from_str(&word).ok()),
        precision: start.text("precision"),
        width: start.text("width").and_then(|width| width.parse().ok()),
        reference: start.text("ref"),
        kind: start.text("type").map(|kind| match kind.as_str() {
            "hidden" => FieldFlag::Hidden,
            _ => FieldFlag::Other(kind),
        }),
        description: None,
        values: None,
        links: Vec::new(),
    };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "DESCRIPTION" => field.description = xml.optional_text()?,
            "VALUES" => {
                let found = values(xml, &child)?;
                // `type="actual"` describes the data and may stand beside the legal domain.
                if field.values.is_none() || found.null.is_some() {
                    field.values = Some(found);
                }
            }
            "LINK" => field.links.push(link(xml, &child)?),
            _ => xml.skip()?,
        }
    }
    Ok(field)
}

pub(crate) fn param<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Param> {
    let value = start.attribute("value").unwrap_or_default().to_owned();
    Ok(Param { field: field(xml, start)?, value })
}

fn values<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Values> {
    let mut values = Values {
        null: start.attribute("null").filter(|null| !null.is_empty()).map(str::to_owned),
        ..Values::default()
    };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "MIN" => values.min = child.text("value"),
            "MAX" => values.max = child.text("value"),
            "OPTION" => {
                values.options.push((child.text("value").unwrap_or_default(), child.text("name")));
            }
            _ => {}
        }
        xml.skip()?;
    }
    Ok(values)
}

fn link<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Link> {
    xml.skip()?;
    Ok(Link {
        href: start.text("href"),
        content_type: start.text("content-type"),
        content_role: start.text("content-role"),
        title: start.text("title"),
        action: start.text("action"),
        value: start.text("value"),
    })
}

/// Recursion is bounded by the reader's depth.
pub(crate) fn group<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Group> {
    let mut group = Group {
        id: start.text("ID"),
        name: start.text("name"),
        ucd: start.text("ucd"),
        utype: start.text("utype"),
        ..Group::default()
    };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "DESCRIPTION" => group.description = xml.optional_text()?,
            "PARAM" => group.params.push(param(xml, &child)?),
            "GROUP" => {
                let inner = self::group(xml, &child)?;
                group.groups.push(inner);
            }
            "FIELDref" => {
                group.field_refs.extend(child.text("ref"));
                xml.skip()?;
            }
            "PARAMref" => {
                group.param_refs.extend(child.text("ref"));
                xml.skip()?;
            }
            _ => xml.skip()?,
        }
    }
    Ok(group)
}

pub(crate) fn meta_resource<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<MetaResource> {
    let mut meta = MetaResource { resource: resource(start), ..MetaResource::default() };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "DESCRIPTION" => meta.resource.description = xml.optional_text()?,
            "PARAM" => meta.params.push(param(xml, &child)?),
            "GROUP" => meta.groups.push(group(xml, &child)?),
            "INFO" => meta.infos.push(info(xml, &child)?),
            _ => xml.skip()?,
        }
    }
    Ok(meta)
}
