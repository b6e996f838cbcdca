//! Which copies of a file come into question, and which of their ways, in which order.
//!
//! Called by `delivery.rs`. Pure.

use super::service;
use crate::Error;
use crate::access::{HttpWay, Route, Way};
use crate::asset::{AssetId, Availability, Distribution, Location};

/// Most copies that are tried.
const MOST_COPIES: usize = 8;
/// Most names in a message.
const MOST_NAMES: usize = 10;

/// The distribution that is named; else the first `#this` that is online, and its copies behind
/// it. One `None` where the record has no distributions at all.
pub(super) fn candidates(
    id: &AssetId,
    distributions: &[Distribution],
    named: Option<&str>,
) -> Result<Vec<Option<Distribution>>, Error> {
    if let Some(named) = named {
        // Without a record to look into, the archive must know.
        let of_id = |own: &&Distribution| own.id == named;
        let found =
            distributions.iter().find(of_id).ok_or_else(|| unknown(distributions, named))?;
        return match found.availability {
            Availability::Online => Ok(vec![Some(found.clone())]),
            other => Err(not_online(id, other)),
        };
    }
    if distributions.is_empty() {
        return Ok(vec![None]);
    }
    let these: Vec<&Distribution> = distributions.iter().filter(|d| d.role == "#this").collect();
    let Some(any) = these.first() else {
        let words = "it has no file of its own; name one of its distributions: ";
        let reason = format!("{words}{}", names(distributions));
        return Err(Error::NoBytes { asset: id.clone(), reason });
    };
    let online = |d: &&&Distribution| d.availability == Availability::Online;
    let Some(first) = these.iter().find(online) else {
        return Err(not_online(id, any.availability));
    };
    let copies = these.iter().filter(online).filter(|copy| is_copy(first, copy));
    Ok(copies.take(MOST_COPIES).map(|copy| Some((*copy).clone())).collect())
}

/// Whether both hold the same bytes, as far as anybody can tell: same encodings, and neither
/// checksum nor exact size against it.
fn is_copy(first: &Distribution, copy: &Distribution) -> bool {
    let differ = |one: &Distribution, other: &Distribution| {
        one.checksums.iter().any(|checksum| {
            let same = other.checksums.iter().find(|own| own.algorithm == checksum.algorithm);
            same.is_some_and(|same| same.hex != checksum.hex)
        })
    };
    first.encodings == copy.encodings
        && (first.format == copy.format || first.format.is_none() || copy.format.is_none())
        && !differ(first, copy)
}

fn unknown(distributions: &[Distribution], named: &str) -> Error {
    let words = match distributions.is_empty() {
        true => format!("`{named}` is none: the record has no distributions"),
        false => format!("`{named}` is none of this asset's; there are {}", names(distributions)),
    };
    Error::bad_request("distribution", words)
}

fn names(distributions: &[Distribution]) -> String {
    let names = distributions.iter().take(MOST_NAMES).map(|own| format!("`{}`", own.id));
    let names = names.collect::<Vec<_>>().join(", ");
    match distributions.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        Some(more) => format!("{names} and {more} more"),
        None => names,
    }
}

fn not_online(id: &AssetId, availability: Availability) -> Error {
    let reason = match availability {
        Availability::Online => "they are online",
        Availability::Nearline => "the archive must stage them first; ask the archive for that",
        Availability::Offline => "the archive holds them offline",
    };
    Error::NoBytes { asset: id.clone(), reason: reason.to_owned() }
}

/// The ways that fit: with parameters the services that take them, else those of this role that
/// need none.
pub(super) fn ways(
    id: &AssetId,
    all: Vec<Way>,
    role: &str,
    parameters: &[(String, String)],
) -> Result<Vec<Way>, Error> {
    let asked = !parameters.is_empty();
    let mut wrong = None;
    let mut fitting = Vec::new();
    for way in all {
        match &way.route {
            Route::Service(service) => {
                // A cutout has a role of its own; who gives parameters means it.
                if !asked && way.role != role {
                    continue;
                }
                match service::parameters(service, parameters) {
                    Ok(_) => fitting.push(way),
                    Err(error) => wrong = wrong.or(Some(error)),
                }
            }
            _ if !asked && way.role == role => fitting.push(way),
            _ => {}
        }
    }
    if fitting.is_empty() {
        let reason = match asked {
            true => "it has no service that takes parameters",
            false => "the archive gives no way to them",
        };
        let none = || Error::NoBytes { asset: id.clone(), reason: reason.to_owned() };
        return Err(wrong.unwrap_or_else(none));
    }
    // What needs nothing made goes first.
    fitting.sort_by_key(|way| matches!(way.route, Route::Service(_)));
    Ok(fitting)
}

/// The way that the record itself names, for an archive that has no `access`.
pub(super) fn of_location(
    id: &AssetId,
    candidate: Option<&Distribution>,
) -> Result<Vec<Way>, Error> {
    let located = candidate.and_then(|candidate| match &candidate.location {
        Location::Url(url) => Some((candidate, url)),
        Location::OnRequest => None,
    });
    let web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    match located {
        Some((candidate, url)) if web(url) => {
            let way = HttpWay {
                method: "GET".to_owned(),
                url: url.clone(),
                headers: Vec::new(),
                credential: None,
                ranges: false,
            };
            Ok(vec![Way {
                route: Route::Http(way),
                role: candidate.role.clone(),
                description: None,
                media_type: candidate.media_type.clone(),
                size: candidate.size,
                checksums: candidate.checksums.clone(),
                expires: None,
            }])
        }
        _ => Err(Error::Unsupported { archive: id.archive.clone(), what: "access".to_owned() }),
    }
}
