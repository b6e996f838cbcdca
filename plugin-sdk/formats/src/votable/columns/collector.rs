//! Rows, collected into columns.

use super::{CellShape, Column, ColumnData, ColumnType, ElementData, ElementKind, RowBatch};
use crate::error::{Error, Result};
use crate::limits::Ceiling;
use crate::time;
use crate::votable::field::Field;
use crate::votable::row::Row;
use crate::votable::value::Value;

/// What becomes of columns that hold times as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamps {
    /// They stay text.
    AsText,
    /// They become [`ElementKind::Instant`]; a text that is no time becomes
    /// null and is counted.
    AsInstants,
}

/// Collects rows into columns, up to a number of rows or bytes.
pub struct Columns {
    types: Vec<ColumnType>,
    builders: Vec<Builder>,
    rows: u32,
    bytes: usize,
    max_rows: u32,
    max_bytes: usize,
    unread_times: u64,
}

struct Builder {
    data: ColumnData,
    validity: Vec<u8>,
    nulls: bool,
}

impl Columns {
    /// Columns for tables with these fields, full after `max_rows` rows or 8 MiB.
    pub fn new(fields: &[Field], timestamps: Timestamps, max_rows: u32) -> Self {
        let types = fields.iter().map(|field| {
            let mut column = field.column_type();
            if timestamps == Timestamps::AsInstants && field.is_timestamp() {
                column.element = ElementKind::Instant;
            }
            column
        });
        Self::of_types(types.collect(), max_rows)
    }

    /// Columns of these types.
    pub fn of_types(types: Vec<ColumnType>, max_rows: u32) -> Self {
        let builders = types.iter().map(Builder::new).collect();
        let max_rows = max_rows.max(1);
        Self { types, builders, rows: 0, bytes: 0, max_rows, max_bytes: 8 << 20, unread_times: 0 }
    }

    /// The same, full at another number of bytes.
    pub fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The types, in the order of the fields.
    pub fn types(&self) -> &[ColumnType] {
        &self.types
    }

    /// Rows collected since the last [`take`](Self::take).
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Whether it is time to [`take`](Self::take).
    pub fn is_full(&self) -> bool {
        self.rows >= self.max_rows || self.bytes >= self.max_bytes
    }

    /// Times that could not be read and became null, of all rows so far.
    pub fn unread_times(&self) -> u64 {
        self.unread_times
    }

    /// Adds a row of a table with these fields.
    pub fn push(&mut self, row: &Row<'_>) -> Result<()> {
        if row.len() != self.builders.len() {
            return Err(Error::Unwritable {
                what: "a row".to_owned(),
                reason: format!("it has {} cells for {} columns", row.len(), self.builders.len()),
            });
        }
        let at = self.rows as usize;
        for (i, builder) in self.builders.iter_mut().enumerate() {
            match builder.push(at, row.value(i), &mut self.unread_times) {
                Some(bytes) => self.bytes += bytes,
                None => return Err(refused(&self.types, i, row)),
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Returns what was collected and starts anew.
    pub fn take(&mut self) -> RowBatch {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let columns = self.builders.iter_mut().zip(&self.types).map(|(builder, column_type)| {
            // The next batch will be about as large.
            let room = Builder::with_room(column_type, rows as usize, builder.text_bytes());
            let full = std::mem::replace(builder, room);
            Column { data: full.data, validity: full.nulls.then_some(full.validity) }
        });
        RowBatch { rows, columns: columns.collect() }
    }
}

fn refused(types: &[ColumnType], column: usize, row: &Row<'_>) -> Error {
    let name = row.fields().get(column).map_or("?", |f| f.name.as_str());
    match row.value(column) {
        Value::Text(_) | Value::Texts(_) | Value::U8s(_) => {
            Error::Limit { ceiling: Ceiling::TextBytes, limit: u32::MAX.into(), offset: 0 }
        }
        other => Error::Unwritable {
            what: format!("column `{name}`"),
            reason: format!("{other:?} in a column of {:?}", types.get(column)),
        },
    }
}

impl Builder {
    fn new(column_type: &ColumnType) -> Self {
        Self::with_room(column_type, 0, 0)
    }

    fn with_room(column_type: &ColumnType, rows: usize, text_bytes: usize) -> Self {
        let data = match column_type.shape {
            CellShape::Scalar => {
                ColumnData::Scalar(ElementData::new(column_type.element, rows, text_bytes))
            }
            CellShape::Fixed(length) => ColumnData::FixedArray {
                length,
                elements: ElementData::new(column_type.element, 0, text_bytes),
            },
            CellShape::Variable => ColumnData::VariableArray {
                offsets: vec![0],
                elements: ElementData::new(column_type.element, 0, text_bytes),
            },
        };
        Self { data, validity: Vec::with_capacity(rows.div_ceil(8)), nulls: false }
    }

    fn text_bytes(&self) -> usize {
        let (ColumnData::Scalar(elements)
        | ColumnData::FixedArray { elements, .. }
        | ColumnData::VariableArray { elements, .. }) = &self.data;
        match elements {
            ElementData::Text(text) | ElementData::Binary(text) => text.bytes.len(),
            _ => 0,
        }
    }

    /// Adds the value of row `at`; returns about how many bytes it took, or
    /// `None` if it does not fit the column.
    fn push(&mut self, at: usize, value: Value<'_>, unread_times: &mut u64) -> Option<usize> {
        let mut valid = !value.is_null();
        let bytes = match &mut self.data {
            ColumnData::Scalar(elements) => {
                if valid && elements.kind() == ElementKind::Instant && is_unread_time(&value) {
                    *unread_times += 1;
                    valid = false;
                }
                if valid {
                    let before = elements.byte_len();
                    if elements.append(value)? != 1 {
                        return None;
                    }
                    elements.byte_len() - before
                } else {
                    elements.append_zeros(1);
                    8
                }
            }
            ColumnData::FixedArray { length, elements } => {
                let before = elements.byte_len();
                if valid {
                    if elements.append(value)? != *length {
                        return None;
                    }
                } else {
                    elements.append_zeros(*length);
                }
                elements.byte_len() - before
            }
            ColumnData::VariableArray { offsets, elements } => {
                let before = elements.byte_len();
                if valid {
                    elements.append(value)?;
                }
                offsets.push(elements.count()?);
                elements.byte_len() - before + 4
            }
        };
        if at.is_multiple_of(8) {
            self.validity.push(0);
        }
        if valid {
            *self.validity.last_mut()? |= 1 << (at % 8);
        } else {
            self.nulls = true;
        }
        Some(bytes)
    }
}

fn is_unread_time(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(text) if time::parse_timestamp(text).is_none())
}
