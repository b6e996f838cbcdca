//! Which archives a question goes to: those that may be asked and can hold an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::matching::{Matcher, is_computed_here, reaches, same};
use crate::archive::{ArchiveInfo, Description, Operation};
use crate::asset::{ArchiveId, FacetKind};
use crate::coverage::Footprint;
use crate::search::Question;

/// Whether an archive is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// With this question.
    Ask(Box<Question>),
    /// It does not offer search at all.
    Incapable(String),
    /// It can hold no answer.
    CannotHold(String),
}

/// What archives say of their place on the sky, made ready once per description.
#[derive(Debug, Default)]
pub(super) struct Coverages {
    ready: Mutex<HashMap<ArchiveId, Ready>>,
}

/// The description that was prepared, and its regions.
type Ready = (Arc<Description>, Arc<[Footprint]>);

impl Coverages {
    /// The regions of a description; empty is unknown.
    fn of(&self, archive: &ArchiveId, description: &Arc<Description>) -> Arc<[Footprint]> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, footprints)) = ready.get(archive)
            && Arc::ptr_eq(known, description)
        {
            return Arc::clone(footprints);
        }
        let footprints =
            description.space.iter().map(Footprint::new).collect::<Result<Vec<_>, _>>();
        // A region with numbers that cannot be leaves the whole unknown.
        let footprints: Arc<[Footprint]> = footprints.unwrap_or_default().into();
        ready.insert(archive.clone(), (Arc::clone(description), Arc::clone(&footprints)));
        footprints
    }
}

/// Decides for one archive. `all` are the ids of every archive of the gateway, for telling
/// `archive/collection` from a collection with a slash in its name.
pub(super) fn choose(
    info: &ArchiveInfo,
    matcher: &Matcher,
    coverages: &Coverages,
    all: &[ArchiveId],
) -> Choice {
    let described = info.description.as_ref();
    let works = described.is_none_or(|d| d.operations.contains(&Operation::Search));
    if !info.operations.contains(&Operation::Search) || !works {
        return Choice::Incapable("it does not offer search".to_owned());
    }
    let mut question = matcher.question.clone();
    for facet in &question.facets {
        let for_archive = matches!(&facet.kind, FacetKind::Other(name) if name == "archive");
        if for_archive && !facet.any_of.iter().any(|id| same(id, info.id.as_str())) {
            return Choice::CannotHold("another archive was asked for".to_owned());
        }
    }
    question.facets.retain(|facet| !is_computed_here(&facet.kind));
    if !question.collections.is_empty() {
        question.collections = own_collections(&question.collections, &info.id, all);
        if question.collections.is_empty() {
            return Choice::CannotHold("collections of other archives were asked for".to_owned());
        }
    }
    match described {
        Some(description) => {
            match outside(&question, matcher, description, &coverages.of(&info.id, description)) {
                Some(reason) => Choice::CannotHold(reason.to_owned()),
                None => Choice::Ask(Box::new(question)),
            }
        }
        // Never described: nothing is known that could rule it out.
        None => Choice::Ask(Box::new(question)),
    }
}

/// Collections as this archive names them, those of other archives left out.
fn own_collections(wanted: &[String], own: &ArchiveId, all: &[ArchiveId]) -> Vec<String> {
    let mut collections = Vec::new();
    for name in wanted {
        match name.split_once('/') {
            Some((archive, rest)) if archive == own.as_str() => {
                collections.push(rest.to_owned());
                collections.push(name.clone());
            }
            Some((archive, _)) if all.iter().any(|id| id.as_str() == archive) => {}
            _ => collections.push(name.clone()),
        }
    }
    collections
}

/// Why a described archive can hold no answer.
fn outside(
    question: &Question,
    matcher: &Matcher,
    description: &Description,
    space: &[Footprint],
) -> Option<&'static str> {
    if let Some(native) = &question.native
        && !description.languages.iter().any(|language| same(&language.name, &native.language))
    {
        return Some("it does not take queries in that language");
    }
    let collections = &question.collections;
    if !collections.is_empty()
        && !description.collections.is_empty()
        && !description.collections.iter().any(|have| collections.iter().any(|c| same(c, &have.id)))
    {
        return Some("it has none of the collections asked for");
    }
    if let Some(region) = &matcher.region
        && !space.is_empty()
        // Frames that cannot be compared rule nothing out.
        && space.iter().all(|have| have.overlaps(region) == Some(false))
    {
        return Some("it has nothing in the region asked for");
    }
    if let Some(time) = &question.time
        && !description.time.is_empty()
        && !description.time.iter().any(|have| have.overlaps(time))
    {
        return Some("it has nothing of the time asked for");
    }
    if let Some(wavelength) = &question.wavelength_m
        && !reaches(&description.wavelength_m, wavelength)
    {
        return Some("it has nothing at the wavelengths asked for");
    }
    None
}
