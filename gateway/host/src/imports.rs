//! What plugins are given, and the one place that says so.
//!
//! Called by `plugin.rs` (is there an import that is not given?), `abi.rs` (the linker) and
//! `instance.rs` (what an instance starts with).
//!
//! Rules that hold here and nowhere else:
//!
//! - WASI is linked interface by interface, never as a whole: sockets do not exist.
//! - Its context is empty: no folder, environment, argument or input; what a plugin prints goes
//!   line by line to its log.
//! - A refusal is a value; only a used-up count of host calls or handles traps.

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Component, HasData, HasSelf, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiView as _};

pub(crate) mod bytes;
mod cache;
mod clock;
mod credentials;
pub(crate) mod http;
mod log;
mod refusal;
mod settings;
pub(crate) mod tcp;

pub(crate) use bytes::{ByteSource, Failure};
pub(crate) use cache::PluginCache;
pub(crate) use log::{LastWords, PluginLog};

use crate::abi::v0_1::Plugin;
use crate::instance::{Exceeded, State};

/// Interfaces a plugin may import, and the versions that fit.
const GIVEN: [(&str, &str, &[&str]); 7] = [
    (
        "archway:host",
        "0.1.",
        &["types", "http", "tcp", "bytes", "settings", "credentials", "cache", "log", "clock"],
    ),
    ("archway:archive", "0.1.", &["types", "tabular"]),
    ("wasi:io", "0.2.", &["poll", "error", "streams"]),
    ("wasi:clocks", "0.2.", &["wall-clock", "monotonic-clock"]),
    ("wasi:random", "0.2.", &["random", "insecure", "insecure-seed"]),
    (
        "wasi:cli",
        "0.2.",
        &[
            "environment",
            "exit",
            "stdin",
            "stdout",
            "stderr",
            "terminal-input",
            "terminal-output",
            "terminal-stdin",
            "terminal-stdout",
            "terminal-stderr",
        ],
    ),
    ("wasi:filesystem", "0.2.", &["types", "preopens"]),
];

/// What a component imports; or every import that it is not given.
pub(crate) fn check(engine: &Engine, component: &Component) -> Result<Vec<String>, Vec<String>> {
    let component = component.component_type();
    let imports: Vec<String> = component.imports(engine).map(|(name, _)| name.to_owned()).collect();
    let missing: Vec<String> = imports.iter().filter(|name| !given(name)).cloned().collect();
    if missing.is_empty() { Ok(imports) } else { Err(missing) }
}

fn given(import: &str) -> bool {
    let Some((interface, version)) = import.split_once('@') else { return false };
    let Some((package, name)) = interface.split_once('/') else { return false };
    GIVEN.iter().any(|(known, fits, names)| {
        package == *known && version.starts_with(fits) && names.contains(&name)
    })
}

/// Links all that is given, and nothing else.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    Plugin::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    let table: fn(&mut State) -> &mut ResourceTable = |state| &mut state.table;
    io::error::add_to_linker::<_, HasIo>(linker, table)?;
    io::poll::add_to_linker::<_, HasIo>(linker, table)?;
    io::streams::add_to_linker::<_, HasIo>(linker, table)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    random::random::add_to_linker::<_, WasiRandom>(linker, |state| state.ctx().ctx.random())?;
    random::insecure::add_to_linker::<_, WasiRandom>(linker, |state| state.ctx().ctx.random())?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, |state| {
        state.ctx().ctx.random()
    })?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::exit::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::stdin::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    Ok(())
}

// Types only; nothing to call.
impl crate::abi::v0_1::archway::host::types::Host for State {}
impl crate::abi::v0_1::archway::archive::types::Host for State {}
impl crate::abi::v0_1::archway::archive::tabular::Host for State {}

/// wasmtime-wasi keeps its own to itself.
struct HasIo;

impl HasData for HasIo {
    type Data<'a> = &'a mut ResourceTable;
}

/// An empty system whose output is the plugin's log; `words` keeps the end of stderr.
pub(crate) fn wasi_context(log: &Arc<PluginLog>, words: &LastWords) -> WasiCtx {
    WasiCtx::builder()
        .stdout(log::Output::new(Arc::clone(log), "stdout", None))
        .stderr(log::Output::new(Arc::clone(log), "stderr", Some(words.clone())))
        .build()
}

impl State {
    /// Puts something a guest gets a handle to into the table.
    fn keep<T: Send + 'static>(
        &mut self,
        thing: T,
    ) -> Result<wasmtime::component::Resource<T>, Exceeded> {
        // A full table is the only way in which this fails.
        self.table.push(thing).map_err(|_| Exceeded::Handles)
    }
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn only_listed_interfaces_of_fitting_versions_are_given() {
        let cases = [
            ("archway:host/http@0.1.0", true),
            ("archway:host/http@0.1.7", true),
            ("archway:host/http@0.2.0", false),
            ("archway:host/shell@0.1.0", false),
            ("archway:archive/types@0.1.0", true),
            ("wasi:io/streams@0.2.6", true),
            ("wasi:io/streams@0.3.0", false),
            ("wasi:filesystem/preopens@0.2.0", true),
            ("wasi:sockets/tcp@0.2.0", false),
            ("wasi:http/outgoing-handler@0.2.0", false),
            ("wasi:cli/environment", false),
            ("log", false),
        ];
        for (import, expected) in cases {
            assert_eq!(given(import), expected, "case: {import}");
        }
    }
}
