//! Somebody who watches an archive's calls: `archway plugins try`, `plugins record`, tests.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::credentials::LoginPart;
use crate::egress::Security;

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
    /// The plugin talked with the archive over a byte stream.
    Conversation(Conversation),
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

/// A byte stream and those related to it, reported when all of them have closed.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// As the plugin wrote it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// From its first byte on.
    pub security: Security,
    /// In the order in which they took place; without bodies, related connections only.
    pub turns: Vec<Turn>,
    /// Bytes that the plugin wrote, on all connections; without credentials.
    pub sent_bytes: u64,
    /// Bytes that the plugin read, on all connections.
    pub received_bytes: u64,
    /// Whether all that was said is among the turns.
    pub complete: bool,
    /// From the wish to connect to the end.
    pub duration: Duration,
    /// Why there was no connection.
    pub error: Option<String>,
}

/// A second connection to the same peer.
#[derive(Clone, Debug)]
pub struct Related {
    /// The port that the peer named.
    pub port: u16,
    /// From its first byte on.
    pub security: Security,
    /// In the order in which they took place.
    pub turns: Vec<Turn>,
}

/// One thing that happened on a byte stream.
#[derive(Clone, Debug)]
pub enum Turn {
    /// The plugin wrote this.
    Sent(Vec<u8>),
    /// The peer wrote this.
    Received(Vec<u8>),
    /// The gateway wrote a part of a credential, which is not shown.
    Credential {
        /// The slot named.
        slot: String,
        /// Which part of it.
        part: LoginPart,
        /// What stands before it.
        before: String,
    },
    /// The plugin went on in TLS.
    StartTls,
    /// The plugin opened a second connection.
    Related(Related),
    /// The plugin said that it writes no more.
    Finished,
    /// The peer closed.
    Ended,
    /// It failed, with these words.
    Failed(String),
}
