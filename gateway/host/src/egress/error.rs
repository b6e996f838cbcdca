//! Why an archive could not be reached or read, case by case as in `wit/host/types.wit`.

use std::fmt;
use std::time::Duration;

use crate::credentials::Credentials;
use crate::grants::Denial;

/// What went wrong, by what asking again would do.
///
/// The messages are for people and hold no secret. A response of status 400 and above is
/// a [`Response`](super::Response), not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The gateway forbids it; the denial names the line that would allow it.
    #[error("{0}")]
    Denied(#[from] Denial),
    /// The request itself is wrong.
    #[error("{part}: {message}")]
    Invalid {
        /// The part of the request: `url`, `method`, a header's name, …
        part: String,
        /// What was found and what would be right.
        message: String,
    },
    /// The credential slot cannot be used.
    #[error("{message}")]
    Unauthorised {
        /// The slot.
        slot: String,
        /// Why.
        reason: RefusalReason,
        /// For people.
        message: String,
    },
    /// The archive answered something that is not HTTP, or not what its headers say.
    #[error("{asked}: expected {expected}, received {received}")]
    Malformed {
        /// The URL or command, without secrets.
        asked: String,
        /// What would be right.
        expected: String,
        /// What came instead, shortened.
        received: String,
    },
    /// A limit is used up.
    #[error("{message}")]
    Exhausted {
        /// Which one.
        limit: Limit,
        /// How much is allowed, in the limit's unit.
        allowed: Option<u64>,
        /// For people.
        message: String,
    },
    /// The archive is down or busy; later may be better.
    #[error("{message}")]
    Unavailable {
        /// How it failed.
        reason: OutageReason,
        /// For people.
        message: String,
        /// HTTP status or FTP reply code, where there was one.
        reply_code: Option<u16>,
        /// Not before this.
        retry_after: Option<Duration>,
    },
}

/// Why a slot was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// There is nothing in it.
    SlotEmpty,
    /// There is no such slot.
    SlotUnknown,
    /// It is of another scheme than the call wants.
    CredentialRefused,
}

/// The limits that the broker counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of one response, on the wire or decoded.
    BytesReceived,
    /// Bytes of one request's body or headers.
    BytesSent,
    /// The hosts of an archive in use at once.
    Requests,
}

/// How an archive failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutageReason {
    /// The name does not resolve.
    UnresolvedName,
    /// Nothing listens, or nothing can be reached.
    ConnectionRefused,
    /// The connection broke.
    ConnectionLost,
    /// The certificate or the handshake was not good.
    TlsFailed,
    /// No answer in time.
    TimedOut,
    /// The gateway's own politeness: too many requests are waiting.
    Busy,
    /// The archive answered with failures.
    ServerFault,
}

impl Error {
    /// An outage without reply code.
    pub(crate) fn outage(reason: OutageReason, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Unavailable { reason, message, reply_code: None, retry_after: None }
    }

    /// A fault of the request.
    pub(crate) fn invalid(part: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { part: part.into(), message: message.into() }
    }

    /// The error with every secret replaced by `***`.
    pub(crate) fn redacted(self, credentials: &Credentials) -> Self {
        let clean = |text: String| credentials.redact(&text);
        match self {
            // Endpoints and ids from the configuration; no text of the archive's.
            Self::Denied(denial) => Self::Denied(denial),
            Self::Invalid { part, message } => {
                Self::Invalid { part: clean(part), message: clean(message) }
            }
            Self::Unauthorised { slot, reason, message } => {
                Self::Unauthorised { slot, reason, message: clean(message) }
            }
            Self::Malformed { asked, expected, received } => {
                Self::Malformed { asked: clean(asked), expected, received: clean(received) }
            }
            Self::Exhausted { limit, allowed, message } => {
                Self::Exhausted { limit, allowed, message: clean(message) }
            }
            Self::Unavailable { reason, message, reply_code, retry_after } => {
                Self::Unavailable { reason, message: clean(message), reply_code, retry_after }
            }
        }
    }
}

impl fmt::Display for OutageReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnresolvedName => "its name did not resolve",
            Self::ConnectionRefused => "the connection was refused",
            Self::ConnectionLost => "the connection was lost",
            Self::TlsFailed => "TLS failed",
            Self::TimedOut => "it did not answer in time",
            Self::Busy => "it was busy",
            Self::ServerFault => "it answered with failures",
        })
    }
}
