//! The rows of a table in an order, page after page, each page one query.
//!
//! Called by `search.rs` and `harvest.rs`. Calls `tap.rs` and `mapping.rs`.
//! Rules: a page goes on behind the last row of the one before (by the order's column and
//! the identifier), never by counting rows, so that an archive that cuts its answers,
//! with or without saying so, loses nothing, and a page can be asked for again after a
//! crash. Rows are read as they are wanted. Rows that share an identifier are one asset.

use archway_formats::votable::{QueryStatus, Row};
use archway_plugin::{Error, Host};
use serde::{Deserialize, Serialize};

use crate::adql;
use crate::mapping::{Key, Mapper};
use crate::reply::{self, Table};
use crate::settings::Settings;
use crate::source::Source;
use crate::tap;

/// By what rows are sorted; ties by identifier, which goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ordering {
    Identifier,
    /// ObsCore name of a column, largest first, rows without a value last.
    Falling(&'static str),
    /// The same, smallest first.
    Rising(&'static str),
}

/// Behind which row to go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    /// Whether the rows without a value of the order's column are reached.
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) in_nulls: bool,
    /// The order's column.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Key>,
    /// The identifier.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Key>,
}

impl Position {
    /// As a continuation token.
    pub(crate) fn to_token(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a continuation token.
    pub(crate) fn of_token(token: &[u8], part: &str) -> Result<Self, Error> {
        let wrong =
            |_| Error::invalid_part(part, "the continuation is not one that this plugin gave");
        serde_json::from_slice(token).map_err(wrong)
    }
}

/// Pulls rows, query by query.
pub(crate) struct Pages {
    settings: Settings,
    source: Source,
    /// All hold together.
    conditions: Vec<String>,
    ordering: Ordering,
    /// Rows asked for in one query.
    page_rows: u64,
    /// Rows wanted in all.
    wanted: Option<u64>,
    position: Position,
    /// Where the open page started.
    page_start: Position,
    circle: Circle,
    open: Option<Page>,
    finished: bool,
}

struct Page {
    table: Table,
    mapper: Mapper,
    asked: String,
    asked_rows: u64,
    rows: u64,
}

/// Notices that pages come round again: rows in an order never end where an earlier page did.
///
/// Remembers one position, a later one each time twice as many pages have gone by, so that
/// circles of any length are found (Brent's algorithm).
#[derive(Debug, Default)]
struct Circle {
    remembered: Option<Position>,
    pages: u64,
    most: u64,
}

impl Circle {
    /// Whether a page that ends here closes a circle.
    fn closes_at(&mut self, position: &Position) -> bool {
        if self.remembered.as_ref() == Some(position) {
            return true;
        }
        self.pages += 1;
        if self.pages > self.most {
            self.most = self.pages * 2;
            self.pages = 0;
            self.remembered = Some(position.clone());
        }
        false
    }
}

impl Pages {
    pub(crate) fn new(
        settings: Settings,
        source: Source,
        conditions: Vec<String>,
        ordering: Ordering,
    ) -> Self {
        let page_rows = settings.max_rows;
        Self {
            settings,
            source,
            conditions,
            ordering,
            page_rows,
            wanted: None,
            position: Position::default(),
            page_start: Position::default(),
            circle: Circle::default(),
            open: None,
            finished: false,
        }
    }

    /// Goes on behind a row.
    pub(crate) fn after(mut self, position: Position) -> Self {
        self.position = position;
        self
    }

    /// Asks for no more rows than these, and for no more than these in one query.
    pub(crate) fn bounded(mut self, wanted: Option<u64>, page_rows: u64) -> Self {
        self.wanted = wanted;
        self.page_rows = self.page_rows.min(page_rows).max(1);
        self
    }

