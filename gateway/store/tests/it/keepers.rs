//! What every database keeps, and how it refuses.

use std::net::SocketAddr;

use archway_core::Error;
use archway_core::asset::{Checksum, Licence};
use archway_core::collections::{Collection, CollectionKeeper as _};
use archway_core::labs::{
    Cause, Charge, ChargeKind, Endpoint, LabId, LabKeeper as _, LabState, Network, Reserved,
};
use archway_core::owner::{Quota, Space, Usage};
use archway_core::selections::{Members, SavedQuery, Selection, SelectionKeeper as _};
use archway_core::volumes::{
    Created, FileOutcome, FileState, Progress, Source, VolumeFile, VolumeId, VolumeKeeper as _,
    VolumeState,
};
use archway_store::Store;

use crate::databases::on_both_databases;
use crate::things::{NOW, after_s, event, file, lab, owner, volume, wide};

on_both_databases!(
    a_volume_comes_back_as_it_was_written,
    a_lab_comes_back_as_it_was_written,
    selections_and_collections_come_back_to_their_owner_only,
    a_write_from_an_older_revision_changes_nothing,
    one_key_makes_one_thing,
    a_key_is_forgotten_after_a_month,
    two_launches_with_one_key_at_once_are_one_lab,
    ten_requests_racing_a_quota_get_what_there_is,
    a_refusal_says_the_limit_and_what_uses_it,
    volumes_have_a_quota_and_a_name,
    ten_thousand_files_are_planned_and_end,
    a_file_that_is_planned_twice_stays_as_it_is,
    what_is_removed_is_noted_until_its_bytes_went,
    a_space_counts_and_refuses_labs_that_see_data,
    what_was_removed_takes_no_outcomes,
    events_are_numbered_without_gaps_whoever_writes,
    a_lab_that_has_not_ended_is_not_removed,
    a_ledger_line_is_replaced_and_found_by_its_time,
    what_is_unfinished_is_found_at_the_start,
    texts_that_no_database_takes_are_kept_in_part,
);

async fn reserve(store: &Store, id: &str) {
    store.reserve(&lab(id), None, &wide()).await.unwrap();
}

async fn create(store: &Store, id: &str, name: &str) {
    store.create_volume(&volume(id, name), None, &wide()).await.unwrap();
}

fn words<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(error @ (Error::QuotaExceeded { .. } | Error::Conflict { .. })) => error.to_string(),
        other => panic!("neither a refusal nor a conflict: {other:?}"),
    }
}

async fn a_volume_comes_back_as_it_was_written(store: Store) {
    let assets = vec!["site/a".parse().unwrap(), "other/b/c".parse().unwrap()];
    let query = SavedQuery(vec![("q".to_owned(), "M31 \"x\"".to_owned())]);
    let sources = [
        Source::Collection("messier".to_owned()),
        Source::Selection(Members::Assets(assets.clone())),
        Source::Selection(Members::Query { query, except: assets }),
        Source::Tree {
            preset: Some("igs".to_owned()),
            plugin: "ftp".to_owned(),
            settings: vec![("host".to_owned(), "ftp.example".to_owned())],
            include: vec!["*.gz".to_owned()],
            exclude: vec![],
        },
        Source::Urls(vec!["https://archive.example/a".to_owned()]),
        Source::Empty,
    ];
    for (number, source) in sources.into_iter().enumerate() {
        let mut written = volume(&format!("v{number}"), &format!("name{number}"));
        written.source = source;
        written.created = after_s(i64::try_from(number).unwrap());
        let created = store.create_volume(&written, None, &wide()).await.unwrap();
        assert_eq!(created, Created::New(written.clone()));
        assert_eq!(store.volume(&written.id).await.unwrap(), Some(written.clone()));

        written.state = VolumeState::Failed;
        written.failure = Some("the source is gone; ünd".to_owned());
        written.finished = Some(after_s(9));
        written.progress = Progress { files: 1, files_total: 2, bytes: 3, bytes_total: 1 << 40 };
        assert!(store.save_volume(&written).await.unwrap());
        written.revision += 1;
        assert_eq!(store.volume(&written.id).await.unwrap(), Some(written));
    }
    let newest_first: Vec<_> =
        store.volumes(&owner("ann")).await.unwrap().into_iter().map(|volume| volume.id.0).collect();
    assert_eq!(newest_first, ["v5", "v4", "v3", "v2", "v1", "v0"]);
    assert_eq!(store.volumes(&owner("ben")).await.unwrap(), []);
    assert_eq!(store.volume_bytes(&owner("ann")).await.unwrap(), 18);
    assert!(store.remove_volume(&VolumeId("v0".to_owned())).await.unwrap());
    assert!(!store.remove_volume(&VolumeId("v0".to_owned())).await.unwrap());
}

