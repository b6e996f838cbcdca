//! The phases of a job (UWS 1.1, 2.2.2).

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Accepted, waits to be started by its owner.
    Pending,
    /// Waits for the service.
    Queued,
    /// Runs.
    Executing,
    /// Done, with results.
    Completed,
    /// Failed.
    Error,
    /// Ended by its owner or the service.
    Aborted,
    /// The service does not know.
    #[default]
    Unknown,
    /// Waits for its owner to start it again.
    Held,
    /// Waits for the service to go on.
    Suspended,
    /// Results are gone, the record is kept.
    Archived,
}

impl Phase {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Queued => "QUEUED",
            Self::Executing => "EXECUTING",
            Self::Completed => "COMPLETED",
            Self::Error => "ERROR",
            Self::Aborted => "ABORTED",
            Self::Unknown => "UNKNOWN",
            Self::Held => "HELD",
            Self::Suspended => "SUSPENDED",
            Self::Archived => "ARCHIVED",
        }
    }

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Error | Self::Aborted | Self::Archived => true,
            Self::Pending
            | Self::Queued
            | Self::Executing
            | Self::Unknown
            | Self::Held
            | Self::Suspended => false,
        }
    }
}

impl FromStr for Phase {
    type Err = Infallible;

    /// Reads the word in any case; another word is [`Phase::Unknown`].
    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word.trim().to_ascii_uppercase().as_str() {
            "PENDING" => Self::Pending,
            "QUEUED" => Self::Queued,
            "EXECUTING" | "RUN" | "RUNNING" => Self::Executing,
            "COMPLETED" => Self::Completed,
            "ERROR" => Self::Error,
            "ABORTED" => Self::Aborted,
            "HELD" => Self::Held,
            "SUSPENDED" => Self::Suspended,
            "ARCHIVED" => Self::Archived,
            _ => Self::Unknown,
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
