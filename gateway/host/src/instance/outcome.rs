//! What a call that broke becomes: an error that names the operation and the limit.

use archway_core::Error;
use wasmtime::Trap;

use super::budget::Exceeded;
use super::{Call, State};

/// The call took longer than it may.
pub(super) fn late(state: &State, call: &Call) -> Error {
    let archive = state.surroundings.archive.clone();
    tracing::warn!(
        archive.id = %archive,
        plugin.id = %state.surroundings.plugin,
        operation = call.operation,
        "plugin call given up: out of wall time"
    );
    Error::Timeout { archive, after: call.wall }
}

/// The guest trapped, or a limit made it.
pub(super) fn broken(state: &State, call: &Call, problem: &wasmtime::Error) -> Error {
    let surroundings = &state.surroundings;
    let (archive, operation) = (surroundings.archive.clone(), call.operation);
    tracing::warn!(
        archive.id = %archive,
        plugin.id = %surroundings.plugin,
        operation,
        problem = %problem.root_cause(),
        "plugin call broke"
    );
    tracing::debug!(archive.id = %archive, backtrace = ?problem, "where the plugin broke");
    match limit(state, problem) {
        Some(limit) => Error::Exhausted { archive, limit: format!("{limit}, in {operation}") },
        None => {
            let reason = reason(problem, state.words.take());
            Error::Plugin { archive, operation, reason }
        }
    }
}

/// The limit that was met, with the key that sets it.
fn limit(state: &State, problem: &wasmtime::Error) -> Option<String> {
    let limits = &state.surroundings.limits;
    let output = || {
        format!("{} MiB from the plugin to the host at once (limits.output_mib)", limits.output_mib)
    };
    let handles = || format!("{} handles at once (limits.handles)", limits.handles);
    if let Some(exceeded) = problem.downcast_ref::<Exceeded>() {
        return Some(match exceeded {
            Exceeded::Cpu => format!("{} ms of CPU time (limits.cpu_ms)", limits.cpu_ms),
            Exceeded::HostCalls => format!("{} host calls (limits.host_calls)", limits.host_calls),
            Exceeded::Handles => handles(),
        });
    }
    if state.memory.refused {
        return Some(format!("{} MiB of memory (limits.memory_mib)", limits.memory_mib));
    }
    if let Some(Trap::StackOverflow) = problem.downcast_ref::<Trap>() {
        return Some("512 KiB of stack".to_owned());
    }
    if problem.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Some("the gateway's pool of instances (plugins.instances)".to_owned());
    }
    // These two have no type of their own outside wasmtime; the sandbox tests meet both.
    let cause = problem.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls") {
        return Some(output());
    }
    cause.contains("store handle limit").then(handles)
}

/// What happened, in the words of the engine and of the guest.
fn reason(problem: &wasmtime::Error, last_words: Option<String>) -> String {
    let what = match problem.downcast_ref::<wasmtime_wasi::I32Exit>() {
        Some(exit) => format!("it exited with status {}", exit.0),
        None => match problem.downcast_ref::<Trap>() {
            Some(trap) => format!("it trapped: {trap}"),
            None => problem.root_cause().to_string(),
        },
    };
    match last_words {
        Some(words) => format!("{what}; its last words were: {words}"),
        None => format!("{what}; see the plugin's log"),
    }
}
