//! The versions of the contract that this host speaks, behind the core's types.
//!
//! Called by `plugin.rs` (which version a component has) and `archive.rs` (its operations).
//! A released version never changes; a new one is a new module beside `v0_1` and a new variant
//! of [`Pre`], and nothing above this file knows of WIT types.

use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::error::Error;
use crate::imports;

pub(crate) mod v0_1;

/// The interface that every version of our world exports.
const EXPORT: &str = "archway:archive/archive";

/// A component, linked and ready to be instantiated.
#[derive(Clone)]
pub(crate) enum Pre {
    V0_1(v0_1::Ready),
}

impl Pre {
    /// Links a component that [`supported`] let pass.
    pub(crate) fn new(engine: &Engine, component: &Component, path: &Path) -> Result<Self, Error> {
        let mismatch = |problem: wasmtime::Error| {
            let (path, reason) = (path.to_owned(), format!("{problem:#}"));
            Error::Mismatch { path, reason }
        };
        let mut linker = Linker::new(engine);
        imports::add_to_linker(&mut linker).map_err(|e| Error::Engine(format!("{e:#}")))?;
        let pre = linker.instantiate_pre(component).map_err(mismatch)?;
        v0_1::Ready::new(pre).map(Self::V0_1).map_err(mismatch)
    }
}

impl std::fmt::Debug for Pre {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::V0_1(_) => f.write_str("V0_1"),
        }
    }
}

/// Whether the component exports our interface in a version that is spoken here.
pub(crate) fn supported(engine: &Engine, component: &Component, path: &Path) -> Result<(), Error> {
    let component = component.component_type();
    let exports: Vec<&str> = component.exports(engine).map(|(name, _)| name).collect();
    let versions = exports.iter().filter_map(|name| name.strip_prefix(EXPORT)?.strip_prefix('@'));
    let found = match versions.clone().next() {
        // A component built against a later 0.1.x than ours loads if it uses nothing of it.
        Some(version) if version.starts_with("0.1.") => return Ok(()),
        Some(version) => format!("it is built for archway:archive@{version}"),
        None if exports.is_empty() => {
            "it exports nothing, so it is not built for our world".to_owned()
        }
        None => format!("it is built for another world, exporting {}", exports.join(", ")),
    };
    Err(Error::World { path: path.to_owned(), found })
}
