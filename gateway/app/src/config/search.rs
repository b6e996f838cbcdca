//! `[search]`: how long a federated search may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::report::Report;

/// How long a search may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// When the client says nothing.
    pub default: Duration,
    /// The most that a client may ask for.
    pub most: Duration,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SearchTable {
    deadline_ms: i64,
    max_deadline_ms: i64,
}

impl Default for SearchTable {
    fn default() -> Self {
        Self { deadline_ms: 8_000, max_deadline_ms: 60_000 }
    }
}

impl SearchTable {
    pub(super) fn check(&self, report: &mut Report<'_>) -> Deadlines {
        let most_ms = report.within("max_deadline_ms", self.max_deadline_ms, 100..=60_000);
        let default_ms = report.within("deadline_ms", self.deadline_ms, 100..=60_000);
        if default_ms > most_ms {
            report.wrong(
                "deadline_ms",
                format_args!("{default_ms} is more than max_deadline_ms, {most_ms}"),
            );
        }
        let ms = |ms: i64| Duration::from_millis(ms.unsigned_abs());
        Deadlines { default: ms(default_ms), most: ms(most_ms) }
    }
}
