//! The core's volumes over the real store and real bytes: ended in the middle, and gone on with.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use archway_core::Error;
use archway_core::archive::{Archive, Operation};
use archway_core::asset::{Availability, Checksum, Distribution, Location};
use archway_core::permission::Principal;
use archway_core::selections::{Members, SavedQuery};
use archway_core::testing::{FakeArchive, MemoryKeeper, asset, fake_volumes_need};
use archway_core::volumes::{
    FileRecord, Mode, NewVolume, Source, VolumeBytes, VolumeKeeper, VolumeState, Volumes,
};
use archway_store::{Bytes, Store};

use crate::bytes::{noise, opened, sha256};
use crate::databases::{self, Postgres, sqlite};
use crate::s3::S3;

const FILES: usize = 60;

fn url(number: usize) -> String {
    format!("https://hst.example/{number}.bin")
}

/// The same bytes for every third file, none alike in length otherwise.
fn content(number: usize) -> Vec<u8> {
    noise(if number.is_multiple_of(3) { 40_000 } else { 1_000 + number * 8_000 })
}

/// Files with and without checksums, of which some break off.
fn archive() -> Arc<dyn Archive> {
    let operations = [Operation::Search, Operation::LookUp];
    let archive = FakeArchive::new("hst").offering(operations);
    let archive = (0..FILES).fold(archive, |archive, number| {
        let content = content(number);
        let checksum = Checksum::new("sha-256", &sha256(&content));
        let mut held = asset("hst", &format!("n{number:02}"));
        held.distributions = vec![Distribution {
            id: "1".to_owned(),
            role: "#this".to_owned(),
            location: Location::Url(url(number)),
            media_type: None,
            format: None,
            encodings: Vec::new(),
            size: None,
            checksums: if number.is_multiple_of(2) { vec![checksum] } else { Vec::new() },
            file_name: None,
            modified: None,
            availability: Availability::Online,
            provider: None,
        }];
        let archive = archive.with_assets([held]).with_tag(&url(number), "v1");
        let archive = archive.with_content(&url(number), content);
        if number.is_multiple_of(20) { archive.breaking(&url(number), 10_000, 1) } else { archive }
    });
    Arc::new(archive)
}

fn volumes(archive: &Arc<dyn Archive>, store: &Store, bytes: &Bytes) -> Volumes {
    let archives = vec![Arc::clone(archive)];
    let mut need = fake_volumes_need(archives, Vec::new(), &Arc::<MemoryKeeper>::default());
    need.keeper = Arc::new(store.clone()) as Arc<dyn VolumeKeeper>;
    need.bytes = Arc::new(bytes.clone()) as Arc<dyn VolumeBytes>;
    Volumes::new(need)
}

/// Files below a folder, but for those in which the S3 server notes what it knows of objects.
fn files_in(folder: &Path) -> Vec<String> {
    let mut find = std::process::Command::new("find");
    let found = find.arg(folder).args(["-type", "f", "-not", "-name", ".*"]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect()
}

async fn ends_and_goes_on(store: Store, folder: &Path, s3: Option<&S3>) {
    let bytes = opened(folder, s3).await;
    let archive = archive();
    let volumes = || volumes(&archive, &store, &bytes);
    let everything = Members::Query { query: SavedQuery::default(), except: Vec::new() };
    let new = NewVolume {
        name: "all".to_owned(),
        title: String::new(),
        source: Source::Selection(everything),
        mode: Mode::Copy,
        writable: false,
    };
    let made = volumes().create(&Principal::Local, new, None).await.unwrap();
    let mut ends = 0;
    let ready = loop {
        // Each life of the gateway is a little longer than the one before.
        let volumes = volumes();
        let life = Duration::from_millis(5 << ends.min(12));
        let lived = tokio::time::timeout(life, async {
            tokio::select! {
                () = volumes.run() => unreachable!("it never ends"),
                ready = volumes.until_ready(&made.id) => ready.unwrap(),
            }
        });
        if let Ok(ready) = lived.await {
            break ready;
        }
        ends += 1;
        assert!(!folder.join("volumes").join(&made.id.0).exists(), "nothing half is seen");
    };
    assert_eq!((ready.state, ready.progress.files), (VolumeState::Ready, FILES as u64));
    let laid_out = volumes().folder(&made.id).await.unwrap();
    let mut sum = 0;
    for number in 0..FILES {
        let found = std::fs::read(laid_out.join(format!("hst/things/{number}.bin"))).unwrap();
        assert!(found == content(number), "file {number}");
        sum += found.len() as u64;
    }
    assert_eq!(ready.progress.bytes, sum);
    assert!(laid_out.join("provenance.json").exists());
    let listed = store.files(&made.id, 0, 1_000).await.unwrap();
    assert_eq!(listed.len(), FILES);
    let record: FileRecord = listed.first().unwrap().read_record();
    assert_eq!(record.archive.as_deref(), Some("hst"));

    // What a killed gateway kept and never wrote down.
    let mut part = bytes.part(&crate::bytes::id("killed"), 0, None).await.unwrap();
    part.write("of no file".into()).await.unwrap();
    part.keep().await.unwrap();
    // Whoever removes it leaves sooner or later, and nobody asks again.
    for ends in 0.. {
        let (volumes, life) = (volumes(), Duration::from_micros(100 << ends.min(16)));
        let removing = volumes.delete(&Principal::Local, &made.id);
        match tokio::time::timeout(life, removing).await {
            Err(_) => {}
            Ok(Ok(()) | Err(Error::NotFound { .. })) => break,
            Ok(Err(error)) => panic!("{error}"),
        }
    }
    let bucket = s3.map(|s3| s3.folder.path().join("volumes"));
    let places = [Some(folder.join("blobs")), Some(folder.join("volumes")), bucket];
    let left = || places.iter().flatten().flat_map(|place| files_in(place)).collect::<Vec<_>>();
    let settled = async {
        while !store.removed_volumes().await.unwrap().is_empty() || !left().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let next = volumes();
    tokio::select! {
        () = next.run() => unreachable!("it never ends"),
        settled = tokio::time::timeout(Duration::from_secs(60), settled) => {
            settled.unwrap_or_else(|_| panic!("left behind: {:?}", left()));
        }
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_survives_many_ends_of_the_gateway_on_sqlite_and_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = databases::opened(&sqlite(folder.path())).await;
    ends_and_goes_on(store, &folder.path().join("bytes"), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_survives_many_ends_of_the_gateway_on_postgresql_and_s3() {
    let Some(postgres) = Postgres::start() else { return };
    let store = databases::opened(&postgres.database("staging")).await;
    let s3 = S3::start().await;
    let folder = tempfile::tempdir().unwrap();
    ends_and_goes_on(store, &folder.path().join("bytes"), Some(&s3)).await;
}
