//! VOTable 1.1 to 1.5: a streaming reader and a streaming writer.
//!
//! Reading: [`Reader::new`] reads the head; [`Reader::next_row`] lends one row
//! at a time, or [`Reader::fill`] pours rows into typed [`Columns`];
//! [`Reader::finish`] reads what follows the table, which is where a service
//! says that it cut the answer short.
//!
//! Writing: [`Writer::start`], then rows or batches, then [`Writer::finish`]
//! with the status; [`write_error`] for an answer that is only an error.

mod binary;
mod cell_text;
mod columns;
mod datatype;
mod field;
mod head;
mod head_reader;
mod layout;
mod reader;
mod row;
mod status;
mod stream;
mod tabledata;
mod value;
mod writer;
mod xtype;

pub use columns::{
    CellShape, Column, ColumnData, ColumnType, Columns, ElementData, ElementKind, RowBatch,
    TextData, Timestamps,
};
pub use datatype::{Arraysize, Datatype};
pub use field::{Field, FieldFlag, Link, Param, Values};
pub use head::{CooSys, Group, Head, Info, MetaResource, Resource, Table, TimeSys};
pub use reader::{Reader, Trailer};
pub use row::Row;
pub use status::QueryStatus;
pub use value::{Bools, Cell, Texts, Value};
pub use writer::{Serialization, Writer, write_error};
pub use xtype::Xtype;
