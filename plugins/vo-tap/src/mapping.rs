//! Rows of an ObsCore-shaped table as assets.
//!
//! Called by `paging.rs` for every row. Rules: a value that is not there is absent, never
//! a default; what has no field of its own in the model becomes an extra under its own
//! name, so that no column is lost.

mod columns;
mod coverage;
pub(crate) mod obscore;
pub(crate) mod products;
pub(crate) mod tables;
pub(crate) mod wavebands;

use archway_formats::votable::{Head, Row};
use archway_plugin::types::Asset;

use self::columns::Columns;
use crate::reply;
use crate::settings::Settings;
use crate::source::Source;

pub(crate) use self::columns::Key;

/// The mapping for the rows of one answer.
pub(crate) struct Mapper {
    settings: Settings,
    columns: Columns,
    acknowledgement: Option<String>,
    now_us: i64,
}

impl Mapper {
    /// Looks up which of the answer's columns is which.
    pub(crate) fn new(head: &Head, source: &Source, settings: &Settings, now_us: i64) -> Self {
        let acknowledgement =
            settings.acknowledgement.clone().or_else(|| reply::acknowledgement(head));
        Self {
            settings: settings.clone(),
            columns: Columns::of(head.fields(), source),
            acknowledgement,
            now_us,
        }
    }

    /// The asset that a row describes; `None` where nothing identifies it.
    pub(crate) fn asset(&self, row: &Row<'_>) -> Option<Asset> {
        obscore::asset(&self.columns.row(row), self)
    }

    /// A value of a row as text, by ObsCore name.
    pub(crate) fn text(&self, row: &Row<'_>, name: &str) -> Option<String> {
        self.columns.row(row).text(name).map(|text| text.into_owned())
    }

    /// The raw value of a column, to go on behind it.
    pub(crate) fn key(&self, row: &Row<'_>, name: &str) -> Option<Key> {
        self.columns.key(row, name)
    }
}

#[cfg(test)]
mod tests;
