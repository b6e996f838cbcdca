//! `plugin.toml`: what a plugin is, offers, asks for, and can be set to; checked.
//!
//! Called by `plugin.rs` when a component is loaded and by `archive.rs` when an archive is
//! opened. Pure.
//!
//! Rules that hold here and nowhere else: every mistake is reported in one go, with its key;
//! an unknown key is a mistake, and the nearest known one is named.
//!
//! Not here: whether the component keeps what the manifest says (the behaviour suite).

use archway_core::archive::Operation;
use archway_core::asset::Value;
use toml::{Table, Value as Toml};

use crate::grants::{BadGrant, Requests, expand_requests};
use crate::limits::LimitsTable;
use crate::problem::Problem;

mod settings;

pub use settings::{Kind, Setting};

/// A checked `plugin.toml`.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The plugin's id: 1 to 64 of `a-z`, `0-9`, `-`.
    pub id: String,
    /// The plugin's own version.
    pub version: String,
    /// The contract it is built for: `archway:archive@0.1.0`.
    pub wit: String,
    /// One line for people.
    pub title: Option<String>,
    /// What it offers, besides `describe`.
    pub operations: Vec<Operation>,
    /// URL schemes whose bytes it opens for any archive that is granted them ("ftp").
    pub opens: Vec<String>,
    /// Encodings that it decodes ("compress").
    pub decodes: Vec<String>,
    /// The hosts it asks for; may name settings.
    pub requests: Requests,
    /// What it can be set to, by key.
    pub settings: Vec<Setting>,
    /// Limits below the host's.
    pub limits: LimitsTable,
}

/// Settings after their check, in the order of the manifest.
pub type Settings = Vec<(String, Value)>;

const KEYS: [&str; 7] =
    ["plugin", "operations", "opens", "decodes", "requests", "settings", "limits"];
const OPERATIONS: [Operation; 8] = [
    Operation::Search,
    Operation::Harvest,
    Operation::LookUp,
    Operation::Access,
    Operation::Open,
    Operation::Decode,
    Operation::Tables,
    Operation::Query,
];

impl Manifest {
    /// Reads and checks a `plugin.toml`.
    ///
    /// # Errors
    ///
    /// Every mistake, or that it is no TOML at all.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let table: Table = text.parse().map_err(|problem: toml::de::Error| {
            vec![Problem::new("plugin.toml", problem.to_string().trim_end().to_owned())]
        })?;
        let mut problems = Vec::new();
        unknown_keys("", &table, &KEYS, &mut problems);
        let manifest = Self {
            id: id(&table, &mut problems),
            version: word(&table, "version", true, &mut problems).unwrap_or_default(),
            wit: word(&table, "wit", true, &mut problems).unwrap_or_default(),
            title: word(&table, "title", false, &mut problems),
            operations: operations(&table, &mut problems),
            opens: words(&table, "opens", Operation::Open, &mut problems),
            decodes: words(&table, "decodes", Operation::Decode, &mut problems),
            requests: section(&table, "requests", &mut problems).unwrap_or_default(),
            settings: settings::declared(&table, &mut problems),
            limits: section(&table, "limits", &mut problems).unwrap_or_default(),
        };
        manifest.check_requests(&mut problems);
        if problems.is_empty() { Ok(manifest) } else { Err(problems) }
    }

    /// Checks the settings of an archive against the schema, and fills the defaults in.
    ///
    /// # Errors
    ///
    /// Every setting that is missing, unknown or of the wrong kind.
    pub fn check_settings(&self, written: &Table) -> Result<Settings, Vec<Problem>> {
        settings::check(&self.settings, written)
    }

    /// What the plugin asks for with these settings.
    ///
    /// # Errors
    ///
    /// A setting without a host and port, or a pattern that is none.
    pub fn requests_with(&self, settings: &Settings) -> Result<Requests, BadGrant> {
        let texts = |name: &str| {
            let value = settings.iter().find(|(key, _)| key == name).map(|(_, value)| value);
            match value {
                Some(Value::Text(text)) => vec![text.clone()],
                Some(Value::Texts(texts)) => texts.clone(),
                Some(Value::Integer(number)) => vec![number.to_string()],
                _ => Vec::new(),
            }
        };
        Ok(Requests {
            http: expand_requests(&self.requests.http, texts)?,
            tcp: expand_requests(&self.requests.tcp, texts)?,
        })
    }

    fn check_requests(&self, problems: &mut Vec<Problem>) {
        let lists = [("requests.http", &self.requests.http), ("requests.tcp", &self.requests.tcp)];
        for (key, patterns) in lists {
            for pattern in patterns {
                for name in pattern.split("{settings.").skip(1).filter_map(|s| s.split('}').next())
                {
                    let keys = self.settings.iter().map(|s| s.key.as_str());
                    if !keys.clone().any(|key| key == name) {
                        let problem = Problem::unknown("", name, keys);
                        let message = format!("setting `{name}` is {}", problem.message);
                        problems.push(Problem::new(key, message));
                    }
                }
            }
        }
    }
}

