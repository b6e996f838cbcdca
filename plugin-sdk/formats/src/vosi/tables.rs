//! `/tables`: the schemas, tables and columns of a service (VOSI 1.1, 5;
//! `VODataService` 1.1 and 1.2), one table at a time.

use std::io::Read;

use crate::error::{Error, Result};
use crate::limits::{Ceiling, Limits};
use crate::vosi::column_type::{ColumnDataType, TypeSystem};
use crate::votable::Field;
use crate::xml::{Element, Xml};

/// Schemas are kept while the tables go by.
const MOST_SCHEMAS: usize = 65_536;

/// A schema without its tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaDescription {
    /// Its name.
    pub name: String,
    /// For people, short.
    pub title: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
}

/// Whether a table is stored or computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TableKind {
    /// `table`, `base_table`, or nothing said.
    #[default]
    Table,
    /// `view`
    View,
    /// `output`: the columns of an answer rather than a table to query.
    Output,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableDescription {
    /// Name of the schema it stands in; `None` if the document is about one table.
    pub schema: Option<String>,
    /// As a query must write it; usually qualified by the schema.
    pub name: String,
    /// Stored or computed.
    pub kind: TableKind,
    /// For people, short.
    pub title: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
    /// About how many rows: `nrows`, or `size` of TAP+ services.
    pub rows: Option<u64>,
    /// `size_bytes` of TAP+ services.
    pub size_bytes: Option<u64>,
    /// The columns; empty also if the service gives them only table by table.
    pub columns: Vec<Column>,
    /// References to other tables.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// As a query must write it.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// As written.
    pub unit: Option<String>,
    /// Unified content descriptor.
    pub ucd: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
    /// Its type; `None` if the document does not say.
    pub data_type: Option<ColumnDataType>,
    /// Part of a standard.
    pub std: bool,
    /// `indexed`, `principal`, `primary`, `nullable` and others, as written.
    pub flags: Vec<String>,
    /// The `flags` attribute of TAP+ services, bits whose meaning differs
    /// between them (1 or 33: right ascension, 2 or 34: declination).
    pub tap_plus_flags: Option<u32>,
}

/// References from columns of a table to columns of another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignKey {
    /// The other table's name.
    pub target_table: String,
    /// Column here, column there.
    pub columns: Vec<(String, String)>,
    /// For people.
    pub description: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
}

impl Column {
    /// Whether a flag is set, upper and lower case alike.
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f.eq_ignore_ascii_case(flag))
    }

    /// The column as a FIELD of an answer.
    pub fn to_field(&self) -> Field {
        let (datatype, arraysize, xtype) =
            self.data_type.as_ref().cloned().unwrap_or_default().resolve();
        Field {
            arraysize,
            unit: self.unit.clone(),
            ucd: self.ucd.clone(),
            utype: self.utype.clone(),
            xtype,
            description: self.description.clone(),
            ..Field::new(self.name.clone(), datatype)
        }
    }
}

/// Reads a tableset, or the document of one table, table by table.
pub struct TablesReader<R> {
    xml: Xml<R>,
    limits: Limits,
    schemas: Vec<SchemaDescription>,
    /// The depth of the elements that hold schemas, and of the open schema.
    root_depth: usize,
    schema_depth: Option<usize>,
    single: Option<Element>,
    done: bool,
}

impl<R: Read> TablesReader<R> {
    /// Reads up to the first schema.
    pub fn new(stream: R, limits: Limits) -> Result<Self> {
        let mut xml = Xml::new(stream, &limits)?;
        let root = xml.root()?;
        let single = match root.name.as_str() {
            "tableset" | "tables" => None,
            "table" => Some(root),
            _ => return Err(Error::UnexpectedRoot { found: root.name, expected: "tableset" }),
        };
        let root_depth = xml.depth();
        Ok(Self {
            xml,
            limits,
            schemas: Vec::new(),
            root_depth,
            schema_depth: None,
            single,
            done: false,
        })
    }

    /// The schemas met so far; complete once there are no more tables.
    pub fn schemas(&self) -> &[SchemaDescription] {
        &self.schemas
    }

    /// Reads the next table. `None` after the last one, when the document was
    /// found complete.
    pub fn next_table(&mut self) -> Result<Option<TableDescription>> {
        if self.done {
            return Ok(None);
        }
        self.xml.forget_head();
        if let Some(start) = self.single.take() {
            let table = self.table(&start, None)?;
            // Its end was the document's.
            self.done = true;
            return Ok(Some(table));
        }
        loop {
            if let Some(depth) = self.schema_depth {
                match self.xml.child(depth)? {
                    Some(child) => {
                        if let Some(table) = self.in_schema(&child)? {
                            return Ok(Some(table));
                        }
                        continue;
                    }
                    None => self.schema_depth = None,
                }
            }
            match self.xml.child(self.root_depth)? {
                Some(child) if child.name == "schema" => {
                    if self.schemas.len() >= MOST_SCHEMAS {
                        return Err(self.xml.crossed(Ceiling::HeadBytes, self.limits.head_bytes));
                    }
                    self.schemas.push(SchemaDescription::default());
                    self.schema_depth = Some(self.xml.depth());
                }
                // VODataService 1.0 lists tables without schemas.
                Some(child) if child.name == "table" => return Ok(Some(self.table(&child, None)?)),
                Some(_) => self.xml.skip()?,
                None => {
                    self.done = true;
                    return Ok(None);
                }
            }
        }
    }

