//! `[plugins]`: where plugins lie, and how many instances run at once.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::report::Report;

/// Where plugins lie, and how many instances run at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugins {
    /// Every `*.wasm` directly in them is a plugin; one that is missing has none.
    pub folders: Vec<PathBuf>,
    /// Instances alive at once, over all archives.
    pub instances: u32,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PluginsTable {
    folders: Vec<PathBuf>,
    instances: u32,
}

impl Default for PluginsTable {
    fn default() -> Self {
        Self { folders: vec!["./archway-plugins".into()], instances: 128 }
    }
}

impl PluginsTable {
    pub(super) fn check(&self, report: &mut Report<'_>) -> Plugins {
        if self.folders.iter().any(|folder| folder.as_os_str().is_empty()) {
            report.wrong(
                "folders",
                "holds an empty path, folders are wanted, as in [\"./archway-plugins\"]",
            );
        }
        let instances = report.within("instances", self.instances, 1..=1_000);
        Plugins { folders: self.folders.clone(), instances }
    }
}