    /// The row read last.
    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// Reads one row and gives it to `each`; `false` at the end.
    pub(crate) fn read(
        &mut self,
        host: &dyn Host,
        each: &mut dyn FnMut(&Mapper, &Row<'_>),
    ) -> Result<bool, Error> {
        loop {
            if self.finished || self.wanted == Some(0) {
                self.finished = true;
                return Ok(false);
            }
            self.open(host)?;
            let Some(page) = &mut self.open else { return Ok(false) };
            if let Some(row) = page.table.next_row().map_err(|e| reply::error(e, &page.asked))? {
                page.rows += 1;
                if let Some(wanted) = &mut self.wanted {
                    *wanted -= 1;
                }
                let key = self.ordering.column().and_then(|name| page.mapper.key(&row, name));
                let id = self.source.id().and_then(|(name, _)| page.mapper.key(&row, name));
                if id.is_some() {
                    let key = if self.position.in_nulls {
                        None
                    } else {
                        key.or(self.position.key.take())
                    };
                    self.position = Position { in_nulls: self.position.in_nulls, key, id };
                }
                each(&page.mapper, &row);
                return Ok(true);
            }
            self.close()?;
        }
    }

    /// Sees to it that a page is open, so that a failure is known before the first row is wanted.
    pub(crate) fn open(&mut self, host: &dyn Host) -> Result<(), Error> {
        if self.open.is_some() || self.finished || self.wanted == Some(0) {
            return Ok(());
        }
        let asked_rows = self.wanted.map_or(self.page_rows, |wanted| wanted.min(self.page_rows));
        let adql = self.adql(asked_rows);
        let table = tap::sync(host, &self.settings, &adql, Some(asked_rows))?;
        let mapper = Mapper::new(table.head(), &self.source, &self.settings, host.now_us());
        self.page_start = self.position.clone();
        self.open = Some(Page {
            table,
            mapper,
            asked: tap::asked(&self.settings.base_url, &adql),
            asked_rows,
            rows: 0,
        });
        Ok(())
    }

    /// Decides at the end of a page whether there is another.
    fn close(&mut self) -> Result<(), Error> {
        let Some(page) = self.open.take() else { return Ok(()) };
        let overflowed = match page.table.trailer().map(|trailer| &trailer.status) {
            Some(QueryStatus::Error(message)) => return Err(reply::said(message.clone())),
            Some(QueryStatus::Overflow) => true,
            _ => false,
        };
        let is_cut = page.rows >= page.asked_rows
            || overflowed
            || self.settings.maxrec_sync == Some(page.rows);
        if is_cut && page.rows > 0 {
            if self.position == self.page_start || self.circle.closes_at(&self.position) {
                let expected = "rows in the order asked for, behind the one named";
                return Err(Error::malformed(page.asked, expected, "the same rows again"));
            }
            return Ok(());
        }
        if self.ordering != Ordering::Identifier && !self.position.in_nulls {
            self.position = Position { in_nulls: true, key: None, id: None };
            return Ok(());
        }
        self.finished = true;
        Ok(())
    }

    /// The query for the page behind the position.
    fn adql(&self, rows: u64) -> String {
        let id = self.source.id().map(|(_, sql)| sql).unwrap_or("obs_publisher_did");
        let mut conditions = self.conditions.clone();
        let behind_id = self.position.id.as_ref().map(|last| format!("{id} > {}", literal(last)));
        let column =
            self.ordering.column().and_then(|name| self.source.column(name)).map(|(sql, _)| sql);
        let mut order = String::new();
        match column {
            None => conditions.extend(behind_id),
            Some(column) if self.position.in_nulls => {
                conditions.push(format!("{column} IS NULL"));
                conditions.extend(behind_id);
            }
            Some(column) => {
                let (beyond, direction) = match self.ordering {
                    Ordering::Falling(_) => ("<", " DESC"),
                    Ordering::Rising(_) | Ordering::Identifier => (">", ""),
                };
                conditions.push(format!("{column} IS NOT NULL"));
                if let Some(key) = self.position.key.as_ref().map(literal) {
                    let farther = format!("{column} {beyond} {key}");
                    conditions.push(match behind_id {
                        Some(behind_id) => {
                            adql::any([farther, format!("({column} = {key} AND {behind_id})")])
                        }
                        None => farther,
                    });
                }
                order = format!("{column}{direction}, ");
            }
        }
        let select = format!("SELECT TOP {rows} {} FROM {}", self.source.select, self.source.table);
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        format!("{select}{filter} ORDER BY {order}{id}")
    }
}

impl Ordering {
    fn column(self) -> Option<&'static str> {
        match self {
            Self::Identifier => None,
            Self::Falling(name) | Self::Rising(name) => Some(name),
        }
    }
}

/// A value as an ADQL literal.
pub(crate) fn literal(key: &Key) -> String {
    match key {
        Key::Integer(number) => number.to_string(),
        Key::Real(number) => number.to_string(),
        Key::Text(value) => adql::text(value),
    }
}

#[cfg(test)]
mod tests;
