//! TAP_SCHEMA: the five tables that describe the tables (TAP 1.1, 4).

use crate::samples::table::{Column, Datatype, Table, Value};

/// A schema of an archive.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
}

/// The schema of the tables made here.
pub const TAP_SCHEMA: Schema =
    Schema { name: "TAP_SCHEMA", description: "Tables that describe the tables of this service" };

/// The foreign keys inside TAP_SCHEMA: id, table, column, target table, target column.
pub const KEYS: [(&str, &str, &str, &str, &str); 5] = [
    ("k1", "tables", "schema_name", "schemas", "schema_name"),
    ("k2", "columns", "table_name", "tables", "table_name"),
    ("k3", "keys", "from_table", "tables", "table_name"),
    ("k4", "keys", "target_table", "tables", "table_name"),
    ("k5", "key_columns", "key_id", "keys", "key_id"),
];

/// Returns the five tables, which describe `tables` and themselves.
pub fn tap_schema(schemas: &[Schema], tables: &[Table]) -> Vec<Table> {
    use Datatype::{Char, Int};
    let mut made = vec![
        table(
            "schemas",
            "Schemas",
            &[
                ("schema_name", Char, "Name"),
                ("utype", Char, "Place in a data model"),
                ("description", Char, "For people"),
                ("schema_index", Int, "Place in a list"),
            ],
        ),
        table(
            "tables",
            "Tables",
            &[
                ("schema_name", Char, "Its schema"),
                ("table_name", Char, "Name as a query must write it"),
                ("table_type", Char, "table or view"),
                ("utype", Char, "Place in a data model"),
                ("description", Char, "For people"),
                ("table_index", Int, "Place in a list"),
            ],
        ),
        table(
            "columns",
            "Columns",
            &[
                ("table_name", Char, "Its table"),
                ("column_name", Char, "Name as a query must write it"),
                ("datatype", Char, "Datatype of VOTable"),
                ("arraysize", Char, "Array size of VOTable"),
                ("xtype", Char, "Extended type of VOTable"),
                ("\"size\"", Int, "Length, where it is fixed"),
                ("description", Char, "For people"),
                ("utype", Char, "Place in a data model"),
                ("unit", Char, "Unit of VOUnits"),
                ("ucd", Char, "Unified content descriptor"),
                ("indexed", Int, "1 if a condition on it is fast"),
                ("principal", Int, "1 if it is worth showing first"),
                ("std", Int, "1 if a standard defines it"),
                ("column_index", Int, "Place in a list"),
            ],
        ),
        table(
            "keys",
            "Foreign keys",
            &[
                ("key_id", Char, "Identifier"),
                ("from_table", Char, "The table that refers"),
                ("target_table", Char, "The table referred to"),
                ("description", Char, "For people"),
                ("utype", Char, "Place in a data model"),
            ],
        ),
        table(
            "key_columns",
            "Columns of foreign keys",
            &[
                ("key_id", Char, "Identifier"),
                ("from_column", Char, "The column that refers"),
                ("target_column", Char, "The column referred to"),
            ],
        ),
    ];
    let described: Vec<&Table> = tables.iter().chain(&made).collect();
    let rows = [
        schemas.iter().chain([&TAP_SCHEMA]).zip(0..).map(schema_row).collect(),
        described.iter().copied().zip(0..).map(table_row).collect(),
        described.iter().flat_map(|table| column_rows(table)).collect(),
        KEYS.iter()
            .map(|(id, from, _, target, _)| {
                let full = |name: &str| Value::text(format!("TAP_SCHEMA.{name}"));
                vec![Value::text(id), full(from), full(target), Value::Null, Value::Null]
            })
            .collect(),
        KEYS.iter()
            .map(|(id, _, from, _, target)| [id, from, target].map(Value::text).to_vec())
            .collect(),
    ];
    for (table, rows) in made.iter_mut().zip(rows) {
        table.rows = rows;
    }
    made
}

fn table(name: &str, description: &str, columns: &[(&str, Datatype, &str)]) -> Table {
    let column = |&(name, datatype, description): &(&str, Datatype, &str)| Column {
        name: name.into(),
        datatype,
        arraysize: (datatype == Datatype::Char).then(|| "*".into()),
        xtype: None,
        unit: None,
        ucd: None,
        utype: None,
        description: Some(description.into()),
        std: true,
    };
    Table {
        name: format!("TAP_SCHEMA.{name}"),
        title: None,
        description: format!("{description} of this service"),
        utype: None,
        columns: columns.iter().map(column).collect(),
        rows: Vec::new(),
    }
}

fn schema_row((schema, index): (&Schema, i64)) -> Vec<Value> {
    vec![
        Value::text(schema.name),
        Value::Null,
        Value::text(schema.description),
        Value::Integer(index),
    ]
}

fn table_row((table, index): (&Table, i64)) -> Vec<Value> {
    vec![
        Value::text(table.schema()),
        Value::text(&table.name),
        Value::text("table"),
        optional(&table.utype),
        Value::text(&table.description),
        Value::Integer(index),
    ]
}

fn column_rows(table: &Table) -> impl Iterator<Item = Vec<Value>> + '_ {
    table.columns.iter().zip(0..).map(|(column, index)| {
        vec![
            Value::text(&table.name),
            Value::text(&column.name),
            Value::text(column.datatype.name()),
            optional(&column.arraysize),
            optional(&column.xtype),
            Value::Null,
            optional(&column.description),
            optional(&column.utype),
            optional(&column.unit),
            optional(&column.ucd),
            Value::Integer(0),
            Value::Integer(column.std.into()),
            Value::Integer(column.std.into()),
            Value::Integer(index),
        ]
    })
}

fn optional(text: &Option<String>) -> Value {
    text.as_ref().map_or(Value::Null, Value::text)
}
