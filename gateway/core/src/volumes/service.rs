//! What the surfaces and labs ask of volumes.
//!
//! Calls the store, and for everything that takes time the rest of this folder.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::sync::Notify;

use super::account::Accounts;
use super::follow::{self, Live};
use super::kept::Fresh;
use super::measuring::{self, Wanted};
use super::removal::{self, Removal};
use super::{
    Created, FileOutcome, FileState, Mode, Progress, Source, SourceForm, SourceMaker, Volume,
    VolumeBytes, VolumeFile, VolumeId, VolumeKeeper, VolumeState, estimate, naming, request,
    runner,
};
use crate::Error;
use crate::archives::Archives;
use crate::collections::Collections;
use crate::delivery::Decoders;
use crate::discovery::Discovery;
use crate::labs::LabKeeper;
use crate::outside::Outside;
use crate::owner::{Owner, Quota, Space};
use crate::permission::{Action, Principal, Resource, decide};

/// What volumes are made with.
#[derive(Clone)]
#[expect(missing_docs, reason = "the types say it")]
pub struct VolumesNeed {
    pub archives: Arc<Archives>,
    pub discovery: Discovery,
    pub decoders: Arc<dyn Decoders>,
    pub collections: Collections,
    pub keeper: Arc<dyn VolumeKeeper>,
    /// Asked which labs see a volume before it is deleted.
    pub labs: Arc<dyn LabKeeper>,
    pub bytes: Arc<dyn VolumeBytes>,
    pub sources: Arc<dyn SourceMaker>,
    pub outside: Outside,
    pub config: VolumesConfig,
}

/// `[volumes]` and the part of `[quota]` that is about them.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumesConfig {
    /// What one owner may have.
    pub quota: Quota,
    /// Volumes that are staged at once.
    pub staged_at_once: usize,
    /// Files of one volume that arrive at once.
    pub files_at_once: usize,
    /// Most files of one volume.
    pub most_files: u64,
}

impl Default for VolumesConfig {
    fn default() -> Self {
        Self { quota: Quota::default(), staged_at_once: 4, files_at_once: 8, most_files: 1_000_000 }
    }
}

/// A volume as it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVolume {
    /// Name of the folder in a lab; made from the title when empty.
    pub name: String,
    /// For people; made from the source when empty.
    pub title: String,
    /// Where its files come from.
    pub source: Source,
    /// How.
    pub mode: Mode,
    /// Only with an empty source.
    pub writable: bool,
}

/// How much a source holds, as far as was counted in the time there was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Files counted.
    pub files: u64,
    /// Bytes counted.
    pub bytes: u64,
    /// Files whose size nobody says.
    pub unknown_sizes: u64,
    /// Whether everything was counted.
    pub complete: bool,
    /// Some paths, at most 20.
    pub samples: Vec<String>,
    /// Licences, acknowledgements: what is to be accepted.
    pub notices: Vec<String>,
    /// What is missing: archives that did not answer, in words.
    pub missing: Vec<String>,
}

/// The answer of "Test connection".
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// What was reached, or why it was not, in words.
    pub words: String,
    /// Whether it was.
    pub reached: bool,
}

/// A volume as it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeEvent {
    /// As it is now.
    pub volume: Volume,
}

/// Files that are read or written at once.
const PAGE: u32 = 1_000;
/// Tries to find a free name while others take names.
const NAME_TRIES: u32 = 5;

/// The data volumes of a gateway. Cheap to clone.
#[derive(Clone)]
pub struct Volumes {
    pub(super) inner: Arc<Inner>,
}

/// What the parts of this folder share.
pub(super) struct Inner {
    pub(super) need: Arc<VolumesNeed>,
    pub(super) live: Arc<Live>,
    /// There is something to do.
    pub(super) wake: Notify,
    pub(super) accounts: Accounts,
    pub(super) fresh: Arc<Fresh>,
    pub(super) removal: Removal,
    pub(super) measuring: Wanted,
}

impl Inner {
    /// Writes a volume that is being worked on; `false` if somebody ended or removed it.
    pub(super) async fn save(&self, volume: &mut Volume) -> Result<bool, Error> {
        loop {
            if self.need.keeper.save_volume(volume).await? {
                volume.revision += 1;
                return Ok(true);
            }
            match self.need.keeper.volume(&volume.id).await? {
                // A write of ours of which we did not hear.
                Some(now) if !now.state.is_final() => volume.revision = now.revision,
                _ => return Ok(false),
            }
        }
    }

