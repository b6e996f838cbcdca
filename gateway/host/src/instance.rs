//! One running plugin: its store, its budget, and what it carries.
//!
//! Called by `archive.rs`: one instance per call, or per cursor for as long as that is read.
//!
//! Rules that hold here and nowhere else:
//!
//! - Every call, and every pull of a cursor, has its own budget of wall time, CPU time, host
//!   calls and requests; memory, tables and handles are those of the instance.
//! - After a trap, a timeout, an error or a cancel the store is dropped: whoever holds the
//!   instance gives it up. The epoch callback reads a clock beside the store, never the store.
//! - Waiting for the archive is not CPU time.
//!
//! Not here: what the limits are (`limits.rs`), what an import does (`imports/`).

use std::sync::Arc;
use std::time::Duration;

use archway_core::Error;
use archway_core::asset::ArchiveId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use wasmtime::component::{Resource, ResourceTable};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod budget;
mod outcome;

pub(crate) use budget::{Budget, Exceeded};

use crate::abi::Pre;
use crate::abi::v0_1::Exports;
use crate::egress::Egress;
use crate::imports::{LastWords, PluginCache, PluginLog};
use crate::limits::Limits;
use crate::manifest::Settings;
use crate::observer::{CallReport, Event, Observer};
use budget::{Cpu, Memory};

/// What an instance may use of its archive; shared by all instances of one archive.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) archive: ArchiveId,
    pub(crate) plugin: String,
    pub(crate) settings: Settings,
    pub(crate) egress: Egress,
    pub(crate) limits: Limits,
    pub(crate) caller: String,
    pub(crate) cache: PluginCache,
    pub(crate) log: Arc<PluginLog>,
    pub(crate) observer: Option<Arc<Observer>>,
    /// Places for calls of this archive.
    pub(crate) calls: Arc<Semaphore>,
    /// Places for instances of this process.
    pub(crate) instances: Arc<Semaphore>,
}

impl Surroundings {
    pub(crate) fn report(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            observer.report(event());
        }
    }
}

/// What the store carries.
pub(crate) struct State {
    pub(crate) surroundings: Arc<Surroundings>,
    pub(crate) table: ResourceTable,
    pub(crate) budget: Budget,
    memory: Memory,
    words: LastWords,
    wasi: WasiCtx,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A running plugin.
pub(crate) struct Instance {
    store: Store<State>,
    exports: Exports,
    cpu: Arc<Cpu>,
    _places: [OwnedSemaphorePermit; 2],
}

/// A call that has begun.
pub(crate) struct Call {
    operation: &'static str,
    begun: Instant,
    wall: Duration,
    /// When the host gives the call up. A little later than the deadline that the guest's
    /// imports keep, so that a plugin can still say what it was waiting for.
    pub(crate) until: Instant,
}

impl Call {
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

const GRACE: Duration = Duration::from_millis(250);

impl Instance {
    /// Waits for a place and starts an instance for `operation`.
    pub(crate) async fn start(
        surroundings: &Arc<Surroundings>,
        engine: &wasmtime::Engine,
        pre: &Pre,
        operation: &'static str,
        wall: Duration,
    ) -> Result<Self, Error> {
        let places = places(surroundings, operation, wall).await?;
        let limits = &surroundings.limits;
        let cpu = Arc::new(Cpu::default());
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles as usize);
        let words = LastWords::default();
        let state = State {
            wasi: crate::imports::wasi_context(&surroundings.log, &words),
            words,
            surroundings: Arc::clone(surroundings),
            table,
            budget: Budget::new(Arc::clone(&cpu)),
            memory: Memory::new(limits.memory_bytes()),
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(limits.output_bytes());
        store.set_max_component_handles(limits.handles as usize);
        let clock = Arc::clone(&cpu);
        store.epoch_deadline_callback(move |_| {
            clock.tick()?;
            Ok(UpdateDeadline::Yield(1))
        });
        let call = begin(&mut store, &cpu, operation, wall);
        let Pre::V0_1(ready) = pre;
        let outcome = timeout_at(call.until, ready.instantiate(&mut store)).await;
        match outcome {
            Ok(Ok(exports)) => Ok(Self { store, exports, cpu, _places: places }),
            Ok(Err(problem)) => Err(outcome::broken(store.data(), &call, &problem)),
            Err(_) => Err(outcome::late(store.data(), &call)),
        }
    }

