//! Somebody who watches an archive's calls: `archway plugins try`, `plugins record`, tests.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// Watches an archive. Events come in the order they end, from several tasks at once.
pub struct Observer {
    bodies: bool,
    report: Box<dyn Fn(Event) + Send + Sync>,
}

/// Most bytes of one body that an observer is shown.
pub(crate) const MOST_BODY_BYTES: usize = 64 * 1024 * 1024;

impl Observer {
    /// Calls `report` for each event; it must not block. With `bodies` exchanges carry theirs,
    /// up to 64 MiB each.
    pub fn new(bodies: bool, report: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { bodies, report: Box::new(report) }
    }

    pub(crate) fn wants_bodies(&self) -> bool {
        self.bodies
    }

    pub(crate) fn report(&self, event: Event) {
        (self.report)(event);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").field("bodies", &self.bodies).finish_non_exhaustive()
    }
}

/// What an observer sees.
#[derive(Clone, Debug)]
pub enum Event {
    /// The plugin was called.
    Call(CallReport),
    /// The plugin asked the archive.
    Exchange(Exchange),
    /// The plugin asked for something it may not have.
    Refused {
        /// The URL, or host and port.
        target: String,
        /// Why, and what would allow it.
        reason: String,
    },
    /// The plugin wrote to its log.
    Log {
        /// `trace`, `debug`, `info`, `warning`, `problem`, `stdout` or `stderr`.
        level: &'static str,
        /// The line.
        message: String,
        /// What goes with it.
        fields: Vec<(String, String)>,
    },
}

/// One call of an operation, or one pull of a cursor.
#[derive(Clone, Debug)]
pub struct CallReport {
    /// `search`, `search.next`, …
    pub operation: &'static str,
    /// Wall time.
    pub duration: Duration,
    /// Of that, CPU time of the plugin, in steps of at most 10 ms.
    pub cpu: Duration,
    /// Memory the instance has.
    pub memory_bytes: usize,
    /// The error, if it failed.
    pub error: Option<String>,
}

/// One request and its answer, reported when the body has ended or was given up.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `GET`, …
    pub method: String,
    /// As the plugin wrote it.
    pub url: String,
    /// As the plugin wrote them.
    pub request_headers: Vec<(String, String)>,
    /// What was sent, as its media type says; empty without bodies.
    pub request_body: Bytes,
    /// Its media type.
    pub request_media_type: Option<String>,
    /// Of the answer; absent if there was none.
    pub status: Option<u16>,
    /// After redirects.
    pub final_url: String,
    /// Of the answer, names in lower case.
    pub response_headers: Vec<(String, String)>,
    /// The start of the answer, unpacked; empty without bodies.
    pub response_body: Bytes,
    /// Bytes of the answer that the plugin read.
    pub received_bytes: u64,
    /// Whether the plugin read it to its end.
    pub complete: bool,
    /// From the start of the request to the head of the answer.
    pub head_after: Duration,
    /// From the start of the request to the end.
    pub duration: Duration,
    /// Why there was no answer, or no more of it.
    pub error: Option<String>,
}
