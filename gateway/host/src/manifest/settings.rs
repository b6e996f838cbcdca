//! The settings a plugin declares, and those an archive gives it.

use archway_core::asset::Value;
use toml::{Table, Value as Toml};
use url::Url;

use crate::problem::Problem;

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// An http, https, ftp, ftps or ftpes URL.
    Url,
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// true or false.
    Boolean,
    /// One of `choices`.
    Choice,
    /// A list of texts.
    List,
    /// Anything nested (a column mapping); the plugin gets it as JSON.
    Table,
}

impl Kind {
    const ALL: [(&'static str, Self); 8] = [
        ("text", Self::Text),
        ("url", Self::Url),
        ("integer", Self::Integer),
        ("real", Self::Real),
        ("boolean", Self::Boolean),
        ("choice", Self::Choice),
        ("list", Self::List),
        ("table", Self::Table),
    ];

    /// The word in `plugin.toml`.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// One declared setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its key.
    pub key: String,
    /// What it takes.
    pub kind: Kind,
    /// Whether the archive must give it.
    pub required: bool,
    /// What it is without.
    pub default: Option<Value>,
    /// For people, in one sentence.
    pub help: String,
    /// Of a choice.
    pub choices: Vec<String>,
    /// Of a number.
    pub min: Option<f64>,
    /// Of a number.
    pub max: Option<f64>,
}

const KEYS: [&str; 7] = ["type", "required", "default", "help", "choices", "min", "max"];

/// The settings that a `plugin.toml` declares.
pub(super) fn declared(manifest: &Table, problems: &mut Vec<Problem>) -> Vec<Setting> {
    let table = match manifest.get("settings") {
        Some(Toml::Table(table)) => table,
        Some(_) => {
            problems.push(Problem::new("settings", "not a table of settings"));
            return Vec::new();
        }
        None => return Vec::new(),
    };
    table.iter().filter_map(|(key, written)| declare(key, written, problems)).collect()
}

fn declare(key: &str, written: &Toml, problems: &mut Vec<Problem>) -> Option<Setting> {
    let prefix = format!("settings.{key}");
    let Some(table) = written.as_table() else {
        problems.push(Problem::new(prefix, "not a table like { type = \"text\", help = \"...\" }"));
        return None;
    };
    super::unknown_keys(&format!("{prefix}."), table, &KEYS, problems);
    let mut problem = |key: &str, message: String| {
        problems.push(Problem::new(format!("{prefix}.{key}"), message));
    };
    let name = table.get("type").and_then(Toml::as_str).unwrap_or_default();
    let Some((_, kind)) = Kind::ALL.into_iter().find(|(known, _)| *known == name) else {
        let known = Kind::ALL.map(|(name, _)| name).join(", ");
        problem("type", format!("`{name}` is none of {known}"));
        return None;
    };
    let number = |key: &str| {
        table.get(key).and_then(|v| v.as_float().or_else(|| v.as_integer().map(|n| n as f64)))
    };
    let choices: Vec<String> = match table.get("choices") {
        Some(Toml::Array(choices)) => {
            choices.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    if (kind == Kind::Choice) == choices.is_empty() {
        problem("choices", "a list of texts, for settings of type choice only".to_owned());
    }
    let mut setting = Setting {
        key: key.to_owned(),
        kind,
        required: table.get("required").and_then(Toml::as_bool).unwrap_or_default(),
        default: None,
        help: table.get("help").and_then(Toml::as_str).unwrap_or_default().to_owned(),
        choices,
        min: number("min"),
        max: number("max"),
    };
    if setting.help.trim().is_empty() {
        problem("help", "missing; one sentence for the operator".to_owned());
    }
    if let Some(default) = table.get("default") {
        match setting.check(default) {
            Ok(value) => setting.default = Some(value),
            Err(message) => problem("default", message),
        }
        if setting.required {
            problem("required", "a setting with a default is not required".to_owned());
        }
    }
    Some(setting)
}

/// Checks what an archive writes against what the plugin declares.
pub(super) fn check(
    declared: &[Setting],
    written: &Table,
) -> Result<super::Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let known = declared.iter().map(|setting| setting.key.as_str());
    for key in written.keys() {
        if !known.clone().any(|known| known == key) {
            problems.push(Problem::unknown("settings.", key, known.clone()));
        }
    }
    let mut settings = Vec::new();
    for setting in declared {
        let key = || format!("settings.{}", setting.key);
        match written.get(&setting.key) {
            Some(value) => match setting.check(value) {
                Ok(value) => settings.push((setting.key.clone(), value)),
                Err(message) => problems.push(Problem::new(key(), message)),
            },
            None if setting.required => {
                let message = format!("missing, a {}: {}", setting.kind.name(), setting.help);
                problems.push(Problem::new(key(), message));
            }
            None => {
                let default = setting.default.clone();
                settings.extend(default.map(|value| (setting.key.clone(), value)));
            }
        }
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

impl Setting {
    fn check(&self, written: &Toml) -> Result<Value, String> {
        let wrong = || format!("{} is not {}", shown(written), self.wanted());
        match (self.kind, written) {
            (Kind::Text, Toml::String(text)) => Ok(Value::Text(text.clone())),
            (Kind::Url, Toml::String(text)) => {
                let url = Url::parse(text).map_err(|e| format!("`{text}` is not a URL: {e}"))?;
                let known = matches!(url.scheme(), "http" | "https" | "ftp" | "ftps" | "ftpes");
                if !known || !url.has_host() {
                    return Err(wrong());
                }
                if !url.username().is_empty() || url.password().is_some() {
                    return Err("holds a user or a password; use a credential slot".to_owned());
                }
                Ok(Value::Text(text.clone()))
            }
            (Kind::Integer, Toml::Integer(number)) => {
                self.within(*number as f64, wrong)?;
                Ok(Value::Integer(*number))
            }
            (Kind::Real, Toml::Integer(number)) => self.real(*number as f64, wrong),
            (Kind::Real, Toml::Float(number)) => self.real(*number, wrong),
            (Kind::Boolean, Toml::Boolean(truth)) => Ok(Value::Boolean(*truth)),
            (Kind::Choice, Toml::String(text)) if self.choices.contains(text) => {
                Ok(Value::Text(text.clone()))
            }
            (Kind::List, Toml::Array(entries)) => {
                let texts = entries.iter().map(|e| e.as_str().map(str::to_owned));
                texts.collect::<Option<_>>().map(Value::Texts).ok_or_else(wrong)
            }
            (Kind::Table, Toml::Table(_) | Toml::Array(_)) => {
                serde_json::to_string(written).map(Value::Json).map_err(|e| e.to_string())
            }
            _ => Err(wrong()),
        }
    }

    fn real(&self, number: f64, wrong: impl Fn() -> String) -> Result<Value, String> {
        self.within(number, wrong)?;
        Ok(Value::Real(number))
    }

    fn within(&self, number: f64, wrong: impl Fn() -> String) -> Result<(), String> {
        let inside = number.is_finite()
            && self.min.is_none_or(|min| number >= min)
            && self.max.is_none_or(|max| number <= max);
        if inside { Ok(()) } else { Err(wrong()) }
    }

    /// What the setting takes, in words.
    fn wanted(&self) -> String {
        let range = match (self.min, self.max) {
            (Some(min), Some(max)) => format!(" from {min} to {max}"),
            (Some(min), None) => format!(" from {min} on"),
            (None, Some(max)) => format!(" up to {max}"),
            (None, None) => String::new(),
        };
        match self.kind {
            Kind::Text => "a text".to_owned(),
            Kind::Url => "an http, https, ftp, ftps or ftpes URL with a host".to_owned(),
            Kind::Integer => format!("a whole number{range}"),
            Kind::Real => format!("a number{range}"),
            Kind::Boolean => "true or false".to_owned(),
            Kind::Choice => format!("one of {}", self.choices.join(", ")),
            Kind::List => "a list of texts".to_owned(),
            Kind::Table => "a table or a list".to_owned(),
        }
    }
}

/// The start of a value, for a message.
fn shown(value: &Toml) -> String {
    let text: String = value.to_string().chars().take(80).collect();
    format!("`{}`", text.trim().trim_matches('"'))
}
