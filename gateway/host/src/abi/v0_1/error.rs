//! What a plugin's error means to the core.

use std::time::Duration;

use archway_core::Error;
use archway_core::asset::AssetId;

use super::archway::host::types as wit;
use super::checked::Lie;
use crate::egress::State;
use crate::instance::Surroundings;

/// What was being done when it went wrong.
#[derive(Clone, Copy)]
pub(super) struct Doing<'a> {
    pub(super) surroundings: &'a Surroundings,
    pub(super) operation: &'static str,
    /// Since it began.
    pub(super) waited: Duration,
    /// The asset asked for, by its native id.
    pub(super) asset: Option<&'a str>,
}

/// The plugin's answer breaks the contract.
pub(super) fn lied(doing: Doing<'_>, lie: &Lie) -> Error {
    let archive = doing.surroundings.archive.clone();
    tracing::warn!(
        archive.id = %archive,
        plugin.id = %doing.surroundings.plugin,
        operation = doing.operation,
        %lie,
        "a plugin's answer breaks the contract"
    );
    Error::Plugin { archive, operation: doing.operation, reason: format!("in its answer {lie}") }
}

/// The plugin says that it could not.
pub(super) fn said(doing: Doing<'_>, error: wit::Error) -> Error {
    let archive = doing.surroundings.archive.clone();
    match error {
        wit::Error::InvalidQuery(fault) => Error::Refused { archive, reason: fault_text(fault) },
        wit::Error::Unsupported(what) => Error::Unsupported { archive, what: short(what) },
        wit::Error::NotFound(what) => match doing.asset {
            Some(native) => Error::AssetNotFound(AssetId { archive, native: native.to_owned() }),
            None => Error::Refused { archive, reason: format!("there is no {}", short(what)) },
        },
        wit::Error::Unauthorised(refusal) => {
            let reason = format!("slot `{}`: {}", short(refusal.slot), short(refusal.message));
            Error::Unauthorised { archive, reason }
        }
        wit::Error::Denied(missing) => Error::NotGranted { archive, missing: short(missing) },
        wit::Error::MalformedReply(mismatch) => Error::Upstream {
            archive,
            reason: format!(
                "it answered {} with `{}`, where {} was expected",
                short(mismatch.asked),
                short(mismatch.received).escape_debug(),
                short(mismatch.expected),
            ),
            retry_after: None,
        },
        wit::Error::Internal(reason) => {
            Error::Plugin { archive, operation: doing.operation, reason: short(reason) }
        }
        wit::Error::Exhausted(exhaustion) => match exhaustion.limit {
            wit::LimitKind::WallTime => Error::Timeout { archive, after: doing.waited },
            wit::LimitKind::Requests
            | wit::LimitKind::BytesReceived
            | wit::LimitKind::BytesSent
            | wit::LimitKind::Rows
            | wit::LimitKind::CpuTime
            | wit::LimitKind::Memory
            | wit::LimitKind::Cache
            | wit::LimitKind::ArchiveLimit => {
                let limit = format!("{}, in {}", short(exhaustion.message), doing.operation);
                Error::Exhausted { archive, limit }
            }
        },
        wit::Error::Unavailable(outage) => unavailable(doing, outage),
    }
}

fn unavailable(doing: Doing<'_>, outage: wit::Outage) -> Error {
    let archive = doing.surroundings.archive.clone();
    let reason = short(outage.message);
    let retry_after = outage.retry_after_ms.map(Duration::from_millis);
    let busy = matches!(outage.reason, wit::OutageReason::Busy);
    let open = doing.surroundings.egress.state() == State::Open;
    match (outage.reason, outage.reply_code, retry_after) {
        // The broker's word for "left alone": an outage without a reply that says when.
        (_, None, Some(retry_after)) if open && !busy => {
            Error::BreakerOpen { archive, reason, retry_after }
        }
        (wit::OutageReason::TimedOut, _, _) => Error::Timeout { archive, after: doing.waited },
        (_, Some(code), retry_after) if !reason.contains(&code.to_string()) => {
            Error::Upstream { archive, reason: format!("{reason} (reply {code})"), retry_after }
        }
        (_, _, retry_after) => Error::Upstream { archive, reason, retry_after },
    }
}

fn fault_text(fault: wit::Fault) -> String {
    let mut reason = short(fault.message);
    if let Some(part) = fault.part {
        reason = format!("{}: {reason}", short(part));
    }
    match (fault.line, fault.column) {
        (Some(line), Some(column)) => format!("{reason} (line {line}, column {column})"),
        (Some(line), None) => format!("{reason} (line {line})"),
        (None, _) => reason,
    }
}

/// An archive's words may be a page of HTML.
fn short(text: String) -> String {
    const MOST_CHARS: usize = 1000;
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
