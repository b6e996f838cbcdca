//! Federated discovery: one question, many archives, one page.
//!
//! Called by every search surface: `/api/v1/search`, the portal, the CLI behind them. Calls
//! [`Archive::search`](crate::archive::Archive::search) on each archive that can answer.
//!
//! Rules that hold here and nowhere else:
//!
//! - A failing archive never fails the search. Its failure is its row in `sources`, and it is
//!   asked again on the next page from where it stood. After [`STALLED_PAGES`] pages in a row
//!   on which it gave nothing and did not end, it is given up, and every page says so; a
//!   failure that asking again cannot mend gives it up at once. A first page on which nobody
//!   gave anything and somebody failed has no `next`.
//! - The order of a page does not depend on which archive was quickest.
//! - Following `next` shows every asset once, over restarts too: the cursor holds where every
//!   archive stands, the page memory what was merged.
//! - An archive is not trusted to have applied region and time: what has nothing to do with
//!   them is left out, and the archive is `partial`.
//! - Nothing is retried here. Retries, rates and breakers belong to the archive's host.
//!
//! Not here: parsing of parameters (`search/parse.rs`), one asset (`look_up.rs`), table
//! queries (`tables.rs`).

mod ask_all;
mod choice;
mod cursor;
mod filtering;
mod identity;
mod matching;
mod memory;
mod merge;
mod order;
mod page;
mod place;
mod report;
mod request;
mod source;
#[cfg(test)]
mod tests;
mod turn;
mod watch;
mod words;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::Stream;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::sync::mpsc;

pub(crate) use filtering::matches_glob;
pub use matching::visibility_name;
pub use memory::{PageMemory, ProcessMemory};
pub use order::in_order;
pub use page::{Count, Event, Page, SourceReport, Status};
pub use request::{DEADLINE_DEFAULT, DEADLINE_MAX, LIMIT_MAX, Request, Require, Sort};

use choice::{Choice, Coverages, choose};
use cursor::{Cursor, question_hash};
use matching::{Matcher, Verdict};
use place::{Place, Progress};
use source::Source;
use turn::{Prepared, Row};

use crate::Error;
use crate::archive::ArchiveInfo;
use crate::archives::{Archives, not_found};
use crate::asset::{ArchiveId, Asset};
use crate::coverage::Instant;
use crate::permission::{Action, Principal, Resource, decide};
use crate::search::{Constraint, Question};

/// Archives that are asked at the same time; more wait for one of these to answer.
pub const MAX_AT_ONCE: usize = 128;
/// An archive that gave nothing for so many pages in a row is given up.
pub const STALLED_PAGES: u8 = 3;
/// Hashes that are remembered of one search; copies met later may be shown again. Some 50,000
/// assets, and 2 MB to read for each further page.
const REMEMBERED: u64 = 250_000;

/// Searches all archives of a gateway at once.
#[derive(Clone)]
pub struct Discovery {
    archives: Arc<Archives>,
    cursor_key: [u8; 32],
    memory: Arc<dyn PageMemory>,
    coverages: Arc<Coverages>,
    searches: Arc<AtomicU64>,
}

impl Discovery {
    /// Over these archives. `cursor_key` signs cursors: keep it over restarts, and share it
    /// between the processes of one gateway.
    pub fn new(archives: Arc<Archives>, cursor_key: [u8; 32], memory: Arc<dyn PageMemory>) -> Self {
        Self { archives, cursor_key, memory, coverages: Arc::default(), searches: Arc::default() }
    }

    /// One page. Dropping the future ends every call upstream.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`], [`Error::BadCursor`], [`Error::ArchiveNotFound`] (scope or
    /// require), [`Error::Incomplete`]. An archive that fails is a row, not an error.
    pub async fn search(
        &self,
        principal: &Principal,
        request: Request,
        now: Instant,
    ) -> Result<Page, Error> {
        self.prepare(principal, &request, now)?.run(self, &request, None).await
    }

    /// The same, step by step: an event as each archive answers, the page last.
    ///
    /// Dropping the stream ends every call upstream.
    ///
    /// # Errors
    ///
    /// What is wrong with the request itself, before anything is asked; a later error
    /// ([`Error::Incomplete`]) is the stream's last item.
    pub fn search_events(
        &self,
        principal: &Principal,
        request: Request,
        now: Instant,
    ) -> Result<impl Stream<Item = Result<Event, Error>> + Send + use<>, Error> {
        let prepared = self.prepare(principal, &request, now)?;
        let this = self.clone();
        let (events, receiver) = mpsc::channel(16);
        let page = async move { prepared.run(&this, &request, Some(events)).await };
        Ok(watch::stream(receiver, page))
    }

