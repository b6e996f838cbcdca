//! One volume from asked for to whole: listed, fetched, laid out.
//!
//! Called by `runner.rs`. Calls `listing.rs`, `planning.rs`, `fetching.rs`, `provenance.rs`, the
//! store and [`VolumeBytes`].
//!
//! Rules that hold here and nowhere else:
//!
//! - A file is written down as whole after its bytes are safe, never before.
//! - Progress is written once a second at most, and told twice.
//! - A volume is ready when every file is whole and its folder is there.
//!
//! [`VolumeBytes`]: super::VolumeBytes

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::account::Tally;
use super::fetching::Fetcher;
use super::listing;
use super::planning::{Chooser, Planner};
use super::provenance::Provenance;
use super::service::Inner;
use super::{
    FileOutcome, FileState, Source, Volume, VolumeFile, VolumeId, VolumeState, VolumesNeed,
};
use crate::Error;
use crate::archive::Archive;
use crate::permission::Principal;

/// Things found and not planned yet.
const FOUND_AHEAD: usize = 64;
/// Files that are read from the store at once.
const PAGE: u32 = 1_000;
/// Between two looks at how far a volume is.
const TICK: Duration = Duration::from_millis(500);
/// How many of them until progress is written down.
const WRITTEN_EVERY: u32 = 2;

/// How the work on a volume ended.
pub(super) enum End {
    /// It is whole.
    Ready,
    /// It cannot become whole, in words.
    Failed(String),
    /// Somebody cancelled or deleted it.
    Stopped,
}

/// The work on one volume.
pub(super) struct Staging<'a> {
    pub(super) inner: &'a Arc<Inner>,
    pub(super) volume: &'a mut Volume,
    pub(super) stop: watch::Receiver<bool>,
}

