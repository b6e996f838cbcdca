//! Names of files, and of versions of their bytes.
//!
//! Called by `delivery.rs` and `decoding.rs`. Pure.

use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use crate::access::{Route, Way};
use crate::asset::{AssetId, Distribution, Location};

/// A name for the file: the archive's, else the last part of where it lies, else of its id.
pub(super) fn of(candidate: Option<&Distribution>, way: &Way, id: &AssetId) -> String {
    let given = candidate.and_then(of_distribution);
    let way = match &way.route {
        Route::Http(way) => last_segment(&way.url),
        Route::Ftp(way) => last_part(&way.path),
        // The URL of a service names the service.
        Route::Service(_) | Route::ViaPlugin(_) | Route::Inline(_) => None,
    };
    given.or(way).or_else(|| last_part(&id.native)).unwrap_or_else(|| "file".to_owned())
}

/// The archive's name for a file, else the last part of where it lies.
pub(super) fn of_distribution(distribution: &Distribution) -> Option<String> {
    distribution.file_name.clone().or_else(|| match &distribution.location {
        Location::Url(url) => last_segment(url),
        Location::OnRequest => None,
    })
}

fn last_segment(url: &str) -> Option<String> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (_, path) = path.split_once('/')?;
    let text = percent_decode_str(path.rsplit('/').next()?).decode_utf8_lossy().into_owned();
    Some(text).filter(|text| !text.is_empty())
}

pub(super) fn last_part(path: &str) -> Option<String> {
    path.rsplit(['/', '?', '#']).find(|part| !part.is_empty()).map(str::to_owned)
}

/// What encodings add to a name, and what stands there without them.
const SUFFIXES: [(&str, &str, &str); 11] = [
    ("gzip", ".gz", ""),
    ("gzip", ".tgz", ".tar"),
    ("gzip", ".GZ", ""),
    ("compress", ".Z", ""),
    ("compress", ".z", ""),
    ("bzip2", ".bz2", ""),
    ("bzip2", ".tbz", ".tar"),
    ("crinex", ".crx", ".rnx"),
    ("crinex", ".CRX", ".RNX"),
    ("crinex", "d", "o"),
    ("crinex", "D", "O"),
];

/// The name once `encoding` is taken off.
pub(super) fn without(name: &str, encoding: &str) -> String {
    for (of, suffix, instead) in SUFFIXES {
        let Some(stem) =
            name.strip_suffix(suffix).filter(|stem| of == encoding && !stem.is_empty())
        else {
            continue;
        };
        // RINEX 2: `.23d` is `.23o` in Hatanaka's form.
        let short = suffix.len() == 1;
        let year = stem.len() >= 3
            && stem.get(stem.len() - 3..).is_some_and(|end| {
                end.starts_with('.') && end.chars().skip(1).all(|c| c.is_ascii_digit())
            });
        if !short || year {
            return format!("{stem}{instead}");
        }
    }
    name.to_owned()
}

/// 128 bits of what these parts have in common with no others.
pub(super) fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    use std::fmt::Write as _;
    let mut hasher = Sha256::new();
    for part in parts {
        // The length keeps parts apart.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
