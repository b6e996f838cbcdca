//! What the environment says: the only place that reads it.
//!
//! `ARCHWAY__PLUGINS__MEMORY_MIB=256` sets `plugins.memory_mib`;
//! `ARCHWAY__ARCHIVES__MY_TAP__SETTINGS__BASE_URL=…` sets `settings.base_url` of
//! `archives/my-tap.toml`. A value is read as TOML (`256`, `true`, `["a", "b"]`),
//! and as plain text where that fails.

use std::collections::BTreeMap;

use toml::Value;

use super::file::{Layer, Variable};
use super::report::Problem;

const PREFIX: &str = "ARCHWAY__";
const ARCHIVES: &str = "ARCHIVES__";

/// Variables by name.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// That of this process; what is not UTF-8 is left out.
    pub fn of_process() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(unicode).collect())
    }

    /// A variable, if it is set.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets what is said of `archway.toml`.
    pub(super) fn overlay(&self, layer: &mut Layer, problems: &mut Vec<Problem>) {
        for (key, name, text) in self.ours().filter(|(key, ..)| !key.starts_with(ARCHIVES)) {
            set(layer, name, key, text, problems);
        }
    }

    /// Sets what is said of the archive `id`.
    pub(super) fn overlay_archive(&self, id: &str, layer: &mut Layer, problems: &mut Vec<Problem>) {
        let own = format!("{ARCHIVES}{}__", shouted(id));
        for (key, name, text) in self.ours() {
            if let Some(key) = key.strip_prefix(&own) {
                set(layer, name, key, text, problems);
            }
        }
    }

    /// Reports what is said of archives that are not among `ids`.
    pub(super) fn refuse_other_archives(&self, ids: &[&str], problems: &mut Vec<Problem>) {
        let own: Vec<String> = ids.iter().map(|id| format!("{}__", shouted(id))).collect();
        for (key, name, _) in self.ours() {
            if let Some(key) = key.strip_prefix(ARCHIVES)
                && !own.iter().any(|own| key.starts_with(own))
            {
                let reason =
                    format!("no archive of that name is configured; there are: {}", ids.join(", "));
                problems.push(Problem { place: name.to_owned(), key: String::new(), reason });
            }
        }
    }

    /// Key, name and value of every variable of ours, in the order of their names.
    fn ours(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.0.iter().filter_map(|(name, text)| {
            Some((name.strip_prefix(PREFIX)?, name.as_str(), text.as_str()))
        })
    }
}

/// Shows names only: any of the values may be a secret.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}

/// An id as it is written in a variable's name.
fn shouted(id: &str) -> String {
    id.replace('-', "_").to_uppercase()
}

fn set(layer: &mut Layer, name: &str, key: &str, text: &str, problems: &mut Vec<Problem>) {
    let steps: Vec<String> = key.split("__").map(str::to_lowercase).collect();
    let full = steps.join(".");
    let Some((last, tables)) = steps.split_last() else { return };
    let mut table = &mut layer.table;
    for step in tables {
        let below = table.entry(step.clone()).or_insert_with(|| Value::Table(toml::Table::new()));
        match below {
            Value::Table(below) => table = below,
            other => {
                let reason = format!("`{step}` is {} and has no keys of its own", other.type_str());
                problems.push(Problem { place: name.to_owned(), key: full, reason });
                return;
            }
        }
    }
    let value = format!("value = {text}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut table| table.remove("value"));
    table.insert(last.clone(), value.unwrap_or_else(|| Value::String(text.to_owned())));
    layer.variables.insert(full, Variable { name: name.to_owned(), text: text.to_owned() });
}
