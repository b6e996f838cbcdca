//! Tables that go along with a query (TAP 1.1, 2.4.4; inline uploads).

use archway_formats::votable::{
    self, Arraysize, Datatype, Head, QueryStatus, Serialization, Table, Writer,
};
use archway_plugin::http::{Body, Method, Part};
use archway_plugin::tabular::{self as wit, CellShape, ElementKind, Upload};
use archway_plugin::{Error, Request};

/// One part of a multipart request for each table, and the parameter that names them.
pub(crate) fn parts(uploads: &[Upload]) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    for (number, upload) in uploads.iter().enumerate() {
        let name = &upload.name;
        let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_plain {
            let message = format!(
                "the upload `{name}` has a name that is not a letter followed by letters, digits and _"
            );
            return Err(Error::invalid_part("uploads", message));
        }
        let part = format!("upload{number}");
        let content =
            votable(upload).map_err(|e| Error::invalid_part("uploads", format!("{name}: {e}")))?;
        parts.push(Part {
            name: "UPLOAD".to_owned(),
            file_name: None,
            media_type: None,
            content: format!("{name},param:{part}").into_bytes(),
        });
        parts.push(Part {
            name: part.clone(),
            file_name: Some(format!("{part}.vot")),
            media_type: Some("application/x-votable+xml".to_owned()),
            content,
        });
    }
    Ok(parts)
}

/// A multipart request of the query's fields and the uploads.
pub(crate) fn request(url: String, fields: &[(String, String)], uploads: &[Part]) -> Request {
    let field = |(name, value): &(String, String)| Part {
        name: name.clone(),
        file_name: None,
        media_type: None,
        content: value.clone().into_bytes(),
    };
    let parts = fields.iter().map(field).chain(uploads.iter().cloned()).collect();
    Request::new(Method::Post, url, Body::Multipart(parts))
}

fn votable(upload: &Upload) -> archway_formats::Result<Vec<u8>> {
    let fields = upload.fields.iter().map(field).collect();
    let head = Head {
        table: Some(Table { name: Some(upload.name.clone()), fields, ..Table::default() }),
        ..Head::default()
    };
    let mut writer = Writer::start(Vec::new(), &head, Serialization::TableData)?;
    for batch in &upload.batches {
        writer.batch(&row_batch(batch))?;
    }
    writer.finish(&QueryStatus::Ok, &[])
}

fn field(field: &wit::Field) -> votable::Field {
    let datatype = match field.element {
        ElementKind::Boolean => Datatype::Boolean,
        ElementKind::Unsigned8 | ElementKind::Binary => Datatype::UnsignedByte,
        ElementKind::Signed16 => Datatype::Short,
        ElementKind::Signed32 => Datatype::Int,
        ElementKind::Signed64 => Datatype::Long,
        ElementKind::Float32 => Datatype::Float,
        ElementKind::Float64 => Datatype::Double,
        ElementKind::Instant | ElementKind::Text => Datatype::UnicodeChar,
    };
    let is_text =
        matches!(field.element, ElementKind::Text | ElementKind::Instant | ElementKind::Binary);
    let arraysize = match field.shape {
        CellShape::Scalar if is_text => Some(Arraysize::variable()),
        CellShape::Scalar => None,
        CellShape::Fixed(length) => Some(Arraysize::fixed(length)),
        CellShape::Variable => Some(Arraysize::variable()),
    };
    let mut xtype = field.xtype.as_deref().and_then(|word| word.parse().ok());
    if field.element == ElementKind::Instant {
        xtype = xtype.or(Some(votable::Xtype::Timestamp));
    }
    votable::Field {
        arraysize,
        unit: field.unit.clone(),
        ucd: field.ucd.clone(),
        utype: field.utype.clone(),
        xtype,
        description: field.description.clone(),
        ..votable::Field::new(field.name.clone(), datatype)
    }
}

fn row_batch(batch: &wit::RowBatch) -> votable::RowBatch {
    let columns = batch.columns.iter().map(|column| votable::Column {
        data: data(&column.data),
        validity: column.validity.clone(),
    });
    votable::RowBatch { rows: batch.rows, columns: columns.collect() }
}

fn data(data: &wit::ColumnData) -> votable::ColumnData {
    match data {
        wit::ColumnData::Scalar(elements) => votable::ColumnData::Scalar(element_data(elements)),
        wit::ColumnData::FixedArray(array) => votable::ColumnData::FixedArray {
            length: array.length,
            elements: element_data(&array.elements),
        },
        wit::ColumnData::VariableArray(array) => votable::ColumnData::VariableArray {
            offsets: array.offsets.clone(),
            elements: element_data(&array.elements),
        },
    }
}

fn element_data(data: &wit::ElementData) -> votable::ElementData {
    let texts = |data: &wit::TextData| votable::TextData {
        offsets: data.offsets.clone(),
        bytes: data.bytes.clone(),
    };
    match data {
        wit::ElementData::Boolean((count, bits)) => {
            votable::ElementData::Boolean(*count, bits.clone())
        }
        wit::ElementData::Unsigned8(values) => votable::ElementData::Unsigned8(values.clone()),
        wit::ElementData::Signed16(values) => votable::ElementData::Signed16(values.clone()),
        wit::ElementData::Signed32(values) => votable::ElementData::Signed32(values.clone()),
        wit::ElementData::Signed64(values) => votable::ElementData::Signed64(values.clone()),
        wit::ElementData::Float32(values) => votable::ElementData::Float32(values.clone()),
        wit::ElementData::Float64(values) => votable::ElementData::Float64(values.clone()),
        wit::ElementData::Instant(values) => votable::ElementData::Instant(values.clone()),
        wit::ElementData::Text(data) => votable::ElementData::Text(texts(data)),
        wit::ElementData::Binary(data) => votable::ElementData::Binary(texts(data)),
    }
}
