//! A value as the big-endian bytes of a row stream (VOTable 1.5, 7.3).

use crate::time;
use crate::votable::columns::CellShape;
use crate::votable::datatype::Datatype;
use crate::votable::layout::{Layout, Null};
use crate::votable::value::{Bools, Value};
use crate::votable::writer::cell_text::{fits, fits_texts};

/// Appends the cell's bytes; the error says why the value does not fit its column.
/// `masked` says that a mask in front of the row tells nulls.
pub(super) fn write(
    value: Value<'_>,
    layout: &Layout,
    masked: bool,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let scalar = layout.shape == CellShape::Scalar;
    match (value, layout.datatype) {
        (Value::Null, _) => null(layout, masked, out)?,
        (Value::Bool(v), Datatype::Boolean) if scalar => out.push(boolean(v)),
        (Value::Bool(v), Datatype::Bit) if scalar => out.push(if v { 0x80 } else { 0 }),
        (Value::Bools(v), Datatype::Boolean) => {
            array(v.len(), layout, out)?;
            out.extend(v.iter().map(boolean));
        }
        (Value::Bools(v), Datatype::Bit) => {
            array(v.len(), layout, out)?;
            bits(v, out);
        }
        (Value::U8(_) | Value::I16(_) | Value::I32(_) | Value::I64(_), _) if scalar => {
            let integer = integer_fits(value, layout)?;
            if !masked && layout.null == Null::Integer(integer) {
                return Err(format!("{integer} is the column's value for null"));
            }
            push_integer(integer, layout, out);
        }
        (Value::F32(v), Datatype::Float) if scalar => out.extend(v.to_be_bytes()),
        (Value::F32(v), Datatype::Double) if scalar => out.extend(f64::from(v).to_be_bytes()),
        (Value::F64(v), Datatype::Double) if scalar => out.extend(v.to_be_bytes()),
        (Value::U8s(v) | Value::Binary(v), Datatype::UnsignedByte) => {
            array(v.len(), layout, out)?;
            out.extend_from_slice(v);
        }
        (Value::I16s(v), Datatype::Short) => {
            array(v.len(), layout, out)?;
            out.extend(v.iter().flat_map(|v| v.to_be_bytes()));
        }
        (Value::I32s(v), Datatype::Int) => {
            array(v.len(), layout, out)?;
            out.extend(v.iter().flat_map(|v| v.to_be_bytes()));
        }
        (Value::I64s(v), Datatype::Long) => {
            array(v.len(), layout, out)?;
            out.extend(v.iter().flat_map(|v| v.to_be_bytes()));
        }
        (Value::F32s(v), Datatype::Float | Datatype::FloatComplex) => {
            array(v.len(), layout, out)?;
            out.extend(v.iter().flat_map(|v| v.to_be_bytes()));
        }
        (Value::F64s(v), Datatype::Double | Datatype::DoubleComplex) => {
            array(v.len(), layout, out)?;
            out.extend(v.iter().flat_map(|v| v.to_be_bytes()));
        }
        (Value::Text(v), Datatype::Char | Datatype::UnicodeChar) if scalar => text(v, layout, out)?,
        (Value::Instant(v), Datatype::Char | Datatype::UnicodeChar) if scalar => {
            text(&time::format_timestamp(v), layout, out)?;
        }
        (Value::Texts(v), Datatype::Char | Datatype::UnicodeChar) if !scalar => {
            fits_texts(v.len(), layout)?;
            let width = layout.text_width.unwrap_or(0);
            if layout.fixed_primitives.is_none() {
                count(v.len().saturating_mul(width), out)?;
            }
            for item in v.iter() {
                padded(item, width, layout.datatype, out)?;
            }
        }
        _ => return Err(refused(value)),
    }
    Ok(())
}

/// Says that a value is not one of its column.
pub(super) fn refused(value: Value<'_>) -> String {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::U8(_) | Value::I16(_) | Value::I32(_) | Value::I64(_) => "an integer",
        Value::F32(_) | Value::F64(_) => "a float",
        Value::Instant(_) | Value::Instants(_) => "a time",
        Value::Text(_) => "a text",
        Value::Binary(_) => "bytes",
        Value::Bools(_)
        | Value::U8s(_)
        | Value::I16s(_)
        | Value::I32s(_)
        | Value::I64s(_)
        | Value::F32s(_)
        | Value::F64s(_)
        | Value::Texts(_) => "an array",
    };
    format!("{kind} does not fit its type")
}

