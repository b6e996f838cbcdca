//! A gateway as `cargo xtask start` gives it: the whole sample site, its collections and presets,
//! and the lab catalogue.

use std::path::{Path, PathBuf};
use std::time::Duration;

use archway::config::Environment;
use archway::{Config, Running};
use archway_conformance::components;
use serde_json::Value;
use tempfile::TempDir;

use crate::samples::WholeSite;

/// The gateway in this process, and where everything lies.
pub(super) struct Site {
    pub(super) gateway: Running,
    client: reqwest::Client,
    _samples: WholeSite,
    _folder: TempDir,
}

impl Site {
    pub(super) async fn start() -> Self {
        let samples = WholeSite::start().await;
        let folder = tempfile::tempdir().unwrap();
        let below = |name: &str| folder.path().join(name);
        for made in ["archives", "presets", "data"] {
            std::fs::create_dir(below(made)).unwrap();
        }
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
        let committed = committed.canonicalize().unwrap();
        for same in ["collections", "apps"] {
            std::os::unix::fs::symlink(committed.join(same), below(same)).unwrap();
        }
        samples.write_archives(&below("archives"));
        samples.write_presets(&committed.join("presets"), &below("presets"));
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        std::fs::create_dir_all(&compiled).unwrap();
        std::os::unix::fs::symlink(compiled, below("data").join("compiled")).unwrap();
        // Made once on a machine: it takes minutes.
        let environments = cache().join("lab-environments/environments");
        std::fs::create_dir_all(&environments).unwrap();
        std::os::unix::fs::symlink(environments, below("data").join("environments")).unwrap();
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n\
             [egress]\nrequests_per_s = 0.0\n",
            below("data"),
            components::folder(),
        );
        std::fs::write(below("archway.toml"), text).unwrap();
        let config = Config::load(Some(&below("archway.toml")), &Environment::default()).unwrap();
        let gateway = archway::start(config).await.unwrap();
        Self { gateway, client: reqwest::Client::new(), _samples: samples, _folder: folder }
    }

    /// Why no lab can run on this machine.
    pub(super) async fn labs_are_unusable(&self) -> Option<String> {
        let backends = self.get("backends").await;
        backends["backends"][0]["unusable"].as_str().map(str::to_owned)
    }

    /// Ends what runs, and waits for it.
    pub(super) async fn stop_labs(&self) {
        for _ in 0..200 {
            let labs = self.get("labs?running=true").await;
            let labs = labs["labs"].as_array().cloned().unwrap_or_default();
            if labs.is_empty() {
                return;
            }
            for lab in labs {
                let path = format!("labs/{}/stop", lab["id"].as_str().unwrap());
                self.client.post(self.url(&path)).send().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("a lab does not end");
    }

    async fn get(&self, path: &str) -> Value {
        self.client.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    fn url(&self, path: &str) -> url::Url {
        self.gateway.url().join(&format!("api/v1/{path}")).unwrap()
    }
}

/// Where what takes long is kept between runs.
fn cache() -> PathBuf {
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || Path::new(&std::env::var_os("HOME").expect("there is a home")).join(".cache");
    own.unwrap_or_else(home).join("archway")
}
