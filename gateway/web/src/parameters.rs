//! The query string as a client wrote it; how it is read is `core::search::saved`.
//!
//! A name given with an empty value is a name not given: a form sends its empty
//! fields too.

use std::ops::RangeInclusive;

use archway_core::Error;
use archway_core::selections::SavedQuery;
use url::form_urlencoded;

pub(crate) use archway_core::search::saved::{FACET, nearest};

/// Names and values in the order of the query string; no value is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(SavedQuery);

impl Parameters {
    /// Reads a query string; what is no UTF-8 in it becomes U+FFFD and fails where it is used.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let trimmed = pairs.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
        Self::of_pairs(trimmed.filter(|(_, value)| !value.is_empty()))
    }

    /// Of these pairs, in this order.
    pub(crate) fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(SavedQuery(pairs.into_iter().collect()))
    }

    /// As the core reads them.
    pub(crate) fn query(&self) -> &SavedQuery {
        &self.0
    }

    /// Refuses a name that is neither in `known` nor a facet's.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] with the nearest name there is.
    pub(crate) fn refuse_unknown(&self, known: &[&str]) -> Result<(), Error> {
        self.0.refuse_unknown(known)
    }

    /// Refuses a name that is not in `known`, a facet's too: for what is no search.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] with the nearest name there is.
    pub(crate) fn refuse_all_but(&self, known: &[&str]) -> Result<(), Error> {
        match self.pairs().find(|(name, _)| !known.contains(name)) {
            Some((unknown, _)) => Err(unknown_name(unknown, known)),
            None => Ok(()),
        }
    }

    /// Returns the value of `name`, a whole number of `range`; `default` when it is not given.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for another value.
    pub(crate) fn whole(
        &self,
        name: &str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Result<u64, Error> {
        let Some(text) = self.one(name)? else { return Ok(default) };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            let reason = format!("`{text}` is no whole number of {least}..={most}");
            Error::bad_request(name, reason)
        })
    }

    /// Returns the one value of `name`.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when it is given twice.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Error> {
        self.0.one(name)
    }

    /// Returns the first value of `name`, or nothing: for showing a form as it was sent.
    pub(crate) fn shown(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Returns every value of `name`.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.all(name)
    }

    /// Returns all pairs.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Checks a key that makes asking again harmless: it is kept, and stands in logs.
///
/// # Errors
///
/// [`Error::BadRequest`] for one that is not 1 to 255 printable ASCII characters without spaces.
pub(crate) fn idempotency_key(parameter: &str, key: &str) -> Result<String, Error> {
    let printable = key.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if (1..=255).contains(&key.len()) && printable {
        return Ok(key.to_owned());
    }
    let reason = "is not 1 to 255 printable ASCII characters without spaces";
    Err(Error::bad_request(parameter, reason))
}

fn unknown_name(unknown: &str, known: &[&str]) -> Error {
    let words = match (nearest(unknown, known), known) {
        (Some(name), _) => format!("is no parameter of this request; did you mean `{name}`?"),
        (None, []) => "is no parameter of this request, which has none".to_owned(),
        (None, _) => format!("is no parameter of this request; there are {}", known.join(", ")),
    };
    Error::bad_request(unknown, words)
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest_known_one() {
        let known = ["q", "pos", "limit"];
        let cases = [
            ("known", "q=M31&limit=3", None),
            ("a facet", "facet.mission=Hubble", None),
            (
                "a facet without a name",
                "facet.=Hubble",
                Some("facet.: is no parameter of this request; there are q, pos, limit"),
            ),
            (
                "a slip",
                "limt=3",
                Some("limt: is no parameter of this request; did you mean `limit`?"),
            ),
            (
                "another word",
                "elephant=3",
                Some("elephant: is no parameter of this request; there are q, pos, limit"),
            ),
            ("an empty value is not given", "elephant=", None),
        ];
        for (name, query, expected) in cases {
            let error = Parameters::of_query(Some(query)).refuse_unknown(&known).err();
            assert_eq!(error.map(|e| e.to_string()).as_deref(), expected, "case: {name}");
        }
    }
}
