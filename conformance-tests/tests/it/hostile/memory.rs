//! How much memory the worst of them cost, in a process where nothing else runs.

use std::process::Command;

use archway_conformance::hostile_server::{HostileServer, Hostility};

use super::{Attacked, hostile};
use crate::gateway::{ArchiveFile, ROWS};

/// Says to this binary that it runs one test alone.
const ALONE: &str = "ARCHWAY_TEST_ALONE";
const MOST_MIB: u64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_and_an_endless_body_cost_a_bounded_amount_of_memory() {
    if std::env::var_os(ALONE).is_none() {
        let mut this = Command::new(std::env::current_exe().unwrap());
        let name = "hostile::memory::a_bomb_and_an_endless_body_cost_a_bounded_amount_of_memory";
        this.env(ALONE, "1").args(["--exact", name, "--nocapture"]);
        let output = tokio::task::spawn_blocking(move || this.output()).await.unwrap().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.contains("1 passed"), "{shown}");
        return;
    }
    for hostility in [Hostility::DecompressionBomb, Hostility::EndlessBody] {
        let server = HostileServer::start(hostility.clone()).await;
        // It comes once the gateway is warm, so that nothing it does is missed.
        let nothing = ArchiveFile::new("other", 20, "http://127.0.0.1:9/tap");
        let attacked = Attacked::start(nothing).await;
        let warm = attacked.gateway.search(&[("archive", "well")]).await;
        assert_eq!(warm.given_by("well"), ROWS);
        // The peak from here on (proc_pid_clear_refs(5)).
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = peak_mib();
        attacked.gateway.write(&hostile(&server.url));
        std::fs::remove_file(attacked.gateway.path("archives/other.toml")).unwrap();
        let there = |list: &[serde_json::Value]| {
            list.iter().any(|one| one["id"] == "hostile") && list.len() == 2
        };
        attacked.gateway.until("the hostile archive", there).await;
        attacked.survives("the memory").await;
        let grown = peak_mib().saturating_sub(before);
        assert!(grown < MOST_MIB, "{hostility:?}: {grown} MiB");
    }
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
