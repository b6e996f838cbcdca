//! Which constraints of a question are applied here, and whether an asset meets them.
//!
//! Rules: VOSpace cannot search, so all are applied on what was walked. A constraint is applied
//! as the gateway would, or named as not applied. What no node can meet, as no node says a
//! position, is known before anything is asked.

use archway_plugin::types::{
    Asset, Constraint, FacetFilter, FacetKind, InstantUs, SearchQuery, TimeRange,
};

use crate::settings::Settings;

/// A question made ready.
#[derive(Debug)]
pub(crate) struct Matcher {
    /// In lower case.
    words: Vec<String>,
    collections: Vec<String>,
    facets: Vec<FacetFilter>,
    time: Option<TimeRange>,
    modified_since: Option<InstantUs>,
    /// The gateway applies these.
    pub(crate) not_applied: Vec<Constraint>,
    /// No node can meet it.
    pub(crate) is_empty: bool,
}

impl Matcher {
    pub(crate) fn new(query: &SearchQuery, settings: &Settings) -> Self {
        let words = query.text.as_deref().unwrap_or_default();
        let is_here = |filter: &&FacetFilter| !matches!(filter.kind, FacetKind::Other(_));
        let facets: Vec<_> = query.facets.iter().filter(is_here).cloned().collect();
        let mut not_applied: Vec<_> = query
            .facets
            .iter()
            .filter(|filter| !is_here(filter))
            .map(|filter| Constraint::Facet(filter.kind.clone()))
            .collect();
        not_applied
            .extend(query.filters.iter().map(|filter| Constraint::Filter(filter.key.clone())));
        // All assets have the same facets, those of the settings.
        let unmet = facets.iter().any(|wanted| !has_facet(&settings.facets, wanted));
        let no_time = query.time.is_some() && !settings.date_as_time;
        Self {
            words: words.split_whitespace().map(str::to_lowercase).collect(),
            collections: query.collections.clone(),
            facets,
            time: query.time,
            modified_since: query.modified_since,
            not_applied,
            is_empty: unmet || no_time || query.region.is_some() || query.wavelength_m.is_some(),
        }
    }

    /// Whether an asset meets everything that is applied here.
    pub(crate) fn accepts(&self, asset: &Asset) -> bool {
        let collection = &asset.identity.collection;
        let in_collection = |wanted: &String| {
            same(wanted, collection)
                || wanted.split_once('/').is_some_and(|(_, rest)| same(rest, collection))
        };
        let since = |since: InstantUs| asset.summary.modified.is_some_and(|when| when >= since);
        let in_time = |wanted: &TimeRange| {
            asset.time.iter().any(|have| {
                let before = |a: Option<i64>, b: Option<i64>| match (a, b) {
                    (Some(a), Some(b)) => a <= b,
                    _ => true,
                };
                before(have.start, wanted.end) && before(wanted.start, have.end)
            })
        };
        (self.collections.is_empty() || self.collections.iter().any(in_collection))
            && self.modified_since.is_none_or(since)
            && self.time.as_ref().is_none_or(in_time)
            && self.facets.iter().all(|wanted| has_facet(&asset.facets, wanted))
            && self.words.iter().all(|word| has_word(asset, word))
    }
}

fn has_facet(facets: &[archway_plugin::types::Facet], wanted: &FacetFilter) -> bool {
    let mut own = facets.iter().filter(|facet| facet.kind == wanted.kind);
    own.any(|facet| wanted.any_of.iter().any(|term| same(term, &facet.term)))
}

/// Whether a word in lower case occurs in a text that is searched.
fn has_word(asset: &Asset, word: &str) -> bool {
    let identity = &asset.identity;
    let texts =
        [asset.summary.title.as_str(), identity.native_id.as_str(), identity.collection.as_str()]
            .into_iter()
            .chain(identity.others.iter().map(|other| other.value.as_str()))
            .chain(asset.facets.iter().map(|facet| facet.term.as_str()))
            .chain(asset.summary.description.as_deref());
    let mut found = texts.map(|text| text.to_lowercase().contains(word));
    found.any(|found| found)
}

/// Equal without regard to case.
fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
