//! What a reply that says no means, as a typed error.
//!
//! Servers use few codes for many things, so for some the words decide.

use archway_plugin::Error;
use archway_plugin::types::{Outage, OutageReason, Refusal, RefusalReason};

use crate::reply::Reply;
use crate::server::Login;

/// The error that `reply` to `asked` is; `subject` is the path asked about, if any.
pub(crate) fn of(asked: &str, subject: Option<&str>, login: &Login, reply: &Reply) -> Error {
    let text = format!("{asked}: {}", reply.text());
    let words = reply.lines.join(" ").to_ascii_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let full = says(&["too many", "maximum", "limit", "busy", "try again", "try later", "full"]);
    match reply.code {
        421 => outage(OutageReason::Busy, text, reply.code),
        425 | 426 => outage(OutageReason::ConnectionLost, text, reply.code),
        430 | 530 | 532 if full => outage(OutageReason::Busy, text, reply.code),
        530 | 534 | 521 if says(&["encrypt", "tls", "ssl", "secure"]) => {
            Error::Unsupported(format!("{text} (the server wants TLS)"))
        }
        // vsftpd and ProFTPD close a data connection that does not go on with the TLS session.
        522 | 431 | 533 | 535..=537 => outage(OutageReason::TlsFailed, text, reply.code),
        430 | 530 | 532 => refused(login, text),
        450 if says(&["no such", "not found", "does not exist"]) => missing(subject, text),
        450 => outage(OutageReason::Busy, text, reply.code),
        400..=499 => outage(OutageReason::ServerFault, text, reply.code),
        550 | 553 if says(&["permission", "denied", "not allowed", "forbidden", "privilege"]) => {
            let slot = login.slot().unwrap_or_default().to_owned();
            Error::Unauthorised(Refusal { slot, reason: RefusalReason::NotEntitled, message: text })
        }
        550 | 551 | 553 => missing(subject, text),
        500..=599 => Error::Unsupported(text),
        _ => Error::malformed(asked, "a reply that ends the command", &reply.text()),
    }
}

/// The server closed the control connection instead of an answer.
pub(crate) fn closed(asked: &str) -> Error {
    Error::Unavailable(Outage {
        reason: OutageReason::ConnectionLost,
        message: format!("the server closed the connection instead of an answer to {asked}"),
        reply_code: None,
        retry_after_ms: None,
    })
}

/// What was read is not what the server has now.
pub(crate) fn changed(path: &str, found: &str) -> Error {
    Error::Unavailable(Outage {
        reason: OutageReason::ServerFault,
        message: format!("{path} changed while it was read: {found}"),
        reply_code: None,
        retry_after_ms: None,
    })
}

/// The bytes end before the file does.
pub(crate) fn cut_short(path: &str, found: &str) -> Error {
    Error::Unavailable(Outage {
        reason: OutageReason::ConnectionLost,
        message: format!("the transfer of {path} broke off: {found}"),
        reply_code: None,
        retry_after_ms: None,
    })
}

/// Whether the same question over a fresh connection may go better.
pub(crate) fn is_stale(error: &Error) -> bool {
    match error {
        Error::Unavailable(outage) => {
            outage.reason == OutageReason::ConnectionLost && outage.reply_code.is_none()
                || outage.reply_code == Some(421)
        }
        _ => false,
    }
}

/// Whether the server is full now.
pub(crate) fn is_busy(error: &Error) -> bool {
    matches!(error, Error::Unavailable(outage) if outage.reason == OutageReason::Busy)
}

fn missing(subject: Option<&str>, text: String) -> Error {
    Error::NotFound(subject.map_or(text.clone(), |path| format!("{path} ({text})")))
}

fn refused(login: &Login, message: String) -> Error {
    let (slot, reason) = match login {
        Login::Anonymous { .. } => (String::new(), RefusalReason::SlotEmpty),
        Login::Slot(slot) => (slot.clone(), RefusalReason::CredentialRefused),
    };
    Error::Unauthorised(Refusal { slot, reason, message })
}

fn outage(reason: OutageReason, message: String, code: u16) -> Error {
    Error::Unavailable(Outage { reason, message, reply_code: Some(code), retry_after_ms: None })
}
