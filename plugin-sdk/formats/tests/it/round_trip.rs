//! What is written is read back: every type, every serialisation, any values.

use archway_formats::Limits;
use archway_formats::votable::{
    Arraysize, Cell, Columns, Datatype, Field, Head, QueryStatus, Reader, Serialization, Table,
    Timestamps, Values, Writer,
};
use proptest::prelude::*;

use crate::read;

const ALL: [Serialization; 3] =
    [Serialization::TableData, Serialization::Binary, Serialization::Binary2];

fn write(fields: &[Field], rows: &[Vec<Cell>], serialization: Serialization) -> Vec<u8> {
    let table = Table { fields: fields.to_vec(), ..Table::default() };
    let head = Head { table: Some(table), ..Head::default() };
    let mut writer =
        Writer::start(Vec::new(), &head, serialization).expect("the head can be written");
    for row in rows {
        writer.cells(row).expect("the row fits");
    }
    writer.finish(&QueryStatus::Ok, &[]).expect("memory takes it")
}

fn field(datatype: Datatype, arraysize: &str) -> Field {
    let field = Field::new("x", datatype);
    match arraysize {
        "" => field,
        size => field.with_arraysize(size.parse::<Arraysize>().expect(size)),
    }
}

/// A float that is not NaN, which would be null.
fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_map(|v| if v.is_nan() { 0.5 } else { v })
}

fn number_32() -> impl Strategy<Value = f32> {
    any::<f32>().prop_map(|v| if v.is_nan() { 0.5 } else { v })
}

/// A text that XML can carry, not empty.
fn text(most: usize) -> impl Strategy<Value = String> {
    let c = prop_oneof![
        8 => proptest::char::range(' ', '~'),
        1 => prop::sample::select(vec!['\n', '\t', '\r', '<', '>', '&', '"', '\'', ']']),
        1 => proptest::char::range('\u{a0}', '\u{d7ff}'),
        1 => proptest::char::range('\u{10000}', '\u{10ffff}'),
    ];
    prop::collection::vec(c, 1..=most).prop_map(|chars| chars.into_iter().collect())
}

/// An ASCII text of at most `most` characters without blanks at its end.
fn word(most: usize) -> impl Strategy<Value = String> {
    text(most).prop_map(move |t| {
        let ascii: String = t.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
        ascii
    })
}

