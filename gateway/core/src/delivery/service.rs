//! The parameters of a service: what a client gives against what the service takes.
//!
//! Called by `delivery.rs` and `choice.rs`. Pure. Source: `DataLink` 1.1, 4; SODA 1.0, 3.

use crate::Error;
use crate::access::{Parameter, ServiceWay};

/// How the parameters of a service begin in a request of ours.
const PREFIX: &str = "param.";

/// Names and values as they are sent: the fixed ones and those given, in the service's order.
///
/// # Errors
///
/// [`Error::BadRequest`] for the first that is wrong.
pub(super) fn parameters(
    service: &ServiceWay,
    given: &[(String, String)],
) -> Result<Vec<(String, String)>, Error> {
    let wrong = |name: &str, words: String| Error::bad_request(format!("{PREFIX}{name}"), words);
    if service.asynchronous {
        let words = "the service answers with a job, which this gateway does not run yet";
        return Err(Error::bad_request("param", words));
    }
    let known = |name: &str| service.parameters.iter().find(|own| same(&own.name, name));
    for (name, value) in given {
        let Some(parameter) = known(name) else {
            let names: Vec<&str> = open(service).map(|own| own.name.as_str()).collect();
            let words = match names.is_empty() {
                true => "is no parameter of the service, which takes none".to_owned(),
                false => format!("is no parameter of the service; there are {}", names.join(", ")),
            };
            return Err(wrong(name, words));
        };
        check(parameter, value).map_err(|words| wrong(name, words))?;
    }
    let mut sent = Vec::new();
    for parameter in &service.parameters {
        let values = given.iter().filter(|(name, _)| same(&parameter.name, name));
        let values: Vec<&String> = values.map(|(_, value)| value).collect();
        match (&parameter.fixed_value, values.is_empty()) {
            (Some(fixed), _) => sent.push((parameter.name.clone(), fixed.clone())),
            (None, true) if parameter.required => {
                return Err(wrong(&parameter.name, "is missing; the service needs it".to_owned()));
            }
            (None, _) => {
                let own = values.into_iter().map(|value| (parameter.name.clone(), value.clone()));
                sent.extend(own);
            }
        }
    }
    Ok(sent)
}

/// Names of DALI parameters are compared without case (DALI 1.1, 3.1).
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn open(service: &ServiceWay) -> impl Iterator<Item = &Parameter> {
    service.parameters.iter().filter(|own| own.fixed_value.is_none())
}

