//! What users write themselves counts as volumes do.

use std::sync::Arc;

use super::{Source, VolumeState, World, archive, of, ticked};
use crate::Error;
use crate::labs::LabKeeper as _;
use crate::owner::Usage;
use crate::permission::Principal;
use crate::testing::Kill;
use crate::volumes::{Measured, Progress, VolumeBytes as _, VolumeId, measuring};

fn world(most: u64) -> World {
    let hst = archive("hst", &[("m31", "0123456789"), ("m33", "ab")]);
    World::with(vec![Arc::new(hst)], Kill::default(), |need| {
        need.config.quota.volume_bytes = most;
    })
}

fn all(bytes: u64) -> Measured {
    Measured { bytes, files: 2, whole: true }
}

fn part(bytes: u64) -> Measured {
    Measured { whole: false, ..all(bytes) }
}

impl World {
    /// Measures, where there is so much in the owner's space.
    async fn usage_with(&self, in_space: Measured) -> Usage {
        let owner = Principal::Local.owner();
        let space = self.bytes.space(&owner).await.unwrap();
        self.bytes.holds(&space, in_space);
        measuring::measure(&self.volumes.inner, &owner).await.unwrap();
        self.keeper.usage(&owner).await.unwrap()
    }

    async fn holds(&self, volume: &VolumeId, measured: Measured) {
        let folder = self.bytes.folder(volume).await.unwrap();
        self.bytes.holds(&folder, measured);
    }
}

#[tokio::test(start_paused = true)]
async fn a_space_and_a_writable_volume_count_and_refuse_the_next_volume() {
    let world = world(100);
    let own = world.made(Source::Empty).await;
    let fixed = world.made(ticked(&["hst/m33"])).await;
    world.holds(&own.id, all(30)).await;
    // Nobody can write there, whatever it seems to hold.
    world.holds(&fixed.id, all(1_000)).await;
    let usage = world.usage_with(all(68)).await;
    assert_eq!((usage.volume_bytes, usage.space_bytes), (100, 68));
    let progress = Progress { files: 2, files_total: 2, bytes: 30, bytes_total: 30 };
    assert_eq!(world.stored(&own.id).progress, progress);
    let refused = world.volumes.create(&Principal::Local, of(Source::Empty), None).await;
    assert!(matches!(refused, Err(Error::QuotaExceeded { .. })), "{refused:?}");

    // What is deleted can be had again.
    world.usage_with(all(67)).await;
    world.volumes.create(&Principal::Local, of(Source::Empty), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_not_counted_to_its_end_counts_upwards_only() {
    let world = world(1_000);
    let steps = [
        ("some", all(70), 70),
        ("at least less", part(10), 70),
        ("at least more", part(80), 80),
        ("less", all(10), 10),
        ("nothing", all(0), 0),
    ];
    for (name, found, expected) in steps {
        assert_eq!(world.usage_with(found).await.space_bytes, expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn files_that_arrive_have_the_room_that_the_owners_space_leaves() {
    let world = world(15);
    world.usage_with(all(8)).await;
    let volume = world.made(ticked(&["hst/m31"])).await;
    assert_eq!(volume.state, VolumeState::Failed);
    insta::assert_snapshot!(volume.failure.unwrap(), @"your volumes and your own space hold 8 of the 15 bytes that you may have; delete what you no longer need, then try again");
    world.usage_with(all(5)).await;
    world.volumes.retry(&Principal::Local, &volume.id).await.unwrap();
    let volume = world.finish(&volume.id).await;
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
}
