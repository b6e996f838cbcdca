//! What a federated search found, and how each archive answered.

use std::time::Duration;

use crate::asset::{ArchiveId, Asset};

/// How one archive took part in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It answered.
    Ok,
    /// It answered, and something of its answer is missing or was left out.
    Partial,
    /// It gave nothing more before the deadline.
    Timeout,
    /// It was not asked, because it cannot hold an answer or does not offer search.
    Skipped,
    /// The caller may not ask it, or it refuses the gateway's credential.
    Denied,
    /// It failed.
    Error,
    /// It failed so often that it is left alone for a while.
    BreakerOpen,
}

impl Status {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Timeout => "timeout",
            Self::Skipped => "skipped",
            Self::Denied => "denied",
            Self::Error => "error",
            Self::BreakerOpen => "breaker-open",
        }
    }

    /// Whether assets may be missing because of it.
    pub fn is_partial(self) -> bool {
        !matches!(self, Self::Ok | Self::Skipped)
    }
}

/// The row of one archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReport {
    /// The archive.
    pub archive: ArchiveId,
    /// How it took part.
    pub status: Status,
    /// Assets of this page that it gave, those merged into another archive's included.
    pub rows: u64,
    /// From the start of the search to its answer.
    pub elapsed: Duration,
    /// For people; always there when the status is not `ok`.
    pub reason: Option<String>,
}

/// How many assets the whole search has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number, or the best guess: what archives say they have and what was read, copies
    /// that were not met yet counted twice.
    pub value: u64,
    /// Whether every archive was read to its end or counted for itself, and nothing
    /// that is done here can change it.
    pub exact: bool,
}

/// One page of a federated search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The assets, in the order asked for.
    pub assets: Vec<Asset>,
    /// Every archive of the scope, in the order of the configuration.
    pub sources: Vec<SourceReport>,
    /// Whether an archive that may have assets is missing, wholly or in part.
    pub partial: bool,
    /// How many in all.
    pub count: Count,
    /// Give this as `cursor` for the next page; absent at the end.
    pub next: Option<String>,
}

/// A step of a search that is watched.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An archive answered (or failed, or was not asked).
    Source {
        /// Its row as far as it goes now; the page has the final one.
        report: SourceReport,
        /// Its assets, at most a page of them and not merged with others yet.
        assets: Vec<Asset>,
    },
    /// The page; nothing follows.
    Page(Box<Page>),
}
