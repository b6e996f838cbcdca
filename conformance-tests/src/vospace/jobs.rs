//! Jobs (UWS 1.1): waited for, started, ended, told.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use archway_formats::uws::{
    ErrorSummary, Job, JobReference, JobResult, Phase, write_job, write_job_list, write_results,
};
use archway_formats::vospace::{Fault, FaultKind, Node, Transfer, write_transfer};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use tokio::sync::Notify;

use super::answer::{parameter, see_other, written};
use super::store::micros;
use super::{Caller, Vospace, transfers};

/// Kept; older ones are forgotten.
const MOST_JOBS: usize = 1000;
/// Longest wait for a job.
const MOST_WAIT_S: u64 = 60;

/// What a job does.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Transfer(Transfer),
    /// Of the node at this path and what is below it.
    Delete(String),
    /// On the node at this path and what is below it.
    SetProperties(String, Node),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) enum Done {
    /// Places for the bytes, and the path that they are open for.
    Agreed(Transfer, Option<String>),
    /// How many nodes.
    Count(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) job: Job,
    pub(super) task: Task,
    pub(super) caller: Caller,
    /// What a transfer came to, without places where it failed.
    details: Option<Transfer>,
    /// What the places it gave are for.
    agreed_path: Option<String>,
    fault: Option<Fault>,
}

/// All jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    table: Mutex<BTreeMap<String, Entry>>,
    changed: Notify,
    names: RandomState,
}

