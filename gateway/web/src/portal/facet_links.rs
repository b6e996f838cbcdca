//! The filters beside the results: terms of the assets shown, each a link that adds or removes it.

use archway_core::asset::{Asset, FacetKind};

use super::url_of::Asked;
use crate::parameters::FACET;

/// A facet with its terms.
pub(super) struct Group {
    /// As in a URL.
    pub(super) name: String,
    pub(super) title: &'static str,
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
    FacetKind::NAMED.iter().filter_map(|kind| group(kind, assets, asked)).collect()
}

/// Returns the filters in force, each with the search without it.
pub(super) fn chips(asked: &Asked<'_>) -> Vec<Chip> {
    let filter = |(name, value): (&str, &str)| {
        let label = match name.strip_prefix(FACET) {
            Some(facet) => {
                let kind: FacetKind = facet.parse().unwrap_or(FacetKind::Tag);
                format!("{}: {value}", title(&kind).unwrap_or(facet))
            }
            None if name == "collection" => format!("Collection: {value}"),
            None if name == "pos" && !value.starts_with("CIRCLE ") => format!("Region: {value}"),
            None => return None,
        };
        Some(Chip { label, href: asked.toggled(name, value) })
    };
    asked.0.pairs().filter_map(filter).collect()
}

fn group(kind: &FacetKind, assets: &[Asset], asked: &Asked<'_>) -> Option<Group> {
    let parameter = format!("{FACET}{kind}");
    let mut choices: Vec<(String, Choice)> = Vec::new();
    for asset in assets {
        // A term that an asset repeats counts once; terms are compared without regard to case.
        let mut counted: Vec<String> = Vec::new();
        for facet in asset.facets.iter().filter(|facet| facet.kind == *kind) {
            let key = facet.term.to_lowercase();
            if counted.contains(&key) {
                continue;
            }
            match choices.iter_mut().find(|(own, _)| *own == key) {
                Some((_, choice)) => choice.count += 1,
                None => {
                    let label = facet.label.clone().unwrap_or_else(|| facet.term.clone());
                    let href = asked.toggled(&parameter, &facet.term);
                    let chosen = asked.0.all(&parameter).any(|term| term.to_lowercase() == key);
                    choices.push((key.clone(), Choice { label, href, count: 1, chosen }));
                }
            }
            counted.push(key);
        }
    }
    choices.sort_by(|(a_key, a), (b_key, b)| {
        (b.chosen, b.count).cmp(&(a.chosen, a.count)).then_with(|| a_key.cmp(b_key))
    });
    // One term that everything has and nobody chose says nothing.
    let tells = choices.len() > 1 || choices.iter().any(|(_, c)| c.chosen || c.count < assets.len());
    if choices.is_empty() || !tells {
        return None;
    }
    let mut first: Vec<Choice> = choices.into_iter().map(|(_, choice)| choice).collect();
    let more = first.split_off(first.len().min(AT_ONCE));
    Some(Group { name: kind.name().to_owned(), title: title(kind)?, first, more })
}

fn title(kind: &FacetKind) -> Option<&'static str> {
    Some(match kind {
        FacetKind::Category => "Category",
        FacetKind::Organization => "Organisation",
        FacetKind::Domain => "Domain",
        FacetKind::Mission => "Mission",
        FacetKind::InstrumentHost => "Instrument host",
        FacetKind::Instrument => "Instrument",
        FacetKind::Detector => "Detector",
        FacetKind::Characteristic => "Characteristic",
        FacetKind::Tag => "Tag",
        FacetKind::Waveband => "Waveband",
        FacetKind::ProcessingLevel => "Processing level",
        FacetKind::Station => "Station",
        FacetKind::Constellation => "Constellation",
        FacetKind::Target => "Target",
        FacetKind::Other(_) => return None,
    })
}
