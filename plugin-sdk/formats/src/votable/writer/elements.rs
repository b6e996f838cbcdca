//! The elements around the rows, as XML.

use std::io::{Result, Write};

use super::{write_attribute, write_escaped};
use crate::votable::field::{Field, FieldFlag, Param};
use crate::votable::head::{Group, Head, Info, MetaResource, Resource, Table};
use crate::votable::status::QueryStatus;
use crate::xml::write_element;

/// Written unless a newer one is asked for: every reader knows it.
const VERSION: &str = "1.4";

/// Writes everything up to and with the head of the RESOURCE.
pub(super) fn start(out: &mut impl Write, head: &Head) -> Result<()> {
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<VOTABLE")?;
    write_attribute(out, "xmlns", "http://www.ivoa.net/xml/VOTable/v1.3")?;
    // The namespace is that of 1.3 and later.
    let is_newer = head.version.as_deref() == Some("1.5");
    write_attribute(out, "version", if is_newer { "1.5" } else { VERSION })?;
    out.write_all(b">\n")?;
    write_element(out, "DESCRIPTION", head.description.as_deref())?;
    for resource in &head.meta {
        meta_resource(out, resource)?;
    }
    let resource = head.resource.clone().unwrap_or_default();
    resource_tag(out, &Resource { kind: Some("results".to_owned()), ..resource })?;
    if head.status() == QueryStatus::Unstated {
        status(out, &QueryStatus::Ok)?;
    }
    for item in &head.infos {
        info(out, item)?;
    }
    for system in &head.coosys {
        out.write_all(b"<COOSYS")?;
        write_attribute(out, "ID", &system.id)?;
        optional(out, "system", system.system.as_deref())?;
        optional(out, "equinox", system.equinox.as_deref())?;
        optional(out, "epoch", system.epoch.as_deref())?;
        if is_newer {
            optional(out, "refposition", system.refposition.as_deref())?;
        }
        out.write_all(b"/>\n")?;
    }
    for system in &head.timesys {
        out.write_all(b"<TIMESYS")?;
        write_attribute(out, "ID", &system.id)?;
        optional(out, "timeorigin", system.timeorigin.as_deref())?;
        // Both are required, and the vocabularies have a word for not knowing.
        write_attribute(out, "timescale", system.timescale.as_deref().unwrap_or("UNKNOWN"))?;
        write_attribute(out, "refposition", system.refposition.as_deref().unwrap_or("UNKNOWN"))?;
        out.write_all(b"/>\n")?;
    }
    for item in &head.params {
        param(out, item)?;
    }
    for item in &head.groups {
        group(out, item)?;
    }
    Ok(())
}

/// Writes the table up to its rows.
pub(super) fn table_start(out: &mut impl Write, table: &Table) -> Result<()> {
    out.write_all(b"<TABLE")?;
    optional(out, "ID", table.id.as_deref())?;
    optional(out, "name", table.name.as_deref())?;
    optional(out, "ucd", table.ucd.as_deref())?;
    optional(out, "utype", table.utype.as_deref())?;
    optional(out, "nrows", table.rows.map(|rows| rows.to_string()).as_deref())?;
    out.write_all(b">\n")?;
    write_element(out, "DESCRIPTION", table.description.as_deref())?;
    for item in &table.infos {
        info(out, item)?;
    }
    for item in &table.fields {
        field(out, "FIELD", item, None)?;
    }
    for item in &table.params {
        param(out, item)?;
    }
    for item in &table.groups {
        group(out, item)?;
    }
    Ok(())
}

/// Writes an INFO `QUERY_STATUS`.
pub(super) fn status(out: &mut impl Write, status: &QueryStatus) -> Result<()> {
    let (value, text) = match status {
        QueryStatus::Unstated => return Ok(()),
        QueryStatus::Ok => ("OK", None),
        QueryStatus::Overflow => ("OVERFLOW", None),
        QueryStatus::Error(message) => ("ERROR", Some(message.clone())),
        QueryStatus::Other(word) => (word.as_str(), None),
    };
    info(out, &Info { text, ..Info::new("QUERY_STATUS", value) })
}

pub(super) fn info(out: &mut impl Write, info: &Info) -> Result<()> {
    out.write_all(b"<INFO")?;
    optional(out, "ID", info.id.as_deref())?;
    write_attribute(out, "name", &info.name)?;
    write_attribute(out, "value", &info.value)?;
    optional(out, "ucd", info.ucd.as_deref())?;
    optional(out, "utype", info.utype.as_deref())?;
    match &info.text {
        Some(text) => {
            out.write_all(b">")?;
            write_escaped(out, text)?;
            out.write_all(b"</INFO>\n")
        }
        None => out.write_all(b"/>\n"),
    }
}

