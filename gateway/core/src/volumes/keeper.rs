//! Where volumes and the list of their files are kept. Implemented by `gateway/store`.

use async_trait::async_trait;

use super::{FileState, Volume, VolumeFile, VolumeId};
use crate::Error;
use crate::owner::{Owner, Quota, Space};

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
    /// Removes the volume and its list of files, and in the same moment notes that its bytes are
    /// to go: it is one of [`VolumeKeeper::removed_volumes`] from then on. `false` if it was not
    /// there.
    async fn remove_volume(&self, id: &VolumeId) -> Result<bool, Error>;
    /// Volumes that were removed and whose bytes may still be there, at most 1,000.
    async fn removed_volumes(&self) -> Result<Vec<VolumeId>, Error>;
    /// Digests of the files of such a volume that were whole, each once, in their order behind
    /// `after`, at most `most`.
    async fn removed_digests(
        &self,
        id: &VolumeId,
        after: &str,
        most: u32,
    ) -> Result<Vec<String>, Error>;
    /// The bytes of such a volume went: nothing is known of it any more.
    async fn bytes_went(&self, id: &VolumeId) -> Result<(), Error>;
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
    /// Bytes of the owner's volumes, of each its `progress.bytes`, and of the owner's own space.
    async fn volume_bytes(&self, owner: &Owner) -> Result<u64, Error>;
    /// Those of the digests that no whole file of any volume has.
    async fn unused(&self, digests: &[String]) -> Result<Vec<String>, Error>;
    /// What the owner's own space held when it was last measured; `None` if it never was.
    async fn space_held(&self, owner: &Owner) -> Result<Option<Space>, Error>;
    /// Writes what it holds.
    async fn save_space_held(&self, owner: &Owner, space: &Space) -> Result<(), Error>;
}
