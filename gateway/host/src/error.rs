//! Why a plugin cannot be loaded or an archive not be opened.
//!
//! What goes wrong in a call is an [`archway_core::Error`] from the start
//! (`instance/outcome.rs`, `abi/v0_1/error.rs`).

use std::path::PathBuf;

use archway_core::asset::ArchiveId;

use crate::problem::{Problem, lines};

/// Why a plugin cannot be loaded or an archive not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is too large to be compiled.
    #[error("{}: {size_mib} MiB; a component may have at most {most_mib} MiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What it has.
        size_mib: u64,
        /// What it may have.
        most_mib: u64,
    },
    /// The file is not a component.
    #[error("{}: this is {found}; a plugin is a WebAssembly component, as `cargo build --target wasm32-wasip2` makes it", path.display())]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: &'static str,
    },
    /// The component does not compile.
    #[error("{}: the component does not compile: {reason}", path.display())]
    Compile {
        /// The file.
        path: PathBuf,
        /// The compiler's words.
        reason: String,
    },
    /// Compiling took too long.
    #[error("{}: compiling took longer than {limit_s} s", path.display())]
    CompileTimeout {
        /// The file.
        path: PathBuf,
        /// How long it may take.
        limit_s: u64,
    },
    /// The component imports what plugins are not given.
    #[error("{}: a plugin may not import {}; it may import archway:host, and of WASI 0.2 io, clocks, random, cli and an empty filesystem", path.display(), missing.join(", "))]
    Imports {
        /// The file.
        path: PathBuf,
        /// Every import that is not given.
        missing: Vec<String>,
    },
    /// The component exports another world, or another version of ours.
    #[error("{}: {found}; this gateway runs components that export archway:archive/archive@0.1", path.display())]
    World {
        /// The file.
        path: PathBuf,
        /// What it exports instead.
        found: String,
    },
    /// The component does not fit the types of the contract.
    #[error("{}: the component does not fit archway:archive@0.1: {reason}", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Where it differs.
        reason: String,
    },
    /// There is no manifest.
    #[error("{}: no manifest; `archway_plugin::export!` puts plugin.toml into the component, or plugin.toml lies beside it", path.display())]
    NoManifest {
        /// The file.
        path: PathBuf,
    },
    /// The manifest inside and the one beside the component differ.
    #[error("{}: plugin.toml beside the component is not the one inside it; build the component again or remove the file", path.display())]
    ManifestsDiffer {
        /// The file.
        path: PathBuf,
    },
    /// The manifest has mistakes.
    #[error("{}: plugin.toml:{}", path.display(), lines(problems))]
    Manifest {
        /// The file.
        path: PathBuf,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// Two files give the same plugin.
    #[error("{}: plugin `{plugin}` is already loaded from {}", path.display(), other.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The plugin's id.
        plugin: String,
        /// The file that was first.
        other: PathBuf,
    },
    /// No plugin of that name is loaded.
    #[error("archive `{archive}`: no plugin `{asked}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    NoPlugin {
        /// The archive that wants it.
        archive: ArchiveId,
        /// The plugin's id.
        asked: String,
        /// The nearest that is loaded.
        nearest: Option<String>,
    },
    /// The archive's configuration has mistakes.
    #[error("archive `{archive}`:{}", lines(problems))]
    Archive {
        /// The archive.
        archive: ArchiveId,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// The folder of compiled components cannot be used.
    #[error("{}: compiled components cannot be kept here: {source}", path.display())]
    CompiledFolder {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The engine does not start.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
}
