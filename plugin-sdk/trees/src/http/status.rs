//! What an HTTP status means for a listing or a file.

use archway_plugin::types::{Exhaustion, LimitKind, Outage, OutageReason, Refusal, RefusalReason};
use archway_plugin::{Error, Response};

/// The response, where it has what was asked for.
pub(super) fn checked(
    response: Response,
    asked: &str,
    slot: Option<&str>,
) -> Result<Response, Error> {
    let status = response.status;
    let told = || format!("{asked}: status {status}");
    let refused = |reason| {
        let slot = slot.unwrap_or_default().to_owned();
        Error::Unauthorised(Refusal { slot, reason, message: told() })
    };
    let retry_after_ms = response
        .header("retry-after")
        .and_then(|text| text.trim().parse::<u64>().ok())
        .map(|seconds| seconds.saturating_mul(1000));
    let outage = |reason| {
        let reply_code = Some(status);
        Error::Unavailable(Outage { reason, message: told(), reply_code, retry_after_ms })
    };
    Err(match status {
        200 | 207 => return Ok(response),
        401 if slot.is_some() => refused(RefusalReason::CredentialRefused),
        401 => refused(RefusalReason::SlotEmpty),
        403 => refused(RefusalReason::NotEntitled),
        404 | 410 => Error::NotFound(asked.to_owned()),
        408 | 504 => outage(OutageReason::TimedOut),
        413 => Error::Exhausted(Exhaustion {
            limit: LimitKind::ArchiveLimit,
            allowed: None,
            message: told(),
        }),
        429 | 503 => outage(OutageReason::Busy),
        500..=599 => outage(OutageReason::ServerFault),
        other => Error::malformed(asked, "status 200", &format!("status {other}")),
    })
}
