//! Collections: declared once, and which files belong to them.

use archway_plugin::types::Licence;
use archway_plugin::{Error, Host};
use serde::Deserialize;

use super::licence::licence;
use crate::kinds::Kind;
use crate::time::Day;

/// A named set of files.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Collection {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) licence: Option<Licence>,
    pub(crate) created_us: Option<i64>,
    /// Facets of everything in it.
    pub(crate) missions: Vec<String>,
    pub(crate) subdomain: Option<String>,
    which: Which,
}

/// Which files are in a collection; each that is not empty must hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Which {
    kinds: Vec<Kind>,
    centres: Vec<String>,
    stations: Vec<String>,
    folders: Vec<String>,
}

/// The collections of an archive, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Collections {
    pub(crate) declared: Vec<Collection>,
    /// Where files go that none of them takes; `None` leaves these files out.
    pub(crate) other: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectionTable {
    id: String,
    title: Option<String>,
    description: Option<String>,
    publisher: Option<String>,
    licence: Option<String>,
    created: Option<String>,
    #[serde(default)]
    missions: Vec<String>,
    subdomain: Option<String>,
    #[serde(default)]
    formats: Vec<String>,
    #[serde(default)]
    centres: Vec<String>,
    #[serde(default)]
    stations: Vec<String>,
    #[serde(default)]
    folders: Vec<String>,
}

impl Collections {
    pub(super) fn of(host: &dyn Host, other: Option<String>) -> Result<Self, Error> {
        let written: Vec<CollectionTable> = super::nested(host, "collections")?.unwrap_or_default();
        let declared = written.into_iter().map(checked).collect::<Result<Vec<_>, _>>()?;
        let other = match (other, declared.is_empty()) {
            (None, true) => Some("GNSS".to_owned()),
            (other, _) => other,
        };
        Ok(Self { declared, other })
    }

    /// The collection of a file; `None` where the file is in none, so no asset.
    pub(crate) fn choose(
        &self,
        kind: Kind,
        centre: Option<&str>,
        station: Option<&str>,
        folder: &str,
    ) -> Option<(&str, Option<&Collection>)> {
        let fits = |collection: &&Collection| {
            let which = &collection.which;
            let one_of = |wanted: &[String], value: Option<&str>| {
                wanted.is_empty()
                    || value.is_some_and(|v| wanted.iter().any(|w| v.eq_ignore_ascii_case(w)))
            };
            // A station is told by its first four characters as well as by all nine.
            let by_station = which.stations.is_empty()
                || station.is_some_and(|station| {
                    which.stations.iter().any(|wanted| {
                        station.get(..wanted.len()).is_some_and(|s| s.eq_ignore_ascii_case(wanted))
                    })
                });
            let by_folder = which.folders.is_empty()
                || which.folders.iter().any(|wanted| is_below(folder, wanted));
            (which.kinds.is_empty() || which.kinds.contains(&kind))
                && one_of(&which.centres, centre)
                && by_station
                && by_folder
        };
        match self.declared.iter().find(fits) {
            Some(collection) => Some((&collection.id, Some(collection))),
            None => self.other.as_deref().map(|id| (id, None)),
        }
    }
}

/// Whether a folder is another one or lies in it, without regard to case.
fn is_below(folder: &str, wanted: &str) -> bool {
    let (folder, wanted) = (folder.trim_matches('/'), wanted.trim_matches('/'));
    match folder.split_at_checked(wanted.len()) {
        Some((start, rest)) => {
            start.eq_ignore_ascii_case(wanted) && (rest.is_empty() || rest.starts_with('/'))
        }
        None => false,
    }
}

fn checked(written: CollectionTable) -> Result<Collection, Error> {
    let wrong =
        |what: String| Error::invalid_part("collections", format!("{}: {what}", written.id));
    if written.id.trim().is_empty() {
        return Err(Error::invalid_part("collections", "a collection without an id"));
    }
    let created_us = match &written.created {
        None => None,
        Some(text) => {
            let day: Option<Day> = super::day(text);
            let day =
                day.ok_or_else(|| wrong(format!("created = {text:?} is no date like 2010-07-01")))?;
            Some(day.start_us())
        }
    };
    let kind = |word: &String| {
        Kind::of_format(word).ok_or_else(|| wrong(format!("{word:?} is no format of GNSS files")))
    };
    let kinds = written.formats.iter().map(kind).collect::<Result<_, _>>()?;
    Ok(Collection {
        title: written.title.unwrap_or_else(|| written.id.clone()),
        id: written.id,
        description: written.description,
        publisher: written.publisher,
        licence: written.licence.as_deref().map(licence),
        created_us,
        missions: written.missions,
        subdomain: written.subdomain,
        which: Which {
            kinds,
            centres: written.centres,
            stations: written.stations,
            folders: written.folders,
        },
    })
}
