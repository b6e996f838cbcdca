//! What the host believes of an answer.
//!
//! A plugin's answer becomes pages, tables and statistics of everybody, so:
//!
//! - a text is no longer than its field may be, and a name is not empty;
//! - a list is no longer than its field may be;
//! - a number that counts or measures is finite; a longitude lies in -180 to 360, a latitude in
//!   -90 to 90;
//! - an instant lies in the years 1 to 9999;
//! - a URL is http, https, ftp, ftps, ftpes, ivo or doi, without blanks or control characters.
//!
//! What breaks a rule is a [`Lie`]: the field, the value and the rule. Mapping odd values of an
//! archive to absent ones is the plugin's work, where somebody knows what they mean.

use archway_core::coverage::{Instant, Interval, TimeScale};

use super::archway::host::types as wit;

/// Something in an answer that the contract does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}, {rule}")]
pub(super) struct Lie {
    field: &'static str,
    found: String,
    rule: String,
}

pub(super) type Checked<T> = Result<T, Lie>;

/// Names, identifiers, terms.
pub(super) const NAME: usize = 4 * 1024;
/// Titles, single sentences, URLs.
pub(super) const LINE: usize = 16 * 1024;
/// Descriptions, regions.
pub(super) const PROSE: usize = 1024 * 1024;
/// Lists within an asset.
pub(super) const LIST: usize = 10_000;

const FIRST_US: i64 = -62_135_596_800_000_000;
const LAST_US: i64 = 253_402_300_799_999_999;

impl Lie {
    pub(super) fn new(field: &'static str, found: impl ToString, rule: impl Into<String>) -> Self {
        let found: String = found.to_string().chars().take(80).collect();
        Self { field, found, rule: rule.into() }
    }
}

/// A text of at most `most_bytes`.
pub(super) fn text(field: &'static str, text: String, most_bytes: usize) -> Checked<String> {
    if text.len() > most_bytes {
        let found = format!("{} bytes long", text.len());
        return Err(Lie::new(field, found, format!("more than {most_bytes}")));
    }
    Ok(text)
}

/// A text that says something.
pub(super) fn name(field: &'static str, name: String) -> Checked<String> {
    if name.trim().is_empty() {
        return Err(Lie::new(field, "empty", "where something must be named"));
    }
    text(field, name, NAME)
}

/// An absent text, or one of at most `most_bytes`.
pub(super) fn some(
    field: &'static str,
    value: Option<String>,
    most_bytes: usize,
) -> Checked<Option<String>> {
    value.map(|value| text(field, value, most_bytes)).transpose()
}

/// Texts of at most [`NAME`] bytes each.
pub(super) fn texts(field: &'static str, values: Vec<String>) -> Checked<Vec<String>> {
    each(field, values, |value| text(field, value, NAME))
}

/// A list of at most [`LIST`] entries, each taken by `take`.
pub(super) fn each<T, U>(
    field: &'static str,
    entries: Vec<T>,
    take: impl FnMut(T) -> Checked<U>,
) -> Checked<Vec<U>> {
    if entries.len() > LIST {
        let found = format!("{} entries long", entries.len());
        return Err(Lie::new(field, found, format!("more than {LIST}")));
    }
    entries.into_iter().map(take).collect()
}

/// A finite number.
pub(super) fn finite(field: &'static str, number: f64) -> Checked<f64> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(Lie::new(field, number, "not a finite number"))
    }
}

/// An absent number or a finite one.
pub(super) fn some_finite(field: &'static str, number: Option<f64>) -> Checked<Option<f64>> {
    number.map(|number| finite(field, number)).transpose()
}

/// A number within a range.
pub(super) fn within(field: &'static str, number: f64, least: f64, most: f64) -> Checked<f64> {
    // NaN is in no range.
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(Lie::new(field, number, format!("outside {least} to {most}")))
    }
}

/// An interval with finite ends.
pub(super) fn interval(field: &'static str, interval: wit::Interval) -> Checked<Interval> {
    Ok(Interval {
        lower: some_finite(field, interval.lower)?,
        upper: some_finite(field, interval.upper)?,
    })
}

/// An absent interval or one with finite ends.
pub(super) fn some_interval(
    field: &'static str,
    value: Option<wit::Interval>,
) -> Checked<Option<Interval>> {
    value.map(|value| interval(field, value)).transpose()
}

/// A moment in UTC.
pub(super) fn instant(field: &'static str, utc_us: i64) -> Checked<Instant> {
    in_years(field, utc_us).map(Instant::from_utc_us)
}

/// An absent moment, or one in UTC.
pub(super) fn some_instant(field: &'static str, utc_us: Option<i64>) -> Checked<Option<Instant>> {
    utc_us.map(|us| instant(field, us)).transpose()
}

/// An absent moment, or one in `scale`.
pub(super) fn some_instant_in(
    field: &'static str,
    us: Option<i64>,
    scale: TimeScale,
) -> Checked<Option<Instant>> {
    us.map(|us| Ok(Instant::from_scale_us(in_years(field, us)?, scale))).transpose()
}

fn in_years(field: &'static str, us: i64) -> Checked<i64> {
    if (FIRST_US..=LAST_US).contains(&us) {
        Ok(us)
    } else {
        Err(Lie::new(field, format!("{us} us from 1970"), "outside the years 1 to 9999"))
    }
}

/// A URL that a portal may show as a link.
pub(super) fn url(field: &'static str, url: String) -> Checked<String> {
    const SCHEMES: [&str; 7] = ["https", "http", "ftp", "ftps", "ftpes", "ivo", "doi"];
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let known = SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    if !known || url.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') {
        let rule = "not an http, https, ftp, ftps, ftpes, ivo or doi URL without blanks";
        return Err(Lie::new(field, format!("`{}`", url.escape_debug()), rule));
    }
    text(field, url, LINE)
}

/// An absent URL, or one that a portal may show as a link.
pub(super) fn some_url(field: &'static str, value: Option<String>) -> Checked<Option<String>> {
    value.map(|value| url(field, value)).transpose()
}

#[cfg(test)]
mod tests {
    use super::{instant, name, url, within};

    #[test]
    fn only_urls_of_archives_pass() {
        let cases = [
            ("https://example.org/a?b=c#d", true),
            ("HTTP://EXAMPLE.ORG", true),
            ("ftp://example.org/x", true),
            ("ivo://esavo/hst", true),
            ("doi:10.1000/182", true),
            ("javascript:alert(1)", false),
            ("JavaScript:alert(1)", false),
            (" https://example.org", false),
            ("https://example.org/a b", false),
            ("https://example.org/\nSet-Cookie: x", false),
            ("data:text/html,x", false),
            ("//example.org", false),
            ("", false),
        ];
        for (text, passes) in cases {
            assert_eq!(url("location", text.to_owned()).is_ok(), passes, "case: {text:?}");
        }
    }

    #[test]
    fn a_lie_names_field_value_and_rule() {
        let lies = [
            within("space.longitude-deg", f64::NAN, -180.0, 360.0).unwrap_err().to_string(),
            name("summary.title", "  ".to_owned()).unwrap_err().to_string(),
            instant("summary.created", i64::MAX).unwrap_err().to_string(),
        ];
        assert_eq!(
            lies,
            [
                "space.longitude-deg is NaN, outside -180 to 360",
                "summary.title is empty, where something must be named",
                "summary.created is 9223372036854775807 us from 1970, outside the years 1 to 9999",
            ]
        );
    }
}
