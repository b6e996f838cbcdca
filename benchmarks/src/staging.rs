//! Data volumes from HTTP, every file verified: 10,000 small files and one of 4 GiB, beside
//! aria2c with as many connections that verifies the same checksums.
//!
//! The gateway's time is from asking for the volume until its folder is there and on the disk:
//! it lists the tree, fetches, verifies, keeps by content, lays out. aria2c is given the list,
//! and leaves its files in the page cache.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::downloads::gateway::Gateway;
use crate::downloads::servers::Nginx;
use crate::figure;

const SMALL_FILES: usize = 10_000;
const SMALL_BYTES: usize = 100 * 1024;
const LARGE_BYTES: usize = 4 * 1024 * 1024 * 1024;
/// Files that arrive at once, of either.
const AT_ONCE: usize = 8;
const ROUNDS: usize = 3;
/// Longest that one volume may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// Measures both.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("files");
    for name in ["small", "large"] {
        std::fs::create_dir_all(files.join(name))?;
    }
    open_up(folder.path())?;
    let small = make(&files.join("small"), SMALL_FILES, SMALL_BYTES)?;
    let large = make(&files.join("large"), 1, LARGE_BYTES)?;
    let origin = Nginx::listing(folder.path(), "origin", &files)?;
    let gateway = Gateway::over(folder.path(), &["http-tree"], |folder| {
        for name in ["small", "large"] {
            let text = format!(
                "[archive]\nid = \"{name}\"\ntitle = \"Files\"\nplugin = \"http-tree\"\n\
                 [settings]\nbase_url = \"http://{0}/{name}/\"\n[grants]\nhttp = [\"{0}\"]\n\
                 [rate]\nrequests_per_s = 0.0\n",
                origin.address
            );
            std::fs::write(folder.join(format!("presets/{name}.toml")), text)?;
        }
        Ok(())
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Every request on a connection of its own: aria2c runs meanwhile, and the gateway closes what is idle.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build()?;
    let one = |name: &str| runtime.block_on(volume(&client, &gateway, name));
    let idle = gateway.memory_bytes()?;
    let reach = "80 %; constant";
    for (name, sums, what, rounds) in [
        ("small", &small, "volume of 10,000 files of 100 KiB: median", ROUNDS),
        ("large", &large, "volume of one file of 4 GiB: median", ROUNDS),
    ] {
        gateway.forget_peak()?;
        let cpu = gateway.cpu()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // In turns, so that a busy moment of the machine meets both.
        for _ in 0..rounds {
            ours.push(one(name)?);
            theirs.push(aria2c(folder.path(), &origin.address, name, sums)?);
        }
        let cpu = (gateway.cpu()? - cpu) / u32::try_from(rounds)?;
        let peak = gateway.peak_bytes()?;
        let (ours, theirs) = (median(ours), median(theirs));
        let ratio = 100.0 * theirs.as_secs_f64() / ours.as_secs_f64();
        figure(
            what,
            &format!("{:.2} s ({ratio:.0} %)", ours.as_secs_f64()),
            &format!("aria2c -j{AT_ONCE} {:.2} s", theirs.as_secs_f64()),
            reach,
        );
        figure(
            "  the same: peak memory above idle, CPU",
            &format!("{:.1} MiB, {:.2} s", mib(peak.saturating_sub(idle)), cpu.as_secs_f64()),
            &format!("idle {:.1} MiB", mib(idle)),
            "constant",
        );
    }
    Ok(())
}

/// Files of that size with a list of their SHA-256; returns names and digests.
fn make(folder: &Path, count: usize, bytes: usize) -> anyhow::Result<Vec<(String, String)>> {
    use std::io::Write as _;
    let mut sums = Vec::new();
    let mut list = String::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ bytes as u64;
    let mut piece = vec![0_u8; bytes.min(1024 * 1024)];
    for number in 0..count {
        let name = format!("{number:05}.bin");
        let mut file = std::fs::File::create(folder.join(&name))?;
        let mut hasher = Sha256::new();
        for _ in 0..bytes / piece.len() {
            for word in piece.chunks_mut(8) {
                // xorshift64: nothing that could be packed or kept twice.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                word.copy_from_slice(state.to_le_bytes().get(..word.len()).unwrap_or_default());
            }
            file.write_all(&piece)?;
            hasher.update(&piece);
        }
        let hex = hasher.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let _ = writeln!(list, "{hex}  {name}");
        sums.push((name, hex));
    }
    std::fs::write(folder.join("SHA256SUMS"), list)?;
    Ok(sums)
}

/// The time from asking for a volume until it is ready; it is deleted again.
async fn volume(
    client: &reqwest::Client,
    gateway: &Gateway,
    preset: &str,
) -> anyhow::Result<Duration> {
    let all = format!("{}api/v1/volumes", gateway.url());
    let body = json!({ "name": preset, "source": { "tree": { "preset": preset } } });
    let begun = Instant::now();
    let volume: Value = client.post(&all).json(&body).send().await?.json().await?;
    let id = volume["id"].as_str().with_context(|| format!("no volume: {volume}"))?;
    let own = format!("{all}/{id}");
    let took = loop {
        let volume: Value = client.get(&own).send().await?.json().await?;
        match volume["state"].as_str() {
            Some("ready") => break begun.elapsed(),
            Some("listing" | "staging") => {}
            _ => anyhow::bail!("the volume is not ready: {volume}"),
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "it takes too long: {volume}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    client.delete(&own).send().await?.error_for_status()?;
    Ok(took)
}

/// The time of aria2c for the same files; they are removed again.
fn aria2c(
    folder: &Path,
    origin: &str,
    name: &str,
    sums: &[(String, String)],
) -> anyhow::Result<Duration> {
    let (list, to) = (folder.join("aria2.txt"), folder.join("aria2"));
    let lines = sums.iter().fold(String::new(), |mut lines, (file, hex)| {
        let _ = write!(lines, "http://{origin}/{name}/{file}\n  checksum=sha-256={hex}\n");
        lines
    });
    std::fs::write(&list, lines)?;
    let begun = Instant::now();
    let output = Command::new("aria2c")
        .args(["--quiet", "--no-conf", "--file-allocation=none", "--split=1"])
        .arg(format!("--max-concurrent-downloads={AT_ONCE}"))
        .arg("--input-file")
        .arg(&list)
        .arg("--dir")
        .arg(&to)
        .output()
        .context("aria2c is needed")?;
    let took = begun.elapsed();
    let error = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(output.status.success(), "aria2c: {error}");
    anyhow::ensure!(std::fs::read_dir(&to)?.count() == sums.len(), "aria2c left files out");
    std::fs::remove_dir_all(&to)?;
    Ok(took)
}

fn open_up(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?)
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
