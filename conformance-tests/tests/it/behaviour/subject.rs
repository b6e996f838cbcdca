//! What is tested: each archive of the sample site, with the plugin that its file names.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use archway::Config;
use archway::config::Environment;
use archway_conformance::components;
use archway_host::egress::Network;
use archway_host::{ArchiveConfig, HostConfig, PluginArchive, PluginHost};
use tempfile::TempDir;

use crate::samples::WholeSite;

/// Every archive of the sample site, and the host that runs their plugins.
pub(super) struct Stage {
    pub(super) host: PluginHost,
    pub(super) subjects: Vec<Subject>,
    site: WholeSite,
    _folder: TempDir,
}

/// One archive.
pub(super) struct Subject {
    pub(super) config: ArchiveConfig,
    pub(super) archive: Arc<PluginArchive>,
}

impl Stage {
    /// The sample site on ports of its own, and its archives opened as the gateway opens them.
    pub(super) async fn set() -> Self {
        let site = WholeSite::start().await;
        let folder = tempfile::tempdir().unwrap();
        let archives = folder.path().join("archives");
        std::fs::create_dir(&archives).unwrap();
        site.write_archives(&archives);
        let file = folder.path().join("archway.toml");
        std::fs::write(&file, "").unwrap();
        let config = Config::load(Some(&file), &Environment::default())
            .unwrap_or_else(|invalid| panic!("{invalid}"));
        let host = host();
        for plugin in plugins() {
            host.load(&components::path(&plugin)).await.unwrap();
        }
        let open = |config: ArchiveConfig| Subject {
            archive: host.open_archive(config.clone()).unwrap(),
            config,
        };
        let subjects = config.archives.into_iter().map(|file| open(polite(file.config))).collect();
        Self { host, subjects, site, _folder: folder }
    }

    /// Where the servers of the site listen.
    pub(super) fn addresses(&self) -> [SocketAddr; 3] {
        self.site.addresses()
    }

    /// The first archive of each plugin.
    pub(super) fn one_a_plugin(&self) -> Vec<&Subject> {
        let mut seen = Vec::new();
        self.subjects
            .iter()
            .filter(|subject| {
                let plugin = &subject.config.plugin;
                let first = !seen.contains(plugin);
                seen.push(plugin.clone());
                first
            })
            .collect()
    }
}

/// On loopback nobody has to be considerate.
fn polite(mut config: ArchiveConfig) -> ArchiveConfig {
    config.egress.requests_per_s = 0.0;
    config
}

pub(super) fn host() -> PluginHost {
    let mut config = HostConfig::new(Arc::new(Network::new(Vec::new(), Vec::new())));
    config.compiled_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
    config.instances = 16;
    PluginHost::new(config).unwrap()
}

/// The ids of the plugins in this workspace.
pub(super) fn plugins() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let manifests = std::fs::read_dir(folder).unwrap().filter_map(|entry| {
        std::fs::read_to_string(entry.unwrap().path().join("plugin.toml")).ok()
    });
    let id = |text: String| {
        let table: toml::Table = text.parse().unwrap();
        table["plugin"]["id"].as_str().unwrap().to_owned()
    };
    let mut ids: Vec<_> = manifests.map(id).collect();
    ids.sort();
    ids
}
