//! Writes `/tables` and `/tables/{name}`.

use std::io::Write;

use crate::error::Result;
use crate::vosi::column_type::{ColumnDataType, TypeSystem};
use crate::vosi::tables::{Column, SchemaDescription, TableDescription, TableKind};
use crate::xml::{write_attribute, write_element, write_escaped};

const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns:vosi", "http://www.ivoa.net/xml/VOSITables/v1.0"),
    ("xmlns:vs", "http://www.ivoa.net/xml/VODataService/v1.1"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// Writes a tableset: each schema with its tables, which the caller gives one at a time.
pub fn write_tables<'a>(
    out: &mut impl Write,
    schemas: impl IntoIterator<Item = (&'a SchemaDescription, &'a [TableDescription])>,
) -> Result<()> {
    root(out, "tableset", None)?;
    for (schema, tables) in schemas {
        out.write_all(b"<schema>\n")?;
        write_element(out, "name", Some(&schema.name))?;
        write_element(out, "title", schema.title.as_deref())?;
        write_element(out, "description", schema.description.as_deref())?;
        write_element(out, "utype", schema.utype.as_deref())?;
        for table in tables {
            writeln!(out, "<table type=\"{}\">", kind(table.kind))?;
            content(out, table)?;
            out.write_all(b"</table>\n")?;
        }
        out.write_all(b"</schema>\n")?;
    }
    out.write_all(b"</vosi:tableset>\n")?;
    Ok(())
}

/// Writes the document of one table.
pub fn write_table(out: &mut impl Write, table: &TableDescription) -> Result<()> {
    root(out, "table", Some(kind(table.kind)))?;
    content(out, table)?;
    out.write_all(b"</vosi:table>\n")?;
    Ok(())
}

fn root(out: &mut impl Write, name: &str, kind: Option<&str>) -> std::io::Result<()> {
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vosi:{name}")?;
    for (prefix, namespace) in NAMESPACES {
        write_attribute(out, prefix, namespace)?;
    }
    if let Some(kind) = kind {
        write_attribute(out, "type", kind)?;
    }
    out.write_all(b">\n")
}

fn kind(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Table => "table",
        TableKind::View => "view",
        TableKind::Output => "output",
    }
}

fn content(out: &mut impl Write, table: &TableDescription) -> std::io::Result<()> {
    write_element(out, "name", Some(&table.name))?;
    write_element(out, "title", table.title.as_deref())?;
    write_element(out, "description", table.description.as_deref())?;
    write_element(out, "utype", table.utype.as_deref())?;
    write_element(out, "nrows", table.rows.map(|rows| rows.to_string()).as_deref())?;
    for item in &table.columns {
        column(out, item)?;
    }
    for key in &table.foreign_keys {
        out.write_all(b"<foreignKey>\n")?;
        write_element(out, "targetTable", Some(&key.target_table))?;
        for (from, target) in &key.columns {
            out.write_all(b"<fkColumn>")?;
            write_element(out, "fromColumn", Some(from))?;
            write_element(out, "targetColumn", Some(target))?;
            out.write_all(b"</fkColumn>\n")?;
        }
        write_element(out, "description", key.description.as_deref())?;
        write_element(out, "utype", key.utype.as_deref())?;
        out.write_all(b"</foreignKey>\n")?;
    }
    Ok(())
}

fn column(out: &mut impl Write, column: &Column) -> std::io::Result<()> {
    writeln!(out, "<column std=\"{}\">", column.std)?;
    write_element(out, "name", Some(&column.name))?;
    write_element(out, "description", column.description.as_deref())?;
    write_element(out, "unit", column.unit.as_deref())?;
    write_element(out, "ucd", column.ucd.as_deref())?;
    write_element(out, "utype", column.utype.as_deref())?;
    if let Some(kind) = &column.data_type {
        data_type(out, kind)?;
    }
    for flag in &column.flags {
        write_element(out, "flag", Some(flag))?;
    }
    out.write_all(b"</column>\n")
}

fn data_type(out: &mut impl Write, kind: &ColumnDataType) -> std::io::Result<()> {
    out.write_all(b"<dataType")?;
    let system = match kind.system {
        TypeSystem::Votable => "vs:VOTableType",
        TypeSystem::Tap => "vs:TAPType",
    };
    write_attribute(out, "xsi:type", system)?;
    if let Some(size) = kind.size {
        write_attribute(out, "size", &size.to_string())?;
    }
    if let Some(arraysize) = &kind.arraysize {
        write_attribute(out, "arraysize", arraysize)?;
    }
    if let Some(xtype) = &kind.xtype {
        write_attribute(out, "extendedType", xtype)?;
    }
    out.write_all(b">")?;
    write_escaped(out, &kind.name)?;
    out.write_all(b"</dataType>\n")
}
