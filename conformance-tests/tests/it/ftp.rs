//! The plugin `ftp` as built, in its sandbox, against servers that nobody here wrote and against
//! one of ours that misbehaves.
//!
//! *Calls* `ftp/daemons.rs` (vsftpd, Pure-FTPd), `ftp/unftp.rs` (libunftp), `ftp/hostile.rs`.
//! *Rules*: without the daemons such a test fails; only `ARCHWAY_TEST_FTP=skip` skips it, visibly.
//! Every server is started and ended by its test.

pub(crate) mod daemons;
mod hostile;
mod misbehaviour;
mod peers;
mod unftp;

use std::path::Path;
use std::sync::Arc;

use archway_conformance::components;
use archway_core::Error;
use archway_core::access::{Route, Way};
use archway_core::archive::{Archive as _, Fetch, Part};
use archway_core::asset::Asset;
use archway_core::search::Search;
use archway_host::credentials::Slot;
use archway_host::egress::Network;
use archway_host::grants::Granted;
use archway_host::{
    ArchiveConfig, Event, HostConfig, LimitsTable, Observer, PluginArchive, PluginHost, TrustFile,
};

/// An archive of the built plugin.
struct Ftp {
    archive: Arc<PluginArchive>,
    _host: PluginHost,
}

/// How an archive is set up.
#[derive(Default)]
struct Setup {
    /// `ftp://127.0.0.1:2121/pub/`
    url: String,
    /// More settings, as TOML.
    settings: String,
    limits: String,
    /// A certificate in PEM.
    trust: Option<String>,
    slots: Vec<Slot>,
    /// Lines of the plugin's log go here.
    log: Option<Arc<std::sync::Mutex<Vec<String>>>>,
}

/// Every file is an asset of one collection.
const RULES: &str = r#"
title = "Files"
cache_s = 0
[collections.files]
title = "Files"
[[rules]]
path = "**/{name}"
collection = "files"
title = "{name}"
"#;

impl Setup {
    fn of(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    async fn open(self) -> Ftp {
        let mut config = HostConfig::new(Arc::new(Network::new(Vec::new(), Vec::new())));
        config.compiled_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
        config.instances = 8;
        let host = PluginHost::new(config).unwrap();
        {
            // Compiled by the first test alone; the others find the compiled form.
            static COMPILING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
            let _turn = COMPILING.lock().await;
            host.load(&components::path("ftp")).await.unwrap();
        }
        let mut config = ArchiveConfig::new("files".parse().unwrap(), "ftp");
        let text = format!("{}\n{RULES}", self.settings);
        config.settings = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        config.settings.insert("url".to_owned(), self.url.clone().into());
        let authority = self.url.split('/').nth(2).unwrap().to_owned();
        config.grants = Granted { tcp: vec![authority], ..Granted::default() };
        config.limits =
            self.limits.parse::<toml::Table>().unwrap().try_into::<LimitsTable>().unwrap();
        config.credentials = self.slots;
        config.egress.requests_per_s = 0.0;
        config.trust =
            self.trust.map(|pem| TrustFile { file: "authority.pem".into(), pem: Ok(pem.into()) });
        config.observer = self.log.map(|log| {
            let seen = move |event| {
                if let Event::Log { message, fields, .. } = event {
                    log.lock().unwrap().push(format!("{message} {fields:?}"));
                }
            };
            Arc::new(Observer::new(false, seen))
        });
        Ftp { archive: host.open_archive(config).unwrap(), _host: host }
    }
}

impl Ftp {
    /// Everything there is, by path.
    async fn everything(&self) -> Result<Vec<Asset>, Error> {
        let mut answer = self.archive.search(&Search::default()).await?;
        let mut found = Vec::new();
        while let Some(batch) = answer.assets.next(100).await? {
            found.extend(batch.assets);
        }
        found.sort_by(|a, b| a.id.native.cmp(&b.id.native));
        Ok(found)
    }

    async fn paths(&self) -> Result<Vec<String>, Error> {
        Ok(self.everything().await?.into_iter().map(|asset| asset.id.native).collect())
    }

    /// The way to a path below the archive's root, as `access` gives it.
    async fn way(&self, path: &str) -> Result<Way, Error> {
        let mut ways = self.archive.access(path, None).await?;
        assert_eq!(ways.len(), 1, "{ways:?}");
        Ok(ways.remove(0))
    }

    /// The bytes of a path from `first` on, and what the archive said of the whole.
    async fn bytes(&self, path: &str, first: u64) -> Result<(Vec<u8>, Option<u64>), Error> {
        let way = self.way(path).await?;
        self.bytes_of(way, first).await
    }

    async fn bytes_of(&self, way: Way, first: u64) -> Result<(Vec<u8>, Option<u64>), Error> {
        assert!(matches!(way.route, Route::Ftp(_)), "{way:?}");
        let part = Some(Part { first, last: None });
        let fetched = self.archive.fetch(&Fetch { way, parameters: Vec::new(), part }).await?;
        assert_eq!(fetched.offset, first);
        let mut content = fetched.content;
        let mut bytes = Vec::new();
        loop {
            let piece = content.reader.read(256 * 1024).await?;
            if piece.is_empty() {
                return Ok((bytes, content.total_bytes));
            }
            bytes.extend_from_slice(&piece);
        }
    }
}

/// Bytes that show where they lie.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at % 251) as u8).collect()
}