async fn a_lab_comes_back_as_it_was_written(store: Store) {
    let mut written = lab("a1");
    assert_eq!(
        store.reserve(&written, None, &wide()).await.unwrap(),
        Reserved::New(written.clone())
    );
    assert_eq!(store.lab(&written.id).await.unwrap(), Some(written.clone()));
    let causes = [
        Cause::Asked,
        Cause::Idle,
        Cause::TooOld,
        Cause::Exited(-1),
        Cause::Signalled(9),
        Cause::OutOfMemory,
        Cause::NeverAnswered,
        Cause::Lost,
        Cause::StepFailed("no `uv`".to_owned()),
    ];
    let address: SocketAddr = "127.0.0.1:8888".parse().unwrap();
    for (number, cause) in causes.into_iter().enumerate() {
        written.cause = Some(cause);
        written.state = LabState::ALL[number];
        written.endpoint = Some(if number % 2 == 0 {
            Endpoint::Tcp(address)
        } else {
            Endpoint::Unix("/run/labs/a1/socket".into())
        });
        written.handle = Some("pid 7".to_owned());
        written.network = Network::Audited;
        written.ready = Some(after_s(1));
        written.ended = Some(after_s(2));
        written.snoozed = Some(after_s(3));
        written.notebook = Some("notebooks/a.ipynb".to_owned());
        written.warned = true;
        assert!(store.save_lab(&written, None).await.unwrap());
        written.revision += 1;
        assert_eq!(store.lab(&written.id).await.unwrap(), Some(written.clone()));
    }
    assert_eq!(store.labs(&owner("ann"), false, 10).await.unwrap(), [written]);
    assert_eq!(store.labs(&owner("ann"), true, 10).await.unwrap(), []);
    assert_eq!(store.labs(&owner("ben"), false, 10).await.unwrap(), []);
    assert_eq!(store.lab(&LabId("none".to_owned())).await.unwrap(), None);
}

async fn selections_and_collections_come_back_to_their_owner_only(store: Store) {
    let (ann, ben) = (owner("ann"), owner("ben"));
    let members = Members::Assets(vec!["site/a".parse().unwrap()]);
    let mut selection = Selection {
        id: "s1".to_owned(),
        owner: ann.clone(),
        title: String::new(),
        members: members.clone(),
        created: NOW,
    };
    store.save_selection(&selection).await.unwrap();
    selection.title = "Later".to_owned();
    store.save_selection(&selection).await.unwrap();
    assert_eq!(store.selection(&ann, "s1").await.unwrap(), Some(selection.clone()));
    assert_eq!(store.selection(&ben, "s1").await.unwrap(), None);
    assert_eq!(store.selections(&ben).await.unwrap(), []);
    let stolen = Selection { owner: ben.clone(), ..selection.clone() };
    assert!(matches!(store.save_selection(&stolen).await, Err(Error::NotFound { .. })));
    assert!(!store.remove_selection(&ben, "s1").await.unwrap());
    assert_eq!(store.selections(&ann).await.unwrap(), [selection]);
    assert!(store.remove_selection(&ann, "s1").await.unwrap());

    let licence = Licence {
        spdx: Some("CC-BY-4.0".to_owned()),
        url: None,
        text: Some("attribute".to_owned()),
    };
    let collection = Collection {
        id: "c1".to_owned(),
        owner: Some(ann.clone()),
        title: "a title".to_owned(),
        description: "What it is.".to_owned(),
        publisher: None,
        licence: Some(licence),
        doi: Some("10.5281/x".to_owned()),
        homepage: None,
        created: Some(NOW),
        members,
    };
    let upper = Collection {
        id: "c2".to_owned(),
        title: "Z first in every database".to_owned(),
        licence: None,
        created: None,
        ..collection.clone()
    };
    store.save_collection(&collection).await.unwrap();
    store.save_collection(&upper).await.unwrap();
    assert_eq!(store.collections(&ann).await.unwrap(), [upper, collection.clone()]);
    let stolen = Collection { owner: Some(ben.clone()), ..collection.clone() };
    assert!(matches!(store.save_collection(&stolen).await, Err(Error::NotFound { .. })));
    assert!(!store.remove_collection(&ben, "c1").await.unwrap());
    assert!(store.remove_collection(&ann, "c1").await.unwrap());
    let nobodys = Collection { owner: None, ..collection };
    assert!(matches!(store.save_collection(&nobodys).await, Err(Error::Internal(_))));
}

