//! What the host and an archive are made from: plain values, filled by the configuration.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use archway_core::asset::ArchiveId;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::credentials::Slot;
use crate::egress::{self, Network};
use crate::grants::Granted;
use crate::limits::{Limits, LimitsTable};
use crate::observer::Observer;

/// How plugins are run in this process.
#[derive(Debug)]
pub struct HostConfig {
    /// Names, TLS roots, and the gateway's own addresses, which nothing reaches.
    pub network: Arc<Network>,
    /// Where compiled components are kept; made if missing, readable by its owner alone.
    /// Without it every start compiles.
    pub compiled_dir: Option<PathBuf>,
    /// A web page or mail address, shown to archives.
    pub contact: String,
    /// The limits of a call where an archive says nothing else.
    pub limits: Limits,
    /// Instances alive at once, over all archives. Each reserves address space, not memory.
    pub instances: u32,
}

impl HostConfig {
    /// The defaults.
    pub fn new(network: Arc<Network>) -> Self {
        Self {
            network,
            compiled_dir: None,
            contact: "an Archway gateway".to_owned(),
            limits: Limits::default(),
            instances: 128,
        }
    }
}

/// An archive: a plugin, its settings, and what it may reach.
#[derive(Clone)]
pub struct ArchiveConfig {
    /// The operator's name for it: the stem of its TOML file.
    pub id: ArchiveId,
    /// The operator's title for it.
    pub title: String,
    /// The plugin's id.
    pub plugin: String,
    /// `settings` of its TOML.
    pub settings: toml::Table,
    /// `grants` of its TOML.
    pub grants: Granted,
    /// `credentials` of its TOML, with their secrets.
    pub credentials: Vec<Slot>,
    /// `limits` of its TOML.
    pub limits: LimitsTable,
    /// Certificate authorities that it trusts besides the system's.
    pub trust: Option<TrustFile>,
    /// How much and how fast it is asked.
    pub egress: egress::Limits,
    /// Archives that hold copies of the same files.
    pub mirrors: Vec<ArchiveId>,
    /// Whether it serves samples of real data from this machine.
    pub sample: bool,
    /// Whether nobody here has tried it against the real archive.
    pub untried: bool,
    /// The class of callers this is for; caches of different classes never mix.
    pub caller: String,
    /// Sees what goes on.
    pub observer: Option<Arc<Observer>>,
}

impl ArchiveConfig {
    /// The defaults: nothing set, nothing granted.
    pub fn new(id: ArchiveId, plugin: impl Into<String>) -> Self {
        Self {
            title: id.to_string(),
            id,
            plugin: plugin.into(),
            settings: toml::Table::new(),
            grants: Granted::default(),
            credentials: Vec::new(),
            limits: LimitsTable::default(),
            trust: None,
            egress: egress::Limits::default(),
            mirrors: Vec::new(),
            sample: false,
            untried: false,
            caller: String::new(),
            observer: None,
        }
    }
}

impl fmt::Debug for ArchiveConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveConfig")
            .field("id", &self.id)
            .field("plugin", &self.plugin)
            .field("settings", &self.settings)
            .field("grants", &self.grants)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// A file of certificate authorities that one archive trusts besides the system's, as it was
/// when it was read: one or more certificates in PEM (RFC 7468).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFile {
    /// Where it is.
    pub file: PathBuf,
    /// What is in it, or why it cannot be read.
    pub pem: Result<Vec<u8>, String>,
}

impl TrustFile {
    /// Reads `file` now.
    pub fn read(file: PathBuf) -> Self {
        let pem = std::fs::read(&file).map_err(|error| error.to_string());
        Self { file, pem }
    }

    /// The certificates.
    ///
    /// # Errors
    ///
    /// Why there are none, for the operator; names the file.
    pub fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let file = self.file.display();
        let pem = self.pem.as_ref().map_err(|error| format!("{file}: {error}"))?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{file} is no PEM: {error}"))?;
        if certificates.is_empty() {
            return Err(format!("{file} has no certificate (-----BEGIN CERTIFICATE-----)"));
        }
        let mut store = RootCertStore::empty();
        for (at, certificate) in certificates.iter().enumerate() {
            store
                .add(certificate.clone())
                .map_err(|error| format!("certificate {} of {file}: {error}", at + 1))?;
        }
        Ok(certificates)
    }
}
