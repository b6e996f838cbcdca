//! Access: the ways to the bytes of an asset.
//!
//! Rules: the folder is listed, so that no way is given to what is gone; a size that the
//! listing only rounds is asked for.

use archway_plugin::access::{AccessRequest, Way};
use archway_plugin::{Error, Host};

use crate::archive::TreeArchive;
use crate::look_up::find;
use crate::path;

pub(crate) fn access(
    archive: &TreeArchive,
    host: &dyn Host,
    request: &AccessRequest,
) -> Result<Vec<Way>, Error> {
    let mut found = find(archive, host, &request.native_id)?;
    if let Some(wanted) = &request.distribution_id {
        found.files.retain(|file| file.name == *wanted);
    }
    for file in &mut found.files {
        let path = path::join(&found.folder, &file.name);
        if let Some(told) = archive.tree.detail(host, file, &path)? {
            file.size = told.size.or(file.size);
            file.modified_us = told.modified_us.or(file.modified_us);
            file.tag = told.tag.or_else(|| file.tag.take());
        }
    }
    let folder = found.folder.clone();
    let asset = found.asset(archive);
    let distributions = asset.map(|asset| asset.distributions).unwrap_or_default();
    if distributions.is_empty() {
        let part = request.distribution_id.as_deref().unwrap_or("any");
        return Err(Error::NotFound(format!("{} (distribution {part})", request.native_id)));
    }
    let way = |distribution: archway_plugin::types::Distribution| Way {
        route: archive.tree.route(&path::join(&folder, &distribution.distribution_id)),
        role: distribution.role,
        description: None,
        media_type: distribution.media_type,
        size: distribution.size,
        checksums: distribution.checksums,
        expires: None,
    };
    Ok(distributions.into_iter().map(way).collect())
}
