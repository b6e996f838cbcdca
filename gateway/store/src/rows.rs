//! Values on their way into rows and out of them.

use archway_core::coverage::Instant;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::error::StoreError;

/// A text for a column: PostgreSQL takes no U+0000, which a log or a remote name may hold.
pub(crate) fn text(value: &str) -> String {
    value.replace('\0', "\u{fffd}")
}

/// The same of one that may be absent.
pub(crate) fn text_or_none(value: Option<&str>) -> Option<String> {
    value.map(text)
}

/// A number of things or bytes for a column.
pub(crate) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Reads the columns of a row.
pub(crate) trait Columns {
    fn text(&self, column: &'static str) -> Result<String, StoreError>;
    fn text_or_none(&self, column: &'static str) -> Result<Option<String>, StoreError>;
    fn number(&self, column: &'static str) -> Result<i64, StoreError>;
    fn number_or_none(&self, column: &'static str) -> Result<Option<i64>, StoreError>;
    fn real(&self, column: &'static str) -> Result<f64, StoreError>;

    fn count(&self, column: &'static str) -> Result<u64, StoreError> {
        Ok(self.number(column)?.max(0).unsigned_abs())
    }

    fn moment(&self, column: &'static str) -> Result<Instant, StoreError> {
        Ok(Instant(self.number(column)?))
    }

    fn moment_or_none(&self, column: &'static str) -> Result<Option<Instant>, StoreError> {
        Ok(self.number_or_none(column)?.map(Instant))
    }

    fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.number(column)? != 0)
    }

    /// One of `all`, by its name.
    fn named<T: Copy>(
        &self,
        column: &'static str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<T, StoreError> {
        let found = self.text(column)?;
        let same = all.iter().copied().find(|one| name(*one) == found);
        same.ok_or_else(|| StoreError::Row {
            column,
            found,
            reason: "it is none of the words for it".to_owned(),
        })
    }
}

impl Columns for AnyRow {
    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn text_or_none(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: &'static str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn number_or_none(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn real(&self, column: &'static str) -> Result<f64, StoreError> {
        Ok(self.try_get(column)?)
    }
}

/// Rows that one statement writes: with 14 columns, below the 32,766 values of SQLite.
pub(crate) const ROWS_AT_ONCE: usize = 500;

/// `($3, $4), ($5, $6)`: places for `rows` rows of `columns` values, behind `before` others.
pub(crate) fn places(before: usize, rows: usize, columns: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(rows * columns * 7);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${}", before + row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{count, places, text};

    #[test]
    fn places_are_counted_on_from_row_to_row() {
        assert_eq!(places(2, 2, 3), "($3, $4, $5), ($6, $7, $8)");
        assert_eq!(places(0, 1, 1), "($1)");
    }

    #[test]
    fn what_no_database_takes_is_brought_to_what_it_takes() {
        assert_eq!(text("a\0b"), "a\u{fffd}b");
        assert_eq!(count(u64::MAX), i64::MAX);
    }
}
