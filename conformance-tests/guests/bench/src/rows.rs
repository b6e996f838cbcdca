//! Rows of 20 columns: 10 texts, 8 real and 2 whole numbers.

use archway_plugin::tabular::{
    Column, ColumnData, Completeness, ElementData, ElementKind, Field, QueryOutcome, RowBatch,
    TextData,
};
use archway_plugin::types::Error;
use archway_plugin::{Host, QueryAnswer, RowCursor};

const TEXTS: usize = 10;
const REALS: usize = 8;
const INTEGERS: usize = 2;

/// `rows` rows.
pub(crate) fn answer(rows: u64) -> QueryAnswer {
    let texts = (0..TEXTS).map(|n| Field::scalar(format!("text_{n}"), ElementKind::Text));
    let reals = (0..REALS).map(|n| Field::scalar(format!("real_{n}"), ElementKind::Float64));
    let integers =
        (0..INTEGERS).map(|n| Field::scalar(format!("integer_{n}"), ElementKind::Signed64));
    let fields = texts.chain(reals).chain(integers).collect();
    QueryAnswer { fields, rows: Box::new(Rows { left: rows }) }
}

struct Rows {
    left: u64,
}

impl RowCursor for Rows {
    fn next(&mut self, _host: &dyn Host, max_rows: u32) -> Result<Option<RowBatch>, Error> {
        let rows = u32::try_from(self.left).unwrap_or(u32::MAX).min(max_rows);
        if rows == 0 {
            return Ok(None);
        }
        self.left -= u64::from(rows);
        let texts = (0..TEXTS).map(|column| texts(rows, column));
        let reals = (0..REALS).map(|column| {
            let values = (0..rows).map(|row| f64::from(row) * 0.001 + column as f64).collect();
            scalar(ElementData::Float64(values))
        });
        let integers = (0..INTEGERS).map(|column| {
            let values = (0..rows).map(|row| i64::from(row) + column as i64).collect();
            scalar(ElementData::Signed64(values))
        });
        Ok(Some(RowBatch { rows, columns: texts.chain(reals).chain(integers).collect() }))
    }

    fn outcome(&self) -> QueryOutcome {
        QueryOutcome { completeness: Completeness::Complete, warnings: Vec::new() }
    }
}

/// Texts of about 12 bytes, as an archive's names are.
fn texts(rows: u32, column: usize) -> Column {
    const NAMES: [&str; 4] = ["NGC 1234", "HD 209458 b", "2MASS J0523-1403", "Gaia DR3 5937"];
    let mut offsets = Vec::with_capacity(rows as usize + 1);
    let mut bytes = Vec::with_capacity(rows as usize * 12);
    offsets.push(0);
    for row in 0..rows as usize {
        let name = NAMES.get((row + column) % NAMES.len()).copied().unwrap_or_default();
        bytes.extend_from_slice(name.as_bytes());
        offsets.push(bytes.len() as u32);
    }
    scalar(ElementData::Text(TextData { offsets, bytes }))
}

fn scalar(data: ElementData) -> Column {
    Column { data: ColumnData::Scalar(data), validity: None }
}
