//! What came back: a table to be read row by row, or a failure in any of the forms
//! archives give it.
//!
//! Called by `tap.rs`, `job.rs`, `query.rs`, `access.rs`.
//! Rules: gzip is recognised by its bytes, as some archives do not announce it; a
//! failure is told from an answer by status, media type and content together, because
//! each of them lies somewhere.

use std::io::{Cursor, Read};

use archway_formats::votable::{self, QueryStatus, Reader};
use archway_formats::{Limits, error_message, gzip};
use archway_plugin::types::{
    Exhaustion, Fault, LimitKind, Outage, OutageReason, Refusal, RefusalReason,
};
use archway_plugin::{Error, Response};

/// A table whose rows are read as they are wanted.
pub(crate) type Table = Reader<Box<dyn Read>>;

/// Looked at, of a body, before it is read as a table; and told, of a failure.
const HEAD_BYTES: u64 = 4096;
const FAILURE_BYTES: u64 = 64 << 10;

/// Limits of what an archive may send. The gateway bounds the bytes of each response;
/// a document of many gigabytes is what a table may be.
pub(crate) fn limits() -> Limits {
    Limits { total_bytes: u64::MAX, decompressed_bytes: u64::MAX, ..Limits::default() }
}

/// Opens the table in a response.
///
/// `slot` names the credential slot in use.
pub(crate) fn table(response: Response, asked: &str, slot: Option<&str>) -> Result<Table, Error> {
    let media_type = response.media_type();
    let mut body = body(response, asked, slot)?;
    let mut head = Vec::with_capacity(HEAD_BYTES as usize);
    (&mut body)
        .take(HEAD_BYTES)
        .read_to_end(&mut head)
        .map_err(|e| error(archway_formats::Error::from(e), asked))?;
    let start = String::from_utf8_lossy(&head)
        .trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t'])
        .to_owned();
    if !start.starts_with('<') || is_html(&start) {
        let whole = rest_of(head, &mut body)?;
        // Wrong credentials are answered so by one family of archives: 200, no type, no table.
        if let (true, Some(slot)) = (media_type.is_empty(), slot) {
            return Err(refused(
                slot,
                RefusalReason::CredentialRefused,
                "the archive answered without a table",
            ));
        }
        return Err(no_table(&media_type, &whole, asked));
    }
    let whole: Box<dyn Read> = Box::new(Cursor::new(head.clone()).chain(body));
    let table =
        Reader::new(whole, limits()).map_err(|e| unreadable(e, &media_type, &head, asked))?;
    if let QueryStatus::Error(message) = table.head().status() {
        return Err(said(message));
    }
    Ok(table)
}

/// The decoded body of a response that is a success.
pub(crate) fn body(
    response: Response,
    asked: &str,
    slot: Option<&str>,
) -> Result<Box<dyn Read>, Error> {
    let response = succeeded(response, asked, slot)?;
    let sniffed = gzip::sniff(response, &limits())?;
    Ok(Box::new(sniffed))
}

/// The response, if its status is one of success.
pub(crate) fn succeeded(
    mut response: Response,
    asked: &str,
    slot: Option<&str>,
) -> Result<Response, Error> {
    let status = response.status;
    if status < 400 {
        return Ok(response);
    }
    let media_type = response.media_type();
    let retry_after_ms = response
        .header("retry-after")
        .and_then(|value| value.trim().parse::<u64>().ok())
        .map(|s| s * 1000);
    let mut content = Vec::new();
    // A body that breaks off still has a status.
    let _ = gzip::sniff(&mut response, &limits())
        .and_then(|body| body.take(FAILURE_BYTES).read_to_end(&mut content));
    let found = error_message(Some(&media_type), &content);
    let message = found.clone().unwrap_or_else(|| format!("status {status} without a message"));
    let outage = |reason, message| {
        Error::Unavailable(Outage { reason, message, reply_code: Some(status), retry_after_ms })
    };
    let is_dali = contains(&content, b"QUERY_STATUS") || contains(&content, b"VOTABLE");
    Err(match status {
        401 => refused(
            slot.unwrap_or_default(),
            if slot.is_some() {
                RefusalReason::CredentialRefused
            } else {
                RefusalReason::SlotEmpty
            },
            &message,
        ),
        403 => refused(slot.unwrap_or_default(), RefusalReason::NotEntitled, &message),
        404 | 410 if is_dali => said(message),
        404 | 410 => Error::NotFound(asked.to_owned()),
        408 | 504 => outage(OutageReason::TimedOut, message),
        413 => {
            Error::Exhausted(Exhaustion { limit: LimitKind::ArchiveLimit, allowed: None, message })
        }
        429 => outage(OutageReason::Busy, message),
        503 if retry_after_ms.is_none()
            && contains(message.to_ascii_lowercase().as_bytes(), b"maintenance") =>
        {
            outage(OutageReason::Maintenance, message)
        }
        503 => outage(OutageReason::Busy, message),
        // Many services answer a wrong query so; with a DALI document it is the query.
        500.. if !is_dali => outage(OutageReason::ServerFault, message),
        _ if found.is_some() => said(message),
        _ => Error::malformed(asked, "a message with the failure", &format!("status {status}")),
    })
}

