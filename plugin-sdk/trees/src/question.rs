//! What is looked for: which rules and folders can hold it, and which assets are it.
//!
//! Called by `walk.rs` before a folder is listed and by `search.rs` for each asset.
//! Rules: a folder is passed over only where nothing in it can answer; what is claimed to be
//! applied is applied to each asset. Null never matches.

use archway_plugin::types::{Asset, Constraint, FacetFilter, FacetKind, SearchQuery, TimeRange};

use crate::archive::TreeArchive;
use crate::pattern::Captures;
use crate::rules::{Place, Rule};

/// A question about a tree. The default asks for everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Question {
    /// In lower case.
    words: Vec<String>,
    /// In lower case.
    collections: Vec<String>,
    time: Option<TimeRange>,
    /// Whether the times of names can be compared to the microsecond.
    time_is_exact: bool,
    facets: Vec<FacetFilter>,
    modified_since: Option<i64>,
    has_region: bool,
    has_wavelength: bool,
}

/// What the scales of names may be apart from UTC.
const SCALES_APART_US: i64 = 120_000_000;

impl Question {
    /// Takes what can be applied here; the rest is for the gateway.
    pub(crate) fn of(query: &SearchQuery, archive: &TreeArchive) -> (Self, Vec<Constraint>) {
        let time_is_exact = archive.settings.rules.times_are_utc();
        let lower = |text: &str| text.to_lowercase();
        let question = Self {
            words: query.text.iter().flat_map(|t| t.split_whitespace()).map(lower).collect(),
            collections: query.collections.iter().map(|c| lower(c)).collect(),
            time: query.time,
            time_is_exact,
            facets: query.facets.clone(),
            modified_since: query.modified_since,
            has_region: query.region.is_some(),
            has_wavelength: query.wavelength_m.is_some(),
        };
        let mut not_applied = Vec::new();
        if query.region.is_some() {
            not_applied.push(Constraint::Region);
        }
        if query.wavelength_m.is_some() {
            not_applied.push(Constraint::Wavelength);
        }
        if query.time.is_some() && !time_is_exact {
            not_applied.push(Constraint::Time);
        }
        for filter in &query.filters {
            not_applied.push(Constraint::Filter(filter.key.clone()));
        }
        (question, not_applied)
    }

    /// Whether any file of this rule can answer.
    pub(crate) fn wants_rule(&self, archive: &TreeArchive, rule: &Rule) -> bool {
        let collections = &archive.settings.rules.collections;
        let collection = collections.get(rule.collection).map_or("", |c| c.id.as_str());
        (self.collections.is_empty() || self.wants_collection(collection))
            && (self.time.is_none() || rule.may_have_time())
            && (!self.has_region || rule.place != Place::Unknown)
            && (!self.has_wavelength || rule.wavelength_m.is_some())
            && self.facets.iter().all(|facet| may_have_facet(rule, facet, None))
    }

    /// Whether any file in a folder can answer, by what its path has captured for a rule.
    pub(crate) fn wants_folder(&self, rule: &Rule, captures: &Captures<'_>) -> bool {
        if let Some(wanted) = &self.time
            && let Some(span) = rule.time_in_folder(captures)
        {
            let before = wanted.end.is_some_and(|end| span.start_us > end);
            let after = wanted.start.is_some_and(|start| span.end_us < start);
            if before || after {
                return false;
            }
        }
        self.facets.iter().all(|facet| may_have_facet(rule, facet, Some(captures)))
    }

    fn wants_collection(&self, id: &str) -> bool {
        let id = id.to_lowercase();
        let same = |wanted: &String| {
            *wanted == id || wanted.rsplit_once('/').is_some_and(|(_, last)| last == id)
        };
        self.collections.iter().any(same)
    }

