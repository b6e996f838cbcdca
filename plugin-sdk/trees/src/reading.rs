//! Reads nested settings, which arrive as JSON, and keeps every mistake with its key.

use std::cell::RefCell;

use serde_json::{Map, Value};

/// All mistakes found so far, each with its full key.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<String>>);

impl Problems {
    pub(crate) fn add(&self, key: &str, message: impl AsRef<str>) {
        let told = format!("{key}: {}", message.as_ref());
        let mut all = self.0.borrow_mut();
        if !all.contains(&told) {
            all.push(told);
        }
    }

    pub(crate) fn into_all(self) -> Vec<String> {
        self.0.into_inner()
    }
}

/// A table of the settings.
pub(crate) struct Table<'a> {
    pub(crate) key: String,
    map: &'a Map<String, Value>,
    known: RefCell<Vec<&'static str>>,
    pub(crate) problems: &'a Problems,
}

impl<'a> Table<'a> {
    pub(crate) fn new(key: String, map: &'a Map<String, Value>, problems: &'a Problems) -> Self {
        Self { key, map, known: RefCell::default(), problems }
    }

    /// A value as a table; a problem where it is none.
    pub(crate) fn of(key: String, value: &'a Value, problems: &'a Problems) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self::new(key, map, problems)),
            other => {
                problems.add(&key, format!("{other} is not a table"));
                None
            }
        }
    }

    pub(crate) fn key_of(&self, key: &str) -> String {
        format!("{}.{key}", self.key)
    }

    pub(crate) fn wrong(&self, key: &str, message: impl AsRef<str>) {
        self.problems.add(&self.key_of(key), message);
    }

    pub(crate) fn value(&self, key: &'static str) -> Option<&'a Value> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.map.get(key)
    }

    /// The entries, where the keys are the operator's own.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.map.iter()
    }

    pub(crate) fn text(&self, key: &'static str) -> Option<&'a str> {
        match self.value(key)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim()),
            other => {
                self.wrong(key, format!("{other} is not a text"));
                None
            }
        }
    }

    /// A text, or a list of them.
    pub(crate) fn texts(&self, key: &'static str) -> Vec<&'a str> {
        self.value(key).map_or(Vec::new(), |value| texts(&self.key_of(key), value, self.problems))
    }

    /// One of these words, with what it stands for.
    pub(crate) fn choice<T: Clone>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| value.clone());
        if found.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(key, format!("`{text}` is none of {}", words.join(", ")));
        }
        found
    }

    pub(crate) fn flag(&self, key: &'static str) -> bool {
        match self.value(key) {
            None => false,
            Some(Value::Bool(truth)) => *truth,
            Some(other) => {
                self.wrong(key, format!("{other} is neither true nor false"));
                false
            }
        }
    }

    pub(crate) fn number(&self, key: &'static str, least: f64, most: f64) -> Option<f64> {
        let value = self.value(key)?;
        let number = value.as_f64().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(key, format!("{value} is not a number in {least}..={most}"));
        }
        number
    }

    pub(crate) fn numbers(&self, key: &'static str) -> Option<Vec<f64>> {
        let value = self.value(key)?;
        let numbers: Option<Vec<f64>> =
            value.as_array().and_then(|list| list.iter().map(Value::as_f64).collect());
        if numbers.is_none() {
            self.wrong(key, format!("{value} is not a list of numbers"));
        }
        numbers
    }

    pub(crate) fn table(&self, key: &'static str) -> Option<Table<'a>> {
        Self::of(self.key_of(key), self.value(key)?, self.problems)
    }

    /// Says which keys nobody asked for.
    pub(crate) fn finish(self) {
        let known = self.known.borrow();
        for key in self.map.keys().filter(|key| !known.contains(&key.as_str())) {
            let alike = |known: &str| known.chars().next() == key.chars().next();
            let nearest = known.iter().min_by_key(|known| (distance(known, key), !alike(known)));
            let hint = nearest.map(|word| format!(", the nearest is `{word}`"));
            self.wrong(key, format!("there is no such key{}", hint.unwrap_or_default()));
        }
    }
}

/// How many letters have to be changed, added or left out (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (number, letter) in a.bytes().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(b.bytes()) {
            let here = (diagonal + usize::from(letter != other)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = number + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A text, or a list of them.
pub(crate) fn texts<'a>(key: &str, value: &'a Value, problems: &Problems) -> Vec<&'a str> {
    let found: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text.as_str()]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    found.unwrap_or_else(|| {
        problems.add(key, format!("{value} is neither a text nor a list of texts"));
        Vec::new()
    })
}
