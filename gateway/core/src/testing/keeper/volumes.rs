//! Volumes and the list of their files in memory.

use std::ops::Bound;

use async_trait::async_trait;

use super::{MemoryKeeper, before, remember};
use crate::Error;
use crate::owner::{Owner, Quota, Space};
use crate::volumes::{Created, FileOutcome, FileState, Volume, VolumeFile, VolumeId, VolumeKeeper};

#[async_trait]
impl VolumeKeeper for MemoryKeeper {
    async fn create_volume(
        &self,
        volume: &Volume,
        key: Option<(&str, &str)>,
        quota: &Quota,
    ) -> Result<Created, Error> {
        self.call(|kept| {
            let owner = &volume.owner;
            if let Some(id) = before(&kept.volume_keys, owner, key)?
                && let Some(volume) = kept.volumes.iter().find(|volume| volume.id.0 == id)
            {
                return Ok(Created::Before(volume.clone()));
            }
            let mut own = kept.volumes.iter().filter(|one| one.owner == *owner);
            if own.any(|one| one.name == volume.name) {
                let reason = format!("you have a volume named `{}` already", volume.name);
                return Err(Error::Conflict { reason });
            }
            let usage = kept.usage(owner);
            if usage.volumes >= quota.volumes {
                let reason = format!("{} volumes are all you may have", quota.volumes);
                return Err(Error::QuotaExceeded { reason });
            }
            if usage.volume_bytes >= quota.volume_bytes {
                let reason = format!("all {} bytes you may have are in use", quota.volume_bytes);
                return Err(Error::QuotaExceeded { reason });
            }
            remember(&mut kept.volume_keys, owner, key, &volume.id.0);
            kept.volumes.push(volume.clone());
            Ok(Created::New(volume.clone()))
        })
        .await
    }

    async fn volume(&self, id: &VolumeId) -> Result<Option<Volume>, Error> {
        self.call(|kept| Ok(kept.volumes.iter().find(|one| one.id == *id).cloned())).await
    }

    async fn volumes(&self, owner: &Owner) -> Result<Vec<Volume>, Error> {
        self.call(|kept| {
            Ok(kept.volumes.iter().rev().filter(|one| one.owner == *owner).cloned().collect())
        })
        .await
    }

    async fn unfinished_volumes(&self) -> Result<Vec<Volume>, Error> {
        self.call(|kept| {
            Ok(kept.volumes.iter().filter(|one| !one.state.is_final()).cloned().collect())
        })
        .await
    }

    async fn save_volume(&self, volume: &Volume) -> Result<bool, Error> {
        self.call(|kept| {
            let same = |one: &&mut Volume| one.id == volume.id && one.revision == volume.revision;
            let Some(place) = kept.volumes.iter_mut().find(same) else { return Ok(false) };
            *place = Volume { revision: volume.revision + 1, ..volume.clone() };
            Ok(true)
        })
        .await
    }

    async fn remove_volume(&self, id: &VolumeId) -> Result<bool, Error> {
        self.call(|kept| {
            let count = kept.volumes.len();
            kept.volumes.retain(|one| one.id != *id);
            if kept.volumes.len() == count {
                return Ok(false);
            }
            let files = kept.files.remove(&id.0).unwrap_or_default().into_values();
            let digests = files.filter_map(|file| match file.state {
                FileState::Whole { sha256, .. } => Some(sha256),
                _ => None,
            });
            kept.removed.insert(id.0.clone(), digests.collect());
            kept.volume_keys.retain(|_, (_, volume)| *volume != id.0);
            Ok(true)
        })
        .await
    }

    async fn removed_volumes(&self) -> Result<Vec<VolumeId>, Error> {
        self.call(|kept| Ok(kept.removed.keys().take(1_000).cloned().map(VolumeId).collect())).await
    }

    async fn removed_digests(
        &self,
        id: &VolumeId,
        after: &str,
        most: u32,
    ) -> Result<Vec<String>, Error> {
        self.call(|kept| {
            let Some(digests) = kept.removed.get(&id.0) else { return Ok(Vec::new()) };
            let behind = (Bound::Excluded(after), Bound::Unbounded);
            Ok(digests.range::<str, _>(behind).take(most as usize).cloned().collect())
        })
        .await
    }

    async fn bytes_went(&self, id: &VolumeId) -> Result<(), Error> {
        self.call(|kept| {
            kept.removed.remove(&id.0);
            Ok(())
        })
        .await
    }

    async fn plan_files(&self, id: &VolumeId, files: &[VolumeFile]) -> Result<(), Error> {
        self.call(|kept| {
            let listed = kept.files.entry(id.0.clone()).or_default();
            for file in files {
                listed.entry(file.number).or_insert_with(|| file.clone());
            }
            Ok(())
        })
        .await
    }

    async fn files(&self, id: &VolumeId, first: u64, most: u32) -> Result<Vec<VolumeFile>, Error> {
        self.call(|kept| {
            let listed = kept.files.get(&id.0).into_iter().flat_map(|files| files.range(first..));
            Ok(listed.take(most as usize).map(|(_, file)| file.clone()).collect())
        })
        .await
    }

    async fn planned_files(
        &self,
        id: &VolumeId,
        first: u64,
        most: u32,
    ) -> Result<Vec<VolumeFile>, Error> {
        self.call(|kept| {
            let listed = kept.files.get(&id.0).into_iter().flat_map(|files| files.range(first..));
            let planned = listed.filter(|(_, file)| file.state == FileState::Planned);
            Ok(planned.take(most as usize).map(|(_, file)| file.clone()).collect())
        })
        .await
    }

    async fn save_outcomes(&self, id: &VolumeId, outcomes: &[FileOutcome]) -> Result<(), Error> {
        self.call(|kept| {
            let Some(listed) = kept.files.get_mut(&id.0) else { return Ok(()) };
            for outcome in outcomes {
                if let Some(file) = listed.get_mut(&outcome.number) {
                    file.state = outcome.state.clone();
                }
            }
            Ok(())
        })
        .await
    }

    async fn volume_bytes(&self, owner: &Owner) -> Result<u64, Error> {
        self.call(|kept| Ok(kept.usage(owner).volume_bytes)).await
    }

    async fn unused(&self, digests: &[String]) -> Result<Vec<String>, Error> {
        self.call(|kept| {
            let files = || kept.files.values().flat_map(|files| files.values());
            let has = |file: &VolumeFile, wanted: &String| matches!(&file.state, FileState::Whole { sha256, .. } if sha256 == wanted);
            let unused = digests.iter().filter(|wanted| !files().any(|file| has(file, wanted)));
            Ok(unused.cloned().collect())
        })
        .await
    }

    async fn space_held(&self, owner: &Owner) -> Result<Option<Space>, Error> {
        self.call(|kept| Ok(kept.spaces.get(owner).cloned())).await
    }

    async fn save_space_held(&self, owner: &Owner, space: &Space) -> Result<(), Error> {
        self.call(|kept| {
            kept.spaces.insert(owner.clone(), space.clone());
            Ok(())
        })
        .await
    }
}
