//! Whether an asset answers a question: what archives could not apply is applied here.
//!
//! Null rules, as SQL has them: a constraint on something that an asset does not say is not
//! met, `differs` included. The one exception is a position in a frame that cannot be compared
//! with the one asked for: such an asset is kept, and the archive's row says so.

use crate::Error;
use crate::asset::{Asset, FacetKind, Visibility};
use crate::coverage::{Circle, Footprint, Instant, Interval, TimeRange, separation_deg};
use crate::search::{Constraint, FacetFilter, Question};

use super::filtering::holds;
use super::words::Words;

/// Beyond this a position is no matter of a border, where the archive may know a larger
/// footprint than it tells.
const CLEARLY_OUTSIDE_DEG: f64 = 5.0;
/// Beyond this a time is no matter of a time scale or of an exposure that is not told.
const CLEARLY_OUTSIDE_US: i64 = 86_400_000_000;

/// A question made ready to be compared with many assets.
#[derive(Debug)]
pub(super) struct Matcher {
    pub(super) question: Question,
    pub(super) words: Option<Words>,
    pub(super) region: Option<Footprint>,
    bounds: Option<Circle>,
    now: Instant,
}

/// What comparing with an asset says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It answers.
    Yes,
    /// It does not.
    No,
    /// It answers as far as can be compared.
    Unknown,
}

impl Matcher {
    pub(super) fn new(question: Question, now: Instant) -> Result<Self, Error> {
        let region = question.region.as_ref().map(Footprint::new).transpose();
        let region = region.map_err(|bad| Error::bad_request("pos", bad.to_string()))?;
        let bounds = region.as_ref().and_then(Footprint::bounding_circle);
        let words = question.text.as_deref().and_then(Words::new);
        Ok(Self { question, words, region, bounds, now })
    }

    /// Compares with those constraints for which `applies` is true.
    pub(super) fn compare(&self, asset: &Asset, applies: impl Fn(&Constraint) -> bool) -> Verdict {
        let question = &self.question;
        if let Some(words) = &self.words
            && applies(&Constraint::Text)
            && !words.all_in(asset)
        {
            return Verdict::No;
        }
        if !question.collections.is_empty()
            && applies(&Constraint::Collections)
            && !question.collections.iter().any(|wanted| in_collection(asset, wanted))
        {
            return Verdict::No;
        }
        if let Some(wanted) = &question.time
            && applies(&Constraint::Time)
            && !asset.time.iter().any(|time| known(time.range) && time.range.overlaps(wanted))
        {
            return Verdict::No;
        }
        if let Some(wanted) = &question.wavelength_m
            && applies(&Constraint::Wavelength)
            && !asset.energy.iter().filter_map(|e| e.wavelength_m).any(|w| w.overlaps(wanted))
        {
            return Verdict::No;
        }
        if let Some(since) = question.modified_since
            && applies(&Constraint::ModifiedSince)
            && asset.summary.modified.is_none_or(|modified| modified < since)
        {
            return Verdict::No;
        }
        for facet in &question.facets {
            let here =
                is_computed_here(&facet.kind) || applies(&Constraint::Facet(facet.kind.clone()));
            if here && !self.has_facet(asset, facet) {
                return Verdict::No;
            }
        }
        for filter in &question.filters {
            if applies(&Constraint::Filter(filter.key.clone())) && !holds(asset, filter) {
                return Verdict::No;
            }
        }
        match &self.region {
            Some(region) if applies(&Constraint::Region) => in_region(asset, region),
            _ => Verdict::Yes,
        }
    }

    /// Whether an asset has nothing to do with the region or the time asked for, so that an
    /// archive that gave it cannot have applied them. Cheap, and generous at borders.
    pub(super) fn contradicted_by(&self, asset: &Asset) -> bool {
        let far = |wanted: &TimeRange, time: TimeRange| {
            let behind = |start: Option<Instant>, end: Option<Instant>| match (start, end) {
                (Some(start), Some(end)) => start.0.saturating_sub(end.0) > CLEARLY_OUTSIDE_US,
                _ => false,
            };
            behind(wanted.start, time.end) || behind(time.start, wanted.end)
        };
        if let Some(wanted) = &self.question.time
            && !asset.time.is_empty()
            && asset.time.iter().all(|time| far(wanted, time.range))
        {
            return true;
        }
        let (Some(region), Some(bounds)) = (&self.region, &self.bounds) else { return false };
        !asset.space.is_empty()
            && asset.space.iter().all(|coverage| {
                region.is_apart_from(&coverage.region.frame)
                    || region.circle_of(coverage).is_some_and(|circle| {
                        separation_deg(bounds.centre, circle.centre)
                            > bounds.radius_deg + circle.radius_deg + CLEARLY_OUTSIDE_DEG
                    })
            })
    }

