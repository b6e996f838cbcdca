//! One archive during one page: reads its answer in windows and hands out assets in order.
//!
//! An archive is a sequence of windows. One that gives the order asked for has its batches as
//! windows, shown as they come. Any other is read in windows of at most [`WINDOW`] assets,
//! which are sorted here; across windows its order is then only as good as its own.
//!
//! Rules that hold here:
//!
//! - A position is counted in assets the archive gave, whether they answer or not, behind the
//!   last resume token: batches may be cut otherwise when they are read again.
//! - State changes between two awaits only, so a search that is cut off by its deadline keeps
//!   what it has read.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant as Moment, timeout_at};

use super::Sort;
use super::identity::{Identity, identities};
use super::matching::{Matcher, Verdict, is_computed_here};
use super::order::key;
use super::place::{Place, Window};
use crate::Error;
use crate::archive::{Archive, ArchiveInfo, AssetBatch, AssetCursor};
use crate::asset::Asset;
use crate::permission::{Action, Principal, Resource, decide};
use crate::search::{Constraint, Question, Search};

/// Most assets of an archive that are sorted here at once.
pub(super) const WINDOW: u64 = 1000;
/// Most assets asked for in one batch.
const BATCH: u64 = 1000;
/// So many empty batches in a row are no answer.
const EMPTY_BATCHES: u32 = 10_000;

/// What all archives of one page are asked with.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) matcher: Matcher,
    pub(super) sort: Sort,
    pub(super) principal: Principal,
    /// Assets that each archive has ready before they are merged.
    pub(super) want: usize,
    /// Whether more than one archive takes part, so that duplicates are looked for.
    pub(super) several: bool,
    pub(super) begun: Moment,
    pub(super) until: Moment,
    pub(super) deadline: Duration,
}

/// An asset that answers; taken out once it is shown or merged into another.
pub(super) struct Item {
    pub(super) asset: Option<Asset>,
    pub(super) identities: Vec<Identity>,
    pub(super) key: i64,
}

/// One archive.
pub(super) struct Source {
    pub(super) info: ArchiveInfo,
    archive: Arc<dyn Archive>,
    question: Question,
    /// Everything read on this page; windows refer to it by number.
    pub(super) items: Vec<Item>,
    windows: VecDeque<Read>,
    growing: Option<Read>,
    /// Where reading goes on.
    tail: Mark,
    /// The window in `tail` that was sorted on an earlier page and must be the same again.
    again: Option<Window>,
    rank: u64,
    pub(super) stalled: u8,
    answer: Option<Answer>,
    /// Its description promises an order that its answers do not have.
    breaks_order: bool,
    pub(super) ended: bool,
    /// The rows at which the archive stops without a way to go on.
    pub(super) truncated: Option<u64>,
    pub(super) failure: Option<Error>,
    /// It could have been read on, but the time was up.
    pub(super) paused: bool,
    /// Assets that an earlier page had shown, as copies of others.
    pub(super) repeated: u64,
    /// Assets that had nothing to do with the question.
    pub(super) contradicting: u64,
    /// Assets kept although their frame cannot be compared.
    pub(super) unknown: u64,
    /// Assets shown on this page, merged ones included.
    pub(super) rows: u64,
    /// The archive's own count, where nothing done here changes it.
    pub(super) total: Option<u64>,
    pub(super) elapsed: Duration,
}

/// A position in the archive's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mark {
    token: Option<Vec<u8>>,
    skip: u64,
}

/// A stretch of the answer that was read.
struct Read {
    start: Mark,
    length: u64,
    /// Offset behind the last one that is done with, and how many are.
    done: u64,
    used: u64,
    sorted_here: bool,
    /// Offset and number in `items`.
    entries: VecDeque<(u64, usize)>,
}

/// An answer that is being read.
struct Answer {
    cursor: Box<dyn AssetCursor>,
    most: u64,
    given: u64,
    skip_left: u64,
    in_order: bool,
    here: Vec<Constraint>,
    empty: u32,
}