    /// Checks everything that can be checked without asking, and decides whom to ask.
    fn prepare(
        &self,
        principal: &Principal,
        request: &Request,
        now: Instant,
    ) -> Result<Prepared, Error> {
        request.check()?;
        decide(principal, Action::Search, Resource::Gateway)?;
        let archives = self.archives.snapshot();
        let infos: Vec<ArchiveInfo> = archives.iter().map(|archive| archive.info()).collect();
        let ids: Vec<ArchiveId> = infos.iter().map(|info| info.id.clone()).collect();
        let required: &[ArchiveId] = match &request.require {
            Require::Archives(required) => required,
            Require::Any | Require::All => &[],
        };
        for named in request.scope.iter().chain(required) {
            if !ids.contains(named) {
                return Err(not_found(&archives, named.as_str()));
            }
        }
        let in_scope = |id: &ArchiveId| request.scope.is_empty() || request.scope.contains(id);
        if let Some(outside) = required.iter().find(|id| !in_scope(id)) {
            let reason = format!("`{outside}` is required and not among the archives asked");
            return Err(Error::bad_request("require", reason));
        }
        let matcher = Matcher::new(request.question.clone(), now)?;
        let hash = question_hash(request);
        let cursor = request.cursor.as_deref();
        let cursor =
            cursor.map(|text| Cursor::open(text, &self.cursor_key, &hash, now)).transpose()?;
        let mut stood: HashMap<ArchiveId, Progress> =
            cursor.iter().flat_map(|cursor| cursor.archives.iter().cloned()).collect();

        let mut rows: Vec<Row> = Vec::new();
        for (archive, info) in archives.iter().zip(infos) {
            if !in_scope(&info.id) {
                continue;
            }
            let id = info.id.clone();
            let progress = stood.remove(&id);
            // (An archive that was added since the first page begins now.)
            let row = match progress {
                Some(Progress::Done) => Row::Done(id),
                Some(Progress::GivenUp) => Row::GivenUp(id),
                _ => match decide(principal, Action::Search, Resource::Archive(&id)) {
                    Err(denied) => {
                        Row::Unasked(report::unasked(&id, Status::Denied, Some(denied.to_string())))
                    }
                    Ok(()) => match choose(&info, &matcher, &self.coverages, &ids) {
                        Choice::Ask(question) => {
                            let place = match progress {
                                Some(Progress::At(place)) => place,
                                _ => Place::default(),
                            };
                            let archive = Arc::clone(archive);
                            Row::Ask(Box::new(Source::new(archive, info, *question, place)))
                        }
                        Choice::Incapable(reason) => {
                            Row::Incapable(report::unasked(&id, Status::Skipped, Some(reason)))
                        }
                        Choice::CannotHold(reason) => {
                            Row::Unasked(report::unasked(&id, Status::Skipped, Some(reason)))
                        }
                    },
                },
            };
            rows.push(row);
        }
        Ok(Prepared { principal: principal.clone(), matcher, hash, cursor, rows, now })
    }

    /// An id for a list in the page memory that no other search has.
    fn new_memory_id(&self, hash: &[u8; 16], now: Instant) -> u128 {
        let number = self.searches.fetch_add(1, Ordering::Relaxed);
        let mac = Hmac::<Sha256>::new_from_slice(&self.cursor_key)
            .expect("HMAC takes keys of any length")
            .chain_update(b"page memory")
            .chain_update(hash)
            .chain_update(now.0.to_le_bytes())
            .chain_update(number.to_le_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        u128::from_le_bytes(id)
    }

    /// Writes what this page showed behind what was shown before; returns the list's id and
    /// length.
    async fn remember(
        &self,
        (mut id, mut length): (u128, u64),
        seen: Vec<u64>,
        shown: &[u64],
        fresh: impl Fn() -> u128,
    ) -> Result<(u128, u64), Error> {
        let room = usize::try_from(REMEMBERED.saturating_sub(length)).unwrap_or(usize::MAX);
        let shown = shown.get(..room).unwrap_or(shown);
        if shown.is_empty() {
            return Ok((id, length));
        }
        if length > 0 && self.memory.append(id, length, shown).await? {
            return Ok((id, length + shown.len() as u64));
        }
        // The first to be remembered, or another page was made from the same cursor before:
        // a list of its own.
        let all: Vec<u64> = seen.into_iter().chain(shown.iter().copied()).collect();
        for _ in 0..3 {
            (id, length) = (fresh(), all.len() as u64);
            if self.memory.append(id, 0, &all).await? {
                return Ok((id, length));
            }
        }
        Err(Error::internal("three new page memory ids were taken already"))
    }
}

/// Whether an asset answers a question, the constraints in `except` left out. For fakes.
pub fn keeps(question: &Question, asset: &Asset, except: &[Constraint]) -> bool {
    // Embargoes are not judged by an archive.
    let Ok(matcher) = Matcher::new(question.clone(), Instant(0)) else { return false };
    matcher.compare(asset, |constraint| !except.contains(constraint)) != Verdict::No
}