async fn a_write_from_an_older_revision_changes_nothing(store: Store) {
    create(&store, "v1", "name").await;
    let older = volume("v1", "name");
    let mut newer = older.clone();
    newer.title = "newer".to_owned();
    assert!(store.save_volume(&newer).await.unwrap());
    assert!(!store.save_volume(&older).await.unwrap());
    assert_eq!(store.volume(&older.id).await.unwrap().unwrap().title, "newer");
    assert!(!store.save_volume(&volume("v9", "none")).await.unwrap());

    reserve(&store, "a1").await;
    let older = lab("a1");
    let mut newer = older.clone();
    newer.state = LabState::Staging;
    assert!(store.save_lab(&newer, Some(&event("staging"))).await.unwrap());
    assert!(!store.save_lab(&older, Some(&event("never happened"))).await.unwrap());
    assert_eq!(store.lab(&older.id).await.unwrap().unwrap().state, LabState::Staging);
    assert_eq!(store.events(&older.id, 0).await.unwrap().len(), 1);
    assert!(!store.save_lab(&lab("a9"), None).await.unwrap());
}

async fn one_key_makes_one_thing(store: Store) {
    let key = Some(("key", "print"));
    let (first, second) = (lab("a1"), lab("a2"));
    assert_eq!(store.reserve(&first, key, &wide()).await.unwrap(), Reserved::New(first.clone()));
    assert_eq!(
        store.reserve(&second, key, &wide()).await.unwrap(),
        Reserved::Before(first.clone())
    );
    assert_eq!(
        words(store.reserve(&second, Some(("key", "other")), &wide()).await),
        "the idempotency key `key` was used for another lab; use a new key for a new request"
    );
    // Another owner's key of that name, and a volume's, are others.
    let mut bens = lab("b1");
    bens.owner = owner("ben");
    assert_eq!(store.reserve(&bens, key, &wide()).await.unwrap(), Reserved::New(bens));
    let made = volume("v1", "name");
    assert_eq!(store.create_volume(&made, key, &wide()).await.unwrap(), Created::New(made.clone()));
    let again = volume("v2", "name2");
    assert_eq!(
        store.create_volume(&again, key, &wide()).await.unwrap(),
        Created::Before(made.clone())
    );
    assert!(store.remove_volume(&made.id).await.unwrap());
    assert_eq!(
        words(store.create_volume(&again, key, &wide()).await),
        "the volume that was made for the idempotency key `key` was removed; \
         use a new key for a new volume"
    );
}

async fn a_key_is_forgotten_after_a_month(store: Store) {
    store.reserve(&lab("a1"), Some(("old", "print")), &wide()).await.unwrap();
    let mut later = lab("a2");
    later.created = after_s(31 * 24 * 3600);
    store.reserve(&later, Some(("new", "print")), &wide()).await.unwrap();
    let mut latest = lab("a3");
    latest.created = after_s(31 * 24 * 3600 + 1);
    let made = store.reserve(&latest, Some(("old", "other print")), &wide()).await.unwrap();
    assert_eq!(made, Reserved::New(latest));
}

async fn two_launches_with_one_key_at_once_are_one_lab(store: Store) {
    let launches = (0..2).map(|number| {
        let store = store.clone();
        async move {
            let key = Some(("key", "print"));
            store.reserve(&lab(&format!("a{number}")), key, &wide()).await.unwrap()
        }
    });
    let both = futures_util::future::join_all(launches).await;
    let ids: Vec<_> = both
        .iter()
        .map(|reserved| match reserved {
            Reserved::New(lab) => (true, lab.id.clone()),
            Reserved::Before(lab) => (false, lab.id.clone()),
        })
        .collect();
    assert_eq!(ids[0].1, ids[1].1, "one lab");
    assert_ne!(ids[0].0, ids[1].0, "new once");
    assert_eq!(store.usage(&owner("ann")).await.unwrap().labs, 1);
}

