//! What users write in their labs is measured, counted and charged.

use super::*;
use crate::volumes::{Measured, Mode, NewVolume, Source, VolumeBytes as _};

impl Site {
    async fn space_holds(&self, bytes: u64) {
        let space = self.bytes.space(&ME.owner()).await.unwrap();
        self.bytes.holds(&space, Measured { bytes, files: 1, whole: true });
    }

    async fn measured(&self) -> u64 {
        self.keeper.usage(&ME.owner()).await.unwrap().space_bytes
    }
}

#[tokio::test(start_paused = true)]
async fn a_space_is_measured_when_a_lab_is_ready_while_it_runs_and_when_it_ended() {
    let site = Site::new();
    let gateway = site.gateway();
    site.space_holds(5).await;
    let lab = gateway.ready().await;
    pass(Duration::from_secs(1)).await;
    assert_eq!(site.measured().await, 5);
    site.space_holds(7).await;
    pass(minutes(6)).await;
    assert_eq!(site.measured().await, 7);
    site.space_holds(9).await;
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    gateway.until(&lab.id, LabState::Stopped).await;
    pass(Duration::from_secs(1)).await;
    assert_eq!(site.measured().await, 9);
    site.space_holds(11).await;
    pass(minutes(60)).await;
    assert_eq!(site.measured().await, 9, "nobody writes there while no lab runs");
}

#[tokio::test(start_paused = true)]
async fn over_the_quota_no_lab_sees_data_and_none_that_runs_is_ended() {
    let mut site = Site::new();
    site.config.quota.volume_bytes = 1_000;
    let new = NewVolume {
        name: String::new(),
        title: String::new(),
        source: Source::Empty,
        mode: Mode::Copy,
        writable: true,
    };
    let volume = site.volumes().create(&ME, new, None).await.unwrap();
    let gateway = site.gateway();
    let seeing = Launch { volumes: vec![volume.id], ..Launch::default() };
    site.space_holds(1_500).await;
    let lab = gateway.labs.launch(&ME, seeing.clone(), None).await.unwrap();
    gateway.until(&lab.id, LabState::Ready).await;
    pass(minutes(10)).await;
    assert_eq!(gateway.now(&lab.id).await.state, LabState::Ready);

    for key in [None, Some("k")] {
        let refused = gateway.labs.launch(&ME, seeing.clone(), key).await.unwrap_err();
        assert!(matches!(refused, Error::QuotaExceeded { .. }), "{key:?}: {refused}");
    }
    let verdicts = gateway.labs.verdicts(&ME, &seeing).await.unwrap();
    insta::assert_snapshot!(
        verdicts[0].words,
        @"1.5 kB are in use where you may have 1.0 kB: 0 bytes in data volumes, 1.5 kB in your own space; delete data volumes, or launch one lab without data and delete files in your space"
    );
    // One to tidy up in, when no other runs.
    let refused = gateway.labs.launch(&ME, Launch::default(), None).await.unwrap_err();
    assert!(matches!(refused, Error::QuotaExceeded { .. }), "{refused}");
    gateway.labs.stop(&ME, &lab.id).await.unwrap();
    gateway.until(&lab.id, LabState::Stopped).await;
    gateway.ready().await;
    site.check();
}

#[tokio::test(start_paused = true)]
async fn a_space_is_in_the_ledger_from_when_it_was_measured_first() {
    let site = Site::new();
    let gateway = site.gateway();
    site.space_holds(2_000_000_000).await;
    gateway.ready().await;
    pass(minutes(36 * 60)).await;
    let charges = site.keeper.all_charges();
    let lines: Vec<_> = charges.iter().filter(|line| line.of == "space/local").collect();
    assert!(lines.iter().all(|line| line.kind == ChargeKind::GbDays), "{lines:?}");
    let days: f64 = lines.iter().map(|line| line.amount).sum();
    // A day's last minute may be in no line: what was there then nobody knows.
    assert!((days / 3.0 - 1.0).abs() < 0.01, "{days} instead of 3: {lines:?}");
}
