//! The text of a TABLEDATA cell as a value of its column (VOTable 1.5, 6).

use crate::votable::columns::CellShape;
use crate::votable::datatype::Datatype;
use crate::votable::layout::{Layout, Null, integer};
use crate::votable::row::{RowBuffer, Slot};

/// Adds the cell that `text` says to `row`.
///
/// An empty text is null whatever the type; so is a scalar that is written as
/// the column's null value, `NaN`, or the word `null` that some services write.
/// The error says what would have been right.
pub(crate) fn read(text: &str, layout: &Layout, row: &mut RowBuffer) -> Result<(), &'static str> {
    if layout.datatype.is_text() {
        return texts(text, layout, row);
    }
    let text = text.trim_ascii();
    if text.is_empty() {
        row.slots.push(Slot::Null);
        return Ok(());
    }
    if layout.shape != CellShape::Scalar {
        return array(text, layout, row);
    }
    let slot = match layout.datatype {
        Datatype::Boolean => match boolean(text).ok_or("a boolean (T, F, ?)")? {
            Some(value) => Slot::Bool(value),
            None => Slot::Null,
        },
        Datatype::Bit => match text {
            "0" => Slot::Bool(false),
            "1" => Slot::Bool(true),
            _ => return Err("a bit (0 or 1)"),
        },
        Datatype::UnsignedByte => {
            scalar(text, layout, "an integer of 0 to 255", |n| u8::try_from(n).ok().map(Slot::U8))?
        }
        Datatype::Short => {
            scalar(text, layout, "an integer of 16 bits", |n| n.try_into().ok().map(Slot::I16))?
        }
        Datatype::Int => {
            scalar(text, layout, "an integer of 32 bits", |n| n.try_into().ok().map(Slot::I32))?
        }
        Datatype::Long => scalar(text, layout, "an integer of 64 bits", |n| Some(Slot::I64(n)))?,
        Datatype::Float => {
            if is_null_word(text) {
                Slot::Null
            } else {
                float_32(number(text).ok_or("a number")?, layout)
            }
        }
        Datatype::Double => {
            if is_null_word(text) {
                Slot::Null
            } else {
                float_64(number(text).ok_or("a number")?, layout)
            }
        }
        Datatype::FloatComplex
        | Datatype::DoubleComplex
        | Datatype::Char
        | Datatype::UnicodeChar => unreachable_shape()?,
    };
    row.slots.push(slot);
    Ok(())
}

fn unreachable_shape() -> Result<Slot, &'static str> {
    Err("an array")
}

/// Returns a float that was read, or null for NaN and the column's null value.
pub(crate) fn float_32(value: f32, layout: &Layout) -> Slot {
    if value.is_nan() || matches!(layout.null, Null::Float(null) if null as f32 == value) {
        Slot::Null
    } else {
        Slot::F32(value)
    }
}

/// Returns a double that was read, or null for NaN and the column's null value.
pub(crate) fn float_64(value: f64, layout: &Layout) -> Slot {
    if value.is_nan() || matches!(layout.null, Null::Float(null) if null == value) {
        Slot::Null
    } else {
        Slot::F64(value)
    }
}

fn scalar(
    text: &str,
    layout: &Layout,
    expected: &'static str,
    slot: impl Fn(i64) -> Option<Slot>,
) -> Result<Slot, &'static str> {
    match integer(text) {
        Some(value) if layout.null == Null::Integer(value) => Ok(Slot::Null),
        Some(value) => slot(value).ok_or(expected),
        None if is_null_word(text) => Ok(Slot::Null),
        None => Err(expected),
    }
}

/// Words for null that are no numbers.
fn is_null_word(text: &str) -> bool {
    text.len() <= 4 && (text.eq_ignore_ascii_case("nan") || text.eq_ignore_ascii_case("null"))
}

/// Reads a float; Fortran's `D` exponents too.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    match text.parse() {
        Ok(value) => Some(value),
        Err(_) if text.bytes().any(|b| b == b'D' || b == b'd') => {
            text.replace(['D', 'd'], "e").parse().ok()
        }
        Err(_) => None,
    }
}

/// `Some(None)` is null, `None` is no boolean.
pub(crate) fn boolean(text: &str) -> Option<Option<bool>> {
    match text {
        "T" | "t" | "1" => Some(Some(true)),
        "F" | "f" | "0" => Some(Some(false)),
        "?" | "" | " " => Some(None),
        _ if text.eq_ignore_ascii_case("true") => Some(Some(true)),
        _ if text.eq_ignore_ascii_case("false") => Some(Some(false)),
        _ if text.eq_ignore_ascii_case("null") => Some(None),
        _ => None,
    }
}

