//! Downloads through the gateway: by HTTP beside nginx, by FTP beside curl, and 500 at once.

mod clients;
pub(crate) mod gateway;
pub(crate) mod servers;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use crate::figure;
pub(crate) use clients::{Taking, take};
use gateway::Gateway;
use servers::{Nginx, Vsftpd};

const MIB: u64 = 1024 * 1024;
/// Of the one file.
const LARGE_BYTES: u64 = 1024 * MIB;
/// Of each of many.
const SMALL_BYTES: u64 = 4 * MIB;
const AT_ONCE: usize = 500;
const ROUNDS: usize = 5;

/// Measures all three.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("files");
    std::fs::create_dir(&files)?;
    open_up(folder.path())?;
    open_up(&files)?;
    std::fs::File::create(files.join("large"))?.set_len(LARGE_BYTES)?;
    std::fs::write(files.join("small"), small())?;
    by_http(folder.path(), &files)?;
    by_ftp(folder.path(), &files)?;
    many(folder.path(), &files)
}

fn by_http(folder: &Path, files: &Path) -> anyhow::Result<()> {
    let origin = Nginx::serving(folder, "origin", files)?;
    let proxy = Nginx::before(folder, "proxy", &origin.address)?;
    let url = format!("http://{}/large", origin.address);
    let gateway = Gateway::start(folder, &[&url], &[origin.address.as_str()], &[])?;
    let (own, its) = (gateway.content(0), format!("http://{}/large", proxy.address));
    // Connections, pages of memory and caches are warm after that.
    curl(&own)?;
    curl(&its)?;
    let idle = gateway.memory_bytes()?;
    gateway.forget_peak()?;
    let cpu = gateway.cpu()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // In turns, so that a busy moment of the machine meets both.
    for _ in 0..ROUNDS {
        ours.push(curl(&own)?);
        theirs.push(curl(&its)?);
    }
    let cpu = (gateway.cpu()? - cpu) / u32::try_from(ROUNDS)?;
    let peak = gateway.peak_bytes()?;
    let (ours, theirs) = (median(ours)?, median(theirs)?);
    figure(
        "HTTP download of 1 GiB through the gateway: median",
        &format!("{} ({:.0} %)", speed(ours), 100.0 * theirs.as_secs_f64() / ours.as_secs_f64()),
        &format!("nginx proxy_pass {}", speed(theirs)),
        "90 %",
    );
    figure(
        "  the same: memory above idle, CPU of the gateway",
        &format!("{:.1} MiB, {:.2} s", mib(peak.saturating_sub(idle)), cpu.as_secs_f64()),
        &format!("idle {:.1} MiB", mib(idle)),
        "32 MiB",
    );
    Ok(())
}

fn by_ftp(folder: &Path, files: &Path) -> anyhow::Result<()> {
    let server = match Vsftpd::serving(folder, files) {
        Ok(server) => server,
        Err(error) => {
            figure("FTP download of 1 GiB", &format!("left out: {error:#}"), "curl", "half of it");
            return Ok(());
        }
    };
    let url = format!("ftp://{}/large", server.address);
    let gateway = Gateway::start(folder, &[&url], &[], &[server.address.as_str()])?;
    let own = gateway.content(0);
    curl(&own)?;
    curl(&url)?;
    let cpu = gateway.cpu()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(curl(&own)?);
        theirs.push(curl(&url)?);
    }
    let cpu = (gateway.cpu()? - cpu) / u32::try_from(ROUNDS)?;
    let (ours, theirs) = (median(ours)?, median(theirs)?);
    figure(
        "FTP download of 1 GiB through the gateway: median",
        &format!("{} ({:.0} %)", speed(ours), 100.0 * theirs.as_secs_f64() / ours.as_secs_f64()),
        &format!("curl from vsftpd {}", speed(theirs)),
        "50 %",
    );
    let reach = "1.5 s";
    figure("  the same: CPU of the gateway", &format!("{:.2} s", cpu.as_secs_f64()), "none", reach);
    Ok(())
}

fn many(folder: &Path, files: &Path) -> anyhow::Result<()> {
    let origin = Nginx::serving(folder, "many", files)?;
    let url = format!("http://{}/small", origin.address);
    let gateway = Gateway::start(folder, &[&url], &[origin.address.as_str()], &[])?;
    let one = Taking { url: gateway.content(0), count: 20, size_bytes: SMALL_BYTES };
    one.run()?;
    let idle = gateway.memory_bytes()?;
    gateway.forget_peak()?;
    let whole = Taking { count: AT_ONCE, ..one }.run()?;
    let peak = gateway.peak_bytes()?;
    let each = peak.saturating_sub(idle) as f64 / AT_ONCE as f64 / 1024.0;
    figure(
        "500 HTTP downloads of 4 MiB at once, clients of mixed speed",
        &format!("{whole} whole and verified"),
        "500",
        "500",
    );
    figure(
        "  the same: memory above idle, each",
        &format!("{each:.1} KiB"),
        &format!("idle {:.1} MiB", mib(idle)),
        "64 KiB",
    );
    Ok(())
}

/// The time that curl takes to throw the whole away.
fn curl(url: &str) -> anyhow::Result<Duration> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--output", "/dev/null"])
        .args(["--write-out", "%{size_download} %{time_total}"])
        .arg(url)
        .output()
        .context("curl is needed")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{url}: {error}");
    let (size, time_s) = said.split_once(' ').context("curl tells size and time")?;
    anyhow::ensure!(size == LARGE_BYTES.to_string(), "{url}: {size} bytes");
    Ok(Duration::from_secs_f64(time_s.parse()?))
}

/// Bytes that no two places have in common by chance.
pub(crate) fn small() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..SMALL_BYTES / 8).flat_map(next).collect()
}

fn median(mut times: Vec<Duration>) -> anyhow::Result<Duration> {
    times.sort();
    times.get(times.len() / 2).copied().context("at least one round")
}

fn speed(time: Duration) -> String {
    format!("{:.0} MiB/s", mib(LARGE_BYTES) / time.as_secs_f64())
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB as f64
}

/// Servers give up their rights, and must still read.
fn open_up(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755))?)
}
