//! One page: from the archives that were decided on to the answer.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant as Moment;

use super::ask_all::ask_all;
use super::cursor::Cursor;
use super::matching::Matcher;
use super::merge::Merge;
use super::page::{Count, Event, Page, SourceReport, Status};
use super::place::Progress;
use super::report;
use super::request::{Request, Require};
use super::source::{Asking, Source};
use super::{Discovery, STALLED_PAGES};
use crate::Error;
use crate::asset::ArchiveId;
use crate::coverage::Instant;
use crate::permission::Principal;

/// Assets of each archive that are looked at for duplicates, however small the page.
const VIEW: usize = 50;

/// One archive of the scope.
pub(super) enum Row {
    Ask(Box<Source>),
    Done(ArchiveId),
    GivenUp(ArchiveId),
    /// Cannot hold an answer, or may not be asked.
    Unasked(SourceReport),
    /// Does not offer search.
    Incapable(SourceReport),
}

/// A search that is ready to be run.
pub(super) struct Prepared {
    pub(super) principal: Principal,
    pub(super) matcher: Matcher,
    pub(super) hash: [u8; 16],
    pub(super) cursor: Option<Cursor>,
    pub(super) rows: Vec<Row>,
    pub(super) now: Instant,
}

impl Prepared {
    /// Asks, merges, reports.
    pub(super) async fn run(
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

/// Where an archive stands after this page.
fn settle(source: &mut Source) -> Progress {
    // Passes over what was merged into others.
    let waits = source.head().is_some();
    match &source.failure {
        None => source.stalled = 0,
        Some(error) if report::is_for_good(error) && !waits => return Progress::GivenUp,
        // What was read and could not be used, as half a window or copies of what was shown, is
        // no progress.
        Some(_) if source.usable() > 0 => source.stalled = 0,
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
