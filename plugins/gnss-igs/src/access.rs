//! Access: a way to the bytes of each copy, the archive's own server first.
//!
//! Called by `lib.rs`. Calls `look_up.rs`. Rules: the folder is listed again, so that sizes and
//! checksums are those of now; nothing is opened here: HTTP is the gateway's, FTP that of the
//! plugin that opens it.

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::{Error, Host};

use crate::asset::distribution_id;
use crate::look_up;

/// Copies of one file; more are a strange archive.
const MOST_ASKED: usize = 100;

pub(crate) fn access(host: &dyn Host, request: &AccessRequest) -> Result<Vec<Way>, Error> {
    let (found, file) = look_up::file(host, &request.native_id)?;
    let wanted = request.distribution_id.as_deref();
    let mut copies = file.copies;
    if let (Some(wanted), true) = (wanted, copies.len() <= MOST_ASKED) {
        for copy in copies.iter_mut().filter(|copy| wanted == distribution_id(copy)) {
            // Whoever downloads it wants to know its size to the byte.
            if let Some(told) = found.servers.detail(host, copy)? {
                copy.size = told.size.or(copy.size);
            }
        }
    }
    let ways: Vec<Way> = copies
        .iter()
        .filter(|copy| wanted.is_none_or(|wanted| wanted == distribution_id(copy)))
        .filter_map(|copy| {
            let provider = found.servers.provider(copy.server).unwrap_or_default();
            Some(Way {
                route: found.servers.route(copy.server, &copy.path)?,
                role: "#this".to_owned(),
                description: Some(match copy.encodings.join(", ").as_str() {
                    "" => format!("{}, from {provider}", copy.name),
                    encodings => format!("{} ({encodings}), from {provider}", copy.name),
                }),
                media_type: None,
                size: copy.size,
                checksums: copy.checksums.clone(),
                expires: None,
            })
        })
        .collect();
    if ways.is_empty() {
        let part = wanted.unwrap_or("any");
        return Err(Error::NotFound(format!("{} (distribution {part})", request.native_id)));
    }
    Ok(ways)
}
