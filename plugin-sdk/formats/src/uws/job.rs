//! A job and what belongs to it (UWS 1.1, 2.1).

use crate::uws::phase::Phase;

/// A job. Times are microseconds since 1970, UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// An opaque text.
    pub id: String,
    /// The client's own word for it.
    pub run_id: Option<String>,
    /// Whose it is.
    pub owner_id: Option<String>,
    /// Where it is in its life.
    pub phase: Phase,
    /// When the service expects it to be done.
    pub quote: Option<i64>,
    /// When it was created (UWS 1.1).
    pub creation_time: Option<i64>,
    /// When it was started.
    pub start_time: Option<i64>,
    /// When it ended.
    pub end_time: Option<i64>,
    /// How long it may run, in seconds; 0 is without limit. `None` if not said.
    pub execution_duration_s: Option<u64>,
    /// When it will be deleted.
    pub destruction: Option<i64>,
    /// What it was asked.
    pub parameters: Vec<JobParameter>,
    /// What it made.
    pub results: Vec<JobResult>,
    /// Why it failed.
    pub error: Option<ErrorSummary>,
    /// Elements that no standard knows, name and text: `locationId`, `name`.
    pub extras: Vec<(String, String)>,
}

/// A parameter of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobParameter {
    /// Its name.
    pub id: String,
    /// Its value, or where the value is.
    pub value: String,
    /// Whether `value` is an address.
    pub by_reference: bool,
    /// Whether the value came in the body of a request.
    pub is_post: bool,
}

/// A result of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobResult {
    /// Its name; `result` for a query.
    pub id: String,
    /// Where it is, as written: perhaps relative to the job.
    pub href: Option<String>,
    /// Its size.
    pub size_bytes: Option<u64>,
    /// Its media type.
    pub mime_type: Option<String>,
}

/// Why a job failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorSummary {
    /// In the service's words.
    pub message: String,
    /// Whether asking again may help.
    pub is_transient: bool,
    /// Whether `/error` says more.
    pub has_detail: bool,
}

/// An entry of a job list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobReference {
    /// The job's identifier.
    pub id: String,
    /// Where it is, as written.
    pub href: Option<String>,
    /// Where it is in its life.
    pub phase: Phase,
    /// The client's own word for it.
    pub run_id: Option<String>,
    /// Whose it is.
    pub owner_id: Option<String>,
    /// When it was created.
    pub creation_time: Option<i64>,
}
