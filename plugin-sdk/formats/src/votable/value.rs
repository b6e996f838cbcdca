//! The value of one table cell, borrowed ([`Value`]) or owned ([`Cell`]).

use std::fmt;

/// A cell's value, borrowed from a row or a column.
///
/// An integer is never a float on its way. A scalar NaN read from a VOTable is
/// `Null`, because that is how the format says null for floats; inside of
/// arrays NaN stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value. An empty text is this too: VOTable cannot tell them apart.
    Null,
    /// `boolean`, `bit`
    Bool(bool),
    /// `unsignedByte`
    U8(u8),
    /// `short`
    I16(i16),
    /// `int`
    I32(i32),
    /// `long`
    I64(i64),
    /// `float`
    F32(f32),
    /// `double`
    F64(f64),
    /// Microseconds since 1970, UTC. From columns only; rows hold times as text.
    Instant(i64),
    /// `char`, `unicodeChar`
    Text(&'a str),
    /// Bytes without meaning. From columns only.
    Binary(&'a [u8]),
    /// An array of booleans or bits; a null element is `false`.
    Bools(Bools<'a>),
    /// An array of `unsignedByte`.
    U8s(&'a [u8]),
    /// An array of `short`.
    I16s(&'a [i16]),
    /// An array of `int`.
    I32s(&'a [i32]),
    /// An array of `long`.
    I64s(&'a [i64]),
    /// An array of `float`; a complex number is two elements.
    F32s(&'a [f32]),
    /// An array of `double`; a complex number is two elements.
    F64s(&'a [f64]),
    /// An array of times, microseconds since 1970, UTC.
    Instants(&'a [i64]),
    /// An array of texts.
    Texts(Texts<'a>),
}

/// An array of booleans, a byte or a bit each.
#[derive(Clone, Copy)]
pub enum Bools<'a> {
    /// One `bool` each.
    Bytes(&'a [bool]),
    /// One bit each, the lowest bit of the first byte first.
    Bits {
        /// The bytes.
        bits: &'a [u8],
        /// The first bit's number.
        start: usize,
        /// How many.
        len: usize,
    },
}

impl<'a> Bools<'a> {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Bits { len, .. } => *len,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = bool> + 'a {
        (0..self.len()).map(move |i| match self {
            Self::Bytes(bytes) => bytes.get(i).copied().unwrap_or(false),
            Self::Bits { bits, start, .. } => bit(bits, start + i),
        })
    }
}

/// Returns bit `at` of a bitmap, lowest bit first; beyond its end `false`.
pub(crate) fn bit(bits: &[u8], at: usize) -> bool {
    bits.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1)
}

impl PartialEq for Bools<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Bools<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An array of texts: `offsets` has one more entry than there are texts, each
/// relative to `bytes`.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    offsets: &'a [u32],
    bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    /// Returns the texts that `offsets` cut out of `bytes`.
    pub fn new(offsets: &'a [u32], bytes: &'a [u8]) -> Self {
        Self { offsets, bytes }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other; what is not UTF-8 is empty.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        self.offsets.windows(2).map(move |pair| {
            let slice = self.bytes.get(pair[0] as usize..pair[1] as usize);
            slice.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
        })
    }
}

impl PartialEq for Texts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Texts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Value<'_> {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the text of a text cell.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a number that is exactly an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::U8(n) => Some(n.into()),
            Self::I16(n) => Some(n.into()),
            Self::I32(n) => Some(n.into()),
            Self::I64(n) => Some(n),
            _ => None,
        }
    }

    /// Returns a number as a double; `None` for integers a double cannot hold.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Self::F32(n) => Some(n.into()),
            Self::F64(n) => Some(n),
            _ => self.as_i64().filter(|n| n.unsigned_abs() <= 1 << 53).map(|n| n as f64),
        }
    }

    /// Returns an owned copy.
    pub fn to_cell(&self) -> Cell {
        match *self {
            Self::Null => Cell::Null,
            Self::Bool(v) => Cell::Bool(v),
            Self::U8(v) => Cell::U8(v),
            Self::I16(v) => Cell::I16(v),
            Self::I32(v) => Cell::I32(v),
            Self::I64(v) => Cell::I64(v),
            Self::F32(v) => Cell::F32(v),
            Self::F64(v) => Cell::F64(v),
            Self::Instant(v) => Cell::Instant(v),
            Self::Text(v) => Cell::Text(v.to_owned()),
            Self::Binary(v) => Cell::Binary(v.to_vec()),
            Self::Bools(v) => Cell::Bools(v.iter().collect()),
            Self::U8s(v) => Cell::U8s(v.to_vec()),
            Self::I16s(v) => Cell::I16s(v.to_vec()),
            Self::I32s(v) => Cell::I32s(v.to_vec()),
            Self::I64s(v) => Cell::I64s(v.to_vec()),
            Self::F32s(v) => Cell::F32s(v.to_vec()),
            Self::F64s(v) => Cell::F64s(v.to_vec()),
            Self::Instants(v) => Cell::Instants(v.to_vec()),
            Self::Texts(v) => Cell::texts(v.iter()),
        }
    }
}

/// A cell's value, owned. See [`Value`] for what each means.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are those of Value")]
pub enum Cell {
    Null,
    Bool(bool),
    U8(u8),
    I16(i16),
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    Instant(i64),
    Text(String),
    Binary(Vec<u8>),
    Bools(Vec<bool>),
    U8s(Vec<u8>),
    I16s(Vec<i16>),
    I32s(Vec<i32>),
    I64s(Vec<i64>),
    F32s(Vec<f32>),
    F64s(Vec<f64>),
    Instants(Vec<i64>),
    /// Offsets, one more than there are texts, and the texts one after the other.
    Texts(Vec<u32>, String),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An array of texts.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut offsets = vec![0];
        let mut all = String::new();
        for text in texts {
            all.push_str(text);
            offsets.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        Self::Texts(offsets, all)
    }

    /// Returns the value, borrowed.
    pub fn as_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(v) => Value::Bool(*v),
            Self::U8(v) => Value::U8(*v),
            Self::I16(v) => Value::I16(*v),
            Self::I32(v) => Value::I32(*v),
            Self::I64(v) => Value::I64(*v),
            Self::F32(v) => Value::F32(*v),
            Self::F64(v) => Value::F64(*v),
            Self::Instant(v) => Value::Instant(*v),
            Self::Text(v) => Value::Text(v),
            Self::Binary(v) => Value::Binary(v),
            Self::Bools(v) => Value::Bools(Bools::Bytes(v)),
            Self::U8s(v) => Value::U8s(v),
            Self::I16s(v) => Value::I16s(v),
            Self::I32s(v) => Value::I32s(v),
            Self::I64s(v) => Value::I64s(v),
            Self::F32s(v) => Value::F32s(v),
            Self::F64s(v) => Value::F64s(v),
            Self::Instants(v) => Value::Instants(v),
            Self::Texts(offsets, bytes) => Value::Texts(Texts::new(offsets, bytes.as_bytes())),
        }
    }
}
