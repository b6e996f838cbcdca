//! Where the built components lie, so that one function knows it.

use std::path::{Path, PathBuf};

/// Returns the component of the plugin or test guest `id`: a file in the folder that
/// `ARCHWAY_COMPONENTS` names, else in `components` of cargo's target folder.
///
/// # Panics
///
/// If it was not built: a test that passes without what it tests is worse than none.
pub fn path(id: &str) -> PathBuf {
    let folder = folder();
    let places =
        [folder.join(format!("{id}.wasm")), folder.join("guests").join(format!("{id}.wasm"))];
    match places.into_iter().find(|place| place.exists()) {
        Some(found) => found,
        #[expect(clippy::panic, reason = "tests call this")]
        None => {
            panic!("no component `{id}` in {}; `cargo xtask plugins` builds it", folder.display())
        }
    }
}

/// Returns the folder of the plugins' components; those of the test guests are in `guests` below it.
pub fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("ARCHWAY_COMPONENTS") {
        return folder.into();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace.join(target).join("components")
}