async fn ten_requests_racing_a_quota_get_what_there_is(store: Store) {
    let quota = Quota { labs: 4, ..wide() };
    let requests = (0..10).map(|number| {
        let (store, quota) = (store.clone(), quota.clone());
        tokio::spawn(async move {
            let mut asked = lab(&format!("a{number}"));
            asked.owner = owner(if number == 9 { "ben" } else { "ann" });
            store.reserve(&asked, None, &quota).await
        })
    });
    let outcomes = futures_util::future::join_all(requests).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        outcomes.into_iter().map(Result::unwrap).partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (5, 5), "four of ann, one of ben");
    for refusal in refused {
        assert!(words(refusal).starts_with("4 of 4 labs are running: "));
    }
    let usage = store.usage(&owner("ann")).await.unwrap();
    let sum = Usage { labs: 4, cores: 8.0, memory_mib: 4 * 2048, ..Usage::default() };
    assert_eq!(usage, sum, "the quota is the sum of what has not ended");
}

async fn a_refusal_says_the_limit_and_what_uses_it(store: Store) {
    let quota = Quota { labs: 2, cores: 5.0, memory_mib: 6000, ..wide() };
    let mut first = lab("a1");
    first.title = "M31".to_owned();
    store.reserve(&first, None, &quota).await.unwrap();
    let mut second = lab("a2");
    second.title = String::new();
    second.created = after_s(1);
    let mut big = second.clone();
    big.size.cores = 3.5;
    let mut heavy = second.clone();
    heavy.size.memory_mib = 4096;
    assert_eq!(
        words(store.reserve(&big, None, &quota).await),
        "the lab wants 3.5 cores, and 2 of 5 are in use: `M31` (2 cores); \
         stop one of them or choose a smaller size"
    );
    assert_eq!(
        words(store.reserve(&heavy, None, &quota).await),
        "the lab wants 4096 MiB of memory, and 2048 of 6000 are in use: `M31` (2048 MiB); \
         stop one of them or choose a smaller size"
    );
    store.reserve(&second, None, &quota).await.unwrap();
    assert_eq!(
        words(store.reserve(&lab("a3"), None, &quota).await),
        "2 of 2 labs are running: `M31`, `a2`; stop one of them"
    );
    // What has ended holds nothing.
    first.state = LabState::Stopped;
    assert!(store.save_lab(&first, None).await.unwrap());
    store.reserve(&lab("a3"), None, &quota).await.unwrap();
    let mut bens = lab("b1");
    bens.owner = owner("ben");
    bens.size.cores = 6.0;
    assert_eq!(
        words(store.reserve(&bens, None, &quota).await),
        "the lab wants 6 cores where 5 are the limit; choose a smaller size"
    );
}

async fn volumes_have_a_quota_and_a_name(store: Store) {
    let quota = Quota { volumes: 3, volume_bytes: 2_000_000_000, ..wide() };
    let mut first = volume("v1", "one");
    store.create_volume(&first, None, &quota).await.unwrap();
    assert_eq!(
        words(store.create_volume(&volume("v2", "one"), None, &quota).await),
        "a data volume `one` is there already; choose another name, or remove that one"
    );
    let mut bens = volume("b1", "one");
    bens.owner = owner("ben");
    store.create_volume(&bens, None, &quota).await.unwrap();

    first.progress.bytes = 2_500_000_000;
    assert!(store.save_volume(&first).await.unwrap());
    first.revision += 1;
    assert_eq!(
        words(store.create_volume(&volume("v2", "two"), None, &quota).await),
        "2.5 GB of 2 GB are in use, most by `one` (2.5 GB); remove what is not needed"
    );
    let space = Space { bytes: 3_000_000_000, since: NOW };
    store.save_space_held(&owner("ann"), &space).await.unwrap();
    assert_eq!(
        words(store.create_volume(&volume("v2", "two"), None, &quota).await),
        "5.5 GB of 2 GB are in use, most by your own space (3 GB), `one` (2.5 GB); \
         remove what is not needed"
    );
    store.save_space_held(&owner("ann"), &Space { bytes: 0, ..space }).await.unwrap();
    first.progress.bytes = 0;
    assert!(store.save_volume(&first).await.unwrap());
    store.create_volume(&volume("v2", "two"), None, &quota).await.unwrap();
    store.create_volume(&volume("v3", "three"), None, &quota).await.unwrap();
    assert_eq!(
        words(store.create_volume(&volume("v4", "four"), None, &quota).await),
        "3 of 3 data volumes are there; remove one of them"
    );
    let renamed = volume("v2", "three");
    assert_eq!(
        words(store.save_volume(&renamed).await),
        "a data volume `three` is there already; choose another name, or remove that one"
    );
}

