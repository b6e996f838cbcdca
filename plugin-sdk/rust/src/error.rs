//! Short ways to the errors a plugin gives most.

use crate::types::{Error, Fault, Mismatch};

impl Error {
    /// The archive answered something else than its protocol says; `received` is cut to 1 KiB.
    pub fn malformed(
        asked: impl Into<String>,
        expected: impl Into<String>,
        received: &str,
    ) -> Self {
        let received = received.chars().take(256).collect();
        Self::MalformedReply(Mismatch { asked: asked.into(), expected: expected.into(), received })
    }

    /// The question is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidQuery(Fault { message: message.into(), part: None, line: None, column: None })
    }

    /// The named part of the question is wrong.
    pub fn invalid_part(part: &str, message: impl Into<String>) -> Self {
        Self::InvalidQuery(Fault {
            message: message.into(),
            part: Some(part.to_owned()),
            line: None,
            column: None,
        })
    }
}
