//! The files of an asset as its page lists them: what the record says, and the ways the archive gives.

use archway_core::access::{Route, Way};
use archway_core::asset::{Asset, Availability, Distribution, Location, Size, SizeQuality};

use super::{url_of, words};
use crate::summary;

/// A line of the list.
pub(super) struct File {
    pub(super) name: String,
    /// For people.
    pub(super) about: String,
    pub(super) format: String,
    pub(super) size: String,
    pub(super) checksum: String,
    /// Where the gateway gives it.
    pub(super) content: Option<String>,
    /// Where a browser can get it from the archive.
    pub(super) href: Option<String>,
    /// Why there is no link, or what to know about it.
    pub(super) note: String,
}

/// Returns the files of the record, then the ways that lead elsewhere.
pub(super) fn files(asset: &Asset, ways: &[Way]) -> Vec<File> {
    let mut files: Vec<File> = {
        let id = asset.id.to_string();
        asset.distributions.iter().map(|own| of_distribution(&id, own)).collect()
    };
    for way in ways {
        let file = of_way(way);
        let known = file.href.is_some() && files.iter().any(|own| own.href == file.href);
        if !known {
            files.push(file);
        }
    }
    files
}

fn of_distribution(id: &str, distribution: &Distribution) -> File {
    let (href, note) = match &distribution.location {
        Location::Url(url) => match url_of::followable(url) {
            Some(href) => (Some(href), String::new()),
            None => (None, format!("not a link a browser may follow: {url}")),
        },
        Location::OnRequest => (None, String::new()),
    };
    let availability = summary::availability(distribution.availability);
    let format = distribution.format.as_ref().or(distribution.media_type.as_ref());
    let encodings = distribution.encodings.iter().map(|own| format!(", {own}")).collect::<String>();
    let checksum = distribution.checksums.first();
    File {
        name: distribution.file_name.clone().unwrap_or_else(|| distribution.id.clone()),
        about: role(&distribution.role).to_owned(),
        format: format!("{}{encodings}", format.map_or("not stated", String::as_str)),
        size: size(distribution.size),
        checksum: checksum.map(|own| format!("{} {}", own.algorithm, own.hex)).unwrap_or_default(),
        content: (distribution.availability == Availability::Online)
            .then(|| summary::content_path(id, Some(&distribution.id))),
        note: if availability == "online" { note } else { format!("{availability} {note}") },
        href,
    }
}

fn of_way(way: &Way) -> File {
    let (href, note) = match &way.route {
        Route::Http(http) if http.credential.is_some() => {
            (None, "wants a credential that only the gateway has".to_owned())
        }
        Route::Http(http) if http.method != "GET" => (None, format!("by {}", http.method)),
        Route::Http(http) => (url_of::followable(&http.url), String::new()),
        Route::Ftp(ftp) => {
            let path = ftp.path.trim_start_matches('/');
            let url = format!("ftp://{}:{}/{path}", ftp.host, ftp.port);
            (url_of::followable(&url), String::new())
        }
        Route::Service(service) => (None, format!("a service at {}", service.url)),
        Route::ViaPlugin(_) => (None, "through the gateway only".to_owned()),
        Route::Inline(_) => (None, "in the record".to_owned()),
    };
    let name = href.as_deref().and_then(|url| url.rsplit('/').find(|part| !part.is_empty()));
    File {
        name: way
            .description
            .clone()
            .or(name.map(str::to_owned))
            .unwrap_or_else(|| way.role.clone()),
        about: role(&way.role).to_owned(),
        format: way.media_type.clone().unwrap_or_else(|| "not stated".to_owned()),
        size: size(way.size),
        checksum: way
            .checksums
            .first()
            .map(|own| format!("{} {}", own.algorithm, own.hex))
            .unwrap_or_default(),
        content: None,
        note,
        href,
    }
}

fn size(size: Option<Size>) -> String {
    match size {
        Some(Size { bytes, quality: SizeQuality::Exact }) => words::size(bytes),
        Some(Size { bytes, quality: SizeQuality::Estimated }) => {
            format!("about {}", words::size(bytes))
        }
        None => "not stated".to_owned(),
    }
}

/// Terms of the `DataLink` vocabulary in words; others are their own words.
fn role(term: &str) -> &str {
    match term {
        "#this" => "the data",
        "#preview" => "preview",
        "#thumbnail" => "thumbnail",
        "#auxiliary" => "auxiliary",
        "#documentation" => "documentation",
        "#calibration" => "calibration",
        "#derivation" => "derived from it",
        "#progenitor" => "made from it",
        "#proc" | "#cutout" => "service",
        other => other.trim_start_matches('#'),
    }
}
