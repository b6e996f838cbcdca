//! The parameters of a search, from as written to checked.
//!
//! Called by `rest/search.rs` and `portal/form.rs`: both surfaces take the same names and
//! say the same words. Calls `core::search::parse` for the meaning of each value.

use archway_core::Error;
use archway_core::archives::Archives;
use archway_core::asset::{ArchiveId, BadId, FacetKind};
use archway_core::discovery::{Request, Require, Sort};
use archway_core::search::{FacetFilter, Question};
use std::time::Duration;

use crate::parameters::{Parameters, nearest};

/// The parameters of a search; beside them any `facet.<name>`.
pub(crate) const NAMES: [&str; 11] = [
    "q", "pos", "time", "band", "archive", "collection", "sort", "limit", "cursor",
    "deadline_ms", "require",
];

/// Returns the request that `parameters` say.
///
/// # Errors
///
/// [`Error::BadRequest`] for the first parameter that is unknown, wrong, given twice or
/// contradicts another.
pub(crate) fn request(parameters: &Parameters, archives: &Archives) -> Result<Request, Error> {
    parameters.refuse_unknown(&NAMES)?;
    let defaults = Request::default();
    let request = Request {
        question: Question {
            text: parameters.one("q")?.map(str::to_owned),
            collections: parameters.all("collection").map(str::to_owned).collect(),
            facets: parameters.facets().into_iter().map(facet).collect(),
            ..Question::default()
        },
        scope: parameters
            .all("archive")
            .map(|id| known_archive(archives, "archive", id))
            .collect::<Result<_, _>>()?,
        sort: parameters.one("sort")?.map_or(Ok(defaults.sort), sort)?,
        limit: whole_number(parameters, "limit", defaults.limit)?,
        cursor: parameters.one("cursor")?.map(str::to_owned),
        deadline: Duration::from_millis(
            whole_number(parameters, "deadline_ms", 8000)?.into(),
        ),
        require: parameters.one("require")?.map_or(Ok(defaults.require), |value| require(archives, value))?,
    };
    request.check()?;
    Ok(request)
}

fn facet((name, values): (&str, Vec<&str>)) -> FacetFilter {
    let kind = name.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
    let _: &FacetKind = &kind;
    FacetFilter { kind, any_of: values.into_iter().map(str::to_owned).collect() }
}

/// An archive named in a question must be one; that it is not is a mistake in the question.
fn known_archive(archives: &Archives, parameter: &str, id: &str) -> Result<ArchiveId, Error> {
    let bad = |reason: String| Error::bad_request(parameter, reason);
    let id: ArchiveId = id.parse().map_err(|error: BadId| bad(error.to_string()))?;
    archives.find(&id).map_err(|error| bad(error.to_string()))?;
    Ok(id)
}

fn sort(value: &str) -> Result<Sort, Error> {
    let names = Sort::ALL.map(Sort::name);
    Sort::ALL.into_iter().find(|sort| sort.name() == value).ok_or_else(|| {
        let meant = nearest(value, &names).map(|name| format!("; did you mean `{name}`?"));
        let reason =
            format!("`{value}` is none of {}{}", names.join(", "), meant.unwrap_or_default());
        Error::bad_request("sort", reason)
    })
}

fn require(archives: &Archives, value: &str) -> Result<Require, Error> {
    match value {
        "any" => Ok(Require::Any),
        "all" => Ok(Require::All),
        ids => {
            let ids = ids.split(',').map(|id| known_archive(archives, "require", id.trim()));
            Ok(Require::Archives(ids.collect::<Result<_, _>>()?))
        }
    }
}

fn whole_number(parameters: &Parameters, name: &str, default: u32) -> Result<u32, Error> {
    let Some(value) = parameters.one(name)? else { return Ok(default) };
    value.parse().map_err(|_| {
        Error::bad_request(name, format!("`{value}` is not a whole number in reach, such as {default}"))
    })
}
