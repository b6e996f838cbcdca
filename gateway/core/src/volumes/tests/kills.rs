//! The gateway is killed at every single call into its neighbours, and goes on.

use std::sync::Arc;

use super::{Volume, VolumeState, World, archive, held, md5, searched, url};
use crate::testing::{FakeArchive, Kill};

pub(super) fn broken_off() -> FakeArchive {
    let mut m51 = held("hst", "m51");
    m51.distributions[0].checksums = vec![md5("0123456789")];
    archive("hst", &[("m31", "stars"), ("m33", "more"), ("m34", "stars")])
        .with_assets([m51])
        .with_content(&url("hst", "m51.fits"), "0123456789")
        .breaking(&url("hst", "m51.fits"), 4, 1)
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_step_of_staging_loses_nothing_and_shows_nothing_half() {
    for step in 0.. {
        let kill = Kill::default();
        let world = World::with(vec![Arc::new(broken_off())], kill.clone(), |need| {
            need.config.files_at_once = 2;
        });
        let volume = world.create(searched(&[], &[])).await;
        kill.after(step);
        let ended = tokio::select! {
            () = world.volumes.run() => unreachable!("it never ends"),
            () = kill.reached() => false,
            () = ready(&world, &volume) => true,
        };
        if ended {
            assert!(step > 40, "there were only {step} steps to be killed at");
            return;
        }
        kill.over();
        world.check(&volume.id).await;
        let world = world.again();
        let volume = world.finish(&volume.id).await;
        assert_eq!(volume.state, VolumeState::Ready, "step {step}: {:?}", volume.failure);
        world.check(&volume.id).await;
        let files = world.files(&volume.id);
        let texts: Vec<&str> = files.values().map(String::as_str).collect();
        assert_eq!(texts, ["stars", "more", "stars", "0123456789"], "step {step}");
        assert_eq!(volume.progress.files_total, 4, "step {step}: nothing is listed twice");
    }
}

/// Without asking the store, where a kill may wait.
pub(super) async fn ready(world: &World, volume: &Volume) {
    while world.stored(&volume.id).state != VolumeState::Ready {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
