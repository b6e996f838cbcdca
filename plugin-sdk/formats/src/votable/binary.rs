//! Rows of BINARY and BINARY2 streams (VOTable 1.5, 7.3 and 7.4): big-endian
//! cells one after the other, in BINARY2 each row behind a mask of nulls.

use std::io::Read;

use crate::error::{Error, Result};
use crate::input::Input;
use crate::limits::{Ceiling, Limits};
use crate::votable::cell_text::{all_nan, boolean, float_32, float_64, texts};
use crate::votable::columns::CellShape;
use crate::votable::datatype::Datatype;
use crate::votable::layout::{Layout, Null};
use crate::votable::row::{RowBuffer, Slot};
use crate::votable::stream::Base64Stream;

/// Reads rows out of a stream.
pub(crate) struct BinaryRows {
    stream: Base64Stream,
    /// Bytes of the mask before each row; 0 in BINARY.
    mask_bytes: usize,
    mask: Vec<u8>,
    scratch: String,
    max_cell_bytes: usize,
}

impl BinaryRows {
    pub(crate) fn new(binary2: bool, fields: usize, limits: &Limits) -> Self {
        Self {
            stream: Base64Stream::default(),
            mask_bytes: if binary2 { fields.div_ceil(8) } else { 0 },
            mask: Vec::new(),
            scratch: String::new(),
            max_cell_bytes: limits.text_bytes,
        }
    }

    /// Reads the next row; `false` at the end of the stream.
    pub(crate) fn read<R: Read>(
        &mut self,
        input: &mut Input<R>,
        layouts: &[Layout],
        row: &mut RowBuffer,
        number: u64,
    ) -> Result<bool> {
        row.clear();
        if !self.stream.look_ahead(1, input, number)? {
            return Ok(false);
        }
        // A row of no bytes would go on for ever.
        let is_empty = |layout: &Layout| layout.fixed_primitives == Some(0);
        if self.mask_bytes == 0 && layouts.iter().all(is_empty) {
            return Err(broken(input, number, "it has bytes and the fields have none"));
        }
        self.need(self.mask_bytes, input, number)?;
        self.mask.clear();
        self.mask.extend_from_slice(&self.stream.window()[..self.mask_bytes]);
        self.stream.consume(self.mask_bytes);
        for (i, layout) in layouts.iter().enumerate() {
            self.cell(input, layout, row, number)?;
            // VOTable 1.5, 7.4: the leftmost bit of the first byte is the first field.
            let masked = self.mask.get(i / 8).is_some_and(|byte| byte << (i % 8) & 0x80 != 0);
            if masked && let Some(slot) = row.slots.last_mut() {
                *slot = Slot::Null;
            }
        }
        Ok(true)
    }

    fn cell<R: Read>(
        &mut self,
        input: &mut Input<R>,
        layout: &Layout,
        row: &mut RowBuffer,
        number: u64,
    ) -> Result<()> {
        let primitives = match layout.fixed_primitives {
            Some(primitives) => primitives,
            None => {
                self.need(4, input, number)?;
                let count = i32::from_be_bytes(first(self.stream.window()));
                self.stream.consume(4);
                let Ok(count) = usize::try_from(count) else {
                    return Err(broken(input, number, "the size of an array is negative"));
                };
                if count % layout.item_primitives != 0 {
                    return Err(broken(
                        input,
                        number,
                        "an array is no multiple of its fixed dimensions",
                    ));
                }
                count
            }
        };
        let bytes = match layout.datatype {
            Datatype::Bit => primitives.div_ceil(8),
            _ => primitives.saturating_mul(layout.primitive_bytes()),
        };
        if bytes > self.max_cell_bytes {
            return Err(Error::Limit {
                ceiling: Ceiling::TextBytes,
                limit: self.max_cell_bytes as u64,
                offset: input.offset(),
            });
        }
        if primitives == 0 && self.mask_bytes == 0 {
            // Without a mask nothing else can say null, as in TABLEDATA.
            row.slots.push(Slot::Null);
            return Ok(());
        }
        self.need(bytes, input, number)?;
        let cell = &self.stream.window()[..bytes];
        match layout.datatype {
            Datatype::Char => {
                // ASCII by the standard, in practice UTF-8, else taken as Latin-1.
                match std::str::from_utf8(cell) {
                    Ok(text) => push_texts(text, cell, layout, row),
                    Err(_) => {
                        self.scratch.clear();
                        self.scratch.extend(cell.iter().map(|&byte| char::from(byte)));
                        texts(until_nul(&self.scratch, layout), layout, row)
                    }
                }
                .map_err(|expected| broken(input, number, expected))?;
            }
            Datatype::UnicodeChar => {
                self.scratch.clear();
                let units = cell.chunks_exact(2).map(|pair| u16::from_be_bytes(first(pair)));
                self.scratch.extend(
                    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)),
                );
                texts(&self.scratch, layout, row)
                    .map_err(|expected| broken(input, number, expected))?;
            }
            _ if layout.shape == CellShape::Scalar => row.slots.push(scalar(cell, layout)),
            _ => array(cell, primitives, layout, row),
        }
        self.stream.consume(bytes);
        Ok(())
    }

    fn need<R: Read>(&mut self, bytes: usize, input: &mut Input<R>, number: u64) -> Result<()> {
        if self.stream.window().len() >= bytes || self.stream.look_ahead(bytes, input, number)? {
            return Ok(());
        }
        Err(broken(input, number, "it ends inside of the row"))
    }
}

