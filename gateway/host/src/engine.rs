//! The one WebAssembly engine, its clock, and how a component becomes native code.
//!
//! Called by `plugin.rs`. Rules that hold here and nowhere else:
//!
//! - Which features of WebAssembly exist at all.
//! - A component is compiled when it is loaded, never in a request, within a time and a size.
//! - Native code is loaded only if this gateway wrote it (`engine/compiled.rs`).
//!
//! Not here: what a component may import (`imports.rs`), limits of a call (`instance.rs`).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
    WasmFeatures,
};

mod compiled;

use crate::error::Error;
use crate::limits::{MOST_MEMORY_MIB, TICK};
use compiled::Compiled;

/// Largest component that is compiled.
pub(crate) const MOST_COMPONENT_MIB: u64 = 32;
const COMPILE_TIMEOUT: Duration = Duration::from_secs(60);
const MIB: usize = 1024 * 1024;

/// Core modules, memories and tables that one component may have at once: a Python component
/// has about 30 modules around one memory.
const CORE_INSTANCES: u32 = 64;
const MEMORIES: u32 = 2;
const TABLES: u32 = 8;
pub(crate) const TABLE_ELEMENTS: usize = 30_000;
/// Bytes of memory and of tables that a slot of the pool keeps for its next instance.
const KEPT_MEMORY: usize = MIB;
const KEPT_TABLE: usize = 256 * 1024;

/// The engine of this process, with the thread that counts its time.
pub(crate) struct Engine {
    wasm: wasmtime::Engine,
    compiled: Option<Compiled>,
    /// Dropped, it ends the ticker.
    _stop: Sender<()>,
}

impl Engine {
    /// Starts an engine with slots for `instances`, that keeps compiled components in `folder`.
    pub(crate) fn new(folder: Option<PathBuf>, instances: u32) -> Result<Arc<Self>, Error> {
        let wasm = wasmtime::Engine::new(&config(instances))
            .map_err(|problem| Error::Engine(format!("{problem:#}")))?;
        let compiled = folder.map(|folder| Compiled::open(folder, &wasm)).transpose()?;
        let (stop, stopped) = channel();
        let ticking = wasm.clone();
        std::thread::Builder::new()
            .name("plugin-clock".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    ticking.increment_epoch();
                }
            })
            .map_err(|problem| Error::Engine(problem.to_string()))?;
        Ok(Arc::new(Self { wasm, compiled, _stop: stop }))
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.wasm
    }

    /// Compiles `bytes`, or loads what was compiled from them before.
    pub(crate) async fn component(
        self: &Arc<Self>,
        path: &Path,
        bytes: Arc<[u8]>,
    ) -> Result<Component, Error> {
        if let Some(component) = self.compiled.as_ref().and_then(|c| c.find(&self.wasm, &bytes)) {
            return Ok(component);
        }
        tracing::info!(path = %path.display(), "compiling a plugin, once for each version of it");
        let engine = Arc::clone(self);
        let compiling = tokio::task::spawn_blocking(move || {
            let component = Component::from_binary(&engine.wasm, &bytes)?;
            if let Some(compiled) = &engine.compiled {
                compiled.keep(&component, &bytes);
            }
            Ok::<_, wasmtime::Error>(component)
        });
        let path = path.to_owned();
        match tokio::time::timeout(COMPILE_TIMEOUT, compiling).await {
            Ok(Ok(Ok(component))) => Ok(component),
            Ok(Ok(Err(problem))) => Err(Error::Compile { path, reason: format!("{problem:#}") }),
            Ok(Err(broken)) => Err(Error::Compile { path, reason: broken.to_string() }),
            Err(_) => Err(Error::CompileTimeout { path, limit_s: COMPILE_TIMEOUT.as_secs() }),
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("compiled", &self.compiled).finish_non_exhaustive()
    }
}

fn config(instances: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .total_memories(instances.saturating_mul(MEMORIES))
        .total_tables(instances.saturating_mul(TABLES))
        .total_stacks(instances)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_component_instance_size(MIB)
        .max_core_instance_size(MIB)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(MOST_MEMORY_MIB as usize * MIB);
    // What an instance wrote is written over instead of unmapped, so that the next one faults
    // no page in again. Without the kernel's list of written pages that would cost more.
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEPT_MEMORY)
            .table_keep_resident(KEPT_TABLE)
            .decommit_batch_size(16);
    }
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(512 * 1024)
        .async_stack_size(2 * MIB)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .wasm_component_model(true);
    // Multi-memory stays on: 48.0.8 panics without it while compiling some components.
    for feature in [
        WasmFeatures::GC,
        WasmFeatures::FUNCTION_REFERENCES,
        WasmFeatures::EXCEPTIONS,
        WasmFeatures::LEGACY_EXCEPTIONS,
        WasmFeatures::THREADS,
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        WasmFeatures::TAIL_CALL,
        WasmFeatures::MEMORY64,
        WasmFeatures::RELAXED_SIMD,
        WasmFeatures::STACK_SWITCHING,
        WasmFeatures::WIDE_ARITHMETIC,
        WasmFeatures::CUSTOM_PAGE_SIZES,
    ] {
        config.wasm_features(feature, false);
    }
    config
}
