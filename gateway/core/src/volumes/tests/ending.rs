//! Cancelled, tried again, deleted.

use std::sync::Arc;

use super::{VolumeId, VolumeState, World, archive, secs, ticked, url};
use crate::Error;
use crate::permission::Principal;
use crate::testing::Kill;

#[tokio::test(start_paused = true)]
async fn a_volume_can_be_cancelled_at_any_time_and_gone_on_with() {
    let hst = archive("hst", &[("m31", "stars"), ("m33", "0123456789")]);
    let hst = Arc::new(hst.breaking(&url("hst", "m33.fits"), 4, 2));
    for millis in [0, 1, 500, 1_500, 3_000] {
        let world = World::with(vec![hst.clone()], Kill::default(), |need| {
            need.config.files_at_once = 1;
        });
        let volume = world.create(ticked(&["hst/m31", "hst/m33"])).await;
        let cancelled = async {
            tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            world.volumes.cancel(&Principal::Local, &volume.id).await
        };
        let cancelled = tokio::select! {
            () = world.volumes.run() => unreachable!("it never ends"),
            cancelled = cancelled => cancelled,
        };
        match cancelled {
            Ok(volume) => assert_eq!(volume.state, VolumeState::Cancelled, "{millis} ms"),
            Err(Error::Conflict { reason }) => {
                assert!(reason.ends_with("is ready already"), "{reason}");
                continue;
            }
            Err(error) => panic!("{error}"),
        }
        world.check(&volume.id).await;
        assert_eq!(world.bytes.laid_out(&volume.id), None);
        world.volumes.retry(&Principal::Local, &volume.id).await.unwrap();
        let volume = world.finish(&volume.id).await;
        assert_eq!(volume.state, VolumeState::Ready, "{:?}", volume.failure);
        assert_eq!(world.files(&volume.id)["hst/things/m33.fits"], "0123456789");
        world.check(&volume.id).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_is_gone_and_what_others_share_stays() {
    let hst = archive("hst", &[("m31", "stars"), ("m33", "more"), ("copy", "stars")]);
    let world = World::new(vec![Arc::new(hst)]);
    let one = world.made(ticked(&["hst/m31", "hst/m33"])).await;
    let other = world.made(ticked(&["hst/copy"])).await;
    assert_eq!(world.bytes.digests().len(), 2);
    world.volumes.delete(&Principal::Local, &one.id).await.unwrap();
    assert_eq!(world.bytes.digests().len(), 1, "the copy has the same bytes");
    assert_eq!(world.bytes.laid_out(&one.id), None);
    world.check(&other.id).await;
    let again = world.volumes.delete(&Principal::Local, &one.id).await;
    assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
    world.volumes.delete(&Principal::Local, &other.id).await.unwrap();
    assert!(world.bytes.digests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_volume_is_deleted_while_it_arrives() {
    let hst = archive("hst", &[("m31", "0123456789")]);
    let hst = hst.breaking(&url("hst", "m31.fits"), 4, u32::MAX);
    let world = World::new(vec![Arc::new(hst)]);
    let volume = world.create(ticked(&["hst/m31"])).await;
    let deleted = async {
        tokio::time::sleep(secs(2)).await;
        assert!(world.bytes.arrived(&volume.id) > 0);
        world.volumes.delete(&Principal::Local, &volume.id).await.unwrap();
    };
    tokio::select! {
        () = world.volumes.run() => unreachable!("it never ends"),
        () = deleted => {}
    }
    assert_eq!(world.bytes.arrived(&volume.id), 0);
    assert!(world.keeper.all_volumes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_or_not_in_that_state_is_said() {
    let world = World::new(vec![Arc::new(archive("hst", &[("m31", "stars")]))]);
    let nothing = VolumeId("0".to_owned());
    let missing = world.volumes.cancel(&Principal::Local, &nothing).await.unwrap_err();
    assert_eq!(missing.to_string(), "no volume `0`");
    let volume = world.create(ticked(&["hst/m31"])).await;
    let early = world.volumes.folder(&volume.id).await.unwrap_err();
    insta::assert_snapshot!(early, @"the volume `Some-data` is listing; its folder is there once it is ready");
    world.finish(&volume.id).await;
    let late = world.volumes.cancel(&Principal::Local, &volume.id).await.unwrap_err();
    assert_eq!(late.to_string(), "the volume `Some-data` is ready already");
    let whole = world.volumes.retry(&Principal::Local, &volume.id).await.unwrap_err();
    insta::assert_snapshot!(whole, @"the volume `Some-data` is ready; only one that failed or was cancelled is tried again");
}
