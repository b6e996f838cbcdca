//! What came back: a document to be read, or a fault as a typed error.
//!
//! Called by everything that asks. Rules: the body decides which fault it is, the status only
//! where the body names none, because services agree on the names more than on the statuses.

use std::io::Read;

use archway_formats::vospace::{Fault, FaultKind};
use archway_formats::{Limits, error_message};
use archway_plugin::types::{Exhaustion, LimitKind, Outage, OutageReason, Refusal, RefusalReason};
use archway_plugin::{Error, Response};

/// Looked at, of the body of a failure.
const FAILURE_BYTES: u64 = 64 << 10;

/// Limits of a document: a container of any number of nodes, each of them small.
pub(crate) fn limits() -> Limits {
    Limits { total_bytes: u64::MAX, text_bytes: 1 << 20, head_bytes: 4 << 20, ..Limits::default() }
}

/// The response, if its status is one of success or redirection.
///
/// `about` is the node or URL that was asked about, `slot` the credential slot in use.
pub(crate) fn succeeded(
    response: Response,
    about: &str,
    slot: Option<&str>,
) -> Result<Response, Error> {
    if response.status < 400 { Ok(response) } else { Err(failure(response, about, slot)) }
}

fn failure(mut response: Response, about: &str, slot: Option<&str>) -> Error {
    let status = response.status;
    let retry_after_ms = response
        .header("retry-after")
        .and_then(|value| value.trim().parse::<u64>().ok())
        .map(|s| s * 1000);
    let media_type = response.media_type();
    let mut content = Vec::new();
    // A body that breaks off still has a status.
    let _ = (&mut response).take(FAILURE_BYTES).read_to_end(&mut content);
    let text = String::from_utf8_lossy(&content);
    // Nobody may say who they are with what a stranger's page says.
    if status == 401 {
        return denied(slot, &told(&text, &media_type, status), true);
    }
    if let Some(fault) = Fault::parse(&text) {
        return of_fault(&fault, about, slot, retry_after_ms);
    }
    let message = told(&text, &media_type, status);
    let outage = |reason| {
        Error::Unavailable(Outage {
            reason,
            message: message.clone(),
            reply_code: Some(status),
            retry_after_ms,
        })
    };
    match status {
        403 => denied(slot, &message, false),
        404 | 410 => Error::NotFound(about.to_owned()),
        408 | 504 => outage(OutageReason::TimedOut),
        413 => {
            Error::Exhausted(Exhaustion { limit: LimitKind::ArchiveLimit, allowed: None, message })
        }
        405 | 501 => Error::Unsupported(message),
        423 | 429 | 503 => outage(OutageReason::Busy),
        500.. => outage(OutageReason::ServerFault),
        _ => Error::invalid(message),
    }
}

fn told(text: &str, media_type: &str, status: u16) -> String {
    error_message(Some(media_type), text.as_bytes())
        .unwrap_or_else(|| format!("status {status} without a message"))
}

/// A fault that a service stated, in an answer or of a job.
pub(crate) fn of_fault(
    fault: &Fault,
    about: &str,
    slot: Option<&str>,
    retry_after_ms: Option<u64>,
) -> Error {
    let message = fault.to_string();
    let outage = |reason| {
        Error::Unavailable(Outage {
            reason,
            message: message.clone(),
            reply_code: Some(fault.kind.status()),
            retry_after_ms,
        })
    };
    match fault.kind {
        FaultKind::NodeNotFound | FaultKind::ContainerNotFound => Error::NotFound(about.to_owned()),
        FaultKind::PermissionDenied => denied(slot, &message, false),
        FaultKind::NodeBusy | FaultKind::NodeLocked => outage(OutageReason::Busy),
        FaultKind::InternalFault | FaultKind::TransferFailed => outage(OutageReason::ServerFault),
        FaultKind::RequestEntityTooLarge => {
            Error::Exhausted(Exhaustion { limit: LimitKind::ArchiveLimit, allowed: None, message })
        }
        FaultKind::TypeNotSupported
        | FaultKind::ViewNotSupported
        | FaultKind::ProtocolNotSupported
        | FaultKind::OperationNotSupported => Error::Unsupported(message),
        FaultKind::InvalidUri
        | FaultKind::InvalidArgument
        | FaultKind::InvalidData
        | FaultKind::LinkFound
        | FaultKind::DuplicateNode => Error::invalid(message),
    }
}

/// Not allowed: because nobody said who asks, because they are not known, or because they may not.
fn denied(slot: Option<&str>, message: &str, is_unknown: bool) -> Error {
    let reason = match (slot, is_unknown) {
        (None, _) => RefusalReason::SlotEmpty,
        (Some(_), true) => RefusalReason::CredentialRefused,
        (Some(_), false) => RefusalReason::NotEntitled,
    };
    let slot = slot.unwrap_or_default().to_owned();
    Error::Unauthorised(Refusal { slot, reason, message: message.to_owned() })
}

/// A document that could not be read, as the contract says it.
pub(crate) fn unreadable(error: archway_formats::Error, asked: &str, expected: &str) -> Error {
    match error {
        archway_formats::Error::Io(error) => Error::from(error),
        archway_formats::Error::Limit { limit, .. } => Error::Exhausted(Exhaustion {
            limit: LimitKind::BytesReceived,
            allowed: Some(limit),
            message: error.to_string(),
        }),
        archway_formats::Error::Truncated { .. } => Error::Unavailable(Outage {
            reason: OutageReason::ConnectionLost,
            message: error.to_string(),
            reply_code: None,
            retry_after_ms: None,
        }),
        other => Error::malformed(asked, expected, &other.to_string()),
    }
}
