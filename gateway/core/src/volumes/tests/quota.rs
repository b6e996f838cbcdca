//! What an owner may have, counted as bytes arrive.

use std::sync::Arc;

use super::{Source, VolumeState, World, archive, held, ticked, url};
use crate::Error;
use crate::asset::{Size, SizeQuality};
use crate::permission::Principal;
use crate::testing::{FakeArchive, Kill};

fn world(archive: FakeArchive, bytes: u64) -> World {
    World::with(vec![Arc::new(archive)], Kill::default(), |need| {
        need.config.quota.volume_bytes = bytes;
        need.config.quota.volumes = 3;
        need.config.files_at_once = 1;
    })
}

#[tokio::test(start_paused = true)]
async fn a_volume_ends_where_its_bytes_would_be_too_many() {
    // Nobody says how large they are.
    let world = world(archive("hst", &[("m31", "0123456789"), ("m33", "0123456789")]), 15);
    let volume = world.made(ticked(&["hst/m31", "hst/m33"])).await;
    assert_eq!(volume.state, VolumeState::Failed);
    insta::assert_snapshot!(volume.failure.unwrap(), @"your volumes and your own space hold 10 of the 15 bytes that you may have; delete what you no longer need, then try again");
    assert_eq!(volume.progress.bytes, 10, "what is whole stays until it is deleted");
    world.check(&volume.id).await;

    // What is deleted can be had again.
    world.volumes.delete(&Principal::Local, &volume.id).await.unwrap();
    assert!(world.bytes.digests().is_empty());
    let volume = world.made(ticked(&["hst/m31"])).await;
    assert_eq!(volume.state, VolumeState::Ready);
}

#[tokio::test(start_paused = true)]
async fn volumes_that_arrive_at_once_share_what_their_owner_may_have() {
    let files = [("a", "0123456789"), ("b", "abcdefghij"), ("c", "ABCDEFGHIJ")];
    let world = world(archive("hst", &files), 25);
    let mut volumes = Vec::new();
    for name in ["hst/a", "hst/b", "hst/c"] {
        volumes.push(world.create(ticked(&[name])).await);
    }
    let mut ready = 0;
    for volume in &volumes {
        let volume = world.finish(&volume.id).await;
        world.check(&volume.id).await;
        ready += u32::from(volume.state == VolumeState::Ready);
    }
    assert_eq!(ready, 2, "two of ten bytes fit into 25");
}

#[tokio::test(start_paused = true)]
async fn what_is_known_not_to_fit_is_not_begun() {
    let mut large = held("hst", "large");
    large.distributions[0].size = Some(Size { bytes: 1_000, quality: SizeQuality::Exact });
    let hst = archive("hst", &[]).with_assets([large]);
    let hst = hst.with_content(&url("hst", "large.fits"), vec![0; 1_000]);
    let world = world(hst, 100);
    let volume = world.made(ticked(&["hst/large"])).await;
    insta::assert_snapshot!(volume.failure.unwrap(), @"1000 bytes are still to come, and you may have 100 more of 100; delete what you no longer need, or choose less");
    assert_eq!(volume.progress.bytes, 0);
}

#[tokio::test(start_paused = true)]
async fn a_volume_too_many_is_refused() {
    let world = world(archive("hst", &[]), 100);
    for _ in 0..3 {
        world.create(Source::Empty).await;
    }
    let refused = world.volumes.create(&Principal::Local, super::of(Source::Empty), None).await;
    assert!(matches!(refused, Err(Error::QuotaExceeded { .. })), "{refused:?}");
}
