//! The query string as a client wrote it.
//!
//! A name given with an empty value is a name not given: a form sends its empty
//! fields too.

use archway_core::Error;
use url::form_urlencoded;

/// Names and values in the order of the query string; no value is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

/// Begins the name of every facet parameter.
pub(crate) const FACET: &str = "facet.";

impl Parameters {
    /// Reads a query string; what is no UTF-8 in it becomes U+FFFD and fails where it is used.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let trimmed = pairs.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
        Self(trimmed.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// Of these pairs, in this order.
    pub(crate) fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// Refuses a name that is neither in `known` nor a facet's.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] with the nearest name there is.
    pub(crate) fn refuse_unknown(&self, known: &[&str]) -> Result<(), Error> {
        let unknown = self.0.iter().map(|(name, _)| name.as_str()).find(|name| {
            !known.contains(name) && name.strip_prefix(FACET).is_none_or(str::is_empty)
        });
        let Some(unknown) = unknown else { return Ok(()) };
        let words = match nearest(unknown, known) {
            Some(name) => format!("is no parameter of this request; did you mean `{name}`?"),
            None => format!("is no parameter of this request; there are {}", known.join(", ")),
        };
        Err(Error::bad_request(unknown, words))
    }

    /// Returns the one value of `name`.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when it is given twice.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Error> {
        let mut values = self.all(name);
        let first = values.next();
        match (first, values.next()) {
            (Some(first), Some(second)) => {
                let words = format!("is given twice, `{first}` and `{second}`; give it once");
                Err(Error::bad_request(name, words))
            }
            (value, _) => Ok(value),
        }
    }

    /// Returns the first value of `name`, or nothing: for showing a form as it was sent.
    pub(crate) fn shown(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Returns every value of `name`.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Returns every facet with its values, in the order they first appear.
    pub(crate) fn facets(&self) -> Vec<(&str, Vec<&str>)> {
        let mut facets: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, value) in &self.0 {
            let Some(facet) = name.strip_prefix(FACET) else { continue };
            match facets.iter_mut().find(|(own, _)| *own == facet) {
                Some((_, values)) => values.push(value),
                None => facets.push((facet, vec![value])),
            }
        }
        facets
    }

    /// Returns all pairs.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Returns the word of `known` that `word` is most likely a slip of.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(word, name), *name));
    let nearest = distances.min_by_key(|(distance, _)| *distance);
    // Farther than that it is another word, not a slip.
    nearest.filter(|(distance, name)| *distance <= 1 + name.len() / 3).map(|(_, name)| name)
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

    #[test]
    fn a_facet_collects_its_values() {
        let parameters = Parameters::of_query(Some("facet.a=1&q=x&facet.b=2&facet.a=3"));
        assert_eq!(parameters.facets(), [("a", vec!["1", "3"]), ("b", vec!["2"])]);
    }
}
