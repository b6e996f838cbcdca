//! A query as a UWS job: created, waited for, read, deleted (UWS 1.1; TAP 1.1, 2.2).
//!
//! Called by `query.rs`. Rules: the service is asked to hold the line (`WAIT`); one that
//! does not is asked again after growing pauses; a job that is not done in the time of
//! the call is deleted, so that none is left behind.

use archway_formats::uws::{self, Phase};
use archway_plugin::host::Level;
use archway_plugin::http::{Body, Method, Part};
use archway_plugin::types::{Exhaustion, LimitKind, Outage, OutageReason};
use archway_plugin::{Error, Host, Request, Response};

use crate::reply::{self, Table};
use crate::settings::Settings;
use crate::upload;

/// Longest the service is asked to hold the line.
const WAIT_S: u64 = 20;
/// Kept back from the call's time for the result and the deletion.
const RESERVE_MS: u64 = 3_000;
const FIRST_PAUSE_MS: u32 = 200;
const LONGEST_PAUSE_MS: u32 = 5_000;

/// A job that was created.
pub(crate) struct Job {
    url: String,
}

impl Job {
    /// Creates a job and starts it.
    pub(crate) fn start(
        host: &dyn Host,
        settings: &Settings,
        mut fields: Vec<(String, String)>,
        uploads: Vec<Part>,
    ) -> Result<Self, Error> {
        let url = format!("{}/async", settings.base_url);
        fields.push(("PHASE".to_owned(), "RUN".to_owned()));
        let request = match uploads.is_empty() {
            true => Request::form(url.clone(), fields),
            false => upload::request(url.clone(), &fields, &uploads),
        };
        let request = request.reporting_redirects().credential(settings.credential.clone());
        let response = reply::succeeded(host.send(request)?, &url, settings.credential.as_deref())?;
        let job = Self { url: created(response, &url)? };
        // Some services do not take PHASE at creation.
        if job.read(host, settings, None)?.phase == Phase::Pending {
            let start = Request::form(
                format!("{}/phase", job.url),
                vec![("PHASE".to_owned(), "RUN".to_owned())],
            );
            let start = start.reporting_redirects().credential(settings.credential.clone());
            reply::succeeded(host.send(start)?, &job.url, settings.credential.as_deref())?;
        }
        Ok(job)
    }

    /// Waits for the end and opens the result.
    pub(crate) fn result(
        &self,
        host: &dyn Host,
        settings: &Settings,
        asked: &str,
    ) -> Result<Table, Error> {
        let job = match self.wait(host, settings) {
            Ok(job) => job,
            Err(error) => {
                self.delete(host, settings);
                return Err(error);
            }
        };
        let table = match job.phase {
            Phase::Completed => self.open(host, settings, &job, asked),
            Phase::Error => Err(self.failure(host, settings, &job)),
            other => Err(Error::Exhausted(Exhaustion {
                limit: LimitKind::ArchiveLimit,
                allowed: job.execution_duration_s,
                message: format!("the archive ended the job in phase {}", other.name()),
            })),
        };
        if table.is_err() {
            self.delete(host, settings);
        }
        table
    }

    /// Deletes the job; that it fails matters to nobody but the archive, which will do it itself.
    pub(crate) fn delete(&self, host: &dyn Host, settings: &Settings) {
        let request =
            Request::new(Method::Delete, self.url.clone(), Body::Empty).reporting_redirects();
        if let Err(error) = host.send(request.credential(settings.credential.clone())) {
            host.log(
                Level::Debug,
                "a job could not be deleted",
                &[("job", self.url.clone()), ("error", error.to_string())],
            );
        }
    }

    fn wait(&self, host: &dyn Host, settings: &Settings) -> Result<uws::Job, Error> {
        let mut pause_ms = FIRST_PAUSE_MS;
        let mut wait_s = 0;
        loop {
            let left_ms = host.remaining_ms().saturating_sub(RESERVE_MS);
            let asked_us = host.now_us();
            let job = self.read(host, settings, (wait_s > 0).then_some(wait_s))?;
            if job.phase.is_final() {
                return Ok(job);
            }
            if left_ms < u64::from(FIRST_PAUSE_MS) {
                return Err(Error::Unavailable(Outage {
                    reason: OutageReason::TimedOut,
                    message: format!("the archive's job is still in phase {}", job.phase.name()),
                    reply_code: None,
                    retry_after_ms: None,
                }));
            }
            // UWS 1.0 knows no WAIT and answers at once.
            let held_ms = host.now_us().saturating_sub(asked_us) / 1000;
            if held_ms < 100 {
                let pause = u64::from(pause_ms).min(left_ms);
                host.sleep_ms(u32::try_from(pause).unwrap_or(pause_ms));
                pause_ms = (pause_ms * 2).min(LONGEST_PAUSE_MS);
            }
            wait_s = (host.remaining_ms().saturating_sub(RESERVE_MS) / 1000).min(WAIT_S);
        }
    }

