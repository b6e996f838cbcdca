//! A transfer as a UWS job: created, started, waited for, read (UWS 1.1; `VOSpace` 2.1, 6.4).
//!
//! Called by `negotiation.rs`. Rules: the service is asked to hold the line (`WAIT`); one that
//! does not is asked again after growing pauses. A job that is not done in the time of the call
//! is left to go on, because it may be bringing data from a tape, and is found again by the next
//! call. A job that failed is deleted; one that is done is not, as the places it gave may end
//! with it.

use std::io::Read;

use archway_formats::uws::{self, Phase};
use archway_formats::vospace::{Fault, Transfer};
use archway_plugin::host::Level;
use archway_plugin::http::{Body, Method, with_parameters};
use archway_plugin::types::{Outage, OutageReason};
use archway_plugin::{Error, Host, Request};

use crate::negotiation;
use crate::reply;
use crate::service::Service;

/// Longest the service is asked to hold the line.
const WAIT_S: u64 = 20;
/// Kept back from the call's time for the result.
const RESERVE_MS: u64 = 3_000;
const FIRST_PAUSE_MS: u32 = 200;
const LONGEST_PAUSE_MS: u32 = 5_000;
/// How long an unfinished job is remembered.
const KEEP_S: u32 = 24 * 3600;
/// When a caller may ask again for what is brought from a tape.
const STAGING_MS: u64 = 30_000;
/// Looked at, of what a job says of its failure.
const FAILURE_BYTES: u64 = 64 << 10;

/// A job that is there.
pub(crate) struct Job {
    url: String,
}

impl Job {
    /// Negotiates a transfer by a job, one that an earlier call began if there is one.
    pub(crate) fn transfer(
        host: &dyn Host,
        service: &Service,
        url: &str,
        transfer: &Transfer,
    ) -> Result<Transfer, Error> {
        let view = transfer.view.as_ref().map_or("", |view| view.uri.as_str());
        let key = format!("job {} {} {view}", transfer.direction.word(), transfer.target);
        let begun = host.cached(&key).and_then(|url| String::from_utf8(url).ok());
        if let Some(url) = begun.filter(|url| !url.is_empty()) {
            let job = Self { url };
            match job.agreed(host, service, &transfer.target) {
                // It is gone meanwhile, or it never was: another one.
                Err(Error::NotFound(_) | Error::InvalidQuery(_)) => {}
                outcome => return Self::remember(host, &key, job, outcome),
            }
        }
        let asked = with_parameters(url, [("PHASE", "RUN")]);
        let response = negotiation::send(host, service, &asked, transfer)?;
        let place = negotiation::location(&response, url).ok_or_else(|| {
            let status = format!("status {}", response.status);
            Error::malformed(url, "a redirect to a new job", &status)
        })?;
        let job = Self {
            url: place
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .trim_end_matches('/')
                .to_owned(),
        };
        // Some services do not take PHASE at creation.
        if job.read(host, service, None)?.phase == Phase::Pending {
            let phase = vec![("PHASE".to_owned(), "RUN".to_owned())];
            let start = Request::form(format!("{}/phase", job.url), phase).reporting_redirects();
            let start = start.credential(service.settings.credential.clone());
            reply::succeeded(host.send(start)?, &job.url, service.slot())?;
        }
        let outcome = job.agreed(host, service, &transfer.target);
        Self::remember(host, &key, job, outcome)
    }

    /// The job behind the place of an agreed transfer.
    pub(crate) fn behind(service: &Service, place: &str) -> Option<Self> {
        let place = place.split(['?', '#']).next()?;
        let base = place.strip_suffix("/results/transferDetails")?;
        let id = base.rsplit_once('/').map(|(_, id)| id)?;
        // One family of services has its jobs elsewhere than the agreed documents.
        match &service.endpoints.transfers {
            Some(transfers) => Some(Self { url: format!("{transfers}/{id}") }),
            None => Some(Self { url: base.to_owned() }),
        }
    }

    /// Keeps the job in mind while it is not over.
    fn remember(
        host: &dyn Host,
        key: &str,
        job: Self,
        outcome: Result<Transfer, Error>,
    ) -> Result<Transfer, Error> {
        let is_open = matches!(&outcome, Err(Error::Unavailable(outage)) if outage.reason == OutageReason::Staging);
        let (kept, keep_s) = if is_open { (job.url, KEEP_S) } else { (String::new(), 1) };
        // Where it is forgotten another one is made.
        let _ = host.cache(key, kept.as_bytes(), Some(keep_s));
        outcome
    }

