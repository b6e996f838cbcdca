//! `[store]`: where the gateway's state is kept.

use serde::{Deserialize, Serialize};

use super::env::Environment;
use super::report::Report;
use super::secret::{Secret, secret};

/// Where the gateway's state is kept: volumes, labs, selections, collections, the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In a file of the data folder.
    Sqlite,
    /// In a database of a site, by its URL.
    Postgres(Secret),
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct StoreTable {
    postgres: Option<toml::Value>,
}

impl StoreTable {
    pub(super) fn check(&self, environment: &Environment, report: &mut Report<'_>) -> Store {
        let Some(written) = &self.postgres else { return Store::Sqlite };
        match secret(written, environment) {
            Ok(url) if url.expose().starts_with("postgres") => Store::Postgres(url),
            Ok(_) => {
                let words =
                    "is not a URL of PostgreSQL, as in postgresql://archway@db.example.org/archway";
                report.wrong("postgres", words);
                Store::Sqlite
            }
            Err(reason) => {
                report.wrong("postgres", reason);
                Store::Sqlite
            }
        }
    }
}
