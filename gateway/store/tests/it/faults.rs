//! What is survived: a kill at any moment, a full disk, a start of the machine.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use archway_core::Error;
use archway_core::labs::{LabId, LabKeeper as _};
use archway_core::volumes::{
    FileOutcome, FileState, VolumeBytes as _, VolumeId, VolumeKeeper as _,
};
use archway_store::Store;

use crate::bytes::{id, noise, opened, sha256};
use crate::databases::{Postgres, sqlite};
use crate::s3::S3;
use crate::things::{NOW, event, file, lab, volume, wide};

/// Says to the child that it is one, and where to write.
const CHILD: &str = "ARCHWAY_STORE_CHILD";
const POSTGRES: &str = "ARCHWAY_STORE_CHILD_POSTGRES";

/// Of the child's volume.
const FILES: u64 = 3_500;

/// This binary again, running that one test, with its lines on a pipe.
fn child(test: &str, variable: &str, place: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]).env(variable, place);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a child said before it was killed, after `most` lines or so.
fn lines_until_killed(mut child: Child, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        // A line that the kill cut has no end and was not said.
        if let Some(said) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("acked ")) {
            lines.push(said.to_owned());
        }
        line.clear();
        if lines.len() == most {
            // SIGKILL; lines that are in the pipe by then are read too.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(lines.len() >= most, "the child ended by itself after {} lines", lines.len());
    lines
}

/// Writes what it can, and says each thing once it is acknowledged.
#[ignore = "a child of `nothing_acknowledged_is_lost_in_a_kill`"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_that_writes_rows() {
    let store = match (std::env::var(CHILD), std::env::var(POSTGRES)) {
        (Ok(folder), _) => Store::open(&sqlite(Path::new(&folder))).await.unwrap(),
        (_, Ok(url)) => {
            let url = archway_store::StoreUrl::Postgres(archway_store::Secret::new(url));
            Store::open(&archway_store::StoreConfig::new(url)).await.unwrap()
        }
        _ => return,
    };
    store.create_volume(&volume("v1", "name"), None, &wide()).await.unwrap();
    let files: Vec<_> = (0..FILES).map(file).collect();
    store.plan_files(&VolumeId("v1".to_owned()), &files).await.unwrap();
    let labs = async {
        for number in 0..u64::MAX {
            let mut lab = lab(&format!("a{number}"));
            store.reserve(&lab, None, &wide()).await.unwrap();
            println!("acked lab {number}");
            lab.title = "saved".to_owned();
            assert!(store.save_lab(&lab, Some(&event("saved"))).await.unwrap());
            println!("acked saved {number}");
        }
    };
    let outcomes = async {
        for number in (0..FILES).step_by(7) {
            let state =
                FileState::Whole { sha256: format!("{number:064x}"), size_bytes: 1, fetched: NOW };
            let outcomes: Vec<_> = (number..(number + 7).min(FILES))
                .map(|number| FileOutcome { number, state: state.clone() })
                .collect();
            store.save_outcomes(&VolumeId("v1".to_owned()), &outcomes).await.unwrap();
            println!("acked file {number}");
        }
        std::future::pending::<()>().await;
    };
    tokio::join!(labs, outcomes);
}

