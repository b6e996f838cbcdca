//! The innermost values of a column: added one by one, looked at by position.

use super::{ElementData, ElementKind, TextData};
use crate::time;
use crate::votable::value::{Bools, Texts, Value, bit};

impl ElementData {
    pub(super) fn new(kind: ElementKind, room: usize, text_bytes: usize) -> Self {
        match kind {
            ElementKind::Boolean => Self::Boolean(0, Vec::with_capacity(room.div_ceil(8))),
            ElementKind::Unsigned8 => Self::Unsigned8(Vec::with_capacity(room)),
            ElementKind::Signed16 => Self::Signed16(Vec::with_capacity(room)),
            ElementKind::Signed32 => Self::Signed32(Vec::with_capacity(room)),
            ElementKind::Signed64 => Self::Signed64(Vec::with_capacity(room)),
            ElementKind::Float32 => Self::Float32(Vec::with_capacity(room)),
            ElementKind::Float64 => Self::Float64(Vec::with_capacity(room)),
            ElementKind::Instant => Self::Instant(Vec::with_capacity(room)),
            ElementKind::Text => Self::Text(TextData::with_room(room, text_bytes)),
            ElementKind::Binary => Self::Binary(TextData::with_room(room, text_bytes)),
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
    pub(super) fn count(&self) -> Option<u32> {
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

    pub(super) fn byte_len(&self) -> usize {
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

    pub(super) fn append_zeros(&mut self, n: u32) {
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
    pub(super) fn append(&mut self, value: Value<'_>) -> Option<u32> {
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
    pub(super) fn scalar(&self, at: usize) -> Option<Value<'_>> {
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
    pub(super) fn slice(&self, start: usize, end: usize) -> Option<Value<'_>> {
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
    if count.is_multiple_of(8) {
        bits.push(0);
    }
    if value {
        *bits.last_mut()? |= 1 << (*count % 8);
    }
    *count = count.checked_add(1)?;
    Some(())
}

impl TextData {
    fn with_room(entries: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(entries + 1);
        offsets.push(0);
        Self { offsets, bytes: Vec::with_capacity(bytes) }
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
