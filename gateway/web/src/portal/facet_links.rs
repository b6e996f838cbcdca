//! The filters beside the results: terms of the assets shown, each a link that adds or removes it.

use std::collections::BTreeMap;

use archway_core::asset::Asset;
use archway_core::search::parse::FACET_NAMES;

use super::card;
use super::url_of::Asked;
use crate::parameters::FACET;
use crate::summary;

/// The terms of an asset by facet.
type Terms = BTreeMap<String, Vec<String>>;

/// A facet with its terms.
pub(super) struct Group {
    /// As in a URL.
    pub(super) name: String,
    pub(super) title: String,
    /// What is shown at once.
    pub(super) first: Vec<Choice>,
    /// What is shown on demand.
    pub(super) more: Vec<Choice>,
}

/// A term.
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) count: usize,
    pub(super) chosen: bool,
}

/// A filter that is in force.
pub(super) struct Chip {
    pub(super) label: String,
    pub(super) href: String,
}

/// Terms of a facet shown at once.
const AT_ONCE: usize = 6;

/// Returns the groups of `assets`, with the terms most of them have first.
pub(super) fn groups(assets: &[Asset], asked: &Asked<'_>) -> Vec<Group> {
    let terms: Vec<_> = assets.iter().map(|asset| (asset, summary::facets(asset))).collect();
    // Archives have their own list beside the results.
    let names = FACET_NAMES.into_iter().filter(|name| *name != "archive");
    names.filter_map(|name| group(name, &terms, asked)).collect()
}

/// Returns the filters in force, each with the search without it.
pub(super) fn chips(asked: &Asked<'_>) -> Vec<Chip> {
    let filter = |(name, value): (&str, &str)| {
        let label = match name.strip_prefix(FACET) {
            Some(facet) => format!("{}: {value}", title(facet)),
            None if name == "collection" => format!("Collection: {value}"),
            None if name == "pos" && !value.starts_with("CIRCLE ") => format!("Region: {value}"),
            None => return None,
        };
        Some(Chip { label, href: asked.toggled(name, value) })
    };
    asked.0.pairs().filter_map(filter).collect()
}

fn group(name: &str, assets: &[(&Asset, Terms)], asked: &Asked<'_>) -> Option<Group> {
    let parameter = format!("{FACET}{name}");
    let mut choices: Vec<(String, Choice)> = Vec::new();
    for (asset, terms) in assets {
        for term in terms.get(name).into_iter().flatten() {
            // Terms are compared without regard to case.
            let key = term.to_lowercase();
            if let Some((_, choice)) = choices.iter_mut().find(|(own, _)| *own == key) {
                choice.count += 1;
                continue;
            }
            let chosen = asked.0.all(&parameter).any(|own| own.to_lowercase() == key);
            let href = asked.toggled(&parameter, term);
            choices.push((key, Choice { label: label(asset, name, term), href, count: 1, chosen }));
        }
    }
    choices.sort_by(|(a_key, a), (b_key, b)| {
        (b.chosen, b.count).cmp(&(a.chosen, a.count)).then_with(|| a_key.cmp(b_key))
    });
    // One term that everything has and nobody chose says nothing.
    let tells =
        choices.len() > 1 || choices.iter().any(|(_, c)| c.chosen || c.count < assets.len());
    if choices.is_empty() || !tells {
        return None;
    }
    let mut first: Vec<Choice> = choices.into_iter().map(|(_, choice)| choice).collect();
    let more = first.split_off(first.len().min(AT_ONCE));
    Some(Group { name: name.to_owned(), title: title(name), first, more })
}

/// The archive's label of a term; a collection is named without its archive.
fn label(asset: &Asset, name: &str, term: &str) -> String {
    if name == "collection" {
        return asset.identity.collection.clone();
    }
    let own = asset.facets.iter().find(|facet| facet.kind.name() == name && facet.term == term);
    own.map_or_else(|| term.to_owned(), card::label)
}

fn title(name: &str) -> String {
    match name {
        "organization" => "Organisation".to_owned(),
        "instrument-host" => "Instrument host".to_owned(),
        "processing-level" => "Processing level".to_owned(),
        "product-type" => "Product type".to_owned(),
        name => {
            let mut letters = name.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}
