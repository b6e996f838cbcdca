//! The settings of a plugin as fields of a form; nothing of a plugin is markup.

use archway_core::volumes::{Field, FieldKind};

use super::SETTING;
use crate::parameters::Parameters;

/// One field.
pub(super) struct FieldRow {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) required: bool,
    pub(super) value: String,
    /// "text", "url", "number", "lines", "choice".
    pub(super) input: &'static str,
    /// Each with whether it is chosen.
    pub(super) choices: Vec<(String, bool)>,
}

impl FieldRow {
    /// With what was said of it, else with its default.
    pub(super) fn new(field: &Field, said: &Parameters) -> Self {
        let name = format!("{SETTING}{}", field.key);
        let given = said.shown(&name).to_owned();
        let value =
            if given.is_empty() { field.default.clone().unwrap_or_default() } else { given };
        let choices = match &field.kind {
            FieldKind::Choice(choices) => choices.clone(),
            FieldKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
            _ => Vec::new(),
        };
        Self {
            name,
            label: label(&field.key),
            help: help(field),
            required: field.required,
            input: match &field.kind {
                FieldKind::Text => "text",
                FieldKind::Url => "url",
                FieldKind::Integer { .. } | FieldKind::Real { .. } => "number",
                FieldKind::Boolean | FieldKind::Choice(_) => "choice",
                FieldKind::List => "lines",
            },
            choices: choices.into_iter().map(|choice| (choice.clone(), choice == value)).collect(),
            value,
        }
    }
}

/// The key as words: `time_limit` is "Time limit", `url` is "URL".
fn label(key: &str) -> String {
    let words: Vec<&str> = key.split(['_', '-']).collect();
    let upper = |word: &str| match word {
        "url" | "tls" | "ftp" | "http" | "id" | "ca" => word.to_uppercase(),
        _ => word.to_owned(),
    };
    let text = words.into_iter().map(upper).collect::<Vec<_>>().join(" ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What it is, and the numbers or lines that it takes.
fn help(field: &Field) -> String {
    let range = |min: Option<String>, max: Option<String>| match (min, max) {
        (Some(min), Some(max)) => format!("From {min} to {max}."),
        (Some(min), None) => format!("{min} or more."),
        (None, Some(max)) => format!("{max} or less."),
        (None, None) => String::new(),
    };
    let text = |number: f64| number.to_string();
    let behind = match &field.kind {
        FieldKind::Integer { min, max } => {
            range(min.map(|n| n.to_string()), max.map(|n| n.to_string()))
        }
        FieldKind::Real { min, max } => range(min.map(text), max.map(text)),
        FieldKind::List => "One a line.".to_owned(),
        _ => String::new(),
    };
    match (field.help.trim(), behind.as_str()) {
        ("", behind) => behind.to_owned(),
        (own, "") => own.to_owned(),
        (own, behind) => format!("{}. {behind}", own.trim_end_matches('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn keys_are_shown_as_words() {
        let cases = [("url", "URL"), ("time_limit", "Time limit"), ("ca", "CA"), ("", "")];
        for (key, words) in cases {
            assert_eq!(label(key), words);
        }
    }
}
