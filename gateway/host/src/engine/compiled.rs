//! Compiled components on disk.
//!
//! Loading native code runs it, so a file counts only if this gateway wrote it: beside each
//! lies an HMAC-SHA256 under a key that only the gateway's user can read. The name is the digest
//! of the component and of everything that decides how it is compiled, so a stale file is never
//! found. Whatever goes wrong with a file costs a compilation and a line in the log.

use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::error::Error;

type Seal = Hmac<Sha256>;

const KEY_BYTES: usize = 32;

/// The folder of compiled components.
pub(super) struct Compiled {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    /// Version and settings of the engine.
    engine: u64,
}

impl Compiled {
    pub(super) fn open(folder: PathBuf, engine: &Engine) -> Result<Self, Error> {
        let failed = |path: &Path, source| Error::CompiledFolder { path: path.to_owned(), source };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|problem| failed(&folder, problem))?;
        let path = folder.join("key");
        let key = key(&path).map_err(|problem| failed(&path, problem))?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { folder, key, engine: hasher.finish() })
    }

    /// The component compiled from `bytes`, if it was kept and not touched since.
    pub(super) fn find(&self, engine: &Engine, bytes: &[u8]) -> Option<Component> {
        let path = self.path(bytes);
        let code = fs::read(&path).ok()?;
        let sealed = fs::read(path.with_extension("hmac")).unwrap_or_default();
        if self.seal(&path, &code).verify_slice(&sealed).is_err() {
            tracing::warn!(path = %path.display(), "not written by this gateway; compiling again");
            return None;
        }
        #[expect(unsafe_code, reason = "the HMAC says that this gateway compiled it")]
        // SAFETY: the bytes are `Component::serialize`'s of this very version and configuration
        // (both in the name, which is under the seal), unchanged.
        let component = unsafe { Component::deserialize(engine, &code) };
        component
            .map_err(|problem| {
                tracing::warn!(path = %path.display(), %problem, "does not load; compiling again");
            })
            .ok()
    }

    /// Keeps `component`, compiled from `bytes`.
    pub(super) fn keep(&self, component: &Component, bytes: &[u8]) {
        let path = self.path(bytes);
        let kept = component.serialize().map_err(io::Error::other).and_then(|code| {
            let sealed = self.seal(&path, &code).finalize().into_bytes();
            // The seal first: code without one is never loaded, a seal without code harms nobody.
            write(&path.with_extension("hmac"), &sealed)?;
            write(&path, &code)
        });
        if let Err(problem) = kept {
            tracing::warn!(path = %path.display(), %problem, "a compiled component is not kept");
        }
    }

    fn path(&self, bytes: &[u8]) -> PathBuf {
        let digest = super::super::plugin::hex(&Sha256::digest(bytes));
        self.folder.join(format!("{digest}-{:016x}.cwasm", self.engine))
    }

    /// Over the name too, so that no file can stand in for another.
    fn seal(&self, path: &Path, code: &[u8]) -> Seal {
        let mut seal = Seal::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        let name = path.file_name().unwrap_or_default();
        seal.update(name.as_encoded_bytes());
        seal.update(&[0]);
        seal.update(code);
        seal
    }
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Reads the key, or makes one. A key that others can read is replaced, which makes every file
/// written under it worthless.
fn key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if let Ok(mut file) = fs::File::open(path) {
        let private = file.metadata()?.permissions().mode() & 0o077 == 0;
        if private && file.read_exact(&mut key).is_ok() {
            return Ok(key);
        }
        tracing::warn!(path = %path.display(), "the key is short or readable by others; a new one is made");
    }
    fill(&mut key)?;
    write(path, &key)?;
    Ok(key)
}

/// Writes a file that only its owner can read, whole or not at all.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut random = [0; 8];
    fill(&mut random)?;
    let unfinished = path.with_extension(format!("{:016x}.part", u64::from_le_bytes(random)));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn fill(random: &mut [u8]) -> io::Result<()> {
    getrandom::fill(random).map_err(|problem| io::Error::other(problem.to_string()))
}
