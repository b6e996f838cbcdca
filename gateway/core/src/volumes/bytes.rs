//! Where the bytes of volumes lie. Implemented by `gateway/store` over a storage library.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;

use super::VolumeId;
use crate::Error;
use crate::owner::Owner;

/// A file that is arriving. What was written to it is still there after a kill.
#[async_trait]
pub trait Part: Send {
    /// How many bytes have arrived, in this life of the gateway or an earlier one.
    fn length(&self) -> u64;
    /// What [`Part::set_version`] was told of the bytes that are there; `None` also where that
    /// is not kept, whereupon only a file with a checksum is gone on with after a kill.
    fn version(&self) -> Option<String> {
        None
    }
    /// Remembers which version of the file the bytes are of, before the first of them comes;
    /// forgotten by [`Part::restart`]. At most 256 characters.
    async fn set_version(&mut self, _version: &str) -> Result<(), Error> {
        Ok(())
    }
    /// Adds bytes behind those that are there.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] when the disk is.
    async fn write(&mut self, bytes: Bytes) -> Result<(), Error>;
    /// Forgets what arrived and begins again.
    async fn restart(&mut self) -> Result<(), Error>;
    /// The SHA-256 of everything written, hexadecimal, after which the bytes are kept under it
    /// (once, whoever else keeps the same), and the part is gone.
    async fn keep(self: Box<Self>) -> Result<String, Error>;
    /// The digest by another algorithm that the archive gave ("md5", "sha-1", ...), of
    /// everything written; `None` for one that is not known.
    async fn digest(&mut self, algorithm: &str) -> Result<Option<String>, Error>;
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Bytes of its files, each name of one counted.
    pub bytes: u64,
    /// Files.
    pub files: u64,
    /// Whether everything was counted; else there is at least so much.
    pub whole: bool,
}

/// Bytes by their content, and folders made of them.
#[async_trait]
pub trait VolumeBytes: Send + Sync {
    /// The part of that file of that volume, with what arrived of it before.
    ///
    /// `announced` is the algorithm whose digest will be asked of it beside SHA-256, as the
    /// archive writes it ("md5"); `None` if none is, or if it is SHA-256. It is then computed
    /// as the bytes come; one that was not announced costs reading the file again.
    async fn part(
        &self,
        volume: &VolumeId,
        number: u64,
        announced: Option<&str>,
    ) -> Result<Box<dyn Part>, Error>;
    /// Whether bytes of that digest are kept, and how many they are.
    async fn kept(&self, sha256: &str) -> Result<Option<u64>, Error>;
    /// Lays files out as the volume's folder; it appears whole or not at all. `files` are paths
    /// and digests; `texts` are small files beside them (`provenance.json`).
    async fn lay_out(
        &self,
        volume: &VolumeId,
        files: Vec<(String, String)>,
        texts: Vec<(String, Bytes)>,
    ) -> Result<(), Error>;
    /// Makes the folder of an empty, writable volume.
    async fn make_writable(&self, volume: &VolumeId) -> Result<(), Error>;
    /// The folder of a volume that was laid out, on this machine; fetched from where the bytes
    /// lie if it is not here yet.
    async fn folder(&self, volume: &VolumeId) -> Result<PathBuf, Error>;
    /// The owner's own space, made if it is missing. It outlives every lab.
    async fn space(&self, owner: &Owner) -> Result<PathBuf, Error>;
    /// What a writable folder or a space holds. Takes seconds at the most, where nobody waits.
    async fn measure(&self, folder: &Path) -> Result<Measured, Error>;
    /// Ids of volumes of which there is a folder, here or wherever the bytes lie, in their order
    /// behind `after`, at most `most`.
    async fn laid_out(&self, after: &str, most: u32) -> Result<Vec<VolumeId>, Error>;
    /// Digests of bytes that are kept, in their order behind `after`, at most `most`.
    async fn kept_digests(&self, after: &str, most: u32) -> Result<Vec<String>, Error>;
    /// Removes the folder and the parts of a volume; fine if there are none.
    async fn remove(&self, volume: &VolumeId) -> Result<(), Error>;
    /// Removes kept bytes that nobody uses; fine if there are none.
    async fn forget(&self, sha256: &str) -> Result<(), Error>;
    /// Makes everything kept so far survive a loss of power.
    async fn sync(&self) -> Result<(), Error>;
}
