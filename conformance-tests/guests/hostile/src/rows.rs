//! Rows, true and forged.

use archway_plugin::tabular::{
    Column, ColumnData, Completeness, ElementData, ElementKind, Field, QueryOutcome, RowBatch,
    TableQuery, TextData,
};
use archway_plugin::types::Error;
use archway_plugin::{Host, QueryAnswer, RowCursor};

/// The answer to that query.
pub(crate) fn answer(query: &TableQuery) -> Result<QueryAnswer, Error> {
    let left = if query.text == "endless" { u64::MAX } else { query.max_rows.unwrap_or(10) };
    let fields = vec![
        Field::scalar("name", ElementKind::Text),
        Field::scalar("value", ElementKind::Float64),
    ];
    Ok(QueryAnswer { fields, rows: Box::new(Rows { attack: query.text.clone(), left }) })
}

struct Rows {
    attack: String,
    left: u64,
}

impl RowCursor for Rows {
    fn next(&mut self, _host: &dyn Host, max_rows: u32) -> Result<Option<RowBatch>, Error> {
        let rows = u32::try_from(self.left).unwrap_or(u32::MAX).min(max_rows);
        if rows == 0 {
            return Ok(None);
        }
        self.left -= u64::from(rows);
        let mut batch = RowBatch { rows, columns: vec![names(rows), numbers(rows)] };
        forge(&self.attack, &mut batch);
        Ok(Some(batch))
    }

    fn outcome(&self) -> QueryOutcome {
        QueryOutcome { completeness: Completeness::Truncated, warnings: vec!["fine".to_owned()] }
    }
}

fn names(rows: u32) -> Column {
    let data = TextData { offsets: (0..=rows).collect(), bytes: vec![b'x'; rows as usize] };
    Column { data: ColumnData::Scalar(ElementData::Text(data)), validity: None }
}

fn numbers(rows: u32) -> Column {
    let data = ElementData::Float64(vec![0.5; rows as usize]);
    Column { data: ColumnData::Scalar(data), validity: None }
}

fn forge(attack: &str, batch: &mut RowBatch) {
    let Some(Column { data: ColumnData::Scalar(ElementData::Text(text)), validity }) =
        batch.columns.first_mut()
    else {
        return;
    };
    match attack {
        "rows" => batch.rows = u32::MAX,
        "columns" => batch.columns.truncate(1),
        "offsets" => text.offsets = vec![u32::MAX; text.offsets.len()],
        "falling" => text.offsets.reverse(),
        "no-offsets" => text.offsets.clear(),
        "utf8" => text.bytes = vec![0xff; text.bytes.len()],
        "bytes" => text.bytes.truncate(1),
        "validity" => *validity = Some(vec![0xff; 1_000]),
        "type" => batch.columns.reverse(),
        _ => {}
    }
}
