//! Bytes that are kept and those that nobody uses any more.
//!
//! Called by `fetching.rs`, `staging.rs` and `removal.rs`. Rules: bytes that were kept and are
//! not written down yet as some file's are never taken for unused, whichever volume is deleted
//! meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::RwLock;

use super::{Part, VolumeBytes, VolumeKeeper};
use crate::Error;

/// Digests of bytes that were kept and are not written down yet, and how often.
pub(super) struct Fresh {
    bytes: Arc<dyn VolumeBytes>,
    digests: Mutex<HashMap<String, u32>>,
    /// Held for reading while something is kept, for writing while something is forgotten.
    forgetting: RwLock<()>,
}

impl Fresh {
    pub(super) fn new(bytes: Arc<dyn VolumeBytes>) -> Self {
        Self { bytes, digests: Mutex::default(), forgetting: RwLock::default() }
    }

    fn digests(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a part; returns its SHA-256.
    pub(super) async fn keep(&self, part: Box<dyn Part>) -> Result<String, Error> {
        let _keeping = self.forgetting.read().await;
        let sha256 = part.keep().await?;
        *self.digests().entry(sha256.clone()).or_default() += 1;
        Ok(sha256)
    }

    /// The files with these digests are written down.
    pub(super) fn written_down<'a>(&self, digests: impl Iterator<Item = &'a str>) {
        let mut fresh = self.digests();
        for sha256 in digests {
            match fresh.get_mut(sha256) {
                Some(count) if *count > 1 => *count -= 1,
                Some(_) => {
                    fresh.remove(sha256);
                }
                None => {}
            }
        }
    }

    /// Removes bytes, if no file of any volume has them; whether it did.
    pub(super) async fn forget_unused(
        &self,
        keeper: &dyn VolumeKeeper,
        sha256: &str,
    ) -> Result<bool, Error> {
        let _forgetting = self.forgetting.write().await;
        if self.digests().contains_key(sha256)
            || keeper.unused(&[sha256.to_owned()]).await?.is_empty()
        {
            return Ok(false);
        }
        self.bytes.forget(sha256).await?;
        Ok(true)
    }
}
