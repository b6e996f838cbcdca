//! Bytes by their digest: in a folder, or in S3 with the folder as a cache.
//!
//! Called by `bytes.rs` and `part.rs`. Calls the storage library.
//!
//! A file that is whole gets its name by one rename below the same root, whatever its size; for
//! S3 it goes up first, in pieces, and what is left here is a copy that may go at any time
//! unless a volume's folder has a link to it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
    WriteMultipart,
};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;

use super::{S3Config, blocking, folders, names};
use crate::error::StoreError;

/// Bytes that go to S3 at once, and what a file in pieces is made of.
const PIECE_BYTES: usize = 8 << 20;
/// Pieces of one file that are under way at once.
const PIECES_AT_ONCE: usize = 4;

/// Files and texts of a folder, as [`archway_core::volumes::VolumeBytes::lay_out`] takes them.
type Listed = (Vec<(String, String)>, Vec<(String, Bytes)>);

/// Bytes by their digest.
#[derive(Debug)]
pub(super) struct Content {
    root: PathBuf,
    local: LocalFileSystem,
    remote: Option<AmazonS3>,
    /// Tells files apart that are fetched at once.
    fetched: AtomicU64,
}

/// What is in a volume's folder, beside the bytes in S3.
#[derive(Serialize, Deserialize)]
struct List {
    v: u32,
    files: Vec<(String, String)>,
    texts: Vec<(String, String)>,
}

impl Content {
    pub(super) async fn open(root: &Path, s3: Option<&S3Config>) -> Result<Self, StoreError> {
        let what = || format!("opening {}", root.display());
        let local = LocalFileSystem::new_with_prefix(root).map_err(StoreError::object(what()))?;
        let remote = match s3 {
            Some(config) => Some(bucket(config).await?),
            None => None,
        };
        if remote.is_some() {
            let blobs = root.join("blobs/sha256");
            blocking(move || folders::sweep(&blobs)).await?;
        }
        Ok(Self { root: root.to_owned(), local, remote, fetched: AtomicU64::new(0) })
    }

    /// Whether the folder is only a cache.
    pub(super) fn is_remote(&self) -> bool {
        self.remote.is_some()
    }

    /// How many bytes are kept under that digest.
    pub(super) async fn kept(&self, sha256: &str) -> Result<Option<u64>, StoreError> {
        match &self.remote {
            Some(remote) => size(remote, &in_bucket(sha256)).await,
            None => size(&self.local, &in_folder(sha256)).await,
        }
    }

    /// Keeps a file of `parts/` that is whole, once; it is gone from there.
    pub(super) async fn take(
        &self,
        part: &Path,
        sha256: &str,
        length: u64,
    ) -> Result<(), StoreError> {
        if let Some(remote) = &self.remote
            && size(remote, &in_bucket(sha256)).await? != Some(length)
        {
            put_file(remote, &in_bucket(sha256), part, length).await?;
        }
        if size(&self.local, &in_folder(sha256)).await? == Some(length) {
            let part = part.to_owned();
            let removed =
                move || std::fs::remove_file(&part).map_err(StoreError::at("removing", &part));
            return blocking(removed).await;
        }
        let what = || format!("keeping {}", part.display());
        let from = self.key_of(part).map_err(StoreError::object(what()))?;
        self.local.rename(&from, &in_folder(sha256)).await.map_err(StoreError::object(what()))
    }

