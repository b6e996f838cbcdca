//! Table metadata, both ways: the contract's fields and Arrow's types.

use std::sync::Arc;

use archway_core::tables::{Completeness, Field, ForeignKey, Outcome, Table};
use arrow_schema::{DataType, Schema, SchemaRef, TimeUnit};

use super::archway::archive::tabular as wit;
use super::asset::extra;
use super::checked::{Checked, LINE, Lie, NAME, PROSE, each, name, some, text};
use super::question::value_to_wit;

/// Most values of a cell of fixed length.
const CELL: u32 = 1_000_000;

pub(super) fn field(field: wit::Field) -> Checked<Field> {
    Ok(Field {
        name: name("field.name", field.name)?,
        data_type: data_type(field.element, field.shape)?,
        dimensions: each("field.dimensions", field.dimensions, Ok)?,
        unit: some("field.unit", field.unit, NAME)?,
        ucd: some("field.ucd", field.ucd, NAME)?,
        utype: some("field.utype", field.utype, NAME)?,
        xtype: some("field.xtype", field.xtype, NAME)?,
        description: some("field.description", field.description, PROSE)?,
        indexed: field.indexed,
        principal: field.principal,
        extras: each("field.extras", field.extras, extra)?,
    })
}

/// The columns as Arrow sees them; any cell may be null.
pub(super) fn schema(fields: &[Field]) -> SchemaRef {
    let columns =
        fields.iter().map(|f| arrow_schema::Field::new(&f.name, f.data_type.clone(), true));
    Arc::new(Schema::new(columns.collect::<Vec<_>>()))
}

fn data_type(element: wit::ElementKind, shape: wit::CellShape) -> Checked<DataType> {
    let element = match element {
        wit::ElementKind::Boolean => DataType::Boolean,
        wit::ElementKind::Unsigned8 => DataType::UInt8,
        wit::ElementKind::Signed16 => DataType::Int16,
        wit::ElementKind::Signed32 => DataType::Int32,
        wit::ElementKind::Signed64 => DataType::Int64,
        wit::ElementKind::Float32 => DataType::Float32,
        wit::ElementKind::Float64 => DataType::Float64,
        wit::ElementKind::Instant => instant(),
        wit::ElementKind::Text => DataType::Utf8,
        wit::ElementKind::Binary => DataType::Binary,
    };
    Ok(match shape {
        wit::CellShape::Scalar => element,
        wit::CellShape::Fixed(length) if (1..=CELL).contains(&length) => {
            DataType::FixedSizeList(item(element), length as i32)
        }
        wit::CellShape::Fixed(length) => {
            return Err(Lie::new(
                "field.shape",
                length,
                format!("outside 1 to {CELL} values a cell"),
            ));
        }
        wit::CellShape::Variable => DataType::List(item(element)),
    })
}

/// An instant of a table: microseconds of UTC.
fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The field of a list's values.
pub(super) fn item(element: DataType) -> Arc<arrow_schema::Field> {
    Arc::new(arrow_schema::Field::new("item", element, true))
}

pub(super) fn table(table: wit::TableDescription) -> Checked<Table> {
    let key = |key: wit::ForeignKey| {
        let pair = |(from, to)| Ok((name("foreign-key", from)?, name("foreign-key", to)?));
        Ok(ForeignKey {
            target_table: name("foreign-key.target-table", key.target_table)?,
            columns: each("foreign-key.columns", key.columns, pair)?,
        })
    };
    Ok(Table {
        name: name("table.name", table.name)?,
        is_view: matches!(table.kind, wit::TableKind::View),
        title: some("table.title", table.title, LINE)?,
        description: some("table.description", table.description, PROSE)?,
        utype: some("table.utype", table.utype, NAME)?,
        rows: table.rows,
        fields: each("table.fields", table.fields, field)?,
        foreign_keys: each("table.foreign-keys", table.foreign_keys, key)?,
    })
}

pub(super) fn outcome(outcome: wit::QueryOutcome) -> Checked<Outcome> {
    let completeness = match outcome.completeness {
        wit::Completeness::Complete => Completeness::Complete,
        wit::Completeness::Truncated => Completeness::Truncated,
        wit::Completeness::Unknown => Completeness::Unknown,
    };
    let warning = |warning| text("outcome.warnings", warning, PROSE);
    Ok(Outcome { completeness, warnings: each("outcome.warnings", outcome.warnings, warning)? })
}

/// A field of a table that goes along with a query; `None` if no plugin knows its type.
pub(super) fn field_to_wit(field: &Field) -> Option<wit::Field> {
    let (element, shape) = match &field.data_type {
        DataType::List(item) => (element_to_wit(item.data_type())?, wit::CellShape::Variable),
        DataType::FixedSizeList(item, length) => {
            let length = u32::try_from(*length).ok()?;
            (element_to_wit(item.data_type())?, wit::CellShape::Fixed(length))
        }
        scalar => (element_to_wit(scalar)?, wit::CellShape::Scalar),
    };
    let extras = field.extras.iter().map(|extra| super::archway::archive::types::Extra {
        key: extra.key.clone(),
        value: value_to_wit(&extra.value),
    });
    Some(wit::Field {
        name: field.name.clone(),
        element,
        shape,
        dimensions: field.dimensions.clone(),
        unit: field.unit.clone(),
        ucd: field.ucd.clone(),
        utype: field.utype.clone(),
        xtype: field.xtype.clone(),
        description: field.description.clone(),
        indexed: field.indexed,
        principal: field.principal,
        extras: extras.collect(),
    })
}

fn element_to_wit(element: &DataType) -> Option<wit::ElementKind> {
    Some(match element {
        DataType::Boolean => wit::ElementKind::Boolean,
        DataType::UInt8 => wit::ElementKind::Unsigned8,
        DataType::Int16 => wit::ElementKind::Signed16,
        DataType::Int32 => wit::ElementKind::Signed32,
        DataType::Int64 => wit::ElementKind::Signed64,
        DataType::Float32 => wit::ElementKind::Float32,
        DataType::Float64 => wit::ElementKind::Float64,
        DataType::Timestamp(TimeUnit::Microsecond, _) => wit::ElementKind::Instant,
        DataType::Utf8 => wit::ElementKind::Text,
        DataType::Binary => wit::ElementKind::Binary,
        _ => return None,
    })
}