/// A document that is not even well-formed may still tell of a failure.
fn unreadable(
    failure: archway_formats::Error,
    media_type: &str,
    head: &[u8],
    asked: &str,
) -> Error {
    // What declares entities means harm, and its words are not worth repeating.
    let is_syntax = !matches!(
        failure,
        archway_formats::Error::Io(_)
            | archway_formats::Error::Limit { .. }
            | archway_formats::Error::Doctype { .. }
    );
    match error_message(Some(media_type), head) {
        Some(message) if is_syntax && contains(head, b"QUERY_STATUS") => said(message),
        _ => error(failure, asked),
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn is_html(start: &str) -> bool {
    let start = start.get(..64).unwrap_or(start).to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

fn rest_of(head: Vec<u8>, body: &mut dyn Read) -> Result<Vec<u8>, Error> {
    let mut whole = head;
    body.take(FAILURE_BYTES).read_to_end(&mut whole)?;
    Ok(whole)
}

/// A success that is no table: a page that tells of a failure, or something else.
fn no_table(media_type: &str, whole: &[u8], asked: &str) -> Error {
    let text = String::from_utf8_lossy(whole);
    // The list that TAP+ services make of a failure; any other page is no answer.
    let is_message = text.to_ascii_lowercase().contains("message:");
    match error_message(Some(media_type), whole) {
        Some(message) if is_message => said(message),
        found => Error::malformed(asked, "a VOTable", &found.unwrap_or_else(|| text.into_owned())),
    }
}

/// What the archive said of the query, and where in it, if it said that too.
pub(crate) fn said(message: String) -> Error {
    if is_too_late(&message) {
        return Error::Exhausted(Exhaustion {
            limit: LimitKind::ArchiveLimit,
            allowed: None,
            message,
        });
    }
    let lower = message.to_ascii_lowercase();
    let number_at = |at: usize| {
        let digits: String =
            lower.get(at..)?.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|n| *n > 0)
    };
    // The word may also stand for something else: `column x`.
    let number_behind = |words: &[&str]| {
        words.iter().find_map(|word| {
            lower.match_indices(word).find_map(|(at, word)| number_at(at + word.len()))
        })
    };
    let (line, column) =
        (number_behind(&["line:", "line ", "l."]), number_behind(&["col:", "column ", "c."]));
    let column = column.filter(|_| line.is_some());
    Error::InvalidQuery(Fault { message, part: None, line, column })
}

/// Whether a message tells of a limit on time that a job might not have.
fn is_too_late(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["timeout", "timed out", "time out", "time limit", "aborted", "cancel"]
        .iter()
        .any(|word| message.contains(word))
}

pub(crate) fn refused(slot: &str, reason: RefusalReason, message: &str) -> Error {
    Error::Unauthorised(Refusal { slot: slot.to_owned(), reason, message: message.to_owned() })
}

/// A document that could not be read, as the contract says it.
pub(crate) fn error(error: archway_formats::Error, asked: &str) -> Error {
    match error {
        archway_formats::Error::Io(error) => match Error::from(error) {
            // The stream is well, what it carries is not: the archive's fault, not ours.
            Error::Internal(reason) => Error::malformed(asked, "gzip that unpacks", &reason),
            told => told,
        },
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
        other => Error::malformed(asked, "a VOTable", &other.to_string()),
    }
}

/// What the archive says must be acknowledged (INFO CITATION and CAPTION of TAP+
/// services, `citation` of DaCHS).
pub(crate) fn acknowledgement(head: &votable::Head) -> Option<String> {
    let in_table = head.table.iter().flat_map(|table| &table.infos);
    let infos = || head.infos.iter().chain(in_table.clone());
    let named = |name: &str| infos().find(|info| info.name.eq_ignore_ascii_case(name));
    let info = named("citation").or_else(|| named("caption"))?;
    let text = info.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let words = text.unwrap_or(info.value.trim());
    (!words.is_empty()).then(|| words.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests;