    /// Writes how far a volume came that somebody else ended.
    pub(super) async fn note_progress(&self, volume: &Volume) -> Result<(), Error> {
        while let Some(now) = self.need.keeper.volume(&volume.id).await? {
            let now = Volume { progress: volume.progress, ..now };
            if self.need.keeper.save_volume(&now).await? {
                break;
            }
        }
        Ok(())
    }
}

impl Volumes {
    /// Made with these. Nothing is staged before [`Volumes::run`] runs.
    pub fn new(need: VolumesNeed) -> Self {
        let inner = Inner {
            fresh: Arc::new(Fresh::new(Arc::clone(&need.bytes))),
            need: Arc::new(need),
            live: Arc::default(),
            wake: Notify::new(),
            accounts: Accounts::default(),
            removal: Removal::default(),
            measuring: Wanted::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Goes on with every volume that is not finished or not wholly removed, and with each that
    /// is asked for from then on; measures what users wrote. Dropping the future ends all
    /// staging; what arrived stays.
    pub async fn run(&self) {
        let inner = &self.inner;
        tokio::join!(runner::run(inner), removal::run(inner), measuring::run(inner));
    }

    /// Takes a volume on; it is staged from now on. `key` makes asking again harmless.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for a name or a source that is none, [`Error::Conflict`],
    /// [`Error::QuotaExceeded`], [`Error::PermissionDenied`].
    pub async fn create(
        &self,
        principal: &Principal,
        new: NewVolume,
        key: Option<&str>,
    ) -> Result<Volume, Error> {
        match self.create_once(principal, new, key).await? {
            Created::New(volume) | Created::Before(volume) => Ok(volume),
        }
    }

    /// The same, for those who say whether it was made now or when the key was first used.
    ///
    /// # Errors
    ///
    /// Those of [`Volumes::create`].
    pub async fn create_once(
        &self,
        principal: &Principal,
        new: NewVolume,
        key: Option<&str>,
    ) -> Result<Created, Error> {
        decide(principal, Action::MakeVolume, Resource::Gateway)?;
        let need = &self.inner.need;
        let fingerprint = request::fingerprint(&new);
        let key = key.map(request::check_key).transpose()?;
        let title = request::check(need, principal, &new).await?;
        let owner = principal.owner();
        let mut tries = 0;
        loop {
            let name = match new.name.is_empty() {
                true => {
                    let own = need.keeper.volumes(&owner).await?;
                    let taken = |name: &str| own.iter().any(|volume| volume.name == name);
                    naming::free(&naming::of_title(&title), taken)
                }
                false => new.name.clone(),
            };
            let volume = Volume {
                id: VolumeId(need.outside.new_id()),
                owner: owner.clone(),
                name,
                title: title.clone(),
                source: new.source.clone(),
                mode: new.mode,
                writable: new.source == Source::Empty,
                state: VolumeState::Listing,
                progress: Progress::default(),
                failure: None,
                created: need.outside.now(),
                finished: None,
                revision: 0,
            };
            let key = key.map(|key| (key, fingerprint.as_str()));
            match need.keeper.create_volume(&volume, key, &need.config.quota).await {
                Ok(created) => {
                    if let Created::New(_) = &created {
                        self.inner.wake.notify_one();
                    }
                    return Ok(created);
                }
                // Somebody took the name that was free.
                Err(Error::Conflict { .. }) if new.name.is_empty() && tries < NAME_TRIES => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The volume of that id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], for one of somebody else too.
    pub async fn volume(&self, principal: &Principal, id: &VolumeId) -> Result<Volume, Error> {
        let found = self.inner.need.keeper.volume(id).await?;
        let own = |volume: &Volume| {
            decide(principal, Action::UseVolume, Resource::OwnedBy(&volume.owner)).is_ok()
        };
        found.filter(own).ok_or_else(|| Error::not_found("volume", &id.0))
    }

    /// All of a principal, newest first.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn list(&self, principal: &Principal) -> Result<Vec<Volume>, Error> {
        self.inner.need.keeper.volumes(&principal.owner()).await
    }

    /// Its files from a number on, at most `most` (1 to 1,000).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn files(
        &self,
        principal: &Principal,
        id: &VolumeId,
        first: u64,
        most: u32,
    ) -> Result<Vec<VolumeFile>, Error> {
        self.volume(principal, id).await?;
        self.inner.need.keeper.files(id, first, most.clamp(1, PAGE)).await
    }

    /// The volume now, and whenever it changes, until it is finished; at most twice a second.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn follow(
        &self,
        principal: &Principal,
        id: &VolumeId,
    ) -> Result<BoxStream<'static, Result<VolumeEvent, Error>>, Error> {
        self.volume(principal, id).await?;
        // Listened to before it is read, so that nothing is missed in between.
        let changes = self.inner.live.subscribe(id);
        let now = self.volume(principal, id).await;
        if now.as_ref().map_or(true, |now| now.state.is_final()) {
            self.inner.live.leave(id);
        }
        Ok(follow::stream(now?, changes).boxed())
    }

