//! `/tables`, `/capabilities`, `/availability`, standard and odd.

use archway_formats::vosi::{
    Amount, Availability, Capabilities, Column, ColumnDataType, ForeignKey, SchemaDescription,
    TableDescription, TableKind, TablesReader, TypeSystem, write_table, write_tables,
};
use archway_formats::votable::{Arraysize, Datatype, Xtype};
use archway_formats::{Ceiling, Error, Limits, time::parse_timestamp};

use crate::{assert_document, recorded_bytes};

const TAP: &str = "ivo://ivoa.net/std/TAP";

fn tables(bytes: &[u8]) -> (Vec<SchemaDescription>, Vec<TableDescription>) {
    let mut reader = TablesReader::new(bytes, Limits::default()).expect("a tableset");
    let mut tables = Vec::new();
    while let Some(table) = reader.next_table().expect("whole") {
        tables.push(table);
    }
    (reader.schemas().to_vec(), tables)
}

#[test]
fn a_tableset_is_read_table_by_table() {
    let (schemas, tables) = tables(&recorded_bytes("vosi/tables.xml"));
    assert_eq!(schemas[0].name, "ivoa");
    let table = &tables[0];
    assert_eq!((table.schema.as_deref(), table.name.as_str()), (Some("ivoa"), "ivoa.obscore"));
    assert_eq!(table.utype.as_deref(), Some("ivo://ivoa.net/std/obscore#table-1.1"));
    assert_eq!(table.columns[0].to_field().arraysize, Some(Arraysize::variable()));
    let ra = &table.columns[1];
    assert!(ra.has_flag("indexed") && ra.has_flag("PRINCIPAL") && ra.std);
    assert_eq!(table.foreign_keys[0].columns, [("obs_id".to_owned(), "id".to_owned())]);
}

#[test]
fn the_document_of_one_table_is_read() {
    let (schemas, tables) = tables(&recorded_bytes("vosi/table.xml"));
    assert!(schemas.is_empty());
    assert_eq!(
        (tables.len(), tables[0].schema.as_deref(), tables[0].name.as_str()),
        (1, None, "ivoa.obscore")
    );
}

#[test]
fn extensions_of_tap_plus_are_kept() {
    let (schemas, tables) = tables(&recorded_bytes("vosi/gaia-tables.xml"));
    assert_eq!(schemas.len(), 1);
    assert_eq!(tables.iter().map(|t| t.columns.len()).sum::<usize>(), 181);
    let apass = &tables[0];
    assert_eq!((apass.rows, apass.size_bytes), (Some(61_176_401), Some(22_474_547_200)));
    assert_eq!(apass.columns[1].tap_plus_flags, Some(1));
    assert!(apass.description.as_deref().is_some_and(|d| d.contains("Data Release 9\n")), "CDATA");
    assert_eq!(apass.columns[1].unit.as_deref(), Some("deg"));
}

#[test]
fn types_of_sql_are_types_of_votable() {
    let (_, tables) = tables(&recorded_bytes("vosi/pyvo-datatypes-tap.xml"));
    let found: Vec<_> = tables[0].columns.iter().map(Column::to_field).collect();
    let datatype =
        |name: &str| found.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("no {name}"));
    for (name, expected, size, xtype) in [
        ("_boolean", Datatype::Boolean, None, None),
        ("_smallint", Datatype::Short, None, None),
        ("_integer", Datatype::Int, None, None),
        ("_bigint", Datatype::Long, None, None),
        ("_real", Datatype::Float, None, None),
        ("_double", Datatype::Double, None, None),
        ("_timestamp", Datatype::Char, Some("*"), Some(Xtype::Timestamp)),
        ("_char", Datatype::Char, Some("*"), None),
        ("_varchar", Datatype::Char, Some("*"), None),
        ("_varbinary", Datatype::UnsignedByte, Some("*"), None),
        ("_point", Datatype::Char, Some("*"), Some(Xtype::AdqlPoint)),
        ("_region", Datatype::Char, Some("*"), Some(Xtype::AdqlRegion)),
        ("_clob", Datatype::Char, Some("*"), Some(Xtype::AdqlClob)),
        ("_blob", Datatype::UnsignedByte, Some("*"), Some(Xtype::AdqlBlob)),
    ] {
        let field = datatype(name);
        assert_eq!((field.datatype, &field.xtype), (expected, &xtype), "{name}");
        assert_eq!(field.arraysize.as_ref().map(ToString::to_string).as_deref(), size, "{name}");
    }
    let sql = |name: &str, size| ColumnDataType {
        system: TypeSystem::Tap,
        name: name.to_owned(),
        size,
        ..ColumnDataType::default()
    };
    assert_eq!(sql("CHAR", Some(8)).resolve().1, Some(Arraysize::fixed(8)));
    assert_eq!(
        sql("adql:VARCHAR(30)", None).resolve(),
        (Datatype::Char, Some(Arraysize::variable()), None)
    );
    assert_eq!(sql("GEOGRAPHY", None).resolve().0, Datatype::Char, "the unknown is text");
}

