//! The parameters of a search, from as written to checked.
//!
//! Called by `rest/search.rs` and `portal/form.rs`: both surfaces take the same names and
//! say the same words. Calls `core::search::saved` for what is searched.

use std::time::Duration;

use archway_core::Error;
use archway_core::archives::Archives;
use archway_core::discovery::{Request, Require};
use archway_core::search::parse;
use archway_core::search::saved::known_archive;

use crate::parameters::Parameters;
use crate::state::{Deadlines, Gateway};

/// The parameters of a search; beside them any `facet.<name>`.
pub(crate) const NAMES: [&str; 11] = [
    "q",
    "pos",
    "time",
    "band",
    "archive",
    "collection",
    "sort",
    "limit",
    "cursor",
    "deadline_ms",
    "require",
];

/// Returns the request that `parameters` say.
///
/// # Errors
///
/// [`Error::BadRequest`] for the first parameter that is unknown, wrong, given twice or
/// contradicts another.
pub(crate) fn request(parameters: &Parameters, gateway: &Gateway) -> Result<Request, Error> {
    let archives = &gateway.archives;
    parameters.refuse_unknown(&NAMES)?;
    let defaults = parameters.query().request(archives)?;
    let request = Request {
        limit: whole_number(parameters, "limit", defaults.limit)?,
        cursor: parameters.one("cursor")?.map(str::to_owned),
        deadline: deadline(parameters, gateway.deadlines)?,
        require: parameters
            .one("require")?
            .map_or(Ok(Require::default()), |value| require(archives, value))?,
        ..defaults
    };
    request.check()?;
    Ok(request)
}

fn require(archives: &Archives, value: &str) -> Result<Require, Error> {
    let require = parse::require(value)?;
    if let Require::Archives(ids) = &require {
        for id in ids {
            known_archive(archives, "require", id.as_str())?;
        }
    }
    Ok(require)
}

fn deadline(parameters: &Parameters, deadlines: Deadlines) -> Result<Duration, Error> {
    let ms = |duration: Duration| u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    let asked = whole_number(parameters, "deadline_ms", ms(deadlines.default))?;
    let most = ms(deadlines.most);
    if !(1..=most).contains(&asked) {
        return Err(Error::bad_request("deadline_ms", format!("{asked} is outside 1..={most}")));
    }
    Ok(Duration::from_millis(asked.into()))
}

fn whole_number(parameters: &Parameters, name: &str, default: u32) -> Result<u32, Error> {
    let Some(value) = parameters.one(name)? else { return Ok(default) };
    value.parse().map_err(|_| {
        Error::bad_request(
            name,
            format!("`{value}` is not a whole number in reach, such as {default}"),
        )
    })
}
