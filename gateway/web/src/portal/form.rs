//! The search form: as it was sent, and what of it was wrong.
//!
//! A form cannot build `pos` or `time` from their parts, so the portal takes the parts
//! (`ra`, `dec`, `radius`; `from`, `to`) and says `pos` and `time` to `question.rs`.

use archway_core::Error;
use archway_core::archives::Archives;
use archway_core::discovery::{Page, Request};

use super::words;
use crate::error;
use crate::parameters::{FACET, Parameters};
use crate::question;
use crate::state::Gateway;

/// Names that only the portal knows.
const OWN: [&str; 6] = ["ra", "dec", "radius", "from", "to", "view"];

/// The form as a page shows it.
pub(super) struct Form {
    pub(super) q: String,
    pub(super) ra: String,
    pub(super) dec: String,
    pub(super) radius: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) band: String,
    /// Parameters that have no field of their own and stay as they are.
    pub(super) hidden: Vec<(String, String)>,
    pub(super) archives: Vec<Choice>,
    /// Whether the fields below the first line are shown.
    pub(super) open: bool,
    pub(super) problem: Option<Mistake>,
    /// Whether the answer is on the page too, so that a changed choice asks again at once.
    pub(super) answered: bool,
}

/// An archive that can be searched.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) chosen: bool,
    pub(super) rows: Option<String>,
}

/// What is wrong, and with which field.
pub(super) struct Mistake {
    field: String,
    words: String,
}

impl Form {
    /// The form that `parameters` fill.
    pub(super) fn of(parameters: &Parameters, archives: &Archives) -> Self {
        let shown = |name: &str| parameters.shown(name).to_owned();
        let circle = parameters.shown("pos").strip_prefix("CIRCLE ").unwrap_or_default();
        let mut circle = circle.split_whitespace();
        let mut part = |name: &str| {
            let in_pos = circle.next().unwrap_or_default();
            let own = parameters.shown(name);
            if own.is_empty() { in_pos.to_owned() } else { own.to_owned() }
        };
        let (ra, dec, radius) = (part("ra"), part("dec"), part("radius"));
        let span = parameters.shown("time").split_once('/').unwrap_or_default();
        let end = |name: &str, in_span: &str| {
            let own = parameters.shown(name);
            if own.is_empty() { in_span.to_owned() } else { own.to_owned() }
        };
        let kept = |name: &str, value: &str| match name {
            "pos" => !value.starts_with("CIRCLE "),
            "collection" | "view" | "limit" | "require" | "deadline_ms" => true,
            _ => name.starts_with(FACET),
        };
        let band = shown("band");
        let (from, to) = (end("from", span.0), end("to", span.1));
        let open = [&ra, &dec, &radius, &from, &to, &band].into_iter().any(|text| !text.is_empty());
        Self {
            q: shown("q"),
            ra,
            dec,
            radius,
            from,
            to,
            band,
            hidden: parameters
                .pairs()
                .filter(|(name, value)| kept(name, value))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            archives: choices(parameters, archives),
            open,
            problem: None,
            answered: false,
        }
    }

    /// Says what is wrong beside its field, and opens the fields if it is one of those.
    pub(super) fn with_problem(mut self, error: &Error) -> Self {
        let field = error::parameter(error).unwrap_or_default().to_owned();
        self.open |= matches!(field.as_str(), "pos" | "time" | "band");
        let words = error::public_message(error);
        let words = words.strip_prefix(&format!("{field}: ")).unwrap_or(&words).to_owned();
        self.problem = Some(Mistake { field, words });
        self
    }

    /// Puts beside each archive how many results it gave to this page.
    pub(super) fn with_rows(mut self, page: &Page) -> Self {
        self.answered = true;
        for choice in &mut self.archives {
            let source = page.sources.iter().find(|s| s.archive.as_str() == choice.id);
            choice.rows = source.filter(|s| s.rows > 0).map(|s| words::grouped(s.rows));
        }
        self
    }

    /// Whether `field` is the one that is wrong.
    pub(super) fn wrong(&self, field: &str) -> bool {
        self.words(field).is_some()
    }

    /// What is wrong with `field`.
    pub(super) fn words(&self, field: &str) -> Option<&str> {
        let problem = self.problem.as_ref()?;
        (problem.field == field).then_some(problem.words.as_str())
    }

    /// What is wrong with something that has no field.
    pub(super) fn general(&self) -> Option<String> {
        let problem = self.problem.as_ref()?;
        match problem.field.as_str() {
            "q" | "pos" | "time" | "band" => None,
            "" => Some(problem.words.clone()),
            field => Some(format!("{field}: {}", problem.words)),
        }
    }
}

/// Returns the request that the form asks.
///
/// # Errors
///
/// As [`question::request`]; and when a cone is not whole.
pub(super) fn request(parameters: &Parameters, gateway: &Gateway) -> Result<Request, Error> {
    question::request(&as_asked(parameters)?, gateway)
}

/// Whether the form asks anything; how to show the answer is no question.
pub(super) fn asks(parameters: &Parameters) -> bool {
    parameters.pairs().any(|(name, _)| name != "view")
}

/// The search of a page's URL, as it is kept: without what is about one page of it.
///
/// # Errors
///
/// As [`request`].
pub(super) fn written(parameters: &Parameters) -> Result<Vec<(String, String)>, Error> {
    let of_a_page = ["limit", "cursor", "deadline_ms", "require", "sort"];
    let asked = as_asked(parameters)?;
    let kept = asked.pairs().filter(|(name, _)| !of_a_page.contains(name));
    Ok(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The parameters in the names of `question.rs`.
fn as_asked(parameters: &Parameters) -> Result<Parameters, Error> {
    let part = |name: &str| parameters.one(name);
    let mut asked: Vec<(String, String)> = parameters
        .pairs()
        .filter(|(name, _)| !OWN.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    match (part("ra")?, part("dec")?, part("radius")?) {
        (None, None, None) => {}
        (Some(ra), Some(dec), Some(radius)) => {
            asked.push(("pos".to_owned(), format!("CIRCLE {ra} {dec} {radius}")));
        }
        (ra, dec, radius) => {
            let missing = [("RA", ra), ("Dec", dec), ("radius", radius)]
                .iter()
                .filter(|(_, value)| value.is_none())
                .map(|(name, _)| *name)
                .collect::<Vec<_>>();
            let reason =
                format!("a cone needs RA, Dec and radius; {} is missing", missing.join(" and "));
            return Err(Error::bad_request("pos", reason));
        }
    }
    match (part("from")?, part("to")?) {
        (None, None) => {}
        (from, to) => {
            let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
            asked.push(("time".to_owned(), format!("{from}/{to}")));
        }
    }
    Ok(Parameters::of_pairs(asked))
}

fn choices(parameters: &Parameters, archives: &Archives) -> Vec<Choice> {
    let archives = archives.snapshot();
    let infos = archives.iter().map(|archive| archive.info());
    infos
        .map(|info| Choice {
            chosen: parameters.all("archive").any(|id| id == info.id.as_str()),
            id: info.id.to_string(),
            title: info.title,
            rows: None,
        })
        .collect()
}
