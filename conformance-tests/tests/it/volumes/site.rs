//! A gateway in a process of its own over the whole sample site, with presets and collections.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use archway_conformance::components;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::cli::serve;
use crate::samples::WholeSite;

const PLUGINS: [&str; 6] = ["vo-tap", "http-tree", "ftp", "gnss-igs", "vospace", "decode"];
/// Longest that the small volumes here may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// The gateway, and where everything lies.
pub(super) struct Site {
    pub(super) samples: WholeSite,
    folder: TempDir,
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Site {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// `change` may write more archives and presets into the folder.
    pub(super) async fn with(change: impl FnOnce(&Path)) -> Self {
        let samples = WholeSite::start().await;
        let folder = tempfile::tempdir().unwrap();
        let below = |name: &str| folder.path().join(name);
        for made in ["archives", "presets", "collections", "plugins", "data"] {
            std::fs::create_dir(below(made)).unwrap();
        }
        for id in PLUGINS {
            std::fs::copy(components::path(id), below("plugins").join(format!("{id}.wasm")))
                .unwrap();
        }
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        std::fs::create_dir_all(&compiled).unwrap();
        std::os::unix::fs::symlink(compiled, below("data").join("compiled")).unwrap();
        samples.write_archives(&below("archives"));
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/collections");
        for file in std::fs::read_dir(committed).unwrap() {
            let file = file.unwrap().path();
            std::fs::copy(&file, below("collections").join(file.file_name().unwrap())).unwrap();
        }
        presets(&below("presets"), &samples);
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n",
            below("data"),
            below("plugins"),
        );
        std::fs::write(below("archway.toml"), text).unwrap();
        change(folder.path());
        let (process, url) = serve(&below("archway.toml"));
        Self { samples, folder, process, url, client: reqwest::Client::new() }
    }

    /// Ends the gateway as a loss of power would, and starts another over the same folders.
    pub(super) fn kill_and_start(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        (self.process, self.url) = serve(&self.folder.path().join("archway.toml"));
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let url = format!("{}api/v1/{path}", self.url);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Status and body.
    pub(super) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}api/v1/{path}", self.url);
        let response = self.client.post(url).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    pub(super) async fn delete(&self, volume: &Value) {
        let url = format!("{}api/v1/volumes/{}", self.url, volume["id"].as_str().unwrap());
        let response = self.client.delete(url).send().await.unwrap();
        assert!(response.status().is_success(), "{response:?}");
    }

    /// Asks for a volume, which is then on its way.
    pub(super) async fn begun(&self, body: Value) -> Value {
        let (status, volume) = self.post("volumes", &body).await;
        assert!(matches!(status, 200..=299), "{status}: {volume:#}");
        volume
    }

    /// Asks for a volume, and waits until it is finished.
    pub(super) async fn made(&self, body: Value) -> Value {
        let volume = self.begun(body).await;
        self.finished(&volume).await
    }

    pub(super) async fn finished(&self, volume: &Value) -> Value {
        let path = format!("volumes/{}", volume["id"].as_str().unwrap());
        let wait = async {
            loop {
                let volume = self.get(&path).await;
                if !matches!(volume["state"].as_str(), Some("listing" | "staging")) {
                    return volume;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("the volume is finished in time")
    }

    /// The folder of a volume; whether it is there.
    pub(super) fn folder_of(&self, volume: &Value) -> PathBuf {
        self.data().join("volumes").join(volume["id"].as_str().unwrap())
    }

    /// Compares what lies in the folder with what is said of it; returns `provenance.json`.
    pub(super) fn check_files(&self, volume: &Value) -> Value {
        let folder = self.folder_of(volume);
        let text = std::fs::read(folder.join("provenance.json")).unwrap();
        let provenance: Value = serde_json::from_slice(&text).unwrap();
        let files = provenance["files"].as_array().unwrap();
        let mut bytes = 0;
        for file in files {
            let content = std::fs::read(folder.join(file["path"].as_str().unwrap())).unwrap();
            let found = Sha256::digest(&content);
            let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(file["sha256"], found, "{file:#}");
            if file["verifiedAgainst"]["algorithm"] == "sha-256" {
                assert_eq!(file["verifiedAgainst"]["hex"], found, "{file:#}");
            }
            bytes += content.len();
        }
        assert_eq!(count(&folder), files.len() + 2, "and README.txt and provenance.json");
        assert_eq!(volume["progress"]["files"], files.len());
        assert_eq!(volume["progress"]["bytes"], bytes);
        provenance
    }

    /// How many different contents are kept.
    pub(super) fn blobs(&self) -> usize {
        count(&self.data().join("blobs"))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Files in a folder and those in it.
fn count(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let entries = entries.map(|entry| entry.unwrap());
    entries.map(|own| if own.file_type().unwrap().is_dir() { count(&own.path()) } else { 1 }).sum()
}

/// What an operator offers: an FTP tree, an HTTP tree, a VOSpace subtree.
fn presets(folder: &Path, samples: &WholeSite) {
    let [web, ftp, _] = samples.addresses();
    let write = |id: &str, plugin: &str, settings: &str, grants: &str| {
        let text = format!(
            "[archive]\nid = \"{id}\"\ntitle = \"Preset {id}\"\nplugin = \"{plugin}\"\n\
             [settings]\n{settings}\n[grants]\n{grants}\n[rate]\nrequests_per_s = 0.0\n"
        );
        std::fs::write(folder.join(format!("{id}.toml")), text).unwrap();
    };
    write(
        "mirror",
        "ftp",
        &format!("url = \"ftp://{ftp}/gnss-mirror/\"\nlicence = \"BSD-2-Clause\""),
        &format!("tcp = [\"{ftp}\"]"),
    );
    write(
        "gnss-http",
        "http-tree",
        &format!("base_url = \"http://{web}/trees/gnss/\""),
        &format!("http = [\"{web}\"]"),
    );
    write(
        "planets",
        "vospace",
        &format!("base_url = \"http://{web}/vospace\"\nhosts = [\"{web}\"]\nroot = \"/planetary\""),
        &format!("http = [\"{web}\"]"),
    );
}
