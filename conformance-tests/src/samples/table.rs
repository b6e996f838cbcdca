//! Tables in memory: columns as TAP describes them, and rows read from the sample files.

use std::cmp::Ordering;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Deserialize;

/// A table of a sample archive.
#[derive(Clone, Debug)]
pub struct Table {
    /// Schema and name, as a query must write it.
    pub name: String,
    /// For people, short.
    pub title: Option<String>,
    /// For people. Says that this is a sample of real data.
    pub description: String,
    /// `ivo://ivoa.net/std/obscore#table-1.1` and such.
    pub utype: Option<String>,
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// Every row has one value a column.
    pub rows: Vec<Vec<Value>>,
}

/// A column as TAP_SCHEMA describes it (TAP 1.1, 4.3).
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// As a query must write it: with quotes if it is no regular identifier.
    pub name: String,
    /// A datatype of VOTable; only scalars and texts occur.
    pub datatype: Datatype,
    /// `*` for texts.
    pub arraysize: Option<String>,
    /// `timestamp`, `adql:REGION`.
    pub xtype: Option<String>,
    /// As the source states it.
    pub unit: Option<String>,
    /// Unified content descriptor.
    pub ucd: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether a standard defines the column.
    #[serde(default)]
    pub std: bool,
}

/// The datatypes that occur in samples (VOTable 1.4, 2.1).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Datatype {
    /// True or false.
    Boolean,
    /// 16 bits, signed.
    Short,
    /// 32 bits, signed.
    Int,
    /// 64 bits, signed.
    Long,
    /// 32 bits.
    Float,
    /// 64 bits.
    Double,
    /// Text.
    Char,
}

impl Datatype {
    /// The word of the standard.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Short => "short",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Char => "char",
        }
    }
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not known.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number; never NaN.
    Real(f64),
    /// A text; never empty.
    Text(Arc<str>),
}

/// The columns file beside each rows file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    title: String,
    description: String,
    columns: Vec<Column>,
}

impl Table {
    /// Reads a table from its two files, checking every cell against its column.
    ///
    /// # Errors
    ///
    /// If a file is missing or a cell is no value of its column; says which.
    pub fn read(columns_file: &Path, rows_file: &Path) -> anyhow::Result<Self> {
        let description = std::fs::read_to_string(columns_file)
            .with_context(|| format!("cannot read {}", columns_file.display()))?;
        let Description { name, title, description, columns } = serde_json::from_str(&description)
            .with_context(|| format!("{} is wrong", columns_file.display()))?;
        let packed = std::fs::File::open(rows_file)
            .with_context(|| format!("cannot read {}", rows_file.display()))?;
        let rows = read_rows(&columns, flate2::read::GzDecoder::new(packed))
            .with_context(|| format!("{} is wrong", rows_file.display()))?;
        let utype = (name == "ivoa.obscore").then(|| "ivo://ivoa.net/std/obscore#table-1.1".into());
        Ok(Self { name, title: Some(title), description, utype, columns, rows })
    }

    /// The part of the name before the dot.
    pub fn schema(&self) -> &str {
        self.name.split_once('.').map_or("", |(schema, _)| schema)
    }

    /// Finds a column by the name a query wrote: regular names in any case,
    /// delimited ones exactly.
    pub fn column(&self, written: &str) -> Option<usize> {
        self.columns.iter().position(|column| same_name(&column.name, written))
    }
}

impl Column {
    /// The name without its quotes, as results show it.
    pub fn plain_name(&self) -> &str {
        self.name.trim_matches('"')
    }
}

fn same_name(declared: &str, written: &str) -> bool {
    match (declared.strip_prefix('"'), written.strip_prefix('"')) {
        (None, None) => declared.eq_ignore_ascii_case(written),
        // A quoted regular name means the same column, spelt exactly.
        (None, Some(_)) => declared == written.trim_matches('"'),
        (Some(_), _) => declared == written,
    }
}

fn read_rows(columns: &[Column], csv: impl Read) -> anyhow::Result<Vec<Vec<Value>>> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.headers()?;
    if !header.iter().eq(columns.iter().map(|column| column.name.as_str())) {
        bail!("its columns are not those of the columns file");
    }
    let mut rows = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record?;
        let row = columns.iter().zip(&record).map(|(column, cell)| {
            Value::parse(column.datatype, cell).with_context(|| {
                format!(
                    "row {number}, column {}: `{cell}` is no {:?}",
                    column.name, column.datatype
                )
            })
        });
        rows.push(row.collect::<anyhow::Result<_>>()?);
    }
    Ok(rows)
}

impl Value {
    /// Reads a CSV cell; an empty one is null.
    fn parse(datatype: Datatype, cell: &str) -> Option<Self> {
        if cell.is_empty() {
            return Some(Self::Null);
        }
        match datatype {
            Datatype::Boolean => cell.parse().ok().map(Self::Boolean),
            Datatype::Short | Datatype::Int | Datatype::Long => {
                cell.parse().ok().map(Self::Integer)
            }
            Datatype::Float | Datatype::Double => {
                cell.parse().ok().filter(|number: &f64| !number.is_nan()).map(Self::Real)
            }
            Datatype::Char => Some(Self::Text(cell.into())),
        }
    }

    /// A text, or null for an empty one.
    pub fn text(text: impl AsRef<str>) -> Self {
        match text.as_ref() {
            "" => Self::Null,
            text => Self::Text(text.into()),
        }
    }

    /// The number, if it is one. Whole numbers above 2^53 lose digits.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Null | Self::Boolean(_) | Self::Text(_) => None,
        }
    }

    /// Compares two values of comparable types; `None` if either is null or
    /// they are not comparable.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            // Clients write 'true', 'True' or 1 for a boolean.
            (Self::Boolean(a), b) => b.as_boolean().map(|b| a.cmp(&b)),
            (a, Self::Boolean(b)) => a.as_boolean().map(|a| a.cmp(b)),
            (a, b) => a.number()?.partial_cmp(&b.number()?),
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Integer(0) => Some(false),
            Self::Integer(1) => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}