    /// Waits for the end, and reads what was agreed.
    fn agreed(&self, host: &dyn Host, service: &Service, about: &str) -> Result<Transfer, Error> {
        let job = self.wait(host, service)?;
        if job.phase != Phase::Completed {
            let error = self.why(host, service, &job, about);
            self.delete(host, service);
            return Err(error);
        }
        let named = job.results.iter().find(|result| result.id == "transferDetails");
        let place =
            named.and_then(|result| result.href.clone()).filter(|href| href.contains("://"));
        let place = place.unwrap_or_else(|| format!("{}/results/transferDetails", self.url));
        let request = Request::get(place).credential(service.settings.credential.clone());
        let response = reply::succeeded(host.send(request)?, about, service.slot())?;
        let agreed = negotiation::document(response, about)?;
        if negotiation::has_places(&agreed) {
            Ok(agreed)
        } else {
            Err(negotiation::no_places(&agreed))
        }
    }

    fn wait(&self, host: &dyn Host, service: &Service) -> Result<uws::Job, Error> {
        let mut pause_ms = FIRST_PAUSE_MS;
        let mut wait_s = 0;
        loop {
            let asked_us = host.now_us();
            let job = self.read(host, service, (wait_s > 0).then_some(wait_s))?;
            if job.phase.is_final() {
                return Ok(job);
            }
            let left_ms = host.remaining_ms().saturating_sub(RESERVE_MS);
            if left_ms < u64::from(FIRST_PAUSE_MS) {
                let phase = job.phase.name();
                return Err(Error::Unavailable(Outage {
                    reason: OutageReason::Staging,
                    message: format!("the service is still getting the data (its job is {phase})"),
                    reply_code: None,
                    retry_after_ms: Some(STAGING_MS),
                }));
            }
            // UWS 1.0 knows no WAIT and answers at once.
            let held_ms = host.now_us().saturating_sub(asked_us) / 1000;
            if wait_s == 0 || held_ms < 100 {
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
        service: &Service,
        wait_s: Option<u64>,
    ) -> Result<uws::Job, Error> {
        let url = match wait_s {
            Some(wait_s) => with_parameters(&self.url, [("WAIT", wait_s.to_string().as_str())]),
            None => self.url.clone(),
        };
        let request = Request::get(url).credential(service.settings.credential.clone());
        let response = reply::succeeded(host.send(request)?, &self.url, service.slot())?;
        uws::read_job(response, &archway_formats::Limits::default())
            .map_err(|e| reply::unreadable(e, &self.url, "a UWS job"))
    }

    /// Why the job failed; `None` if it did not, or nobody knows of it.
    pub(crate) fn failure(&self, host: &dyn Host, service: &Service, about: &str) -> Option<Error> {
        let job = self.read(host, service, None).ok()?;
        (job.phase == Phase::Error).then(|| self.why(host, service, &job, about))
    }

    fn why(&self, host: &dyn Host, service: &Service, job: &uws::Job, about: &str) -> Error {
        let summary = job.error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
        let request = Request::get(format!("{}/error", self.url));
        let request = request.credential(service.settings.credential.clone());
        let detail = host.send(request).and_then(|response| {
            let mut text = Vec::new();
            if response.status < 400 {
                response.take(FAILURE_BYTES).read_to_end(&mut text)?;
            }
            Ok(String::from_utf8_lossy(&text).into_owned())
        });
        let detail = detail.unwrap_or_default();
        // The summary names the fault, the detail may say more, or other things.
        for text in [&detail, &summary] {
            if let Some(fault) = Fault::parse(text) {
                return reply::of_fault(&fault, about, service.slot(), None);
            }
        }
        let said = [detail, summary].into_iter().find(|text| !text.trim().is_empty());
        let said = said.unwrap_or_else(|| "without a word".to_owned());
        let said: String = said.trim().chars().take(300).collect();
        Error::Unavailable(Outage {
            reason: OutageReason::ServerFault,
            message: format!("the service's job ended in {}: {said}", job.phase.name()),
            reply_code: None,
            retry_after_ms: None,
        })
    }

    /// Deletes the job; that it fails matters to nobody but the service, which will do it itself.
    fn delete(&self, host: &dyn Host, service: &Service) {
        let request = Request::new(Method::Delete, self.url.clone(), Body::Empty);
        let request = request.reporting_redirects().credential(service.settings.credential.clone());
        if let Err(error) = host.send(request) {
            let fields = [("job", self.url.clone()), ("error", error.to_string())];
            host.log(Level::Debug, "a job could not be deleted", &fields);
        }
    }
}
