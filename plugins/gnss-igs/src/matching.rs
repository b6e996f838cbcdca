//! Which assets can answer a question: what costs least is ruled out first, the rest is the
//! gateway's.
//!
//! Called by `search.rs`. Rules: collections and facets are applied here exactly; text, time and
//! region only rule out what cannot match, generously, and are told as not applied.

use archway_plugin::types::{Asset, Constraint, FacetKind, SearchQuery};

/// Scales of time differ by less (GPS is 18 s ahead of UTC).
const SLACK_US: i64 = 60_000_000;

/// A question made ready.
pub(crate) struct Matcher {
    words: Vec<String>,
    collections: Vec<String>,
    facets: Vec<(FacetKind, Vec<String>)>,
    time: Option<(Option<i64>, Option<i64>)>,
    wants_place: bool,
}

impl Matcher {
    pub(crate) fn new(query: &SearchQuery) -> Self {
        let words = query.text.as_deref().unwrap_or_default();
        Self {
            words: words.split_whitespace().map(str::to_lowercase).collect(),
            collections: query.collections.clone(),
            facets: query
                .facets
                .iter()
                .filter(|facet| is_own(&facet.kind))
                .map(|facet| (facet.kind.clone(), facet.any_of.clone()))
                .collect(),
            time: query.time.as_ref().map(|range| (range.start, range.end)),
            wants_place: query.region.is_some(),
        }
    }

    /// Whether the asset that a name makes can still answer, once its header was read. A header
    /// adds texts, facets and a place, and moves the time a little.
    pub(crate) fn may_be(&self, asset: &Asset) -> bool {
        self.in_collection(asset) && self.in_time(asset, 2 * 86_400_000_000)
    }

    /// Whether the asset can answer.
    pub(crate) fn matches(&self, asset: &Asset) -> bool {
        self.in_collection(asset)
            && self.in_time(asset, SLACK_US)
            && !(self.wants_place && asset.space.is_empty())
            && self.facets.iter().all(|(kind, any_of)| has_facet(asset, kind, any_of))
            && self.words.iter().all(|word| has_word(asset, word))
    }

    /// What the gateway has to apply.
    pub(crate) fn not_applied(query: &SearchQuery) -> Vec<Constraint> {
        let mut left = Vec::new();
        let mut add = |is_asked: bool, constraint: Constraint| {
            if is_asked {
                left.push(constraint);
            }
        };
        add(query.text.is_some(), Constraint::Text);
        add(query.region.is_some(), Constraint::Region);
        add(query.time.is_some(), Constraint::Time);
        add(query.wavelength_m.is_some(), Constraint::Wavelength);
        add(query.modified_since.is_some(), Constraint::ModifiedSince);
        add(query.max_assets.is_some(), Constraint::MaxAssets);
        for facet in query.facets.iter().filter(|facet| !is_own(&facet.kind)) {
            add(true, Constraint::Facet(facet.kind.clone()));
        }
        for filter in &query.filters {
            add(true, Constraint::Filter(filter.key.clone()));
        }
        left
    }

    fn in_collection(&self, asset: &Asset) -> bool {
        let own = &asset.identity.collection;
        self.collections.is_empty()
            || self.collections.iter().any(|wanted| {
                // `archive/collection` comes with the collection alone beside it.
                let alone = wanted.rsplit_once('/').map_or(wanted.as_str(), |(_, last)| last);
                wanted.eq_ignore_ascii_case(own) || alone.eq_ignore_ascii_case(own)
            })
    }

    fn in_time(&self, asset: &Asset, slack_us: i64) -> bool {
        let Some((start, end)) = self.time else { return true };
        asset.time.iter().any(|time| {
            let ends_before = matches!((start, time.end), (Some(wanted), Some(end)) if end.saturating_add(slack_us) < wanted);
            let begins_after = matches!((end, time.start), (Some(wanted), Some(start)) if start.saturating_sub(slack_us) > wanted);
            !ends_before && !begins_after
        })
    }
}

/// Facets that assets of this plugin carry themselves; the others are read from fields.
fn is_own(kind: &FacetKind) -> bool {
    !matches!(kind, FacetKind::Other(name) if name != "antenna")
}

fn has_facet(asset: &Asset, kind: &FacetKind, any_of: &[String]) -> bool {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    asset.facets.iter().filter(|facet| facet.kind == *kind).any(|facet| {
        any_of.iter().any(|wanted| {
            same(wanted, &facet.term) || facet.label.as_deref().is_some_and(|l| same(wanted, l))
        })
    })
}

/// Whether a word, in lower case, occurs in any text that the gateway looks at.
fn has_word(asset: &Asset, word: &str) -> bool {
    let has = |text: &str| {
        if text.is_ascii() && word.is_ascii() {
            let (text, word) = (text.as_bytes(), word.as_bytes());
            text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
        } else {
            text.to_lowercase().contains(word)
        }
    };
    let some = |text: Option<&String>| text.is_some_and(|text| has(text));
    let summary = &asset.summary;
    let identity = &asset.identity;
    has(&summary.title)
        || has(&identity.native_id)
        || has(&identity.collection)
        || some(identity.doi.as_ref())
        || some(summary.description.as_ref())
        || identity.others.iter().any(|other| has(&other.value))
        || summary.targets.iter().any(|t| has(&t.name) || t.aliases.iter().any(|a| has(a)))
        || summary.keywords.iter().any(|term| has(&term.term) || some(term.label.as_ref()))
        || asset.facets.iter().any(|facet| has(&facet.term) || some(facet.label.as_ref()))
}
