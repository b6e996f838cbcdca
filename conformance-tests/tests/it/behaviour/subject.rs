//! What is tested: each archive of the sample site, with the plugin that its file names.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use archway::Config;
use archway::config::Environment;
use archway_conformance::components;
use archway_conformance::samples::trees::ftp::{self, FtpSite};
use archway_conformance::samples::{self, SampleSite};
use archway_host::egress::Network;
use archway_host::{ArchiveConfig, HostConfig, PluginArchive, PluginHost};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Every archive of the sample site, and the host that runs their plugins.
pub(super) struct Stage {
    pub(super) host: PluginHost,
    pub(super) subjects: Vec<Subject>,
    site: SampleSite,
    files: FtpSite,
    _folder: TempDir,
}

/// One archive.
pub(super) struct Subject {
    pub(super) config: ArchiveConfig,
    pub(super) archive: Arc<PluginArchive>,
}

/// What the files of the sample archives call the three servers of the site.
const ADDRESSES: [&str; 3] = ["127.0.0.1:8471", "127.0.0.1:8472", "127.0.0.1:8473"];

impl Stage {
    /// The sample site on ports of its own, and its archives opened as the gateway opens them.
    pub(super) async fn set() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listen = || TcpListener::bind("127.0.0.1:0");
        let data = samples::committed_data();
        let files = ftp::serve(listen().await.unwrap(), listen().await.unwrap(), &data).unwrap();
        let site = samples::serve(listen().await.unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let archives = folder.path().join("archives");
        std::fs::create_dir(&archives).unwrap();
        std::fs::write(archives.join("samples-ca.pem"), &files.authority).unwrap();
        let at = [site.address, files.ftp, files.ftps];
        for (name, text) in sample_archives() {
            let moved = ADDRESSES
                .iter()
                .zip(at)
                .fold(text, |text, (written, address)| text.replace(written, &address.to_string()));
            std::fs::write(archives.join(name), moved).unwrap();
        }
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
        Self { host, subjects, site, files, _folder: folder }
    }

    /// Where the servers of the site listen.
    pub(super) fn addresses(&self) -> [SocketAddr; 3] {
        [self.site.address, self.files.ftp, self.files.ftps]
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

/// Names and texts of the files that `config/archives` has for the sample site.
fn sample_archives() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/archives");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let samples = entries.filter_map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_sample = name.starts_with("samples-") && name.ends_with(".toml");
        is_sample.then(|| (name, std::fs::read_to_string(&path).unwrap()))
    });
    samples.collect()
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
