//! Harvest: every asset, or every one changed since, in batches that can be resumed.
//!
//! Called by `lib.rs`. Calls `paging.rs`.
//! Rules: each batch carries the position behind it; a harvest that ended starts again from
//! the beginning, unless the setting `columns.modified` names a column of changes, from
//! which it then goes on. A row that has gone is not told by TAP, so there are no
//! withdrawals: the catalogue finds them by what a full harvest does not bring.

use archway_plugin::types::{Change, ChangeBatch};
use archway_plugin::{ChangeCursor, Error, Host};
use serde::{Deserialize, Serialize};

use crate::mapping::tables;
use crate::paging::{Ordering, Pages, Position};
use crate::settings::Settings;
use crate::source::Assets;

/// Where a harvest stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    /// Behind the last row.
    #[serde(rename = "p", default)]
    position: Position,
    /// A pass over everything is complete.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
}

pub(crate) fn harvest(
    host: &dyn Host,
    since: Option<Vec<u8>>,
) -> Result<Box<dyn ChangeCursor>, Error> {
    let settings = Settings::of(host)?;
    let wrong =
        |_| Error::invalid_part("since", "the resume token is not one that this plugin gave");
    let token: Token = since
        .map_or(Ok(Token::default()), |bytes| serde_json::from_slice(&bytes).map_err(wrong))?;
    let source = match Assets::of(host, &settings)? {
        Assets::Tables => return tables::harvest(host, &settings),
        Assets::Rows(source) => source,
    };
    let ordering = match source.column("modified") {
        Some(_) => Ordering::Rising("modified"),
        None => Ordering::Identifier,
    };
    let position = match (token.ended, ordering) {
        (true, Ordering::Identifier) => Position::default(),
        _ => token.position,
    };
    let mut pages = Pages::new(settings, source, Vec::new(), ordering).after(position.clone());
    pages.open(host)?;
    let last_with_value = if position.in_nulls { Position::default() } else { position };
    Ok(Box::new(Harvest { pages, last_with_value, ended: false }))
}

struct Harvest {
    pages: Pages,
    /// The last row with a value of the order's column: where the next harvest starts.
    last_with_value: Position,
    ended: bool,
}

impl ChangeCursor for Harvest {
    fn next(&mut self, host: &dyn Host, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut changes = Vec::new();
        while changes.len() < max_changes as usize && !self.ended {
            self.ended = !self.pages.read(host, &mut |mapper, row| {
                changes.extend(mapper.asset(row).map(Change::Upsert))
            })?;
            if !self.pages.position().in_nulls {
                self.last_with_value = self.pages.position().clone();
            }
        }
        let position =
            if self.ended { self.last_with_value.clone() } else { self.pages.position().clone() };
        let token = Token { position, ended: self.ended };
        // The last batch may be empty: it says that the harvest is complete.
        Ok(Some(ChangeBatch { changes, resume: serde_json::to_vec(&token).unwrap_or_default() }))
    }
}

#[cfg(test)]
mod tests;
