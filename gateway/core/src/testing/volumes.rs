//! Bytes of volumes in memory, archives made for one volume, and the volumes of a gateway over both.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{FakeDecoders, Kill, MemoryKeeper, outside};
use crate::Error;
use crate::archive::Archive;
use crate::archives::Archives;
use crate::collections::{Collection, Collections};
use crate::discovery::{Discovery, ProcessMemory};
use crate::owner::Owner;
use crate::volumes::{
    Measured, Part, SourceForm, SourceMaker, VolumeBytes, VolumeId, Volumes, VolumesConfig,
    VolumesNeed,
};

/// Keeps bytes until it is dropped. Folders have paths, and nothing is on the disk.
#[derive(Clone, Default)]
pub struct FakeBytes {
    state: Arc<Mutex<State>>,
    kill: Kill,
}

#[derive(Default)]
struct State {
    parts: HashMap<(String, u64), Vec<u8>>,
    versions: HashMap<(String, u64), String>,
    kept: HashMap<String, Bytes>,
    folders: HashMap<String, BTreeMap<String, Bytes>>,
    writable: HashSet<String>,
    /// What folders hold that are measured.
    measured: HashMap<PathBuf, Measured>,
    /// How many more bytes fit; `None` for any number.
    room: Option<u64>,
}

impl FakeBytes {
    /// Empty, with calls that count for `kill`.
    pub fn new(kill: Kill) -> Self {
        Self { kill, ..Self::default() }
    }

    /// Bytes of files of a volume that are not whole yet.
    pub fn arrived(&self, volume: &VolumeId) -> u64 {
        let state = self.state();
        let own = state.parts.iter().filter(|((of, _), _)| *of == volume.0);
        own.map(|(_, part)| part.len() as u64).sum()
    }

    /// Only so many more bytes fit.
    pub fn has_room_for(&self, bytes: Option<u64>) {
        self.state().room = bytes;
    }

    /// What is found in a folder that is measured, from now on.
    pub fn holds(&self, folder: &Path, measured: Measured) {
        self.state().measured.insert(folder.to_owned(), measured);
    }

    /// What lies in the folder of a volume; `None` before it is laid out.
    pub fn laid_out(&self, volume: &VolumeId) -> Option<BTreeMap<String, Bytes>> {
        self.state().folders.get(&volume.0).cloned()
    }

