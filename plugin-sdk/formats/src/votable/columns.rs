//! Rows as typed columns, in the shapes of the plugin contract's `tabular`
//! interface: Arrow's layout, little words, bitmaps with the lowest bit first.

use crate::error::{Error, Result};
use crate::limits::Ceiling;
use crate::time;
use crate::votable::field::Field;
use crate::votable::row::Row;
use crate::votable::value::{Bools, Texts, Value, bit};

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
            let full = std::mem::replace(builder, Builder::with_room(column_type, rows as usize));
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
        Self::with_room(column_type, 0)
    }

    fn with_room(column_type: &ColumnType, rows: usize) -> Self {
        let data = match column_type.shape {
            CellShape::Scalar => ColumnData::Scalar(ElementData::new(column_type.element, rows)),
            CellShape::Fixed(length) => ColumnData::FixedArray {
                length,
                elements: ElementData::new(column_type.element, 0),
            },
            CellShape::Variable => ColumnData::VariableArray {
                offsets: vec![0],
                elements: ElementData::new(column_type.element, 0),
            },
        };
        Self { data, validity: Vec::with_capacity(rows.div_ceil(8)), nulls: false }
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
        if at % 8 == 0 {
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

impl ElementData {
    fn new(kind: ElementKind, room: usize) -> Self {
        match kind {
            ElementKind::Boolean => Self::Boolean(0, Vec::with_capacity(room.div_ceil(8))),
            ElementKind::Unsigned8 => Self::Unsigned8(Vec::with_capacity(room)),
            ElementKind::Signed16 => Self::Signed16(Vec::with_capacity(room)),
            ElementKind::Signed32 => Self::Signed32(Vec::with_capacity(room)),
            ElementKind::Signed64 => Self::Signed64(Vec::with_capacity(room)),
            ElementKind::Float32 => Self::Float32(Vec::with_capacity(room)),
            ElementKind::Float64 => Self::Float64(Vec::with_capacity(room)),
            ElementKind::Instant => Self::Instant(Vec::with_capacity(room)),
            ElementKind::Text => Self::Text(TextData::with_room(room)),
            ElementKind::Binary => Self::Binary(TextData::with_room(room)),
        }
    }

    /// The type of the elements.
    pub fn kind(&self) -> ElementKind {
        match self {
            Self::Boolean(..) => ElementKind::Boolean,
            Self::Unsigned8(_) => ElementKind::Unsigned8,
            Self::Signed16(_) => ElementKind::Signed16,
            Self::Signed32(_) => ElementKind::Signed32,
            Self::Signed64(_) => ElementKind::Signed64,
            Self::Float32(_) => ElementKind::Float32,
            Self::Float64(_) => ElementKind::Float64,
            Self::Instant(_) => ElementKind::Instant,
            Self::Text(_) => ElementKind::Text,
            Self::Binary(_) => ElementKind::Binary,
        }
    }

    /// How many elements; `None` if more than offsets can say.
    fn count(&self) -> Option<u32> {
        let count = match self {
            Self::Boolean(count, _) => return Some(*count),
            Self::Unsigned8(v) => v.len(),
            Self::Signed16(v) => v.len(),
            Self::Signed32(v) => v.len(),
            Self::Signed64(v) | Self::Instant(v) => v.len(),
            Self::Float32(v) => v.len(),
            Self::Float64(v) => v.len(),
            Self::Text(v) | Self::Binary(v) => v.offsets.len() - 1,
        };
        u32::try_from(count).ok()
    }

    fn byte_len(&self) -> usize {
        match self {
            Self::Boolean(_, v) | Self::Unsigned8(v) => v.len(),
            Self::Signed16(v) => v.len() * 2,
            Self::Signed32(v) => v.len() * 4,
            Self::Signed64(v) | Self::Instant(v) => v.len() * 8,
            Self::Float32(v) => v.len() * 4,
            Self::Float64(v) => v.len() * 8,
            Self::Text(v) | Self::Binary(v) => v.bytes.len() + v.offsets.len() * 4,
        }
    }

    fn append_zeros(&mut self, n: u32) {
        let more = n as usize;
        match self {
            Self::Boolean(count, bits) => {
                *count += n;
                bits.resize((*count as usize).div_ceil(8), 0);
            }
            Self::Unsigned8(v) => v.resize(v.len() + more, 0),
            Self::Signed16(v) => v.resize(v.len() + more, 0),
            Self::Signed32(v) => v.resize(v.len() + more, 0),
            Self::Signed64(v) | Self::Instant(v) => v.resize(v.len() + more, 0),
            Self::Float32(v) => v.resize(v.len() + more, 0.0),
            Self::Float64(v) => v.resize(v.len() + more, 0.0),
            Self::Text(v) | Self::Binary(v) => {
                let end = v.offsets.last().copied().unwrap_or(0);
                v.offsets.resize(v.offsets.len() + more, end);
            }
        }
    }

    /// Adds the elements of `value`; returns how many, or `None` if they are of
    /// another type or too many.
    fn append(&mut self, value: Value<'_>) -> Option<u32> {
        let added = match (self, value) {
            (Self::Boolean(count, bits), Value::Bool(v)) => {
                push_bit(count, bits, v)?;
                1
            }
            (Self::Boolean(count, bits), Value::Bools(v)) => {
                for value in v.iter() {
                    push_bit(count, bits, value)?;
                }
                v.len()
            }
            (Self::Unsigned8(all), Value::U8(v)) => push(all, v),
            (Self::Unsigned8(all), Value::U8s(v) | Value::Binary(v)) => extend(all, v),
            (Self::Signed16(all), Value::I16(v)) => push(all, v),
            (Self::Signed16(all), Value::I16s(v)) => extend(all, v),
            (Self::Signed32(all), Value::I32(v)) => push(all, v),
            (Self::Signed32(all), Value::I32s(v)) => extend(all, v),
            (Self::Signed64(all), Value::I64(v)) => push(all, v),
            (Self::Signed64(all), Value::I64s(v)) => extend(all, v),
            (Self::Float32(all), Value::F32(v)) => push(all, v),
            (Self::Float32(all), Value::F32s(v)) => extend(all, v),
            (Self::Float64(all), Value::F64(v)) => push(all, v),
            (Self::Float64(all), Value::F64s(v)) => extend(all, v),
            (Self::Instant(all), Value::Instant(v)) => push(all, v),
            (Self::Instant(all), Value::Instants(v)) => extend(all, v),
            (Self::Instant(all), Value::Text(v)) => push(all, time::parse_timestamp(v)?),
            (Self::Instant(all), Value::Texts(v)) => {
                for text in v.iter() {
                    all.push(time::parse_timestamp(text).unwrap_or(0));
                }
                v.len()
            }
            (Self::Text(all), Value::Text(v)) => all.push(v.as_bytes())?,
            (Self::Text(all), Value::Texts(v)) => {
                for text in v.iter() {
                    all.push(text.as_bytes())?;
                }
                v.len()
            }
            (Self::Binary(all), Value::Binary(v) | Value::U8s(v)) => all.push(v)?,
            _ => return None,
        };
        u32::try_from(added).ok()
    }

    /// Returns element `at`.
    fn scalar(&self, at: usize) -> Option<Value<'_>> {
        Some(match self {
            Self::Boolean(count, bits) => {
                if at >= *count as usize {
                    return None;
                }
                Value::Bool(bit(bits, at))
            }
            Self::Unsigned8(v) => Value::U8(*v.get(at)?),
            Self::Signed16(v) => Value::I16(*v.get(at)?),
            Self::Signed32(v) => Value::I32(*v.get(at)?),
            Self::Signed64(v) => Value::I64(*v.get(at)?),
            Self::Float32(v) => Value::F32(*v.get(at)?),
            Self::Float64(v) => Value::F64(*v.get(at)?),
            Self::Instant(v) => Value::Instant(*v.get(at)?),
            Self::Text(v) => Value::Text(std::str::from_utf8(v.entry(at)?).ok()?),
            Self::Binary(v) => Value::Binary(v.entry(at)?),
        })
    }

    /// Returns elements `start` to `end`.
    fn slice(&self, start: usize, end: usize) -> Option<Value<'_>> {
        Some(match self {
            Self::Boolean(count, bits) => {
                if start > end || end > *count as usize {
                    return None;
                }
                Value::Bools(Bools::Bits { bits, start, len: end - start })
            }
            Self::Unsigned8(v) => Value::U8s(v.get(start..end)?),
            Self::Signed16(v) => Value::I16s(v.get(start..end)?),
            Self::Signed32(v) => Value::I32s(v.get(start..end)?),
            Self::Signed64(v) => Value::I64s(v.get(start..end)?),
            Self::Float32(v) => Value::F32s(v.get(start..end)?),
            Self::Float64(v) => Value::F64s(v.get(start..end)?),
            Self::Instant(v) => Value::Instants(v.get(start..end)?),
            Self::Text(v) => Value::Texts(Texts::new(v.offsets.get(start..=end)?, &v.bytes)),
            Self::Binary(_) => return None,
        })
    }
}

