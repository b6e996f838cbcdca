//! One row of a table, in buffers that the next row uses again.

use crate::votable::field::Field;
use crate::votable::value::{Bools, Cell, Texts, Value};

/// One row, lent by the reader until the next one is asked for.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    fields: &'a [Field],
    buffer: &'a RowBuffer,
    number: u64,
}

impl<'a> Row<'a> {
    pub(crate) fn new(fields: &'a [Field], buffer: &'a RowBuffer, number: u64) -> Self {
        Self { fields, buffer, number }
    }

    /// Its place in the table, counted from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The columns.
    pub fn fields(&self) -> &'a [Field] {
        self.fields
    }

    /// How many cells, as many as there are fields.
    pub fn len(&self) -> usize {
        self.buffer.slots.len()
    }

    /// Whether the table has no columns.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the cell of column `index`; beyond the last column null.
    pub fn value(&self, index: usize) -> Value<'a> {
        self.buffer.value(index)
    }

    /// Returns the cells in the order of the fields.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let buffer = self.buffer;
        (0..buffer.slots.len()).map(move |i| buffer.value(i))
    }

    /// Returns an owned copy.
    pub fn to_cells(&self) -> Vec<Cell> {
        self.values().map(|value| value.to_cell()).collect()
    }
}

/// Where a cell's value is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    Null,
    Bool(bool),
    U8(u8),
    I16(i16),
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    /// In `text`.
    Text(usize, usize),
    Bools(usize, usize),
    U8s(usize, usize),
    I16s(usize, usize),
    I32s(usize, usize),
    I64s(usize, usize),
    F32s(usize, usize),
    F64s(usize, usize),
    /// In `offsets`, one more than there are texts.
    Texts(usize, usize),
}

/// The values of one row.
#[derive(Default)]
pub(crate) struct RowBuffer {
    pub(crate) slots: Vec<Slot>,
    pub(crate) text: String,
    pub(crate) offsets: Vec<u32>,
    pub(crate) bools: Vec<bool>,
    pub(crate) u8s: Vec<u8>,
    pub(crate) i16s: Vec<i16>,
    pub(crate) i32s: Vec<i32>,
    pub(crate) i64s: Vec<i64>,
    pub(crate) f32s: Vec<f32>,
    pub(crate) f64s: Vec<f64>,
}

impl RowBuffer {
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.text.clear();
        self.offsets.clear();
        self.bools.clear();
        self.u8s.clear();
        self.i16s.clear();
        self.i32s.clear();
        self.i64s.clear();
        self.f32s.clear();
        self.f64s.clear();
    }

    /// Adds a text cell; an empty one is null.
    pub(crate) fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            self.slots.push(Slot::Null);
        } else {
            let start = self.text.len();
            self.text.push_str(text);
            self.slots.push(Slot::Text(start, self.text.len()));
        }
    }

    /// The end of the texts so far, as an offset.
    pub(crate) fn text_offset(&self) -> u32 {
        // The buffer holds one row, whose cells are bounded far below 4 GiB together.
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn value(&self, index: usize) -> Value<'_> {
        let Some(slot) = self.slots.get(index) else { return Value::Null };
        match *slot {
            Slot::Null => Value::Null,
            Slot::Bool(v) => Value::Bool(v),
            Slot::U8(v) => Value::U8(v),
            Slot::I16(v) => Value::I16(v),
            Slot::I32(v) => Value::I32(v),
            Slot::I64(v) => Value::I64(v),
            Slot::F32(v) => Value::F32(v),
            Slot::F64(v) => Value::F64(v),
            Slot::Text(start, end) => Value::Text(&self.text[start..end]),
            Slot::Bools(start, end) => Value::Bools(Bools::Bytes(&self.bools[start..end])),
            Slot::U8s(start, end) => Value::U8s(&self.u8s[start..end]),
            Slot::I16s(start, end) => Value::I16s(&self.i16s[start..end]),
            Slot::I32s(start, end) => Value::I32s(&self.i32s[start..end]),
            Slot::I64s(start, end) => Value::I64s(&self.i64s[start..end]),
            Slot::F32s(start, end) => Value::F32s(&self.f32s[start..end]),
            Slot::F64s(start, end) => Value::F64s(&self.f64s[start..end]),
            Slot::Texts(start, end) => {
                Value::Texts(Texts::new(&self.offsets[start..end], self.text.as_bytes()))
            }
        }
    }
}
