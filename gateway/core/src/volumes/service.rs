//! What the surfaces and labs ask of volumes.

use std::sync::Arc;

use futures_util::stream::BoxStream;

use super::{
    Mode, Source, SourceForm, SourceMaker, Volume, VolumeBytes, VolumeFile, VolumeId, VolumeKeeper,
};
use crate::Error;
use crate::archives::Archives;
use crate::collections::Collections;
use crate::delivery::Decoders;
use crate::discovery::Discovery;
use crate::outside::Outside;
use crate::owner::{Owner, Quota};
use crate::permission::Principal;

/// What volumes are made with.
#[derive(Clone)]
#[expect(missing_docs, reason = "the types say it")]
pub struct VolumesNeed {
    pub archives: Arc<Archives>,
    pub discovery: Discovery,
    pub decoders: Arc<dyn Decoders>,
    pub collections: Collections,
    pub keeper: Arc<dyn VolumeKeeper>,
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

/// The data volumes of a gateway. Cheap to clone.
#[derive(Clone)]
pub struct Volumes {
    #[expect(dead_code, reason = "being built")]
    need: Arc<VolumesNeed>,
}

impl Volumes {
    /// Made with these. Nothing is staged before [`Volumes::run`] runs.
    pub fn new(need: VolumesNeed) -> Self {
        Self { need: Arc::new(need) }
    }

    /// Goes on with every volume that is not finished, and with each that is asked for from then
    /// on. Dropping the future ends all staging; what arrived stays.
    pub async fn run(&self) {}

    /// Takes a volume on; it is staged from now on. `key` makes asking again harmless.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for a name or a source that is none, [`Error::Conflict`],
    /// [`Error::QuotaExceeded`], [`Error::PermissionDenied`].
    pub async fn create(
        &self,
        _principal: &Principal,
        _new: NewVolume,
        _key: Option<&str>,
    ) -> Result<Volume, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The volume of that id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], for one of somebody else too.
    pub async fn volume(&self, _principal: &Principal, _id: &VolumeId) -> Result<Volume, Error> {
        Err(Error::internal("not built yet"))
    }

    /// All of a principal, newest first.
    ///
    /// # Errors
    ///
    /// Only the store's.
    pub async fn list(&self, _principal: &Principal) -> Result<Vec<Volume>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Its files from a number on, at most `most` (1 to 1,000).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn files(
        &self,
        _principal: &Principal,
        _id: &VolumeId,
        _first: u64,
        _most: u32,
    ) -> Result<Vec<VolumeFile>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The volume now, and whenever it changes, until it is finished; at most twice a second.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn follow(
        &self,
        _principal: &Principal,
        _id: &VolumeId,
    ) -> Result<BoxStream<'static, Result<VolumeEvent, Error>>, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Ends staging; files that are whole stay until the volume is deleted.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`] for one that is finished.
    pub async fn cancel(&self, _principal: &Principal, _id: &VolumeId) -> Result<Volume, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Tries the files again that are not there, of a volume that failed or was cancelled.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Conflict`].
    pub async fn retry(&self, _principal: &Principal, _id: &VolumeId) -> Result<Volume, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Removes the volume and its bytes.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Conflict`] while a lab that has not ended sees it (`used_by`
    /// asks that of labs).
    pub async fn delete(&self, _principal: &Principal, _id: &VolumeId) -> Result<(), Error> {
        Err(Error::internal("not built yet"))
    }

    /// Counts what a source holds for a few seconds.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for a source that is none; an archive that fails is `missing`.
    pub async fn estimate(
        &self,
        _principal: &Principal,
        _source: &Source,
    ) -> Result<Estimate, Error> {
        Err(Error::internal("not built yet"))
    }

    /// Asks the archive of a source for something small, and says what came of it.
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] for settings that are wrong.
    pub async fn test(&self, _principal: &Principal, _source: &Source) -> Result<Tested, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The kinds of trees there are.
    pub fn forms(&self) -> Vec<SourceForm> {
        Vec::new()
    }

    /// Waits until the volume is finished. For labs.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] with the volume's own words if it did not become ready.
    pub async fn until_ready(&self, _id: &VolumeId) -> Result<Volume, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The folder of a volume that is ready, on this machine, and its files for a notebook.
    /// For labs.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] for one that is not ready.
    pub async fn folder(&self, _id: &VolumeId) -> Result<std::path::PathBuf, Error> {
        Err(Error::internal("not built yet"))
    }

    /// The owner's own space on this machine, made if it is missing. For labs.
    ///
    /// # Errors
    ///
    /// Only the disk's.
    pub async fn space(&self, _owner: &Owner) -> Result<std::path::PathBuf, Error> {
        Err(Error::internal("not built yet"))
    }
}
