//! The Python environment of an application: made once from its locked requirements, shared
//! read-only by all its labs.
//!
//! Rules: an environment is whole when its `ready.json` is there, which is written last; one
//! without it is made anew. Nothing in it knows where it is, because a lab sees it elsewhere: its
//! programs find their Python by the search path. The lock file is passed on to the installer, so that one
//! which outlived a killed gateway is waited for.

mod installer;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use archway_core::labs::{Failure, ProcessRecipe, Progress};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::machine::{output, program};
use super::plan::Environment;
use crate::error::{cannot, failure};

/// Changes with what is done to an environment, so that one of an older gateway is made anew.
const FORM: &[u8] = b"1";

/// How often a lock that somebody else holds is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The Python that environments are made of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Python {
    /// The program, links resolved by Python itself.
    executable: PathBuf,
    /// `sys.base_prefix`.
    base: PathBuf,
    /// Implementation, version and platform.
    version: String,
    /// Major and minor version.
    minor: (u32, u32),
}

/// What `ready.json` says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ready {
    base: PathBuf,
    executable: PathBuf,
}

const ASK: &str = "import json, os, sys, sysconfig
base = getattr(sys, '_base_executable', None) or sys.executable
print(json.dumps({'executable': base, 'base': sys.base_prefix, 'minor': sys.version_info[:2],
    'version': f'{sys.implementation.name} {sys.version.split()[0]} {sysconfig.get_platform()}'}))";

impl Python {
    /// Looks for a Python: the configured one, or `python3` of the search path.
    pub(super) async fn look(configured: Option<&Path>) -> Result<Self, String> {
        let found = configured.map(Path::to_owned).or_else(|| program("python3"));
        let python = found.ok_or("there is no `python3` on the search path")?;
        let said = output(Command::new(&python).args(["-I", "-c", ASK])).await;
        let said =
            said.map_err(|error| format!("`{}` does not work: {error}", python.display()))?;
        let found: Self = serde_json::from_str(&said)
            .map_err(|error| format!("`{}` is no Python: {error}", python.display()))?;
        if found.minor < (3, 9) {
            return Err(format!("`{}` is {}; labs need 3.9", python.display(), found.version));
        }
        Ok(found)
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        format!("{} at {}", self.version, self.executable.display())
    }
}

/// The folder of the environment with these requirements on this Python.
pub(super) fn folder(environments: &Path, recipe: &ProcessRecipe, python: &Python) -> PathBuf {
    let mut hash = Sha256::new();
    hash.update(FORM);
    for part in [recipe.requirements.as_str(), &python.version, &python.base.to_string_lossy()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    environments.join(name)
}

/// The environment, if it is whole.
pub(super) fn ready(folder: &Path) -> io::Result<Option<Environment>> {
    let ready: Ready = match fs::read(folder.join("ready.json")) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut environment =
        Environment { folder: folder.to_owned(), base: Vec::new(), links: Vec::new() };
    if ready.base.starts_with("/usr") {
        return Ok(Some(environment));
    }
    // The whole prefix could be somebody's home: only what a Python consists of is shown.
    let real = ready.base.canonicalize()?;
    let parts = ["bin", "lib", "lib64", "ssl"].map(|part| real.join(part));
    environment.base = parts.into_iter().filter(|part| part.is_dir()).collect();
    if real != ready.base {
        environment.links.push((ready.base, real));
    }
    Ok(Some(environment))
}

/// Makes the environment, unless it is whole already.
pub(super) async fn make(
    folder: &Path,
    recipe: &ProcessRecipe,
    python: &Python,
    progress: &dyn Progress,
) -> Result<(), Failure> {
    let is_ready = || ready(folder).map_err(|error| cannot("read", folder, error));
    if is_ready()?.is_some() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(folder);
    fs::create_dir_all(above).map_err(|error| cannot("make", above, error))?;
    let lock = lock(&folder.with_extension("lock"), progress).await?;
    if is_ready()?.is_some() {
        return Ok(());
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(cannot("remove the unfinished", folder, error));
        }
        _ => {}
    }
    progress.says(&format!("making a Python environment with {}", python.words()));
    installer::install(folder, recipe, &python.executable, &lock, progress).await?;
    let ready = Ready { base: python.base.clone(), executable: python.executable.clone() };
    let written = write_ready(folder, &ready);
    written.map_err(|error| cannot("write into", folder, error))?;
    progress.says("the Python environment is ready");
    Ok(())
}

fn write_ready(folder: &Path, ready: &Ready) -> io::Result<()> {
    let beside = folder.join("ready.json.new");
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec_pretty(ready)?)?;
    file.sync_all()?;
    fs::rename(&beside, folder.join("ready.json"))
}

async fn lock(path: &Path, progress: &dyn Progress) -> Result<File, Failure> {
    let opened = File::options().create(true).truncate(false).write(true).open(path);
    let file = opened.map_err(|error| cannot("open", path, error))?;
    let mut waiting = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if !waiting => {
                waiting = true;
                progress.says("waiting for the Python environment that is being made already");
            }
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(error)) => {
                return Err(failure(format!("cannot lock `{}`: {error}", path.display())));
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
