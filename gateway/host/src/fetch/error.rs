//! What the broker's errors mean to who wants a file.

use std::time::Duration;

use archway_core::Error;
use archway_core::asset::ArchiveId;

use crate::egress::{self, OutageReason};

/// Of `archive`, after `waited`.
pub(super) fn of_egress(archive: &ArchiveId, error: egress::Error, waited: Duration) -> Error {
    let archive = archive.clone();
    match error {
        egress::Error::Denied(denial) => Error::NotGranted { archive, missing: denial.to_string() },
        egress::Error::Unauthorised { slot, message, .. } => {
            Error::Unauthorised { archive, reason: format!("slot `{slot}`: {message}") }
        }
        egress::Error::Exhausted { message, .. } => Error::Exhausted { archive, limit: message },
        error @ (egress::Error::Invalid { .. } | egress::Error::Malformed { .. }) => {
            Error::Upstream { archive, reason: error.to_string(), retry_after: None }
        }
        egress::Error::Unavailable { reason, message, reply_code, retry_after } => {
            match (reason, retry_after) {
                (OutageReason::Busy, _) => {
                    Error::Upstream { archive, reason: message, retry_after }
                }
                // "Left alone" is the only outage without a reply that says when.
                (_, Some(retry_after)) if reply_code.is_none() => {
                    Error::BreakerOpen { archive, reason: message, retry_after }
                }
                (OutageReason::TimedOut, _) => Error::Timeout { archive, after: waited },
                _ => Error::Upstream { archive, reason: message, retry_after },
            }
        }
    }
}
