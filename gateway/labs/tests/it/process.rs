//! The life of a lab on the process backend.

use std::fs;

use archway_core::labs::{Cause, LabBackend, LabId, Mounted, Observation, Placed};
use archway_labs::ProcessBackend;

use crate::process_bench::{Lab, Quiet, SERVER, application, config, labs_run_here};

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_starts_answers_and_ends() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let mut lab = Lab::trivial(&backend).await;
    lab.spec.placed = vec![Placed { path: "notebooks/m31.ipynb".into(), bytes: "{}".into() }];
    assert_eq!(lab.observe(&backend).await, Observation::Absent);

    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    assert_eq!(lab.observe(&backend).await, Observation::Running(started.clone()));
    assert_eq!(lab.run("cat ~/notebooks/m31.ipynb").await, "{}");
    assert!(backend.labs().await.unwrap().contains(&lab.spec.id));

    backend.stop(&lab.spec.id, None).await.unwrap();
    assert_eq!(lab.observe(&backend).await, Observation::Stopped(Cause::Asked));
    assert!(!lab.folder().join("run").exists());
    assert!(lab.log(&backend).await.contains("serving"));
    assert!(!backend.labs().await.unwrap().contains(&lab.spec.id));
    // Again, and one that never was.
    backend.stop(&lab.spec.id, None).await.unwrap();
    backend.stop(&LabId("never".into()), None).await.unwrap();
    assert!(backend.start(&lab.spec).await.is_err(), "one lab is started once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_outlives_the_gateway() {
    if !labs_run_here().await {
        return;
    }
    let before = ProcessBackend::new(config());
    let lab = Lab::trivial(&before).await;
    let started = lab.start(&before).await;
    lab.answers(&before, &started.endpoint).await;
    lab.run("echo hello >~/kept").await;
    drop(before);

    let after = ProcessBackend::new(config());
    assert_eq!(lab.observe(&after).await, Observation::Running(started.clone()));
    assert_eq!(lab.start(&after).await, started, "it is found, not started again");
    assert_eq!(lab.run("cat ~/kept").await, "hello");
    after.stop(&lab.spec.id, Some(&started.handle)).await.unwrap();
    assert_eq!(fs::read_to_string(lab.spec.space.join("kept")).unwrap(), "hello\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_that_start_a_lab_at_once_give_one() {
    if !labs_run_here().await {
        return;
    }
    let (one, other) = (ProcessBackend::new(config()), ProcessBackend::new(config()));
    let lab = Lab::trivial(&one).await;
    let both = tokio::join!(lab.start(&one), lab.start(&other), lab.start(&one));
    assert_eq!(both.0, both.1);
    assert_eq!(both.0, both.2);
    lab.answers(&other, &both.0.endpoint).await;
    other.stop(&lab.spec.id, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_are_read_only_unless_they_are_writable() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let mut lab = Lab::trivial(&backend).await;
    for (name, writable) in [("m31", false), ("own space", true)] {
        let folder = lab.scratch.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("file"), name).unwrap();
        lab.spec.volumes.push(Mounted { name: name.into(), folder, writable });
    }
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    assert_eq!(
        lab.run("echo $ARCHWAY_DATA; ls $ARCHWAY_DATA; cat /data/*/file").await,
        "/data\nm31\nown space\nm31own space"
    );
    assert!(lab.run("touch /data/m31/new").await.contains("Read-only file system"));
    assert!(lab.run("rm -f /data/m31/file").await.contains("Read-only file system"));
    assert_eq!(lab.run("touch '/data/own space/new'").await, "");
    assert!(lab.run("touch /data/new").await.contains("Read-only file system"));
    backend.stop(&lab.spec.id, None).await.unwrap();
    assert!(lab.scratch.path().join("own space/new").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_labs_at_once_all_run() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let mut labs = Vec::new();
    for _ in 0..20 {
        labs.push(Lab::trivial(&backend).await);
    }
    let started = futures_util::future::join_all(labs.iter().map(|lab| lab.start(&backend))).await;
    for (lab, started) in labs.iter().zip(&started) {
        lab.answers(&backend, &started.endpoint).await;
    }
    let mut handles: Vec<_> = started.iter().map(|started| &started.handle).collect();
    handles.sort();
    handles.dedup();
    assert_eq!(handles.len(), 20);
    let ends = labs.iter().map(|lab| backend.stop(&lab.spec.id, None));
    for ended in futures_util::future::join_all(ends).await {
        ended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_made_once_and_its_failure_carries_the_installers_words() {
    if !labs_run_here().await {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut config = config();
    config.data = scratch.path().to_owned();
    let (one, other) = (ProcessBackend::new(config.clone()), ProcessBackend::new(config));
    let app = application(&["python", "-c", SERVER, "{socket}"]);
    let (first, second) = tokio::join!(one.prepare(&app, &Quiet), other.prepare(&app, &Quiet));
    first.unwrap();
    second.unwrap();
    let environments = || fs::read_dir(scratch.path().join("environments")).unwrap();
    let made = environments().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(made, 1);

    let mut app = app;
    let hash = "0".repeat(64);
    app.process.as_mut().unwrap().requirements =
        format!("--no-index\nno-such-package==1.0 --hash=sha256:{hash}\n");
    let failure = one.prepare(&app, &Quiet).await.unwrap_err();
    assert!(failure.log.contains("no-such-package"), "{failure:?}");
    assert!(!failure.temporary);
    // What is not whole is made again, and nothing is started in it.
    let mut lab = Lab::trivial(&one).await;
    lab.spec.app = app.into();
    let failure = one.start(&lab.spec).await.unwrap_err();
    assert!(failure.reason.contains("not made yet"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_a_lab_runs_only_where_that_is_allowed() {
    if !labs_run_here().await {
        return;
    }
    let mut config = config();
    config.bubblewrap = Some("/nowhere/bwrap".into());
    let refusing = ProcessBackend::new(config.clone());
    let mut lab = Lab::trivial(&refusing).await;
    let failure = refusing.start(&lab.spec).await.unwrap_err();
    assert!(failure.reason.contains("/nowhere/bwrap"), "{failure:?}");
    assert!(refusing.report().await.unusable.is_some());

    config.allow_unconfined = true;
    let backend = ProcessBackend::new(config.clone());
    let volume = lab.scratch.path().join("volume");
    fs::create_dir(&volume).unwrap();
    fs::write(volume.join("file"), "m31").unwrap();
    lab.spec.volumes.push(Mounted { name: "m31".into(), folder: volume, writable: false });
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    assert_eq!(
        lab.run("cat $ARCHWAY_DATA/m31/file; pwd").await,
        format!("m31{}", lab.spec.space.display())
    );
    let after = ProcessBackend::new(config);
    assert_eq!(lab.observe(&after).await, Observation::Running(started.clone()));
    after.stop(&lab.spec.id, None).await.unwrap();
    assert_eq!(lab.observe(&after).await, Observation::Stopped(Cause::Asked));
    assert!(!Lab::runs(&started));
}
