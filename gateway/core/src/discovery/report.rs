//! What is said of each archive: status and reason, for people.

use std::time::Duration;

use super::page::{SourceReport, Status};
use super::source::Source;
use crate::Error;

/// The row of an archive that was asked.
pub(super) fn of_source(source: &Source) -> SourceReport {
    let mut status = Status::Ok;
    let mut reasons: Vec<String> = Vec::new();
    if let Some(error) = &source.failure {
        let gave = source.usable();
        let (failed, words) = of_error(error);
        status = match failed {
            Status::Error if gave > 0 => Status::Partial,
            other => other,
        };
        reasons.push(if gave > 0 { format!("{words}; before that it gave {gave}") } else { words });
    }
    if source.contradicting > 0 {
        status = if status == Status::Ok { Status::Partial } else { status };
        reasons.push(format!(
            "{} assets that have nothing to do with the region or the time asked for were left out",
            source.contradicting
        ));
    }
    if let Some(rows) = source.truncated {
        status = if status == Status::Ok { Status::Partial } else { status };
        reasons.push(format!("it gives at most {rows} assets and no way to go on behind them"));
    }
    if source.paused {
        status = if status == Status::Ok { Status::Partial } else { status };
        reasons.push("it was read no further, because the time was up".to_owned());
    }
    if source.unknown > 0 {
        reasons.push(format!(
            "{} assets were kept although their positions cannot be compared with the region",
            source.unknown
        ));
    }
    SourceReport {
        archive: source.info.id.clone(),
        status,
        rows: source.rows,
        elapsed: source.elapsed,
        reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
    }
}

/// How a failure is said.
pub(super) fn of_error(error: &Error) -> (Status, String) {
    let status = match error {
        Error::Timeout { .. } => Status::Timeout,
        Error::BreakerOpen { .. } => Status::BreakerOpen,
        Error::PermissionDenied { .. } | Error::NotGranted { .. } | Error::Unauthorised { .. } => {
            Status::Denied
        }
        Error::Unsupported { .. } => Status::Skipped,
        Error::BadRequest { .. }
        | Error::BadCursor { .. }
        | Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::Refused { .. }
        | Error::Upstream { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::NoBytes { .. }
        | Error::Range { .. }
        | Error::Damaged { .. }
        | Error::Incomplete { .. }
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::Full { .. }
        | Error::Backend { .. }
        | Error::Internal(_) => Status::Error,
    };
    let words = match error {
        // What broke inside stays in the log.
        Error::Internal(_) => "the gateway failed while asking it".to_owned(),
        other => other.to_string(),
    };
    (status, words)
}

/// Whether asking again on the next page is of no use.
pub(super) fn is_for_good(error: &Error) -> bool {
    match error {
        Error::BadRequest { .. }
        | Error::BadCursor { .. }
        | Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::PermissionDenied { .. }
        | Error::NotGranted { .. }
        | Error::Unsupported { .. }
        | Error::Refused { .. }
        | Error::Unauthorised { .. }
        | Error::NoBytes { .. }
        | Error::Range { .. }
        | Error::Incomplete { .. } => true,
        Error::Upstream { .. }
        | Error::BreakerOpen { .. }
        | Error::Timeout { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::Damaged { .. }
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::Full { .. }
        | Error::Backend { .. }
        | Error::Internal(_) => false,
    }
}

/// The row of an archive that was not asked.
pub(super) fn unasked(
    archive: &crate::asset::ArchiveId,
    status: Status,
    reason: Option<String>,
) -> SourceReport {
    SourceReport { archive: archive.clone(), status, rows: 0, elapsed: Duration::ZERO, reason }
}
