//! What documents look like.

use archway_formats::votable::{
    Arraysize, Cell, CooSys, Datatype, Field, Group, Head, Info, MetaResource, Param, QueryStatus,
    Resource, Serialization, Table, TimeSys, Value, Values, Writer, Xtype, write_error,
};

use crate::{assert_document, read};

fn head() -> Head {
    let fields = vec![
        Field {
            unit: Some("deg".to_owned()),
            ucd: Some("pos.eq.ra;meta.main".to_owned()),
            reference: Some("icrs".to_owned()),
            description: Some("right ascension < 360 & more".to_owned()),
            ..Field::new("ra", Datatype::Double)
        },
        Field {
            values: Some(Values {
                null: Some("-1".to_owned()),
                max: Some("9".to_owned()),
                ..Values::default()
            }),
            ..Field::new("n", Datatype::Int)
        },
        Field { xtype: Some(Xtype::Timestamp), ..Field::text("t") },
        Field::new("p", Datatype::Double).with_arraysize(Arraysize::fixed(2)),
        Field::new("one", Datatype::Short).with_arraysize(Arraysize::fixed(1)),
    ];
    Head {
        infos: vec![
            Info::new("request", "a \"b\"\n<c>"),
            Info::new("citation", "x").with_text("cite & credit"),
        ],
        coosys: vec![CooSys {
            id: "icrs".to_owned(),
            system: Some("ICRS".to_owned()),
            ..CooSys::default()
        }],
        timesys: vec![TimeSys {
            id: "utc".to_owned(),
            timescale: Some("UTC".to_owned()),
            ..TimeSys::default()
        }],
        params: vec![Param { field: Field::text("who"), value: "me".to_owned() }],
        groups: vec![Group {
            name: Some("g".to_owned()),
            field_refs: vec!["f".to_owned()],
            ..Group::default()
        }],
        resource: Some(Resource { description: Some("all".to_owned()), ..Resource::default() }),
        table: Some(Table { name: Some("ivoa.obscore".to_owned()), fields, ..Table::default() }),
        ..Head::default()
    }
}

#[test]
fn a_whole_table() {
    let mut writer = Writer::start(Vec::new(), &head(), Serialization::TableData).expect("legal");
    writer
        .row([
            Value::F64(0.1),
            Value::U8(7),
            Value::Instant(1_785_583_800_500_000),
            Value::F64s(&[1e300, f64::NEG_INFINITY]),
            Value::I16(1),
        ])
        .expect("it fits");
    writer.cells(&vec![Cell::Null; 5]).expect("it fits");
    let descriptor = MetaResource {
        resource: Resource {
            id: Some("dl".to_owned()),
            utype: Some("adhoc:service".to_owned()),
            ..Resource::default()
        },
        params: vec![Param {
            field: Field::text("accessURL"),
            value: "https://example.org/l?a=1&b".to_owned(),
        }],
        ..MetaResource::default()
    };
    let document = writer.finish(&QueryStatus::Overflow, &[descriptor]).expect("memory takes it");
    assert_document("a_whole_table", &document);
    let (found, rows, trailer) = read(&document).expect("legal");
    assert_eq!(found.infos[1].value, "a \"b\"\n<c>");
    assert_eq!(rows[0][2], Cell::text("2026-08-01T11:30:00.500"));
    assert_eq!(trailer.status, QueryStatus::Overflow);
    assert_eq!(trailer.meta[0].param("accessURL"), Some("https://example.org/l?a=1&b"));
}

#[test]
fn an_error_document() {
    let mut document = Vec::new();
    write_error(&mut document, "no column \"x\" < here & \u{1}there").expect("memory takes it");
    assert_document("an_error_document", &document);
    let (head, _, _) = read(&document).expect("legal");
    assert_eq!(head.status(), QueryStatus::Error("no column \"x\" < here & there".to_owned()));
}

#[test]
fn a_failure_behind_the_rows_is_said_there() {
    for serialization in [Serialization::TableData, Serialization::Binary, Serialization::Binary2] {
        let mut writer = Writer::start(Vec::new(), &head(), serialization).expect("legal");
        writer
            .cells(&[Cell::F64(1.0), Cell::I32(1), Cell::Null, Cell::Null, Cell::I16(1)])
            .expect("it fits");
        let status = QueryStatus::Error("the archive went away".to_owned());
        let document =
            writer.finish_with(&status, &[Info::new("late", "1")], &[]).expect("memory takes it");
        let (head, rows, trailer) = read(&document).expect("legal");
        assert_eq!((head.status(), rows.len()), (QueryStatus::Ok, 1));
        assert_eq!(trailer.status, status);
        assert_eq!(trailer.infos[1].name, "late");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_no_trace() {
    let cases: &[(&str, Field, Cell)] = &[
        ("text in a number", Field::new("x", Datatype::Int), Cell::text("1")),
        ("float in an integer", Field::new("x", Datatype::Int), Cell::F64(1.0)),
        ("double in a float", Field::new("x", Datatype::Float), Cell::F64(1.0)),
        ("too large", Field::new("x", Datatype::Short), Cell::I32(40_000)),
        ("negative byte", Field::new("x", Datatype::UnsignedByte), Cell::I16(-1)),
        ("array in a scalar", Field::new("x", Datatype::Int), Cell::I32s(vec![1])),
        (
            "wrong length",
            Field::new("x", Datatype::Int).with_arraysize(Arraysize::fixed(3)),
            Cell::I32s(vec![1, 2]),
        ),
        (
            "half a pair",
            Field::new("x", Datatype::Int).with_arraysize("2x*".parse().expect("legal")),
            Cell::I32s(vec![1]),
        ),
        (
            "long text",
            Field::new("x", Datatype::Char).with_arraysize(Arraysize::fixed(3)),
            Cell::text("abcd"),
        ),
        (
            "long text in a list",
            Field::new("x", Datatype::Char).with_arraysize("2x*".parse().expect("legal")),
            Cell::texts(["abc"]),
        ),
    ];
    for (name, field, cell) in cases {
        for serialization in
            [Serialization::TableData, Serialization::Binary, Serialization::Binary2]
        {
            let table = Table { fields: vec![field.clone()], ..Table::default() };
            let head = Head { table: Some(table), ..Head::default() };
            let mut writer = Writer::start(Vec::new(), &head, serialization).expect("legal");
            assert!(
                writer.cells(std::slice::from_ref(cell)).is_err(),
                "{name} as {serialization:?}"
            );
            assert!(writer.cells(&[Cell::Null, Cell::Null]).is_err(), "{name}: two cells");
            assert!(writer.cells(&[]).is_err(), "{name}: no cell");
            let document = writer.finish(&QueryStatus::Ok, &[]).expect("memory takes it");
            let (_, rows, _) =
                read(&document).unwrap_or_else(|e| panic!("{name} as {serialization:?}: {e}"));
            assert!(rows.is_empty(), "{name} as {serialization:?}: {rows:?}");
        }
    }
}
