//! The one error type that crosses crate lines.
//!
//! A variant exists only where a caller would act differently. Host and later
//! labs and stores keep their own enums and convert into this one at their edge.
//! No variant names a status code: each surface of `gateway/web` decides.

use std::time::Duration;

use crate::asset::{ArchiveId, AssetId};
use crate::discovery::SourceReport;

/// Why the gateway could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong; asking again will not help.
    #[error("{parameter}: {reason}")]
    BadRequest {
        /// The parameter as the client spelt it.
        parameter: String,
        /// What was found and what would be right.
        reason: String,
    },
    /// A cursor that this gateway did not sign, or that has outlived its search.
    #[error("the cursor {reason}; start the search again without it")]
    BadCursor {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No archive of that name is configured.
    #[error("no archive `{asked}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    ArchiveNotFound {
        /// The name asked for.
        asked: String,
        /// The nearest that exists.
        nearest: Option<ArchiveId>,
    },
    /// No archive knows this asset, or the caller may not know that it exists.
    #[error("no asset `{0}`")]
    AssetNotFound(AssetId),
    /// There is no such thing, or the caller may not know that it exists.
    #[error("no {what} `{asked}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    NotFound {
        /// What kind of thing: "lab", "volume".
        what: &'static str,
        /// The name asked for.
        asked: String,
        /// The nearest that exists.
        nearest: Option<String>,
    },
    /// It contradicts what is there: a name that is taken, a step that is not its turn.
    #[error("{reason}")]
    Conflict {
        /// With what, and what to do.
        reason: String,
    },
    /// It would be more than the caller may have.
    #[error("{reason}")]
    QuotaExceeded {
        /// Which limit, what uses it, and what to do.
        reason: String,
    },
    /// There is no room left to keep bytes.
    #[error("{reason}")]
    Full {
        /// Where, and how much is wanted.
        reason: String,
    },
    /// A lab backend failed.
    #[error("lab backend `{backend}` failed: {reason}")]
    Backend {
        /// Which.
        backend: String,
        /// In words.
        reason: String,
        /// Whether trying again may help.
        temporary: bool,
    },
    /// The principal may not do this.
    #[error("not permitted: {reason}")]
    PermissionDenied {
        /// Which rule said so.
        reason: String,
    },
    /// The gateway does not let the plugin do it: the text is the grant that is missing.
    #[error("archive `{archive}` may not do this: {missing}")]
    NotGranted {
        /// The archive.
        archive: ArchiveId,
        /// The line that would allow it.
        missing: String,
    },
    /// The archive does not offer this.
    #[error("archive `{archive}` does not offer {what}")]
    Unsupported {
        /// The archive.
        archive: ArchiveId,
        /// Operation or constraint.
        what: String,
    },
    /// The archive refuses the question, and would again.
    #[error("archive `{archive}` refuses the question: {reason}")]
    Refused {
        /// The archive.
        archive: ArchiveId,
        /// Its words.
        reason: String,
    },
    /// The archive answered, and the answer was a failure or no answer of its protocol.
    #[error("archive `{archive}` failed: {reason}")]
    Upstream {
        /// The archive asked.
        archive: ArchiveId,
        /// The archive's own words, shortened.
        reason: String,
        /// When the archive asked us to come back.
        retry_after: Option<Duration>,
    },
    /// The archive wants a credential that is missing or refused.
    #[error("archive `{archive}` wants a valid credential: {reason}")]
    Unauthorised {
        /// The archive.
        archive: ArchiveId,
        /// Slot and reason, without secrets.
        reason: String,
    },
    /// The archive failed so often that it is left alone for a while.
    #[error("archive `{archive}` is left alone after repeated failures: {reason}")]
    BreakerOpen {
        /// The archive.
        archive: ArchiveId,
        /// The last failure.
        reason: String,
        /// When it is asked again.
        retry_after: Duration,
    },
    /// No answer within the time there was.
    #[error("archive `{archive}` gave no answer within {} ms", after.as_millis())]
    Timeout {
        /// The archive.
        archive: ArchiveId,
        /// The time there was.
        after: Duration,
    },
    /// A limit of the call is used up; a smaller question may succeed.
    #[error("archive `{archive}` needed more than it may have: {limit}")]
    Exhausted {
        /// The archive.
        archive: ArchiveId,
        /// Which limit, and how much there was.
        limit: String,
    },
    /// The plugin itself broke: a trap, a lie about its output, a version that does not fit.
    #[error("plugin of archive `{archive}` broke in {operation}: {reason}")]
    Plugin {
        /// The archive.
        archive: ArchiveId,
        /// The operation it was in.
        operation: &'static str,
        /// What happened, and where to look.
        reason: String,
    },
    /// The asset has no bytes that can be given.
    #[error("no bytes of `{asset}` can be given: {reason}")]
    NoBytes {
        /// The asset.
        asset: AssetId,
        /// Why, and what would help.
        reason: String,
    },
    /// The part asked for is none of the file.
    #[error("the range {asked} is not satisfiable{}", total_bytes.map(|n| format!(": the file has {n} bytes")).unwrap_or_default())]
    Range {
        /// As the client wrote it.
        asked: String,
        /// How many bytes the file has, where that is known.
        total_bytes: Option<u64>,
    },
    /// The bytes are not those that the archive says they are.
    #[error("archive `{archive}` gives other bytes than it says: {reason}")]
    Damaged {
        /// The archive.
        archive: ArchiveId,
        /// What was found and what would be right.
        reason: String,
    },
    /// Archives that the caller requires did not answer in full.
    #[error("not every required archive answered: {}", missing(sources))]
    Incomplete {
        /// The rows of those archives.
        sources: Vec<SourceReport>,
    },
    /// A defect of ours. The text is for the log and never leaves the gateway.
    #[error("internal error: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A wrong parameter.
    pub fn bad_request(parameter: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::BadRequest { parameter: parameter.into(), reason: reason.into() }
    }

    /// No thing of that name.
    pub fn not_found(what: &'static str, asked: impl Into<String>) -> Self {
        Self::NotFound { what, asked: asked.into(), nearest: None }
    }

    /// The same with the nearest of the names that there are.
    pub fn not_found_near<'a>(
        what: &'static str,
        asked: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> Self {
        let nearest = names
            .map(|name| (strsim::damerau_levenshtein(name, asked), name))
            .min_by_key(|(distance, _)| *distance)
            // Farther than that it is another word, not a slip.
            .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
            .map(|(_, name)| name.to_owned());
        Self::NotFound { what, asked: asked.to_owned(), nearest }
    }

    /// A defect of ours, in words for the log.
    pub fn internal(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(reason.into())
    }
}

fn missing(sources: &[SourceReport]) -> String {
    let words = sources.iter().map(|source| {
        let reason = source.reason.as_deref().unwrap_or("no reason given");
        format!("`{}` ({}: {reason})", source.archive, source.status.name())
    });
    words.collect::<Vec<_>>().join(", ")
}
