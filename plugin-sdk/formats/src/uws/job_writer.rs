//! Writes jobs, job lists, and the parts that have addresses of their own.

use std::io::Write;

use crate::error::Result;
use crate::time::format_timestamp;
use crate::uws::job::{Job, JobParameter, JobReference, JobResult};
use crate::xml::{write_attribute, write_element, write_escaped};

const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns:uws", "http://www.ivoa.net/xml/UWS/v1.0"),
    ("xmlns:xlink", "http://www.w3.org/1999/xlink"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// Writes a job. The order is the schema's, and `results` is there even if empty.
pub fn write_job(out: &mut impl Write, job: &Job) -> Result<()> {
    root(out, "job", true)?;
    write_element(out, "uws:jobId", Some(&job.id))?;
    write_element(out, "uws:runId", job.run_id.as_deref())?;
    nillable(out, "uws:ownerId", job.owner_id.as_deref())?;
    write_element(out, "uws:phase", Some(job.phase.name()))?;
    nillable(out, "uws:quote", time(job.quote).as_deref())?;
    write_element(out, "uws:creationTime", time(job.creation_time).as_deref())?;
    nillable(out, "uws:startTime", time(job.start_time).as_deref())?;
    nillable(out, "uws:endTime", time(job.end_time).as_deref())?;
    let duration = job.execution_duration_s.unwrap_or(0).to_string();
    write_element(out, "uws:executionDuration", Some(&duration))?;
    nillable(out, "uws:destruction", time(job.destruction).as_deref())?;
    out.write_all(b"<uws:parameters>\n")?;
    parameters(out, &job.parameters)?;
    out.write_all(b"</uws:parameters>\n<uws:results>\n")?;
    results(out, &job.results)?;
    out.write_all(b"</uws:results>\n")?;
    if let Some(error) = &job.error {
        out.write_all(b"<uws:errorSummary")?;
        write_attribute(out, "type", if error.is_transient { "transient" } else { "fatal" })?;
        write_attribute(out, "hasDetail", if error.has_detail { "true" } else { "false" })?;
        out.write_all(b">")?;
        write_element(out, "uws:message", Some(&error.message))?;
        out.write_all(b"</uws:errorSummary>\n")?;
    }
    out.write_all(b"</uws:job>\n")?;
    Ok(())
}

/// Writes a job list.
pub fn write_job_list<'a>(
    out: &mut impl Write,
    jobs: impl IntoIterator<Item = &'a JobReference>,
) -> Result<()> {
    root(out, "jobs", true)?;
    for job in jobs {
        out.write_all(b"<uws:jobref")?;
        write_attribute(out, "id", &job.id)?;
        if let Some(href) = &job.href {
            write_attribute(out, "xlink:type", "simple")?;
            write_attribute(out, "xlink:href", href)?;
        }
        out.write_all(b">")?;
        write_element(out, "uws:phase", Some(job.phase.name()))?;
        write_element(out, "uws:runId", job.run_id.as_deref())?;
        write_element(out, "uws:ownerId", job.owner_id.as_deref())?;
        write_element(out, "uws:creationTime", time(job.creation_time).as_deref())?;
        out.write_all(b"</uws:jobref>\n")?;
    }
    out.write_all(b"</uws:jobs>\n")?;
    Ok(())
}

/// Writes `/parameters`.
pub fn write_parameters(out: &mut impl Write, items: &[JobParameter]) -> Result<()> {
    root(out, "parameters", false)?;
    parameters(out, items)?;
    out.write_all(b"</uws:parameters>\n")?;
    Ok(())
}

/// Writes `/results`.
pub fn write_results(out: &mut impl Write, items: &[JobResult]) -> Result<()> {
    root(out, "results", false)?;
    results(out, items)?;
    out.write_all(b"</uws:results>\n")?;
    Ok(())
}

fn root(out: &mut impl Write, name: &str, with_version: bool) -> std::io::Result<()> {
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<uws:{name}")?;
    for (prefix, namespace) in NAMESPACES {
        write_attribute(out, prefix, namespace)?;
    }
    if with_version {
        write_attribute(out, "version", "1.1")?;
    }
    out.write_all(b">\n")
}

fn parameters(out: &mut impl Write, items: &[JobParameter]) -> std::io::Result<()> {
    for item in items {
        out.write_all(b"<uws:parameter")?;
        write_attribute(out, "id", &item.id)?;
        if item.by_reference {
            write_attribute(out, "byReference", "true")?;
        }
        if item.is_post {
            write_attribute(out, "isPost", "true")?;
        }
        out.write_all(b">")?;
        write_escaped(out, &item.value)?;
        out.write_all(b"</uws:parameter>\n")?;
    }
    Ok(())
}

fn results(out: &mut impl Write, items: &[JobResult]) -> std::io::Result<()> {
    for item in items {
        out.write_all(b"<uws:result")?;
        write_attribute(out, "id", &item.id)?;
        if let Some(href) = &item.href {
            write_attribute(out, "xlink:type", "simple")?;
            write_attribute(out, "xlink:href", href)?;
        }
        if let Some(size) = item.size_bytes {
            write_attribute(out, "size", &size.to_string())?;
        }
        if let Some(mime_type) = &item.mime_type {
            write_attribute(out, "mime-type", mime_type)?;
        }
        out.write_all(b"/>\n")?;
    }
    Ok(())
}

fn nillable(out: &mut impl Write, name: &str, text: Option<&str>) -> std::io::Result<()> {
    match text {
        Some(_) => write_element(out, name, text),
        None => writeln!(out, "<{name} xsi:nil=\"true\"/>"),
    }
}

/// UWS 1.1, 2.2.1: with a `Z`; some clients read no other form.
fn time(instant_us: Option<i64>) -> Option<String> {
    instant_us.map(|instant| format!("{}Z", format_timestamp(instant)))
}
