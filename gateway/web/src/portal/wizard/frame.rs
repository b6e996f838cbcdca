//! What every step of the wizard shows: the steps, what was said so far, and what is wrong with it.

use archway_core::Error;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::{page, url_of};
use crate::error;
use crate::parameters::Parameters;

/// A step by its place in [`STEPS`].
pub(super) const TYPE: usize = 0;
pub(super) const SOURCE: usize = 1;
pub(super) const CONTENT: usize = 2;
pub(super) const MODE: usize = 3;
pub(super) const REVIEW: usize = 4;

/// The steps: path and name.
const STEPS: [(&str, &str); 5] = [
    ("/volumes/new", "Type"),
    ("/volumes/new/source", "Source"),
    ("/volumes/new/content", "Content"),
    ("/volumes/new/mode", "Mode"),
    ("/volumes/new/review", "Review"),
];

/// The frame of a step.
pub(super) struct Frame {
    pub(super) steps: Vec<Step>,
    /// What was said so far and is not asked on this page: name and value.
    pub(super) said: Vec<(String, String)>,
    pub(super) problem: Option<Problem>,
    query: String,
}

/// One step in the row of them.
pub(super) struct Step {
    /// `None` for this one and those behind it.
    pub(super) href: Option<String>,
    pub(super) name: &'static str,
    pub(super) current: bool,
}

/// What is wrong, and where it is mended.
pub(super) struct Problem {
    pub(super) words: String,
    /// Address and name of a step.
    pub(super) mend: Option<(String, &'static str)>,
    status: StatusCode,
}

impl Frame {
    /// Of step `current`; `asked` are the names that its page asks for itself.
    pub(super) fn new(current: usize, said: &Parameters, asked: &[&str]) -> Self {
        let pairs: Vec<(&str, &str)> = said.pairs().filter(|(name, _)| *name != "key").collect();
        let query = url_of::query(pairs.iter().copied());
        let steps = STEPS.iter().enumerate().map(|(number, (path, name))| Step {
            // One can go back to what was said, and not past what was not.
            href: (number < current).then(|| format!("{path}?{query}")),
            name,
            current: number == current,
        });
        let own = |(name, _): &&(&str, &str)| !asked.contains(name);
        let said = pairs.iter().filter(own).map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Self { steps: steps.collect(), said: said.collect(), problem: None, query }
    }

    /// Says that something is missing or wrong, which is mended at `step`.
    pub(super) fn wrong(&mut self, words: &str, step: usize) {
        self.tell(words.to_owned(), Some(step), StatusCode::BAD_REQUEST);
    }

    /// What was found; a mistake in what was said is shown on the page, any other error is one.
    pub(super) fn taken<T>(&mut self, found: Result<T, Error>) -> Result<Option<T>, Error> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error) => self.told(error).map(|()| None),
        }
    }

    /// Shows `error` on the page if whoever asks can do something about it.
    pub(super) fn told(&mut self, error: Error) -> Result<(), Error> {
        let step = match &error {
            Error::BadRequest { parameter, .. } => match parameter.as_str() {
                "name" | "title" => Some(MODE),
                "include" | "exclude" => Some(CONTENT),
                _ => Some(SOURCE),
            },
            Error::NotFound { what: "collection" | "selection", .. } => Some(SOURCE),
            Error::NotFound { .. } | Error::ArchiveNotFound { .. } => Some(TYPE),
            Error::Conflict { .. } => Some(MODE),
            Error::QuotaExceeded { .. } | Error::Full { .. } => None,
            // What the server of the source said.
            error if error::fault(error) == error::Fault::Archive => Some(SOURCE),
            error if error::parameter(error).is_some() => Some(SOURCE),
            _ => return Err(error),
        };
        error::log(&error);
        self.tell(words_of(&error), step, error::status(&error));
        Ok(())
    }

    fn tell(&mut self, words: String, step: Option<usize>, status: StatusCode) {
        let at = step.and_then(|step| STEPS.get(step));
        let mend = at.map(|(path, name)| (format!("{path}?{}", self.query), *name));
        self.problem = Some(Problem { words, mend, status });
    }

    /// The status of the page that shows it.
    pub(super) fn status(&self) -> StatusCode {
        self.problem.as_ref().map_or(StatusCode::OK, |problem| problem.status)
    }
}

/// The page of a step.
pub(super) fn shown(
    status: StatusCode,
    template: &impl askama::Template,
) -> Result<Response, Error> {
    Ok((status, page(template)?).into_response())
}

/// The error with the name of its field as the pages have it.
fn words_of(error: &Error) -> String {
    let Error::BadRequest { parameter, reason } = error else {
        return error::public_message(error);
    };
    let field = match parameter.rsplit('.').next().unwrap_or_default() {
        "name" => "Name of the folder",
        "title" => "Title",
        "urls" => "URLs",
        "include" => "Only these paths",
        "exclude" => "Not these",
        other => other,
    };
    format!("{field}: {reason}")
}
