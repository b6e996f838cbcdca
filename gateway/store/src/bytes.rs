//! The bytes of data volumes: by their content, and as folders.
//!
//! Called by `archway_core::volumes` through [`VolumeBytes`]. Calls the storage library
//! (`object_store`) for what is kept, and the file system for what is arriving and laid out.
//!
//! Below the folder:
//!
//! | path | is |
//! |---|---|
//! | `parts/<volume>/<number>.part` | a file that is arriving |
//! | `blobs/sha256/ab/cdef...` | bytes by their digest, read-only; a cache of them where S3 keeps them |
//! | `volumes/<volume>/` | a folder of hard links to them, or one that labs write in |
//! | `spaces/<owner>/` | what an owner has beside volumes: the home of labs |
//!
//! Rules that hold here and nowhere else:
//!
//! - What stands under its final name is whole: names appear by one rename.
//! - Names from outside are taken apart and followed one by one, never through a symbolic link.
//! - A digest is trusted only if it was computed here.

mod content;
mod digests;
mod folders;
mod measuring;
mod names;
mod part;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use archway_core::Error;
use archway_core::owner::Owner;
use archway_core::volumes::{Measured, Part, VolumeBytes, VolumeId};
use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::StoreError;
use crate::secret::Secret;
use content::Content;
use measuring::Bounds;

/// Where the bytes of volumes lie.
#[derive(Clone, Debug)]
pub struct BytesConfig {
    /// Folder of this machine, made if it is missing. Better on a file system with hard links.
    pub folder: PathBuf,
    /// Where the bytes are kept beside it, so that they outlive this machine.
    pub s3: Option<S3Config>,
}

/// A bucket of an S3-compatible store.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// `https://s3.example.org`; `http://` is allowed for one beside the gateway.
    pub endpoint: String,
    /// The bucket; it is not made here.
    pub bucket: String,
    /// "us-east-1" where the store has no regions.
    pub region: String,
    /// Name of the key.
    pub key_id: String,
    /// The key.
    pub secret: Secret,
    /// Whether the bucket stands in the path (MinIO, Ceph) and not in the host's name.
    pub path_style: bool,
}

/// The bytes of data volumes. A clone is the same.
#[derive(Clone, Debug)]
pub struct Bytes {
    folder: Arc<Path>,
    content: Arc<Content>,
}

/// Files that are fetched from S3 at once when a folder is laid out.
const FETCHED_AT_ONCE: usize = 8;

impl Bytes {
    /// Opens the folder, and the bucket if there is one.
    ///
    /// Parts from before the machine's last start are thrown away: nobody knows how much of
    /// them reached the disk.
    ///
    /// # Errors
    ///
    /// A folder that cannot be made or written, a bucket that does not answer.
    pub async fn open(config: &BytesConfig) -> Result<Self, StoreError> {
        let folder = config.folder.clone();
        let folder = blocking(move || folders::prepare(&folder)).await?;
        let content = Content::open(&folder, config.s3.as_ref()).await?;
        Ok(Self { folder: folder.into(), content: Arc::new(content) })
    }

    fn laid_out(&self, volume: &VolumeId) -> Result<PathBuf, StoreError> {
        Ok(self.folder.join("volumes").join(names::volume(volume)?))
    }

    /// Makes the folder of files that are all here, or fetches them first.
    async fn lay_out_here(
        &self,
        volume: &VolumeId,
        files: Vec<(String, String)>,
        texts: Vec<(String, bytes::Bytes)>,
    ) -> Result<(), StoreError> {
        if self.content.is_remote() {
            let digests: BTreeSet<String> =
                files.iter().map(|(_, digest)| digest.clone()).collect();
            let fetched = stream::iter(digests).map(|digest| self.content.bring(digest));
            fetched.buffer_unordered(FETCHED_AT_ONCE).try_collect::<()>().await?;
        }
        let (root, id) = (Arc::clone(&self.folder), names::volume(volume)?.to_owned());
        blocking(move || folders::lay_out(&root, &id, &files, &texts)).await
    }
}

#[async_trait]
impl VolumeBytes for Bytes {
    async fn part(
        &self,
        volume: &VolumeId,
        number: u64,
        announced: Option<&str>,
    ) -> Result<Box<dyn Part>, Error> {
        let name = format!("{}/{number}.part", names::volume(volume)?);
        let content = Arc::clone(&self.content);
        Ok(Box::new(part::ArrivingPart::open(content, &self.folder, name, announced).await?))
    }

    async fn kept(&self, sha256: &str) -> Result<Option<u64>, Error> {
        Ok(self.content.kept(names::digest(sha256)?).await?)
    }

    async fn lay_out(
        &self,
        volume: &VolumeId,
        files: Vec<(String, String)>,
        texts: Vec<(String, bytes::Bytes)>,
    ) -> Result<(), Error> {
        if self.content.is_remote() {
            // First, so that a folder that is here can be made again on another machine.
            self.content.put_list(names::volume(volume)?, &files, &texts).await?;
        }
        Ok(self.lay_out_here(volume, files, texts).await?)
    }

    async fn make_writable(&self, volume: &VolumeId) -> Result<(), Error> {
        let folder = self.laid_out(volume)?;
        Ok(blocking(move || folders::make(&folder, 0o755)).await?)
    }

    async fn folder(&self, volume: &VolumeId) -> Result<PathBuf, Error> {
        let folder = self.laid_out(volume)?;
        let looked_at = folder.clone();
        if blocking(move || folders::is_there(&looked_at)).await? {
            return Ok(folder);
        }
        if let Some((files, texts)) = self.content.list(names::volume(volume)?).await? {
            self.lay_out_here(volume, files, texts).await?;
            return Ok(folder);
        }
        Err(Error::not_found("folder of the data volume", volume.0.as_str()))
    }

    async fn space(&self, owner: &Owner) -> Result<PathBuf, Error> {
        let folder = self.folder.join("spaces").join(names::owner(owner));
        let made = folder.clone();
        blocking(move || folders::make(&made, 0o700)).await?;
        Ok(folder)
    }

    async fn measure(&self, folder: &Path) -> Result<Measured, Error> {
        let folder = folder.to_owned();
        Ok(blocking(move || measuring::measure(&folder, &Bounds::default())).await?)
    }

    async fn laid_out(&self, after: &str, most: u32) -> Result<Vec<VolumeId>, Error> {
        let (folder, behind, most) = (self.folder.join("volumes"), after.to_owned(), most as usize);
        let here = blocking(move || folders::names_behind(&folder, &behind, most)).await?;
        let mut all: BTreeSet<String> = here.into_iter().collect();
        all.extend(self.content.lists(after, most).await?);
        Ok(all.into_iter().take(most).map(VolumeId).collect())
    }

    async fn kept_digests(&self, after: &str, most: u32) -> Result<Vec<String>, Error> {
        Ok(self.content.digests(after, most as usize).await?)
    }

    async fn remove(&self, volume: &VolumeId) -> Result<(), Error> {
        let id = names::volume(volume)?;
        self.content.forget_list(id).await?;
        let (root, id) = (Arc::clone(&self.folder), id.to_owned());
        Ok(blocking(move || folders::remove(&root, &id)).await?)
    }

    async fn forget(&self, sha256: &str) -> Result<(), Error> {
        Ok(self.content.forget(names::digest(sha256)?).await?)
    }

    async fn sync(&self) -> Result<(), Error> {
        let root = Arc::clone(&self.folder);
        Ok(blocking(move || folders::sync(&root)).await?)
    }
}

/// Runs work that waits for a disk where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await?
}
