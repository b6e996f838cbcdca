//! UWS 1.1 documents of the sample's jobs.

use std::time::SystemTime;

use archway_formats::Error;
use archway_formats::dali::Parameters;
use archway_formats::uws::{
    ErrorSummary, Job as WireJob, JobParameter, JobReference, JobResult, Phase, write_job,
    write_job_list, write_parameters, write_results,
};

use super::jobs::{Job, LONGEST_RUN_S};

/// `/async/{id}`
pub(super) fn job(tap_url: &str, job: &Job) -> Result<Vec<u8>, Error> {
    let error = match &job.outcome {
        Some(Err(error)) => {
            Some(ErrorSummary { message: error.to_string(), is_transient: false, has_detail: true })
        }
        _ => None,
    };
    let described = WireJob {
        id: job.id.clone(),
        run_id: run_id(job),
        phase: job.phase,
        creation_time: Some(instant(job.created)),
        start_time: job.started.map(instant),
        end_time: job.ended.map(instant),
        execution_duration_s: Some(LONGEST_RUN_S),
        destruction: Some(instant(job.destruction)),
        parameters: parameter_list(&job.parameters),
        results: result_list(tap_url, job),
        error,
        ..WireJob::default()
    };
    let mut document = Vec::new();
    write_job(&mut document, &described)?;
    Ok(document)
}

/// `/async`
pub(super) fn list(tap_url: &str, jobs: &[Job]) -> Result<Vec<u8>, Error> {
    let references: Vec<_> = jobs
        .iter()
        .map(|job| JobReference {
            id: job.id.clone(),
            href: Some(format!("{tap_url}/async/{}", job.id)),
            phase: job.phase,
            run_id: run_id(job),
            creation_time: Some(instant(job.created)),
            ..JobReference::default()
        })
        .collect();
    let mut document = Vec::new();
    write_job_list(&mut document, &references)?;
    Ok(document)
}

/// `/async/{id}/parameters`
pub(super) fn parameters(parameters: &Parameters) -> Result<Vec<u8>, Error> {
    let mut document = Vec::new();
    write_parameters(&mut document, &parameter_list(parameters))?;
    Ok(document)
}

/// `/async/{id}/results`
pub(super) fn results(tap_url: &str, job: &Job) -> Result<Vec<u8>, Error> {
    let mut document = Vec::new();
    write_results(&mut document, &result_list(tap_url, job))?;
    Ok(document)
}

/// Microseconds since 1970, UTC.
pub(super) fn instant(time: SystemTime) -> i64 {
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX)
}

fn run_id(job: &Job) -> Option<String> {
    job.parameters.all("RUNID").next().map(str::to_owned)
}

fn parameter_list(parameters: &Parameters) -> Vec<JobParameter> {
    let pairs = parameters.pairs().iter();
    pairs
        .map(|(name, value)| JobParameter {
            id: name.clone(),
            value: value.clone(),
            ..JobParameter::default()
        })
        .collect()
}

fn result_list(tap_url: &str, job: &Job) -> Vec<JobResult> {
    let (Phase::Completed, Some(Ok((mime_type, document)))) = (job.phase, &job.outcome) else {
        return Vec::new();
    };
    vec![JobResult {
        id: "result".into(),
        href: Some(format!("{tap_url}/async/{}/results/result", job.id)),
        size_bytes: u64::try_from(document.len()).ok(),
        mime_type: Some(mime_type.clone()),
    }]
}