    /// Whether an asset answers, as far as is applied here.
    pub(crate) fn is_answered_by(&self, asset: &Asset) -> bool {
        if let Some(since) = self.modified_since
            && asset.summary.modified.is_none_or(|modified| modified < since)
        {
            return false;
        }
        if let Some(wanted) = &self.time
            && !asset.time.iter().any(|time| self.overlaps(wanted, time.start, time.end))
        {
            return false;
        }
        if !self.collections.is_empty() && !self.wants_collection(&asset.identity.collection) {
            return false;
        }
        self.facets.iter().all(|facet| has_facet(asset, facet))
            && self.words.iter().all(|word| texts(asset).any(|text| occurs(text, word)))
    }

    fn overlaps(&self, wanted: &TimeRange, start: Option<i64>, end: Option<i64>) -> bool {
        let slack_us = if self.time_is_exact { 0 } else { SCALES_APART_US };
        let starts_in_time = match (start, wanted.end) {
            (Some(start), Some(end)) => start - slack_us <= end,
            _ => true,
        };
        let ends_in_time = match (end, wanted.start) {
            (Some(end), Some(start)) => end + slack_us >= start,
            _ => true,
        };
        starts_in_time && ends_in_time
    }
}

/// Whether a rule can give an asset that facet, with what is captured so far.
fn may_have_facet(rule: &Rule, wanted: &FacetFilter, captures: Option<&Captures<'_>>) -> bool {
    if is_read_from_fields(&wanted.kind) {
        return true;
    }
    rule.facets.iter().filter(|(kind, _)| *kind == wanted.kind).any(|(_, term)| {
        let known = match (term.fixed(), captures) {
            (Some(fixed), _) => Some(fixed.to_owned()),
            (None, Some(captures)) => term.fill_in_folder(captures),
            (None, None) => None,
        };
        known.is_none_or(|term| wanted.any_of.iter().any(|wanted| same(wanted, &term)))
    })
}

/// The facets that surfaces read from fields of an asset.
fn is_read_from_fields(kind: &FacetKind) -> bool {
    matches!(kind, FacetKind::Other(name)
        if matches!(name.as_str(), "collection" | "format" | "product-type" | "licence" | "archive" | "visibility"))
}

fn has_facet(asset: &Asset, wanted: &FacetFilter) -> bool {
    let any = |term: &str| wanted.any_of.iter().any(|wanted| same(wanted, term));
    if let FacetKind::Other(name) = &wanted.kind {
        match name.as_str() {
            "collection" => return any(&asset.identity.collection),
            "format" => {
                return asset.distributions.iter().filter_map(|d| d.format.as_deref()).any(any);
            }
            "product-type" => {
                let term = asset.summary.product_type.as_ref();
                return term.is_some_and(|t| any(&t.term) || t.label.as_deref().is_some_and(any));
            }
            "licence" => {
                let licence = asset.rights.licence.as_ref();
                return licence.is_some_and(|l| {
                    [&l.spdx, &l.url, &l.text].into_iter().flatten().any(|text| any(text))
                });
            }
            // Only the gateway knows these.
            "archive" | "visibility" => return true,
            _ => {}
        }
    }
    asset.facets.iter().any(|facet| facet.kind == wanted.kind && any(&facet.term))
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}

/// All texts of a tree's asset in which words are looked for.
fn texts(asset: &Asset) -> impl Iterator<Item = &str> {
    let identity = &asset.identity;
    let summary = &asset.summary;
    [summary.title.as_str(), identity.native_id.as_str(), identity.collection.as_str()]
        .into_iter()
        .chain(summary.targets.iter().map(|target| target.name.as_str()))
        .chain([&identity.doi, &identity.observation_id].into_iter().flatten().map(String::as_str))
        .chain(identity.others.iter().map(|other| other.value.as_str()))
        .chain(summary.keywords.iter().map(|keyword| keyword.term.as_str()))
        .chain(asset.facets.iter().map(|facet| facet.term.as_str()))
        .chain(summary.description.as_deref())
}

/// Whether a text holds a word, which is in lower case.
fn occurs(text: &str, word: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    let word = word.as_bytes();
    text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}