#[test]
fn tables_beyond_the_ceiling_are_refused() {
    let columns = "<column><name>c</name></column>".repeat(11);
    let document = format!(
        "<tableset><schema><name>s</name><table><name>t</name>{columns}</table></schema></tableset>"
    );
    let limits = Limits { fields: 10, ..Limits::default() };
    let error = TablesReader::new(document.as_bytes(), limits)
        .and_then(|mut r| r.next_table())
        .expect_err("eleven");
    assert!(matches!(error, Error::Limit { ceiling: Ceiling::Fields, limit: 10, .. }), "{error}");
    // The ceiling of the head counts per table: a catalogue of any length can be read.
    let many = format!(
        "<tableset><schema><name>s</name>{}</schema></tableset>",
        "<table><name>t</name></table>".repeat(1000)
    );
    let mut reader =
        TablesReader::new(many.as_bytes(), Limits { head_bytes: 2000, ..Limits::default() })
            .expect("legal");
    let mut count = 0;
    while reader.next_table().expect("legal").is_some() {
        count += 1;
    }
    assert_eq!(count, 1000);
}

fn table() -> TableDescription {
    TableDescription {
        schema: Some("s".to_owned()),
        name: "s.\"odd name\"".to_owned(),
        kind: TableKind::View,
        title: Some("T".to_owned()),
        description: Some("a < b".to_owned()),
        rows: Some(12),
        columns: vec![
            Column {
                name: "\"size\"".to_owned(),
                data_type: Some(ColumnDataType::votable(Datatype::Int, None, None)),
                flags: vec!["indexed".to_owned()],
                std: true,
                unit: Some("deg".to_owned()),
                ..Column::default()
            },
            Column {
                name: "t".to_owned(),
                data_type: Some(ColumnDataType::votable(
                    Datatype::Char,
                    Some(&Arraysize::variable()),
                    Some(&Xtype::Timestamp),
                )),
                ..Column::default()
            },
        ],
        foreign_keys: vec![ForeignKey {
            target_table: "s.u".to_owned(),
            columns: vec![("a".to_owned(), "b".to_owned())],
            ..ForeignKey::default()
        }],
        ..TableDescription::default()
    }
}

#[test]
fn written_tables_are_read_back() {
    let schema = SchemaDescription {
        name: "s".to_owned(),
        description: Some("d".to_owned()),
        ..SchemaDescription::default()
    };
    let mut document = Vec::new();
    write_tables(&mut document, [(&schema, &[table()][..]), (&SchemaDescription::default(), &[])])
        .expect("memory takes it");
    assert_document("a_tableset", &document);
    let (schemas, found) = tables(&document);
    assert_eq!(schemas, [schema, SchemaDescription::default()]);
    assert_eq!(found, [table()]);
    let mut document = Vec::new();
    write_table(&mut document, &table()).expect("memory takes it");
    assert_eq!(tables(&document).1, [TableDescription { schema: None, ..table() }]);
}

#[test]
fn capabilities_say_where_and_how() {
    let capabilities =
        Capabilities::read(&recorded_bytes("vosi/capabilities.xml")[..], &Limits::default())
            .expect("legal");
    assert_eq!(capabilities.access_url(TAP), Some("https://gw.example.org/tap"));
    assert_eq!(
        capabilities.access_url("ivo://IVOA.net/std/vosi#tables-1.1"),
        Some("https://gw.example.org/tap/tables")
    );
    assert_eq!(capabilities.access_url("ivo://ivoa.net/std/SIA"), None);
    let tap = capabilities.of(TAP).expect("there is one");
    assert_eq!(tap.interfaces[0].security_methods[0], None, "anonymous is allowed");
    let access = tap.table_access.as_ref().expect("it is a TableAccess");
    assert_eq!(access.languages[0].versions[1].0, "2.1");
    assert_eq!(
        access.languages[0].features[0].form,
        "ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER"
    );
    assert_eq!(access.output_formats[1].aliases, ["votable/b2"]);
    assert_eq!(access.output_limit.hard, Some(Amount::Rows(20_000_000)));
    assert_eq!(access.upload_limit.hard, Some(Amount::Bytes(104_857_600)));
    assert_eq!(access.retention_s.default, Some(Amount::Seconds(172_800)));
    assert_eq!(access.upload_methods.len(), 3);
}

#[test]
fn recorded_capabilities_are_read_and_survive_writing() {
    for name in ["vosi/capabilities.xml", "vosi/gavo-capabilities.xml"] {
        let read = Capabilities::read(&recorded_bytes(name)[..], &Limits::default()).expect(name);
        assert!(read.access_url(TAP).is_some(), "{name}");
        let mut document = Vec::new();
        read.write(&mut document).expect("memory takes it");
        if name == "vosi/capabilities.xml" {
            assert_document("capabilities", &document);
        }
        let again = Capabilities::read(&document[..], &Limits::default()).expect(name);
        assert_eq!(read, again, "{name}");
    }
}

#[test]
fn availability_goes_there_and_back() {
    let read = Availability::read(&recorded_bytes("vosi/availability.xml")[..], &Limits::default())
        .expect("legal");
    assert!(read.available);
    assert_eq!(read.up_since, parse_timestamp("2026-08-01"));
    assert_eq!(read.notes, ["accepting queries"]);
    let planned = Availability {
        down_at: Some(1_785_585_000_000_000),
        back_at: Some(1_785_585_000_500_000),
        ..read
    };
    let mut document = Vec::new();
    planned.write(&mut document).expect("memory takes it");
    assert_eq!(Availability::read(&document[..], &Limits::default()).expect("legal"), planned);
}
