//! A value as the text of a TD (VOTable 1.5, 6).

use std::io::Write;

use crate::time;
use crate::votable::columns::CellShape;
use crate::votable::datatype::Datatype;
use crate::votable::layout::Layout;
use crate::votable::value::{Texts, Value};
use crate::votable::writer::cell_binary::{integer_fits, refused};
use crate::xml::write_escaped;

/// Appends `<TD>…</TD>`; the error says why the value does not fit its column.
pub(super) fn write(value: Value<'_>, layout: &Layout, out: &mut Vec<u8>) -> Result<(), String> {
    if value.is_null() && !is_float_array(layout) {
        out.extend_from_slice(b"<TD/>");
        return Ok(());
    }
    out.extend_from_slice(b"<TD>");
    content(value, layout, out)?;
    out.extend_from_slice(b"</TD>");
    Ok(())
}

/// A null array of fixed size is written as NaNs: some readers want the numbers.
fn is_float_array(layout: &Layout) -> bool {
    let is_float = matches!(
        layout.datatype,
        Datatype::Float | Datatype::Double | Datatype::FloatComplex | Datatype::DoubleComplex
    );
    is_float && matches!(layout.shape, CellShape::Fixed(_))
}

fn content(value: Value<'_>, layout: &Layout, out: &mut Vec<u8>) -> Result<(), String> {
    let scalar = layout.shape == CellShape::Scalar;
    match (value, layout.datatype) {
        (Value::Null, _) => {
            if let CellShape::Fixed(n) = layout.shape {
                spaced(out, (0..n).map(|_| f64::NAN), float)?;
            }
        }
        (Value::Bool(v), Datatype::Boolean) if scalar => out.push(if v { b'T' } else { b'F' }),
        (Value::Bool(v), Datatype::Bit) if scalar => out.push(if v { b'1' } else { b'0' }),
        (Value::Bools(v), Datatype::Boolean) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter(), |out, v| out.push(if v { b'T' } else { b'F' }))?;
        }
        (Value::Bools(v), Datatype::Bit) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter(), |out, v| out.push(if v { b'1' } else { b'0' }))?;
        }
        (Value::U8(_) | Value::I16(_) | Value::I32(_) | Value::I64(_), _) if scalar => {
            integer(out, integer_fits(value, layout)?);
        }
        (Value::F32(v), Datatype::Float) if scalar => float(out, v),
        (Value::F32(v), Datatype::Double) if scalar => float(out, f64::from(v)),
        (Value::F64(v), Datatype::Double) if scalar => float(out, v),
        (Value::U8s(v) | Value::Binary(v), Datatype::UnsignedByte) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter().copied(), |out, v| integer(out, v.into()))?;
        }
        (Value::I16s(v), Datatype::Short) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter().copied(), |out, v| integer(out, v.into()))?;
        }
        (Value::I32s(v), Datatype::Int) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter().copied(), |out, v| integer(out, v.into()))?;
        }
        (Value::I64s(v), Datatype::Long) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter().copied(), integer)?;
        }
        (Value::F32s(v), Datatype::Float | Datatype::FloatComplex) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter().copied(), float)?;
        }
        (Value::F64s(v), Datatype::Double | Datatype::DoubleComplex) => {
            fits(v.len(), layout)?;
            spaced(out, v.iter().copied(), float)?;
        }
        (Value::Text(v), Datatype::Char | Datatype::UnicodeChar) if scalar => {
            if layout.fixed_primitives.is_some_and(|most| v.chars().count() > most) {
                return Err(format!(
                    "a text of {} characters is longer than its column",
                    v.chars().count()
                ));
            }
            escaped(out, v);
        }
        (Value::Texts(v), Datatype::Char | Datatype::UnicodeChar) if !scalar => {
            texts(out, v, layout)?
        }
        (Value::Instant(v), Datatype::Char | Datatype::UnicodeChar) if scalar => {
            escaped(out, &time::format_timestamp(v));
        }
        _ => return Err(refused(value)),
    }
    Ok(())
}

/// Whether an array of `found` elements fits the declared size.
pub(super) fn fits(found: usize, layout: &Layout) -> Result<(), String> {
    let fits = match layout.shape {
        CellShape::Scalar => false,
        CellShape::Fixed(expected) => found == expected as usize,
        CellShape::Variable => found.is_multiple_of(layout.elements(layout.item_primitives)),
    };
    if fits { Ok(()) } else { Err(format!("an array of {found} elements does not fit its column")) }
}

fn texts(out: &mut Vec<u8>, texts: Texts<'_>, layout: &Layout) -> Result<(), String> {
    fits_texts(texts.len(), layout)?;
    let width = layout.text_width.unwrap_or(0);
    for text in texts.iter() {
        let chars = text.chars().count();
        if chars > width {
            return Err(format!("a text of {chars} characters is longer than {width}"));
        }
        escaped(out, text);
        out.extend(std::iter::repeat_n(b' ', width - chars));
    }
    Ok(())
}

/// As [`fits`], in texts instead of characters.
pub(super) fn fits_texts(found: usize, layout: &Layout) -> Result<(), String> {
    match layout.shape {
        CellShape::Fixed(expected) if found != expected as usize => {
            Err(format!("{found} texts do not fit its column of {expected}"))
        }
        CellShape::Scalar | CellShape::Fixed(_) | CellShape::Variable => Ok(()),
    }
}

fn escaped(out: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail.
    let _ = write_escaped(out, text);
}

fn spaced<T>(
    out: &mut Vec<u8>,
    values: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) -> Result<(), String> {
    for (i, value) in values.enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        write(out, value);
    }
    Ok(())
}

fn integer(out: &mut Vec<u8>, value: i64) {
    let _ = write!(out, "{value}");
}

/// The shortest digits that give the same number back.
fn float<T: Into<f64> + std::fmt::Debug + Copy>(out: &mut Vec<u8>, value: T) {
    let wide: f64 = value.into();
    if wide.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if wide.is_infinite() {
        out.extend_from_slice(if wide > 0.0 { b"+Inf" } else { b"-Inf" });
    } else {
        let _ = write!(out, "{value:?}");
    }
}
