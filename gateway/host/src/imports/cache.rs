//! `archway:host/cache`: small and lossy.
//!
//! One cache per archive, so nothing is shared between plugins or archives; the class of the
//! caller is part of each key. It is gone when the archive is opened again.

use std::time::Duration;

use tokio::time::Instant;

use crate::abi::v0_1::archway::host::cache::Host;
use crate::abi::v0_1::archway::host::types::{Error, Exhaustion, LimitKind};
use crate::instance::State;

const MOST_KEY_BYTES: usize = 1024;
/// What an entry costs besides its key and content.
const ENTRY_BYTES: usize = 128;

/// What the plugin keeps for one archive. A clone is the same cache.
#[derive(Clone)]
pub(crate) struct PluginCache {
    entries: moka::future::Cache<(String, String), Kept>,
    allowed: u64,
}

#[derive(Clone)]
struct Kept {
    content: std::sync::Arc<[u8]>,
    until: Option<Instant>,
}

impl PluginCache {
    pub(crate) fn new(mib: u32) -> Self {
        let allowed = u64::from(mib) * 1024 * 1024;
        let weigh = |key: &(String, String), kept: &Kept| {
            let bytes = key.0.len() + key.1.len() + kept.content.len() + ENTRY_BYTES;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let entries = moka::future::Cache::builder().max_capacity(allowed).weigher(weigh).build();
        Self { entries, allowed }
    }
}

impl State {
    fn cache_key(&self, key: String) -> (String, String) {
        (self.surroundings.caller.clone(), key)
    }
}

impl Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.budget.host_call()?;
        let kept = self.surroundings.cache.entries.get(&self.cache_key(key)).await;
        let fresh = kept.filter(|kept| kept.until.is_none_or(|until| Instant::now() < until));
        Ok(fresh.map(|kept| kept.content.to_vec()))
    }

    async fn set(
        &mut self,
        key: String,
        content: Vec<u8>,
        keep_s: Option<u32>,
    ) -> wasmtime::Result<Result<(), Error>> {
        self.budget.host_call()?;
        let cache = &self.surroundings.cache;
        let most = cache.allowed / 4;
        if key.len() > MOST_KEY_BYTES || content.len() as u64 > most {
            return Ok(Err(Error::Exhausted(Exhaustion {
                limit: LimitKind::Cache,
                allowed: Some(most),
                message: format!(
                    "an entry may have a key of {MOST_KEY_BYTES} bytes and a quarter of limits.cache_mib"
                ),
            })));
        }
        let until = keep_s.and_then(|s| Instant::now().checked_add(Duration::from_secs(s.into())));
        let kept = Kept { content: content.into(), until };
        cache.entries.insert(self.cache_key(key), kept).await;
        Ok(Ok(()))
    }

    async fn remove(&mut self, key: String) -> wasmtime::Result<()> {
        self.budget.host_call()?;
        self.surroundings.cache.entries.invalidate(&self.cache_key(key)).await;
        Ok(())
    }
}