    fn has_facet(&self, asset: &Asset, wanted: &FacetFilter) -> bool {
        let any = |term: &str| wanted.any_of.iter().any(|w| same(w, term));
        let any_of = |terms: [Option<&String>; 3]| terms.into_iter().flatten().any(|t| any(t));
        match surface(&wanted.kind) {
            None => {
                let facets = asset.facets.iter().filter(|facet| facet.kind == wanted.kind);
                facets
                    .into_iter()
                    .any(|facet| any(&facet.term) || facet.label.as_deref().is_some_and(any))
            }
            Some(Surface::Archive) => any(asset.id.archive.as_str()),
            Some(Surface::Collection) => wanted.any_of.iter().any(|w| in_collection(asset, w)),
            Some(Surface::Format) => {
                asset.distributions.iter().any(|d| any_of([d.format.as_ref(), None, None]))
            }
            Some(Surface::ProductType) => asset
                .summary
                .product_type
                .as_ref()
                .is_some_and(|t| any_of([Some(&t.term), t.label.as_ref(), None])),
            Some(Surface::Licence) => asset
                .rights
                .licence
                .as_ref()
                .is_some_and(|l| any_of([l.spdx.as_ref(), l.url.as_ref(), l.text.as_ref()])),
            Some(Surface::Visibility) => any(visibility_name(asset.rights.visibility_at(self.now))),
        }
    }
}

/// The facets that are read from fields of an asset.
enum Surface {
    Archive,
    Collection,
    Format,
    ProductType,
    Licence,
    Visibility,
}

fn surface(kind: &FacetKind) -> Option<Surface> {
    let FacetKind::Other(name) = kind else { return None };
    match name.as_str() {
        "archive" => Some(Surface::Archive),
        "collection" => Some(Surface::Collection),
        "format" => Some(Surface::Format),
        "product-type" => Some(Surface::ProductType),
        "licence" => Some(Surface::Licence),
        "visibility" => Some(Surface::Visibility),
        _ => None,
    }
}

/// Whether only the gateway knows this facet, so that archives are not asked about it.
pub(super) fn is_computed_here(kind: &FacetKind) -> bool {
    matches!(surface(kind), Some(Surface::Archive | Surface::Visibility))
}

/// The name of a visibility in a URL and in JSON.
pub fn visibility_name(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Shared => "shared",
        Visibility::Restricted => "restricted",
        Visibility::Embargoed => "embargoed",
    }
}

/// `collection`, or `archive/collection`.
fn in_collection(asset: &Asset, wanted: &str) -> bool {
    let collection = asset.identity.collection.as_str();
    same(wanted, collection)
        || wanted.split_once('/').is_some_and(|(archive, rest)| {
            archive == asset.id.archive.as_str() && same(rest, collection)
        })
}

fn in_region(asset: &Asset, region: &Footprint) -> Verdict {
    let mut unknown = false;
    for coverage in &asset.space {
        match Footprint::of_coverage(coverage).ok().map(|footprint| region.overlaps(&footprint)) {
            Some(Some(true)) => return Verdict::Yes,
            Some(Some(false)) => {}
            Some(None) | None => unknown = true,
        }
    }
    if unknown { Verdict::Unknown } else { Verdict::No }
}

/// A range without any end says nothing.
fn known(range: TimeRange) -> bool {
    range.start.is_some() || range.end.is_some()
}

/// Equal without regard to case.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// Whether a description's intervals leave room for what is asked.
pub(super) fn reaches(have: &[Interval], wanted: &Interval) -> bool {
    have.is_empty() || have.iter().any(|interval| interval.overlaps(wanted))
}
