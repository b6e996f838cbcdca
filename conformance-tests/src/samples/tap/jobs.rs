//! `/async`: the same queries as UWS 1.1 jobs.
//!
//! *Called by* the routes of `tap.rs`. *Rules*: parameters are checked when a
//! job runs, not when it is made (TAP 1.1, 2.3); at most [`MOST_JOBS`] are kept,
//! the oldest go first; a job is destroyed a day after it was made. Jobs are
//! kept in memory and end with the site.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use archway_formats::dali::Parameters;
use archway_formats::uws::Phase;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use tokio::sync::watch;

use super::request::{TapError, TapRequest, bad, parameters};
use super::{Service, TapService, answer, jobs_document, xml};

/// Jobs kept at a time.
const MOST_JOBS: usize = 200;
/// Longest a request waits for a job, in seconds, whatever WAIT says.
const LONGEST_WAIT_S: u64 = 60;
/// How long a job is kept.
pub(super) const RETENTION: Duration = Duration::from_secs(86_400);

/// What is said of a job's longest time; a query here takes milliseconds.
pub(super) const LONGEST_RUN_S: u64 = 60;

/// A job. It runs at once, so none is ever QUEUED.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) phase: Phase,
    pub(super) parameters: Parameters,
    pub(super) created: SystemTime,
    pub(super) started: Option<SystemTime>,
    pub(super) ended: Option<SystemTime>,
    pub(super) destruction: SystemTime,
    /// Media type and document, or why there is none.
    pub(super) outcome: Option<Result<(String, Bytes), TapError>>,
    changed: watch::Sender<()>,
}

/// The jobs of a service.
#[derive(Debug)]
pub(super) struct Jobs {
    jobs: Mutex<BTreeMap<u64, Job>>,
}

impl Jobs {
    pub(super) fn new() -> Self {
        Self { jobs: Mutex::new(BTreeMap::new()) }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Job>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now();
        jobs.retain(|_, job| job.destruction > now);
        jobs
    }

    fn create(&self, parameters: Parameters) -> Job {
        let mut jobs = self.lock();
        while jobs.len() >= MOST_JOBS {
            jobs.pop_first();
        }
        let number = jobs.last_key_value().map_or(1, |(number, _)| number + 1);
        let now = SystemTime::now();
        let job = Job {
            id: number.to_string(),
            phase: Phase::Pending,
            parameters,
            created: now,
            started: None,
            ended: None,
            destruction: now + RETENTION,
            outcome: None,
            changed: watch::Sender::new(()),
        };
        jobs.insert(number, job.clone());
        job
    }

    fn find(&self, id: &str) -> Result<Job, TapError> {
        let number: Option<u64> = id.parse().ok();
        number
            .and_then(|number| self.lock().get(&number).cloned())
            .ok_or_else(|| TapError::NotFound(format!("job `{id}`")))
    }

    /// Changes a job and tells who waits for it.
    fn change<T>(&self, id: &str, change: impl FnOnce(&mut Job) -> T) -> Result<T, TapError> {
        let mut jobs = self.lock();
        let number: Option<u64> = id.parse().ok();
        let job = number.and_then(|number| jobs.get_mut(&number));
        let job = job.ok_or_else(|| TapError::NotFound(format!("job `{id}`")))?;
        let result = change(job);
        job.changed.send_replace(());
        Ok(result)
    }

    fn remove(&self, id: &str) -> Result<(), TapError> {
        let job = self.find(id)?;
        if let Ok(number) = id.parse() {
            self.lock().remove(&number);
        }
        job.changed.send_replace(());
        Ok(())
    }
}

/// `/async`: the list, or a new job.
pub(super) async fn list(
    State(service): Service,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = || {
        let parameters = parameters(&method, &uri, &headers, &body)?;
        if method != Method::POST {
            let wanted: Vec<&str> = parameters.all("PHASE").collect();
            let last =
                parameters.single("LAST")?.and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
            let jobs = service.jobs.lock();
            let found: Vec<Job> = jobs
                .values()
                .rev()
                .filter(|job| wanted.is_empty() || wanted.contains(&job.phase.name()))
                .take(last)
                .cloned()
                .collect();
            return Ok(xml(jobs_document::list(&service.url, &found)?));
        }
        let run =
            parameters.single("PHASE")?.is_some_and(|phase| phase.eq_ignore_ascii_case("RUN"));
        let job = service.jobs.create(without(&parameters, "PHASE"));
        if run {
            start(&service, &job.id)?;
        }
        Ok(see_job(&service, &job.id))
    };
    answer().unwrap_or_else(TapError::into_response)
}

/// `/async/{id}`: the document, or the end of the job.
pub(super) async fn one(
    State(service): Service,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = async {
        let parameters = parameters(&method, &uri, &headers, &body)?;
        let delete = parameters.single("ACTION")?.is_some_and(|a| a.eq_ignore_ascii_case("DELETE"));
        if method == Method::DELETE || (method == Method::POST && delete) {
            service.jobs.remove(&id)?;
            return Ok(see(format!("{}/async", service.url)));
        }
        if method == Method::POST {
            let reason = "only ACTION=DELETE may be posted to a job; parameters go to /parameters";
            return Err(TapError::WrongPhase(reason.into()));
        }
        if let Some(wait) = parameters.single("WAIT")? {
            let wanted = parameters.single("PHASE")?.map(str::to_ascii_uppercase);
            wait_for(&service, &id, wait, wanted.as_deref()).await?;
        }
        Ok(xml(jobs_document::job(&service.url, &service.jobs.find(&id)?)?))
    };
    answer.await.unwrap_or_else(TapError::into_response)
}