    /// Ends staging; files that are whole stay until the volume is deleted.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that is finished.
    pub async fn cancel(&self, principal: &Principal, id: &VolumeId) -> Result<Volume, Error> {
        loop {
            let volume = self.volume(principal, id).await?;
            if volume.state.is_final() {
                let state = volume.state.name();
                let reason = format!("the volume `{}` is {state} already", volume.name);
                return Err(Error::Conflict { reason });
            }
            if self.end(volume).await? {
                self.inner.live.stop(id).await;
                return self.volume(principal, id).await;
            }
        }
    }

    /// Writes that it is cancelled; `false` if it changed meanwhile.
    async fn end(&self, volume: Volume) -> Result<bool, Error> {
        let finished = Some(self.inner.need.outside.now());
        let mut volume = Volume { state: VolumeState::Cancelled, finished, ..volume };
        let written = self.inner.need.keeper.save_volume(&volume).await?;
        if written {
            volume.revision += 1;
            self.inner.live.publish(&volume);
        }
        Ok(written)
    }

    /// Tries the files again that are not there, of a volume that failed or was cancelled.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`].
    pub async fn retry(&self, principal: &Principal, id: &VolumeId) -> Result<Volume, Error> {
        let keeper = &self.inner.need.keeper;
        let mut volume = self.volume(principal, id).await?;
        loop {
            if !matches!(volume.state, VolumeState::Failed | VolumeState::Cancelled) {
                let (name, state) = (&volume.name, volume.state.name());
                let reason = format!(
                    "the volume `{name}` is {state}; only one that failed or was cancelled is tried again"
                );
                return Err(Error::Conflict { reason });
            }
            self.inner.live.stop(id).await;
            self.plan_failed_again(id).await?;
            volume.state = VolumeState::Listing;
            volume.failure = None;
            volume.finished = None;
            if keeper.save_volume(&volume).await? {
                self.inner.wake.notify_one();
                return self.volume(principal, id).await;
            }
            volume = self.volume(principal, id).await?;
        }
    }