async fn all_that_was_acked_is_there(store: &Store, lines: &[String]) {
    for line in lines {
        let (what, number) = line.split_once(' ').unwrap();
        let of_lab = LabId(format!("a{number}"));
        match what {
            "lab" => assert!(store.lab(&of_lab).await.unwrap().is_some(), "{line}"),
            "saved" => {
                assert_eq!(store.lab(&of_lab).await.unwrap().unwrap().title, "saved", "{line}");
                assert_eq!(store.events(&of_lab, 0).await.unwrap().len(), 1, "{line}");
            }
            _ => {
                let first = number.parse().unwrap();
                let batch = store.files(&VolumeId("v1".to_owned()), first, 7).await.unwrap();
                assert!(batch.iter().all(|file| file.state != FileState::Planned), "{line}");
            }
        }
    }
    // The sum of what runs is what is reserved, and what was cut is there whole or not at all.
    let running = store.running_labs().await.unwrap();
    let usage = store.usage(&crate::things::owner("ann")).await.unwrap();
    assert_eq!(usage.labs as usize, running.len());
    for lab in &running {
        let events = store.events(&lab.id, 0).await.unwrap().len();
        assert_eq!(events, usize::from(lab.title == "saved"), "{}", lab.id);
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_in_a_kill() {
    for most in [1, 100] {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        let lines =
            lines_until_killed(child("faults::a_child_that_writes_rows", CHILD, place), most);
        let store = Store::open(&sqlite(folder.path())).await.unwrap();
        all_that_was_acked_is_there(&store, &lines).await;
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_in_a_kill_with_postgresql() {
    let Some(postgres) = Postgres::start() else { return };
    let config = postgres.database("killed");
    let url = postgres.url("killed");
    let lines = lines_until_killed(child("faults::a_child_that_writes_rows", POSTGRES, &url), 100);
    let store = Store::open(&config).await.unwrap();
    all_that_was_acked_is_there(&store, &lines).await;
}

/// Writes a file of noise, and says how much of it was written in batches.
#[ignore = "a child of `a_part_of_a_killed_gateway_is_the_beginning_of_the_file`"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_that_writes_bytes() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let bytes = opened(Path::new(&folder), None).await;
    let mut part = bytes.part(&id("v1"), 0, None).await.unwrap();
    for piece in noise(16 << 20).chunks(50_000) {
        part.write(bytes::Bytes::copy_from_slice(piece)).await.unwrap();
        println!("acked {}", part.length());
    }
    std::future::pending().await
}

#[tokio::test]
async fn a_part_of_a_killed_gateway_is_the_beginning_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let lines = lines_until_killed(child("faults::a_child_that_writes_bytes", CHILD, place), 200);
    let acked: u64 = lines.last().unwrap().parse().unwrap();
    let content = noise(16 << 20);
    let bytes = opened(folder.path(), None).await;
    let mut part = bytes.part(&id("v1"), 0, None).await.unwrap();
    let there = part.length();
    // Two batches may have been in memory, and what was said after the last line read is there.
    assert!(there + (2 << 20) + 100_000 >= acked, "{there} of {acked} are there");
    let begin = usize::try_from(there).unwrap();
    part.write(content[begin..].to_vec().into()).await.unwrap();
    assert_eq!(part.keep().await.unwrap(), sha256(&content));
}

#[tokio::test]
async fn a_part_has_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = opened(folder.path(), None).await;
    let content = noise(8 << 20);
    // Each drops its part while a batch is on its way; the next one waits for it.
    for _ in 0..5 {
        let mut part = bytes.part(&id("v1"), 0, None).await.unwrap();
        let begin = usize::try_from(part.length()).unwrap();
        let end = (begin + (3 << 19)).min(content.len());
        part.write(content[begin..end].to_vec().into()).await.unwrap();
    }
    let mut part = bytes.part(&id("v1"), 0, None).await.unwrap();
    let begin = usize::try_from(part.length()).unwrap();
    part.write(content[begin..].to_vec().into()).await.unwrap();
    assert_eq!(part.keep().await.unwrap(), sha256(&content));
}

#[tokio::test]
async fn parts_from_before_the_machines_start_are_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = opened(folder.path(), None).await;
    let mut part = bytes.part(&id("v1"), 0, None).await.unwrap();
    part.write(noise(3 << 20).into()).await.unwrap();
    part.digest("sha-256").await.unwrap();
    drop(part);
    let again = opened(folder.path(), None).await;
    assert_eq!(again.part(&id("v1"), 0, None).await.unwrap().length(), 3 << 20);
    std::fs::write(folder.path().join("parts/.start"), "another start").unwrap();
    let after = opened(folder.path(), None).await;
    assert_eq!(after.part(&id("v1"), 0, None).await.unwrap().length(), 0);
}

#[tokio::test]
async fn a_file_that_s3_did_not_take_is_whole_here_and_goes_up_later() {
    let (folder, mut s3) = (tempfile::tempdir().unwrap(), S3::start().await);
    let bytes = opened(folder.path(), Some(&s3)).await;
    let content = noise(9 << 20);
    let mut part = bytes.part(&id("v1"), 0, None).await.unwrap();
    part.write(content.clone().into()).await.unwrap();
    s3.stop().await;
    let failed = part.keep().await;
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");

    s3.start_again().await;
    let part = bytes.part(&id("v1"), 0, None).await.unwrap();
    assert_eq!(part.length(), content.len() as u64);
    let digest = part.keep().await.unwrap();
    assert_eq!(bytes.kept(&digest).await.unwrap(), Some(content.len() as u64));
    bytes.lay_out(&id("v1"), vec![("a".to_owned(), digest)], vec![]).await.unwrap();
}

/// A file system of 8 MiB; gone with this.
struct Small(PathBuf);

