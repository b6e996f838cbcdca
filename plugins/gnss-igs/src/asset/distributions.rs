//! The copies and encodings of a file.

use archway_plugin::types::{Availability, Distribution, Location};

use super::Known;
use crate::servers::Servers;

/// Of text; for compressions the type of the bytes as they lie there.
const TEXT: &str = "text/plain";

pub(super) fn distributions(known: &Known<'_>, servers: &Servers) -> Vec<Distribution> {
    let of_copy = |copy: &crate::files::Copy| {
        let media_type = match copy.encodings.first() {
            Some(&"gzip") => "application/gzip",
            Some(&"compress") => "application/x-compress",
            Some(&"bzip2") => "application/x-bzip2",
            Some(&"zip") => "application/zip",
            _ => TEXT,
        };
        // A header may tell of a packing that a name does not.
        let mut encodings: Vec<String> = copy.encodings.iter().map(|e| (*e).to_owned()).collect();
        let is_compact =
            known.facts.is_some_and(|facts| facts.is_compact) && known.file.copies.len() == 1;
        if is_compact && !encodings.iter().any(|e| e == "crinex") {
            encodings.push("crinex".to_owned());
        }
        let url = servers.location(copy.server, &copy.path);
        Distribution {
            distribution_id: id(copy),
            role: "#this".to_owned(),
            location: url.map_or(Location::OnRequest, Location::Url),
            media_type: Some(media_type.to_owned()),
            format: Some(known.format.to_owned()),
            encodings,
            size: copy.size,
            checksums: copy.checksums.clone(),
            file_name: Some(copy.name.clone()),
            modified: copy.modified_us,
            availability: Availability::Online,
            provider: servers.provider(copy.server).map(str::to_owned),
        }
    };
    known.file.copies.iter().map(of_copy).collect()
}

/// Server and path: the same from one call to the next.
pub(crate) fn id(copy: &crate::files::Copy) -> String {
    format!("{}:{}", copy.server, copy.path)
}
