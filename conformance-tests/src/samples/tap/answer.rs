//! An answer as a document: VOTable, CSV or TSV; and the error VOTable.

use archway_formats::dali::OutputFormat;
use archway_formats::votable::{
    Arraysize, Datatype as WireType, Field, Head, Info, QueryStatus, Resource, Serialization,
    Table as WireTable, Value as WireValue, Writer, write_error,
};

use super::evaluate::Answer;
use super::request::TapError;
use crate::samples::table::{Column, Datatype, Value};

/// Writes `answer`; `title` says whose sample it is.
pub(super) fn write(
    answer: &Answer,
    format: OutputFormat,
    title: &str,
) -> Result<Vec<u8>, TapError> {
    match format.serialization() {
        Some(serialization) => votable(answer, serialization, title),
        None if format == OutputFormat::Tsv => separated(answer, b'\t'),
        // The only other format that a request can have.
        None => separated(answer, b','),
    }
    .map_err(|error| TapError::Unwritable(error.to_string()))
}

/// The error document of DALI 1.1, 4.4.
pub(super) fn error(message: &str) -> Vec<u8> {
    let mut document = Vec::new();
    // Writing to memory does not fail, and an empty body is still an error by its status.
    let _ = write_error(&mut document, message);
    document
}

fn votable(answer: &Answer, serialization: Serialization, title: &str) -> anyhow::Result<Vec<u8>> {
    let fields = answer.columns.iter().map(field).collect::<anyhow::Result<_>>()?;
    let head = Head {
        description: Some(title.to_owned()),
        infos: vec![
            Info::new("QUERY_STATUS", "OK"),
            Info::new("sample", "true").with_text("a sample of real data"),
        ],
        resource: Some(Resource { kind: Some("results".into()), ..Resource::default() }),
        table: Some(WireTable { fields, ..WireTable::default() }),
        ..Head::default()
    };
    let mut writer = Writer::start(Vec::new(), &head, serialization)?;
    for row in &answer.rows {
        writer.row(answer.columns.iter().zip(row).map(|(column, value)| wire(column, value)))?;
    }
    let status = if answer.overflow { QueryStatus::Overflow } else { QueryStatus::Ok };
    Ok(writer.finish(&status, &[])?)
}

fn field(column: &Column) -> anyhow::Result<Field> {
    let datatype = match column.datatype {
        Datatype::Boolean => WireType::Boolean,
        Datatype::Short => WireType::Short,
        Datatype::Int => WireType::Int,
        Datatype::Long => WireType::Long,
        Datatype::Float => WireType::Float,
        Datatype::Double => WireType::Double,
        Datatype::Char => WireType::Char,
    };
    let mut field = Field::new(column.plain_name(), datatype);
    field.arraysize = column.arraysize.as_deref().map(str::parse::<Arraysize>).transpose()?;
    field.unit.clone_from(&column.unit);
    field.ucd.clone_from(&column.ucd);
    field.utype.clone_from(&column.utype);
    field.xtype = column.xtype.as_deref().map(|word| match word.parse() {
        Ok(xtype) => xtype,
        Err(never) => match never {},
    });
    field.description.clone_from(&column.description);
    Ok(field)
}

fn wire<'a>(column: &Column, value: &'a Value) -> WireValue<'a> {
    match (column.datatype, value) {
        (_, Value::Null) => WireValue::Null,
        (_, Value::Boolean(yes)) => WireValue::Bool(*yes),
        (_, Value::Text(text)) => WireValue::Text(text),
        (Datatype::Float, Value::Real(number)) => WireValue::F32(*number as f32),
        (_, Value::Real(number)) => WireValue::F64(*number),
        (Datatype::Float | Datatype::Double, Value::Integer(number)) => {
            WireValue::F64(*number as f64)
        }
        (Datatype::Short, Value::Integer(number)) => narrow(*number, WireValue::I16),
        (Datatype::Int, Value::Integer(number)) => narrow(*number, WireValue::I32),
        (_, Value::Integer(number)) => WireValue::I64(*number),
    }
}

/// Null instead of a number that the column cannot hold; the data tests find such a column.
fn narrow<'a, T: TryFrom<i64>>(number: i64, wire: fn(T) -> WireValue<'a>) -> WireValue<'a> {
    T::try_from(number).map_or(WireValue::Null, wire)
}

fn separated(answer: &Answer, delimiter: u8) -> anyhow::Result<Vec<u8>> {
    // TSV has no quoting: a tab or a line end inside of a text becomes a space.
    let tabs = delimiter == b'\t';
    let style = if tabs { csv::QuoteStyle::Never } else { csv::QuoteStyle::Necessary };
    let mut writer =
        csv::WriterBuilder::new().delimiter(delimiter).quote_style(style).from_writer(Vec::new());
    writer.write_record(answer.columns.iter().map(Column::plain_name))?;
    for row in &answer.rows {
        let cells = answer.columns.iter().zip(row).map(|(column, value)| {
            let text = cell(column, value);
            if tabs { text.replace(['\t', '\n', '\r'], " ") } else { text }
        });
        writer.write_record(cells)?;
    }
    Ok(writer.into_inner()?)
}

fn cell(column: &Column, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if column.datatype == Datatype::Float => (*number as f32).to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
    }
}
