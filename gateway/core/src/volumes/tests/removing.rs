//! Nothing of what was removed is left, whenever the gateway was killed; nothing else goes.

use std::sync::Arc;

use super::kills::broken_off;
use super::{Source, VolumeId, VolumeState, World, archive, searched, secs, ticked};
use crate::permission::Principal;
use crate::testing::{FakeArchive, Kill, MemoryKeeper};
use crate::volumes::removal;

/// Two of the three files have the same bytes.
fn shared() -> Arc<FakeArchive> {
    Arc::new(archive("hst", &[("m31", "stars"), ("m33", "more"), ("copy", "stars")]))
}

impl World {
    /// What a gateway does when it starts.
    async fn tidied(&self) {
        removal::finish_all(&self.volumes.inner).await.unwrap();
        removal::sweep(&self.volumes.inner).await.unwrap();
    }

    /// Removes a volume, unless the gateway is killed before it did.
    async fn removed_before(&self, kill: &Kill, id: &VolumeId) -> bool {
        tokio::select! {
            biased;
            () = kill.reached() => false,
            removed = self.volumes.delete(&Principal::Local, id) => {
                removed.unwrap();
                true
            }
        }
    }

    fn is_recorded(&self, id: &VolumeId) -> bool {
        self.keeper.all_volumes().iter().any(|volume| volume.id == *id)
    }

    /// Nothing is left of a volume but what another one has too.
    #[track_caller]
    fn has_only(&self, digests: usize, gone: &VolumeId, case: &str) {
        assert_eq!(self.bytes.digests().len(), digests, "{case}");
        assert_eq!(self.bytes.laid_out(gone), None, "{case}");
        assert_eq!(self.bytes.arrived(gone), 0, "{case}");
        assert!(self.keeper.all_removed().is_empty(), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_step_of_a_removal_leaves_nothing_and_takes_nothing_that_is_shared() {
    for step in 0.. {
        let kill = Kill::default();
        let world = World::with(vec![shared()], kill.clone(), |_| {});
        let gone = world.made(ticked(&["hst/m31", "hst/m33"])).await;
        let stays = world.made(ticked(&["hst/copy"])).await;
        kill.after(step);
        let removed = world.removed_before(&kill, &gone.id).await;
        kill.over();
        let world = world.again();
        world.tidied().await;
        let case = format!("step {step}");
        if world.is_recorded(&gone.id) {
            world.check(&gone.id).await;
            assert_eq!(world.stored(&gone.id).state, VolumeState::Ready, "{case}");
            assert_eq!(world.bytes.digests().len(), 2, "{case}: it was not removed");
            world.volumes.delete(&Principal::Local, &gone.id).await.unwrap();
        }
        world.has_only(1, &gone.id, &case);
        world.check(&stays.id).await;
        assert_eq!(world.files(&stays.id)["hst/things/copy.fits"], "stars");
        if removed {
            assert!(step > 20, "there were only {step} steps to be killed at");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_while_a_volume_is_removed_leaves_nothing_behind() {
    for step in 0.. {
        let kill = Kill::default();
        let world = World::with(vec![shared()], kill.clone(), |_| {});
        let gone = world.made(ticked(&["hst/m31", "hst/m33"])).await;
        kill.after(step);
        let removed = world.removed_before(&kill, &gone.id).await;
        kill.over();
        // The same gateway, in which nobody asks again.
        let settled = async {
            while !world.keeper.all_removed().is_empty() {
                tokio::time::sleep(secs(1)).await;
            }
        };
        tokio::select! {
            () = world.volumes.run() => unreachable!("it never ends"),
            () = settled => {}
        }
        if !world.is_recorded(&gone.id) {
            world.has_only(0, &gone.id, &format!("step {step}"));
        }
        if removed {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_kept_for_no_file_when_the_gateway_was_killed_goes_with_its_volume() {
    let mut swept = 0;
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
            () = super::kills::ready(&world, &volume) => true,
        };
        kill.over();
        let world = world.again();
        world.volumes.delete(&Principal::Local, &volume.id).await.unwrap();
        swept += world.bytes.digests().len();
        world.tidied().await;
        world.has_only(0, &volume.id, &format!("step {step}"));
        if ended {
            assert!(swept > 0, "no kill came between bytes and their record");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_takes_nothing_that_is_arriving() {
    let world = World::with(vec![Arc::new(broken_off())], Kill::default(), |need| {
        need.config.files_at_once = 2;
    });
    let volume = world.create(searched(&[], &[])).await;
    let sweeping = async {
        loop {
            removal::sweep(&world.volumes.inner).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    let volume = tokio::select! {
        () = sweeping => unreachable!("it never ends"),
        volume = world.finish(&volume.id) => volume,
    };
    assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
    world.check(&volume.id).await;
    assert_eq!(world.files(&volume.id).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn with_records_that_are_not_of_these_bytes_nothing_is_swept() {
    let mut world = World::new(vec![shared()]);
    let volume = world.made(ticked(&["hst/m31", "hst/m33"])).await;
    // The store was put back, or is another one.
    world.need.keeper = Arc::new(MemoryKeeper::default());
    let world = world.again();
    world.tidied().await;
    assert_eq!(world.bytes.digests().len(), 2);
    assert!(world.bytes.laid_out(&volume.id).is_some());
}

#[tokio::test(start_paused = true)]
async fn an_empty_volume_is_removed_as_others_are() {
    let world = World::new(Vec::new());
    let volume = world.made(Source::Empty).await;
    assert!(world.bytes.laid_out(&volume.id).is_some());
    world.volumes.delete(&Principal::Local, &volume.id).await.unwrap();
    world.has_only(0, &volume.id, "empty");
}