    /// Sees that the bytes of that digest are in the folder.
    pub(super) async fn bring(&self, sha256: String) -> Result<(), StoreError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        names::digest(&sha256)?;
        if size(&self.local, &in_folder(&sha256)).await?.is_some() {
            return Ok(());
        }
        let what = || format!("fetching {sha256} from S3");
        let got = remote.get(&in_bucket(&sha256)).await.map_err(StoreError::object(what()))?;
        let number = self.fetched.fetch_add(1, Ordering::Relaxed);
        let part = self.root.join("parts").join(format!("{}{number}.part", folders::FETCHED));
        let fetched = folders::write_stream(&part, got.into_stream()).await;
        let outcome = match fetched {
            Ok((found, _)) if found != sha256 => {
                let reason = format!("S3 gives bytes whose digest is {found}");
                Err(StoreError::Damaged { sha256: sha256.clone(), reason })
            }
            Ok(_) => {
                let key = self.key_of(&part).map_err(StoreError::object(what()))?;
                let renamed = self.local.rename(&key, &in_folder(&sha256)).await;
                renamed.map_err(StoreError::object(what()))
            }
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            let _ = tokio::fs::remove_file(&part).await;
        }
        outcome
    }

    /// Removes the bytes of that digest, wherever they are.
    pub(super) async fn forget(&self, sha256: &str) -> Result<(), StoreError> {
        if let Some(remote) = &self.remote {
            delete(remote, &in_bucket(sha256)).await?;
        }
        delete(&self.local, &in_folder(sha256)).await
    }

    /// Digests of bytes that are kept, behind `after` in their order.
    pub(super) async fn digests(
        &self,
        after: &str,
        most: usize,
    ) -> Result<Vec<String>, StoreError> {
        let Some(remote) = &self.remote else {
            let (blobs, after) = (self.root.join("blobs/sha256"), after.to_owned());
            return blocking(move || digests_in(&blobs, &after, most)).await;
        };
        let behind = if after.is_empty() { Key::from("sha256") } else { in_bucket(after) };
        let digest = |key: &Key| {
            let name: String = key.parts().skip(1).map(|part| part.as_ref().to_owned()).collect();
            // What is no digest there is not ours.
            names::digest(&name).is_ok().then_some(name)
        };
        names_in(remote, "sha256", &behind, digest, after, most).await
    }

    /// Volumes of which it is written down in S3 what is in their folders, behind `after` in
    /// their order; none where there is no S3.
    pub(super) async fn lists(&self, after: &str, most: usize) -> Result<Vec<String>, StoreError> {
        let Some(remote) = &self.remote else { return Ok(Vec::new()) };
        let behind = if after.is_empty() { Key::from("volumes") } else { list_key(after) };
        let volume = |key: &Key| key.filename()?.strip_suffix(".json").map(str::to_owned);
        names_in(remote, "volumes", &behind, volume, after, most).await
    }

    /// Writes down in S3 what is in a volume's folder.
    pub(super) async fn put_list(
        &self,
        volume: &str,
        files: &[(String, String)],
        texts: &[(String, Bytes)],
    ) -> Result<(), StoreError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let text = |(name, bytes): &(String, Bytes)| {
            (name.clone(), String::from_utf8_lossy(bytes).into_owned())
        };
        let list = List { v: 1, files: files.to_vec(), texts: texts.iter().map(text).collect() };
        let bytes = serde_json::to_vec(&list).expect("a list holds texts only");
        let what = || format!("writing down the files of volume {volume} in S3");
        let put = remote.put(&list_key(volume), PutPayload::from(bytes)).await;
        put.map_err(StoreError::object(what()))?;
        Ok(())
    }

    /// What is in a volume's folder, if S3 knows.
    pub(super) async fn list(&self, volume: &str) -> Result<Option<Listed>, StoreError> {
        let Some(remote) = &self.remote else { return Ok(None) };
        let what = || format!("reading the files of volume {volume} from S3");
        let got = match remote.get(&list_key(volume)).await {
            Ok(got) => got,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(StoreError::object(what())(error)),
        };
        let bytes = got.bytes().await.map_err(StoreError::object(what()))?;
        let list: List = serde_json::from_slice(&bytes).map_err(|error| StoreError::Damaged {
            sha256: format!("volumes/{volume}.json"),
            reason: error.to_string(),
        })?;
        let texts = list.texts.into_iter().map(|(name, text)| (name, Bytes::from(text)));
        Ok(Some((list.files, texts.collect())))
    }

    pub(super) async fn forget_list(&self, volume: &str) -> Result<(), StoreError> {
        match &self.remote {
            Some(remote) => delete(remote, &list_key(volume)).await,
            None => Ok(()),
        }
    }

    fn key_of(&self, path: &Path) -> Result<Key, object_store::Error> {
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        Ok(Key::parse(below.to_string_lossy())?)
    }
}

/// Names that `name` reads out of the keys of a bucket's folder, behind `after` in their order.
async fn names_in(
    remote: &AmazonS3,
    folder: &str,
    behind: &Key,
    name: impl Fn(&Key) -> Option<String>,
    after: &str,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let what = || format!("listing `{folder}/` in S3");
    let mut found = remote.list_with_offset(Some(&Key::from(folder)), behind);
    let mut names = Vec::new();
    while names.len() < most
        && let Some(one) = found.try_next().await.map_err(StoreError::object(what()))?
    {
        // Whoever asks goes on behind the last one: a store that knows no offset ends it too.
        names.extend(name(&one.location).filter(|name| name.as_str() > after));
    }
    Ok(names)
}

