//! The answer to a search as the page shows it.

use std::time::Duration;

use archway_core::archive::ArchiveInfo;
use archway_core::discovery::{Page, Sort, SourceReport, Status};

use super::card::{Card, Infos};
use super::facet_links::{self, Chip, Group};
use super::url_of::{self, Asked};
use super::words;

/// Everything below the form.
pub(super) struct Outcome {
    pub(super) headline: String,
    /// "3 of 4 archives answered".
    pub(super) answered: String,
    /// What a screen reader announces.
    pub(super) says: String,
    pub(super) sources: Vec<SourceRow>,
    /// What is missing, an archive a line.
    pub(super) missing: Vec<String>,
    pub(super) again_href: String,
    /// What the link says: asking again waits longer where time was short.
    pub(super) again: &'static str,
    pub(super) chips: Vec<Chip>,
    pub(super) clear_href: String,
    pub(super) orders: Vec<OrderChoice>,
    pub(super) as_table: bool,
    pub(super) cards_href: String,
    pub(super) table_href: String,
    pub(super) facets: Vec<Group>,
    pub(super) cards: Vec<Card>,
    pub(super) nobody_answered: bool,
    /// The search as it stands in the URL, for "all results".
    pub(super) query: String,
    /// "1,032 results", or "of about 1,032 results".
    pub(super) all: String,
    pub(super) first_href: Option<String>,
    pub(super) next_href: Option<String>,
}

/// The state of one archive.
pub(super) struct SourceRow {
    pub(super) id: String,
    pub(super) title: String,
    /// A word of the REST answer, or `asking`.
    pub(super) status: &'static str,
    pub(super) said: String,
    /// Nobody here has tried it against the real archive.
    pub(super) untried: bool,
}

/// A way to sort.
pub(super) struct OrderChoice {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) chosen: bool,
}

impl Outcome {
    /// `patience` is how long a search waits that is asked again because its time was short,
    /// `host` the gateway as the client called it.
    pub(super) fn new(
        page: &Page,
        infos: &Infos,
        asked: &Asked<'_>,
        patience: Duration,
        host: &str,
    ) -> Self {
        let headline = words::results(page.count);
        let asked_of = page.sources.iter().filter(|source| source.status != Status::Skipped);
        let whole =
            page.sources.iter().filter(|s| matches!(s.status, Status::Ok | Status::Partial));
        let (asked_of, whole) = (asked_of.count(), whole.count());
        let answered = format!("{whole} of {} answered", archives(asked_of));
        let missing = page.sources.iter().filter(|source| source.status.is_partial());
        let late = page.sources.iter().any(|source| source.status == Status::Timeout);
        let chosen = asked.0.shown("sort");
        let cursor = asked.0.shown("cursor");
        Self {
            says: format!("{headline}, {answered}"),
            query: url_of::query(asked.0.pairs().filter(|(name, _)| *name != "cursor")),
            all: match headline.strip_prefix("About ") {
                Some(least) => format!("of about {least}"),
                None => headline.clone(),
            },
            headline,
            answered,
            sources: page.sources.iter().map(|source| SourceRow::answered(source, infos)).collect(),
            missing: missing.map(|source| lacking(source, infos)).collect(),
            again_href: if late { asked.patiently(cursor, patience) } else { asked.page(cursor) },
            again: if late { "Ask again and wait longer" } else { "Ask again" },
            chips: facet_links::chips(asked),
            clear_href: asked.unfiltered(),
            orders: orders(chosen, asked),
            as_table: asked.0.shown("view") == "table",
            cards_href: asked.with("view", ""),
            table_href: asked.with("view", "table"),
            facets: facet_links::groups(&page.assets, asked),
            cards: page.assets.iter().map(|asset| Card::new(asset, infos, asked, host)).collect(),
            nobody_answered: whole == 0,
            first_href: (!cursor.is_empty()).then(|| asked.first()),
            next_href: page.next.as_deref().map(|cursor| asked.page(cursor)),
        }
    }
}

impl SourceRow {
    /// An archive that has not answered yet.
    pub(super) fn asking(info: &ArchiveInfo) -> Self {
        Self {
            id: info.id.to_string(),
            title: info.title.clone(),
            status: "asking",
            said: "asking".to_owned(),
            untried: info.untried,
        }
    }

    /// An archive that answered, failed or was not asked.
    pub(super) fn answered(report: &SourceReport, infos: &Infos) -> Self {
        Self {
            id: report.archive.to_string(),
            title: title(report, infos),
            status: report.status.name(),
            said: words::said(report),
            untried: infos.get(&report.archive).is_some_and(|info| info.untried),
        }
    }
}

/// Returns "1 archive" or "4 archives".
pub(super) fn archives(number: usize) -> String {
    match number {
        1 => "1 archive".to_owned(),
        number => format!("{number} archives"),
    }
}

fn title(report: &SourceReport, infos: &Infos) -> String {
    let info = infos.get(&report.archive);
    info.map_or_else(|| report.archive.to_string(), |info| info.title.clone())
}

/// Says in one line what an archive did not give and why.
fn lacking(report: &SourceReport, infos: &Infos) -> String {
    let title = title(report, infos);
    let verb = match report.status {
        Status::Timeout => "gave no answer in time",
        Status::Partial => "gave only a part",
        Status::Denied => "may not be asked",
        Status::BreakerOpen => "is left alone for a while after repeated failures",
        Status::Error => "failed",
        Status::Ok | Status::Skipped => "answered",
    };
    let Some(reason) = &report.reason else { return format!("{title} {verb}") };
    // Most reasons begin with the archive; the line already names it.
    match reason.strip_prefix(&format!("archive `{}` ", report.archive)) {
        Some(rest) => format!("{title} {rest}"),
        None => format!("{title} {verb}: {reason}"),
    }
}

fn orders(chosen: &str, asked: &Asked<'_>) -> Vec<OrderChoice> {
    let placed = !asked.0.shown("pos").is_empty() || !asked.0.shown("ra").is_empty();
    let offered = Sort::ALL.into_iter().filter(|sort| *sort != Sort::Distance || placed);
    offered
        .map(|sort| OrderChoice {
            name: sort.name(),
            label: match sort {
                Sort::Relevance => "Best match",
                Sort::Date => "Latest first",
                Sort::Distance => "Nearest first",
                Sort::Size => "Largest first",
            },
            chosen: sort.name() == chosen || (chosen.is_empty() && sort == Sort::default()),
        })
        .collect()
}
