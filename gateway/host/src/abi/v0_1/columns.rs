//! Columns: a plugin's buffers, checked and wrapped into Arrow arrays without copying a value;
//! and Arrow arrays as buffers for a plugin, for tables that go along with a query.
//!
//! Checked are lengths, offsets (from 0, never falling, the last is the length of the data),
//! UTF-8 (each value by itself), and the bitmaps' lengths. A batch that fails is refused whole.

use std::sync::Arc;

use archway_core::tables::Field;
use arrow_array::types::{
    Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt8Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, FixedSizeListArray, ListArray,
    PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, SchemaRef};

use super::archway::archive::tabular as wit;
use super::checked::{Checked, Lie};

/// Wraps a batch of rows of `schema`.
pub(super) fn batch(schema: &SchemaRef, batch: wit::RowBatch) -> Checked<RecordBatch> {
    let rows = batch.rows as usize;
    if batch.columns.len() != schema.fields().len() {
        let found = format!("{} columns", batch.columns.len());
        return Err(Lie::new("row-batch.columns", found, format!("not {}", schema.fields().len())));
    }
    let columns = batch.columns.into_iter().zip(schema.fields());
    let columns: Checked<Vec<ArrayRef>> =
        columns.map(|(column, field)| array(field.data_type(), rows, column)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns?, &options)
        .map_err(|problem| Lie::new("row-batch", problem, "not of the answer's fields"))
}

fn array(wanted: &DataType, rows: usize, column: wit::Column) -> Checked<ArrayRef> {
    let nulls = column.validity.map(|bits| bitmap("column.validity", bits, rows)).transpose()?;
    let nulls = nulls.map(NullBuffer::new);
    let mismatch = |found: &str| Lie::new("column.data", found, format!("not of type {wanted}"));
    match (column.data, wanted) {
        (wit::ColumnData::Scalar(data), element) => elements(element, rows, data, nulls),
        (wit::ColumnData::FixedArray(fixed), DataType::FixedSizeList(item, length)) => {
            if i64::from(fixed.length) != i64::from(*length) {
                let found = format!("{} values a cell", fixed.length);
                return Err(Lie::new("column.fixed-array", found, format!("not {length}")));
            }
            let count = rows.saturating_mul(fixed.length as usize);
            let values = elements(item.data_type(), count, fixed.elements, None)?;
            FixedSizeListArray::try_new(Arc::clone(item), *length, values, nulls)
                .map(|array| Arc::new(array) as ArrayRef)
                .map_err(|problem| Lie::new("column.fixed-array", problem, "malformed"))
        }
        (wit::ColumnData::VariableArray(variable), DataType::List(item)) => {
            let count = variable.offsets.last().copied().unwrap_or_default() as usize;
            let offsets = offsets(variable.offsets, rows, count)?;
            let values = elements(item.data_type(), count, variable.elements, None)?;
            ListArray::try_new(Arc::clone(item), offsets, values, nulls)
                .map(|array| Arc::new(array) as ArrayRef)
                .map_err(|problem| Lie::new("column.variable-array", problem, "malformed"))
        }
        (wit::ColumnData::FixedArray(_), _) => Err(mismatch("an array of fixed length")),
        (wit::ColumnData::VariableArray(_), _) => Err(mismatch("an array of variable length")),
    }
}

