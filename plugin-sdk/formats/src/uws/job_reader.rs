//! Reads jobs and job lists, with the oddities of services in use: identifiers
//! in CDATA, elements of their own, times with `+0100`, lists of whole jobs.

use std::io::Read;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::time::parse_timestamp;
use crate::uws::job::{ErrorSummary, Job, JobParameter, JobReference, JobResult};
use crate::uws::phase::Phase;
use crate::xml::{Element, Xml};

/// Reads the document of one job.
///
/// Times that cannot be read are `None`; a list that holds exactly one job is
/// taken for it, as TAP+ services answer so.
pub fn read_job(stream: impl Read, limits: &Limits) -> Result<Job> {
    let mut xml = Xml::new(stream, limits)?;
    let root = xml.root()?;
    match root.name.as_str() {
        "job" => job(&mut xml, &root),
        "jobs" => {
            let depth = xml.depth();
            while let Some(child) = xml.child(depth)? {
                if child.name == "job" {
                    return job(&mut xml, &child);
                }
                xml.skip()?;
            }
            Err(Error::UnexpectedRoot { found: "jobs".to_owned(), expected: "job" })
        }
        _ => Err(Error::UnexpectedRoot { found: root.name, expected: "job" }),
    }
}

/// Reads a job list, job by job.
pub struct JobListReader<R> {
    xml: Xml<R>,
    depth: usize,
    done: bool,
}

impl<R: Read> JobListReader<R> {
    /// Reads up to the first job.
    pub fn new(stream: R, limits: Limits) -> Result<Self> {
        let mut xml = Xml::new(stream, &limits)?;
        let root = xml.root()?;
        if root.name != "jobs" {
            return Err(Error::UnexpectedRoot { found: root.name, expected: "jobs" });
        }
        let depth = xml.depth();
        Ok(Self { xml, depth, done: false })
    }

    /// Reads the next entry; `None` after the last one.
    pub fn next_job(&mut self) -> Result<Option<JobReference>> {
        while !self.done {
            self.xml.forget_head();
            match self.xml.child(self.depth)? {
                Some(child) if child.name == "jobref" || child.name == "job" => {
                    let job = job(&mut self.xml, &child)?;
                    return Ok(Some(JobReference {
                        id: job.id,
                        href: child.text("href"),
                        phase: job.phase,
                        run_id: job.run_id,
                        owner_id: job.owner_id,
                        creation_time: job.creation_time,
                    }));
                }
                Some(_) => self.xml.skip()?,
                None => self.done = true,
            }
        }
        Ok(None)
    }
}

fn job<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Job> {
    let mut job = Job { id: start.text("id").unwrap_or_default(), ..Job::default() };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "parameters" => parameters(xml, &mut job)?,
            "results" => results(xml, &mut job)?,
            "errorSummary" => {
                let summary = error_summary(xml, &child)?;
                job.error = (!child.is_nil()).then_some(summary);
            }
            "jobInfo" => xml.skip()?,
            name => {
                let text = xml.text()?;
                if child.is_nil() || text.is_empty() {
                    continue;
                }
                scalar(&mut job, name, text);
            }
        }
    }
    Ok(job)
}

fn scalar(job: &mut Job, name: &str, text: String) {
    match name {
        "jobId" => job.id = text,
        "runId" => job.run_id = Some(text),
        "ownerId" => job.owner_id = Some(text),
        "phase" => job.phase = Phase::from_str(&text).unwrap_or_default(),
        "quote" => job.quote = parse_timestamp(&text),
        "creationTime" => job.creation_time = parse_timestamp(&text),
        "startTime" => job.start_time = parse_timestamp(&text),
        "endTime" => job.end_time = parse_timestamp(&text),
        // Some services write a negative number for "no limit".
        "executionDuration" => {
            job.execution_duration_s = text.parse::<f64>().ok().map(|s| s.max(0.0) as u64);
        }
        "destruction" => job.destruction = parse_timestamp(&text),
        _ => job.extras.push((name.to_owned(), text)),
    }
}

fn parameters<R: Read>(xml: &mut Xml<R>, job: &mut Job) -> Result<()> {
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        let is_true = |name| matches!(child.attribute(name), Some("true" | "1"));
        job.parameters.push(JobParameter {
            id: child.text("id").unwrap_or_default(),
            by_reference: is_true("byReference"),
            is_post: is_true("isPost"),
            value: xml.text()?,
        });
    }
    Ok(())
}

fn results<R: Read>(xml: &mut Xml<R>, job: &mut Job) -> Result<()> {
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        // The address is an attribute; an old service put it into the text.
        let text = xml.optional_text()?;
        job.results.push(JobResult {
            id: child.text("id").unwrap_or_default(),
            href: child.text("href").or(text),
            size_bytes: child.text("size").and_then(|size| size.parse().ok()),
            mime_type: child.text("mime-type"),
        });
    }
    Ok(())
}

fn error_summary<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<ErrorSummary> {
    let mut message = None;
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "message" => message = Some(xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(ErrorSummary {
        message: message.unwrap_or_default(),
        is_transient: start.attribute("type") == Some("transient"),
        has_detail: matches!(start.attribute("hasDetail"), Some("true" | "1")),
    })
}
