//! What earlier pages of a search showed, so that no asset comes twice.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;

use crate::Error;

/// Remembers hashes per search for 24 hours.
///
/// A search's hashes are one growing list. A cursor carries the search's id and the length
/// of the list at its time, so the same cursor always sees the same beginning of it.
#[async_trait]
pub trait PageMemory: Send + Sync {
    /// The first `length` hashes of `search`; fewer (or none) when they have expired.
    async fn seen(&self, search: u128, length: u64) -> Result<Vec<u64>, Error>;

    /// Writes `hashes` behind the first `from` of `search`.
    ///
    /// Where others stand there already, because the same cursor was followed before, it
    /// writes nothing: `true` if those are the same, `false` if they differ (the caller then
    /// goes on under a new id). `false` too if fewer than `from` stand there.
    async fn append(&self, search: u128, from: u64, hashes: &[u64]) -> Result<bool, Error>;
}

/// Remembers in memory and forgets nothing: for tests, and for searches of one process.
#[derive(Debug, Default)]
pub struct ProcessMemory {
    searches: Mutex<HashMap<u128, Vec<u64>>>,
}

#[async_trait]
impl PageMemory for ProcessMemory {
    async fn seen(&self, search: u128, length: u64) -> Result<Vec<u64>, Error> {
        let searches = self.searches.lock().map_err(|_| Error::internal("page memory poisoned"))?;
        let hashes = searches.get(&search).map(Vec::as_slice).unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(hashes.len());
        Ok(hashes.get(..length).unwrap_or_default().to_vec())
    }

    async fn append(&self, search: u128, from: u64, hashes: &[u64]) -> Result<bool, Error> {
        let mut searches =
            self.searches.lock().map_err(|_| Error::internal("page memory poisoned"))?;
        let list = searches.entry(search).or_default();
        let Some(behind) = usize::try_from(from).ok().and_then(|from| list.get(from..)) else {
            return Ok(false);
        };
        if behind.is_empty() {
            list.extend_from_slice(hashes);
            return Ok(true);
        }
        Ok(behind.starts_with(hashes))
    }
}

#[cfg(test)]
mod tests {
    use super::{PageMemory, ProcessMemory};

    #[tokio::test]
    async fn a_search_has_one_list_and_a_cursor_sees_its_beginning() {
        let memory = ProcessMemory::default();
        assert!(memory.append(1, 0, &[10, 11]).await.unwrap());
        assert!(memory.append(1, 2, &[12]).await.unwrap());
        assert_eq!(memory.seen(1, 2).await.unwrap(), [10, 11]);
        assert_eq!(memory.seen(1, 9).await.unwrap(), [10, 11, 12]);
        assert!(memory.append(1, 0, &[10, 11]).await.unwrap(), "the same cursor again");
        assert!(!memory.append(1, 0, &[10, 99]).await.unwrap(), "another page from it");
        assert!(!memory.append(1, 7, &[1]).await.unwrap(), "behind a gap");
        assert!(memory.seen(2, 5).await.unwrap().is_empty());
    }
}
