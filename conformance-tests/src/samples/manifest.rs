//! `manifest.toml`: where every sample comes from, and under which terms.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

/// The manifest, as `refresh.py` wrote it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What was taken from where.
    #[serde(rename = "dataset")]
    pub datasets: Vec<Dataset>,
    /// The tables made of it.
    #[serde(rename = "table")]
    pub tables: Vec<TableEntry>,
    /// The files served as they are.
    #[serde(rename = "file")]
    pub files: Vec<FileEntry>,
    /// The files of the directory trees.
    #[serde(rename = "tree")]
    pub trees: Vec<TreeEntry>,
}

/// One file of one package, and what became of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The name rows and files refer to.
    pub id: String,
    /// For people.
    pub title: String,
    /// Who published the data.
    pub publisher: String,
    /// Python or Debian package that carries the file.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Of the package's archive.
    pub package_sha256: String,
    /// Inside the archive.
    pub path: String,
    /// Of that file.
    pub sha256: String,
    /// Rows taken from it into a table.
    pub rows: usize,
    /// SPDX identifier.
    pub package_licence: String,
    /// Below the samples folder.
    pub licence_file: String,
    /// The data's own licence where its publisher stated one, else `not stated`.
    pub data_licence: String,
    /// The line to print where the data is used.
    pub credit: String,
    /// What was done to it.
    pub processing: String,
    /// When the file was made, where only its label says so.
    pub created: Option<String>,
}

/// A table and its two files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// Schema and name.
    pub name: String,
    /// Gzipped CSV.
    pub rows_file: PathBuf,
    /// JSON.
    pub columns_file: PathBuf,
    /// Its length.
    pub rows: usize,
    /// Of the rows file.
    pub sha256: String,
    /// The file the rows are from, below `/files/`, if it is served.
    pub file: Option<String>,
}

/// A file served as it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Below `/files/`.
    pub path: String,
    /// The data set it belongs to.
    pub dataset: String,
    /// Media type.
    pub content_type: String,
    /// Its length.
    pub size_bytes: u64,
    /// Of its bytes; the entity tag.
    pub sha256: String,
}

/// A file of a directory tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeEntry {
    /// Below `/trees/` and below the root of FTP.
    pub path: String,
    /// The data set it is made of; empty for a list of checksums.
    pub dataset: String,
    /// Media type of what is in it, unpacked.
    pub content_type: String,
    /// Its length, as it is stored.
    pub size_bytes: u64,
    /// Of its bytes as they are stored.
    pub sha256: String,
    /// When it last changed, as its package says.
    pub modified_unix_s: u64,
}

impl Manifest {
    /// Reads the manifest of the samples folder `data`.
    ///
    /// # Errors
    ///
    /// If it is missing or not as `refresh.py` writes it.
    pub fn read(data: &Path) -> anyhow::Result<Self> {
        let file = data.join("manifest.toml");
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is wrong", file.display()))
    }
}
