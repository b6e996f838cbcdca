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
mod watch;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::Stream;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, timeout_at};
use tracing::{Instrument, info_span, warn};

pub use matching::visibility_name;
pub use memory::{PageMemory, ProcessMemory};
pub use order::in_order;
pub use page::{Count, Event, Page, SourceReport, Status};
pub use request::{DEADLINE_DEFAULT, DEADLINE_MAX, LIMIT_MAX, Request, Require, Sort};

use choice::{Choice, Coverages, choose};
use cursor::{Cursor, question_hash};
use matching::{Matcher, Verdict};
use merge::Merge;
use place::{Place, Progress};
use source::{Asking, Source};

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
/// Assets of each archive that are looked at for duplicates, however small the page.
const VIEW: usize = 50;
/// Hashes that are remembered of one search; copies met later may be shown again. Some 50,000
/// assets, and 2 MB to read for each further page.
const REMEMBERED: u64 = 250_000;
/// What an archive's own deadline may be overrun before its task is left behind.
const GRACE: Duration = Duration::from_millis(20);

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

/// One archive of the scope.
enum Row {
    Ask(Box<Source>),
    Done(ArchiveId),
    GivenUp(ArchiveId),
    /// Cannot hold an answer, or may not be asked.
    Unasked(SourceReport),
    /// Does not offer search.
    Incapable(SourceReport),
}

/// A search that is ready to be run.
struct Prepared {
    principal: Principal,
    matcher: Matcher,
    hash: [u8; 16],
    cursor: Option<Cursor>,
    rows: Vec<Row>,
    now: Instant,
}

