//! Secrets: where they lie is written, they themselves never.

use std::fmt;

use toml::Value;

use super::env::Environment;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for whoever needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Reads a secret from where it lies. A line's end after it is not part of it.
pub(super) fn secret(source: &Value, environment: &Environment) -> Result<Secret, String> {
    let wanted = "a secret is never written here, only where it lies: { file = \"/run/secrets/x\" } or { env = \"X\" }";
    let Some(table) = source.as_table().filter(|table| table.len() == 1) else {
        return Err(wanted.to_owned());
    };
    let text =
        match (table.get("file").and_then(Value::as_str), table.get("env").and_then(Value::as_str))
        {
            (Some(file), _) => std::fs::read_to_string(file)
                .map_err(|error| format!("`{file}` cannot be read: {error}"))?,
            (None, Some(name)) => {
                let value = environment.variable(name);
                value
                    .ok_or_else(|| format!("the environment variable `{name}` is not set"))?
                    .to_owned()
            }
            (None, None) => return Err(wanted.to_owned()),
        };
    Ok(Secret(text.trim_end_matches(['\r', '\n']).to_owned()))
}