impl Small {
    /// `None`, said aloud, without the right to mount.
    fn mount(at: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "archway-test"]).arg(at);
        if mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!(
            "LEFT OUT: nothing was tested on a disk of its own, because mounting one takes root"
        );
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_in_words_and_costs_nothing_that_was_whole() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(folder.path()) else { return };
    let bytes = opened(&small.0, None).await;
    let mut whole = bytes.part(&id("v1"), 0, None).await.unwrap();
    whole.write("whole".into()).await.unwrap();
    let digest = whole.keep().await.unwrap();

    let content = noise(12 << 20);
    let mut part = bytes.part(&id("v1"), 1, None).await.unwrap();
    let mut pieces = content.chunks(100_000);
    let full = loop {
        let piece = pieces.next().expect("the disk is smaller");
        if let Err(error) = part.write(bytes::Bytes::copy_from_slice(piece)).await {
            break error;
        }
    };
    assert!(matches!(full, Error::Full { .. }), "{full:?}");
    assert_eq!(
        full.to_string(),
        "the gateway has no room left to keep bytes; remove data volumes that are not needed, \
         or ask its operator for more room"
    );
    assert!(
        part.write("more".into()).await.is_err(),
        "the part is broken until it is opened again"
    );
    drop(part);

    // What is in the part is the beginning of the file; with more room it goes on.
    let remount = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&small.0).status();
    assert!(remount.unwrap().success());
    let mut part = bytes.part(&id("v1"), 1, None).await.unwrap();
    let begin = usize::try_from(part.length()).unwrap();
    assert!(begin > 4 << 20, "{begin} bytes are left of it");
    part.write(content[begin..].to_vec().into()).await.unwrap();
    assert_eq!(part.keep().await.unwrap(), sha256(&content));
    bytes.lay_out(&id("v1"), vec![("a".to_owned(), digest)], vec![]).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_of_the_database_is_said_in_words_and_costs_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(folder.path()) else { return };
    let store = Store::open(&sqlite(&small.0)).await.unwrap();
    store.create_volume(&volume("v1", "name"), None, &wide()).await.unwrap();
    let mut planned = 0;
    let full = loop {
        let mut large = file(planned);
        large.record = "x".repeat(100_000);
        match store.plan_files(&VolumeId("v1".to_owned()), &[large]).await {
            Ok(()) => planned += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, Error::Full { .. }), "{full:?}");
    let files = store.files(&VolumeId("v1".to_owned()), 0, u32::MAX).await.unwrap();
    assert_eq!(files.len() as u64, planned);
}

#[tokio::test]
async fn what_cannot_be_linked_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = opened(folder.path(), None).await;
    let Some(small) = Small::mount(&folder.path().join("volumes")) else { return };
    let mut part = bytes.part(&id("v1"), 0, None).await.unwrap();
    part.write("whole".into()).await.unwrap();
    let digest = part.keep().await.unwrap();
    let files = vec![("deep/a".to_owned(), digest.clone())];
    bytes.lay_out(&id("v1"), files.clone(), vec![]).await.unwrap();
    bytes.lay_out(&id("v1"), files, vec![]).await.unwrap();
    bytes.forget(&digest).await.unwrap();
    let copy = small.0.join("v1/deep/a");
    assert_eq!(std::fs::read(&copy).unwrap(), b"whole");
    let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o444);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_requests_at_once_are_all_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = sqlite(folder.path());
    // Less than the last of them waits for the others.
    config.wait = std::time::Duration::from_millis(200);
    let store = Store::open(&config).await.unwrap();
    let quota = archway_core::owner::Quota { labs: 20, ..wide() };
    let requests = (0..100).map(|number| {
        let (store, quota) = (store.clone(), quota.clone());
        tokio::spawn(async move {
            let mut lab = lab(&format!("a{number}"));
            match store.reserve(&lab, None, &quota).await {
                Ok(_) => {}
                Err(Error::QuotaExceeded { .. }) => return false,
                Err(other) => panic!("{other}"),
            }
            for _ in 0..5 {
                assert!(store.save_lab(&lab, Some(&event("on"))).await.unwrap());
                lab.revision += 1;
            }
            true
        })
    });
    let outcomes = futures_util::future::join_all(requests).await;
    let made = outcomes.into_iter().filter(|made| *made.as_ref().unwrap()).count();
    assert_eq!(made, 20, "eighty are refused, none is lost");
    assert_eq!(store.running_labs().await.unwrap().len(), 20);
}
