//! UWS 1.1 documents of the sample's jobs.

use std::time::SystemTime;

use super::jobs::{Job, Phase};
use super::request::Parameters;
use super::vosi::escaped;

const NAMESPACES: &str = r#"xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance""#;
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// `/async/{id}`
pub(super) fn job(tap_url: &str, job: &Job) -> String {
    let time = |name: &str, time: Option<SystemTime>| match time {
        Some(time) => format!("<uws:{name}>{}</uws:{name}>", timestamp(time)),
        None => format!("<uws:{name} xsi:nil=\"true\"/>"),
    };
    let error = match &job.outcome {
        Some(Err(error)) => format!(
            "<uws:errorSummary type=\"fatal\" hasDetail=\"true\"><uws:message>{}</uws:message></uws:errorSummary>",
            escaped(&error.to_string())
        ),
        _ => String::new(),
    };
    format!(
        "{DECLARATION}<uws:job {NAMESPACES} version=\"1.1\"><uws:jobId>{}</uws:jobId>{}<uws:ownerId xsi:nil=\"true\"/><uws:phase>{}</uws:phase><uws:quote xsi:nil=\"true\"/>{}{}{}<uws:executionDuration>60</uws:executionDuration>{}{}{}{error}</uws:job>\n",
        job.id,
        run_id(job),
        job.phase.name(),
        time("creationTime", Some(job.created)),
        time("startTime", job.started),
        time("endTime", job.ended),
        time("destruction", Some(job.destruction)),
        parameter_list(&job.parameters, ""),
        result_list(tap_url, &job.id, job.phase == Phase::Completed, ""),
    )
}

/// `/async`
pub(super) fn list(tap_url: &str, jobs: &[Job]) -> String {
    let references: String = jobs
        .iter()
        .map(|job| {
            format!(
                "<uws:jobref id=\"{id}\" xlink:type=\"simple\" xlink:href=\"{tap_url}/async/{id}\"><uws:phase>{}</uws:phase>{}<uws:ownerId xsi:nil=\"true\"/><uws:creationTime>{}</uws:creationTime></uws:jobref>\n",
                job.phase.name(),
                run_id(job),
                timestamp(job.created),
                id = job.id,
            )
        })
        .collect();
    format!("{DECLARATION}<uws:jobs {NAMESPACES} version=\"1.1\">\n{references}</uws:jobs>\n")
}

/// `/async/{id}/parameters`
pub(super) fn parameters(parameters: &Parameters) -> String {
    format!("{DECLARATION}{}\n", parameter_list(parameters, NAMESPACES))
}

/// `/async/{id}/results`
pub(super) fn results(tap_url: &str, id: &str, there: bool) -> String {
    format!("{DECLARATION}{}\n", result_list(tap_url, id, there, NAMESPACES))
}

fn run_id(job: &Job) -> String {
    let given = job.parameters.all("RUNID").next();
    given.map_or_else(String::new, |id| format!("<uws:runId>{}</uws:runId>", escaped(id)))
}

fn parameter_list(parameters: &Parameters, namespaces: &str) -> String {
    let list: String = parameters
        .0
        .iter()
        .map(|(name, value)| {
            format!("<uws:parameter id=\"{}\">{}</uws:parameter>", escaped(name), escaped(value))
        })
        .collect();
    format!("<uws:parameters {namespaces}>{list}</uws:parameters>")
}

fn result_list(tap_url: &str, id: &str, there: bool, namespaces: &str) -> String {
    let result = if there {
        format!(
            "<uws:result id=\"result\" xlink:type=\"simple\" xlink:href=\"{tap_url}/async/{id}/results/result\"/>"
        )
    } else {
        String::new()
    };
    format!("<uws:results {namespaces}>{result}</uws:results>")
}

/// ISO 8601 in UTC with a `Z`, as UWS wants it.
pub(super) fn timestamp(time: SystemTime) -> String {
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let milliseconds = i64::try_from(since_1970.as_millis()).unwrap_or_default();
    format!("{}Z", archway_formats::time::format_timestamp(milliseconds * 1000))
}
