//! `/vospace`: the planetary tree as a `VOSpace` that can be read, each node with what the
//! manifest knows of it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use archway_formats::vospace::{Fault, property};

use super::manifest::Manifest;
use crate::vospace::{Settings, Vospace};

/// Where the service is.
pub(super) const PATH: &str = "/vospace";
/// What stands before the paths in identifiers.
const SERVICE: &str = "archway.sample!vospace";
/// The tree that it holds.
const TREE: &str = "planetary";

/// The service, with `url` as the site's.
pub(super) fn space(manifest: &Manifest, data: &Path, url: &str) -> anyhow::Result<Vospace> {
    let space = Vospace::new(Settings::read_only(&format!("{url}{PATH}"), SERVICE));
    let mut containers = BTreeSet::new();
    let mut created = Vec::new();
    for entry in manifest.trees.iter().filter(|entry| !entry.dataset.is_empty()) {
        if entry.path.split('/').next() != Some(TREE) {
            continue;
        }
        let path = format!("/{}", entry.path);
        for (at, _) in path.match_indices('/').skip(1) {
            let above = path.get(..at).unwrap_or_default();
            if containers.insert(above.to_owned()) {
                space.add_container(above).map_err(refused)?;
            }
        }
        let file = data.join("trees").join(&entry.path);
        let content =
            std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let media_type =
            if path.ends_with(".gz") { "application/gzip" } else { &entry.content_type };
        space.add_file(&path, media_type, content).map_err(refused)?;
        let modified_s = i64::try_from(entry.modified_unix_s).unwrap_or_default();
        space.set_modified(&path, modified_s * 1_000_000).map_err(refused)?;
        let Some(dataset) = manifest.datasets.iter().find(|set| set.id == entry.dataset) else {
            continue;
        };
        created.extend(dataset.created.clone());
        let known = [
            (property::TITLE, Some(&dataset.title)),
            (property::DESCRIPTION, Some(&dataset.processing)),
            (property::CREATOR, Some(&dataset.publisher)),
            (property::BTIME, dataset.created.as_ref()),
        ];
        for (uri, value) in known {
            if let Some(value) = value {
                space.set_property(&path, uri, value).map_err(refused)?;
            }
        }
    }
    // The collection is as old as the oldest of its files.
    if let Some(oldest) = created.into_iter().min() {
        space.set_property(&format!("/{TREE}"), property::BTIME, &oldest).map_err(refused)?;
    }
    Ok(space)
}

/// The manifest names something twice, or a file as a folder.
fn refused(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("the tree is no VOSpace: {fault}")
}
