//! The plugins and archives of a running gateway, and how they change while it runs.
//!
//! Called by `app.rs` at the start, by `watch.rs` when files change and on SIGHUP, and by
//! `archway check`. Calls the plugin host.
//!
//! Rules that hold here and nowhere else:
//!
//! - Whatever is wrong with a new file, the plugin or archive that was there stays.
//! - A call in flight keeps the plugin and archive that it began with.
//! - An archive is opened again only if its file or its plugin changed: a new one has
//!   forgotten its cache and what its breaker knew.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use archway_core::archive::Archive;
use archway_core::archives::Archives;
use archway_core::asset::ArchiveId;
use archway_host::{HostConfig, PluginArchive, PluginHost};
use tracing::{error, info, warn};

use crate::config::{ArchiveFile, ArchiveRead, Config};
use crate::data::DataFolder;
use crate::egress_metrics::EgressMetrics;

/// What runs at the moment.
#[derive(Debug)]
pub(crate) struct Federation {
    host: Arc<PluginHost>,
    folders: Vec<PathBuf>,
    open: BTreeMap<ArchiveId, Open>,
    metrics: EgressMetrics,
}

/// An archive with what it was made from.
#[derive(Clone, Debug)]
struct Open {
    file: ArchiveFile,
    /// Of the plugin's component.
    digest: String,
    archive: Arc<PluginArchive>,
}

/// What is opened again although its file and plugin are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reopen {
    /// Nothing: files were seen to change.
    Changed,
    /// Everything: the operator asked for it, and secrets may have changed.
    All,
}

impl Federation {
    /// Of the plugins in `folders`; nothing is loaded yet.
    pub(crate) fn new(host: Arc<PluginHost>, folders: Vec<PathBuf>) -> Self {
        let (open, metrics) = (BTreeMap::new(), EgressMetrics::default());
        Self { host, folders, open, metrics }
    }

    /// For `archway check`: compiles without keeping, and no gateway listens.
    pub(crate) fn for_check(config: &Config) -> Result<Self, archway_host::Error> {
        let network = Arc::new(crate::app::network(config, Vec::new()));
        let compiled = DataFolder::at(&config.server.data).compiled();
        let host = PluginHost::new(HostConfig {
            // What the gateway compiled here before, if it has run.
            compiled_dir: compiled.is_dir().then_some(compiled),
            limits: config.limits.clone(),
            ..crate::app::host_config(network, &config.contact)
        })?;
        Ok(Self::new(Arc::new(host), config.plugins.folders.clone()))
    }

    /// Loads the plugins as their files are now; returns what cannot be loaded.
    pub(crate) async fn load_plugins(&self) -> Vec<archway_host::Error> {
        let mut refused = Vec::new();
        for plugin in self.host.plugins().iter().filter(|plugin| !plugin.path.exists()) {
            info!(plugin.id = plugin.id, "plugin unloaded: its file is gone");
            self.host.unload(&plugin.id);
        }
        let before: Vec<String> =
            self.host.plugins().into_iter().map(|plugin| plugin.digest).collect();
        for folder in self.folders.iter().filter(|folder| folder.is_dir()) {
            let loaded = match self.host.load_folder(folder).await {
                Ok(loaded) => loaded,
                Err(error) => {
                    refused.push(error);
                    continue;
                }
            };
            for (_, outcome) in loaded {
                match outcome {
                    Ok(plugin) if before.contains(&plugin.digest) => {}
                    Ok(plugin) => info!(
                        plugin.id,
                        plugin.version,
                        size_bytes = plugin.size_bytes,
                        "plugin loaded"
                    ),
                    Err(error) => refused.push(error),
                }
            }
        }
        refused
    }

    /// Opens the archives as they are written now; returns what cannot be opened.
    pub(crate) fn open_archives(
        &mut self,
        files: Vec<ArchiveFile>,
        reopen: Reopen,
    ) -> Vec<archway_host::Error> {
        let mut refused = Vec::new();
        let mut open = BTreeMap::new();
        let digests: BTreeMap<String, String> =
            self.host.plugins().into_iter().map(|plugin| (plugin.id, plugin.digest)).collect();
        for file in files {
            let id = file.config.id.clone();
            let before = self.open.remove(&id);
            let digest = digests.get(&file.config.plugin);
            let unchanged = |open: &Open| {
                reopen == Reopen::Changed
                    && open.file.is_same(&file)
                    && digest == Some(&open.digest)
            };
            if let Some(same) = before.as_ref().filter(|open| unchanged(open)) {
                open.insert(id, same.clone());
                continue;
            }
            match self.host.open_archive(file.config.clone()) {
                Ok(archive) => {
                    info!(
                        archive.id = id.as_str(),
                        plugin.id = file.config.plugin,
                        "archive opened"
                    );
                    let digest = digest.cloned().unwrap_or_default();
                    open.insert(id, Open { file, digest, archive });
                }
                Err(error) => {
                    refused.push(error);
                    open.extend(before.filter(|_| digest.is_some()).map(|before| (id, before)));
                }
            }
        }
        for gone in self.open.keys() {
            info!(archive.id = gone.as_str(), "archive closed: it is no longer configured");
        }
        self.open = open;
        let watched = self.open.iter().map(|(id, own)| (id.to_string(), Arc::clone(&own.archive)));
        self.metrics.replace(watched.collect());
        refused
    }

    /// Loads and opens everything as it is on disk now, and logs what stays as it was.
    pub(crate) async fn reload(&mut self, read: Vec<ArchiveRead>, reopen: Reopen) {
        let mut files = Vec::new();
        for ArchiveRead { stem, archive, problems } in read {
            for problem in &problems {
                error!(archive.id = stem, "archive not changed: {problem}");
            }
            let before = stem.parse().ok().and_then(|id: ArchiveId| self.open.get(&id));
            let sound = archive.filter(|_| problems.is_empty());
            files.extend(sound.or_else(|| before.map(|open| open.file.clone())));
        }
        for refused in self.load_plugins().await {
            error!("plugin not changed: {refused}");
        }
        for refused in self.open_archives(files, reopen) {
            error!("archive not changed: {refused}");
        }
    }

    /// What the open archives count; follows which these are.
    pub(crate) fn metrics(&self) -> EgressMetrics {
        self.metrics.clone()
    }

    /// Shows the archives that are open, in the order of the federation.
    pub(crate) fn publish(&self, archives: &Archives) {
        archives.replace(self.list());
    }

    /// The open archives in the order of the federation.
    pub(crate) fn list(&self) -> Vec<Arc<dyn Archive>> {
        let mut list: Vec<&Open> = self.open.values().collect();
        list.sort_by_key(|open| (open.file.order, &open.file.config.id));
        list.into_iter().map(|open| Arc::clone(&open.archive) as Arc<dyn Archive>).collect()
    }
}

/// Asks an archive what it is; the answer is in its `info` from then on.
pub(crate) async fn describe(archive: Arc<dyn Archive>) {
    let id = archive.info().id;
    match archive.describe().await {
        Ok(description) => {
            info!(
                archive.id = id.as_str(),
                collections = description.collections.len(),
                "archive described"
            );
        }
        // Most often it is down or there is no network: it is asked again, and searched meanwhile.
        Err(error) => warn!(archive.id = id.as_str(), "archive not described: {error}"),
    }
}
