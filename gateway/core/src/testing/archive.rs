//! An archive that holds what a test gives it and behaves as badly as it is told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::assets::{asset, asset_at};
use super::bytes::{BreakingReader, FakeReader};
use super::cursor::{FakeChanges, FakeCursor, Held};
use crate::Error;
use crate::access::{Route, Way};
use crate::archive::{
    Archive, ArchiveInfo, ByteReader, ChangeCursor, Content, Description, Fetch, Fetched, Health,
    LookUp, Operation, SearchAnswer,
};
use crate::asset::{ArchiveId, Asset, AssetId};
use crate::discovery::{in_order, keeps};
use crate::search::{Constraint, Order, Search};
use crate::tables::{Table, TableAnswer, TableQuery};

pub(super) type Failure = Arc<dyn Fn(&ArchiveId) -> Error + Send + Sync>;

/// What an archive does when it is searched.
#[derive(Clone, Default)]
enum Behaviour {
    #[default]
    Answer,
    Fail(Failure),
    Hang,
    EmptyBatches,
}

/// An archive in memory. Assets come in the order they were given, unless it is `ordered`.
pub struct FakeArchive {
    info: ArchiveInfo,
    assets: Vec<Arc<Asset>>,
    behaviour: Mutex<Behaviour>,
    delay: Duration,
    batch_delay: Duration,
    batch_size: usize,
    fail_after: Option<(usize, Failure)>,
    hang_after: Option<usize>,
    fails_every: Option<usize>,
    panics: bool,
    ordered: bool,
    lying: bool,
    resumes: bool,
    counts: bool,
    max_rows: Option<u64>,
    not_applied: Vec<Constraint>,
    ways: HashMap<String, Vec<Way>>,
    contents: Mutex<HashMap<String, Bytes>>,
    tags: Mutex<HashMap<String, String>>,
    breaks: Mutex<HashMap<String, (usize, u32)>>,
    asked: Mutex<Vec<Search>>,
    fetched: Mutex<Vec<Fetch>>,
    open: Arc<AtomicUsize>,
}

impl FakeArchive {
    /// An empty archive of that id that offers search, look-up, access and open.
    ///
    /// # Panics
    ///
    /// If `id` is no archive id.
    pub fn new(id: &str) -> Self {
        let info = ArchiveInfo {
            id: id.parse().expect("the test gives a valid archive id"),
            title: format!("Archive {id}"),
            plugin: "fake".to_owned(),
            operations: vec![
                Operation::Search,
                Operation::LookUp,
                Operation::Access,
                Operation::Open,
            ],
            description: None,
            health: Health::Unknown,
            mirrors: Vec::new(),
            sample: false,
            untried: false,
        };
        Self {
            info,
            assets: Vec::new(),
            behaviour: Mutex::default(),
            delay: Duration::ZERO,
            batch_delay: Duration::ZERO,
            batch_size: 100,
            fail_after: None,
            hang_after: None,
            fails_every: None,
            panics: false,
            ordered: false,
            lying: false,
            resumes: true,
            counts: false,
            max_rows: None,
            not_applied: Vec::new(),
            ways: HashMap::new(),
            contents: Mutex::default(),
            tags: Mutex::default(),
            breaks: Mutex::default(),
            asked: Mutex::default(),
            fetched: Mutex::default(),
            open: Arc::default(),
        }
    }

    /// Holds one more asset, at a position on the sky.
    pub fn holding(self, name: &str, ra_deg: f64, dec_deg: f64) -> Self {
        let more = asset_at(self.info.id.as_str(), name, ra_deg, dec_deg);
        self.with_assets([more])
    }

    /// Holds `count` more assets without position, `NAME-0` and so on.
    pub fn holding_many(self, name: &str, count: usize) -> Self {
        let id = self.info.id.to_string();
        self.with_assets((0..count).map(|n| asset(&id, &format!("{name}-{n}"))))
    }

    /// Holds these too; they are given this archive's id.
    pub fn with_assets(mut self, assets: impl IntoIterator<Item = Asset>) -> Self {
        for mut asset in assets {
            asset.id.archive = self.info.id.clone();
            self.assets.push(Arc::new(asset));
        }
        self
    }