fn push<T>(all: &mut Vec<T>, value: T) -> usize {
    all.push(value);
    1
}

fn extend<T: Copy>(all: &mut Vec<T>, values: &[T]) -> usize {
    all.extend_from_slice(values);
    values.len()
}

fn push_bit(count: &mut u32, bits: &mut Vec<u8>, value: bool) -> Option<()> {
    if *count % 8 == 0 {
        bits.push(0);
    }
    if value {
        *bits.last_mut()? |= 1 << (*count % 8);
    }
    *count = count.checked_add(1)?;
    Some(())
}

impl TextData {
    fn with_room(entries: usize) -> Self {
        let mut offsets = Vec::with_capacity(entries + 1);
        offsets.push(0);
        Self { offsets, bytes: Vec::new() }
    }

    fn push(&mut self, entry: &[u8]) -> Option<usize> {
        let end = u32::try_from(self.bytes.len() + entry.len()).ok()?;
        self.bytes.extend_from_slice(entry);
        self.offsets.push(end);
        Some(1)
    }

    /// Returns entry `at`.
    pub fn entry(&self, at: usize) -> Option<&[u8]> {
        let start = *self.offsets.get(at)? as usize;
        let end = *self.offsets.get(at + 1)? as usize;
        self.bytes.get(start..end)
    }
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