    /// Digests of everything that is kept.
    pub fn digests(&self) -> Vec<String> {
        let mut digests: Vec<String> = self.state().kept.keys().cloned().collect();
        digests.sort();
        digests
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct FakePart {
    bytes: FakeBytes,
    key: (String, u64),
}

#[async_trait]
impl Part for FakePart {
    fn length(&self) -> u64 {
        self.bytes.state().parts.get(&self.key).map_or(0, |part| part.len() as u64)
    }

    fn version(&self) -> Option<String> {
        self.bytes.state().versions.get(&self.key).cloned()
    }

    async fn set_version(&mut self, version: &str) -> Result<(), Error> {
        self.bytes.state().versions.insert(self.key.clone(), version.to_owned());
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.bytes.kill.pass().await;
        let mut state = self.bytes.state();
        if let Some(room) = state.room {
            let left = room.checked_sub(bytes.len() as u64);
            let reason = format!("the disk has room for {room} bytes more, not {}", bytes.len());
            state.room = Some(left.ok_or(Error::Full { reason })?);
        }
        state.parts.entry(self.key.clone()).or_default().extend_from_slice(&bytes);
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), Error> {
        let mut state = self.bytes.state();
        state.parts.remove(&self.key);
        state.versions.remove(&self.key);
        Ok(())
    }

    async fn keep(self: Box<Self>) -> Result<String, Error> {
        self.bytes.kill.pass().await;
        let sha256 = {
            let mut state = self.bytes.state();
            let bytes = state.parts.remove(&self.key).unwrap_or_default();
            state.versions.remove(&self.key);
            let sha256 = hex(&Sha256::digest(&bytes));
            state.kept.insert(sha256.clone(), bytes.into());
            sha256
        };
        self.bytes.kill.pass().await;
        Ok(sha256)
    }

    async fn digest(&mut self, algorithm: &str) -> Result<Option<String>, Error> {
        let state = self.bytes.state();
        let bytes = state.parts.get(&self.key).map(Vec::as_slice).unwrap_or_default();
        Ok(match algorithm {
            "sha-256" | "sha256" => Some(hex(&Sha256::digest(bytes))),
            "sha-1" | "sha1" => Some(hex(&sha1::Sha1::digest(bytes))),
            "md5" => Some(hex(&md5::Md5::digest(bytes))),
            _ => None,
        })
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[async_trait]
impl VolumeBytes for FakeBytes {
    async fn part(
        &self,
        volume: &VolumeId,
        number: u64,
        _announced: Option<&str>,
    ) -> Result<Box<dyn Part>, Error> {
        Ok(Box::new(FakePart { bytes: self.clone(), key: (volume.0.clone(), number) }))
    }

    async fn kept(&self, sha256: &str) -> Result<Option<u64>, Error> {
        Ok(self.state().kept.get(sha256).map(|bytes| bytes.len() as u64))
    }

    async fn lay_out(
        &self,
        volume: &VolumeId,
        files: Vec<(String, String)>,
        texts: Vec<(String, Bytes)>,
    ) -> Result<(), Error> {
        self.kill.pass().await;
        {
            let mut state = self.state();
            let mut folder: BTreeMap<String, Bytes> = texts.into_iter().collect();
            for (path, sha256) in files {
                let bytes = state.kept.get(&sha256).cloned();
                let gone = || Error::internal(format!("no bytes of digest {sha256} are kept"));
                folder.insert(path, bytes.ok_or_else(gone)?);
            }
            state.folders.insert(volume.0.clone(), folder);
        }
        self.kill.pass().await;
        Ok(())
    }

    async fn make_writable(&self, volume: &VolumeId) -> Result<(), Error> {
        let mut state = self.state();
        state.writable.insert(volume.0.clone());
        state.folders.entry(volume.0.clone()).or_default();
        Ok(())
    }

    async fn folder(&self, volume: &VolumeId) -> Result<PathBuf, Error> {
        Ok(Path::new("/volumes").join(&volume.0))
    }

    async fn space(&self, owner: &Owner) -> Result<PathBuf, Error> {
        Ok(Path::new("/spaces").join(&owner.0))
    }

    async fn measure(&self, folder: &Path) -> Result<Measured, Error> {
        let nothing = Measured { bytes: 0, files: 0, whole: true };
        Ok(self.state().measured.get(folder).copied().unwrap_or(nothing))
    }

    async fn laid_out(&self, after: &str, most: u32) -> Result<Vec<VolumeId>, Error> {
        let state = self.state();
        Ok(behind(state.folders.keys(), after, most).into_iter().map(VolumeId).collect())
    }

    async fn kept_digests(&self, after: &str, most: u32) -> Result<Vec<String>, Error> {
        Ok(behind(self.state().kept.keys(), after, most))
    }

    async fn remove(&self, volume: &VolumeId) -> Result<(), Error> {
        self.kill.pass().await;
        {
            let mut state = self.state();
            state.folders.remove(&volume.0);
            state.writable.remove(&volume.0);
            state.parts.retain(|(of, _), _| *of != volume.0);
            state.versions.retain(|(of, _), _| *of != volume.0);
        }
        self.kill.pass().await;
        Ok(())
    }

    async fn forget(&self, sha256: &str) -> Result<(), Error> {
        self.kill.pass().await;
        self.state().kept.remove(sha256);
        self.kill.pass().await;
        Ok(())
    }

    async fn sync(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn behind<'a>(names: impl Iterator<Item = &'a String>, after: &str, most: u32) -> Vec<String> {
    let names: BTreeSet<&String> = names.filter(|name| name.as_str() > after).collect();
    names.into_iter().take(most as usize).cloned().collect()
}

/// Gives one archive for every preset, plugin and list of URLs; of no archive, everything is
/// refused.
#[derive(Default)]
pub struct FakeSources {
    archive: Option<Arc<dyn Archive>>,
    forms: Vec<SourceForm>,
}

impl FakeSources {
    /// Gives that archive, and those forms.
    pub fn new(archive: Arc<dyn Archive>, forms: Vec<SourceForm>) -> Self {
        Self { archive: Some(archive), forms }
    }

    fn the_archive(&self, parameter: &str) -> Result<Arc<dyn Archive>, Error> {
        let none = || Error::bad_request(parameter, "nothing can be made of it here");
        self.archive.clone().ok_or_else(none)
    }
}

#[async_trait]
impl SourceMaker for FakeSources {
    fn forms(&self) -> Vec<SourceForm> {
        self.forms.clone()
    }

    fn preset(&self, id: &str) -> Result<Arc<dyn Archive>, Error> {
        self.archive.clone().ok_or_else(|| Error::not_found("preset", id))
    }

    fn archive(
        &self,
        plugin: &str,
        _settings: &[(String, String)],
    ) -> Result<Arc<dyn Archive>, Error> {
        self.the_archive(plugin)
    }

    fn files(&self, _urls: &[String]) -> Result<Arc<dyn Archive>, Error> {
        self.the_archive("urls")
    }
}

/// What the volumes of a gateway over these archives are made with, everything else in memory.
pub fn fake_volumes_need(
    archives: Vec<Arc<dyn Archive>>,
    collections: Vec<Collection>,
    keeper: &Arc<MemoryKeeper>,
) -> VolumesNeed {
    let archives = Arc::new(Archives::new(archives));
    VolumesNeed {
        discovery: Discovery::new(Arc::clone(&archives), [7; 32], Arc::<ProcessMemory>::default()),
        archives,
        decoders: Arc::new(FakeDecoders),
        collections: Collections::new(collections, keeper.clone(), outside()),
        keeper: keeper.clone(),
        labs: keeper.clone(),
        bytes: Arc::new(FakeBytes::default()),
        sources: Arc::new(FakeSources::default()),
        outside: outside(),
        config: VolumesConfig::default(),
    }
}

/// The volumes made with that.
pub fn fake_volumes(keeper: &Arc<MemoryKeeper>) -> Volumes {
    Volumes::new(fake_volumes_need(Vec::new(), Vec::new(), keeper))
}
