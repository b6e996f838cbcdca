use std::sync::Arc;

use archway_core::tables::Field;
use arrow_array::RecordBatch;
use arrow_schema::{DataType, TimeUnit};

use super::super::archway::archive::tabular as wit;
use super::super::tabular::{item, schema};
use super::{batch, batch_to_wit};

fn field(name: &str, data_type: DataType) -> Field {
    Field {
        name: name.to_owned(),
        data_type,
        dimensions: Vec::new(),
        unit: None,
        ucd: None,
        utype: None,
        xtype: None,
        description: None,
        indexed: false,
        principal: false,
        extras: Vec::new(),
    }
}

fn text(offsets: &[u32], bytes: &[u8]) -> wit::ElementData {
    wit::ElementData::Text(wit::TextData { offsets: offsets.to_vec(), bytes: bytes.to_vec() })
}

fn scalar(data: wit::ElementData) -> wit::Column {
    wit::Column { data: wit::ColumnData::Scalar(data), validity: None }
}

fn one(data_type: DataType, rows: u32, column: wit::Column) -> Result<RecordBatch, String> {
    let schema = schema(&[field("c", data_type)]);
    batch(&schema, wit::RowBatch { rows, columns: vec![column] }).map_err(|lie| lie.to_string())
}

#[test]
fn forged_buffers_are_refused_by_name() {
    use wit::ElementData as Data;
    let list = || DataType::List(item(DataType::Int32));
    let fixed = || DataType::FixedSizeList(item(DataType::Int32), 2);
    let variable = |offsets: &[u32], values: Vec<i32>| wit::Column {
        data: wit::ColumnData::VariableArray(wit::VariableArray {
            offsets: offsets.to_vec(),
            elements: Data::Signed32(values),
        }),
        validity: None,
    };
    let pairs = |length, values: Vec<i32>| wit::Column {
        data: wit::ColumnData::FixedArray(wit::FixedArray {
            length,
            elements: Data::Signed32(values),
        }),
        validity: None,
    };
    let with_validity = |bits: Vec<u8>| wit::Column {
        data: wit::ColumnData::Scalar(Data::Signed32(vec![1, 2])),
        validity: Some(bits),
    };
    let cases = [
        ("too few numbers", DataType::Float64, scalar(Data::Float64(vec![1.0]))),
        ("too many numbers", DataType::Float64, scalar(Data::Float64(vec![1.0; 3]))),
        ("another type", DataType::Float64, scalar(Data::Float32(vec![1.0; 2]))),
        ("short validity", DataType::Int32, with_validity(vec![])),
        ("long validity", DataType::Int32, with_validity(vec![0; 2])),
        ("boolean count", DataType::Boolean, scalar(Data::Boolean((3, vec![0])))),
        ("boolean bits", DataType::Boolean, scalar(Data::Boolean((2, vec![])))),
        ("no offsets", DataType::Utf8, scalar(text(&[], b"ab"))),
        ("offsets not from 0", DataType::Utf8, scalar(text(&[1, 1, 2], b"ab"))),
        ("falling offsets", DataType::Utf8, scalar(text(&[0, 2, 1], b"a"))),
        ("offsets beyond the data", DataType::Utf8, scalar(text(&[0, 1, 9], b"ab"))),
        ("data beyond the offsets", DataType::Utf8, scalar(text(&[0, 1, 1], b"ab"))),
        ("huge offsets", DataType::Utf8, scalar(text(&[0, 1, u32::MAX], b"ab"))),
        ("no UTF-8", DataType::Utf8, scalar(text(&[0, 1, 2], b"a\xff"))),
        ("a split character", DataType::Utf8, scalar(text(&[0, 1, 2], "é".as_bytes()))),
        ("list offsets beyond", list(), variable(&[0, 1, 5], vec![1, 2])),
        ("falling list offsets", list(), variable(&[0, 2, 1], vec![1])),
        ("another width", fixed(), pairs(3, vec![1; 6])),
        ("short pairs", fixed(), pairs(2, vec![1; 3])),
        ("scalar for list", list(), scalar(Data::Signed32(vec![1, 2]))),
    ];
    let answers: Vec<String> = cases
        .into_iter()
        .map(|(name, data_type, column)| match one(data_type, 2, column) {
            Ok(_) => format!("{name}: PASSED"),
            Err(lie) => format!("{name}: {lie}"),
        })
        .collect();
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn a_batch_has_the_columns_of_the_answer() {
    let schema = schema(&[field("a", DataType::Int32), field("b", DataType::Int32)]);
    let columns = vec![scalar(wit::ElementData::Signed32(vec![1]))];
    let lie = batch(&schema, wit::RowBatch { rows: 1, columns }).unwrap_err();
    assert_eq!(lie.to_string(), "row-batch.columns is 1 columns, not 2");
}

#[test]
fn every_type_goes_to_a_plugin_and_comes_back() {
    use wit::ElementData as Data;
    let times = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let columns = [
        (DataType::Boolean, scalar(Data::Boolean((3, vec![0b101])))),
        (DataType::UInt8, scalar(Data::Unsigned8(vec![1, 2, 3]))),
        (DataType::Int16, scalar(Data::Signed16(vec![-1, 2, 3]))),
        (DataType::Int32, scalar(Data::Signed32(vec![-1, 2, 3]))),
        (DataType::Int64, scalar(Data::Signed64(vec![-1, 2, 3]))),
        (DataType::Float32, scalar(Data::Float32(vec![0.5, f32::NAN, 3.0]))),
        (DataType::Float64, scalar(Data::Float64(vec![0.5, f64::NAN, 3.0]))),
        (times, scalar(Data::Instant(vec![0, -1, 5]))),
        (DataType::Utf8, scalar(text(&[0, 1, 1, 3], "aé".as_bytes()))),
        (
            DataType::List(item(DataType::Utf8)),
            wit::Column {
                data: wit::ColumnData::VariableArray(wit::VariableArray {
                    offsets: vec![0, 2, 2, 3],
                    elements: text(&[0, 1, 2, 3], b"abc"),
                }),
                validity: Some(vec![0b101]),
            },
        ),
        (
            DataType::FixedSizeList(item(DataType::Float64), 2),
            wit::Column {
                data: wit::ColumnData::FixedArray(wit::FixedArray {
                    length: 2,
                    elements: Data::Float64(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
                }),
                validity: None,
            },
        ),
    ];
    for (data_type, column) in columns {
        let fields = [field("c", data_type.clone())];
        let schema = schema(&fields);
        let columns = vec![column];
        let rows = batch(&schema, wit::RowBatch { rows: 3, columns }).unwrap();
        for part in [rows.clone(), rows.slice(1, 2)] {
            let again = batch_to_wit(&fields, &part).unwrap();
            let again = batch(&schema, again).unwrap();
            // NaN is not itself; its text is.
            assert_eq!(format!("{again:?}"), format!("{part:?}"), "case: {data_type}");
        }
    }
    let unknown = RecordBatch::new_empty(Arc::new(arrow_schema::Schema::new(vec![
        arrow_schema::Field::new("c", DataType::Date32, true),
    ])));
    assert!(batch_to_wit(&[field("c", DataType::Date32)], &unknown).is_none());
}