fn columns() -> impl Strategy<Value = (Field, Vec<Cell>)> {
    let rows = 0..12_usize;
    let column = |datatype: Datatype, size: &'static str, cell: BoxedStrategy<Cell>| {
        let cell = prop_oneof![4 => cell, 1 => Just(Cell::Null)];
        prop::collection::vec(cell, rows.clone())
            .prop_map(move |cells| (field(datatype, size), cells))
            .boxed()
    };
    let vec = |n: std::ops::RangeInclusive<usize>| n;
    let fixed = prop_oneof![
        column(Datatype::Boolean, "", any::<bool>().prop_map(Cell::Bool).boxed()),
        column(Datatype::Bit, "", any::<bool>().prop_map(Cell::Bool).boxed()),
        column(Datatype::UnsignedByte, "", (0..255_u8).prop_map(Cell::U8).boxed()),
        column(Datatype::Short, "", (i16::MIN + 1..=i16::MAX).prop_map(Cell::I16).boxed()),
        column(Datatype::Int, "", (i32::MIN + 1..=i32::MAX).prop_map(Cell::I32).boxed()),
        column(Datatype::Long, "", (i64::MIN + 1..=i64::MAX).prop_map(Cell::I64).boxed()),
        column(Datatype::Float, "", number_32().prop_map(Cell::F32).boxed()),
        column(Datatype::Double, "", number().prop_map(Cell::F64).boxed()),
        column(Datatype::Char, "*", text(20).prop_map(Cell::Text).boxed()),
        column(Datatype::UnicodeChar, "*", text(20).prop_map(Cell::Text).boxed()),
        column(Datatype::Char, "12", word(12).prop_map(Cell::Text).boxed()),
        column(Datatype::UnicodeChar, "12", word(12).prop_map(Cell::Text).boxed()),
        column(
            Datatype::Float,
            "2",
            prop::collection::vec(number_32(), 2).prop_map(Cell::F32s).boxed()
        ),
        column(
            Datatype::Double,
            "2x3",
            prop::collection::vec(number(), 6).prop_map(Cell::F64s).boxed()
        ),
        column(
            Datatype::FloatComplex,
            "",
            prop::collection::vec(number_32(), 2).prop_map(Cell::F32s).boxed()
        ),
        column(
            Datatype::DoubleComplex,
            "2",
            prop::collection::vec(number(), 4).prop_map(Cell::F64s).boxed()
        ),
    ];
    let variable = prop_oneof![
        column(
            Datatype::Double,
            "*",
            prop::collection::vec(any::<f64>(), vec(1..=5)).prop_map(Cell::F64s).boxed()
        ),
        column(
            Datatype::Float,
            "2x*",
            prop::collection::vec(number_32(), 4).prop_map(Cell::F32s).boxed()
        ),
        column(
            Datatype::DoubleComplex,
            "*",
            prop::collection::vec(number(), 4).prop_map(Cell::F64s).boxed()
        ),
        column(
            Datatype::UnsignedByte,
            "*",
            prop::collection::vec(any::<u8>(), vec(1..=9)).prop_map(Cell::U8s).boxed()
        ),
        column(
            Datatype::Short,
            "*",
            prop::collection::vec(any::<i16>(), vec(1..=5)).prop_map(Cell::I16s).boxed()
        ),
        column(
            Datatype::Int,
            "3*",
            prop::collection::vec(any::<i32>(), vec(1..=3)).prop_map(Cell::I32s).boxed()
        ),
        column(
            Datatype::Long,
            "2x*",
            prop::collection::vec(any::<i64>(), 6).prop_map(Cell::I64s).boxed()
        ),
        column(
            Datatype::Boolean,
            "*",
            prop::collection::vec(any::<bool>(), vec(1..=9)).prop_map(Cell::Bools).boxed()
        ),
        column(
            Datatype::Bit,
            "*",
            prop::collection::vec(any::<bool>(), vec(1..=20)).prop_map(Cell::Bools).boxed()
        ),
        column(
            Datatype::Char,
            "8x*",
            prop::collection::vec(word(8), vec(1..=4))
                .prop_map(|words| Cell::texts(words.iter().map(String::as_str)))
                .boxed()
        ),
    ];
    prop_oneof![16 => fixed, 10 => variable]
}

/// Joins columns of any length into rows, the missing cells null.
fn rows(columns: &[(Field, Vec<Cell>)]) -> (Vec<Field>, Vec<Vec<Cell>>) {
    let fields = columns
        .iter()
        .enumerate()
        .map(|(i, (field, _))| Field { name: format!("c{i}"), ..field.clone() });
    let count = columns.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let rows = (0..count)
        .map(|row| {
            columns.iter().map(|(_, cells)| cells.get(row).cloned().unwrap_or(Cell::Null)).collect()
        })
        .collect();
    (fields.collect(), rows)
}

