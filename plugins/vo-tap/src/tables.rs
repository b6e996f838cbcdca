//! The tables of the archive: VOSI `/tables`, else `TAP_SCHEMA` (TAP 1.0 need not have the former).
//!
//! Called by `lib.rs`, `mapping/tables.rs`. Calls `reply.rs`, `tap.rs`.

use archway_formats::vosi::{
    Column, ColumnDataType, ForeignKey, TableDescription, TableKind, TablesReader, TypeSystem,
};
use archway_formats::votable;
use archway_plugin::tabular as wit;
use archway_plugin::types::{Exhaustion, LimitKind};
use archway_plugin::{Error, Host};

use crate::adql;
use crate::reply;
use crate::settings::Settings;
use crate::tap;

/// The largest archives have some thousand tables.
const MOST_TABLES: usize = 20_000;
/// The largest table known has some thousand columns; all of `VizieR` has 700,000.
const MOST_COLUMNS: u64 = 1_000_000;
/// Named tables are asked for one by one up to this many.
const MOST_SINGLE: usize = 8;

pub(crate) fn tables(
    host: &dyn Host,
    named: &[String],
    names_only: bool,
) -> Result<Vec<wit::TableDescription>, Error> {
    let settings = Settings::of(host)?;
    let found = list(host, &settings, named, names_only)?;
    if let Some(missing) =
        named.iter().find(|name| !found.iter().any(|table| is_named(table, name)))
    {
        return Err(Error::NotFound(missing.clone()));
    }
    Ok(found.into_iter().map(description).collect())
}

/// All tables, or the named ones.
pub(crate) fn list(
    host: &dyn Host,
    settings: &Settings,
    named: &[String],
    names_only: bool,
) -> Result<Vec<TableDescription>, Error> {
    let vosi = match named.len() {
        0 => vosi(
            host,
            settings,
            if names_only { "tables?detail=min" } else { "tables?detail=max" },
            named,
        ),
        1..=MOST_SINGLE => named.iter().try_fold(Vec::new(), |mut all, name| {
            let path = format!("tables/{}", archway_plugin::http::encode(name));
            all.extend(vosi(host, settings, &path, std::slice::from_ref(name))?);
            Ok(all)
        }),
        _ => Err(Error::Unsupported("many tables one by one".to_owned())),
    };
    let mut tables = match vosi {
        Ok(tables) if tables.len() >= named.len().max(1) => tables,
        // Some services have no such resource, some answer it with a page.
        Ok(_)
        | Err(
            Error::NotFound(_)
            | Error::InvalidQuery(_)
            | Error::MalformedReply(_)
            | Error::Unsupported(_),
        ) => schema(host, settings, named, names_only)?,
        Err(error) => return Err(error),
    };
    if names_only {
        for table in &mut tables {
            table.columns.clear();
            table.foreign_keys.clear();
        }
    }
    Ok(tables)
}

fn is_named(table: &TableDescription, name: &str) -> bool {
    table.name.eq_ignore_ascii_case(name)
}

fn vosi(
    host: &dyn Host,
    settings: &Settings,
    path: &str,
    named: &[String],
) -> Result<Vec<TableDescription>, Error> {
    let request = tap::resource(settings, path);
    let asked = request.as_wit().url.clone();
    let body = reply::body(host.send(request)?, &asked, settings.credential.as_deref())?;
    let mut reader =
        TablesReader::new(body, reply::limits()).map_err(|e| reply::error(e, &asked))?;
    let mut tables = Vec::new();
    while let Some(mut table) = reader.next_table().map_err(|e| reply::error(e, &asked))? {
        qualify(&mut table);
        if named.is_empty() || named.iter().any(|name| is_named(&table, name)) {
            too_many(tables.len())?;
            tables.push(table);
        }
    }
    Ok(tables)
}

/// Some services give names without their schema.
fn qualify(table: &mut TableDescription) {
    if let Some(schema) =
        table.schema.as_deref().filter(|schema| !schema.is_empty() && *schema != "default")
        && !table.name.contains('.')
    {
        table.name = format!("{schema}.{}", table.name);
    }
}