    /// Fails every call as an archive that is out of order.
    pub fn failing(self, reason: &str) -> Self {
        self.set_failing(reason);
        self
    }

    /// Fails every call with this error.
    pub fn failing_with(self, error: impl Fn(&ArchiveId) -> Error + Send + Sync + 'static) -> Self {
        self.set_behaviour(Behaviour::Fail(Arc::new(error)));
        self
    }

    /// Gives so many assets of a search, then fails.
    pub fn failing_after(mut self, assets: usize, reason: &str) -> Self {
        self.fail_after = Some((assets, upstream(reason)));
        self
    }

    /// Gives so many assets of a search, then nothing more and no end.
    pub fn hanging_after(mut self, assets: usize) -> Self {
        self.hang_after = Some(assets);
        self
    }

    /// Fails every so many searches, behind their first batch.
    pub fn flaky(mut self, every: usize) -> Self {
        self.fails_every = Some(every.max(1));
        self
    }

    /// Panics when it is searched.
    pub fn panicking(mut self) -> Self {
        self.panics = true;
        self
    }

    /// Never answers.
    pub fn hanging(self) -> Self {
        self.set_behaviour(Behaviour::Hang);
        self
    }

    /// Gives empty batches and never ends.
    pub fn endless_empty_batches(self) -> Self {
        self.set_behaviour(Behaviour::EmptyBatches);
        self
    }

    /// Waits (in tokio's time) before every answer.
    pub fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Waits before every batch.
    pub fn slow_batches(mut self, delay: Duration) -> Self {
        self.batch_delay = delay;
        self
    }

    /// Gives everything it holds, whatever was asked, and says that it applied every constraint.
    pub fn lying(mut self) -> Self {
        self.lying = true;
        self
    }

    /// Gives the order asked for.
    pub fn ordered(mut self) -> Self {
        self.ordered = true;
        self
    }

    /// Batches of at most so many assets (100 without).
    pub fn batch_size(mut self, assets: usize) -> Self {
        self.batch_size = assets.max(1);
        self
    }

    /// Gives no resume tokens and ignores `after`.
    pub fn without_resume(mut self) -> Self {
        self.resumes = false;
        self
    }

    /// Says how many assets an answer has.
    pub fn counting(mut self) -> Self {
        self.counts = true;
        self
    }

    /// Gives at most so many per search and says so in its description.
    pub fn max_rows(mut self, rows: u64) -> Self {
        self.max_rows = Some(rows);
        let description = self.info.description.take();
        let mut description = description.map_or_else(|| describe(&self.info), |d| (*d).clone());
        description.max_rows = Some(rows);
        self.described(description)
    }

    /// Leaves these constraints to the caller, and says so.
    pub fn not_applying(mut self, constraints: impl IntoIterator<Item = Constraint>) -> Self {
        self.not_applied = constraints.into_iter().collect();
        self
    }

    /// Has described itself so.
    pub fn described(mut self, description: Description) -> Self {
        self.info.description = Some(Arc::new(description));
        self
    }

    /// An empty description of this archive, to be filled and given to [`Self::described`].
    pub fn description(&self) -> Description {
        describe(&self.info)
    }

    /// Offers these operations and no others.
    pub fn offering(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.info.operations = operations.into_iter().collect();
        self
    }

    /// Declares these archives its mirrors.
    ///
    /// # Panics
    ///
    /// If one is no archive id.
    pub fn mirroring(mut self, ids: &[&str]) -> Self {
        let id = |id: &&str| id.parse().expect("the test gives a valid archive id");
        self.info.mirrors = ids.iter().map(id).collect();
        self
    }

    /// Changes what is known of it without asking.
    pub fn with_info(mut self, change: impl FnOnce(&mut ArchiveInfo)) -> Self {
        change(&mut self.info);
        self
    }

    /// Ways to the bytes of an asset.
    pub fn with_ways(mut self, native_id: &str, ways: Vec<Way>) -> Self {
        self.ways.insert(native_id.to_owned(), ways);
        self
    }

    /// The validator of the bytes behind a locator or URL.
    pub fn with_tag(self, locator: &str, tag: &str) -> Self {
        locked(&self.tags).insert(locator.to_owned(), tag.to_owned());
        self
    }