impl Source {
    pub(super) fn new(
        archive: Arc<dyn Archive>,
        info: ArchiveInfo,
        question: Question,
        place: Place,
    ) -> Self {
        Self {
            info,
            archive,
            question,
            items: Vec::new(),
            windows: VecDeque::new(),
            growing: None,
            tail: Mark { token: place.token, skip: place.skip },
            again: place.window,
            rank: place.rank,
            stalled: place.stalled,
            answer: None,
            breaks_order: false,
            ended: false,
            truncated: None,
            failure: None,
            paused: false,
            repeated: 0,
            contradicting: 0,
            unknown: 0,
            rows: 0,
            total: None,
            elapsed: Duration::ZERO,
        }
    }

    /// What stands in for this archive when its task does not come back in time.
    pub(super) fn left_behind(&self, asking: &Asking) -> Self {
        let place = self.place();
        let (archive, info) = (Arc::clone(&self.archive), self.info.clone());
        let mut left = Self::new(archive, info, self.question.clone(), place);
        let id = self.info.id.clone();
        left.failure = Some(Error::Timeout { archive: id, after: asking.deadline });
        left.elapsed = asking.deadline;
        left
    }

    /// Reads until `want` assets wait, the archive ends, or the deadline; what goes wrong is in
    /// `failure` then.
    pub(super) async fn fill(&mut self, asking: &Asking, want: usize) {
        if self.failure.is_some() || self.ended {
            return;
        }
        if Moment::now() >= asking.until {
            // Others used the time up; that is no failure of this one.
            self.paused = true;
            return;
        }
        let outcome = timeout_at(asking.until, self.read_on(asking, want)).await;
        let failure = match outcome {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => Error::Timeout { archive: self.info.id.clone(), after: asking.deadline },
        };
        self.fail(failure);
    }

    /// Gives up for this page; what was read stays, as far as it can be found again.
    pub(super) fn fail(&mut self, failure: Error) {
        self.answer = None;
        if let Some(cut) = self.growing.take() {
            if self.again.is_some() {
                // Only the whole window sorts the same as before.
                self.tail = cut.start;
            } else {
                self.close(cut);
            }
        }
        self.failure = Some(failure);
    }

    /// Assets that wait to be shown.
    pub(super) fn waiting(&self) -> usize {
        self.windows.iter().map(|read| read.entries.len()).sum()
    }

    /// How many assets of use it gave on this page: shown, or waiting to be.
    pub(super) fn usable(&self) -> u64 {
        let there = |number: &usize| self.items.get(*number).is_some_and(|i| i.asset.is_some());
        self.rows + self.queue().filter(there).count() as u64
    }

    /// The number of the next asset, those that were taken meanwhile passed over.
    pub(super) fn head(&mut self) -> Option<usize> {
        loop {
            let front = self.windows.front()?;
            match front.entries.front() {
                Some((_, number)) => {
                    let number = *number;
                    if self.items.get(number).is_some_and(|item| item.asset.is_some()) {
                        return Some(number);
                    }
                    self.pass();
                }
                None => {
                    self.windows.pop_front();
                }
            }
        }
    }

    /// Goes behind the next asset.
    pub(super) fn pass(&mut self) {
        if let Some(front) = self.windows.front_mut() {
            if let Some((offset, _)) = front.entries.pop_front() {
                front.done = offset + 1;
                front.used += 1;
            }
            if front.entries.is_empty() {
                self.windows.pop_front();
            }
        }
    }

    /// The numbers of all assets that wait, in order.
    pub(super) fn queue(&self) -> impl Iterator<Item = usize> {
        self.windows.iter().flat_map(|read| read.entries.iter().map(|(_, number)| *number))
    }

    /// Where the next page goes on.
    pub(super) fn place(&self) -> Place {
        let stalled = self.stalled;
        match self.windows.front() {
            None => Place {
                token: self.tail.token.clone(),
                skip: self.tail.skip,
                window: self.again,
                rank: self.rank,
                stalled,
            },
            Some(read) => {
                let window =
                    read.sorted_here.then_some(Window { length: read.length, used: read.used });
                let skip = if read.sorted_here { 0 } else { read.done };
                let next = read.entries.front().and_then(|(_, number)| self.items.get(*number));
                Place {
                    token: read.start.token.clone(),
                    skip: read.start.skip + skip,
                    window,
                    // In the order by rank a key is a rank; in the others ranks say nothing.
                    rank: next.map_or(self.rank, |item| item.key.max(0).cast_unsigned()),
                    stalled,
                }
            }
        }
    }