fn too_many(count: usize) -> Result<(), Error> {
    if count < MOST_TABLES {
        return Ok(());
    }
    let message = format!("the archive has more than {MOST_TABLES} tables");
    Err(Error::Exhausted(Exhaustion {
        limit: LimitKind::Rows,
        allowed: Some(MOST_TABLES as u64),
        message,
    }))
}

/// From `TAP_SCHEMA` (TAP 1.1, 4).
fn schema(
    host: &dyn Host,
    settings: &Settings,
    named: &[String],
    names_only: bool,
) -> Result<Vec<TableDescription>, Error> {
    let list: Vec<String> = named.iter().map(|name| adql::text(name)).collect();
    let condition = |column: &str, word: &str| match list.is_empty() {
        true => String::new(),
        false => format!(" {word} {column} IN ({})", list.join(", ")),
    };
    let mut tables = Vec::new();
    let query = format!("SELECT * FROM TAP_SCHEMA.tables{}", condition("table_name", "WHERE"));
    rows(host, settings, &query, MOST_TABLES as u64, &mut |row| {
        too_many(tables.len())?;
        tables.push(TableDescription {
            schema: row.text("schema_name"),
            name: row.text("table_name").unwrap_or_default(),
            kind: if row.text("table_type").as_deref() == Some("view") {
                TableKind::View
            } else {
                TableKind::Table
            },
            description: row.text("description"),
            utype: row.text("utype"),
            rows: row.text("size").and_then(|size| size.parse().ok()),
            ..TableDescription::default()
        });
        Ok(())
    })?;
    if names_only {
        return Ok(tables);
    }
    let query = format!("SELECT * FROM TAP_SCHEMA.columns{}", condition("table_name", "WHERE"));
    let mut last = 0;
    rows(host, settings, &query, MOST_COLUMNS, &mut |row| {
        let name = row.text("table_name").unwrap_or_default();
        // Columns of a table come together as a rule.
        if !tables.get(last).is_some_and(|table| is_named(table, &name)) {
            last = tables.iter().position(|table| is_named(table, &name)).unwrap_or(usize::MAX);
        }
        if let Some(table) = tables.get_mut(last) {
            table.columns.push(column(row));
        }
        Ok(())
    })?;
    let query = format!(
        "SELECT k.key_id, k.from_table, k.target_table, c.from_column, c.target_column \
         FROM TAP_SCHEMA.keys AS k JOIN TAP_SCHEMA.key_columns AS c ON k.key_id = c.key_id{}",
        condition("k.from_table", "WHERE")
    );
    let mut keys: Vec<(String, String, ForeignKey)> = Vec::new();
    // Tables without their keys are worth more than none.
    let _ = rows(host, settings, &query, MOST_COLUMNS, &mut |row| {
        let text = |name: &str| row.text(name).unwrap_or_default();
        let pair = (text("from_column"), text("target_column"));
        match keys.last_mut().filter(|(id, ..)| *id == text("key_id")) {
            Some((.., key)) => key.columns.push(pair),
            None => {
                let key = ForeignKey {
                    target_table: text("target_table"),
                    columns: vec![pair],
                    ..ForeignKey::default()
                };
                keys.push((text("key_id"), text("from_table"), key));
            }
        }
        Ok(())
    });
    for (_, from, key) in keys {
        if let Some(table) = tables.iter_mut().find(|table| is_named(table, &from)) {
            table.foreign_keys.push(key);
        }
    }
    Ok(tables)
}

/// One row of `TAP_SCHEMA`, by column name.
struct SchemaRow<'a> {
    row: votable::Row<'a>,
}

impl SchemaRow<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let named =
            |field: &votable::Field| field.name.trim_matches('"').eq_ignore_ascii_case(name);
        let value = self.row.value(self.row.fields().iter().position(named)?);
        let text = value.as_str().map(|text| text.trim().to_owned());
        text.or_else(|| value.as_i64().map(|number| number.to_string()))
            .filter(|text| !text.is_empty())
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("1" | "true" | "t"))
    }
}