    /// Bytes behind a locator of `open`, or behind a URL.
    pub fn with_content(self, locator: &str, content: impl Into<Bytes>) -> Self {
        self.set_content(locator, content);
        self
    }

    /// From now on has these bytes behind a locator.
    pub fn set_content(&self, locator: &str, content: impl Into<Bytes>) {
        locked(&self.contents).insert(locator.to_owned(), content.into());
    }

    /// From now on has this validator of the bytes behind a locator.
    pub fn set_tag(&self, locator: &str, tag: &str) {
        locked(&self.tags).insert(locator.to_owned(), tag.to_owned());
    }

    /// So many times, bytes of a locator break off after so many.
    pub fn breaking(self, locator: &str, after_bytes: usize, times: u32) -> Self {
        locked(&self.breaks).insert(locator.to_owned(), (after_bytes, times));
        self
    }

    /// From now on fails as an archive that is out of order.
    pub fn set_failing(&self, reason: &str) {
        self.set_behaviour(Behaviour::Fail(upstream(reason)));
    }

    /// From now on never answers.
    pub fn set_hanging(&self) {
        self.set_behaviour(Behaviour::Hang);
    }

    /// From now on answers.
    pub fn set_answering(&self) {
        self.set_behaviour(Behaviour::Answer);
    }

