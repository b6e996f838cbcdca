//! A file of the configuration, as it was written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::report::Problem;

/// What one file says, with what the environment says about it.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// Where the table was read; absent without a file.
    pub(super) file: Option<PathBuf>,
    pub(super) table: toml::Table,
    /// By full key: what came from the environment.
    pub(super) variables: BTreeMap<String, Variable>,
}

/// One variable that set a key.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) text: String,
}

impl Layer {
    /// Reads `path`; a file that cannot be read is a problem and says nothing.
    pub(super) fn read(path: &Path, problems: &mut Vec<Problem>) -> Self {
        let mut wrong = |reason: String| {
            problems.push(Problem {
                place: path.display().to_string(),
                key: String::new(),
                reason,
            });
        };
        let table = match std::fs::read_to_string(path) {
            Err(error) => {
                wrong(format!("cannot be read: {error}"));
                toml::Table::new()
            }
            Ok(text) => text.parse().unwrap_or_else(|error: toml::de::Error| {
                wrong(format!("is not TOML: {}", error.to_string().trim_end()));
                toml::Table::new()
            }),
        };
        Self { file: Some(path.to_owned()), table, variables: BTreeMap::new() }
    }

    /// The variable that set `key`, or a table that it is in.
    pub(super) fn variable(&self, key: &str) -> Option<&Variable> {
        let starts = key.match_indices('.').map(|(at, _)| &key[..at]);
        std::iter::once(key).chain(starts).find_map(|key| self.variables.get(key))
    }

    /// Where `key` is written.
    pub(super) fn place_of(&self, key: &str) -> String {
        match (self.variable(key), &self.file) {
            (Some(variable), _) => variable.name.clone(),
            (None, Some(file)) => file.display().to_string(),
            (None, None) => "the defaults".to_owned(),
        }
    }
}
