//! How each failure is said over HTTP. The only place that maps an error to a status.
//!
//! Called by both surfaces, which differ only in the form of the document.

use std::time::Duration;

use archway_core::Error;
use axum::http::StatusCode;

/// Whose fault a failure is; it decides the log level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is wrong, or asks for what is not there.
    Client,
    /// An archive or its plugin failed, or the operator did not grant it something.
    Archive,
    /// A defect of the gateway.
    Gateway,
}

/// Returns the status of `error`, the same on every surface.
///
/// There is no catch-all arm in this file on purpose: a new [`Error`] variant
/// must be given a status, a fault and words here before the gateway compiles.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::BadRequest { .. } | Error::BadCursor { .. } => StatusCode::BAD_REQUEST,
        Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::NotFound { .. }
        | Error::NoBytes { .. } => StatusCode::NOT_FOUND,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::QuotaExceeded { .. } => StatusCode::FORBIDDEN,
        Error::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
        Error::Backend { temporary: true, .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Backend { temporary: false, .. } => StatusCode::BAD_GATEWAY,
        Error::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        Error::PermissionDenied { .. } => StatusCode::FORBIDDEN,
        Error::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Unsupported { .. } => StatusCode::NOT_IMPLEMENTED,
        Error::NotGranted { .. }
        | Error::Upstream { .. }
        | Error::Unauthorised { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::Damaged { .. }
        | Error::Incomplete { .. } => StatusCode::BAD_GATEWAY,
        Error::BreakerOpen { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Returns whose fault `error` is.
pub fn fault(error: &Error) -> Fault {
    match error {
        Error::BadRequest { .. }
        | Error::BadCursor { .. }
        | Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::PermissionDenied { .. }
        | Error::Unsupported { .. }
        | Error::NoBytes { .. }
        | Error::Range { .. }
        | Error::Refused { .. } => Fault::Client,
        Error::NotGranted { .. }
        | Error::Upstream { .. }
        | Error::Unauthorised { .. }
        | Error::BreakerOpen { .. }
        | Error::Timeout { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::Damaged { .. }
        | Error::Incomplete { .. } => Fault::Archive,
        Error::Full { .. } | Error::Backend { .. } | Error::Internal(_) => Fault::Gateway,
    }
}

/// Returns the words a client may read. What broke inside stays in the log.
pub fn public_message(error: &Error) -> String {
    match error {
        Error::Internal(_) => {
            "the gateway failed; quote the x-request-id of this answer when you report it"
                .to_owned()
        }
        Error::BadRequest { .. }
        | Error::BadCursor { .. }
        | Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::Full { .. }
        | Error::Backend { .. }
        | Error::PermissionDenied { .. }
        | Error::NotGranted { .. }
        | Error::Unsupported { .. }
        | Error::Refused { .. }
        | Error::Upstream { .. }
        | Error::Unauthorised { .. }
        | Error::BreakerOpen { .. }
        | Error::Timeout { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::NoBytes { .. }
        | Error::Range { .. }
        | Error::Damaged { .. }
        | Error::Incomplete { .. } => error.to_string(),
    }
}

/// Returns the word for what went wrong, for clients that tell failures apart by words.
pub fn code(error: &Error) -> &'static str {
    match error {
        Error::BadRequest { .. } | Error::BadCursor { .. } | Error::Range { .. } => "BAD_REQUEST",
        Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::NotFound { .. }
        | Error::NoBytes { .. } => "NOT_FOUND",
        Error::Conflict { .. } => "CONFLICT",
        Error::QuotaExceeded { .. } => "QUOTA_EXCEEDED",
        Error::Full { .. } => "FULL",
        Error::PermissionDenied { .. } => "FORBIDDEN",
        Error::Refused { .. } => "REFUSED",
        Error::Unsupported { .. } => "UNSUPPORTED",
        Error::Backend { .. } => "BACKEND_FAILED",
        Error::NotGranted { .. }
        | Error::Upstream { .. }
        | Error::Unauthorised { .. }
        | Error::BreakerOpen { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::Damaged { .. }
        | Error::Incomplete { .. } => "ARCHIVE_FAILED",
        Error::Timeout { .. } => "TIMEOUT",
        Error::Internal(_) => "INTERNAL",
    }
}

/// Returns the parameter that is wrong, as the client spelt it, when it is one.
pub fn parameter(error: &Error) -> Option<&str> {
    match error {
        Error::BadRequest { parameter, .. } => Some(parameter),
        Error::BadCursor { .. } => Some("cursor"),
        Error::Range { .. } => Some("range"),
        Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::Full { .. }
        | Error::Backend { .. }
        | Error::PermissionDenied { .. }
        | Error::NotGranted { .. }
        | Error::Unsupported { .. }
        | Error::Refused { .. }
        | Error::Upstream { .. }
        | Error::Unauthorised { .. }
        | Error::BreakerOpen { .. }
        | Error::Timeout { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::NoBytes { .. }
        | Error::Damaged { .. }
        | Error::Incomplete { .. }
        | Error::Internal(_) => None,
    }
}

/// Returns when asking again may help, for `Retry-After`; rounded up to whole seconds by the caller.
pub fn retry_after(error: &Error) -> Option<Duration> {
    match error {
        Error::Upstream { retry_after, .. } => *retry_after,
        Error::BreakerOpen { retry_after, .. } => Some(*retry_after),
        Error::BadRequest { .. }
        | Error::BadCursor { .. }
        | Error::ArchiveNotFound { .. }
        | Error::AssetNotFound(_)
        | Error::NotFound { .. }
        | Error::Conflict { .. }
        | Error::QuotaExceeded { .. }
        | Error::Full { .. }
        | Error::Backend { .. }
        | Error::PermissionDenied { .. }
        | Error::NotGranted { .. }
        | Error::Unsupported { .. }
        | Error::Refused { .. }
        | Error::Unauthorised { .. }
        | Error::Timeout { .. }
        | Error::Exhausted { .. }
        | Error::Plugin { .. }
        | Error::NoBytes { .. }
        | Error::Range { .. }
        | Error::Damaged { .. }
        | Error::Incomplete { .. }
        | Error::Internal(_) => None,
    }
}

/// Logs `error` once, where it becomes an answer, at the level of whose fault it is.
pub fn log(error: &Error) {
    match fault(error) {
        Fault::Client => tracing::info!(%error, "request refused"),
        Fault::Archive => tracing::warn!(%error, "request failed in an archive"),
        Fault::Gateway => tracing::error!(%error, "request failed in the gateway"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_a_status_and_an_owner() {
        let archive = || "hst".parse().unwrap();
        let reason = || "reason".to_owned();
        let cases = [
            (Error::bad_request("pos", "reason"), 400, Fault::Client),
            (Error::BadCursor { reason: "is damaged" }, 400, Fault::Client),
            (Error::ArchiveNotFound { asked: reason(), nearest: None }, 404, Fault::Client),
            (Error::AssetNotFound("hst/x".parse().unwrap()), 404, Fault::Client),
            (Error::PermissionDenied { reason: reason() }, 403, Fault::Client),
            (Error::NotGranted { archive: archive(), missing: reason() }, 502, Fault::Archive),
            (Error::Unsupported { archive: archive(), what: reason() }, 501, Fault::Client),
            (Error::Refused { archive: archive(), reason: reason() }, 422, Fault::Client),
            (Error::Timeout { archive: archive(), after: Duration::ZERO }, 504, Fault::Archive),
            (Error::Exhausted { archive: archive(), limit: reason() }, 502, Fault::Archive),
            (Error::Unauthorised { archive: archive(), reason: reason() }, 502, Fault::Archive),
            (Error::Damaged { archive: archive(), reason: reason() }, 502, Fault::Archive),
            (Error::Range { asked: reason(), total_bytes: Some(1) }, 416, Fault::Client),
            (
                Error::NoBytes { asset: "hst/x".parse().unwrap(), reason: reason() },
                404,
                Fault::Client,
            ),
            (Error::Incomplete { sources: Vec::new() }, 502, Fault::Archive),
            (Error::Internal("secret path /etc".into()), 500, Fault::Gateway),
        ];
        for (error, expected, owner) in cases {
            assert_eq!(status(&error).as_u16(), expected, "case: {error}");
            assert_eq!(fault(&error), owner, "case: {error}");
            assert!(!public_message(&error).contains("secret"), "case: {error}");
        }
    }
}
