//! A gateway of a test: in this process, on a free port, over archives that the test writes down.
//!
//! *Called by* `hostile.rs` and `federation.rs`. *Rules*: each has its own folders; only what
//! was compiled from the plugin is shared, as compiling takes longer than most tests.

mod archives;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use archway::config::Environment;
use archway::{Config, Running};
use archway_conformance::components;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) use archives::{ArchiveFile, ROWS, obscore, well};

/// Longest that a changed file may take to show, a compiled plugin included.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running gateway with its folders.
pub(crate) struct Gateway {
    running: Running,
    /// Holds `archway.toml`, `archives/`, `plugins/` and `data/`.
    folder: TempDir,
    client: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) took: Duration,
}

impl Gateway {
    pub(crate) async fn start(archives: &[ArchiveFile]) -> Self {
        Self::with(&["vo-tap"], |folder| archives.iter().for_each(|own| own.write(folder))).await
    }

    /// With these plugins, over the archives that `write` puts into a folder.
    pub(crate) async fn with(plugins: &[&str], write: impl FnOnce(&Path)) -> Self {
        // The client's TLS, which is not used; a second test in this process finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        for made in ["archives", "plugins", "data"] {
            std::fs::create_dir(folder.path().join(made)).unwrap();
        }
        for plugin in plugins {
            let to = folder.path().join(format!("plugins/{plugin}.wasm"));
            std::fs::copy(components::path(plugin), to).unwrap();
        }
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        std::fs::create_dir_all(&compiled).unwrap();
        std::os::unix::fs::symlink(compiled, folder.path().join("data/compiled")).unwrap();
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n",
            folder.path().join("data"),
            folder.path().join("plugins"),
        );
        std::fs::write(folder.path().join("archway.toml"), text).unwrap();
        write(&folder.path().join("archives"));
        let running = run(folder.path()).await;
        Self { running, folder, client: reqwest::Client::new() }
    }

    /// Ends, and starts again over the same folders.
    pub(crate) async fn restarted(self) -> Self {
        let Self { running, folder, client } = self;
        running.shutdown().await;
        let running = run(folder.path()).await;
        Self { running, folder, client }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts an archive's file into the folder that the gateway watches.
    pub(crate) fn write(&self, archive: &ArchiveFile) {
        archive.write(&self.path("archives"));
    }

    /// `http://127.0.0.1:PORT/`.
    pub(crate) fn url(&self) -> &url::Url {
        self.running.url()
    }

    pub(crate) fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(self.running.url().join(path).unwrap())
    }

    pub(crate) async fn ask(&self, path: &str) -> Answer {
        let begun = Instant::now();
        let response = self.request(path).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, text, took: begun.elapsed() }
    }

    /// A search by its parameters; the values are encoded here.
    pub(crate) async fn search(&self, parameters: &[(&str, &str)]) -> Answer {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.ask(&format!("api/v1/search?{query}")).await
    }

    /// Waits until the list of archives is as `wanted`.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&[Value]) -> bool) {
        let seen = async {
            while !wanted(self.ask("api/v1/archives").await.json()["archives"].as_array().unwrap())
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("never seen: {what}"));
    }
}

async fn run(folder: &Path) -> Running {
    let config = Config::load(Some(&folder.join("archway.toml")), &Environment::default()).unwrap();
    archway::start(config).await.unwrap()
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let found = serde_json::from_str(&self.text);
        found.unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text))
    }

    /// Ids of the assets, in their order.
    pub(crate) fn ids(&self) -> Vec<String> {
        let page = self.json();
        let assets = page["assets"].as_array().unwrap_or_else(|| panic!("{}", self.text));
        assets.iter().map(|asset| asset["id"].as_str().unwrap().to_owned()).collect()
    }

    /// How many of them an archive gave.
    pub(crate) fn given_by(&self, archive: &str) -> usize {
        let prefix = format!("{archive}/");
        self.ids().iter().filter(|id| id.starts_with(&prefix)).count()
    }

    /// Status and reason of an archive's row; the reason is empty if it has none.
    pub(crate) fn row(&self, archive: &str) -> (String, String) {
        let page = self.json();
        let rows = page["sources"].as_array().unwrap_or_else(|| panic!("{}", self.text));
        let row = rows.iter().find(|row| row["id"] == archive);
        let row = row.unwrap_or_else(|| panic!("no row of {archive}: {}", page["sources"]));
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (text("status"), text("reason"))
    }

    pub(crate) fn next(&self) -> Option<String> {
        self.json()["next"].as_str().map(str::to_owned)
    }
}
