//! "Open in a Notebook": data is staged, mounted, and read by a notebook.

use super::*;
use crate::access::{HttpWay, Route as Road, Way};
use crate::asset::{AssetId, Availability, Distribution, Location};
use crate::selections::Members;
use crate::testing::asset;
use crate::volumes::{Source, VolumeState};

const FILES: [&str; 2] = ["m31", "m33"];

/// A site whose archive holds two small images.
fn site() -> Site {
    site_of(FakeArchive::new("hst"))
}

fn site_of(mut archive: FakeArchive) -> Site {
    let url = |name: &str| format!("https://hst.example/{name}.fits");
    let assets = FILES.map(|name| {
        let mut held = asset("hst", name);
        held.distributions = vec![Distribution {
            id: name.to_owned(),
            role: "#this".to_owned(),
            location: Location::Url(url(name)),
            media_type: Some("application/fits".to_owned()),
            format: Some("fits".to_owned()),
            encodings: Vec::new(),
            size: None,
            checksums: Vec::new(),
            file_name: Some(format!("{name}.fits")),
            modified: None,
            availability: Availability::Online,
            provider: None,
        }];
        held
    });
    let way = |name: &str| Way {
        route: Road::Http(HttpWay {
            method: "GET".to_owned(),
            url: url(name),
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
    archive = archive.with_assets(assets);
    for name in FILES {
        archive = archive
            .with_ways(name, vec![way(name)])
            .with_content(&url(name), format!("pixels of {name}"));
    }
    Site { archive: Arc::new(archive), ..Site::new() }
}

fn both() -> Launch {
    let id = |name: &str| AssetId { archive: "hst".parse().unwrap(), native: name.to_owned() };
    Launch {
        title: "Two galaxies".to_owned(),
        data: Some(DataChoice::Members(Members::Assets(FILES.map(id).to_vec()))),
        notebook: true,
        ..Launch::default()
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_ticked_is_mounted_and_the_notebook_reads_it() {
    let site = site();
    let gateway = site.gateway();
    let lab = gateway.labs.launch(&ME, both(), None).await.unwrap();
    let lab = gateway.until(&lab.id, LabState::Ready).await;
    assert_eq!(gateway.words(&lab.id).await[1], "bringing 1 data volume");
    let spec = site.backend.specs().pop().unwrap();
    let [mounted] = &spec.volumes[..] else { panic!("{:?}", spec.volumes) };
    assert_eq!((mounted.name.as_str(), mounted.writable), ("Two-galaxies", false));
    assert!(mounted.folder.ends_with(&lab.volumes[0].0), "{mounted:?}");
    assert!(spec.space.ends_with("local"), "{:?}", spec.space);
    let [placed] = &spec.placed[..] else { panic!("{:?}", spec.placed) };
    assert_eq!(Some(&placed.path), lab.notebook.as_ref());
    assert!(placed.path.starts_with("notebooks/two-galaxies-"), "{}", placed.path);
    let text = std::str::from_utf8(&placed.bytes).unwrap();
    for wanted in ["Two-galaxies/", "m31.fits", "m33.fits", "the selection “Two galaxies”"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    // Another one does not overwrite what its user made of the first.
    let again = gateway.labs.launch(&ME, both(), None).await.unwrap();
    assert_ne!(again.notebook, lab.notebook);
    assert_eq!(again.volumes, lab.volumes, "the same data is not fetched twice");
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_launch_that_is_refused_leaves_no_data_behind() {
    let mut site = site();
    site.config.quota.labs = 0;
    let gateway = site.gateway();
    for key in [None, Some("k")] {
        let refused = gateway.labs.launch(&ME, both(), key).await.unwrap_err();
        assert!(matches!(refused, Error::QuotaExceeded { .. }), "{key:?}: {refused}");
        assert_eq!(site.keeper.all_volumes().len(), 0, "{key:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn data_that_cannot_be_had_fails_the_lab_in_words() {
    let site = Site { archive: Arc::new(FakeArchive::new("hst")), ..Site::new() };
    let gateway = site.gateway();
    let lab = gateway.labs.launch(&ME, both(), None).await.unwrap();
    let lab = gateway.until(&lab.id, LabState::Failed).await;
    let Some(Cause::StepFailed(reason)) = &lab.cause else { panic!("{lab:?}") };
    assert!(reason.contains("`Two-galaxies` is not ready"), "{reason}");
    assert_eq!(site.in_use().await, 0);
    assert_eq!(site.backend.starts().len(), 0);
    // And a volume that failed is not launched with again.
    let volumes = lab.volumes.clone();
    let refused = gateway.labs.launch(&ME, Launch { volumes, ..Launch::default() }, None).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn how_far_the_data_is_is_said_on_the_way() {
    let site = site_of(FakeArchive::new("hst").slow(Duration::from_secs(3)));
    let gateway = site.gateway();
    let lab = gateway.labs.launch(&ME, both(), None).await.unwrap();
    gateway.until(&lab.id, LabState::Ready).await;
    let words = gateway.words(&lab.id).await;
    let said: Vec<_> = words.iter().filter(|words| words.starts_with("`Two-galaxies`: ")).collect();
    assert!((1..20).contains(&said.len()), "{words:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lab_whose_data_is_still_arriving_is_ended_at_once() {
    let hanging = FakeArchive::new("hst").hanging();
    let site = Site { archive: Arc::new(hanging), ..Site::new() };
    let gateway = site.gateway();
    let lab = gateway.labs.launch(&ME, both(), None).await.unwrap();
    gateway.until(&lab.id, LabState::Staging).await;
    pass(Duration::from_secs(5)).await;
    let route = gateway.labs.route(&lab.id.0).unwrap();
    assert_eq!((route.state, route.words.as_str()), (LabState::Staging, "bringing 1 data volume"));
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    gateway.until(&lab.id, LabState::Stopped).await;
    assert_eq!(site.in_use().await, 0);
}

#[tokio::test(start_paused = true)]
async fn killed_at_every_call_on_the_way_to_a_notebook() {
    let mut kills = 0;
    for call in 0.. {
        let site = site();
        site.kill.after(call);
        let gateway = site.gateway();
        let killed = tokio::select! {
            biased;
            () = site.kill.reached() => true,
            () = async {
                let lab = gateway.labs.launch(&ME, both(), Some("k")).await.unwrap();
                gateway.until(&lab.id, LabState::Ready).await;
            } => false,
        };
        gateway.killed().await;
        site.kill.over();
        kills += u32::from(killed);
        site.check();
        let gateway = site.gateway();
        let lab = gateway.labs.launch(&ME, both(), Some("k")).await.unwrap();
        let lab = gateway.until(&lab.id, LabState::Ready).await;
        assert_eq!(site.keeper.all_labs().len(), 1, "call {call}");
        let volumes = site.keeper.all_volumes();
        assert_eq!(volumes.len(), 1, "call {call}");
        assert_eq!((&volumes[0].id, volumes[0].state), (&lab.volumes[0], VolumeState::Ready));
        assert_eq!(site.backend.running(), [lab.id], "call {call}");
        site.check();
        if !killed {
            break;
        }
    }
    assert!(kills > 30, "only {kills} calls were made");
}

#[tokio::test(start_paused = true)]
async fn space_of_volumes_is_in_the_ledger_day_by_day() {
    let site = site();
    let gateway = site.gateway();
    let lab = gateway.labs.launch(&ME, both(), None).await.unwrap();
    gateway.until(&lab.id, LabState::Ready).await;
    pass(minutes(60 * 60)).await;
    let volume = site.keeper.all_volumes().pop().unwrap();
    assert!(matches!(volume.source, Source::Selection(_)));
    let charges = site.keeper.all_charges();
    let lines: Vec<_> = charges.iter().filter(|line| line.of == volume.id.0).collect();
    assert_eq!(lines.len(), 3, "three days were begun: {lines:?}");
    assert!(lines.iter().all(|line| line.kind == ChargeKind::GbDays));
    let days: f64 = lines.iter().map(|line| line.amount).sum();
    let expected = volume.progress.bytes as f64 / 1e9 * 2.5;
    assert!((days / expected - 1.0).abs() < 0.01, "{days} instead of {expected}");
}
