//! A plugin: a component that was looked at, compiled and bound to what it may import.
//!
//! Called by `lib.rs`. Order: size and kind of the file, its manifest, the compiler, its
//! imports, its exports. Everything that can be refused is refused here, before any archive.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use archway_core::archive::Operation;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;
use wasmparser::{Encoding, Parser, Payload};

use crate::abi;
use crate::engine::{Engine, MOST_COMPONENT_MIB};
use crate::error::Error;
use crate::grants::Requests;
use crate::imports;
use crate::manifest::{Manifest, Setting};

/// The custom section that `archway_plugin::export!` writes.
const MANIFEST_SECTION: &str = "archway:plugin";

/// What people are told of a plugin.
#[derive(Clone, Debug)]
pub struct PluginInfo {
    /// Its id.
    pub id: String,
    /// Its own version.
    pub version: String,
    /// The contract it says it is built for.
    pub wit: String,
    /// One line for people.
    pub title: Option<String>,
    /// What it offers, besides `describe`.
    pub operations: Vec<Operation>,
    /// The hosts it asks for; may name settings.
    pub requests: Requests,
    /// What it can be set to.
    pub settings: Vec<Setting>,
    /// SHA-256 of the component, hexadecimal.
    pub digest: String,
    /// Of the component.
    pub size_bytes: u64,
    /// The file.
    pub path: PathBuf,
    /// What it imports.
    pub imports: Vec<String>,
}

/// A plugin that is ready to be called.
#[derive(Debug)]
pub(crate) struct Plugin {
    info: PluginInfo,
    manifest: Manifest,
    pre: abi::Pre,
    engine: Arc<Engine>,
}

impl Plugin {
    pub(crate) async fn load(engine: &Arc<Engine>, path: &Path) -> Result<Self, Error> {
        let bytes = read(path).await?;
        // A component of another world has no manifest of ours; that it is of another world is
        // the better answer.
        let manifest = match manifest(path, &bytes) {
            missing @ Err(Error::NoManifest { .. }) => missing,
            found => Ok(found?),
        };
        let size_bytes = bytes.len() as u64;
        let digest = hex(&Sha256::digest(&bytes));
        let component = engine.component(path, bytes).await?;
        abi::supported(engine.wasm(), &component, path)?;
        let imports = imports::check(engine.wasm(), &component)
            .map_err(|missing| Error::Imports { path: path.to_owned(), missing })?;
        let manifest = manifest?;
        let pre = abi::Pre::new(engine.wasm(), &component, path)?;
        let info = PluginInfo {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            wit: manifest.wit.clone(),
            title: manifest.title.clone(),
            operations: manifest.operations.clone(),
            requests: manifest.requests.clone(),
            settings: manifest.settings.clone(),
            digest,
            size_bytes,
            path: path.to_owned(),
            imports,
        };
        Ok(Self { info, manifest, pre, engine: Arc::clone(engine) })
    }

    pub(crate) fn info(&self) -> &PluginInfo {
        &self.info
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn pre(&self) -> &abi::Pre {
        &self.pre
    }

    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        self.engine.wasm()
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn read(path: &Path) -> Result<Arc<[u8]>, Error> {
    let most = MOST_COMPONENT_MIB * 1024 * 1024;
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let size = file.metadata().await.map_err(failed)?.len();
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file which grows meanwhile is found out.
    let read = file.take(most + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    if read as u64 > most {
        let size_mib = size.div_ceil(1024 * 1024);
        return Err(Error::TooLarge {
            path: path.to_owned(),
            size_mib,
            most_mib: MOST_COMPONENT_MIB,
        });
    }
    Ok(bytes.into())
}

/// The manifest inside the component, or the one beside it.
fn manifest(path: &Path, bytes: &[u8]) -> Result<Manifest, Error> {
    let inside = section(path, bytes)?;
    let beside = std::fs::read_to_string(path.with_file_name("plugin.toml")).ok();
    let text = match (inside, beside) {
        // Only a file that speaks of this component can contradict it: a folder of several
        // components has no `plugin.toml` of its own.
        (Some(inside), Some(beside))
            if same_plugin(&inside, &beside) && inside.trim() != beside.trim() =>
        {
            return Err(Error::ManifestsDiffer { path: path.to_owned() });
        }
        (Some(inside), _) => inside,
        (None, Some(beside)) => beside,
        (None, None) => return Err(Error::NoManifest { path: path.to_owned() }),
    };
    Manifest::parse(&text).map_err(|problems| Error::Manifest { path: path.to_owned(), problems })
}

/// Whether two manifests speak of the same plugin.
fn same_plugin(one: &str, other: &str) -> bool {
    let id = |text: &str| {
        let table: toml::Table = text.parse().ok()?;
        Some(table.get("plugin")?.get("id")?.as_str()?.to_owned())
    };
    id(one) == id(other)
}

/// Reads the custom section, which lies in the module within the component, and sees on the
/// way whether this is a component at all.
fn section(path: &Path, bytes: &[u8]) -> Result<Option<String>, Error> {
    let not_a_component = |found| Error::NotAComponent { path: path.to_owned(), found };
    if !bytes.starts_with(b"\0asm") {
        return Err(not_a_component("no WebAssembly"));
    }
    let compile = |reason: String| Error::Compile { path: path.to_owned(), reason };
    let mut outermost = true;
    let mut found: Option<Vec<u8>> = None;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|problem| compile(problem.to_string()))? {
            Payload::Version { encoding, .. } if outermost => {
                outermost = false;
                if encoding == Encoding::Module {
                    return Err(not_a_component("a core module"));
                }
            }
            Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                if found.as_deref().is_some_and(|other| other != section.data()) {
                    return Err(Error::ManifestsDiffer { path: path.to_owned() });
                }
                found = Some(section.data().to_vec());
            }
            _ => {}
        }
    }
    found
        .map(|bytes| {
            String::from_utf8(bytes).map_err(|_| compile("its manifest is not UTF-8".to_owned()))
        })
        .transpose()
}