fn broken<R: Read>(input: &Input<R>, row: u64, reason: &str) -> Error {
    Error::BadStream { row, reason: reason.to_owned(), offset: input.offset() }
}

/// A NUL ends a text of variable length, as in C; some servers count it in.
fn until_nul<'a>(text: &'a str, layout: &Layout) -> &'a str {
    match text.find('\0') {
        Some(at) if layout.text_width.is_none() => &text[..at],
        Some(_) | None => text,
    }
}

/// In BINARY a text list counts bytes, not characters.
fn push_texts(
    text: &str,
    cell: &[u8],
    layout: &Layout,
    row: &mut RowBuffer,
) -> Result<(), &'static str> {
    let is_list = layout.shape != CellShape::Scalar;
    if !is_list || text.is_ascii() {
        return texts(until_nul(text, layout), layout, row);
    }
    // Items of several bytes a character: cut by bytes, then give each the width in characters.
    let width = layout.text_width.unwrap_or(1).max(1);
    let mut padded = String::with_capacity(cell.len());
    for item in cell.chunks(width) {
        let item = String::from_utf8_lossy(item);
        padded.push_str(&item);
        let missing = width.saturating_sub(item.chars().count());
        padded.extend(std::iter::repeat_n(' ', missing));
    }
    texts(&padded, layout, row)
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    if let Some(head) = bytes.get(..N) {
        array.copy_from_slice(head);
    }
    array
}

fn scalar(cell: &[u8], layout: &Layout) -> Slot {
    let integer = |value: i64, slot: Slot| {
        if layout.null == Null::Integer(value) { Slot::Null } else { slot }
    };
    match layout.datatype {
        Datatype::Boolean => boolean_byte(cell.first().copied()).map_or(Slot::Null, Slot::Bool),
        Datatype::Bit => Slot::Bool(cell.first().is_some_and(|byte| byte & 0x80 != 0)),
        Datatype::UnsignedByte => {
            let [value] = first(cell);
            integer(value.into(), Slot::U8(value))
        }
        Datatype::Short => {
            let value = i16::from_be_bytes(first(cell));
            integer(value.into(), Slot::I16(value))
        }
        Datatype::Int => {
            let value = i32::from_be_bytes(first(cell));
            integer(value.into(), Slot::I32(value))
        }
        Datatype::Long => {
            let value = i64::from_be_bytes(first(cell));
            integer(value, Slot::I64(value))
        }
        Datatype::Float => float_32(f32::from_be_bytes(first(cell)), layout),
        Datatype::Double => float_64(f64::from_be_bytes(first(cell)), layout),
        // Never scalars here.
        Datatype::Char
        | Datatype::UnicodeChar
        | Datatype::FloatComplex
        | Datatype::DoubleComplex => Slot::Null,
    }
}

/// VOTable 1.5, 6: `T`, `t`, `1` and their opposites; NUL, blank and `?` are null.
fn boolean_byte(byte: Option<u8>) -> Option<bool> {
    match byte? {
        // Some writers put the number itself.
        1 => Some(true),
        byte => boolean(std::str::from_utf8(&[byte]).unwrap_or_default()).flatten(),
    }
}

fn array(cell: &[u8], primitives: usize, layout: &Layout, row: &mut RowBuffer) {
    macro_rules! numbers {
        ($buffer:ident, $slot:ident, $type:ty) => {{
            let start = row.$buffer.len();
            let words = cell.chunks_exact(size_of::<$type>());
            row.$buffer.extend(words.map(|word| <$type>::from_be_bytes(first(word))));
            Slot::$slot(start, row.$buffer.len())
        }};
    }
    let fixed = layout.fixed_primitives.is_some();
    let slot = match layout.datatype {
        Datatype::Boolean => {
            let start = row.bools.len();
            row.bools.extend(cell.iter().map(|&byte| boolean_byte(Some(byte)).unwrap_or(false)));
            Slot::Bools(start, row.bools.len())
        }
        Datatype::Bit => {
            let start = row.bools.len();
            let bit = |i: usize| cell.get(i / 8).is_some_and(|byte| byte << (i % 8) & 0x80 != 0);
            row.bools.extend((0..primitives).map(bit));
            Slot::Bools(start, row.bools.len())
        }
        Datatype::UnsignedByte => {
            let start = row.u8s.len();
            row.u8s.extend_from_slice(cell);
            Slot::U8s(start, row.u8s.len())
        }
        Datatype::Short => numbers!(i16s, I16s, i16),
        Datatype::Int => numbers!(i32s, I32s, i32),
        Datatype::Long => numbers!(i64s, I64s, i64),
        Datatype::Float | Datatype::FloatComplex => {
            let slot = numbers!(f32s, F32s, f32);
            if fixed && all_nan(&row.f32s, slot) { Slot::Null } else { slot }
        }
        Datatype::Double | Datatype::DoubleComplex => {
            let slot = numbers!(f64s, F64s, f64);
            if fixed && all_nan(&row.f64s, slot) { Slot::Null } else { slot }
        }
        Datatype::Char | Datatype::UnicodeChar => Slot::Null,
    };
    row.slots.push(slot);
}