impl Prepared {
    async fn run(
        self,
        discovery: &Discovery,
        request: &Request,
        events: Option<mpsc::Sender<Event>>,
    ) -> Result<Page, Error> {
        let Self { principal, matcher, hash, cursor, rows, now } = self;
        let limit = request.limit as usize;
        let memory = cursor.as_ref().map_or((0, 0), |cursor| cursor.memory);
        let seen = match memory {
            (_, 0) => Vec::new(),
            (id, length) => discovery.memory.seen(id, length).await?,
        };
        if (seen.len() as u64) < memory.1 {
            return Err(Error::BadCursor { reason: "has outlived what was remembered for it" });
        }
        let taking_part = |row: &&Row| !matches!(row, Row::Unasked(_) | Row::Incapable(_));
        let several = rows.iter().filter(taking_part).count() > 1;
        let begun = Moment::now();
        let asking = Arc::new(Asking {
            matcher,
            sort: request.sort,
            principal,
            want: if several { (limit + 1).max(VIEW) } else { limit + 1 },
            several,
            begun,
            until: begun + request.deadline,
            deadline: request.deadline,
        });

        // In the order of the configuration; the rows of archives that are asked come later.
        let mut sources: Vec<Source> = Vec::new();
        let mut plan: Vec<Planned> = Vec::new();
        for row in rows {
            plan.push(match row {
                Row::Ask(source) => {
                    sources.push(*source);
                    Planned::Asked
                }
                Row::Done(id) => Planned::Done(id),
                Row::GivenUp(id) => Planned::GivenUp(id),
                Row::Unasked(report) => Planned::Unasked { report, incapable: false },
                Row::Incapable(report) => Planned::Unasked { report, incapable: true },
            });
        }
        if let Some(events) = &events {
            for planned in &plan {
                if let Some(report) = planned.report() {
                    // Nobody listening is no reason to fail.
                    let _ = events.send(Event::Source { report, assets: Vec::new() }).await;
                }
            }
        }
        let sources = ask_all(sources, &asking, limit, events.as_ref()).await;
        let mut merge = Merge::new(sources, seen.iter().copied().collect::<HashSet<u64>>());
        let assets = merge.page(&asking, limit).await;

        let first_page = cursor.is_none();
        let mut archives = Vec::new();
        let mut reports = Vec::new();
        let mut missing = Vec::new();
        let mut asked = merge.sources.iter_mut();
        for planned in plan {
            let row = planned.report();
            let (report, progress, complete) = match planned {
                Planned::Asked => {
                    let Some(source) = asked.next() else { continue };
                    let report = report::of_source(source);
                    let complete = !report.status.is_partial() && source.failure.is_none();
                    (report, settle(source), complete)
                }
                Planned::Done(id) => (
                    row.unwrap_or_else(|| report::unasked(&id, Status::Ok, None)),
                    Progress::Done,
                    true,
                ),
                Planned::GivenUp(_) => match row {
                    Some(report) => (report, Progress::GivenUp, false),
                    None => continue,
                },
                Planned::Unasked { report, incapable } => {
                    let needed = match &request.require {
                        Require::Archives(required) => required.contains(&report.archive),
                        Require::All | Require::Any => false,
                    };
                    if report.status == Status::Denied || (incapable && needed) {
                        missing.push(report.clone());
                    }
                    reports.push(report);
                    continue;
                }
            };
            if !complete {
                missing.push(report.clone());
            }
            archives.push((report.archive.clone(), progress));
            reports.push(report);
        }
        demand(&request.require, missing)?;

        let totals: Vec<Option<u64>> = merge.sources.iter().map(|source| source.total).collect();
        let given: u64 =
            merge.sources.iter().map(|s| s.total.unwrap_or(s.items.len() as u64)).sum();
        let rest = merge.count_rest();
        let unfinished = archives.iter().filter(|(_, p)| matches!(p, Progress::At(_)));
        let nothing_given = first_page
            && assets.is_empty()
            && rest == 0
            && merge.sources.iter().all(|source| source.ended || source.failure.is_some());
        let at_end = rest == 0 && (nothing_given || merge.sources.iter().all(is_closed));
        let more = unfinished.count() > 0 && !at_end;
        let partial = reports.iter().any(|report| report.status.is_partial());
        let shown_before = cursor.as_ref().map_or(0, |cursor| cursor.shown);
        let shown = shown_before + assets.len() as u64;
        let counted = shown + rest;
        let all_read = merge.sources.iter().all(|source| source.ended) && !partial;
        let count = match (&cursor, totals.as_slice()) {
            _ if all_read => Count { value: counted, exact: true },
            (Some(cursor), _) if cursor.count.exact && !partial => cursor.count,
            (Some(cursor), _) => Count { value: cursor.count.value.max(counted), exact: false },
            (None, [Some(total)]) if !partial => Count { value: *total, exact: true },
            (None, _) => Count { value: given.max(counted), exact: false },
        };
        let next = if more {
            let fresh = || discovery.new_memory_id(&hash, now);
            let memory = discovery.remember(memory, seen, &merge.shown, fresh).await?;
            let issued = cursor.as_ref().map_or(now, |cursor| cursor.issued);
            let next = Cursor { issued, memory, shown, count, archives };
            Some(next.seal(&discovery.cursor_key, &hash))
        } else {
            None
        };
        Ok(Page { assets, sources: reports, partial, count, next })
    }
}

/// What becomes of a row.
enum Planned {
    Asked,
    Done(ArchiveId),
    GivenUp(ArchiveId),
    Unasked { report: SourceReport, incapable: bool },
}

impl Planned {
    /// The row of an archive that is not asked on this page.
    fn report(&self) -> Option<SourceReport> {
        match self {
            Self::Asked => None,
            Self::Done(id) => Some(report::unasked(id, Status::Ok, None)),
            Self::GivenUp(id) => {
                let reason =
                    "it failed on earlier pages of this search and was given up".to_owned();
                Some(report::unasked(id, Status::Error, Some(reason)))
            }
            Self::Unasked { report, .. } => Some(report.clone()),
        }
    }
}

