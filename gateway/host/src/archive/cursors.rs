//! Cursors and readers of the core, each with the instance it reads from.
//!
//! The instance goes with the end, with the first error, and with the cursor.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use archway_core::Error;
use archway_core::archive::{
    AssetBatch, AssetCursor, ByteReader, ChangeBatch, ChangeCursor, Health,
};
use archway_core::asset::ArchiveId;
use archway_core::tables::{Outcome, RowCursor};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;

use crate::abi::v0_1 as abi;
use crate::imports::Failure;
use crate::instance::Instance;

/// What is pulled, and whether there may be more.
pub(crate) struct Pull {
    archive: ArchiveId,
    /// `None` once it has ended.
    instance: Option<Box<Instance>>,
    guest: abi::Guest,
    wall: Duration,
    /// Most entries of one batch.
    most: u32,
    health: Arc<RwLock<Health>>,
    failed: bool,
    /// Batches with nothing in them, since the last with something.
    empty: u32,
}

/// An empty batch is not the end, but a plugin that gives nothing else never ends.
const MOST_EMPTY: u32 = 1_000;

impl Pull {
    pub(crate) fn new(
        instance: Instance,
        guest: abi::Guest,
        wall: Duration,
        health: Arc<RwLock<Health>>,
    ) -> Self {
        let surroundings = instance.surroundings();
        let (archive, most) = (surroundings.archive.clone(), surroundings.limits.output_rows);
        let instance = Some(Box::new(instance));
        Self { archive, instance, guest, wall, most, health, failed: false, empty: 0 }
    }

    /// Takes the instance out for one call, so that a call which is cancelled drops it.
    fn take(&mut self) -> Result<Option<Box<Instance>>, Error> {
        if self.failed {
            let reason = "its answer broke off before".to_owned();
            return Err(Error::Upstream {
                archive: self.archive.clone(),
                reason,
                retry_after: None,
            });
        }
        // Stays so if the call is cancelled.
        self.failed = self.instance.is_some();
        Ok(self.instance.take())
    }

    /// Puts the instance back if there is more to come.
    fn give_back<T>(
        &mut self,
        instance: Box<Instance>,
        more: impl FnOnce(&T) -> bool,
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        match &result {
            Ok(answer) => {
                self.failed = false;
                self.instance = more(answer).then_some(instance);
            }
            Err(_) => super::note(&self.health, &result),
        }
        result
    }

    /// Lets a batch of `entries` pass, unless too many were empty.
    fn count<T>(&mut self, operation: &'static str, batch: T, entries: usize) -> Result<T, Error> {
        self.empty = if entries == 0 { self.empty + 1 } else { 0 };
        if self.empty > MOST_EMPTY {
            let reason = format!("{MOST_EMPTY} batches in a row had nothing in them");
            return Err(Error::Plugin { archive: self.archive.clone(), operation, reason });
        }
        Ok(batch)
    }
}

/// Assets of a search.
pub(super) struct Assets(pub(super) Pull);

#[async_trait]
impl AssetCursor for Assets {
    async fn next(&mut self, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        let pull = &mut self.0;
        let Some(mut instance) = pull.take()? else { return Ok(None) };
        let most = max_assets.min(pull.most);
        let result = abi::next_assets(&mut instance, pull.guest, most, pull.wall).await;
        let result = result.and_then(|batch| {
            let entries = batch.as_ref().map_or(1, |batch| batch.assets.len());
            pull.count("search.next", batch, entries)
        });
        pull.give_back(instance, Option::is_some, result)
    }
}

/// Changes of a harvest.
pub(super) struct Changes(pub(super) Pull);

#[async_trait]
impl ChangeCursor for Changes {
    async fn next(&mut self, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        let pull = &mut self.0;
        let Some(mut instance) = pull.take()? else { return Ok(None) };
        let most = max_changes.min(pull.most);
        let result = abi::next_changes(&mut instance, pull.guest, most, pull.wall).await;
        let result = result.and_then(|batch| {
            let entries = batch.as_ref().map_or(1, |batch| batch.changes.len());
            pull.count("harvest.next", batch, entries)
        });
        pull.give_back(instance, Option::is_some, result)
    }
}

/// Bytes of a distribution.
pub(crate) struct Bytes {
    pull: Pull,
    /// Of the bytes that the guest reads, if it decodes.
    source: Option<Failure>,
}

impl Bytes {
    pub(crate) fn new(pull: Pull, source: Option<Failure>) -> Self {
        Self { pull, source }
    }
}

/// Most bytes of one read.
const MOST_READ_BYTES: u32 = 4 * 1024 * 1024;

#[async_trait]
impl ByteReader for Bytes {
    async fn read(&mut self, max_bytes: u32) -> Result<bytes::Bytes, Error> {
        let pull = &mut self.pull;
        let Some(mut instance) = pull.take()? else { return Ok(bytes::Bytes::new()) };
        let most = max_bytes.clamp(1, MOST_READ_BYTES);
        let result = abi::read(&mut instance, pull.guest, most, pull.wall).await;
        let cause = |error| self.source.as_ref().and_then(Failure::take).unwrap_or(error);
        let result = result.map_err(cause);
        pull.give_back(instance, |bytes: &bytes::Bytes| !bytes.is_empty(), result)
    }
}

/// Rows of a query.
pub(super) struct Rows {
    pull: Pull,
    schema: SchemaRef,
    outcome: Option<Outcome>,
}

impl Rows {
    pub(super) fn new(pull: Pull, schema: SchemaRef) -> Self {
        Self { pull, schema, outcome: None }
    }
}

#[async_trait]
impl RowCursor for Rows {
    async fn next(&mut self, max_rows: u32) -> Result<Option<RecordBatch>, Error> {
        let pull = &mut self.pull;
        let Some(mut instance) = pull.take()? else { return Ok(None) };
        let most = max_rows.min(pull.most);
        let result = abi::next_rows(&mut instance, pull.guest, &self.schema, most, pull.wall).await;
        let result = match result {
            // The guest knows how the query ended; then it is no longer needed.
            Ok(None) => match abi::outcome(&mut instance, pull.guest, pull.wall).await {
                Ok(outcome) => {
                    self.outcome = Some(outcome);
                    Ok(None)
                }
                Err(error) => Err(error),
            },
            Ok(Some(batch)) => {
                let rows = batch.num_rows();
                pull.count("query.next", Some(batch), rows)
            }
            Err(error) => Err(error),
        };
        pull.give_back(instance, Option::is_some, result)
    }

    async fn outcome(&mut self) -> Result<Outcome, Error> {
        match &self.outcome {
            Some(outcome) => Ok(outcome.clone()),
            None => Err(Error::Internal("a query's outcome is known after its end".into())),
        }
    }
}