    async fn read_on(&mut self, asking: &Asking, want: usize) -> Result<(), Error> {
        while self.waiting() < want && !self.ended {
            match self.answer.take() {
                None => self.ask(asking, want).await?,
                Some(mut answer) => {
                    let most = self.next_size(&answer, want);
                    let batch = answer.cursor.next(most).await?;
                    match batch {
                        Some(batch) => {
                            let read = self.take_in(asking, &mut answer, batch, most);
                            // Back before the error is looked at, so that nothing is lost.
                            self.answer = Some(answer);
                            read?;
                        }
                        None => self.end_of(&answer),
                    }
                    // An answer that is always ready must not keep the deadline from passing.
                    tokio::task::yield_now().await;
                }
            }
        }
        Ok(())
    }

    async fn ask(&mut self, asking: &Asking, want: usize) -> Result<(), Error> {
        let limit = self.max_rows();
        if limit.is_some_and(|limit| self.tail.skip >= limit) {
            self.truncated = limit;
            self.ended = true;
            return Ok(());
        }
        let order = asking.sort.order();
        let by_rank = asking.sort == Sort::Relevance && asking.matcher.words.is_none();
        let described = self.info.description.as_ref();
        let promised = described.is_some_and(|d| d.orders.contains(&order)) && !self.breaks_order;
        let wanted = (want - self.waiting()) as u64;
        let length = match self.again {
            Some(window) => window.length.max(wanted),
            None if by_rank || (promised && asking.sort != Sort::Relevance) => wanted,
            None => WINDOW,
        };
        let most = self.tail.skip.saturating_add(length);
        let search = Search {
            question: self.question.clone(),
            order,
            after: self.tail.token.clone(),
            max_assets: Some(most),
        };
        let answer = self.archive.search(&search).await?;
        let in_order = by_rank || (answer.ordered && asking.sort != Sort::Relevance);
        if !in_order && self.again.is_none() && length < WINDOW {
            // Too few to be sorted here: ask again for a whole window.
            self.breaks_order = true;
            return Ok(());
        }
        if self.question.native.is_some() && answer.not_applied.contains(&Constraint::Native) {
            let reason = "it does not take queries in that language".to_owned();
            return Err(Error::Refused { archive: self.info.id.clone(), reason });
        }
        let facets = &asking.matcher.question.facets;
        if self.tail == Mark::default()
            && answer.not_applied.iter().all(|c| *c == Constraint::MaxAssets)
            && facets.iter().all(|facet| !is_computed_here(&facet.kind))
        {
            // Nothing done here changes how many there are.
            self.total = answer.total;
        }
        self.answer = Some(Answer {
            cursor: answer.assets,
            most,
            given: 0,
            skip_left: self.tail.skip,
            in_order,
            here: answer.not_applied,
            empty: 0,
        });
        Ok(())
    }

    /// The rows the archive says it gives at most per query.
    fn max_rows(&self) -> Option<u64> {
        self.info.description.as_ref().and_then(|d| d.max_rows).filter(|rows| *rows > 0)
    }

    fn next_size(&self, answer: &Answer, want: usize) -> u32 {
        let size = if answer.skip_left > 0 {
            answer.skip_left
        } else if self.sorts_here(answer) {
            self.window_length() - self.growing.as_ref().map_or(0, |read| read.length)
        } else {
            (want - self.waiting()) as u64
        };
        size.clamp(1, BATCH) as u32
    }

    fn sorts_here(&self, answer: &Answer) -> bool {
        !answer.in_order || self.again.is_some()
    }

    fn window_length(&self) -> u64 {
        self.again.map_or(WINDOW, |window| window.length)
    }