impl Jobs {
    fn table(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job that waits to be started.
    pub(super) fn add(&self, task: Task, caller: Caller) -> String {
        let now = micros(SystemTime::now());
        let mut table = self.table();
        // By time, so that the oldest come first; and not to be guessed.
        let id = format!("{now:016x}{:08x}", self.names.hash_one((now, table.len())) as u32);
        let job = Job {
            id: id.clone(),
            phase: Phase::Pending,
            creation_time: Some(now),
            destruction: Some(now + 86_400_000_000),
            ..Job::default()
        };
        let entry = Entry { job, task, caller, details: None, agreed_path: None, fault: None };
        table.insert(id.clone(), entry);
        while table.len() > MOST_JOBS {
            table.pop_first();
        }
        id
    }

    pub(super) fn get(&self, id: &str) -> Option<Entry> {
        self.table().get(id).cloned()
    }

    /// The path that a transfer has opened to whoever knows its name.
    pub(super) fn agreed_path(&self, id: &str) -> Option<String> {
        self.table().get(id)?.agreed_path.clone()
    }

    /// Puts a job into a phase, unless it is over already.
    fn set_phase(&self, id: &str, phase: Phase) -> bool {
        let mut table = self.table();
        let Some(entry) = table.get_mut(id).filter(|entry| !entry.job.phase.is_final()) else {
            return false;
        };
        entry.job.phase = phase;
        let now = Some(micros(SystemTime::now()));
        if phase == Phase::Executing {
            entry.job.start_time = now;
        }
        if phase.is_final() {
            entry.job.end_time = now;
        }
        self.changed.notify_waiters();
        true
    }

    /// Ends a job with what came of it.
    pub(super) fn end(&self, id: &str, url: &str, outcome: Result<Done, Fault>) {
        let phase = if outcome.is_ok() { Phase::Completed } else { Phase::Error };
        if let Some(entry) = self.table().get_mut(id).filter(|entry| !entry.job.phase.is_final()) {
            let result = |id: &str, href: String| JobResult {
                id: id.to_owned(),
                href: Some(href),
                ..JobResult::default()
            };
            if let Task::Transfer(transfer) = &entry.task {
                entry.details = Some(transfer.clone());
            }
            match outcome {
                Ok(Done::Agreed(transfer, path)) => {
                    let href = format!("{url}/transfers/{id}/results/transferDetails");
                    entry.job.results.push(result("transferDetails", href));
                    entry.details = Some(transfer);
                    entry.agreed_path = path;
                }
                // The client counts failures by the presence of a result for them.
                Ok(Done::Count(count)) => {
                    entry.job.results.push(result("successcount", format!("final:{count}")));
                }
                Err(fault) => {
                    entry.job.error = Some(ErrorSummary {
                        message: fault.kind.summary(),
                        is_transient: false,
                        has_detail: true,
                    });
                    entry.fault = Some(fault);
                }
            }
        }
        self.set_phase(id, phase);
    }

    /// Waits while a job is neither over nor waiting to be started.
    async fn wait(&self, id: &str, most: Duration) -> Option<Entry> {
        let over = async {
            loop {
                let changed = self.changed.notified();
                let entry = self.get(id);
                let moves = |entry: &Entry| {
                    matches!(entry.job.phase, Phase::Pending | Phase::Queued | Phase::Executing)
                };
                if !entry.as_ref().is_some_and(moves) {
                    return;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(most, over).await;
        self.get(id)
    }
}

/// Starts a job; it ends by itself.
fn start(space: &Vospace, id: &str) {
    if !space.jobs().set_phase(id, Phase::Executing) {
        return;
    }
    let (space, id) = (space.clone(), id.to_owned());
    tokio::spawn(async move {
        tokio::time::sleep(space.settings().job_time).await;
        let Some(entry) = space.jobs().get(&id) else { return };
        if entry.job.phase == Phase::Executing {
            let outcome = transfers::perform(&space, &id, &entry.task, entry.caller);
            space.jobs().end(&id, &space.settings().url, outcome);
        }
    });
}

/// A job just made, perhaps started at once.
pub(super) fn created(space: &Vospace, id: &str, query: Option<&str>) -> Response {
    let phase = query.and_then(|query| parameter(query.as_bytes(), "PHASE"));
    if phase.is_some_and(|word| word.eq_ignore_ascii_case("RUN")) {
        start(space, id);
    }
    see_other(format!("{}/transfers/{id}", space.settings().url))
}

pub(super) async fn list(State(space): State<Vospace>) -> Response {
    let url = &space.settings().url;
    let table = space.jobs().table();
    let references: Vec<_> = table
        .values()
        .map(|entry| JobReference {
            id: entry.job.id.clone(),
            href: Some(format!("{url}/transfers/{}", entry.job.id)),
            phase: entry.job.phase,
            creation_time: entry.job.creation_time,
            ..JobReference::default()
        })
        .collect();
    written(StatusCode::OK, |out| write_job_list(out, &references))
}

pub(super) async fn job(
    State(space): State<Vospace>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let url = &space.settings().url;
    let ends = parameter(&body, "ACTION").is_some_and(|word| word == "DELETE");
    if method == Method::DELETE || (method == Method::POST && ends) {
        space.jobs().table().remove(&id);
        space.jobs().changed.notify_waiters();
        return see_other(format!("{url}/transfers"));
    }
    let asked = uri.query().and_then(|query| parameter(query.as_bytes(), "WAIT"));
    let entry = match asked.and_then(|text| text.parse::<i64>().ok()) {
        Some(seconds) => {
            let seconds = u64::try_from(seconds).unwrap_or(MOST_WAIT_S).min(MOST_WAIT_S);
            space.jobs().wait(&id, Duration::from_secs(seconds)).await
        }
        None => space.jobs().get(&id),
    };
    match entry {
        Some(entry) => written(StatusCode::OK, |out| write_job(out, &entry.job)),
        None => (StatusCode::NOT_FOUND, "no such job\n").into_response(),
    }
}

pub(super) async fn part(
    State(space): State<Vospace>,
    Path((id, part)): Path<(String, String)>,
    method: Method,
    body: Bytes,
) -> Response {
    let Some(entry) = space.jobs().get(&id) else {
        return (StatusCode::NOT_FOUND, "no such job\n").into_response();
    };
    match (part.as_str(), method == Method::POST) {
        ("phase", true) => {
            match parameter(&body, "PHASE").map(|word| word.to_ascii_uppercase()).as_deref() {
                Some("RUN") => start(&space, &id),
                Some("ABORT") => {
                    space.jobs().set_phase(&id, Phase::from_str("ABORTED").unwrap_or_default());
                }
                _ => return (StatusCode::BAD_REQUEST, "PHASE is RUN or ABORT\n").into_response(),
            }
            see_other(format!("{}/transfers/{id}", space.settings().url))
        }
        ("phase", false) => entry.job.phase.name().into_response(),
        ("error", false) => match entry.fault {
            // Clients compare it with the names.
            Some(fault)
                if fault.kind == FaultKind::InvalidArgument
                    && fault.details.starts_with("Unsupported") =>
            {
                fault.details.into_response()
            }
            Some(fault) => fault.kind.name().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        ("results", false) => written(StatusCode::OK, |out| write_results(out, &entry.job.results)),
        ("results/transferDetails", false) => match entry.details {
            Some(details) => written(StatusCode::OK, |out| write_transfer(out, &details)),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
