//! What is refused at a launch, and what quota and keys do.

use futures_util::future::join_all;

use super::*;
use crate::owner::Owner;
use crate::testing::NEW_YEAR;

async fn refusal(site: &Site, launch: Launch) -> String {
    let labs = site.labs();
    labs.launch(&ME, launch, None).await.unwrap_err().to_string()
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_launched_is_refused_in_words() {
    let with = |change: fn(&mut Launch)| {
        let mut launch = Launch::default();
        change(&mut launch);
        launch
    };
    let cases = [
        (
            "an application that there is not",
            with(|launch| launch.app = "sepp/jupiterlab:v1".to_owned()),
            "no application `sepp/jupiterlab:v1`; did you mean `sepp/jupyterlab:v1`?",
        ),
        (
            "a size that there is not",
            with(|launch| launch.size = Some("XXL".to_owned())),
            "size: `XXL` is no size of sepp/jupyterlab:v1; there are S, M",
        ),
        (
            "a backend that there is not",
            with(|launch| launch.backend = Some("proces".to_owned())),
            "no lab backend `proces`; did you mean `process`?",
        ),
        (
            "a life that is too long",
            with(|launch| launch.max_age = Some(Duration::from_secs(90_000))),
            "max_age: 25 hours is outside 60 seconds to 12 hours",
        ),
        (
            "a network",
            with(|launch| launch.network = Network::Audited),
            "not permitted: labs of this gateway reach no network; its operator can allow it",
        ),
        (
            "a notebook in a desktop application",
            with(|launch| {
                launch.app = "sepp/topcat:v1".to_owned();
                launch.notebook = true;
            }),
            "notebook: TOPCAT opens no notebooks",
        ),
        (
            "a volume that there is not",
            with(|launch| launch.volumes = vec![VolumeId("abc".to_owned())]),
            "no volume `abc`",
        ),
    ];
    let site = Site::new();
    for (case, launch, expected) in cases {
        assert_eq!(refusal(&site, launch).await, expected, "{case}");
    }
    assert_eq!(site.keeper.all_labs(), []);
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_does_not_fit_says_why_and_the_next_is_taken() {
    let site = Site::new();
    let other = Arc::new(FakeBackend::new("docker"));
    let labs = Labs::new(LabsNeed {
        catalogue: fake_catalogue(),
        backends: vec![site.backend.clone(), other.clone()],
        application: site.application.clone(),
        keeper: site.keeper.clone(),
        volumes: site.volumes(),
        outside: outside(),
        config: LabsConfig { several_users: true, ..LabsConfig::default() },
    });
    let mut report = site.backend.report().await;
    report.several_users = false;
    site.backend.reports(report);
    let verdicts = labs.verdicts(&ME, &Launch::default()).await.unwrap();
    let words: Vec<_> = verdicts.iter().map(|v| (v.words.as_str(), v.possible, v.chosen)).collect();
    let apart = "it does not keep users apart, and this gateway serves several";
    assert_eq!(words, [(apart, false, false), ("recommended", true, true)]);
    assert_eq!(verdicts[0].quota, "1 of 4 labs, 1 of 8 cores, 1.0 of 16.0 GiB with this one",);
    let lab = labs.launch(&ME, Launch::default(), None).await.unwrap();
    assert_eq!(lab.backend, "docker");
    let named = Launch { backend: Some("process".to_owned()), ..Launch::default() };
    let refused = labs.launch(&ME, named, None).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Backend { backend, reason, .. } if backend == "process" && reason == apart),
        "{refused}"
    );
    other.unsuited_as(Some("there is no image of it"));
    let refused = labs
        .launch(&ME, Launch { app: "sepp/topcat:v1".to_owned(), ..Launch::default() }, None)
        .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        format!("lab backend `any` failed: process: {apart}; docker: there is no image of it"),
    );
}

