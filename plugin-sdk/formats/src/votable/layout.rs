//! How the cells of a column are laid out, worked out once per table.

use crate::error::{Error, Result, shortened};
use crate::votable::columns::CellShape;
use crate::votable::datatype::{Arraysize, Datatype};
use crate::votable::field::Field;

/// A column's layout.
pub(crate) struct Layout {
    pub(crate) datatype: Datatype,
    /// Elements of a cell; of a text column, texts.
    pub(crate) shape: CellShape,
    /// Characters of one text; `None` for texts of any length.
    pub(crate) text_width: Option<usize>,
    /// Primitives of a cell in a row stream; `None` if the stream says it cell by cell.
    pub(crate) fixed_primitives: Option<usize>,
    /// A variable number of primitives must be a multiple of this.
    pub(crate) item_primitives: usize,
    pub(crate) null: Null,
}

/// The value that stands for null.
#[derive(Debug, PartialEq)]
pub(crate) enum Null {
    None,
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Layout {
    pub(crate) fn new(field: &Field) -> Result<Self> {
        let too_big = || Error::BadValue {
            what: "arraysize",
            value: field
                .arraysize
                .as_ref()
                .map_or(String::new(), |size| shortened(&size.to_string())),
            expected: "below 2^31 elements",
        };
        let (dimensions, variable) = match &field.arraysize {
            Some(size) => (size.dimensions.as_slice(), size.variable),
            None => (&[][..], false),
        };
        let primitives = Arraysize::product(dimensions).ok_or_else(too_big)? as usize;
        let text_width = match (field.datatype.is_text(), dimensions.first()) {
            (false, _) => None,
            (true, Some(&width)) => Some(width as usize),
            (true, None) if variable => None,
            (true, None) => Some(1),
        };
        Ok(Self {
            datatype: field.datatype,
            shape: field.column_type().shape,
            text_width,
            fixed_primitives: (!variable).then_some(primitives),
            item_primitives: primitives.max(1),
            null: null(field),
        })
    }

    /// Bytes of one primitive in a row stream; bits are packed and have none.
    pub(crate) fn primitive_bytes(&self) -> usize {
        match self.datatype {
            Datatype::Bit => 0,
            Datatype::Boolean | Datatype::UnsignedByte | Datatype::Char => 1,
            Datatype::Short | Datatype::UnicodeChar => 2,
            Datatype::Int | Datatype::Float => 4,
            Datatype::Long | Datatype::Double | Datatype::FloatComplex => 8,
            Datatype::DoubleComplex => 16,
        }
    }

    /// Elements that `primitives` make: a complex number is two.
    pub(crate) fn elements(&self, primitives: usize) -> usize {
        match self.datatype {
            Datatype::FloatComplex | Datatype::DoubleComplex => primitives.saturating_mul(2),
            Datatype::Boolean
            | Datatype::Bit
            | Datatype::UnsignedByte
            | Datatype::Short
            | Datatype::Int
            | Datatype::Long
            | Datatype::Char
            | Datatype::UnicodeChar
            | Datatype::Float
            | Datatype::Double => primitives,
        }
    }
}

fn null(field: &Field) -> Null {
    let Some(text) = field.values.as_ref().and_then(|values| values.null.as_deref()) else {
        return Null::None;
    };
    let parsed = match field.datatype {
        Datatype::UnsignedByte | Datatype::Short | Datatype::Int | Datatype::Long => {
            integer(text.trim()).map(Null::Integer)
        }
        Datatype::Float | Datatype::Double => text.trim().parse().ok().map(Null::Float),
        Datatype::Char | Datatype::UnicodeChar => Some(Null::Text(text.to_owned())),
        Datatype::Boolean | Datatype::Bit | Datatype::FloatComplex | Datatype::DoubleComplex => {
            None
        }
    };
    // A null value that is no value of the column never matches anything.
    parsed.unwrap_or(Null::None)
}

/// Reads an integer in decimal or, after `0x`, in hexadecimal (VOTable 1.5, 6).
pub(crate) fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => {
            // A sign inside would be accepted by the standard library.
            let plain = hex.bytes().all(|b| b.is_ascii_hexdigit());
            plain.then(|| u64::from_str_radix(hex, 16).ok())?.map(u64::cast_signed)
        }
        None => text.parse().ok(),
    }
}
