//! URLs of the portal: every state of a search as a link, in one order of parameters.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use crate::parameters::{FACET, Parameters};

/// What one segment of a path keeps as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The order of parameters in every link; facets stand before `sort`.
const ORDER: [&str; 10] =
    ["q", "ra", "dec", "radius", "pos", "from", "to", "time", "band", "archive"];
const ORDER_BEHIND: [&str; 7] =
    ["collection", FACET, "sort", "view", "limit", "require", "deadline_ms"];

/// The search as it is asked now; each method gives the link to a neighbouring one.
///
/// A changed question starts at its first page, so no link but [`Asked::page`] keeps the cursor.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a>(pub(super) &'a Parameters);

impl Asked<'_> {
    /// The same with `name=value` added, or without it if it is there.
    pub(super) fn toggled(&self, name: &str, value: &str) -> String {
        let same = |(n, v): &(&str, &str)| *n == name && v.eq_ignore_ascii_case(value);
        match self.0.pairs().any(|pair| same(&pair)) {
            true => link(self.0.pairs().filter(|pair| !same(pair))),
            false => link(self.0.pairs().chain([(name, value)])),
        }
    }

    /// The same with `name` set to `value` alone; without it when `value` is empty.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let others = self.0.pairs().filter(|(own, _)| *own != name);
        link(others.chain((!value.is_empty()).then_some((name, value))))
    }

    /// The same without facets, collections and archives.
    pub(super) fn unfiltered(&self) -> String {
        let filters =
            |name: &str| name.starts_with(FACET) || name == "collection" || name == "archive";
        link(self.0.pairs().filter(|(name, _)| !filters(name)))
    }

    /// The same at its first page.
    pub(super) fn first(&self) -> String {
        link(self.0.pairs())
    }

    /// The same at the page of `cursor`; at the first without one.
    pub(super) fn page(&self, cursor: &str) -> String {
        self.at(self.first(), cursor)
    }

    /// The same page, with so much time for its archives.
    pub(super) fn patiently(&self, cursor: &str, within: Duration) -> String {
        self.at(self.with("deadline_ms", &within.as_millis().to_string()), cursor)
    }

    fn at(&self, first: String, cursor: &str) -> String {
        if cursor.is_empty() {
            return first;
        }
        let cursor = form_urlencoded::byte_serialize(cursor.as_bytes()).collect::<String>();
        let join = if first.contains('?') { '&' } else { '?' };
        format!("{first}{join}cursor={cursor}")
    }
}

/// The link of these pairs, in the one order; the cursor is left out.
fn link<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let place = |name: &str| {
        let name = if name.starts_with(FACET) { FACET } else { name };
        ORDER.iter().chain(&ORDER_BEHIND).position(|own| *own == name)
    };
    let mut pairs: Vec<_> = pairs.filter(|(name, _)| *name != "cursor").collect();
    pairs.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    if pairs.is_empty() {
        return "/".to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/?{query}")
}

/// Returns the page of an asset.
pub(super) fn asset(id: &str) -> String {
    format!("/assets/{}", utf8_percent_encode(id, SEGMENT))
}

/// Returns the search page of a search as it is kept.
pub(super) fn search(pairs: &[(String, String)]) -> String {
    link(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Returns pairs as a query string, without a question mark.
pub(super) fn query<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Returns a text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Returns the JSON of an asset.
pub(super) fn asset_json(id: &str) -> String {
    format!("/api/v1/assets/{}", utf8_percent_encode(id, SEGMENT))
}

/// Returns the search for everything that has this term.
pub(super) fn facet(name: &str, term: &str) -> String {
    link([(format!("{FACET}{name}").as_str(), term)].into_iter())
}

/// Returns `url` if a browser may be sent there: http, https or ftp with a host.
///
/// An archive's `javascript:` or `data:` never becomes a link.
pub(super) fn followable(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let allowed = matches!(url.scheme(), "http" | "https" | "ftp") && url.has_host();
    allowed.then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::{Asked, asset, followable};
    use crate::parameters::Parameters;

    #[test]
    fn links_say_the_whole_search_in_one_order() {
        let parameters = Parameters::of_query(Some(
            "sort=date&facet.mission=HST&cursor=abc&q=M31&view=table&archive=hst",
        ));
        let asked = Asked(&parameters);
        let cases = [
            (
                "first page",
                asked.first(),
                "/?q=M31&archive=hst&facet.mission=HST&sort=date&view=table",
            ),
            (
                "facet off",
                asked.toggled("facet.mission", "hst"),
                "/?q=M31&archive=hst&sort=date&view=table",
            ),
            (
                "facet on",
                asked.toggled("facet.tag", "a b"),
                "/?q=M31&archive=hst&facet.mission=HST&facet.tag=a+b&sort=date&view=table",
            ),
            ("cards", asked.with("view", ""), "/?q=M31&archive=hst&facet.mission=HST&sort=date"),
            ("unfiltered", asked.unfiltered(), "/?q=M31&sort=date&view=table"),
            (
                "next",
                asked.page("x&y"),
                "/?q=M31&archive=hst&facet.mission=HST&sort=date&view=table&cursor=x%26y",
            ),
        ];
        for (name, found, expected) in cases {
            assert_eq!(found, expected, "case: {name}");
        }
    }

    #[test]
    fn an_asset_id_is_one_segment() {
        assert_eq!(asset("hst/a b?c#d/é"), "/assets/hst%2Fa%20b%3Fc%23d%2F%C3%A9");
    }

    #[test]
    fn only_urls_that_lead_to_files_are_followed() {
        for url in ["http://a.example/x", "https://a.example/", "ftp://a.example/x"] {
            assert!(followable(url).is_some(), "case: {url}");
        }
        let refused = [
            "javascript:alert(1)",
            " java\tscript:alert(1)",
            "data:text/html,x",
            "//a.example",
            "/x",
            "file:///etc/passwd",
            "vbscript:x",
            "",
        ];
        for url in refused {
            assert!(followable(url).is_none(), "case: {url}");
        }
    }
}
