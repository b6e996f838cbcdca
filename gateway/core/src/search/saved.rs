//! A search as it was written, read: the one meaning of the parameters of `/api/v1/search`.
//!
//! Called by `web/question.rs` for every surface and by `volumes` for what was kept. Calls
//! `parse.rs` for the meaning of each value.
//!
//! Not here: what belongs to one asking (`limit`, `cursor`, `deadline_ms`, `require`).

use super::{FacetFilter, Question, parse};
use crate::Error;
use crate::archives::Archives;
use crate::asset::{ArchiveId, BadId};
use crate::discovery::Request;
use crate::selections::SavedQuery;

/// The parameters that say what is searched; beside them any `facet.<name>`.
pub const NAMES: [&str; 7] = ["q", "pos", "time", "band", "archive", "collection", "sort"];

/// Begins the name of every facet parameter.
pub const FACET: &str = "facet.";

impl SavedQuery {
    /// Every value of `name` that is not empty: a form sends its empty fields too.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let own = self.0.iter().filter(move |(own, value)| own == name && !value.is_empty());
        own.map(|(_, value)| value.as_str())
    }

    /// The one value of `name`.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when it is given twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Error> {
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

    /// Every facet with its values, in the order they first appear.
    pub fn facets(&self) -> Vec<(&str, Vec<&str>)> {
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

    /// Refuses a name that is neither in `known` nor a facet's.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] with the nearest name there is.
    pub fn refuse_unknown(&self, known: &[&str]) -> Result<(), Error> {
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

    /// The request that the parameters say; other names than [`NAMES`] say nothing here.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for the first parameter that is wrong, given twice or contradicts
    /// another.
    pub fn request(&self, archives: &Archives) -> Result<Request, Error> {
        let defaults = Request::default();
        Ok(Request {
            question: Question {
                text: self.one("q")?.map(str::to_owned),
                collections: self.all("collection").map(str::to_owned).collect(),
                region: self.one("pos")?.map(parse::pos).transpose()?,
                time: self.one("time")?.map(parse::time).transpose()?,
                wavelength_m: self.one("band")?.map(parse::band).transpose()?,
                facets: self.facets().into_iter().map(facet).collect::<Result<_, _>>()?,
                ..Question::default()
            },
            scope: self
                .all("archive")
                .map(|id| known_archive(archives, "archive", id))
                .collect::<Result<_, _>>()?,
            sort: self.one("sort")?.map_or(Ok(defaults.sort), parse::sort)?,
            ..defaults
        })
    }

    /// The same, and nothing else may be in it: for what is kept and asked later.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`].
    pub fn whole_request(&self, archives: &Archives) -> Result<Request, Error> {
        self.refuse_unknown(&NAMES)?;
        let request = self.request(archives)?;
        request.check()?;
        Ok(request)
    }
}

fn facet((name, values): (&str, Vec<&str>)) -> Result<FacetFilter, Error> {
    let any_of = values.into_iter().map(str::to_owned).collect();
    Ok(FacetFilter { kind: parse::facet_kind(name)?, any_of })
}

/// An archive named in a question must be one; that it is not is a mistake in the question.
///
/// # Errors
///
/// [`Error::BadRequest`] of `parameter`.
pub fn known_archive(archives: &Archives, parameter: &str, id: &str) -> Result<ArchiveId, Error> {
    let bad = |reason: String| Error::bad_request(parameter, reason);
    let id: ArchiveId = id.parse().map_err(|error: BadId| bad(error.to_string()))?;
    archives.find(&id).map_err(|error| bad(error.to_string()))?;
    Ok(id)
}

/// The word of `known` that `word` is most likely a slip of.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(word, name), *name));
    let nearest = distances.min_by_key(|(distance, _)| *distance);
    // Farther than that it is another word, not a slip.
    nearest.filter(|(distance, name)| *distance <= 1 + name.len() / 3).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::archive::Archive;
    use crate::archives::Archives;
    use crate::discovery::Sort;
    use crate::selections::SavedQuery;
    use crate::testing::FakeArchive;

    fn query(pairs: &[(&str, &str)]) -> SavedQuery {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        SavedQuery(pairs.iter().map(own).collect())
    }

    fn archives() -> Archives {
        Archives::new(vec![Arc::new(FakeArchive::new("hst")) as Arc<dyn Archive>])
    }

    #[test]
    fn what_was_written_is_the_request_again() {
        let pairs = [
            ("q", "M31"),
            ("archive", "hst"),
            ("facet.mission", "Hubble"),
            ("facet.mission", "Gaia"),
            ("sort", "date"),
            ("pos", ""),
        ];
        let request = query(&pairs).whole_request(&archives()).unwrap();
        assert_eq!(request.question.text.as_deref(), Some("M31"));
        assert_eq!(request.question.region, None, "an empty value is not given");
        assert_eq!(request.question.facets[0].any_of, ["Hubble", "Gaia"]);
        assert_eq!((request.scope[0].as_str(), request.sort), ("hst", Sort::Date));
    }

    #[test]
    fn what_is_wrong_is_said_before_it_is_kept() {
        let cases = [
            (&[("qq", "M31")][..], "qq: is no parameter of this request; did you mean `q`?"),
            (&[("q", "a"), ("q", "b")], "q: is given twice, `a` and `b`; give it once"),
            (&[("archive", "hts")], "archive: no archive `hts`; did you mean `hst`?"),
            (&[("sort", "distance")], "sort: distance needs a region (`pos`) to measure from"),
            (
                &[("elephant", "20")],
                "elephant: is no parameter of this request; there are q, pos, time, band, archive, collection, sort",
            ),
        ];
        for (pairs, expected) in cases {
            let error = query(pairs).whole_request(&archives()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