    /// Gives the call its budget.
    pub(crate) fn begin(&mut self, operation: &'static str, wall: Duration) -> Call {
        begin(&mut self.store, &self.cpu, operation, wall)
    }

    /// Something of the host's for the guest to hold.
    pub(crate) fn give<T: Send + 'static>(&mut self, thing: T) -> Result<Resource<T>, Error> {
        let full = |_| Error::Internal("a new instance has no room for a handle".into());
        self.store.data_mut().table.push(thing).map_err(full)
    }

    /// The store and the guest, for the call itself.
    pub(crate) fn parts(&mut self) -> (&mut Store<State>, &Exports) {
        (&mut self.store, &self.exports)
    }

    pub(crate) fn surroundings(&self) -> &Arc<Surroundings> {
        &self.store.data().surroundings
    }

    /// What came of the call. After an error the instance must be dropped.
    pub(crate) fn conclude<T>(
        &self,
        call: &Call,
        outcome: Result<wasmtime::Result<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, Error> {
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(problem)) => Err(outcome::broken(self.store.data(), call, &problem)),
            Err(_) => Err(outcome::late(self.store.data(), call)),
        }
    }

    /// Tells the log and the observer how the call went, which took `duration`.
    pub(crate) fn report<T>(&self, call: &Call, duration: Duration, result: &Result<T, Error>) {
        let state = self.store.data();
        tracing::debug!(
            archive.id = %state.surroundings.archive,
            plugin.id = %state.surroundings.plugin,
            operation = call.operation,
            duration_ms = duration.as_millis() as u64,
            ok = result.is_ok(),
            "plugin call"
        );
        state.surroundings.report(|| {
            Event::Call(CallReport {
                operation: call.operation,
                duration,
                cpu: self.cpu.used(),
                memory_bytes: state.memory.used_bytes(),
                error: result.as_ref().err().map(ToString::to_string),
            })
        });
    }
}

fn begin(store: &mut Store<State>, cpu: &Cpu, operation: &'static str, wall: Duration) -> Call {
    let begun = Instant::now();
    let State { surroundings, budget, .. } = store.data_mut();
    cpu.begin(begun, Duration::from_millis(surroundings.limits.cpu_ms.into()));
    budget.begin(operation, begun + wall, &surroundings.limits);
    store.set_epoch_deadline(1);
    Call { operation, begun, wall, until: begun + wall + GRACE }
}

/// A place among the archive's calls and one among the process's instances.
async fn places(
    surroundings: &Surroundings,
    operation: &'static str,
    wall: Duration,
) -> Result<[OwnedSemaphorePermit; 2], Error> {
    let until = Instant::now() + wall;
    let busy = |limit: String| Error::Exhausted { archive: surroundings.archive.clone(), limit };
    let of_archive = timeout_at(until, Arc::clone(&surroundings.calls).acquire_owned()).await;
    let of_archive = of_archive.map_err(|_| {
        let places = surroundings.limits.concurrency;
        busy(format!("{places} calls at once, waiting for {operation} (limits.concurrency)"))
    })?;
    let of_process = timeout_at(until, Arc::clone(&surroundings.instances).acquire_owned()).await;
    let of_process = of_process.map_err(|_| {
        busy(format!("the gateway's instances, waiting for {operation} (plugins.instances)"))
    })?;
    let open = "no semaphore is ever closed";
    Ok([of_archive.expect(open), of_process.expect(open)])
}
