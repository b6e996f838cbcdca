//! Which keys a table may have, and reading it key by key so that one mistake hides no other.

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use toml::Value;

use super::report::Report;

/// Reads the table `name`; what is wrong in it is reported and left at its default.
pub(super) fn section<T: DeserializeOwned + Default>(report: &mut Report<'_>, name: &str) -> T {
    let written = report.table().and_then(|table| table.get(name));
    match written {
        None => T::default(),
        Some(Value::Table(table)) => table_of(&mut report.below(name), table),
        Some(other) => {
            report.wrong(name, format_args!("found {}, this is a table", other.type_str()));
            T::default()
        }
    }
}

/// Reads `table`, which is the one that `report` is about.
///
/// Every key is tried alone: serde stops at the first mistake, and people want all of them.
pub(super) fn table_of<T: DeserializeOwned + Default>(
    report: &mut Report<'_>,
    table: &toml::Table,
) -> T {
    let known = of::<T>();
    let mut sound = toml::Table::new();
    for (key, value) in table {
        if !known.contains(&key.as_str()) {
            report.unknown(key, known);
            continue;
        }
        let variable = report.layer.variable(&report.full(key));
        // `ARCHWAY__EGRESS__CONTACT=42` reads as a number until the key wants a text.
        let as_text = variable.map(|variable| Value::String(variable.text.clone()));
        match (try_key::<T>(key, value), as_text) {
            (Ok(()), _) => {
                sound.insert(key.clone(), value.clone());
            }
            (Err(_), Some(text)) if try_key::<T>(key, &text).is_ok() => {
                sound.insert(key.clone(), text);
            }
            (Err(reason), _) => report.wrong(key, reason),
        }
    }
    sound.try_into().unwrap_or_default()
}

fn try_key<T: DeserializeOwned>(key: &str, value: &Value) -> Result<(), String> {
    let alone = toml::Table::from_iter([(key.to_owned(), value.clone())]);
    match alone.try_into::<T>() {
        Ok(_) => Ok(()),
        Err(error) => Err(for_people(error.message())),
    }
}

/// serde speaks of Rust's types.
fn for_people(message: &str) -> String {
    let words = [
        ("invalid type: ", "found "),
        ("invalid value: ", "found "),
        ("unknown variant ", "found "),
        ("expected u32", "expected a whole number, 0 or more"),
        ("expected i64", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected a sequence", "expected a list"),
        ("expected a boolean", "expected true or false"),
    ];
    words.iter().fold(message.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// Returns the keys of a struct, as serde would read them.
pub(super) fn of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // The deserialiser below always fails, after it was told what it came for.
    let _ = T::deserialize(Ask(&mut keys));
    keys
}

/// Returns the one of `known` that `key` was probably meant to be.
pub(super) fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let close = |known: &&str| strsim::jaro_winkler(key, known);
    let nearest = known.iter().copied().max_by(|one, other| close(one).total_cmp(&close(other)))?;
    (close(&nearest) > 0.8).then_some(nearest)
}

/// Is asked for a struct and learns its fields.
struct Ask<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(_visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("only asked for its keys"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
