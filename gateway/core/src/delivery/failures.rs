//! Failures on the way to bytes, judged: whether another copy may help, and what is said if none
//! did.
//!
//! Called by `delivery.rs`. Pure.

use crate::Error;
use crate::asset::AssetId;

/// Whether another copy may be had where this one could not.
pub(super) fn elsewhere_may_help(error: &Error) -> bool {
    match error {
        Error::Upstream { .. }
        | Error::Refused { .. }
        | Error::NotGranted { .. }
        | Error::Unsupported { .. }
        | Error::Unauthorised { .. }
        | Error::BreakerOpen { .. }
        | Error::Timeout { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::NoBytes { .. }
        | Error::Damaged { .. } => true,
        Error::BadRequest { .. }
        | Error::BadCursor { .. }
        | Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::PermissionDenied { .. }
        | Error::Range { .. }
        | Error::Incomplete { .. }
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::Full { .. }
        | Error::Backend { .. }
        | Error::Internal(_) => false,
    }
}

/// One failure is said as it is, several as what the last one is, in the words of all.
pub(super) fn all_failed(id: &AssetId, mut failures: Vec<Error>) -> Error {
    let Some(last) = failures.pop() else {
        let reason = "the archive gives no way to them".to_owned();
        return Error::NoBytes { asset: id.clone(), reason };
    };
    if failures.is_empty() {
        return last;
    }
    failures.push(last);
    let words: Vec<String> = failures.iter().map(ToString::to_string).collect();
    let reason = format!("none of {} ways to the bytes works: {}", words.len(), words.join("; "));
    Error::Upstream { archive: id.archive.clone(), reason, retry_after: None }
}
