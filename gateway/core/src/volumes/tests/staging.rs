//! From every kind of source to a folder, and what goes wrong on the way.

use std::sync::Arc;

use super::{
    Source, VolumeState, World, archive, file, held, md5, searched, secs, ticked, tree, url,
    world_of_made,
};
use crate::Error;
use crate::archive::{Archive, Fetch, Operation};
use crate::asset::{Agent, AgentRole, AssetKind, Licence, Location, Size, SizeQuality};
use crate::permission::Principal;
use crate::testing::FakeArchive;
use crate::volumes::{SourceForm, SourceMaker};

#[tokio::test(start_paused = true)]
async fn a_selection_becomes_a_folder_that_says_where_it_is_from() {
    let mut m31 = held("hst", "m31");
    m31.identity.doi = Some("10.5555/m31".to_owned());
    m31.rights.licence = Some(Licence { spdx: Some("CC-BY-4.0".to_owned()), ..Licence::default() });
    m31.rights.acknowledgement = Some("Based on observations with it.".to_owned());
    m31.summary.agents.push(Agent {
        name: "The Observatory".to_owned(),
        role: AgentRole::Publisher,
        identifier: None,
        affiliation: None,
    });
    m31.distributions[0].checksums = vec![md5("stars")];
    let hst = archive("hst", &[]).with_assets([m31]).with_content(&url("hst", "m31.fits"), "stars");
    let world = World::new(vec![Arc::new(hst), Arc::new(archive("gaia", &[("dr3", "positions")]))]);
    let volume = world.made(ticked(&["hst/m31", "gaia/dr3"])).await;
    assert_eq!((volume.state, volume.failure.as_deref()), (VolumeState::Ready, None));
    world.check(&volume.id).await;
    let files: Vec<(String, String)> = world.files(&volume.id).into_iter().collect();
    let expected = [("gaia/things/dr3.fits", "positions"), ("hst/things/m31.fits", "stars")];
    assert_eq!(files, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    insta::assert_snapshot!(world.text(&volume.id, "README.txt"), @r"
    Some data

    2 files, 14 bytes, copied from 2 selected assets and verified.
    provenance.json says where each file came from.

    How to cite

    Archive gaia, things (1 files)

    Archive hst, things (1 files)
      Publisher: The Observatory
      Licence: CC-BY-4.0
      Acknowledge: Based on observations with it.
      https://doi.org/10.5555/m31
    ");
    let json: serde_json::Value =
        serde_json::from_str(&world.text(&volume.id, "provenance.json")).unwrap();
    let one = &json["files"][0];
    assert_eq!(one["path"], "hst/things/m31.fits");
    assert_eq!(one["wasDerivedFrom"], "hst/m31");
    assert_eq!(one["verifiedAgainst"]["algorithm"], "md5");
    assert_eq!(one["licence"], "CC-BY-4.0");
    assert_eq!(json["cite"][1]["dois"][0], "10.5555/m31");
    assert_eq!(json["activity"]["wasAssociatedWith"]["software"], "Archway");
    let listed = world.volumes.files(&Principal::Local, &volume.id, 0, 10).await.unwrap();
    let notebook = listed[0].for_notebook("data");
    assert_eq!(notebook.path, "data/hst/things/m31.fits");
    assert_eq!(notebook.doi.as_deref(), Some("10.5555/m31"));
    assert_eq!((notebook.size_bytes, notebook.sha256.map(|own| own.len())), (Some(5), Some(64)));
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_source_becomes_a_folder() {
    let hst = || Arc::new(archive("hst", &[("m31", "stars"), ("m33", "more"), ("m51", "arms")]));
    let paths = async |world: World, source: Source| {
        let volume = world.made(source).await;
        assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
        world.check(&volume.id).await;
        let files: Vec<String> = world.files(&volume.id).into_keys().collect();
        format!("{} {}", files.join(" "), volume.failure.unwrap_or_default())
    };
    let query = searched(&[("archive", "hst")], &["hst/m51"]);
    assert_eq!(
        paths(World::new(vec![hst()]), query).await,
        "hst/things/m31.fits hst/things/m33.fits "
    );
    let collection = Source::Collection("andromeda".to_owned());
    assert_eq!(
        paths(World::new(vec![hst()]), collection).await,
        "hst/things/m31.fits missing: no archive `gone`",
        "what is gone for good is named, and the rest is there"
    );
    let made = || {
        archive(
            "made",
            &[("2024/001/a", "1"), ("2024/002/a", "2"), ("2024/002/b", "3"), ("c", "4")],
        )
    };
    assert_eq!(
        paths(world_of_made(made()), tree(&[], &[])).await,
        "2024/001/a.fits 2024/002/a.fits 2024/002/b.fits c.fits "
    );
    assert_eq!(
        paths(world_of_made(made()), tree(&["2024/**/a.*", "c*"], &["*/001/*"])).await,
        "2024/002/a.fits c.fits "
    );
    let urls = Source::Urls(vec![url("made", "c.fits"), url("made", "2024/001/a.fits")]);
    assert_eq!(
        paths(world_of_made(made()), urls).await,
        "made.example/2024/001/a.fits made.example/c.fits "
    );
}

/// Makes an archive of another name each time, as the gateway does.
struct Renaming(std::sync::atomic::AtomicU32);

impl SourceMaker for Renaming {
    fn forms(&self) -> Vec<SourceForm> {
        Vec::new()
    }

    fn preset(&self, id: &str) -> Result<Arc<dyn Archive>, Error> {
        Err(Error::not_found("preset", id))
    }

    fn archive(&self, _: &str, _: &[(String, String)]) -> Result<Arc<dyn Archive>, Error> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let made = [("a", "1"), ("b", "2")].into_iter().fold(
            FakeArchive::new(&format!("made-{number}")).offering([Operation::Harvest]),
            |made, (name, text)| {
                let address = url("tree", &format!("{name}.fits"));
                let mut asset = held("tree", name);
                asset.distributions[0].checksums = vec![md5("2")];
                let asset = if name == "b" { asset } else { held("tree", name) };
                // The second file is wrong at first.
                let text = if name == "b" && number < 2 { "!" } else { text };
                made.with_assets([asset]).with_content(&address, text)
            },
        );
        Ok(Arc::new(made))
    }

    fn files(&self, _: &[String]) -> Result<Arc<dyn Archive>, Error> {
        Err(Error::bad_request("urls", "none"))
    }
}

#[tokio::test(start_paused = true)]
async fn an_archive_that_is_made_again_under_another_name_brings_nothing_twice() {
    let world = World::with(Vec::new(), crate::testing::Kill::default(), |need| {
        need.sources = Arc::new(Renaming(std::sync::atomic::AtomicU32::new(0)));
    });
    let volume = world.made(tree(&[], &[])).await;
    assert_eq!(volume.state, VolumeState::Failed, "{:?}", volume.failure);
    world.volumes.retry(&Principal::Local, &volume.id).await.unwrap();
    let volume = world.finish(&volume.id).await;
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
    assert_eq!(world.files(&volume.id).into_keys().collect::<Vec<_>>(), ["a.fits", "b.fits"]);
    let provenance = world.text(&volume.id, "provenance.json");
    assert!(!provenance.contains("\"made-"), "a name of ours is nobody's: {provenance}");
}

#[tokio::test(start_paused = true)]
async fn an_empty_volume_is_a_writable_folder() {
    let world = World::new(Vec::new());
    let volume = world.made(Source::Empty).await;
    assert_eq!((volume.state, volume.writable), (VolumeState::Ready, true));
    assert!(world.volumes.folder(&volume.id).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_breaks_off_is_gone_on_with_if_it_is_the_same() {
    let address = url("hst", "m31.fits");
    let parts = |fetched: Vec<Fetch>| {
        let part = |fetch: Fetch| fetch.part.map_or(0, |part| part.first).to_string();
        fetched.into_iter().map(part).collect::<Vec<_>>().join(" ")
    };
    let ranged = |archive: FakeArchive| {
        let mut way = crate::testing::asset("hst", "m31");
        way.distributions = vec![file("hst", "m31.fits")];
        archive.with_assets([way])
    };
    let way = crate::access::Way {
        route: crate::access::Route::ViaPlugin(address.clone()),
        role: "#this".to_owned(),
        description: None,
        media_type: None,
        size: None,
        checksums: Vec::new(),
        expires: None,
    };
    let begin = || {
        ranged(FakeArchive::new("hst"))
            .with_ways("m31", vec![way.clone()])
            .with_content(&address, "0123456789")
            .breaking(&address, 4, 1)
    };
    // With a validator, it goes on at the fourth byte.
    let tagged = Arc::new(begin().with_tag(&address, "v1"));
    let world = World::new(vec![tagged.clone()]);
    let volume = world.made(ticked(&["hst/m31"])).await;
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
    assert_eq!(world.files(&volume.id)["hst/things/m31.fits"], "0123456789");
    assert_eq!(parts(tagged.fetched()), "0 4");

    // Without one, and with another one, from the beginning.
    let untagged = Arc::new(begin());
    let world = World::new(vec![untagged.clone()]);
    let volume = world.made(ticked(&["hst/m31"])).await;
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
    assert_eq!(parts(untagged.fetched()), "0 0");

    let changed = Arc::new(begin().with_tag(&address, "v1"));
    let world = World::new(vec![changed.clone()]);
    let volume = world.create(ticked(&["hst/m31"])).await;
    let change = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        changed.set_tag(&address, "v2");
        changed.set_content(&address, "abcdefghij");
    };
    let (volume, ()) = tokio::join!(world.finish(&volume.id), change);
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
    assert_eq!(world.files(&volume.id)["hst/things/m31.fits"], "abcdefghij", "no mixture");
    assert_eq!(parts(changed.fetched()), "0 4 0");
    world.check(&volume.id).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_checksum_is_never_kept_and_a_retry_may_mend_it() {
    let mut m31 = held("hst", "m31");
    m31.distributions[0].checksums = vec![md5("stars")];
    m31.distributions[0].size = Some(Size { bytes: 5, quality: SizeQuality::Exact });
    let hst = archive("hst", &[("m33", "more")]).with_assets([m31]);
    let hst = Arc::new(hst.with_content(&url("hst", "m31.fits"), "STARS"));
    let world = World::new(vec![hst.clone()]);
    let volume = world.made(ticked(&["hst/m31", "hst/m33"])).await;
    assert_eq!(volume.state, VolumeState::Failed);
    insta::assert_snapshot!(volume.failure.unwrap(), @"one of 2 files cannot be had: `hst/things/m31.fits`: archive `hst` gives other bytes than it says: their md5 is 8af38d1d35dc351e5b6efe066441abd2 where the record says a5df375d7c972248177e8b4407c8808c");
    world.check(&volume.id).await;
    assert_eq!(world.bytes.laid_out(&volume.id), None);
    assert_eq!(world.bytes.digests().len(), 1, "the other file is kept");

    hst.set_content(&url("hst", "m31.fits"), "stars");
    let fetched = hst.fetched().len();
    let retried = world.volumes.retry(&Principal::Local, &volume.id).await.unwrap();
    assert_eq!(retried.state, VolumeState::Listing);
    let volume = world.finish(&volume.id).await;
    assert_eq!((volume.state, volume.failure.as_deref()), (VolumeState::Ready, None));
    assert_eq!(hst.fetched().len(), fetched + 1, "what was whole is not fetched again");
    world.check(&volume.id).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_answered_in_part_says_what_is_missing() {
    let hst = Arc::new(archive("hst", &[("m31", "stars")]));
    let down = Arc::new(archive("gaia", &[("dr3", "positions")]).failing("no route"));
    let world = World::new(vec![hst, down]);
    let volume = world.made(searched(&[], &[])).await;
    assert_eq!(volume.state, VolumeState::Ready);
    assert_eq!(
        volume.failure.as_deref(),
        Some("missing: not all of archive `gaia`: archive `gaia` failed: no route")
    );
    assert!(world.text(&volume.id, "README.txt").contains("Not everything is here: missing"));
}

#[tokio::test(start_paused = true)]
async fn all_pages_of_a_search_come_and_assets_without_files_are_counted() {
    let names: Vec<String> = (0..2_300).map(|number| format!("n{number}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let hst = archive("hst", &files).holding_many("bare", 5);
    let world = World::new(vec![Arc::new(hst)]);
    let volume = world.made(searched(&[], &[])).await;
    assert_eq!((volume.state, volume.progress.files), (VolumeState::Ready, 2_300));
    insta::assert_snapshot!(volume.failure.unwrap(), @"5 assets have no file: no bytes of `hst/bare-0` can be given: its record names no files; no bytes of `hst/bare-1` can be given: its record names no files; no bytes of `hst/bare-2` can be given: its record names no files; and 2 more");
    assert_eq!(world.bytes.digests().len(), 1, "the same bytes are kept once");
}

#[tokio::test(start_paused = true)]
async fn a_ticked_asset_whose_archive_does_not_answer_fails_the_volume_and_names_it() {
    let gaia = Arc::new(archive("gaia", &[("dr3", "positions")]).failing("no route"));
    let world = World::new(vec![Arc::new(archive("hst", &[("m31", "stars")])), gaia.clone()]);
    let volume = world.made(ticked(&["hst/m31", "gaia/dr3"])).await;
    assert_eq!(volume.state, VolumeState::Failed);
    insta::assert_snapshot!(volume.failure.unwrap(), @"1 of 2 assets could not be looked up; the first is `gaia/dr3`: archive `gaia` failed: no route");
    gaia.set_answering();
    world.volumes.retry(&Principal::Local, &volume.id).await.unwrap();
    assert_eq!(world.finish(&volume.id).await.state, VolumeState::Ready);
}

#[tokio::test(start_paused = true)]
async fn an_archive_of_which_file_after_file_fails_is_given_up() {
    let names: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let hst = archive("hst", &files);
    let hst =
        Arc::new(names.iter().fold(hst, |hst, name| {
            hst.breaking(&url("hst", &format!("{name}.fits")), 0, u32::MAX)
        }));
    let world = World::new(vec![hst.clone()]);
    let volume = world.made(searched(&[], &[])).await;
    assert_eq!(volume.state, VolumeState::Failed);
    let words = volume.failure.unwrap();
    assert!(words.starts_with("100 of 100 files cannot be had; the first is"), "{words}");
    assert!(hst.fetched().len() < 100, "not every file was tried");
    let listed = world.volumes.files(&Principal::Local, &volume.id, 99, 1).await.unwrap();
    let state = format!("{:?}", listed[0].state);
    assert!(state.contains("not tried, because"), "{state}");
}

#[tokio::test(start_paused = true)]
async fn neighbours_of_a_file_at_its_location_are_fetched_without_asking_for_ways() {
    // With `access` declared and given for one only, the others can come from their URLs alone.
    let operations = [Operation::Search, Operation::LookUp, Operation::Access];
    let http = |name: &str| crate::access::Way {
        route: crate::access::Route::Http(crate::access::HttpWay {
            method: "GET".to_owned(),
            url: url("hst", name),
            headers: Vec::new(),
            credential: None,
            ranges: true,
        }),
        role: "#this".to_owned(),
        description: None,
        media_type: None,
        size: None,
        checksums: Vec::new(),
        expires: None,
    };
    let hst = archive("hst", &[("m31", "stars"), ("m33", "more")])
        .offering(operations)
        .with_ways("m31", vec![http("m31.fits")]);
    let world = World::with(vec![Arc::new(hst)], crate::testing::Kill::default(), |need| {
        need.config.files_at_once = 1;
    });
    let volume = world.made(ticked(&["hst/m31", "hst/m33"])).await;
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_fails_the_volume_and_keeps_what_is_whole() {
    let world = World::with(
        vec![Arc::new(archive("hst", &[("m31", "stars"), ("m33", "much more")]))],
        crate::testing::Kill::default(),
        |need| need.config.files_at_once = 1,
    );
    world.bytes.has_room_for(Some(7));
    let volume = world.made(ticked(&["hst/m31", "hst/m33"])).await;
    assert_eq!(volume.state, VolumeState::Failed);
    assert_eq!(volume.failure.as_deref(), Some("the disk has room for 2 bytes more, not 9"));
    assert_eq!(world.bytes.digests().len(), 1);
    world.check(&volume.id).await;
    world.bytes.has_room_for(None);
    world.volumes.retry(&Principal::Local, &volume.id).await.unwrap();
    assert_eq!(world.finish(&volume.id).await.state, VolumeState::Ready);
}

#[tokio::test(start_paused = true)]
async fn folders_are_no_files_and_tables_are_named_as_what_is_asked() {
    let mut folder = crate::testing::asset("hst", "folder");
    folder.identity.kind = AssetKind::Container;
    let mut table = held("hst", "table");
    table.identity.kind = AssetKind::Catalogue;
    table.distributions[0].location = Location::OnRequest;
    let hst = archive("hst", &[("m31", "stars")]).with_assets([folder, table]);
    let world = World::new(vec![Arc::new(hst)]);
    let volume = world.made(searched(&[], &[])).await;
    assert_eq!((volume.state, volume.progress.files), (VolumeState::Ready, 1));
    insta::assert_snapshot!(volume.failure.unwrap(), @"one asset has no file: no bytes of `hst/table` can be given: it is a table or a service, which is asked and is no file");
}

#[tokio::test(start_paused = true)]
async fn a_source_without_files_fails_in_words() {
    let world = World::new(vec![Arc::new(archive("hst", &[]).holding_many("bare", 1))]);
    let volume = world.made(ticked(&["hst/bare-0"])).await;
    assert_eq!(volume.state, VolumeState::Failed);
    insta::assert_snapshot!(volume.failure.unwrap(), @"the source holds no file; one asset has no file: no bytes of `hst/bare-0` can be given: its record names no files");
}

#[tokio::test(start_paused = true)]
async fn hostile_names_stay_in_the_folder() {
    let names = ["../../etc/passwd", "/etc/shadow", "a\nb", ".profile", "A", "a", "dir", "dir/x"];
    let mut made = archive("made", &[]);
    for name in names {
        let mut asset = held("made", name);
        asset.distributions[0].file_name = Some(name.to_owned());
        made = made.with_assets([asset]).with_content(&url("made", &format!("{name}.fits")), name);
    }
    let world = world_of_made(made);
    let volume = world.made(tree(&[], &[])).await;
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
    let paths: Vec<String> = world.files(&volume.id).into_keys().collect();
    assert_eq!(paths.len(), names.len());
    for path in &paths {
        assert!(!path.starts_with('/') && !path.split('/').any(|p| p.starts_with('.')), "{path}");
        assert!(!path.chars().any(char::is_control), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_followed_is_told_at_most_twice_a_second_and_its_end_always() {
    use futures_util::StreamExt as _;
    let hst = archive("hst", &[("m31", "stars")]).slow(secs(3));
    let world = World::new(vec![Arc::new(hst)]);
    let volume = world.create(ticked(&["hst/m31"])).await;
    let events = world.volumes.follow(&Principal::Local, &volume.id).await.unwrap();
    let told = tokio::select! {
        () = world.volumes.run() => unreachable!("it never ends"),
        told = events.map(|event| event.unwrap().volume).collect::<Vec<_>>() => told,
    };
    assert_eq!(told.first().unwrap().state, VolumeState::Listing);
    assert_eq!(told.last().unwrap().state, VolumeState::Ready);
    assert!(told.len() < 20, "{}", told.len());
    let after = world.volumes.follow(&Principal::Local, &volume.id).await.unwrap();
    assert_eq!(after.collect::<Vec<_>>().await.len(), 1, "of a finished one its state alone");
}