fn unknown_keys(prefix: &str, table: &Table, known: &[&str], problems: &mut Vec<Problem>) {
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        problems.push(Problem::unknown(prefix, key, known.iter().copied()));
    }
}

fn id(table: &Table, problems: &mut Vec<Problem>) -> String {
    if let Some(Toml::Table(plugin)) = table.get("plugin") {
        unknown_keys("plugin.", plugin, &["id", "version", "wit", "title"], problems);
    }
    let id = word(table, "id", true, problems).unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.is_empty() && (id.len() > 64 || !id.chars().all(plain) || id.starts_with('-')) {
        let message = format!("`{id}` is not 1 to 64 of a-z, 0-9 and -, starting without -");
        problems.push(Problem::new("plugin.id", message));
    }
    id
}

/// A text of the `plugin` table.
fn word(table: &Table, key: &str, required: bool, problems: &mut Vec<Problem>) -> Option<String> {
    let full = format!("plugin.{key}");
    match table.get("plugin").and_then(|plugin| plugin.get(key)) {
        Some(Toml::String(text)) if !text.trim().is_empty() => Some(text.clone()),
        Some(other) => {
            let message = format!("{other} is not a text");
            problems.push(Problem::new(full, message));
            None
        }
        None if required => {
            problems.push(Problem::new(full, "missing"));
            None
        }
        None => None,
    }
}

fn operations(table: &Table, problems: &mut Vec<Problem>) -> Vec<Operation> {
    let names: Vec<&str> = OPERATIONS.iter().map(|o| o.name()).chain(["describe"]).collect();
    let Some(Toml::Array(written)) = table.get("operations") else {
        let message = format!("missing; a list of {}", names.join(", "));
        problems.push(Problem::new("operations", message));
        return Vec::new();
    };
    let mut operations = Vec::new();
    for entry in written {
        let name = entry.as_str().unwrap_or_default();
        match OPERATIONS.into_iter().find(|operation| operation.name() == name) {
            Some(operation) if !operations.contains(&operation) => operations.push(operation),
            Some(_) => {}
            None if name == "describe" => {}
            None => {
                let message = Problem::unknown("", name, names.iter().copied()).message;
                problems.push(Problem::new("operations", format!("{entry} is {message}")));
            }
        }
    }
    operations
}

/// A list of words that only means something with `operation`, and that it cannot be without.
fn words(
    table: &Table,
    key: &str,
    operation: Operation,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let name = operation.name();
    let listed = table.get("operations").and_then(Toml::as_array);
    let offered = listed.is_some_and(|all| all.iter().any(|o| o.as_str() == Some(name)));
    let words: Vec<String> = section(table, key, problems).unwrap_or_default();
    if !words.is_empty() && !offered {
        let message = format!("needs the operation `{name}`; add it to operations");
        problems.push(Problem::new(key, message));
    }
    if operation == Operation::Decode && offered && words.is_empty() {
        problems.push(Problem::new(key, "missing; the encodings that `decode` takes off"));
    }
    words
}

fn section<T: serde::de::DeserializeOwned>(
    table: &Table,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let section = table.get(key)?;
    T::deserialize(section.clone())
        .map_err(|problem| problems.push(Problem::new(key, problem.message())))
        .ok()
}

#[cfg(test)]
mod tests;
