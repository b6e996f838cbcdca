//! All four keepers of the store in memory, with the same rules of compare-and-set and quota.

mod labs;
mod volumes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::Kill;
use crate::Error;
use crate::collections::{Collection, CollectionKeeper};
use crate::labs::{Charge, Lab, LabEvent};
use crate::owner::{Owner, Space, Usage};
use crate::selections::{Selection, SelectionKeeper};
use crate::volumes::{Volume, VolumeFile};

/// Keeps everything until it is dropped: what "survives a kill" in tests in which only the
/// services over it are dropped.
#[derive(Default)]
pub struct MemoryKeeper {
    kept: Mutex<Kept>,
    kill: Kill,
}

/// What a key was used for: a fingerprint, and the id of what was made.
type Keys = BTreeMap<(Owner, String), (String, String)>;

#[derive(Default)]
struct Kept {
    selections: Vec<Selection>,
    collections: Vec<Collection>,
    labs: Vec<Lab>,
    events: BTreeMap<String, Vec<LabEvent>>,
    lab_keys: Keys,
    charges: Vec<Charge>,
    volumes: Vec<Volume>,
    files: BTreeMap<String, BTreeMap<u64, VolumeFile>>,
    volume_keys: Keys,
    /// Digests of the files of each removed volume.
    removed: BTreeMap<String, BTreeSet<String>>,
    spaces: BTreeMap<Owner, Space>,
}

impl MemoryKeeper {
    /// Empty, with calls that count for `kill`.
    pub fn new(kill: Kill) -> Self {
        Self { kept: Mutex::default(), kill }
    }

    /// Every lab there is, oldest first, without counting as a call.
    pub fn all_labs(&self) -> Vec<Lab> {
        self.kept().labs.clone()
    }

    /// Every volume there is, oldest first, without counting as a call.
    pub fn all_volumes(&self) -> Vec<Volume> {
        self.kept().volumes.clone()
    }

    /// Writes a volume as it stands, new or not, past all rules.
    pub fn put_volume(&self, volume: Volume) {
        let mut kept = self.kept();
        kept.volumes.retain(|other| other.id != volume.id);
        kept.volumes.push(volume);
    }

    /// Removed volumes whose bytes are to go, without counting as a call.
    pub fn all_removed(&self) -> Vec<String> {
        self.kept().removed.keys().cloned().collect()
    }

    /// The whole ledger, without counting as a call.
    pub fn all_charges(&self) -> Vec<Charge> {
        self.kept().charges.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call: it has its effect at one moment, and a kill comes before or after it.
    async fn call<T>(&self, effect: impl FnOnce(&mut Kept) -> T + Send) -> T {
        self.kill.pass().await;
        let answer = effect(&mut self.kept());
        self.kill.pass().await;
        answer
    }
}

impl Kept {
    fn usage(&self, owner: &Owner) -> Usage {
        let mut usage = Usage::default();
        for lab in self.labs.iter().filter(|lab| lab.owner == *owner && !lab.state.has_ended()) {
            usage.labs += 1;
            usage.cores += lab.size.cores;
            usage.memory_mib += lab.size.memory_mib;
        }
        for volume in self.volumes.iter().filter(|volume| volume.owner == *owner) {
            usage.volumes += 1;
            usage.volume_bytes += volume.progress.bytes;
        }
        usage.space_bytes = self.spaces.get(owner).map_or(0, |space| space.bytes);
        usage.volume_bytes += usage.space_bytes;
        usage
    }
}

/// The id a key stands for, if it was used; a conflict if it was used for something else.
fn before(keys: &Keys, owner: &Owner, key: Option<(&str, &str)>) -> Result<Option<String>, Error> {
    let Some((key, fingerprint)) = key else { return Ok(None) };
    match keys.get(&(owner.clone(), key.to_owned())) {
        None => Ok(None),
        Some((same, id)) if same == fingerprint => Ok(Some(id.clone())),
        Some(_) => {
            let reason = format!("the key `{key}` was used for another request before");
            Err(Error::Conflict { reason })
        }
    }
}

fn remember(keys: &mut Keys, owner: &Owner, key: Option<(&str, &str)>, id: &str) {
    if let Some((key, fingerprint)) = key {
        keys.insert((owner.clone(), key.to_owned()), (fingerprint.to_owned(), id.to_owned()));
    }
}

#[async_trait]
impl SelectionKeeper for MemoryKeeper {
    async fn save_selection(&self, selection: &Selection) -> Result<(), Error> {
        self.call(|kept| {
            kept.selections.retain(|other| other.id != selection.id);
            kept.selections.push(selection.clone());
            Ok(())
        })
        .await
    }

    async fn selection(&self, owner: &Owner, id: &str) -> Result<Option<Selection>, Error> {
        self.call(|kept| {
            let mut all = kept.selections.iter();
            Ok(all.find(|one| one.owner == *owner && one.id == id).cloned())
        })
        .await
    }

    async fn selections(&self, owner: &Owner) -> Result<Vec<Selection>, Error> {
        self.call(|kept| {
            let own = kept.selections.iter().rev().filter(|one| one.owner == *owner);
            Ok(own.take(1_000).cloned().collect())
        })
        .await
    }

    async fn remove_selection(&self, owner: &Owner, id: &str) -> Result<bool, Error> {
        self.call(|kept| {
            let count = kept.selections.len();
            kept.selections.retain(|one| one.owner != *owner || one.id != id);
            Ok(kept.selections.len() < count)
        })
        .await
    }
}

#[async_trait]
impl CollectionKeeper for MemoryKeeper {
    async fn save_collection(&self, collection: &Collection) -> Result<(), Error> {
        self.call(|kept| {
            kept.collections.retain(|other| other.id != collection.id);
            kept.collections.push(collection.clone());
            kept.collections.sort_by(|a, b| a.title.cmp(&b.title));
            Ok(())
        })
        .await
    }

    async fn collections(&self, owner: &Owner) -> Result<Vec<Collection>, Error> {
        self.call(|kept| {
            let own = kept.collections.iter().filter(|one| one.owner.as_ref() == Some(owner));
            Ok(own.take(1_000).cloned().collect())
        })
        .await
    }

    async fn remove_collection(&self, owner: &Owner, id: &str) -> Result<bool, Error> {
        self.call(|kept| {
            let count = kept.collections.len();
            kept.collections.retain(|one| one.owner.as_ref() != Some(owner) || one.id != id);
            Ok(kept.collections.len() < count)
        })
        .await
    }
}
