//! One result as the search page shows it, as a card or as a row.

use std::collections::HashMap;

use archway_core::archive::ArchiveInfo;
use archway_core::asset::{ArchiveId, Asset, Facet, FacetKind, Licence, Visibility};

use super::snippets::Snippets;
use super::url_of::{self, Asked};
use super::words;
use crate::summary;

/// A result, ready to be shown.
pub(super) struct Card {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) json_href: String,
    pub(super) title: String,
    /// "image", "catalogue", ...
    pub(super) what: String,
    pub(super) archive: String,
    pub(super) collection: String,
    /// What tells it from others of the same title.
    pub(super) name: String,
    pub(super) sample: bool,
    /// Who may have it, when not everybody.
    pub(super) restricted: Option<&'static str>,
    pub(super) description: Option<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) tags: Vec<Tag>,
    pub(super) download: Option<String>,
    /// Where its data can be had.
    pub(super) snippets: Option<Snippets>,
    pub(super) size: Option<String>,
    /// Other archives that have the same, with commas between.
    pub(super) copies: String,
    pub(super) target: String,
    pub(super) instrument: String,
    pub(super) start: String,
    pub(super) ra: String,
    pub(super) dec: String,
    pub(super) licence: String,
}

/// A term that narrows the search.
pub(super) struct Tag {
    pub(super) label: String,
    pub(super) href: String,
}

/// What is known of the archives, by id.
pub(super) type Infos = HashMap<ArchiveId, ArchiveInfo>;

/// Facets whose terms are tags of a card, in this order.
const TAGS: [FacetKind; 5] = [
    FacetKind::Mission,
    FacetKind::Instrument,
    FacetKind::Target,
    FacetKind::Waveband,
    FacetKind::Tag,
];
/// Most tags of a card; the asset's page has them all.
const MAX_TAGS: usize = 6;

impl Card {
    pub(super) fn new(asset: &Asset, infos: &Infos, asked: &Asked<'_>, host: &str) -> Self {
        let id = asset.id.to_string();
        let info = infos.get(&asset.id.archive);
        let about = &asset.summary;
        let has_content = summary::has_content(asset);
        let position = asset.position();
        let degrees = |value: f64| words::plain(value, 5);
        let (ra, dec) = position
            .map(|p| (degrees(p.longitude_deg), degrees(p.latitude_deg)))
            .unwrap_or_default();
        let start = asset.time_range().start.map(words::moment).unwrap_or_default();
        Self {
            id: id.clone(),
            href: url_of::asset(&id),
            json_href: url_of::asset_json(&id),
            title: about.title.clone(),
            what: what(asset),
            archive: info.map_or_else(|| asset.id.archive.to_string(), |info| info.title.clone()),
            collection: asset.identity.collection.clone(),
            name: name(asset),
            sample: info.is_some_and(|info| info.sample),
            restricted: restricted(asset.rights.visibility),
            description: about.description.clone(),
            facts: facts(asset, &start, &ra, &dec),
            tags: tags(asset, asked),
            download: has_content.then(|| summary::content_path(&id, None)),
            snippets: has_content.then(|| Snippets::new(host, &id, summary::file_name(asset))),
            size: asset.size_bytes().map(words::size),
            copies: asset
                .copies
                .iter()
                .map(|copy| {
                    infos
                        .get(&copy.archive)
                        .map_or_else(|| copy.archive.to_string(), |i| i.title.clone())
                })
                .collect::<Vec<_>>()
                .join(", "),
            target: about.targets.first().map(|target| target.name.clone()).unwrap_or_default(),
            instrument: term(asset, &FacetKind::Instrument).unwrap_or_default().to_owned(),
            start,
            ra,
            dec,
            licence: licence(asset.rights.licence.as_ref()),
        }
    }
}

impl Card {
    /// The start without its seconds, for narrow columns.
    pub(super) fn start_to_the_minute(&self) -> &str {
        self.start.get(..16).unwrap_or(&self.start)
    }
}

/// The archive's own name of an asset, else the end of its identifier, where its own part is.
fn name(asset: &Asset) -> String {
    const MOST: usize = 40;
    let native = asset.identity.observation_id.as_deref().unwrap_or(&asset.id.native);
    let letters = native.chars().count();
    match letters.checked_sub(MOST) {
        None | Some(0) => native.to_owned(),
        Some(beyond) => format!("…{}", native.chars().skip(beyond).collect::<String>()),
    }
}

/// Returns the word for what an asset is: its product type, else its kind.
pub(super) fn what(asset: &Asset) -> String {
    let product = asset.summary.product_type.as_ref();
    let word = product.map(|term| term.label.as_deref().unwrap_or(&term.term));
    let word = word.unwrap_or(summary::kind(asset.identity.kind));
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Returns the word for who may have the bytes, when not everybody.
pub(super) fn restricted(visibility: Visibility) -> Option<&'static str> {
    match visibility {
        Visibility::Public => None,
        Visibility::Shared => Some("Shared with some"),
        Visibility::Restricted => Some("Restricted"),
        Visibility::Embargoed => Some("Not public yet"),
    }
}

/// Returns a licence in a few words; that there is none is said.
pub(super) fn licence(licence: Option<&Licence>) -> String {
    let words = licence.and_then(|own| own.spdx.clone().or(own.text.clone()).or(own.url.clone()));
    words.unwrap_or_else(|| "not stated".to_owned())
}

fn facts(asset: &Asset, start: &str, ra: &str, dec: &str) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(target) = asset.summary.targets.first() {
        facts.push(("Target", target.name.clone()));
    }
    if !start.is_empty() {
        facts.push(("Observed", start.to_owned()));
    }
    if !ra.is_empty() {
        facts.push(("RA, Dec", format!("{ra}°, {dec}°")));
    }
    if let Some(publisher) = summary::publisher(asset) {
        facts.push(("Publisher", publisher.to_owned()));
    }
    facts.push(("Licence", licence(asset.rights.licence.as_ref())));
    if let Some(created) = asset.summary.created {
        facts.push(("Created", words::day(created)));
    }
    facts
}

fn tags(asset: &Asset, asked: &Asked<'_>) -> Vec<Tag> {
    let in_order =
        TAGS.iter().flat_map(|kind| asset.facets.iter().filter(move |f| f.kind == *kind));
    let target = asset.summary.targets.first().map(|target| target.name.as_str());
    in_order
        // The target is a fact of the card already.
        .filter(|facet| Some(facet.term.as_str()) != target)
        .take(MAX_TAGS)
        .map(|facet| Tag {
            label: label(facet),
            href: asked.with(&format!("facet.{}", facet.kind), &facet.term),
        })
        .collect()
}

/// Returns a term for people, who could not tell what a bare number means.
pub(super) fn label(facet: &Facet) -> String {
    match (&facet.label, &facet.kind) {
        (Some(label), _) => label.clone(),
        (None, FacetKind::ProcessingLevel) => format!("Level {}", facet.term),
        (None, _) => facet.term.clone(),
    }
}

fn term<'a>(asset: &'a Asset, kind: &FacetKind) -> Option<&'a str> {
    asset.facets.iter().find(|facet| facet.kind == *kind).map(|facet| facet.term.as_str())
}
