//! Columns in the shapes of the plugin contract.

use archway_formats::Limits;
use archway_formats::votable::{
    CellShape, ColumnData, Columns, ElementData, ElementKind, Reader, RowBatch, TextData,
    Timestamps, Value,
};

use crate::table;

fn batch(fields: &str, rows: &str, timestamps: Timestamps) -> RowBatch {
    let document = table(fields, &format!("<TABLEDATA>{rows}</TABLEDATA>"));
    let mut reader = Reader::new(document.as_bytes(), Limits::default()).expect("legal");
    let mut columns = Columns::new(reader.fields(), timestamps, 1000);
    reader.fill(&mut columns).expect("legal");
    columns.take()
}

#[test]
fn the_shape_of_a_column_follows_from_its_field() {
    let cases: &[(&str, ElementKind, CellShape, &[u32])] = &[
        (r#"datatype="boolean""#, ElementKind::Boolean, CellShape::Scalar, &[]),
        (r#"datatype="bit" arraysize="8""#, ElementKind::Boolean, CellShape::Fixed(8), &[]),
        (r#"datatype="long" arraysize="1""#, ElementKind::Signed64, CellShape::Scalar, &[]),
        (r#"datatype="double" arraysize="2""#, ElementKind::Float64, CellShape::Fixed(2), &[]),
        (r#"datatype="double" arraysize="*""#, ElementKind::Float64, CellShape::Variable, &[]),
        (r#"datatype="float" arraysize="2x3""#, ElementKind::Float32, CellShape::Fixed(6), &[2, 3]),
        (r#"datatype="float" arraysize="2x*""#, ElementKind::Float32, CellShape::Variable, &[2, 0]),
        (r#"datatype="char""#, ElementKind::Text, CellShape::Scalar, &[]),
        (r#"datatype="char" arraysize="*""#, ElementKind::Text, CellShape::Scalar, &[]),
        (r#"datatype="unicodeChar" arraysize="30*""#, ElementKind::Text, CellShape::Scalar, &[]),
        (r#"datatype="char" arraysize="100x*""#, ElementKind::Text, CellShape::Variable, &[]),
        (r#"datatype="char" arraysize="10x5""#, ElementKind::Text, CellShape::Fixed(5), &[]),
        (r#"datatype="char" arraysize="10x5x2""#, ElementKind::Text, CellShape::Fixed(10), &[5, 2]),
        (r#"datatype="floatComplex""#, ElementKind::Float32, CellShape::Fixed(2), &[]),
        (
            r#"datatype="doubleComplex" arraysize="*""#,
            ElementKind::Float64,
            CellShape::Variable,
            &[2, 0],
        ),
    ];
    for (attributes, element, shape, dimensions) in cases {
        let document = table(&format!("<FIELD name=\"x\" {attributes}/>"), "<TABLEDATA/>");
        let reader = Reader::new(document.as_bytes(), Limits::default()).expect(attributes);
        let found = reader.fields()[0].column_type();
        assert_eq!((found.element, found.shape), (*element, *shape), "{attributes}");
        assert_eq!(found.dimensions, *dimensions, "{attributes}");
    }
}

#[test]
fn values_lie_in_arrows_layout() {
    let fields = r#"<FIELD name="b" datatype="boolean"/><FIELD name="n" datatype="long"/>
        <FIELD name="t" datatype="char" arraysize="*"/><FIELD name="p" datatype="double" arraysize="2"/>
        <FIELD name="v" datatype="short" arraysize="*"/><FIELD name="l" datatype="char" arraysize="2x*"/>"#;
    let rows = "<TR><TD>T</TD><TD>9007199254740993</TD><TD>ab</TD><TD>1 2</TD><TD>1 2 3</TD><TD>a b </TD></TR>\
        <TR><TD/><TD>2</TD><TD/><TD/><TD/><TD/></TR>\
        <TR><TD>1</TD><TD>3</TD><TD>ç</TD><TD>3 4</TD><TD>4</TD><TD>cd</TD></TR>";
    let batch = batch(fields, rows, Timestamps::AsText);
    assert_eq!(batch.rows, 3);
    let data: Vec<_> = batch.columns.iter().map(|column| &column.data).collect();
    let text =
        |offsets: &[u32], bytes: &str| TextData { offsets: offsets.to_vec(), bytes: bytes.into() };
    assert_eq!(data[0], &ColumnData::Scalar(ElementData::Boolean(3, vec![0b101])));
    assert_eq!(
        data[1],
        &ColumnData::Scalar(ElementData::Signed64(vec![9_007_199_254_740_993, 2, 3]))
    );
    assert_eq!(data[2], &ColumnData::Scalar(ElementData::Text(text(&[0, 2, 2, 4], "abç"))));
    let elements = ElementData::Float64(vec![1.0, 2.0, 0.0, 0.0, 3.0, 4.0]);
    assert_eq!(data[3], &ColumnData::FixedArray { length: 2, elements });
    let elements = ElementData::Signed16(vec![1, 2, 3, 4]);
    assert_eq!(data[4], &ColumnData::VariableArray { offsets: vec![0, 3, 3, 4], elements });
    let elements = ElementData::Text(text(&[0, 1, 2, 4], "abcd"));
    assert_eq!(data[5], &ColumnData::VariableArray { offsets: vec![0, 2, 2, 3], elements });
    let validity: Vec<_> = batch.columns.iter().map(|column| column.validity.clone()).collect();
    let some = Some(vec![0b101]);
    assert_eq!(validity, [some.clone(), None, some.clone(), some.clone(), some.clone(), some]);
    assert_eq!(batch.value(2, 1), Some(Value::Null));
    assert_eq!(batch.value(2, 2), Some(Value::Text("ç")));
    assert_eq!(batch.value(1, 3), None, "there is no fourth row");
}

#[test]
fn times_become_instants_if_asked_for() {
    let fields = r#"<FIELD name="t" datatype="char" arraysize="*" xtype="adql:TIMESTAMP"/>
        <FIELD name="u" datatype="char" arraysize="*"/>"#;
    let rows = "<TR><TD>1970-01-01 00:00:01.5</TD><TD>1970-01-01</TD></TR>\
        <TR><TD>yesterday</TD><TD/></TR><TR><TD/><TD/></TR>";
    let document = table(fields, &format!("<TABLEDATA>{rows}</TABLEDATA>"));
    let mut reader = Reader::new(document.as_bytes(), Limits::default()).expect("legal");
    let mut columns = Columns::new(reader.fields(), Timestamps::AsInstants, 10);
    assert_eq!(columns.types()[0].element, ElementKind::Instant);
    assert_eq!(columns.types()[1].element, ElementKind::Text);
    assert_eq!(reader.fill(&mut columns).expect("legal"), 3);
    assert_eq!(columns.unread_times(), 1);
    let batch = columns.take();
    assert_eq!(batch.value(0, 0), Some(Value::Instant(1_500_000)));
    assert_eq!(batch.value(0, 1), Some(Value::Null), "what is no time is null, and counted");
    assert_eq!(batch.columns[0].validity, Some(vec![0b001]));
}

#[test]
fn columns_are_full_at_their_rows_or_bytes() {
    let rows: String =
        (0..100).map(|i| format!("<TR><TD>{i}</TD><TD>{}</TD></TR>", "x".repeat(100))).collect();
    let fields =
        r#"<FIELD name="n" datatype="int"/><FIELD name="t" datatype="char" arraysize="*"/>"#;
    let document = table(fields, &format!("<TABLEDATA>{rows}</TABLEDATA>"));
    for (max_rows, max_bytes, expected) in
        [(30, usize::MAX, vec![30, 30, 30, 10]), (1000, 2000, vec![19; 6])]
    {
        let mut reader = Reader::new(document.as_bytes(), Limits::default()).expect("legal");
        let mut columns =
            Columns::new(reader.fields(), Timestamps::AsText, max_rows).with_max_bytes(max_bytes);
        let mut sizes = Vec::new();
        let mut next = 0;
        while reader.fill(&mut columns).expect("legal") > 0 {
            let batch = columns.take();
            for row in 0..batch.rows {
                assert_eq!(batch.value(0, row), Some(Value::I32(next)));
                next += 1;
            }
            sizes.push(batch.rows);
        }
        assert_eq!(next, 100, "no row is lost between batches");
        assert_eq!(sizes[0], expected[0], "{sizes:?}");
        assert!(sizes.len() >= expected.len() - 1, "{sizes:?}");
    }
}

#[test]
fn buffers_that_contradict_one_another_have_no_value() {
    let mut batch = batch(
        r#"<FIELD name="t" datatype="char" arraysize="*"/>"#,
        "<TR><TD>ab</TD></TR>",
        Timestamps::AsText,
    );
    for offsets in [vec![0], vec![0, 9], vec![2, 1], vec![]] {
        batch.columns[0].data =
            ColumnData::Scalar(ElementData::Text(TextData { offsets, bytes: b"ab".to_vec() }));
        assert_eq!(batch.value(0, 0), None);
    }
    batch.columns[0].data =
        ColumnData::Scalar(ElementData::Text(TextData { offsets: vec![0, 1], bytes: vec![0xff] }));
    assert_eq!(batch.value(0, 0), None, "not UTF-8");
    batch.columns[0].data =
        ColumnData::FixedArray { length: u32::MAX, elements: ElementData::Boolean(1, vec![1]) };
    assert_eq!(batch.value(0, 0), None);
}