pub(super) fn meta_resource(out: &mut impl Write, meta: &MetaResource) -> Result<()> {
    resource_tag(out, &Resource { kind: Some("meta".to_owned()), ..meta.resource.clone() })?;
    for item in &meta.infos {
        info(out, item)?;
    }
    for item in &meta.params {
        param(out, item)?;
    }
    for item in &meta.groups {
        group(out, item)?;
    }
    out.write_all(b"</RESOURCE>\n")
}

fn resource_tag(out: &mut impl Write, resource: &Resource) -> Result<()> {
    out.write_all(b"<RESOURCE")?;
    optional(out, "ID", resource.id.as_deref())?;
    optional(out, "name", resource.name.as_deref())?;
    optional(out, "type", resource.kind.as_deref())?;
    optional(out, "utype", resource.utype.as_deref())?;
    out.write_all(b">\n")?;
    write_element(out, "DESCRIPTION", resource.description.as_deref())
}

fn param(out: &mut impl Write, param: &Param) -> Result<()> {
    field(out, "PARAM", &param.field, Some(&param.value))
}

fn group(out: &mut impl Write, group: &Group) -> Result<()> {
    out.write_all(b"<GROUP")?;
    optional(out, "ID", group.id.as_deref())?;
    optional(out, "name", group.name.as_deref())?;
    optional(out, "ucd", group.ucd.as_deref())?;
    optional(out, "utype", group.utype.as_deref())?;
    out.write_all(b">\n")?;
    write_element(out, "DESCRIPTION", group.description.as_deref())?;
    for (name, references) in [("FIELDref", &group.field_refs), ("PARAMref", &group.param_refs)] {
        for reference in references {
            write!(out, "<{name}")?;
            write_attribute(out, "ref", reference)?;
            out.write_all(b"/>\n")?;
        }
    }
    for item in &group.params {
        param(out, item)?;
    }
    for item in &group.groups {
        self::group(out, item)?;
    }
    out.write_all(b"</GROUP>\n")
}

fn field(out: &mut impl Write, element: &str, field: &Field, value: Option<&str>) -> Result<()> {
    write!(out, "<{element}")?;
    optional(out, "ID", field.id.as_deref())?;
    write_attribute(out, "name", &field.name)?;
    write_attribute(out, "datatype", field.datatype.name())?;
    // `arraysize="1"` says what its absence says and is deprecated (VOTable 1.4, 2.2).
    let arraysize = field.arraysize.as_ref().map(ToString::to_string).filter(|size| size != "1");
    optional(out, "arraysize", arraysize.as_deref())?;
    optional(out, "unit", field.unit.as_deref())?;
    optional(out, "ucd", field.ucd.as_deref())?;
    optional(out, "utype", field.utype.as_deref())?;
    optional(out, "xtype", field.xtype.as_ref().map(|xtype| xtype.name()))?;
    optional(out, "precision", field.precision.as_deref())?;
    optional(out, "width", field.width.map(|width| width.to_string()).as_deref())?;
    optional(out, "ref", field.reference.as_deref())?;
    optional(
        out,
        "type",
        field.kind.as_ref().map(|kind| match kind {
            FieldFlag::Hidden => "hidden",
            FieldFlag::Other(word) => word.as_str(),
        }),
    )?;
    if let Some(value) = value {
        write_attribute(out, "value", value)?;
    }
    if field.description.is_none() && field.values.is_none() && field.links.is_empty() {
        return out.write_all(b"/>\n");
    }
    out.write_all(b">")?;
    write_element(out, "DESCRIPTION", field.description.as_deref())?;
    if let Some(values) = &field.values {
        out.write_all(b"<VALUES")?;
        optional(out, "null", values.null.as_deref())?;
        out.write_all(b">")?;
        for (name, bound) in [("MIN", &values.min), ("MAX", &values.max)] {
            if let Some(bound) = bound {
                write!(out, "<{name}")?;
                write_attribute(out, "value", bound)?;
                out.write_all(b"/>")?;
            }
        }
        for (value, name) in &values.options {
            out.write_all(b"<OPTION")?;
            optional(out, "name", name.as_deref())?;
            write_attribute(out, "value", value)?;
            out.write_all(b"/>")?;
        }
        out.write_all(b"</VALUES>")?;
    }
    for link in &field.links {
        out.write_all(b"<LINK")?;
        optional(out, "content-role", link.content_role.as_deref())?;
        optional(out, "content-type", link.content_type.as_deref())?;
        optional(out, "title", link.title.as_deref())?;
        optional(out, "value", link.value.as_deref())?;
        optional(out, "href", link.href.as_deref())?;
        optional(out, "action", link.action.as_deref())?;
        out.write_all(b"/>")?;
    }
    writeln!(out, "</{element}>")
}

fn optional(out: &mut impl Write, name: &str, value: Option<&str>) -> Result<()> {
    value.map_or(Ok(()), |value| write_attribute(out, name, value))
}
