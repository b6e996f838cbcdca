//! `[volumes]`: how data volumes are staged, and where their bytes lie.

use archway_core::volumes::VolumesConfig;
use serde::{Deserialize, Serialize};

use super::env::Environment;
use super::report::Report;
use super::secret::{Secret, secret};

/// How data volumes are staged, and where their bytes lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Volumes {
    /// As the core wants it; its quota is filled in from `[quota]`.
    pub staging: VolumesConfig,
    /// Plugins that a user may make a source from.
    pub plugins: Vec<String>,
    /// Instead of the data folder.
    pub s3: Option<S3>,
}

/// A bucket of an S3-compatible store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of S3")]
pub struct S3 {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub key_id: Secret,
    pub secret: Secret,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct VolumesTable {
    staged_at_once: u32,
    files_at_once: u32,
    max_files: u32,
    plugins: Vec<String>,
    s3: Option<S3Table>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct S3Table {
    endpoint: String,
    bucket: String,
    #[serde(default = "nowhere")]
    region: String,
    key_id: toml::Value,
    secret: toml::Value,
}

fn nowhere() -> String {
    "us-east-1".to_owned()
}

impl Default for VolumesTable {
    fn default() -> Self {
        Self {
            staged_at_once: 4,
            files_at_once: 8,
            max_files: 1_000_000,
            plugins: ["ftp", "vospace", "http-tree"].map(str::to_owned).to_vec(),
            s3: None,
        }
    }
}

impl VolumesTable {
    pub(super) fn check(&self, environment: &Environment, report: &mut Report<'_>) -> Volumes {
        let staged_at_once = report.within("staged_at_once", self.staged_at_once, 1..=64);
        let files_at_once = report.within("files_at_once", self.files_at_once, 1..=64);
        let most_files = report.within("max_files", self.max_files, 1..=10_000_000);
        let staging = VolumesConfig {
            staged_at_once: staged_at_once as usize,
            files_at_once: files_at_once as usize,
            most_files: most_files.into(),
            ..VolumesConfig::default()
        };
        let s3 = self.s3.as_ref().and_then(|s3| {
            let mut report = report.below("s3");
            let mut part = |key: &str, written: &toml::Value| {
                secret(written, environment).map_err(|reason| report.wrong(key, reason)).ok()
            };
            let (key_id, secret) = (part("key_id", &s3.key_id), part("secret", &s3.secret));
            if !s3.endpoint.starts_with("http://") && !s3.endpoint.starts_with("https://") {
                let found = &s3.endpoint;
                let words = format!("`{found}` is not a URL, as in \"https://s3.example.org\"");
                report.wrong("endpoint", words);
            }
            Some(S3 {
                endpoint: s3.endpoint.clone(),
                bucket: s3.bucket.clone(),
                region: s3.region.clone(),
                key_id: key_id?,
                secret: secret?,
            })
        });
        Volumes { staging, plugins: self.plugins.clone(), s3 }
    }
}
