//! Rows as typed columns, in the shapes of the plugin contract's `tabular`
//! interface: Arrow's layout, little words, bitmaps with the lowest bit first.

mod collector;
mod elements;

pub use collector::{Columns, Timestamps};

use crate::votable::value::{Value, bit};

/// The innermost type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ElementKind {
    Boolean,
    Unsigned8,
    Signed16,
    Signed32,
    Signed64,
    Float32,
    Float64,
    /// Microseconds since 1970, UTC.
    Instant,
    Text,
    Binary,
}

/// How many elements a cell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellShape {
    /// One.
    Scalar,
    /// The same number in each row.
    Fixed(u32),
    /// Any number.
    Variable,
}

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnType {
    /// The innermost type.
    pub element: ElementKind,
    /// Elements per cell.
    pub shape: CellShape,
    /// Of a multidimensional cell, fastest first, 0 for a variable one; empty otherwise.
    pub dimensions: Vec<u32>,
}

/// Texts or byte strings: entry i lies between `offsets[i]` and `offsets[i + 1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextData {
    /// One more than there are entries; starts with 0, never falls.
    pub offsets: Vec<u32>,
    /// All entries, one after the other.
    pub bytes: Vec<u8>,
}

impl Default for TextData {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

/// The innermost values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ElementData {
    /// How many, and one bit each.
    Boolean(u32, Vec<u8>),
    /// `unsignedByte`
    Unsigned8(Vec<u8>),
    /// `short`
    Signed16(Vec<i16>),
    /// `int`
    Signed32(Vec<i32>),
    /// `long`
    Signed64(Vec<i64>),
    /// `float`
    Float32(Vec<f32>),
    /// `double`
    Float64(Vec<f64>),
    /// Microseconds since 1970, UTC.
    Instant(Vec<i64>),
    /// UTF-8
    Text(TextData),
    /// Bytes without meaning.
    Binary(TextData),
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    /// One element a row; of a null row 0 or empty.
    Scalar(ElementData),
    /// `length` elements a row, one row after the other; of a null row zeros.
    FixedArray {
        /// Elements a row.
        length: u32,
        /// All elements.
        elements: ElementData,
    },
    /// Row i has elements `offsets[i]` to `offsets[i + 1]`.
    VariableArray {
        /// One more than there are rows.
        offsets: Vec<u32>,
        /// All elements.
        elements: ElementData,
    },
}

/// A column of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The values.
    pub data: ColumnData,
    /// One bit a row, 1 is a value; absent if no row is null.
    pub validity: Option<Vec<u8>>,
}

/// Some rows as columns, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowBatch {
    /// How many rows.
    pub rows: u32,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Column {
    /// Returns the cell of row `row`; `None` if the column is shorter or its
    /// buffers contradict one another.
    pub fn value(&self, row: u32) -> Option<Value<'_>> {
        let at = row as usize;
        if self.validity.as_ref().is_some_and(|bits| !bit(bits, at)) {
            return Some(Value::Null);
        }
        match &self.data {
            ColumnData::Scalar(elements) => elements.scalar(at),
            ColumnData::FixedArray { length, elements } => {
                let length = *length as usize;
                elements.slice(at.checked_mul(length)?, (at + 1).checked_mul(length)?)
            }
            ColumnData::VariableArray { offsets, elements } => {
                let start = *offsets.get(at)? as usize;
                elements.slice(start, *offsets.get(at + 1)? as usize)
            }
        }
    }
}

impl RowBatch {
    /// Returns the cell of a column and a row.
    pub fn value(&self, column: usize, row: u32) -> Option<Value<'_>> {
        self.columns.get(column)?.value(row)
    }
}