impl Staging<'_> {
    /// Goes on from wherever the volume stands.
    ///
    /// # Errors
    ///
    /// What keeps it from going on: of the store and other defects [`Error::Internal`].
    pub(super) async fn run(mut self) -> Result<End, Error> {
        if self.volume.source == Source::Empty {
            self.inner.need.bytes.make_writable(&self.volume.id).await?;
            return Ok(End::Ready);
        }
        let made = listing::made(&self.inner.need, &self.volume.source)?;
        if self.volume.state == VolumeState::Listing {
            let mut stop = self.stop.clone();
            tokio::select! {
                biased;
                () = told(&mut stop) => return Ok(End::Stopped),
                listed = self.list(made.clone()) => listed?,
            }
            if self.volume.progress.files_total == 0 {
                let notes = self.volume.failure.take();
                let notes = notes.map(|notes| format!("; {notes}")).unwrap_or_default();
                return Ok(End::Failed(format!("the source holds no file{notes}")));
            }
            self.volume.state = VolumeState::Staging;
            if !self.save().await? {
                return Ok(End::Stopped);
            }
        }
        self.fetch_all(made).await
    }

    /// Writes the volume; `false` if somebody ended it meanwhile.
    async fn save(&mut self) -> Result<bool, Error> {
        let saved = self.inner.save(self.volume).await?;
        if saved {
            self.inner.live.publish(self.volume);
        }
        Ok(saved)
    }

    async fn list(&mut self, made: Option<Arc<dyn Archive>>) -> Result<(), Error> {
        let inner = Arc::clone(self.inner);
        let (need, volume) = (&inner.need, &mut *self.volume);
        let principal = Principal::on_behalf_of(&volume.owner);
        let (source, id) = (volume.source.clone(), volume.id.clone());
        let chooser = Chooser::new(need, &source, made.clone());
        let mut planner = Planner::new(need, &id, chooser).await?;
        let (sender, found) = mpsc::channel(FOUND_AHEAD);
        // Each end of the channel goes with its side, so that none waits for the other's end.
        let finding = async {
            let sender = sender;
            listing::list(need, &principal, &source, made.as_ref(), &sender).await
        };
        let planning = async {
            let mut found = found;
            while let Some(one) = found.recv().await {
                if planner.take(one).await? {
                    volume.progress.files_total = planner.files;
                    volume.progress.bytes_total = planner.bytes;
                    inner.live.publish(volume);
                }
            }
            planner.flush().await
        };
        let (found, planned) = tokio::join!(finding, planning);
        planned?;
        found?;
        volume.progress.files_total = planner.files;
        volume.progress.bytes_total = planner.bytes;
        volume.failure = planner.notes();
        Ok(())
    }

    async fn fetch_all(&mut self, made: Option<Arc<dyn Archive>>) -> Result<End, Error> {
        let inner = Arc::clone(self.inner);
        let (need, owner) = (&inner.need, self.volume.owner.clone());
        let most = need.config.quota.volume_bytes;
        let account = inner.accounts.open(need.keeper.as_ref(), &owner, most).await?;
        let stood = self.count().await?;
        let saved = self.volume.progress.bytes;
        let tally = Arc::new(Tally::new(account, saved, stood.whole, stood.bytes));
        tally.has_room_for(stood.exact_to_come)?;
        let fetcher = Arc::new(Fetcher::new(
            Arc::clone(need),
            Arc::clone(&inner.fresh),
            self.volume.id.clone(),
            Principal::on_behalf_of(&owner),
            made,
            Arc::clone(&tally),
        ));
        let mut files = Planned::default();
        let mut running = JoinSet::new();
        let mut outcomes: Vec<FileOutcome> = Vec::new();
        let mut writing: JoinSet<Result<Vec<FileOutcome>, Error>> = JoinSet::new();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tick = 0_u32;
        let mut stop = self.stop.clone();
        let stopped = loop {
            while running.len() < need.config.files_at_once.max(1) {
                let Some(file) = files.next(&inner, self.volume).await? else { break };
                let fetcher = Arc::clone(&fetcher);
                running.spawn(async move {
                    let state = fetcher.fetch(&file).await;
                    state.map(|state| FileOutcome { number: file.number, state })
                });
            }
            if running.is_empty() {
                break None;
            }
            tokio::select! {
                // What comes most often last, so that the rest has its turn.
                biased;
                () = told(&mut stop) => break Some(Ok(())),
                Some(written) = writing.join_next() => {
                    let written = written.map_err(Error::internal).flatten()?;
                    self.count_in(&tally, &written);
                }
                _ = ticks.tick() => {
                    // Files go on arriving while the disk is waited for.
                    if writing.is_empty() && !outcomes.is_empty() {
                        let outcomes = std::mem::take(&mut outcomes);
                        writing.spawn(write_down(Arc::clone(need), self.volume.id.clone(), outcomes));
                    }
                    tick = tick.wrapping_add(1);
                    if self.has_moved(&tally) {
                        if !tick.is_multiple_of(WRITTEN_EVERY) {
                            self.inner.live.publish(self.volume);
                        } else if !self.save().await? {
                            break Some(Ok(()));
                        }
                    }
                }
                Some(done) = running.join_next() => {
                    match done.map_err(Error::internal).flatten() {
                        Ok(outcome) => outcomes.push(outcome),
                        Err(error) => break Some(Err(error)),
                    }
                }
            }
        };
        // Whoever is still fetching ends; what arrived stays.
        while let Some(done) = running.try_join_next() {
            outcomes.extend(done.map_err(Error::internal).flatten().ok());
        }
        running.shutdown().await;
        if let Some(written) = writing.join_next().await {
            self.count_in(&tally, &written.map_err(Error::internal).flatten()?);
        }
        let written = write_down(Arc::clone(need), self.volume.id.clone(), outcomes).await?;
        self.count_in(&tally, &written);
        self.has_moved(&tally);
        match stopped {
            None => self.lay_out().await,
            Some(Ok(())) => Ok(End::Stopped),
            Some(Err(error)) => Err(error),
        }
    }

    /// Brings the volume's progress up to date; whether it differs from before.
    fn has_moved(&mut self, tally: &Tally) -> bool {
        let before = self.volume.progress;
        let progress = &mut self.volume.progress;
        (progress.files, progress.bytes) = (tally.files(), tally.bytes());
        progress.bytes_total = progress.bytes_total.max(progress.bytes);
        *progress != before
    }

    /// Files were written down.
    fn count_in(&self, tally: &Tally, outcomes: &[FileOutcome]) {
        let whole = outcomes.iter().filter_map(|outcome| match &outcome.state {
            FileState::Whole { sha256, .. } => Some(sha256.as_str()),
            _ => None,
        });
        tally.whole(whole.clone().count() as u64);
        self.inner.fresh.written_down(whole);
    }

    /// How far the volume is, by its files.
    async fn count(&self) -> Result<Stood, Error> {
        let mut stood = Stood::default();
        let mut first = 0;
        loop {
            let page = self.inner.need.keeper.files(&self.volume.id, first, PAGE).await?;
            let Some(last) = page.last() else { return Ok(stood) };
            first = last.number + 1;
            for file in &page {
                match &file.state {
                    FileState::Whole { size_bytes, .. } => {
                        stood.whole += 1;
                        stood.bytes += size_bytes;
                    }
                    FileState::Planned if !file.read_record().size_is_estimate => {
                        stood.exact_to_come += file.size_bytes.unwrap_or_default();
                    }
                    FileState::Planned | FileState::Failed { .. } => {}
                }
            }
        }
    }

    /// All that could be had is here: the folder, if nothing is missing.
    async fn lay_out(&mut self) -> Result<End, Error> {
        let need = Arc::clone(&self.inner.need);
        let now = need.outside.now();
        let mut provenance = Provenance::new(&need, self.volume, now).await;
        let (mut files, mut failed) = (Vec::new(), 0_u64);
        let (mut first_failed, mut first, mut bytes) = (None, 0, 0);
        loop {
            let page = need.keeper.files(&self.volume.id, first, PAGE).await?;
            let Some(last) = page.last() else { break };
            first = last.number + 1;
            for file in page {
                match &file.state {
                    FileState::Whole { sha256, size_bytes, .. } => {
                        bytes += size_bytes;
                        files.push((file.path.clone(), sha256.clone()));
                        provenance.add(&file);
                    }
                    FileState::Failed { reason } => {
                        failed += 1;
                        first_failed.get_or_insert_with(|| format!("`{}`: {reason}", file.path));
                    }
                    FileState::Planned => {
                        let words = format!("file {} is neither whole nor failed", file.number);
                        return Err(Error::internal(words));
                    }
                }
            }
        }
        if let Some(first_failed) = first_failed {
            let total = self.volume.progress.files_total;
            let notes = self.volume.failure.take();
            let notes = notes.map(|notes| format!("; {notes}")).unwrap_or_default();
            let words = match failed {
                1 => format!("one of {total} files cannot be had: {first_failed}{notes}"),
                _ => format!(
                    "{failed} of {total} files cannot be had; the first is {first_failed}{notes}"
                ),
            };
            return Ok(End::Failed(words));
        }
        let progress = &mut self.volume.progress;
        (progress.files, progress.files_total) = (files.len() as u64, files.len() as u64);
        (progress.bytes, progress.bytes_total) = (bytes, bytes);
        need.bytes.lay_out(&self.volume.id, files, provenance.texts()).await?;
        Ok(End::Ready)
    }
}