#[tokio::test(start_paused = true)]
async fn of_a_hundred_asked_for_at_once_twenty_are_ready_and_eighty_are_told_why_not() {
    let mut site = Site::new();
    site.config.quota.labs = 20;
    let gateway = site.gateway();
    let asked = (0..100).map(|_| gateway.labs.launch(&ME, Launch::default(), None));
    let answers = join_all(asked).await;
    let mut ready = 0;
    for answer in answers {
        match answer {
            Ok(lab) => {
                gateway.until(&lab.id, LabState::Ready).await;
                ready += 1;
            }
            Err(Error::QuotaExceeded { reason }) => {
                assert!(reason.contains("20 labs"), "{reason}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(ready, 20);
    assert_eq!(site.backend.starts().len(), 20);
    assert_eq!(site.in_use().await, 20);
    site.check();
}

#[tokio::test(start_paused = true)]
async fn cores_and_memory_count_as_labs_do() {
    let mut site = Site::new();
    site.config.quota.cores = 3.0;
    let gateway = site.gateway();
    let medium = || Launch { size: Some("m".to_owned()), ..Launch::default() };
    gateway.labs.launch(&ME, medium(), None).await.unwrap();
    let refused = gateway.labs.launch(&ME, medium(), None).await.unwrap_err();
    assert!(matches!(refused, Error::QuotaExceeded { .. }), "{refused}");
    gateway.labs.launch(&ME, Launch::default(), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_quota_raced_by_ten_is_kept() {
    let site = Site::new();
    let gateway = site.gateway();
    let keys: Vec<String> = (0..10).map(|number| format!("key-{number}")).collect();
    // With a key the store alone decides.
    let asked = keys.iter().map(|key| gateway.labs.launch(&ME, Launch::default(), Some(key)));
    let answers = join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 4);
    assert_eq!(site.in_use().await, 4);
}

#[tokio::test(start_paused = true)]
async fn one_key_is_one_lab() {
    let site = Site::new();
    let gateway = site.gateway();
    let ask = || gateway.labs.launch(&ME, Launch::default(), Some("k"));
    let (one, two) = tokio::join!(ask(), ask());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.id, two.id);
    gateway.until(&one.id, LabState::Ready).await;
    let again = ask().await.unwrap();
    assert_eq!((again.id, again.state), (one.id.clone(), LabState::Ready));
    let other = Launch { title: "another".to_owned(), ..Launch::default() };
    let refused = gateway.labs.launch(&ME, other, Some("k")).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    // However full the quota is.
    for _ in 0..3 {
        gateway.launch().await;
    }
    assert_eq!(ask().await.unwrap().id, one.id);
    assert_eq!(site.keeper.all_labs().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_lab_of_somebody_else_is_not_there() {
    let site = Site::new();
    let gateway = site.gateway();
    let mine = gateway.ready().await;
    let theirs = Lab {
        id: LabId("theirs".to_owned()),
        owner: Owner("somebody".to_owned()),
        state: LabState::Stopped,
        ended: Some(NEW_YEAR),
        cause: Some(Cause::Asked),
        ..mine
    };
    site.keeper.reserve(&theirs, None, &Quota::default()).await.unwrap();
    let (labs, id) = (&gateway.labs, &theirs.id);
    let answers = [
        ("lab", labs.lab(&ME, id).await.err()),
        ("events", labs.events(&ME, id, 0).await.err()),
        ("follow", labs.follow(&ME, id, 0).await.err()),
        ("log", labs.log(&ME, id).await.err()),
        ("stop", labs.stop(&ME, id).await.err()),
        ("delete", labs.delete(&ME, id).await.err()),
        ("extend", labs.extend(&ME, id).await.err()),
        ("snooze", labs.snooze(&ME, id).await.err()),
    ];
    for (what, answer) in answers {
        assert!(matches!(answer, Some(Error::NotFound { .. })), "{what}: {answer:?}");
    }
    assert_eq!(labs.list(&ME, false).await.unwrap().len(), 1);
}
