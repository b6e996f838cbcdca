//! What a fake archive hands out: assets, pulled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::archive::Failure;
use crate::Error;
use crate::archive::{AssetBatch, AssetCursor, Change, ChangeBatch, ChangeCursor};
use crate::asset::{ArchiveId, Asset};

/// Counts a call as open for as long as it lives.
pub(super) struct Held(Arc<AtomicUsize>);

impl Held {
    pub(super) fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(open))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(super) struct FakeCursor {
    pub(super) archive: ArchiveId,
    pub(super) assets: Vec<Arc<Asset>>,
    /// Next in `assets`, and how many of the whole answer lie before `assets`.
    pub(super) at: usize,
    pub(super) batch_size: usize,
    pub(super) batch_delay: Duration,
    pub(super) resumes: bool,
    pub(super) fail_at: Option<(usize, Failure)>,
    pub(super) hang_at: Option<usize>,
    pub(super) endless: bool,
    #[expect(dead_code, reason = "it is there to be dropped")]
    pub(super) held: Held,
}

#[async_trait]
impl AssetCursor for FakeCursor {
    async fn next(&mut self, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        if !self.batch_delay.is_zero() {
            tokio::time::sleep(self.batch_delay).await;
        }
        if self.endless {
            // Some time must pass, or a paused clock would stand still for ever.
            tokio::time::sleep(Duration::from_millis(1)).await;
            return Ok(Some(AssetBatch::default()));
        }
        let mut end = self.assets.len().min(self.at + self.batch_size.min(max_assets as usize));
        if let Some((fail_at, failure)) = &self.fail_at {
            if self.at >= *fail_at {
                return Err(failure(&self.archive));
            }
            end = end.min(*fail_at);
        }
        if let Some(hang_at) = self.hang_at {
            if self.at >= hang_at {
                return std::future::pending().await;
            }
            end = end.min(hang_at);
        }
        if self.at == end {
            return Ok(None);
        }
        let batch = self.assets.get(self.at..end).unwrap_or_default();
        let assets = batch.iter().map(|asset| (**asset).clone()).collect();
        self.at = end;
        let resume = self.resumes.then(|| (end as u64).to_le_bytes().to_vec());
        Ok(Some(AssetBatch { assets, resume }))
    }
}

/// Everything as changes.
pub(super) struct FakeChanges(pub(super) Box<dyn AssetCursor>);

#[async_trait]
impl ChangeCursor for FakeChanges {
    async fn next(&mut self, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        let Some(batch) = self.0.next(max_changes).await? else { return Ok(None) };
        let changes = batch.assets.into_iter().map(|asset| Change::Upsert(Box::new(asset)));
        Ok(Some(ChangeBatch { changes: changes.collect(), resume: Vec::new() }))
    }
}
