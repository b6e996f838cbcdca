//! From JSON to what a request says, with mistakes in our words: where, what, and the nearest
//! name that there is.
//!
//! A deserializer over `serde_json::Value` whose error keeps the path to what is wrong.

use std::fmt;

use archway_core::Error;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer as _, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde_json::{Map, Value};

use crate::parameters::nearest;

/// What is wrong with a document.
#[derive(Debug)]
pub(super) struct Mistake {
    /// Keys and indices, the innermost first.
    path: Vec<String>,
    reason: String,
}

/// Reads a request out of a JSON document.
///
/// # Errors
///
/// [`Error::BadRequest`] whose parameter is the path to what is wrong.
pub(super) fn read<T: DeserializeOwned>(document: &Value) -> Result<T, Error> {
    T::deserialize(Reader(document)).map_err(|mistake| {
        let mut parameter = String::new();
        for key in mistake.path.iter().rev() {
            if !parameter.is_empty() && !key.starts_with('[') {
                parameter.push('.');
            }
            parameter.push_str(key);
        }
        if parameter.is_empty() {
            parameter.push_str("body");
        }
        Error::bad_request(parameter, mistake.reason)
    })
}

impl Mistake {
    fn at(mut self, key: impl Into<String>) -> Self {
        self.path.push(key.into());
        self
    }

    fn unknown(name: &str, known: &'static [&'static str], is_no: &str) -> Self {
        let words = match nearest(name, known) {
            Some(near) => format!("{is_no}; did you mean `{near}`?"),
            None => format!("{is_no}; there are {}", known.join(", ")),
        };
        Self { path: Vec::new(), reason: words }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Mistake {}

impl serde::de::Error for Mistake {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self { path: Vec::new(), reason: reason.to_string() }
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn serde::de::Expected) -> Self {
        let found = match found {
            Unexpected::Map => "an object".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Unit => "null".to_owned(),
            _ => found.to_string(),
        };
        Self::custom(format!("is {found} and should be {}", plainly(wanted)))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn serde::de::Expected) -> Self {
        Self::custom(format!("{found} is not {}", plainly(wanted)))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::unknown(name, known, "is no key of this object").at(name)
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::unknown(name, known, &format!("`{name}` is none of its values"))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::custom("is missing").at(name)
    }
}

/// What is wanted, in the words of JSON and not of this language.
fn plainly(wanted: &dyn serde::de::Expected) -> String {
    match wanted.to_string().as_str() {
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "u32" | "u64" => "a whole number from 0 on".to_owned(),
        words if words.starts_with("struct ") => "an object".to_owned(),
        words => words.to_owned(),
    }
}

struct Reader<'a>(&'a Value);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(value) => match (value.as_u64(), value.as_i64(), value.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (None, Some(value), _) => visitor.visit_i64(value),
                (None, None, Some(value)) => visitor.visit_f64(value),
                (None, None, None) => Err(Mistake::custom("is a number out of reach")),
            },
            Value::String(value) => visitor.visit_borrowed_str(value),
            Value::Array(values) => visitor.visit_seq(List { values: values.iter(), next: 0 }),
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match self.0 {
            Value::String(word) => {
                let word: StrDeserializer<'_, Mistake> = word.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            _ => Err(Mistake::custom("should be a word")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct List<'a> {
    values: std::slice::Iter<'a, Value>,
    next: usize,
}

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Reader(value)).map(Some).map_err(|error| error.at(format!("[{index}]")))
    }
}

struct Fields<'a> {
    fields: serde_json::map::Iter<'a>,
    value: Option<(&'a str, &'a Value)>,
}

impl<'a> Fields<'a> {
    fn of(fields: &'a Map<String, Value>) -> Self {
        Self { fields: fields.iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.value = Some((name, value));
        let name: StrDeserializer<'_, Mistake> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let Some((name, value)) = self.value.take() else {
            return Err(Mistake::custom("a value is asked for before its key"));
        };
        seed.deserialize(Reader(value)).map_err(|error| error.at(name))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::read;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is looked at")]
    struct Outer {
        name: String,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        mode: Option<Mode>,
        #[serde(default)]
        list: Vec<String>,
        #[serde(default)]
        count: Option<u32>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is looked at")]
    struct Inner {
        path: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Copy,
    }

    #[test]
    fn a_mistake_says_where_it_is_and_what_would_be_right() {
        let cases = [
            ("all right", json!({"name": "a", "inner": {"path": null}, "mode": "copy"}), ""),
            (
                "a slip",
                json!({"nmae": "a"}),
                "nmae: is no key of this object; did you mean `name`?",
            ),
            (
                "another word",
                json!({"name": "a", "elephant": 1}),
                "elephant: is no key of this object; there are name, inner, mode, list, count",
            ),
            (
                "a slip further in",
                json!({"name": "a", "inner": {"pth": 1}}),
                "inner.pth: is no key of this object; did you mean `path`?",
            ),
            ("missing", json!({}), "name: is missing"),
            ("another type", json!({"name": 7}), "name: is integer `7` and should be a string"),
            (
                "in a list",
                json!({"name": "a", "list": ["x", false]}),
                "list[1]: is boolean `false` and should be a string",
            ),
            (
                "a word that is none",
                json!({"name": "a", "mode": "cpy"}),
                "mode: `cpy` is none of its values; did you mean `copy`?",
            ),
            ("no word", json!({"name": "a", "mode": 1}), "mode: should be a word"),
            (
                "out of reach",
                json!({"name": "a", "count": -1}),
                "count: integer `-1` is not a whole number from 0 on",
            ),
            ("no object", json!([1]), "[0]: is integer `1` and should be a string"),
            ("a text", json!("x"), "body: is string \"x\" and should be an object"),
        ];
        for (name, document, expected) in cases {
            let found = read::<Outer>(&document).map_or_else(|e| e.to_string(), |_| String::new());
            assert_eq!(found, expected, "case: {name}");
        }
    }
}