/// Returns an integer that its column can hold.
pub(super) fn integer_fits(value: Value<'_>, layout: &Layout) -> Result<i64, String> {
    let integer = value.as_i64().ok_or_else(|| refused(value))?;
    let fits = match layout.datatype {
        Datatype::UnsignedByte => u8::try_from(integer).is_ok(),
        Datatype::Short => i16::try_from(integer).is_ok(),
        Datatype::Int => i32::try_from(integer).is_ok(),
        Datatype::Long => true,
        Datatype::Boolean
        | Datatype::Bit
        | Datatype::Char
        | Datatype::UnicodeChar
        | Datatype::Float
        | Datatype::Double
        | Datatype::FloatComplex
        | Datatype::DoubleComplex => false,
    };
    if fits { Ok(integer) } else { Err(format!("{integer} does not fit its type")) }
}

fn push_integer(integer: i64, layout: &Layout, out: &mut Vec<u8>) {
    let bytes = integer.to_be_bytes();
    let width = layout.primitive_bytes();
    out.extend_from_slice(&bytes[bytes.len() - width..]);
}

fn boolean(value: bool) -> u8 {
    if value { b'T' } else { b'F' }
}

fn bits(values: Bools<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + values.len().div_ceil(8), 0);
    for (i, value) in values.iter().enumerate() {
        if value {
            out[start + i / 8] |= 0x80 >> (i % 8);
        }
    }
}

fn null(layout: &Layout, masked: bool, out: &mut Vec<u8>) -> Result<(), String> {
    let Some(primitives) = layout.fixed_primitives else {
        return count(0, out);
    };
    let scalar = layout.shape == CellShape::Scalar;
    match layout.datatype {
        Datatype::Float | Datatype::FloatComplex => {
            let floats = layout.elements(primitives);
            out.extend((0..floats).flat_map(|_| f32::NAN.to_be_bytes()));
        }
        Datatype::Double | Datatype::DoubleComplex => {
            let floats = layout.elements(primitives);
            out.extend((0..floats).flat_map(|_| f64::NAN.to_be_bytes()));
        }
        Datatype::Boolean => out.extend(std::iter::repeat_n(b'?', primitives)),
        Datatype::UnsignedByte | Datatype::Short | Datatype::Int | Datatype::Long if scalar => {
            match layout.null {
                Null::Integer(value) => push_integer(value, layout, out),
                _ if masked => push_integer(0, layout, out),
                _ => return Err("null cannot be said without a value for it".to_owned()),
            }
        }
        Datatype::Char | Datatype::UnicodeChar => {
            out.extend(std::iter::repeat_n(0, primitives * layout.primitive_bytes()));
        }
        Datatype::Bit
        | Datatype::UnsignedByte
        | Datatype::Short
        | Datatype::Int
        | Datatype::Long => {
            if !masked {
                return Err("null cannot be said in BINARY".to_owned());
            }
            let bytes = match layout.datatype {
                Datatype::Bit => primitives.div_ceil(8),
                _ => primitives * layout.primitive_bytes(),
            };
            out.extend(std::iter::repeat_n(0, bytes));
        }
    }
    Ok(())
}

fn count(primitives: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let count =
        i32::try_from(primitives).map_err(|_| format!("{primitives} elements are too many"))?;
    out.extend(count.to_be_bytes());
    Ok(())
}

/// Checks the size of an array and says it if it is variable.
fn array(elements: usize, layout: &Layout, out: &mut Vec<u8>) -> Result<(), String> {
    fits(elements, layout)?;
    if layout.fixed_primitives.is_none() {
        count(elements / layout.elements(1), out)?;
    }
    Ok(())
}

fn text(text: &str, layout: &Layout, out: &mut Vec<u8>) -> Result<(), String> {
    match layout.fixed_primitives {
        Some(width) => padded(text, width, layout.datatype, out),
        None => {
            count(units(text, layout.datatype), out)?;
            push_text(text, layout.datatype, out);
            Ok(())
        }
    }
}

fn padded(text: &str, width: usize, datatype: Datatype, out: &mut Vec<u8>) -> Result<(), String> {
    let units = units(text, datatype);
    if units > width {
        return Err(format!("a text of {units} bytes or units is longer than {width}"));
    }
    push_text(text, datatype, out);
    let unit_bytes = if datatype == Datatype::UnicodeChar { 2 } else { 1 };
    out.extend(std::iter::repeat_n(0, (width - units) * unit_bytes));
    Ok(())
}

fn units(text: &str, datatype: Datatype) -> usize {
    if datatype == Datatype::UnicodeChar { text.encode_utf16().count() } else { text.len() }
}

fn push_text(text: &str, datatype: Datatype, out: &mut Vec<u8>) {
    if datatype == Datatype::UnicodeChar {
        out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}
