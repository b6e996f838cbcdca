//! Raw tables of an archive: their description, and queries in the archive's language.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;

use crate::Error;
use crate::asset::Extra;

/// A column as its archive describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// As a query must write it.
    pub name: String,
    /// Arrow's type of the cells.
    pub data_type: arrow_schema::DataType,
    /// Sizes of a multidimensional cell, fastest first; empty otherwise.
    pub dimensions: Vec<u32>,
    /// `VOUnit`, as the archive writes it.
    pub unit: Option<String>,
    /// Unified content descriptor.
    pub ucd: Option<String>,
    /// Data model path.
    pub utype: Option<String>,
    /// `VOTable` xtype.
    pub xtype: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether the archive has an index on it.
    pub indexed: bool,
    /// Whether it is one of the table's main columns.
    pub principal: bool,
    /// What has no field of its own.
    pub extras: Vec<Extra>,
}

/// A foreign key: to which table, and which column to which.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the header says it")]
pub struct ForeignKey {
    pub target_table: String,
    pub columns: Vec<(String, String)>,
}

/// A table as its archive describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Qualified as a query must write it.
    pub name: String,
    /// Whether it is a view.
    pub is_view: bool,
    /// For people.
    pub title: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Data model path.
    pub utype: Option<String>,
    /// As the archive counts them.
    pub rows: Option<u64>,
    /// Empty when only names were asked for.
    pub fields: Vec<Field>,
    /// To other tables.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A table that goes along with a query.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its name in `TAP_UPLOAD`.
    pub name: String,
    /// Its columns.
    pub fields: Vec<Field>,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
}

/// A query in one of the archive's languages.
#[derive(Clone, Debug)]
pub struct TableQuery {
    /// "ADQL" or another that the description names.
    pub language: String,
    /// The query.
    pub text: String,
    /// Tables that go along.
    pub uploads: Vec<Upload>,
    /// At most so many rows.
    pub max_rows: Option<u64>,
}

/// Whether all rows came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All.
    Complete,
    /// The archive stopped at a limit.
    Truncated,
    /// The archive does not say.
    Unknown,
}

/// How a query ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether all rows came.
    pub completeness: Completeness,
    /// The archive's words.
    pub warnings: Vec<String>,
}

/// The answer to a table query.
pub struct TableAnswer {
    /// The columns as the archive describes them.
    pub fields: Vec<Field>,
    /// The same as Arrow sees them.
    pub schema: SchemaRef,
    /// Gives the rows.
    pub rows: Box<dyn RowCursor>,
}

/// Rows as columns, pulled.
#[async_trait]
pub trait RowCursor: Send {
    /// At most `max_rows`; `None` is the end.
    async fn next(&mut self, max_rows: u32) -> Result<Option<RecordBatch>, Error>;
    /// Known after the end.
    async fn outcome(&mut self) -> Result<Outcome, Error>;
}