/// `count` values of type `wanted`.
fn elements(
    wanted: &DataType,
    count: usize,
    data: wit::ElementData,
    nulls: Option<NullBuffer>,
) -> Checked<ArrayRef> {
    use wit::ElementData as Data;
    match (data, wanted) {
        (Data::Boolean((length, bits)), DataType::Boolean) => {
            if length as usize != count {
                return Err(Lie::new(
                    "column.boolean",
                    format!("{length} values long"),
                    format!("not {count}"),
                ));
            }
            let bits = bitmap("column.boolean", bits, count)?;
            Ok(Arc::new(BooleanArray::new(bits, nulls)))
        }
        (Data::Unsigned8(values), DataType::UInt8) => numbers::<UInt8Type>(values, count, nulls),
        (Data::Signed16(values), DataType::Int16) => numbers::<Int16Type>(values, count, nulls),
        (Data::Signed32(values), DataType::Int32) => numbers::<Int32Type>(values, count, nulls),
        (Data::Signed64(values), DataType::Int64) => numbers::<Int64Type>(values, count, nulls),
        (Data::Float32(values), DataType::Float32) => numbers::<Float32Type>(values, count, nulls),
        (Data::Float64(values), DataType::Float64) => numbers::<Float64Type>(values, count, nulls),
        (Data::Instant(values), DataType::Timestamp(_, zone)) => {
            let array = primitive::<TimestampMicrosecondType>(values, count, nulls)?;
            Ok(Arc::new(array.with_timezone_opt(zone.clone())))
        }
        (Data::Text(data), DataType::Utf8) => {
            let (offsets, bytes) = split(data, count)?;
            StringArray::try_new(offsets, bytes, nulls)
                .map(|array| Arc::new(array) as ArrayRef)
                .map_err(|problem| Lie::new("column.text", problem, "not UTF-8"))
        }
        (Data::Binary(data), DataType::Binary) => {
            let (offsets, bytes) = split(data, count)?;
            BinaryArray::try_new(offsets, bytes, nulls)
                .map(|array| Arc::new(array) as ArrayRef)
                .map_err(|problem| Lie::new("column.binary", problem, "malformed"))
        }
        (data, wanted) => {
            let found = match data {
                Data::Boolean(_) => "boolean",
                Data::Unsigned8(_) => "unsigned8",
                Data::Signed16(_) => "signed16",
                Data::Signed32(_) => "signed32",
                Data::Signed64(_) => "signed64",
                Data::Float32(_) => "float32",
                Data::Float64(_) => "float64",
                Data::Instant(_) => "instant",
                Data::Text(_) => "text",
                Data::Binary(_) => "binary",
            };
            Err(Lie::new("column.data", found, format!("not of type {wanted}")))
        }
    }
}

fn numbers<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    count: usize,
    nulls: Option<NullBuffer>,
) -> Checked<ArrayRef> {
    primitive::<T>(values, count, nulls).map(|array| Arc::new(array) as ArrayRef)
}

fn primitive<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    count: usize,
    nulls: Option<NullBuffer>,
) -> Checked<PrimitiveArray<T>> {
    if values.len() != count {
        let found = format!("{} values long", values.len());
        return Err(Lie::new("column.data", found, format!("not {count}")));
    }
    Ok(PrimitiveArray::new(ScalarBuffer::from(values), nulls))
}

/// A bitmap of `count` bits; bits beyond them mean nothing.
fn bitmap(field: &'static str, bits: Vec<u8>, count: usize) -> Checked<BooleanBuffer> {
    if bits.len() != count.div_ceil(8) {
        let found = format!("{} bytes long", bits.len());
        return Err(Lie::new(
            field,
            found,
            format!("not the {} of {count} bits", count.div_ceil(8)),
        ));
    }
    Ok(BooleanBuffer::new(Buffer::from_vec(bits), 0, count))
}

fn split(data: wit::TextData, count: usize) -> Checked<(OffsetBuffer<i32>, Buffer)> {
    let offsets = offsets(data.offsets, count, data.bytes.len())?;
    Ok((offsets, Buffer::from_vec(data.bytes)))
}

/// Offsets of `count` cells over `length` values.
fn offsets(offsets: Vec<u32>, count: usize, length: usize) -> Checked<OffsetBuffer<i32>> {
    let lie = |found: String, rule: String| Err(Lie::new("column.offsets", found, rule));
    if offsets.len() != count + 1 {
        return lie(format!("{} long", offsets.len()), format!("not {}", count + 1));
    }
    // Arrow counts in i32; an answer of so many bytes is far beyond its limit anyway.
    if length > i32::MAX as usize {
        return lie(format!("over {length} values"), "more than fit".to_owned());
    }
    if offsets.first() != Some(&0) {
        return lie(format!("from {:?}", offsets.first()), "not from 0".to_owned());
    }
    if let Some(pair) = offsets.windows(2).find(|pair| pair.first() > pair.last()) {
        return lie(format!("falling: {pair:?}"), "where they must never fall".to_owned());
    }
    let last = offsets.last().copied().unwrap_or_default() as usize;
    if last != length {
        return lie(format!("up to {last}"), format!("not up to the data's length, {length}"));
    }
    let entries = offsets.len();
    let offsets = ScalarBuffer::<i32>::new(Buffer::from_vec(offsets), 0, entries);
    Ok(OffsetBuffer::new(offsets))
}