    async fn plan_failed_again(&self, id: &VolumeId) -> Result<(), Error> {
        let keeper = &self.inner.need.keeper;
        let mut first = 0;
        loop {
            let page = keeper.files(id, first, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            first = last.number + 1;
            let failed = page.iter().filter(|file| matches!(file.state, FileState::Failed { .. }));
            let planned =
                |file: &VolumeFile| FileOutcome { number: file.number, state: FileState::Planned };
            let again: Vec<FileOutcome> = failed.map(planned).collect();
            if !again.is_empty() {
                keeper.save_outcomes(id, &again).await?;
            }
        }
    }

    /// Removes the volume and its bytes; a kill in between is made up for at the next start.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Conflict`] while a lab that has not ended sees it.
    pub async fn delete(&self, principal: &Principal, id: &VolumeId) -> Result<(), Error> {
        let need = &self.inner.need;
        let mut volume = self.volume(principal, id).await?;
        let labs = need.labs.running_labs().await?;
        if let Some(lab) = labs.iter().find(|lab| lab.volumes.contains(id)) {
            let reason =
                format!("the lab `{}` sees the volume `{}`; stop it first", lab.id, volume.name);
            return Err(Error::Conflict { reason });
        }
        while !volume.state.is_final() && !self.end(volume).await? {
            volume = self.volume(principal, id).await?;
        }
        self.inner.live.stop(id).await;
        let volume = self.volume(principal, id).await?;
        // Whoever asks may leave at any moment: what is not finished then is gone on with.
        let begun = self.inner.removal.begin();
        need.keeper.remove_volume(id).await?;
        // Somebody may have had it tried again a moment ago; now nobody can any more.
        self.inner.live.stop(id).await;
        self.inner.live.forget(id);
        self.inner.accounts.changed(&volume.owner, volume.progress.bytes, 0).await;
        match removal::finish(&self.inner, id).await {
            Ok(()) => begun.finished(),
            // For its owner the volume is gone.
            Err(error) => {
                tracing::error!(volume.id = %id, %error, "the bytes of a removed volume are not removed yet; this is tried again");
            }
        }
        Ok(())
    }

    /// Counts what a source holds for a few seconds.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for a source that is none; an archive that fails is `missing`.
    pub async fn estimate(
        &self,
        principal: &Principal,
        source: &Source,
    ) -> Result<Estimate, Error> {
        request::check_source(&self.inner.need, principal, source).await?;
        estimate::estimate(&self.inner.need, principal, source).await
    }

    /// Asks the archive of a source for something small, and says what came of it.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for settings that are wrong.
    pub async fn test(&self, principal: &Principal, source: &Source) -> Result<Tested, Error> {
        request::check_source(&self.inner.need, principal, source).await?;
        estimate::test(&self.inner.need, principal, source).await
    }

    /// The kinds of trees there are.
    pub fn forms(&self) -> Vec<SourceForm> {
        self.inner.need.sources.forms()
    }

    /// Waits until the volume is finished. For labs.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] with the volume's own words if it did not become ready.
    pub async fn until_ready(&self, id: &VolumeId) -> Result<Volume, Error> {
        let keeper = &self.inner.need.keeper;
        let gone = || Error::not_found("volume", &id.0);
        let volume = loop {
            let mut changes = self.inner.live.subscribe(id);
            let volume = keeper.volume(id).await?;
            if volume.as_ref().is_none_or(|volume| volume.state.is_final()) {
                self.inner.live.leave(id);
                break volume.ok_or_else(gone)?;
            }
            let is_final =
                |now: &Option<Volume>| now.as_ref().is_some_and(|now| now.state.is_final());
            // Its end, or that nobody tells any more: the store knows why.
            let _ = changes.wait_for(is_final).await;
        };
        match volume.state {
            VolumeState::Ready => Ok(volume),
            state => {
                let words = volume.failure.unwrap_or_else(|| state.name().to_owned());
                let reason = format!("the volume `{}` is not ready: {words}", volume.name);
                Err(Error::Conflict { reason })
            }
        }
    }

    /// The folder of a volume that is ready, on this machine, and its files for a notebook.
    /// For labs.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] for one that is not ready.
    pub async fn folder(&self, id: &VolumeId) -> Result<std::path::PathBuf, Error> {
        let found = self.inner.need.keeper.volume(id).await?;
        let volume = found.ok_or_else(|| Error::not_found("volume", &id.0))?;
        if volume.state != VolumeState::Ready {
            let (name, state) = (&volume.name, volume.state.name());
            let reason =
                format!("the volume `{name}` is {state}; its folder is there once it is ready");
            return Err(Error::Conflict { reason });
        }
        self.inner.need.bytes.folder(id).await
    }

    /// Has measured soon what the owner wrote: their own space and their writable volumes. Cheap.
    /// For labs.
    pub fn measure_soon(&self, owner: &Owner) {
        self.inner.measuring.add(owner);
    }

    /// What the owner's own space held when it was last measured. For the ledger.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn space_held(&self, owner: &Owner) -> Result<Option<Space>, Error> {
        self.inner.need.keeper.space_held(owner).await
    }

    /// The owner's own space on this machine, made if it is missing. For labs.
    ///
    /// # Errors
    ///
    /// Only the disk's.
    pub async fn space(&self, owner: &Owner) -> Result<std::path::PathBuf, Error> {
        self.inner.need.bytes.space(owner).await
    }
}