fn check(parameter: &Parameter, value: &str) -> Result<(), String> {
    if let Some(fixed) = &parameter.fixed_value {
        return match fixed == value {
            true => Ok(()),
            false => Err(format!("`{value}` cannot be given: the service fixes it to `{fixed}`")),
        };
    }
    if value.chars().any(char::is_control) {
        return Err("holds a control character".to_owned());
    }
    if !parameter.choices.is_empty() && !parameter.choices.iter().any(|choice| choice == value) {
        let choices = parameter.choices.join("`, `");
        return Err(format!("`{value}` is none of `{choices}`"));
    }
    let numeric = matches!(
        parameter.element.as_str(),
        "unsigned8" | "signed16" | "signed32" | "signed64" | "float32" | "float64"
    );
    if !numeric {
        return Ok(());
    }
    let limit = |text: &Option<String>| {
        // Of an array, the least and the greatest of any element.
        text.as_ref().and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
    };
    let (least, most) = (limit(&parameter.minimum), limit(&parameter.maximum));
    // xtype="interval" and the like: several numbers, and open ends (DALI 1.1, 3.3).
    for word in value.split_whitespace() {
        let word = word.trim_start_matches('+');
        let number = match word.to_ascii_lowercase().as_str() {
            "inf" => f64::INFINITY,
            "-inf" => f64::NEG_INFINITY,
            other => other.parse().map_err(|_| format!("`{word}` is no number"))?,
        };
        if number.is_infinite() {
            continue;
        }
        let below = least.is_some_and(|least| number < least);
        let above = most.is_some_and(|most| number > most);
        // Of an interval only the ends that lie outside on their own side are of no use, which
        // the service decides; a single value must lie inside.
        if (below || above) && parameter.xtype.is_none() && parameter.array_size.is_none() {
            let end = |end: Option<f64>| end.map(|n| n.to_string()).unwrap_or_default();
            return Err(format!("{word} is outside {}..={}", end(least), end(most)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parameters;
    use crate::access::{Parameter, ServiceWay};

    fn parameter(name: &str, element: &str) -> Parameter {
        Parameter {
            name: name.to_owned(),
            element: element.to_owned(),
            array_size: None,
            unit: None,
            ucd: None,
            xtype: None,
            description: None,
            required: false,
            fixed_value: None,
            minimum: None,
            maximum: None,
            choices: Vec::new(),
        }
    }

    fn soda() -> ServiceWay {
        let fixed = Some("ivo://example/1".to_owned());
        let band = Parameter {
            xtype: Some("interval".to_owned()),
            array_size: Some("2".to_owned()),
            minimum: Some("1e-7".to_owned()),
            maximum: Some("1e-6".to_owned()),
            ..parameter("BAND", "float64")
        };
        let choices = vec!["png".to_owned(), "fits".to_owned()];
        let limits = (Some("1".to_owned()), Some("10".to_owned()));
        ServiceWay {
            url: "https://archive.example/soda".to_owned(),
            method: "GET".to_owned(),
            standard_id: None,
            title: None,
            parameters: vec![
                Parameter { fixed_value: fixed, required: true, ..parameter("ID", "text") },
                band,
                Parameter { choices, ..parameter("FORMAT", "text") },
                Parameter { minimum: limits.0, maximum: limits.1, ..parameter("BIN", "signed32") },
                Parameter { required: true, ..parameter("POS", "text") },
            ],
            credential: None,
            asynchronous: false,
        }
    }

    #[test]
    fn parameters_are_those_that_the_service_takes() {
        let pos = ("pos", "CIRCLE 1 2 3");
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
        let cases: [Case<'_>; 11] = [
            ("the least", &[pos], "ID=ivo://example/1&POS=CIRCLE 1 2 3"),
            (
                "more, in the service's order",
                &[pos, ("BIN", "3"), ("BAND", "-Inf 5e-7")],
                "ID=ivo://example/1&BAND=-Inf 5e-7&BIN=3&POS=CIRCLE 1 2 3",
            ),
            ("one twice", &[pos, ("POS", "x")], "ID=ivo://example/1&POS=CIRCLE 1 2 3&POS=x"),
            (
                "what is fixed, as it is",
                &[pos, ("ID", "ivo://example/1")],
                "ID=ivo://example/1&POS=CIRCLE 1 2 3",
            ),
            ("none", &[], "param.POS: is missing; the service needs it"),
            (
                "what is fixed, changed",
                &[pos, ("ID", "other")],
                "param.ID: `other` cannot be given: the service fixes it to `ivo://example/1`",
            ),
            (
                "no choice",
                &[pos, ("FORMAT", "gif")],
                "param.FORMAT: `gif` is none of `png`, `fits`",
            ),
            ("too much", &[pos, ("BIN", "11")], "param.BIN: 11 is outside 1..=10"),
            ("no number", &[pos, ("BIN", "many")], "param.BIN: `many` is no number"),
            (
                "unknown",
                &[pos, ("RADIUS", "1")],
                "param.RADIUS: is no parameter of the service; there are BAND, FORMAT, BIN, POS",
            ),
            ("a line break", &[("POS", "a\r\nb")], "param.POS: holds a control character"),
        ];
        for (name, given, expected) in cases {
            let given: Vec<_> = given.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            let said = match parameters(&soda(), &given) {
                Ok(sent) => {
                    sent.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&")
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(said, expected, "case: {name}");
        }
    }
}