    fn take_in(
        &mut self,
        asking: &Asking,
        answer: &mut Answer,
        batch: AssetBatch,
        most: u32,
    ) -> Result<(), Error> {
        let length = batch.assets.len() as u64;
        let broken = |reason: String| Error::Upstream {
            archive: self.info.id.clone(),
            reason,
            retry_after: None,
        };
        if length > u64::from(most) {
            return Err(broken(format!("it gave {length} assets where at most {most} were asked")));
        }
        answer.empty = if length == 0 { answer.empty + 1 } else { 0 };
        if answer.empty > EMPTY_BATCHES {
            return Err(broken(format!("it gave {EMPTY_BATCHES} empty batches in a row")));
        }
        answer.given += length;
        // A token that leads back to where this search began leads nowhere.
        let resume = batch.resume.filter(|token| self.tail.token.as_ref() != Some(token));
        if answer.skip_left > 0 {
            answer.skip_left -= length;
            if let Some(token) = resume {
                self.tail = Mark { token: Some(token), skip: answer.skip_left };
            }
            return Ok(());
        }
        let sorts_here = self.sorts_here(answer);
        let mut read = match self.growing.take() {
            Some(read) => read,
            None => Read {
                start: self.tail.clone(),
                length: 0,
                done: 0,
                used: 0,
                sorted_here: sorts_here,
                entries: VecDeque::new(),
            },
        };
        for (offset, asset) in (read.length..).zip(batch.assets) {
            if let Some(number) = self.accept(asking, answer, asset) {
                read.entries.push_back((offset, number));
            }
        }
        read.length += length;
        match resume {
            Some(token) => self.tail = Mark { token: Some(token), skip: 0 },
            None => self.tail.skip += length,
        }
        if sorts_here && read.length < self.window_length() {
            self.growing = Some(read);
        } else {
            self.close(read);
        }
        Ok(())
    }

    /// Takes an asset that answers among the items.
    fn accept(&mut self, asking: &Asking, answer: &Answer, mut asset: Asset) -> Option<usize> {
        if asset.id.archive != self.info.id {
            // Nobody speaks for another archive.
            asset.id.archive = self.info.id.clone();
        }
        match asking.matcher.compare(&asset, |constraint| answer.here.contains(constraint)) {
            Verdict::No => return None,
            Verdict::Unknown => self.unknown += 1,
            Verdict::Yes => {}
        }
        if asking.matcher.contradicted_by(&asset) {
            self.contradicting += 1;
            return None;
        }
        decide(&asking.principal, Action::ReadRecord, Resource::Asset(&asset)).ok()?;
        let key = key(asking.sort, &asking.matcher, &asset);
        let key = key.unwrap_or_else(|| i64::try_from(self.rank).unwrap_or(i64::MAX));
        self.rank += 1;
        let known_by = if asking.several {
            identities(&asset, !self.info.mirrors.is_empty())
        } else {
            Vec::new()
        };
        self.items.push(Item { asset: Some(asset), identities: known_by, key });
        Some(self.items.len() - 1)
    }

    /// A stretch is complete: its assets wait to be shown.
    fn close(&mut self, mut read: Read) {
        if read.sorted_here {
            let items = &self.items;
            let place = |(offset, number): &(u64, usize)| {
                (items.get(*number).map_or(i64::MAX, |item| item.key), *offset)
            };
            read.entries.make_contiguous().sort_by_key(place);
            if let Some(window) = self.again.take() {
                for _ in 0..window.used {
                    if let Some((_, number)) = read.entries.pop_front()
                        && let Some(item) = self.items.get_mut(number)
                    {
                        item.asset = None;
                    }
                }
                read.used = window.used;
            }
        }
        if !read.entries.is_empty() {
            self.windows.push_back(read);
        }
    }

    /// The answer is at its end: was that all?
    fn end_of(&mut self, answer: &Answer) {
        if let Some(read) = self.growing.take() {
            self.close(read);
        }
        let limit = self.max_rows().unwrap_or(u64::MAX);
        if answer.given < answer.most.min(limit) || answer.skip_left > 0 {
            // A window that has become shorter than it was is shown as far as it goes.
            self.again = None;
            self.ended = true;
        } else if answer.given < answer.most && self.tail.skip > 0 {
            self.truncated = Some(limit);
            self.ended = true;
        }
    }
}
