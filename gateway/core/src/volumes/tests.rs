//! Volumes over fake archives, with everything else in memory.

mod ending;
mod kills;
mod making;
mod measuring;
mod quota;
mod removing;
mod staging;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{
    FileState, Mode, NewVolume, Source, Volume, VolumeId, VolumeState, Volumes, VolumesNeed,
};
use crate::archive::{Archive, Operation};
use crate::asset::{Asset, Availability, Checksum, Distribution, Licence, Location};
use crate::collections::Collection;
use crate::permission::Principal;
use crate::selections::{Members, SavedQuery};
use crate::testing::{
    FakeArchive, FakeBytes, FakeSources, Kill, MemoryKeeper, asset, fake_volumes_need,
};

/// A gateway of which everything but the volumes themselves survives a kill.
struct World {
    keeper: Arc<MemoryKeeper>,
    bytes: FakeBytes,
    need: VolumesNeed,
    volumes: Volumes,
}

impl World {
    fn new(archives: Vec<Arc<FakeArchive>>) -> Self {
        Self::with(archives, Kill::default(), |_| {})
    }

    fn with(
        archives: Vec<Arc<FakeArchive>>,
        kill: Kill,
        change: impl FnOnce(&mut VolumesNeed),
    ) -> Self {
        let keeper = Arc::new(MemoryKeeper::new(kill.clone()));
        let bytes = FakeBytes::new(kill);
        let archives = archives.into_iter().map(|archive| archive as Arc<dyn Archive>).collect();
        let mut need = fake_volumes_need(archives, vec![collection()], &keeper);
        need.bytes = Arc::new(bytes.clone());
        change(&mut need);
        let volumes = Volumes::new(need.clone());
        Self { keeper, bytes, need, volumes }
    }

    /// The same after the gateway was started again.
    fn again(self) -> Self {
        Self { volumes: Volumes::new(self.need.clone()), ..self }
    }

    async fn create(&self, source: Source) -> Volume {
        self.volumes.create(&Principal::Local, of(source), None).await.unwrap()
    }

    /// Runs until that volume is finished.
    async fn finish(&self, id: &VolumeId) -> Volume {
        tokio::select! {
            () = self.volumes.run() => unreachable!("it never ends"),
            _ = self.volumes.until_ready(id) => {}
        }
        // Who worked on it lets go.
        self.volumes.inner.live.stop(id).await;
        self.stored(id)
    }

    async fn made(&self, source: Source) -> Volume {
        let volume = self.create(source).await;
        self.finish(&volume.id).await
    }

    fn stored(&self, id: &VolumeId) -> Volume {
        let all = self.keeper.all_volumes();
        all.into_iter().find(|volume| volume.id == *id).expect("the volume is there")
    }

    /// Paths and texts, the gateway's own files left out.
    fn files(&self, id: &VolumeId) -> BTreeMap<String, String> {
        let laid_out = self.bytes.laid_out(id).unwrap_or_default();
        let own = ["provenance.json", "README.txt"];
        let files = laid_out.into_iter().filter(|(path, _)| !own.contains(&path.as_str()));
        files.map(|(path, text)| (path, String::from_utf8(text.to_vec()).unwrap())).collect()
    }

    fn text(&self, id: &VolumeId, path: &str) -> String {
        let laid_out = self.bytes.laid_out(id).expect("the volume is laid out");
        String::from_utf8(laid_out[path].to_vec()).unwrap()
    }