/// As [`rows`], without the columns whose nulls the serialisation cannot say.
fn rows_of(
    columns: &[(Field, Vec<Cell>)],
    serialization: Serialization,
) -> (Vec<Field>, Vec<Vec<Cell>>) {
    let is_bit = |field: &Field| field.datatype == Datatype::Bit && field.arraysize.is_none();
    let unsayable = |field: &Field| serialization == Serialization::Binary && is_bit(field);
    let sayable: Vec<_> = columns.iter().filter(|(field, _)| !unsayable(field)).cloned().collect();
    let (fields, rows) = rows(&sayable);
    // A table without columns has no rows in a stream.
    let rows = if fields.is_empty() { Vec::new() } else { rows };
    (fields, rows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(columns in prop::collection::vec(columns(), 1..10)) {
        for serialization in ALL {
            let (fields, expected) = rows_of(&columns, serialization);
            let document = write(&fields, &expected, serialization);
            let (head, found, _) = read(&document).map_err(|e| TestCaseError::fail(format!("{serialization:?}: {e}")))?;
            // NaN differs from itself, its print does not.
            prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{:?}", serialization);
            if serialization != Serialization::Binary {
                prop_assert_eq!(head.fields(), &fields[..]);
            }
        }
    }

    #[test]
    fn rows_keep_their_values_in_columns(
        columns in prop::collection::vec(columns(), 1..8),
        batch_rows in 1..9_u32,
    ) {
        let (fields, expected) = rows(&columns);
        let document = write(&fields, &expected, Serialization::Binary2);
        let mut reader = Reader::new(&document[..], Limits::default()).expect("legal");
        let mut collected = Columns::new(reader.fields(), Timestamps::AsText, batch_rows);
        let table = Table { fields: fields.clone(), ..Table::default() };
        let head = Head { table: Some(table), ..Head::default() };
        let mut writer = Writer::start(Vec::new(), &head, Serialization::TableData).expect("legal");
        let mut found = Vec::new();
        while reader.fill(&mut collected).expect("legal") > 0 {
            let batch = collected.take();
            prop_assert!(batch.rows <= batch_rows);
            for row in 0..batch.rows {
                let values = (0..fields.len()).map(|c| batch.value(c, row).expect("it is there").to_cell());
                found.push(values.collect::<Vec<_>>());
            }
            writer.batch(&batch).expect("it fits");
        }
        prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        let (_, again, _) = read(&writer.finish(&QueryStatus::Ok, &[]).expect("memory takes it")).expect("legal");
        prop_assert_eq!(format!("{again:?}"), format!("{expected:?}"));
    }

    #[test]
    fn any_chunk_size_gives_the_same_rows(columns in prop::collection::vec(columns(), 1..6), chunk in 1..70_usize) {
        for serialization in ALL {
            let (fields, expected) = rows_of(&columns, serialization);
            let document = write(&fields, &expected, serialization);
            let mut reader = Reader::new(Chunked { bytes: &document, chunk }, Limits::default()).expect("legal");
            let mut found = Vec::new();
            while let Some(row) = reader.next_row().expect("legal") {
                found.push(row.to_cells());
            }
            prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{:?}", serialization);
        }
    }
}

/// Gives few bytes at a time, as a network does.
struct Chunked<'a> {
    bytes: &'a [u8],
    chunk: usize,
}

impl std::io::Read for Chunked<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.chunk.min(out.len()).min(self.bytes.len());
        out[..n].copy_from_slice(&self.bytes[..n]);
        self.bytes = &self.bytes[n..];
        Ok(n)
    }
}

#[test]
fn every_type_can_be_null_in_every_serialisation() {
    for datatype in [
        Datatype::Boolean,
        Datatype::UnsignedByte,
        Datatype::Short,
        Datatype::Int,
        Datatype::Long,
        Datatype::Char,
        Datatype::UnicodeChar,
        Datatype::Float,
        Datatype::Double,
        Datatype::FloatComplex,
        Datatype::DoubleComplex,
        Datatype::Bit,
    ] {
        for size in ["", "*", "3", "2x*"] {
            for serialization in ALL {
                let integer = matches!(
                    datatype,
                    Datatype::UnsignedByte
                        | Datatype::Short
                        | Datatype::Int
                        | Datatype::Long
                        | Datatype::Bit
                );
                // BINARY cannot say these, and a boolean array's nulls are its elements'.
                let unsayable = serialization == Serialization::Binary
                    && (integer && size == "3" || datatype == Datatype::Bit && size.is_empty());
                let boolean_array = datatype == Datatype::Boolean && size == "3";
                if unsayable || serialization == Serialization::Binary && boolean_array {
                    continue;
                }
                let fields = [field(datatype, size)];
                let rows = vec![vec![Cell::Null]];
                let (_, found, _) = read(&write(&fields, &rows, serialization)).expect("legal");
                assert_eq!(found, rows, "{datatype} [{size}] as {serialization:?}");
            }
        }
    }
}

#[test]
fn a_value_for_null_that_is_a_value_is_refused_in_binary() {
    let fields = [Field {
        values: Some(Values { null: Some("-1".to_owned()), ..Values::default() }),
        ..Field::new("x", Datatype::Int)
    }];
    let table = Table { fields: fields.to_vec(), ..Table::default() };
    let head = Head { table: Some(table), ..Head::default() };
    let mut writer = Writer::start(Vec::new(), &head, Serialization::Binary).expect("legal");
    let error = writer.cells(&[Cell::I32(-1)]).expect_err("it would be read as null");
    assert_eq!(
        error.to_string(),
        "cannot write column `x` (int): -1 is the column's value for null"
    );
    writer.cells(&[Cell::I32(-2)]).expect("the writer goes on");
    let document = writer.finish(&QueryStatus::Ok, &[]).expect("memory takes it");
    assert_eq!(read(&document).expect("legal").1, [[Cell::I32(-2)]]);
}
