//! Where things lie in the workspace, and what its plugins are called.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// `CARGO_TARGET_DIR`, else `target` in the workspace.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where components are built and lie: `NAME.wasm`, and `guests/NAME.wasm` for the hostile ones.
pub(crate) fn components() -> PathBuf {
    target().join("components")
}

/// The cargo that runs this, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// A crate that is built to a component.
#[derive(Debug)]
pub(crate) struct Guest {
    /// The crate's name.
    pub(crate) package: String,
    /// The plugin's id, which names the component.
    pub(crate) id: String,
    /// Where under [`components`] the component goes.
    pub(crate) folder: &'static str,
}

impl Guest {
    /// What cargo calls the component.
    pub(crate) fn built_as(&self) -> String {
        format!("{}.wasm", self.package.replace('-', "_"))
    }
}

/// Every plugin, and every guest of the conformance tests.
pub(crate) fn guests() -> anyhow::Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for (folder, goes_to) in [("plugins", ""), ("conformance-tests/guests", "guests")] {
        let folder = root().join(folder);
        let listing = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in listing {
            let manifest = entry?.path().join("Cargo.toml");
            if manifest.exists() {
                guests.push(guest(&manifest, goes_to)?);
            }
        }
    }
    guests.sort_by(|one, other| (one.folder, &one.id).cmp(&(other.folder, &other.id)));
    Ok(guests)
}

fn guest(manifest: &Path, folder: &'static str) -> anyhow::Result<Guest> {
    let package = text(manifest, "package", "name")?;
    let crate_folder = manifest.parent().unwrap_or(manifest);
    let plugin = crate_folder.join("plugin.toml");
    let id = if plugin.exists() {
        text(&plugin, "plugin", "id")?
    } else {
        crate_folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    };
    Ok(Guest { package, id, folder })
}

fn text(file: &Path, table: &str, key: &str) -> anyhow::Result<String> {
    let content =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let content: toml::Table =
        content.parse().with_context(|| format!("{} is not TOML", file.display()))?;
    let value = content.get(table).and_then(|t| t.get(key)).and_then(toml::Value::as_str);
    Ok(value.with_context(|| format!("{} has no {table}.{key}", file.display()))?.to_owned())
}