    /// What holds whatever happened: progress is the sum, nothing that is not whole is visible.
    async fn check(&self, id: &VolumeId) {
        let volume = self.stored(id);
        let files = self.need.keeper.files(id, 0, 1_000).await.unwrap();
        let whole = files.iter().filter_map(|file| match &file.state {
            FileState::Whole { sha256, size_bytes, .. } => Some((sha256, size_bytes)),
            _ => None,
        });
        let (count, sum) =
            whole.clone().fold((0, 0), |(count, sum), (_, size)| (count + 1, sum + size));
        let kept = self.bytes.digests();
        for (sha256, _) in whole {
            assert!(kept.contains(sha256), "a whole file is kept");
        }
        if volume.state.is_final() {
            assert_eq!(volume.progress.files, count, "files are those that are whole");
            let arrived = self.bytes.arrived(id);
            assert_eq!(volume.progress.bytes, sum + arrived, "bytes are those that are here");
        }
        if volume.state == VolumeState::Ready {
            assert_eq!(count, files.len() as u64, "a volume is ready with all of its files");
            assert!(self.bytes.laid_out(id).is_some());
        }
        if self.bytes.laid_out(id).is_some() {
            assert_eq!(count, files.len() as u64, "nothing is laid out before all is whole");
        }
    }
}

fn of(source: Source) -> NewVolume {
    NewVolume {
        name: String::new(),
        title: "Some data".to_owned(),
        source,
        mode: Mode::Copy,
        writable: false,
    }
}

/// A file of an asset that lies at its URL.
fn file(archive: &str, name: &str) -> Distribution {
    Distribution {
        id: "1".to_owned(),
        role: "#this".to_owned(),
        location: Location::Url(url(archive, name)),
        media_type: None,
        format: Some("fits".to_owned()),
        encodings: Vec::new(),
        size: None,
        checksums: Vec::new(),
        file_name: None,
        modified: None,
        availability: Availability::Online,
        provider: None,
    }
}

fn url(archive: &str, name: &str) -> String {
    format!("https://{archive}.example/{name}")
}

fn md5(text: &str) -> Checksum {
    use md5::Digest as _;
    let digest = md5::Md5::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Checksum::new("md5", &hex)
}

/// An asset whose one file is `NAME.fits`.
fn held(archive: &str, name: &str) -> Asset {
    let mut held = asset(archive, name);
    held.distributions = vec![file(archive, &format!("{name}.fits"))];
    held
}

/// An archive whose files lie at the URLs of its records.
fn archive(id: &str, files: &[(&str, &str)]) -> FakeArchive {
    let operations = [Operation::Search, Operation::Harvest, Operation::LookUp];
    files.iter().fold(FakeArchive::new(id).offering(operations), |archive, (name, text)| {
        let content = (*text).to_owned();
        archive
            .with_assets([held(id, name)])
            .with_content(&url(id, &format!("{name}.fits")), content)
    })
}

fn ticked(ids: &[&str]) -> Source {
    Source::Selection(Members::Assets(ids.iter().map(|id| id.parse().unwrap()).collect()))
}

fn searched(pairs: &[(&str, &str)], except: &[&str]) -> Source {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Source::Selection(Members::Query {
        query: SavedQuery(pairs.iter().map(own).collect()),
        except: except.iter().map(|id| id.parse().unwrap()).collect(),
    })
}

fn tree(include: &[&str], exclude: &[&str]) -> Source {
    Source::Tree {
        preset: None,
        plugin: "ftp".to_owned(),
        settings: vec![("url".to_owned(), "ftp://tree.example/data/".to_owned())],
        include: include.iter().map(|own| (*own).to_owned()).collect(),
        exclude: exclude.iter().map(|own| (*own).to_owned()).collect(),
    }
}

fn collection() -> Collection {
    Collection {
        id: "andromeda".to_owned(),
        owner: None,
        title: "Andromeda in all lights".to_owned(),
        description: String::new(),
        publisher: Some("The Observatory".to_owned()),
        licence: Some(Licence { spdx: Some("CC-BY-4.0".to_owned()), ..Licence::default() }),
        doi: Some("10.5555/andromeda".to_owned()),
        homepage: None,
        created: None,
        members: Members::Assets(vec!["hst/m31".parse().unwrap(), "gone/x".parse().unwrap()]),
    }
}

/// Volumes over an archive that is made for them.
fn world_of_made(archive: FakeArchive) -> World {
    World::with(Vec::new(), Kill::default(), |need| {
        need.sources = Arc::new(FakeSources::new(Arc::new(archive), Vec::new()));
    })
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