fn array(text: &str, layout: &Layout, row: &mut RowBuffer) -> Result<(), &'static str> {
    const COUNT: &str = "an array of the declared size";
    let expected = match layout.shape {
        CellShape::Fixed(n) => Some(n as usize),
        CellShape::Variable | CellShape::Scalar => None,
    };
    let counted = |found: usize| match expected {
        Some(expected) => found == expected,
        None => found.is_multiple_of(layout.elements(layout.item_primitives).max(1)),
    };
    macro_rules! numbers {
        ($buffer:ident, $slot:ident, $words:literal, $read:expr) => {{
            let start = row.$buffer.len();
            for word in text.split_ascii_whitespace() {
                row.$buffer.push($read(word).ok_or($words)?);
            }
            let end = row.$buffer.len();
            if !counted(end - start) {
                return Err(COUNT);
            }
            Slot::$slot(start, end)
        }};
    }
    let slot = match layout.datatype {
        Datatype::Bit => {
            let start = row.bools.len();
            for byte in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
                match byte {
                    b'0' => row.bools.push(false),
                    b'1' => row.bools.push(true),
                    _ => return Err("bits (0 or 1)"),
                }
            }
            let end = row.bools.len();
            if !counted(end - start) {
                return Err(COUNT);
            }
            Slot::Bools(start, end)
        }
        Datatype::Boolean => {
            let start = row.bools.len();
            for word in text.split_ascii_whitespace() {
                match boolean(word) {
                    Some(value) => row.bools.push(value.unwrap_or(false)),
                    // Letters without blanks between them, as in a row stream.
                    None => {
                        for letter in word.split("").filter(|letter| !letter.is_empty()) {
                            let value = boolean(letter).ok_or("booleans (T, F, ?)")?;
                            row.bools.push(value.unwrap_or(false));
                        }
                    }
                }
            }
            let end = row.bools.len();
            if !counted(end - start) {
                return Err(COUNT);
            }
            Slot::Bools(start, end)
        }
        Datatype::UnsignedByte => {
            numbers!(u8s, U8s, "integers of 0 to 255", |w| integer(w)
                .and_then(|n| u8::try_from(n).ok()))
        }
        Datatype::Short => numbers!(i16s, I16s, "integers of 16 bits", |w| integer(w)
            .and_then(|n| i16::try_from(n).ok())),
        Datatype::Int => numbers!(i32s, I32s, "integers of 32 bits", |w| integer(w)
            .and_then(|n| i32::try_from(n).ok())),
        Datatype::Long => numbers!(i64s, I64s, "integers of 64 bits", integer),
        Datatype::Float | Datatype::FloatComplex => {
            let slot = numbers!(f32s, F32s, "numbers", number);
            if expected.is_some() && all_nan(&row.f32s, slot) { Slot::Null } else { slot }
        }
        Datatype::Double | Datatype::DoubleComplex => {
            let slot = numbers!(f64s, F64s, "numbers", number);
            if expected.is_some() && all_nan(&row.f64s, slot) { Slot::Null } else { slot }
        }
        Datatype::Char | Datatype::UnicodeChar => unreachable_shape()?,
    };
    row.slots.push(slot);
    Ok(())
}

/// Whether an array of fixed size is all NaN, which is how writers say that a
/// point or circle is null where the format has no other way.
pub(crate) fn all_nan<T: Copy + PartialEq>(all: &[T], slot: Slot) -> bool {
    let (Slot::F32s(start, end) | Slot::F64s(start, end)) = slot else { return false };
    // NaN is the one value that differs from itself.
    #[expect(clippy::eq_op, reason = "the test for NaN that works for both widths")]
    let nan = |v: &T| *v != *v;
    start < end && all[start..end].iter().all(nan)
}

/// Adds a text or a list of texts; shared with the row streams.
pub(crate) fn texts(text: &str, layout: &Layout, row: &mut RowBuffer) -> Result<(), &'static str> {
    let Some(width) = layout.text_width else {
        if matches!(&layout.null, Null::Text(null) if null == text) {
            row.slots.push(Slot::Null);
        } else {
            row.push_text(text);
        }
        return Ok(());
    };
    if layout.shape == CellShape::Scalar {
        let text = unpadded(text);
        if matches!(&layout.null, Null::Text(null) if unpadded(null) == text) {
            row.slots.push(Slot::Null);
        } else {
            row.push_text(text);
        }
        return Ok(());
    }
    let start = row.offsets.len();
    row.offsets.push(row.text_offset());
    let mut filled = row.offsets.len();
    let mut rest = text;
    while !rest.is_empty() && width > 0 {
        let cut = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
        let (item, more) = rest.split_at(cut);
        rest = more;
        row.text.push_str(unpadded(item));
        let end = row.text_offset();
        let is_empty = row.offsets.last() == Some(&end);
        row.offsets.push(end);
        if !is_empty {
            filled = row.offsets.len();
        }
    }
    // Padding items at the end are no items; an empty one between others keeps its place.
    row.offsets.truncate(filled);
    let found = filled - start - 1;
    if found == 0 {
        row.offsets.truncate(start);
        row.slots.push(Slot::Null);
        return Ok(());
    }
    if let CellShape::Fixed(expected) = layout.shape {
        let expected = expected as usize;
        if found > expected {
            return Err("a list of the declared size");
        }
        let end = row.text_offset();
        row.offsets.resize(start + 1 + expected, end);
    }
    row.slots.push(Slot::Texts(start, row.offsets.len()));
    Ok(())
}

/// Returns `text` without its padding: all from the first NUL on, and blanks before that.
fn unpadded(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default().trim_end_matches([' ', '\t', '\r', '\n'])
}