/// Digests of bytes in a folder of this machine, behind `after` in their order.
fn digests_in(blobs: &Path, after: &str, most: usize) -> Result<Vec<String>, StoreError> {
    let mut digests = Vec::new();
    let beginning = after.get(..2).unwrap_or_default();
    for first in folders::names_behind(blobs, "", 256)? {
        if first.as_str() < beginning || digests.len() >= most {
            continue;
        }
        let behind = if first == beginning { after.get(2..).unwrap_or_default() } else { "" };
        let rest = folders::names_behind(&blobs.join(&first), behind, most - digests.len())?;
        let named = rest.into_iter().map(|rest| format!("{first}{rest}"));
        digests.extend(named.filter(|name| names::digest(name).is_ok()));
    }
    Ok(digests)
}

fn in_folder(sha256: &str) -> Key {
    Key::from(format!("blobs/sha256/{}", names::below(sha256)))
}

fn in_bucket(sha256: &str) -> Key {
    Key::from(format!("sha256/{}", names::below(sha256)))
}

fn list_key(volume: &str) -> Key {
    Key::from(format!("volumes/{volume}.json"))
}

async fn size(store: &dyn ObjectStore, key: &Key) -> Result<Option<u64>, StoreError> {
    match store.head(key).await {
        Ok(found) => Ok(Some(found.size)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(StoreError::object(format!("looking for {key}"))(error)),
    }
}

async fn delete(store: &dyn ObjectStore, key: &Key) -> Result<(), StoreError> {
    match store.delete(key).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(StoreError::object(format!("removing {key}"))(error)),
    }
}

/// Sends a file to S3: a small one at once, a large one in pieces.
async fn put_file(
    remote: &AmazonS3,
    key: &Key,
    path: &Path,
    length: u64,
) -> Result<(), StoreError> {
    let what = || format!("sending {} to S3", path.display());
    let mut file = tokio::fs::File::open(path).await.map_err(StoreError::at("reading", path))?;
    if length <= PIECE_BYTES as u64 {
        let bytes = piece(&mut file, path).await?;
        remote.put(key, bytes.into()).await.map_err(StoreError::object(what()))?;
        return Ok(());
    }
    let upload = remote.put_multipart(key).await.map_err(StoreError::object(what()))?;
    let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE_BYTES);
    let sent = async {
        loop {
            let bytes = piece(&mut file, path).await?;
            if bytes.is_empty() {
                return Ok(());
            }
            let room = upload.wait_for_capacity(PIECES_AT_ONCE).await;
            room.map_err(StoreError::object(what()))?;
            upload.put(bytes);
        }
    };
    match sent.await {
        Ok(()) => upload.finish().await.map(drop).map_err(StoreError::object(what())),
        Err(error) => {
            let _ = upload.abort().await;
            Err(error)
        }
    }
}

/// The next piece of a file; empty at its end.
async fn piece(file: &mut tokio::fs::File, path: &Path) -> Result<Bytes, StoreError> {
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    let mut limited = file.take(PIECE_BYTES as u64);
    limited.read_to_end(&mut piece).await.map_err(StoreError::at("reading", path))?;
    Ok(piece.into())
}

/// Opens the bucket and asks it for something, so that a mistake shows at the start.
async fn bucket(config: &S3Config) -> Result<AmazonS3, StoreError> {
    let client = ClientOptions::new()
        .with_allow_http(config.endpoint.starts_with("http://"))
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(300));
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 3,
        retry_timeout: Duration::from_secs(60),
    };
    let store = AmazonS3Builder::new()
        .with_endpoint(&config.endpoint)
        .with_bucket_name(&config.bucket)
        .with_region(&config.region)
        .with_access_key_id(&config.key_id)
        .with_secret_access_key(config.secret.expose())
        .with_virtual_hosted_style_request(!config.path_style)
        .with_client_options(client)
        .with_retry(retry)
        .build()
        .map_err(|error| StoreError::S3(error.to_string()))?;
    let asked = store.head(&Key::from("archway")).await;
    match asked {
        Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(store),
        Err(error) => {
            let (endpoint, bucket) = (&config.endpoint, &config.bucket);
            Err(StoreError::S3(format!("{endpoint} does not give bucket `{bucket}`: {error}")))
        }
    }
}
