//! What may be asked for: names, sources, keys, estimates.

use std::sync::Arc;

use super::{
    NewVolume, Source, World, archive, of, searched, secs, ticked, tree, url, world_of_made,
};
use crate::Error;
use crate::permission::Principal;
use crate::selections::Members;

#[tokio::test(start_paused = true)]
async fn a_key_makes_asking_again_harmless() {
    let world = World::new(vec![Arc::new(archive("hst", &[("m31", "stars")]))]);
    let ask = async |source: Source| {
        world.volumes.create(&Principal::Local, of(source), Some("key-1")).await
    };
    let first = ask(ticked(&["hst/m31"])).await.unwrap();
    world.finish(&first.id).await;
    let second = ask(ticked(&["hst/m31"])).await.unwrap();
    assert_eq!((first.id, "ready"), (second.id, second.state.name()));
    let other = ask(Source::Empty).await;
    assert!(matches!(other, Err(Error::Conflict { .. })), "{other:?}");
    assert_eq!(world.keeper.all_volumes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn names_are_made_of_titles_and_are_free() {
    let world = World::new(Vec::new());
    let names = async |title: &str| {
        let new = NewVolume { title: title.to_owned(), ..of(Source::Empty) };
        world.volumes.create(&Principal::Local, new, None).await.unwrap().name
    };
    assert_eq!(names("My data").await, "My-data");
    assert_eq!(names("My data").await, "My-data-2");
    assert_eq!(names("").await, "Space");
    let taken = NewVolume { name: "Space".to_owned(), ..of(Source::Empty) };
    let taken = world.volumes.create(&Principal::Local, taken, None).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_said_at_once() {
    let world = World::new(vec![Arc::new(archive("hst", &[]))]);
    let named = |name: &str| NewVolume { name: name.to_owned(), ..of(Source::Empty) };
    let writable = NewVolume { writable: true, ..of(ticked(&["hst/m31"])) };
    let cases = [
        (named("../x"), "name: `../x` begins with a dot or a dash"),
        (named("a/b"), "name: `/` cannot be in it; there are letters a to z, digits, . _ and -"),
        (
            writable,
            "writable: only an empty volume can be written in; results belong there or in your own space",
        ),
        (
            of(Source::Selection(Members::Assets(Vec::new()))),
            "assets: 0 assets are outside 1..=10000",
        ),
        (
            of(searched(&[("qq", "M31")], &[])),
            "qq: is no parameter of this request; did you mean `q`?",
        ),
        (
            of(Source::Collection("andromda".to_owned())),
            "no collection `andromda`; did you mean `andromeda`?",
        ),
        (of(Source::Urls(Vec::new())), "urls: 0 URLs are outside 1..=100000"),
        (
            of(Source::Urls(vec!["file:///etc/passwd".to_owned()])),
            "urls: `file:///etc/passwd` is no URL that begins with http:// or https://",
        ),
        (of(tree(&[""], &[])), "include: there are at most 100 patterns, of 1 to 1000 characters"),
        (of(tree(&[], &[])), "ftp: nothing can be made of it here"),
    ];
    for (new, expected) in cases {
        let error = world.volumes.create(&Principal::Local, new, None).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let key = world.volumes.create(&Principal::Local, named("a"), Some("a\nb")).await.unwrap_err();
    insta::assert_snapshot!(key, @"Idempotency-Key: a key has 1 to 200 visible ASCII characters");
    assert!(world.keeper.all_volumes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_estimate_counts_for_a_few_seconds_and_says_what_it_missed() {
    let files = [("2024/a", "12345"), ("2024/b", "1"), ("x", "1")];
    let world = world_of_made(archive("made", &files));
    let estimate =
        world.volumes.estimate(&Principal::Local, &tree(&["2024/*"], &[])).await.unwrap();
    assert_eq!((estimate.files, estimate.unknown_sizes, estimate.complete), (2, 2, true));
    assert_eq!(estimate.samples, ["2024/a.fits", "2024/b.fits"]);

    let begun = tokio::time::Instant::now();
    let slow = archive("made", &files).batch_size(1).slow_batches(secs(2));
    let world = world_of_made(slow);
    let estimate = world.volumes.estimate(&Principal::Local, &tree(&[], &[])).await.unwrap();
    assert_eq!((estimate.files, estimate.complete), (1, false));
    assert!(begun.elapsed() < secs(4));

    let world = World::new(vec![Arc::new(archive("hst", &[]).failing("no route"))]);
    let estimate = world.volumes.estimate(&Principal::Local, &searched(&[], &[])).await.unwrap();
    assert_eq!(estimate.missing, ["not all of archive `hst`: archive `hst` failed: no route"]);
}

#[tokio::test(start_paused = true)]
async fn a_test_says_what_was_reached_or_why_not() {
    let said = async |world: World, source: Source| {
        let tested = world.volumes.test(&Principal::Local, &source).await.unwrap();
        format!("{}: {}", tested.reached, tested.words)
    };
    let made = || archive("made", &[("2024/a", "12345")]);
    assert_eq!(
        said(world_of_made(made()), tree(&[], &[])).await,
        "true: reached; the first file is `2024/a.fits`"
    );
    assert_eq!(
        said(world_of_made(made()), tree(&["*.rnx"], &[])).await,
        "true: reached; it holds no file that fits"
    );
    assert_eq!(
        said(world_of_made(made()), Source::Urls(vec![url("made", "2024/a.fits")])).await,
        "true: reached; the first file is of 5 bytes"
    );
    let refused = made().failing_with(|archive| Error::NotGranted {
        archive: archive.clone(),
        missing: "ftp.example resolves to a private address, 10.0.0.1".to_owned(),
    });
    assert_eq!(
        said(world_of_made(refused), tree(&[], &[])).await,
        "false: ftp.example resolves to a private address, 10.0.0.1"
    );
    assert_eq!(
        said(world_of_made(made().hanging()), tree(&[], &[])).await,
        "false: no answer within 15 s"
    );
}