async fn ten_thousand_files_are_planned_and_end(store: Store) {
    create(&store, "v1", "name").await;
    let id = VolumeId("v1".to_owned());
    let mut files: Vec<VolumeFile> = (0..10_000).map(file).collect();
    files[7].asset = None;
    files[7].size_bytes = None;
    files[7].checksum = Some(Checksum::new("MD5", "ABC"));
    store.plan_files(&id, &files).await.unwrap();
    assert_eq!(store.files(&id, 0, 20_000).await.unwrap(), files);

    let sha256 = |number: u64| format!("{number:064x}");
    let outcome = |number: u64| FileOutcome {
        number,
        state: if number.is_multiple_of(10) {
            FileState::Failed { reason: "the archive has no such file".to_owned() }
        } else {
            FileState::Whole { sha256: sha256(number), size_bytes: number, fetched: after_s(5) }
        },
    };
    let outcomes: Vec<_> = (0..9_990).map(outcome).collect();
    store.save_outcomes(&id, &outcomes).await.unwrap();
    let left = store.planned_files(&id, 0, 100).await.unwrap();
    assert_eq!(left, files[9_990..], "those without an outcome");
    let some = store.files(&id, 19, 2).await.unwrap();
    assert_eq!([&some[0].state, &some[1].state], [&outcome(19).state, &outcome(20).state]);
    let all: Vec<String> = (0..2_000).map(sha256).collect();
    let failed: Vec<String> = (0..2_000).step_by(10).map(sha256).collect();
    assert_eq!(store.unused(&all).await.unwrap(), failed);
    assert_eq!(store.unused(&[]).await.unwrap(), [""; 0]);

    // The last word on a file counts.
    let planned = FileOutcome { number: 19, state: FileState::Planned };
    store.save_outcomes(&id, &[outcome(19), planned]).await.unwrap();
    assert_eq!(store.planned_files(&id, 0, 1).await.unwrap(), [file(19)]);
    assert_eq!(store.unused(&[sha256(19)]).await.unwrap(), [sha256(19)]);

    // All or none: one of no file of the volume, behind six hundred that are.
    let mut stray: Vec<_> = (0..600).map(outcome).collect();
    stray.extend([outcome(20_000)]);
    assert!(store.save_outcomes(&id, &stray).await.is_err());
    assert_eq!(store.planned_files(&id, 0, 1).await.unwrap(), [file(19)]);
}

async fn a_file_that_is_planned_twice_stays_as_it_is(store: Store) {
    create(&store, "v1", "name").await;
    let id = VolumeId("v1".to_owned());
    store.plan_files(&id, &[file(0), file(1)]).await.unwrap();
    let failed = FileState::Failed { reason: "gone".to_owned() };
    let outcome = FileOutcome { number: 1, state: failed.clone() };
    store.save_outcomes(&id, &[outcome]).await.unwrap();
    store.plan_files(&id, &[file(1), file(2)]).await.unwrap();
    store.plan_files(&id, &[]).await.unwrap();
    let states: Vec<_> =
        store.files(&id, 0, 10).await.unwrap().into_iter().map(|file| file.state).collect();
    assert_eq!(states, [FileState::Planned, failed, FileState::Planned]);
}