/// Writes down what became of files, after their bytes are safe; returns them.
async fn write_down(
    need: Arc<VolumesNeed>,
    id: VolumeId,
    outcomes: Vec<FileOutcome>,
) -> Result<Vec<FileOutcome>, Error> {
    if !outcomes.is_empty() {
        need.bytes.sync().await?;
        need.keeper.save_outcomes(&id, &outcomes).await?;
    }
    Ok(outcomes)
}

/// Waits until the work shall end.
async fn told(stop: &mut watch::Receiver<bool>) {
    // The sender lives as long as the work.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// How far a volume is, by its files.
#[derive(Default)]
struct Stood {
    whole: u64,
    bytes: u64,
    /// Bytes of planned files, of those whose size is known to the byte.
    exact_to_come: u64,
}

/// The files that are still to be fetched, read in pages.
#[derive(Default)]
struct Planned {
    page: VecDeque<VolumeFile>,
    first: u64,
    ended: bool,
}

impl Planned {
    async fn next(&mut self, inner: &Inner, volume: &Volume) -> Result<Option<VolumeFile>, Error> {
        if self.page.is_empty() && !self.ended {
            let page = inner.need.keeper.planned_files(&volume.id, self.first, PAGE).await?;
            self.ended = page.len() < PAGE as usize;
            self.first = page.last().map_or(self.first, |last| last.number + 1);
            self.page = page.into();
        }
        Ok(self.page.pop_front())
    }
}
