//! Where volumes and the list of their files are kept. Implemented by `gateway/store`.

use async_trait::async_trait;

use super::{FileState, Volume, VolumeFile, VolumeId};
use crate::Error;
use crate::owner::{Owner, Quota};

/// A volume that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// Written now.
    New(Volume),
    /// The same key was used before by the same owner: what was made then, as it is now.
    Before(Volume),
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileOutcome {
    /// Its number.
    pub number: u64,
    /// Where it stands now.
    pub state: FileState,
}

/// What is acknowledged here survives a kill of the gateway at any time.
#[async_trait]
pub trait VolumeKeeper: Send + Sync {
    /// Writes a new volume, if the owner's quota lets one more be (`volumes`, and `volume_bytes`
    /// not used up already) and no volume of the owner has its name, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::QuotaExceeded`], [`Error::Conflict`] for the name, or for a key that was used
    /// for another request (`fingerprint` differs).
    async fn create_volume(
        &self,
        volume: &Volume,
        key: Option<(&str, &str)>,
        quota: &Quota,
    ) -> Result<Created, Error>;
    /// The volume of that id, whoever owns it.
    async fn volume(&self, id: &VolumeId) -> Result<Option<Volume>, Error>;
    /// All of an owner, newest first.
    async fn volumes(&self, owner: &Owner) -> Result<Vec<Volume>, Error>;
    /// All of all owners whose state is not final: what a gateway goes on with when it starts.
    async fn unfinished_volumes(&self) -> Result<Vec<Volume>, Error>;
    /// Writes it if nobody else did since it was read, and raises `revision` by one;
    /// `false` if somebody did, or if it was removed.
    async fn save_volume(&self, volume: &Volume) -> Result<bool, Error>;
    /// Removes the volume and its list of files; `false` if it was not there.
    async fn remove_volume(&self, id: &VolumeId) -> Result<bool, Error>;
    /// Writes files behind those that are listed; one whose number is there already stays as it is.
    async fn plan_files(&self, id: &VolumeId, files: &[VolumeFile]) -> Result<(), Error>;
    /// Files with a number from `first` on, in their order, at most `most`.
    async fn files(&self, id: &VolumeId, first: u64, most: u32) -> Result<Vec<VolumeFile>, Error>;
    /// The same of those that are still planned.
    async fn planned_files(
        &self,
        id: &VolumeId,
        first: u64,
        most: u32,
    ) -> Result<Vec<VolumeFile>, Error>;
    /// Writes what became of files, all or none.
    async fn save_outcomes(&self, id: &VolumeId, outcomes: &[FileOutcome]) -> Result<(), Error>;
    /// Bytes of the owner's volumes: of each volume, its `progress.bytes`.
    async fn volume_bytes(&self, owner: &Owner) -> Result<u64, Error>;
    /// Whether a whole file of any volume has that digest.
    async fn is_used(&self, sha256: &str) -> Result<bool, Error>;
}