async fn what_is_removed_is_noted_until_its_bytes_went(store: Store) {
    let (one, other) = (VolumeId("v1".to_owned()), VolumeId("v2".to_owned()));
    let sha256 = |number: u64| format!("{:064x}", number % 700);
    for (id, name) in [(&one, "one"), (&other, "two")] {
        create(&store, &id.0, name).await;
        store.plan_files(id, &(0..1_500).map(file).collect::<Vec<_>>()).await.unwrap();
    }
    let whole = |number: u64| FileOutcome {
        number,
        state: FileState::Whole { sha256: sha256(number), size_bytes: 1, fetched: NOW },
    };
    store.save_outcomes(&one, &(0..1_400).map(whole).collect::<Vec<_>>()).await.unwrap();
    store.save_outcomes(&other, &[whole(5)]).await.unwrap();
    assert_eq!(store.removed_volumes().await.unwrap(), []);
    assert_eq!(store.removed_digests(&one, "", 10).await.unwrap(), [""; 0]);

    assert!(store.remove_volume(&one).await.unwrap());
    assert!(!store.remove_volume(&one).await.unwrap());
    assert_eq!(store.volume(&one).await.unwrap(), None);
    assert_eq!(store.removed_volumes().await.unwrap(), std::slice::from_ref(&one));
    let first = store.removed_digests(&one, "", 500).await.unwrap();
    let rest = store.removed_digests(&one, &first[499], 500).await.unwrap();
    let all: Vec<String> = (0..700).map(sha256).collect();
    assert_eq!([first, rest].concat(), all, "each once");
    let unused = store.unused(&all).await.unwrap();
    assert_eq!(unused.len(), 699);
    assert!(!unused.contains(&sha256(5)), "the other volume has it");

    // Its name is free at once.
    create(&store, "v3", "one").await;
    assert!(store.remove_volume(&VolumeId("v3".to_owned())).await.unwrap());
    assert_eq!(store.removed_volumes().await.unwrap().len(), 2, "one without files too");
    store.bytes_went(&one).await.unwrap();
    store.bytes_went(&one).await.unwrap();
    assert_eq!(store.removed_volumes().await.unwrap(), [VolumeId("v3".to_owned())]);
    assert_eq!(store.removed_digests(&one, "", 10).await.unwrap(), [""; 0]);
}

async fn a_space_counts_and_refuses_labs_that_see_data(store: Store) {
    let (ann, quota) = (owner("ann"), Quota { volume_bytes: 1_000_000, ..wide() });
    assert_eq!(store.space_held(&ann).await.unwrap(), None);
    let space = Space { bytes: 1_500_000, since: NOW };
    store.save_space_held(&ann, &Space { bytes: 1, ..space.clone() }).await.unwrap();
    store.save_space_held(&ann, &space).await.unwrap();
    assert_eq!(store.space_held(&ann).await.unwrap(), Some(space));
    assert_eq!(store.space_held(&owner("ben")).await.unwrap(), None);
    let usage = store.usage(&ann).await.unwrap();
    assert_eq!((usage.volume_bytes, usage.space_bytes), (1_500_000, 1_500_000));
    assert_eq!(store.volume_bytes(&ann).await.unwrap(), 1_500_000);
    assert_eq!(
        words(store.reserve(&lab("a1"), None, &quota).await),
        "1.5 MB are in use where you may have 1.0 MB: 0 bytes in data volumes, 1.5 MB in your \
         own space; delete data volumes, or launch one lab without data and delete files in \
         your space"
    );
    let mut tidying = lab("a2");
    tidying.volumes.clear();
    store.reserve(&tidying, None, &quota).await.unwrap();
    tidying.id = LabId("a3".to_owned());
    words(store.reserve(&tidying, None, &quota).await);
    let mut bens = lab("b1");
    bens.owner = owner("ben");
    store.reserve(&bens, None, &quota).await.unwrap();
}

async fn what_was_removed_takes_no_outcomes(store: Store) {
    create(&store, "v1", "name").await;
    let id = VolumeId("v1".to_owned());
    store.plan_files(&id, &[file(0)]).await.unwrap();
    let whole = FileState::Whole { sha256: "ab".repeat(32), size_bytes: 1, fetched: NOW };
    let outcome = FileOutcome { number: 0, state: whole };
    store.save_outcomes(&id, std::slice::from_ref(&outcome)).await.unwrap();
    assert!(store.remove_volume(&id).await.unwrap());
    assert_eq!(store.files(&id, 0, 10).await.unwrap(), []);
    let digest = "ab".repeat(32);
    assert_eq!(store.unused(std::slice::from_ref(&digest)).await.unwrap(), [digest]);
    let late = store.save_outcomes(&id, &[outcome]).await;
    assert!(matches!(late, Err(Error::NotFound { .. })), "{late:?}");
    let late = store.plan_files(&id, &[file(1)]).await;
    assert!(matches!(late, Err(Error::NotFound { .. })), "{late:?}");
}

