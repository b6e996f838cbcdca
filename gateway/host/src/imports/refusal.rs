//! What the broker says, in the words of `archway:host/types.error`.
//!
//! Called by `http.rs` and `tcp.rs`.

use crate::abi::v0_1::archway::host::types as wit;
use crate::egress::{Error, Limit, OutageReason, RefusalReason};

/// The value a plugin gets for a failure of the broker.
pub(super) fn of(error: Error) -> wit::Error {
    match error {
        Error::Denied(denial) => wit::Error::Denied(denial.to_string()),
        Error::Invalid { part, message } => wit::Error::InvalidQuery(wit::Fault {
            message,
            part: Some(part),
            line: None,
            column: None,
        }),
        Error::Unauthorised { slot, reason, message } => {
            let reason = match reason {
                RefusalReason::SlotEmpty => wit::RefusalReason::SlotEmpty,
                RefusalReason::SlotUnknown => wit::RefusalReason::SlotUnknown,
                RefusalReason::CredentialRefused => wit::RefusalReason::CredentialRefused,
            };
            wit::Error::Unauthorised(wit::Refusal { slot, reason, message })
        }
        Error::Malformed { asked, expected, received } => {
            wit::Error::MalformedReply(wit::Mismatch { asked, expected, received })
        }
        Error::Exhausted { limit, allowed, message } => {
            let limit = match limit {
                Limit::BytesReceived => wit::LimitKind::BytesReceived,
                Limit::BytesSent => wit::LimitKind::BytesSent,
                Limit::Requests => wit::LimitKind::Requests,
            };
            wit::Error::Exhausted(wit::Exhaustion { limit, allowed, message })
        }
        Error::Unavailable { reason, message, reply_code, retry_after } => {
            wit::Error::Unavailable(wit::Outage {
                reason: outage(reason),
                message,
                reply_code,
                retry_after_ms: retry_after
                    .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            })
        }
    }
}

fn outage(reason: OutageReason) -> wit::OutageReason {
    match reason {
        OutageReason::UnresolvedName => wit::OutageReason::UnresolvedName,
        OutageReason::ConnectionRefused => wit::OutageReason::ConnectionRefused,
        OutageReason::ConnectionLost => wit::OutageReason::ConnectionLost,
        OutageReason::TlsFailed => wit::OutageReason::TlsFailed,
        OutageReason::TimedOut => wit::OutageReason::TimedOut,
        OutageReason::Busy => wit::OutageReason::Busy,
        OutageReason::ServerFault => wit::OutageReason::ServerFault,
    }
}

/// The call has made as many requests as it may.
pub(super) fn no_more_requests(allowed: u32) -> wit::Error {
    wit::Error::Exhausted(wit::Exhaustion {
        limit: wit::LimitKind::Requests,
        allowed: Some(allowed.into()),
        message: format!("a call may make {allowed} requests (limits.requests)"),
    })
}

/// The broker's answer as the broker gave it, for the log and the observer.
pub(super) fn forbidden(error: &Error) -> Option<String> {
    match error {
        Error::Denied(_) | Error::Unauthorised { .. } => Some(error.to_string()),
        Error::Invalid { .. }
        | Error::Malformed { .. }
        | Error::Exhausted { .. }
        | Error::Unavailable { .. } => None,
    }
}