fn column(row: &SchemaRow<'_>) -> Column {
    let name = row.text("datatype").unwrap_or_default();
    // TAP 1.0 says `adql:VARCHAR` or `VARCHAR`, TAP 1.1 `char`.
    let system = if name.bytes().any(|b| b.is_ascii_uppercase()) {
        TypeSystem::Tap
    } else {
        TypeSystem::Votable
    };
    let mut flags = Vec::new();
    for flag in ["indexed", "principal"] {
        flags.extend(row.flag(flag).then(|| flag.to_owned()));
    }
    Column {
        name: row.text("column_name").unwrap_or_default(),
        description: row.text("description"),
        unit: row.text("unit"),
        ucd: row.text("ucd"),
        utype: row.text("utype"),
        data_type: Some(ColumnDataType {
            system,
            name,
            arraysize: row.text("arraysize"),
            xtype: row.text("xtype"),
            size: row.text("size").and_then(|size| size.parse().ok()),
        }),
        std: row.flag("std"),
        flags,
        tap_plus_flags: None,
    }
}

fn rows(
    host: &dyn Host,
    settings: &Settings,
    query: &str,
    most: u64,
    each: &mut dyn FnMut(&SchemaRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut table = tap::sync(host, settings, query, Some(most))?;
    while let Some(row) = table.next_row().map_err(|e| reply::error(e, query))? {
        each(&SchemaRow { row })?;
    }
    Ok(())
}

fn description(table: TableDescription) -> wit::TableDescription {
    let fields = table.columns.iter().map(|column| {
        let mut field = field(&column.to_field());
        field.indexed = column.has_flag("indexed") || column.has_flag("primary");
        field.principal = column.has_flag("principal");
        field
    });
    wit::TableDescription {
        fields: fields.collect(),
        name: table.name,
        kind: if table.kind == TableKind::View {
            wit::TableKind::View
        } else {
            wit::TableKind::Table
        },
        title: table.title,
        description: table.description,
        utype: table.utype,
        rows: table.rows,
        foreign_keys: table
            .foreign_keys
            .into_iter()
            .map(|key| wit::ForeignKey { target_table: key.target_table, columns: key.columns })
            .collect(),
    }
}

/// A FIELD as the contract has it.
pub(crate) fn field(field: &votable::Field) -> wit::Field {
    let column = field.column_type();
    let (element, shape) = (column.element, column.shape);
    wit::Field {
        name: field.name.clone(),
        element: match element {
            votable::ElementKind::Boolean => wit::ElementKind::Boolean,
            votable::ElementKind::Unsigned8 => wit::ElementKind::Unsigned8,
            votable::ElementKind::Signed16 => wit::ElementKind::Signed16,
            votable::ElementKind::Signed32 => wit::ElementKind::Signed32,
            votable::ElementKind::Signed64 => wit::ElementKind::Signed64,
            votable::ElementKind::Float32 => wit::ElementKind::Float32,
            votable::ElementKind::Float64 => wit::ElementKind::Float64,
            votable::ElementKind::Instant => wit::ElementKind::Instant,
            votable::ElementKind::Text => wit::ElementKind::Text,
            votable::ElementKind::Binary => wit::ElementKind::Binary,
        },
        shape: match shape {
            votable::CellShape::Scalar => wit::CellShape::Scalar,
            votable::CellShape::Fixed(length) => wit::CellShape::Fixed(length),
            votable::CellShape::Variable => wit::CellShape::Variable,
        },
        dimensions: column.dimensions,
        unit: field.unit.clone(),
        ucd: field.ucd.clone(),
        utype: field.utype.clone(),
        xtype: field.xtype.as_ref().map(|xtype| xtype.name().to_owned()),
        description: field.description.clone(),
        indexed: false,
        principal: false,
        extras: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