async fn events_are_numbered_without_gaps_whoever_writes(store: Store) {
    reserve(&store, "a1").await;
    let id = LabId("a1".to_owned());
    let writers = (0..20).map(|number| {
        let (store, id) = (store.clone(), id.clone());
        async move {
            let event = event(&format!("event {number}"));
            if number % 2 == 0 {
                store.add_event(&id, &event).await.unwrap();
                return;
            }
            while !{
                let read = store.lab(&id).await.unwrap().unwrap();
                store.save_lab(&read, Some(&event)).await.unwrap()
            } {}
        }
    });
    futures_util::future::join_all(writers).await;
    let events = store.events(&id, 0).await.unwrap();
    let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    let mut words: Vec<_> = events.into_iter().map(|event| event.words).collect();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 20, "each once");
    assert_eq!(store.events(&id, 18).await.unwrap().len(), 2);
    let stray = store.add_event(&LabId("none".to_owned()), &event("lost")).await;
    assert!(matches!(stray, Err(Error::NotFound { .. })), "{stray:?}");
}

async fn a_lab_that_has_not_ended_is_not_removed(store: Store) {
    reserve(&store, "a1").await;
    let mut kept = lab("a1");
    assert!(!store.remove_lab(&kept.id).await.unwrap());
    kept.state = LabState::Failed;
    assert!(store.save_lab(&kept, Some(&event("failed"))).await.unwrap());
    assert!(store.remove_lab(&kept.id).await.unwrap());
    assert!(!store.remove_lab(&kept.id).await.unwrap());
    assert_eq!(store.events(&kept.id, 0).await.unwrap(), []);
}

async fn a_ledger_line_is_replaced_and_found_by_its_time(store: Store) {
    let line = |of: &str, from: i64, until: i64, amount: f64| Charge {
        owner: owner("ann"),
        of: of.to_owned(),
        kind: ChargeKind::CoreHours,
        amount,
        from: after_s(from),
        until: after_s(until),
    };
    let (short, long) = (line("a1", 0, 10, 0.1), line("a1", 0, 20, 0.2));
    let other = line("a2", 30, 40, 0.25);
    store.charge(&[short.clone(), other.clone()]).await.unwrap();
    store.charge(&[short, long.clone()]).await.unwrap();
    let all = store.ledger(&owner("ann"), after_s(-5), after_s(99)).await.unwrap();
    assert_eq!(all, [long.clone(), other.clone()]);
    let early = store.ledger(&owner("ann"), after_s(19), after_s(30)).await.unwrap();
    assert_eq!(early, [long]);
    let late = store.ledger(&owner("ann"), after_s(20), after_s(31)).await.unwrap();
    assert_eq!(late, [other]);
    assert_eq!(store.ledger(&owner("ben"), after_s(-5), after_s(99)).await.unwrap(), []);
}

async fn what_is_unfinished_is_found_at_the_start(store: Store) {
    for (number, state) in VolumeState::ALL.into_iter().enumerate() {
        let mut one = volume(&format!("v{number}"), &format!("name{number}"));
        one.state = state;
        store.create_volume(&one, None, &wide()).await.unwrap();
        assert_eq!(one.state.is_final(), number > 1, "the words in the statements");
    }
    let unfinished = store.unfinished_volumes().await.unwrap();
    assert_eq!(unfinished.iter().map(|one| one.id.0.as_str()).collect::<Vec<_>>(), ["v0", "v1"]);
    for (number, state) in LabState::ALL.into_iter().enumerate() {
        let mut one = lab(&format!("a{number}"));
        one.state = state;
        store.reserve(&one, None, &wide()).await.unwrap();
        assert_eq!(one.state.has_ended(), number > 6, "the words in the statements");
    }
    let running = store.running_labs().await.unwrap();
    let ids: Vec<_> = running.iter().map(|one| one.id.0.as_str()).collect();
    assert_eq!(ids, ["a0", "a1", "a2", "a3", "a4", "a5", "a6"]);
}

async fn texts_that_no_database_takes_are_kept_in_part(store: Store) {
    let mut odd = lab("a1");
    odd.title = "nul \0 and 🔭".to_owned();
    store.reserve(&odd, None, &wide()).await.unwrap();
    let kept = store.lab(&odd.id).await.unwrap().unwrap();
    assert_eq!(kept.title, "nul \u{fffd} and 🔭");
    let mut flood = event("failed");
    flood.log = "\0".repeat(1 << 16);
    store.add_event(&odd.id, &flood).await.unwrap();
    assert_eq!(store.events(&odd.id, 0).await.unwrap()[0].log, "\u{fffd}".repeat(1 << 16));
    assert_eq!(store.lab(&LabId("a1\0".to_owned())).await.unwrap(), None);
    assert_eq!(store.selection(&owner("a\0nn"), "s\0").await.unwrap(), None);
}