    /// The searches it was asked, in order.
    pub fn asked(&self) -> Vec<Search> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was fetched, in order.
    pub fn fetched(&self) -> Vec<Fetch> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many of its searches, cursors and fetched bytes are still held by somebody.
    pub fn calls_open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    fn set_behaviour(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// Waits, fails or hangs as told; returns whether batches shall be empty for ever.
    async fn behave(&self) -> Result<bool, Error> {
        let behaviour = self.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match behaviour {
            Behaviour::Answer => Ok(false),
            Behaviour::EmptyBatches => Ok(true),
            Behaviour::Fail(failure) => Err(failure(&self.info.id)),
            Behaviour::Hang => std::future::pending().await,
        }
    }

    fn unsupported(&self, what: &str) -> Error {
        Error::Unsupported { archive: self.info.id.clone(), what: what.to_owned() }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn upstream(reason: &str) -> Failure {
    let reason = reason.to_owned();
    Arc::new(move |archive| Error::Upstream {
        archive: archive.clone(),
        reason: reason.clone(),
        retry_after: None,
    })
}

fn describe(info: &ArchiveInfo) -> Description {
    Description {
        title: info.title.clone(),
        description: None,
        publisher: None,
        homepage: None,
        licence: None,
        collections: Vec::new(),
        space: Vec::new(),
        time: Vec::new(),
        wavelength_m: Vec::new(),
        operations: info.operations.clone(),
        push_down: Vec::new(),
        orders: Vec::new(),
        languages: Vec::new(),
        max_rows: None,
        extras: Vec::new(),
    }
}

#[async_trait]
impl Archive for FakeArchive {
    fn info(&self) -> ArchiveInfo {
        self.info.clone()
    }

    async fn describe(&self) -> Result<Arc<Description>, Error> {
        self.behave().await?;
        let known = self.info.description.clone();
        Ok(known.unwrap_or_else(|| Arc::new(describe(&self.info))))
    }

    async fn search(&self, search: &Search) -> Result<SearchAnswer, Error> {
        let searches = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(search.clone());
            asked.len()
        };
        let held = Held::new(&self.open);
        assert!(!self.panics, "this fake panics when it is searched");
        let endless = self.behave().await?;
        let wanted =
            |asset: &&Arc<Asset>| self.lying || keeps(&search.question, asset, &self.not_applied);
        let mut assets: Vec<Arc<Asset>> = self.assets.iter().filter(wanted).cloned().collect();
        let total = assets.len() as u64;
        if self.ordered {
            in_order(&mut assets, search.order, &search.question);
        }
        let after = search.after.as_deref().filter(|_| self.resumes);
        let at = after.and_then(|token| token.try_into().ok()).map_or(0, u64::from_le_bytes);
        let at = usize::try_from(at).unwrap_or(usize::MAX).min(assets.len());
        let most = search.max_assets.unwrap_or(u64::MAX).min(self.max_rows.unwrap_or(u64::MAX));
        let end = usize::try_from(most).unwrap_or(usize::MAX).saturating_add(at);
        assets.truncate(end);
        let flaky = self.fails_every.is_some_and(|every| searches.is_multiple_of(every));
        let fail_at = match &self.fail_after {
            None if flaky => Some((at + self.batch_size, upstream("it does so now and then"))),
            other => other.clone(),
        };
        Ok(SearchAnswer {
            assets: Box::new(FakeCursor {
                archive: self.info.id.clone(),
                assets,
                at,
                batch_size: self.batch_size,
                batch_delay: self.batch_delay,
                resumes: self.resumes,
                fail_at,
                hang_at: self.hang_after,
                endless,
                held,
            }),
            not_applied: if self.lying { Vec::new() } else { self.not_applied.clone() },
            ordered: self.ordered || search.order == Order::Stable,
            total: self.counts.then_some(total),
        })
    }

    async fn harvest(&self, _since: Option<Vec<u8>>) -> Result<Box<dyn ChangeCursor>, Error> {
        if !self.info.operations.contains(&Operation::Harvest) {
            return Err(self.unsupported("harvest"));
        }
        let answer = self.search(&Search::default()).await?;
        Ok(Box::new(FakeChanges(answer.assets)))
    }

    async fn look_up(&self, id: &LookUp) -> Result<Asset, Error> {
        self.behave().await?;
        let LookUp::NativeId(native) = id else {
            return Err(self.unsupported("look-up by identifier"));
        };
        let found = self.assets.iter().find(|asset| asset.id.native == *native);
        let missing = AssetId { archive: self.info.id.clone(), native: native.clone() };
        found.map(|asset| (**asset).clone()).ok_or(Error::AssetNotFound(missing))
    }

    async fn access(
        &self,
        native_id: &str,
        _distribution: Option<&str>,
    ) -> Result<Vec<Way>, Error> {
        self.behave().await?;
        let missing = AssetId { archive: self.info.id.clone(), native: native_id.to_owned() };
        self.ways.get(native_id).cloned().ok_or(Error::AssetNotFound(missing))
    }

    async fn open(&self, locator: &str, offset: u64) -> Result<Content, Error> {
        self.behave().await?;
        let content = locked(&self.contents).get(locator).cloned();
        let content = content.ok_or_else(|| upstream("no such locator")(&self.info.id))?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let reader = FakeReader::new(content.slice(offset..), Held::new(&self.open));
        let reader: Box<dyn ByteReader> = match locked(&self.breaks).get_mut(locator) {
            Some((left, times)) if *times > 0 => {
                *times -= 1;
                Box::new(BreakingReader { archive: self.info.id.clone(), reader, left: *left })
            }
            _ => Box::new(reader),
        };
        Ok(Content {
            reader,
            total_bytes: Some(content.len() as u64),
            modified: None,
            tag: locked(&self.tags).get(locator).cloned(),
        })
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Fetched, Error> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner).push(fetch.clone());
        let (locator, ranges) = match &fetch.way.route {
            Route::Http(way) => (way.url.clone(), way.ranges),
            Route::Ftp(way) => (way.path.clone(), true),
            Route::Service(way) => (way.url.clone(), false),
            Route::ViaPlugin(locator) => (locator.clone(), true),
            Route::Inline(bytes) => {
                let held = Held::new(&self.open);
                let content = Content {
                    reader: Box::new(FakeReader::new(bytes.clone(), held)),
                    total_bytes: Some(bytes.len() as u64),
                    modified: None,
                    tag: None,
                };
                let length = content.total_bytes;
                return Ok(Fetched { content, offset: 0, length, media_type: None, ranges: false });
            }
        };
        let offset = fetch.part.filter(|_| ranges).map_or(0, |part| part.first);
        let content = self.open(&locator, offset).await?;
        let length = content.total_bytes.map(|total| total.saturating_sub(offset));
        Ok(Fetched { content, offset, length, media_type: None, ranges })
    }

    async fn tables(&self, _named: &[String], _names_only: bool) -> Result<Vec<Table>, Error> {
        Err(self.unsupported("tables"))
    }

    async fn query(&self, _query: &TableQuery) -> Result<TableAnswer, Error> {
        Err(self.unsupported("query"))
    }
}