/// Rows for a plugin; `None` if a column has a type that no plugin knows.
pub(super) fn batch_to_wit(fields: &[Field], batch: &RecordBatch) -> Option<wit::RowBatch> {
    if batch.num_columns() != fields.len() {
        return None;
    }
    let columns: Option<Vec<_>> = batch.columns().iter().map(column_to_wit).collect();
    Some(wit::RowBatch { rows: u32::try_from(batch.num_rows()).ok()?, columns: columns? })
}

fn column_to_wit(array: &ArrayRef) -> Option<wit::Column> {
    let validity = array.nulls().map(|nulls| bits(nulls.inner()));
    let data = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_any().downcast_ref::<ListArray>()?;
            let (offsets, first, length) = rebased(list.offsets());
            let values = list.values().slice(first, length);
            let elements = elements_to_wit(&values)?;
            wit::ColumnData::VariableArray(wit::VariableArray { offsets, elements })
        }
        DataType::FixedSizeList(_, length) => {
            let list = array.as_any().downcast_ref::<FixedSizeListArray>()?;
            let width = usize::try_from(*length).ok()?;
            let first = usize::try_from(list.value_offset(0)).ok()?;
            let values = list.values().slice(first, list.len() * width);
            wit::ColumnData::FixedArray(wit::FixedArray {
                length: u32::try_from(*length).ok()?,
                elements: elements_to_wit(&values)?,
            })
        }
        _ => wit::ColumnData::Scalar(elements_to_wit(array)?),
    };
    Some(wit::Column { data, validity })
}

fn elements_to_wit(array: &ArrayRef) -> Option<wit::ElementData> {
    use wit::ElementData as Data;
    let any = array.as_any();
    fn of<T: ArrowPrimitiveType>(any: &dyn std::any::Any) -> Option<Vec<T::Native>> {
        any.downcast_ref::<PrimitiveArray<T>>().map(|array| array.values().to_vec())
    }
    Some(match array.data_type() {
        DataType::Boolean => {
            let array = any.downcast_ref::<BooleanArray>()?;
            Data::Boolean((u32::try_from(array.len()).ok()?, bits(array.values())))
        }
        DataType::UInt8 => Data::Unsigned8(of::<UInt8Type>(any)?),
        DataType::Int16 => Data::Signed16(of::<Int16Type>(any)?),
        DataType::Int32 => Data::Signed32(of::<Int32Type>(any)?),
        DataType::Int64 => Data::Signed64(of::<Int64Type>(any)?),
        DataType::Float32 => Data::Float32(of::<Float32Type>(any)?),
        DataType::Float64 => Data::Float64(of::<Float64Type>(any)?),
        DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, _) => {
            Data::Instant(of::<TimestampMicrosecondType>(any)?)
        }
        DataType::Utf8 => {
            let array = any.downcast_ref::<StringArray>()?;
            Data::Text(text_to_wit(array.offsets(), array.values())?)
        }
        DataType::Binary => {
            let array = any.downcast_ref::<BinaryArray>()?;
            Data::Binary(text_to_wit(array.offsets(), array.values())?)
        }
        _ => return None,
    })
}

fn text_to_wit(offsets: &OffsetBuffer<i32>, bytes: &Buffer) -> Option<wit::TextData> {
    let (offsets, first, length) = rebased(offsets);
    Some(wit::TextData { offsets, bytes: bytes.as_slice().get(first..first + length)?.to_vec() })
}

/// Offsets from 0, and which part of the values they are about: an array may be a slice.
fn rebased(offsets: &OffsetBuffer<i32>) -> (Vec<u32>, usize, usize) {
    let first = offsets.first().copied().unwrap_or_default();
    let last = offsets.last().copied().unwrap_or_default();
    let rebased = offsets.iter().map(|offset| (offset - first).cast_unsigned()).collect();
    let index = |offset: i32| usize::try_from(offset).unwrap_or_default();
    (rebased, index(first), index(last - first))
}

fn bits(buffer: &BooleanBuffer) -> Vec<u8> {
    buffer.sliced().as_slice().iter().copied().take(buffer.len().div_ceil(8)).collect()
}

#[cfg(test)]
mod tests;