    fn in_schema(&mut self, child: &Element) -> Result<Option<TableDescription>> {
        if child.name == "table" {
            let schema = self.schemas.last().map(|schema| schema.name.clone());
            return self.table(child, schema).map(Some);
        }
        let Some(schema) = self.schemas.last_mut() else { return Ok(None) };
        match child.name.as_str() {
            "name" => schema.name = self.xml.text()?,
            "title" => schema.title = self.xml.optional_text()?,
            "description" => schema.description = self.xml.optional_text()?,
            "utype" => schema.utype = self.xml.optional_text()?,
            _ => self.xml.skip()?,
        }
        Ok(None)
    }

    fn table(&mut self, start: &Element, schema: Option<String>) -> Result<TableDescription> {
        let number = |name| start.text(name).and_then(|text| text.parse().ok());
        let kind = start.attribute("type").or_else(|| start.attribute("role"));
        let mut table = TableDescription {
            schema,
            kind: match kind {
                Some("view") => TableKind::View,
                Some("output" | "out") => TableKind::Output,
                Some(_) | None => TableKind::Table,
            },
            rows: number("size"),
            size_bytes: number("size_bytes"),
            ..TableDescription::default()
        };
        let depth = self.xml.depth();
        while let Some(child) = self.xml.child(depth)? {
            match child.name.as_str() {
                "name" => table.name = self.xml.text()?,
                "title" => table.title = self.xml.optional_text()?,
                "description" => table.description = self.xml.optional_text()?,
                "utype" => table.utype = self.xml.optional_text()?,
                "nrows" => table.rows = self.xml.text()?.parse().ok().or(table.rows),
                "column" => {
                    if table.columns.len() >= self.limits.fields {
                        return Err(self.xml.crossed(Ceiling::Fields, self.limits.fields as u64));
                    }
                    table.columns.push(column(&mut self.xml, &child)?);
                }
                "foreignKey" => table.foreign_keys.push(foreign_key(&mut self.xml)?),
                _ => self.xml.skip()?,
            }
        }
        Ok(table)
    }
}

fn column<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Column> {
    let mut column = Column {
        std: matches!(start.attribute("std"), Some("true" | "1")),
        tap_plus_flags: start.text("flags").and_then(|flags| flags.parse().ok()),
        ..Column::default()
    };
    let mut xtype = None;
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "name" => column.name = xml.text()?,
            "description" => column.description = xml.optional_text()?,
            "unit" => column.unit = xml.optional_text()?,
            "ucd" => column.ucd = xml.optional_text()?,
            "utype" => column.utype = xml.optional_text()?,
            "xtype" => xtype = xml.optional_text()?,
            "flag" => column.flags.extend(xml.optional_text()?),
            "dataType" => {
                let is_tap = child.schema_type().is_some_and(|kind| kind.starts_with("TAP"));
                column.data_type = Some(ColumnDataType {
                    system: if is_tap { TypeSystem::Tap } else { TypeSystem::Votable },
                    arraysize: child.text("arraysize"),
                    xtype: child.text("extendedType"),
                    size: child.text("size").and_then(|size| size.parse().ok()),
                    name: xml.text()?,
                });
            }
            _ => xml.skip()?,
        }
    }
    if let Some(data_type) = &mut column.data_type
        && data_type.xtype.is_none()
    {
        data_type.xtype = xtype;
    }
    Ok(column)
}

fn foreign_key<R: Read>(xml: &mut Xml<R>) -> Result<ForeignKey> {
    let mut key = ForeignKey::default();
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "targetTable" => key.target_table = xml.text()?,
            "description" => key.description = xml.optional_text()?,
            "utype" => key.utype = xml.optional_text()?,
            "fkColumn" => {
                let (mut from, mut target) = (String::new(), String::new());
                let depth = xml.depth();
                while let Some(child) = xml.child(depth)? {
                    match child.name.as_str() {
                        "fromColumn" => from = xml.text()?,
                        "targetColumn" => target = xml.text()?,
                        _ => xml.skip()?,
                    }
                }
                key.columns.push((from, target));
            }
            _ => xml.skip()?,
        }
    }
    Ok(key)
}