/// Asks all at once, each in a task of its own, so that one that computes does not hold up the
/// others. The tasks end with the set, also when this future is dropped.
async fn ask_all(
    sources: Vec<Source>,
    asking: &Arc<Asking>,
    limit: usize,
    events: Option<&mpsc::Sender<Event>>,
) -> Vec<Source> {
    let permits = Arc::new(Semaphore::new(MAX_AT_ONCE));
    let mut tasks = JoinSet::new();
    let mut answered: Vec<Source> = Vec::new();
    let mut numbers = HashMap::new();
    for (number, mut source) in sources.into_iter().enumerate() {
        // What is left of it if its task never comes back.
        answered.push(source.left_behind(asking));
        let (asking, permits) = (Arc::clone(asking), Arc::clone(&permits));
        let span = info_span!("archive.search", archive.id = %source.info.id);
        let ask = async move {
            // Taken in turn, so that many archives never are many calls at once.
            let permit = timeout_at(asking.until, permits.acquire()).await;
            if permit.is_ok() {
                source.fill(&asking, asking.want).await;
            } else {
                let archive = source.info.id.clone();
                source.fail(Error::Timeout { archive, after: asking.deadline });
            }
            source.elapsed = asking.begun.elapsed();
            source
        };
        numbers.insert(tasks.spawn(ask.instrument(span)).id(), number);
    }
    while let Ok(Some(joined)) = timeout_at(asking.until + GRACE, tasks.join_next_with_id()).await {
        let id = joined.as_ref().map_or_else(|error| error.id(), |(id, _)| *id);
        let Some(slot) = numbers.get(&id).and_then(|number| answered.get_mut(*number)) else {
            continue;
        };
        match joined {
            Ok((_, source)) => *slot = source,
            // A defect in one archive's adapter stays that archive's.
            Err(error) => slot.failure = Some(Error::internal(error)),
        }
        if let Some(error) = &slot.failure {
            warn!(archive.id = %slot.info.id, %error, "an archive is missing from a search");
        }
        if let Some(events) = events {
            // Nobody listening is no reason to fail.
            let _ = events.send(event_of(slot, limit)).await;
        }
    }
    answered
}

/// What a watcher is told of an archive: its assets as they are, at most a page of them.
fn event_of(source: &Source, limit: usize) -> Event {
    let items = source.queue().filter_map(|number| source.items.get(number)?.asset.clone());
    let assets: Vec<Asset> = items.take(limit).collect();
    let rows = assets.len() as u64;
    Event::Source { report: SourceReport { rows, ..report::of_source(source) }, assets }
}

/// Where an archive stands after this page.
fn settle(source: &mut Source) -> Progress {
    // Passes over what was merged into others.
    let waits = source.head().is_some();
    match &source.failure {
        None => source.stalled = 0,
        Some(error) if report::is_for_good(error) && !waits => return Progress::GivenUp,
        // What was read and could not be used, as half a window, is no progress.
        Some(_) if source.usable() + source.repeated > 0 => source.stalled = 0,
        Some(_) => source.stalled = source.stalled.saturating_add(1),
    }
    if source.stalled >= STALLED_PAGES {
        return Progress::GivenUp;
    }
    if source.ended && !waits { Progress::Done } else { Progress::At(source.place()) }
}

/// Whether nothing more is to be had from it.
fn is_closed(source: &Source) -> bool {
    source.ended
        || source.stalled >= STALLED_PAGES
        || source.failure.as_ref().is_some_and(report::is_for_good)
}

fn demand(require: &Require, missing: Vec<SourceReport>) -> Result<(), Error> {
    let needed = |report: &SourceReport| match require {
        Require::Any => false,
        Require::All => true,
        Require::Archives(required) => required.contains(&report.archive),
    };
    let sources: Vec<SourceReport> = missing.into_iter().filter(needed).collect();
    if sources.is_empty() { Ok(()) } else { Err(Error::Incomplete { sources }) }
}

/// Whether an asset answers a question, the constraints in `except` left out. For fakes.
pub fn keeps(question: &Question, asset: &Asset, except: &[Constraint]) -> bool {
    // Embargoes are not judged by an archive.
    let Ok(matcher) = Matcher::new(question.clone(), Instant(0)) else { return false };
    matcher.compare(asset, |constraint| !except.contains(constraint)) != Verdict::No
}