/// `/async/{id}/...`: one part of a job.
pub(super) async fn part(
    State(service): Service,
    Path((id, part)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = || {
        let parameters = parameters(&method, &uri, &headers, &body)?;
        if method == Method::POST {
            return post_part(&service, &id, &part, parameters);
        }
        let job = service.jobs.find(&id)?;
        let plain = |text: String| {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
        };
        match (part.as_str(), &job.outcome) {
            ("phase", _) => Ok(plain(job.phase.name().into())),
            ("quote" | "owner", _) => Ok(plain(String::new())),
            ("executionduration", _) => Ok(plain(LONGEST_RUN_S.to_string())),
            ("destruction", _) => Ok(plain(iso(job.destruction))),
            ("parameters", _) => Ok(xml(jobs_document::parameters(&job.parameters)?)),
            ("results", _) => Ok(xml(jobs_document::results(&service.url, &job)?)),
            ("results/result", Some(Ok((content_type, document)))) => {
                let kind = [(header::CONTENT_TYPE, content_type.clone())];
                Ok((kind, document.clone()).into_response())
            }
            ("error", Some(Err(error))) => {
                let kind = [(header::CONTENT_TYPE, "application/x-votable+xml")];
                Ok((kind, answer::error(&error.to_string())).into_response())
            }
            _ => Err(TapError::NotFound(format!("`{part}` of job `{id}`"))),
        }
    };
    answer().unwrap_or_else(TapError::into_response)
}

fn post_part(
    service: &Arc<TapService>,
    id: &str,
    part: &str,
    parameters: Parameters,
) -> Result<Response, TapError> {
    match part {
        "phase" => match parameters.single("PHASE")?.map(str::to_ascii_uppercase).as_deref() {
            Some("RUN") => start(service, id)?,
            Some("ABORT") => service.jobs.change(id, |job| {
                if !job.phase.is_final() {
                    job.phase = Phase::Aborted;
                    job.ended = Some(SystemTime::now());
                }
            })?,
            found => return Err(bad("PHASE", found.unwrap_or_default(), "RUN or ABORT")),
        },
        "parameters" => service.jobs.change(id, |job| {
            if job.phase != Phase::Pending {
                let phase = job.phase.name();
                let reason = format!("parameters of a job that is {phase} cannot be changed");
                return Err(TapError::WrongPhase(reason));
            }
            let (old, new) = (job.parameters.pairs(), parameters.pairs());
            let kept = old.iter().filter(|(name, _)| !new.iter().any(|(n, _)| n == name));
            job.parameters = Parameters::new(kept.chain(new).cloned());
            Ok(())
        })??,
        // A service may overrule both (UWS 1.1, 2.2.1.8); this one keeps its own limits.
        "destruction" | "executionduration" => {
            service.jobs.find(id)?;
        }
        _ => return Err(TapError::NotFound(format!("`{part}` of job `{id}` to post to"))),
    }
    Ok(see_job(service, id))
}

/// Runs a pending job. The query runs on a thread for blocking work, so that a
/// large sort holds nobody up.
fn start(service: &Arc<TapService>, id: &str) -> Result<(), TapError> {
    let parameters = service.jobs.change(id, |job| {
        if job.phase != Phase::Pending {
            let reason = format!("a job that is {} cannot be run", job.phase.name());
            return Err(TapError::WrongPhase(reason));
        }
        job.phase = Phase::Executing;
        job.started = Some(SystemTime::now());
        Ok(job.parameters.clone())
    })??;
    let (service, id) = (Arc::clone(service), id.to_owned());
    tokio::task::spawn_blocking(move || {
        let outcome = TapRequest::new(&parameters).and_then(|request| service.answer(&request));
        // The job may be gone by now, or aborted; then nobody wants the outcome.
        let _ = service.jobs.change(&id, |job| {
            if job.phase == Phase::Executing {
                job.phase = if outcome.is_ok() { Phase::Completed } else { Phase::Error };
                job.ended = Some(SystemTime::now());
                job.outcome = Some(outcome.map(|(kind, document)| (kind, document.into())));
            }
        });
    });
    Ok(())
}

/// Waits until the job's phase is another one, or the time is over (UWS 1.1, 2.2.1.1).
async fn wait_for(
    service: &TapService,
    id: &str,
    wait: &str,
    wanted: Option<&str>,
) -> Result<(), TapError> {
    let seconds: i64 = wait.trim().parse().map_err(|_| bad("WAIT", wait, "a number of seconds"))?;
    let seconds = u64::try_from(seconds).map_or(LONGEST_WAIT_S, |s| s.min(LONGEST_WAIT_S));
    let job = service.jobs.find(id)?;
    let (from, mut changes) = (job.phase, job.changed.subscribe());
    if from.is_final() || wanted.is_some_and(|wanted| wanted != from.name()) {
        return Ok(());
    }
    let another_phase = async {
        while service.jobs.find(id).is_ok_and(|job| job.phase == from) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    };
    // Running out of time is an answer too: the job as it is then.
    let _ = tokio::time::timeout(Duration::from_secs(seconds), another_phase).await;
    Ok(())
}

fn without(parameters: &Parameters, name: &str) -> Parameters {
    Parameters::new(parameters.pairs().iter().filter(|(n, _)| n != name).cloned())
}

fn iso(time: SystemTime) -> String {
    format!("{}Z", archway_formats::time::format_timestamp(jobs_document::instant(time)))
}

fn see_job(service: &TapService, id: &str) -> Response {
    see(format!("{}/async/{id}", service.url))
}

fn see(url: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response()
}
