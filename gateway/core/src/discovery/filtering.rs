//! Filters on extras: typed comparison, glob.

use std::cmp::Ordering;

use crate::asset::{Asset, Value};
use crate::search::{Comparison, Filter};

use super::matching::same;

/// Whether one of the asset's extras (or quality metrics) of that key meets the filter.
///
/// Numbers compare with numbers whatever their type; quantities only in the same unit; text
/// without regard to case; a list if one of its items does. Anything else does not compare, and
/// what does not compare does not meet, `differs` included.
pub(super) fn holds(asset: &Asset, filter: &Filter) -> bool {
    let metrics = asset.quality.iter().flat_map(|quality| &quality.metrics);
    let mut values = asset.extras.iter().chain(metrics).filter(|extra| extra.key == filter.key);
    values.any(|extra| meets(&extra.value, filter))
}

fn meets(value: &Value, filter: &Filter) -> bool {
    let order = |wanted: fn(Ordering) -> bool| {
        items(value).into_iter().any(|item| compare(&item, &filter.value).is_some_and(wanted))
    };
    match filter.comparison {
        Comparison::IsPresent => true,
        Comparison::Equals => order(Ordering::is_eq),
        Comparison::Differs => order(Ordering::is_ne),
        Comparison::Less => order(Ordering::is_lt),
        Comparison::AtMost => order(Ordering::is_le),
        Comparison::Greater => order(Ordering::is_gt),
        Comparison::AtLeast => order(Ordering::is_ge),
        Comparison::Contains => contains(value, &filter.value),
        Comparison::MatchesGlob => items(value).iter().any(|item| match (item, &filter.value) {
            (Value::Text(text), Value::Text(glob)) => {
                matches_glob(&text.to_lowercase(), &glob.to_lowercase())
            }
            _ => false,
        }),
    }
}

fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Texts(texts) => texts.iter().cloned().map(Value::Text).collect(),
        Value::Integers(numbers) => numbers.iter().copied().map(Value::Integer).collect(),
        Value::Reals(numbers) => numbers.iter().copied().map(Value::Real).collect(),
        other => vec![other.clone()],
    }
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) if same(a, b) => Some(Ordering::Equal),
        (Value::Text(a), Value::Text(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Quantity(a), Value::Quantity(b)) if a.unit == b.unit => {
            a.amount.partial_cmp(&b.amount)
        }
        _ => number(a)?.partial_cmp(&number(b)?),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

/// A text holds a text, a range a number, a list an item.
fn contains(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Text(text), Value::Text(part)) => {
            text.to_lowercase().contains(&part.to_lowercase())
        }
        (Value::Range(range), part) => number(part).is_some_and(|number| {
            range.lower.is_none_or(|lower| lower <= number)
                && range.upper.is_none_or(|upper| number <= upper)
        }),
        _ => items(value).iter().any(|item| compare(item, part) == Some(Ordering::Equal)),
    }
}

/// Whether a glob matches the whole of a text: `*` is any run of characters, `?` any one;
/// everything else is itself.
pub(crate) fn matches_glob(text: &str, glob: &str) -> bool {
    let (text, glob): (Vec<char>, Vec<char>) = (text.chars().collect(), glob.chars().collect());
    let (mut t, mut g) = (0, 0);
    // Where the last star was, and how far the text was when it began to match.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(t) {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, t));
                g += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                (t, g) = (t + 1, g + 1);
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (t, g) = (from + 1, at + 1);
                }
                None => return false,
            },
        }
    }
    glob.get(g..).unwrap_or_default().iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::{holds, matches_glob};
    use crate::asset::{Extra, Quantity, Value};
    use crate::coverage::Interval;
    use crate::search::{Comparison, Filter};
    use crate::testing::asset;

    #[test]
    fn filters_compare_by_type_and_null_never_meets() {
        use Comparison::{
            AtLeast, AtMost, Contains, Differs, Equals, Greater, IsPresent, Less, MatchesGlob,
        };
        let text = |t: &str| Value::Text(t.to_owned());
        let quantity =
            |amount, unit: &str| Value::Quantity(Quantity { amount, unit: unit.to_owned() });
        let mut asset = asset("a", "x");
        for (key, value) in [
            ("n:int", Value::Integer(5)),
            ("n:real", Value::Real(2.5)),
            ("n:text", text("Wide Field")),
            ("n:list", Value::Texts(vec!["B".to_owned(), "V".to_owned()])),
            ("n:range", Value::Range(Interval { lower: Some(1.0), upper: None })),
            ("n:height", quantity(3.0, "m")),
            ("n:nan", Value::Real(f64::NAN)),
        ] {
            asset.extras.push(Extra { key: key.to_owned(), value });
        }
        let cases = [
            ("int equals real", "n:int", Equals, Value::Real(5.0), true),
            ("less", "n:real", Less, Value::Integer(3), true),
            ("at most", "n:int", AtMost, Value::Integer(4), false),
            ("greater", "n:int", Greater, Value::Integer(4), true),
            ("at least", "n:int", AtLeast, Value::Integer(5), true),
            ("text without case", "n:text", Equals, text("wide field"), true),
            ("text contains", "n:text", Contains, text("FIELD"), true),
            ("glob", "n:text", MatchesGlob, text("w*d?f*"), false),
            ("another glob", "n:text", MatchesGlob, text("w?de*ld"), true),
            ("an item of a list", "n:list", Equals, text("v"), true),
            ("a list contains", "n:list", Contains, text("R"), false),
            ("a range contains", "n:range", Contains, Value::Integer(7), true),
            ("the same unit", "n:height", Greater, quantity(2.0, "m"), true),
            ("another unit", "n:height", Greater, quantity(2.0, "km"), false),
            ("text and number", "n:text", Differs, Value::Integer(1), false),
            ("differs", "n:int", Differs, Value::Integer(1), true),
            ("null differs from nothing", "n:none", Differs, Value::Integer(1), false),
            ("NaN differs from nothing", "n:nan", Differs, Value::Real(1.0), false),
            ("present", "n:int", IsPresent, Value::Boolean(true), true),
            ("absent", "n:none", IsPresent, Value::Boolean(true), false),
        ];
        for (name, key, comparison, value, expected) in cases {
            let filter = Filter { key: key.to_owned(), comparison, value };
            assert_eq!(holds(&asset, &filter), expected, "case: {name}");
        }
    }

    #[test]
    fn globs_end_in_time() {
        assert!(matches_glob("abcabc", "*abc"));
        assert!(matches_glob("", "*"));
        assert!(!matches_glob("abc", "ab"));
        let text = "a".repeat(5000);
        assert!(!matches_glob(&text, &"*a".repeat(20).replace("*a", "*aa*b")));
    }
}