    fn read(
        &self,
        host: &dyn Host,
        settings: &Settings,
        wait_s: Option<u64>,
    ) -> Result<uws::Job, Error> {
        let url = match wait_s {
            Some(wait_s) => archway_plugin::http::with_parameters(
                &self.url,
                [("WAIT", wait_s.to_string().as_str())],
            ),
            None => self.url.clone(),
        };
        let request = Request::get(url).credential(settings.credential.clone());
        let body = reply::body(host.send(request)?, &self.url, settings.credential.as_deref())?;
        uws::read_job(body, &archway_formats::Limits::default()).map_err(|e| match e {
            archway_formats::Error::Io(_) => reply::error(e, &self.url),
            other => Error::malformed(self.url.clone(), "a UWS job", &other.to_string()),
        })
    }

    fn open(
        &self,
        host: &dyn Host,
        settings: &Settings,
        job: &uws::Job,
        asked: &str,
    ) -> Result<Table, Error> {
        let slot = settings.credential.as_deref();
        let get = |url: String| {
            reply::table(
                host.send(Request::get(url).credential(settings.credential.clone()))?,
                asked,
                slot,
            )
        };
        // TAP 1.1, 2.2 fixes the place; services of before give a link to another.
        let result =
            job.results.iter().find(|result| result.id == "result").or(job.results.first());
        let linked = result
            .and_then(|result| result.href.as_deref())
            .and_then(|href| resolve(&self.url, href));
        match (get(format!("{}/results/result", self.url)), linked) {
            (Err(Error::NotFound(_)), Some(linked)) => get(linked),
            (table, _) => table,
        }
    }

    fn failure(&self, host: &dyn Host, settings: &Settings, job: &uws::Job) -> Error {
        let summary = job.error.as_ref();
        let request =
            Request::get(format!("{}/error", self.url)).credential(settings.credential.clone());
        let detail = host.send(request).and_then(|response| error_document(response, &self.url));
        let message = match (summary, detail) {
            (_, Ok(Some(message))) => message,
            (Some(summary), _) if !summary.message.is_empty() => summary.message.clone(),
            _ => "the archive's job failed without a message".to_owned(),
        };
        if summary.is_some_and(|summary| summary.is_transient) {
            return Error::Unavailable(Outage {
                reason: OutageReason::ServerFault,
                message,
                reply_code: None,
                retry_after_ms: None,
            });
        }
        reply::said(message)
    }
}

/// The address of a job just created, on the host that was asked: behind a proxy services
/// give the names they know themselves by, which nobody outside can reach.
fn created(response: Response, asked: &str) -> Result<String, Error> {
    let location = response.header("location").map(str::to_owned);
    let moved = (response.final_url != asked).then(|| response.final_url.clone());
    if let Some(url) = location.as_deref().and_then(|location| resolve(asked, location)).or(moved) {
        let url = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        return Ok(on_host_of(asked, url));
    }
    let body = reply::body(response, asked, None)?;
    let job = uws::read_job(body, &archway_formats::Limits::default()).ok();
    match job.map(|job| job.id).filter(|id| !id.is_empty()) {
        Some(id) => Ok(format!("{asked}/{id}")),
        None => Err(Error::malformed(
            asked,
            "a redirect to a new job",
            "an answer without Location and without a job",
        )),
    }
}

/// The same path on another's scheme, host and port.
fn on_host_of(base: &str, url: &str) -> String {
    let split = |url: &str| {
        let at = url.find("://")? + 3;
        let end = url.get(at..)?.find('/').map_or(url.len(), |slash| at + slash);
        Some(end)
    };
    match (split(base), split(url)) {
        (Some(of_base), Some(of_url)) => format!("{}{}", &base[..of_base], &url[of_url..]),
        _ => url.to_owned(),
    }
}

/// The message of an error document: a VOTable, or anything else.
fn error_document(response: Response, asked: &str) -> Result<Option<String>, Error> {
    use std::io::Read;
    let media_type = response.media_type();
    let mut content = Vec::new();
    reply::body(response, asked, None)?.take(64 << 10).read_to_end(&mut content)?;
    Ok(archway_formats::error_message(Some(&media_type), &content))
}

/// Resolves a reference against an absolute URL (RFC 3986, 5.2, without dot segments).
pub(crate) fn resolve(base: &str, reference: &str) -> Option<String> {
    let reference = reference.trim();
    let is_absolute = reference
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric()));
    if is_absolute {
        return Some(reference.to_owned());
    }
    let (scheme, rest) = base.split_once("://")?;
    let host = rest.split('/').next()?;
    let path = rest.split(['?', '#']).next()?;
    Some(if let Some(after) = reference.strip_prefix("//") {
        format!("{scheme}://{after}")
    } else if reference.starts_with('/') {
        format!("{scheme}://{host}{reference}")
    } else if reference.is_empty() {
        return None;
    } else {
        let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
        format!("{scheme}://{folder}/{reference}")
    })
}

#[cfg(test)]
mod tests;
