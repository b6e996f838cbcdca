//! VOTable to assets: the same code in the sandbox and natively.
//!
//! The code is `votable.rs` of the guest `bench`: a document of 1,000 observations, read and
//! mapped row by row.

use std::sync::Arc;
use std::time::Duration;

use archway_conformance::components;
use archway_core::archive::{Archive as _, LookUp};
use archway_host::egress::Network;
use archway_host::{ArchiveConfig, HostConfig, PluginArchive, PluginHost};
use guest_bench::votable;

use crate::{cpu, figure};

/// Documents of a round; each figure is the best of the rounds.
const TIMES: u64 = 50;
const ROUNDS: u32 = 8;

/// Measures how much of its native speed the reader keeps in the sandbox.
///
/// # Errors
///
/// The guest is not built, or the document does not read.
pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (native, sandboxed) = runtime.block_on(best())?;
    let per_s = |least: Duration| (TIMES * votable::ROWS) as f64 / least.as_secs_f64();
    let (native, sandboxed) = (per_s(native), per_s(sandboxed));
    figure(
        "VOTable to assets inside the plugin, rows per CPU-s",
        &format!("{sandboxed:.0} ({:.0} %)", 100.0 * sandboxed / native),
        &format!("the same code natively {native:.0}"),
        "60 %",
    );
    Ok(())
}

/// The least times of both, whose rounds take turns.
async fn best() -> anyhow::Result<(Duration, Duration)> {
    let network = Network::new(Vec::new(), Vec::new());
    let host = PluginHost::new(HostConfig::new(Arc::new(network)))?;
    host.load(&components::path("bench")).await?;
    let mut config = ArchiveConfig::new("bench".parse()?, "bench");
    config.limits.cpu_ms = Some(600_000);
    config.limits.wall_ms = Some(600_000);
    let archive = host.open_archive(config)?;
    let document = votable::document();
    let (mut native, mut sandboxed) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        native = native.min(cpu::of_thread(read(&document)).await?);
        sandboxed = sandboxed.min(cpu::of_thread(look_up(&archive)).await?);
    }
    Ok((native, sandboxed))
}

async fn read(document: &[u8]) -> anyhow::Result<()> {
    for _ in 0..TIMES {
        votable::read(document).map_err(anyhow::Error::msg)?;
    }
    Ok(())
}

async fn look_up(archive: &PluginArchive) -> anyhow::Result<()> {
    let question = LookUp::NativeId(format!("votable:{TIMES}"));
    let asset = archive.look_up(&question).await?;
    let read = (TIMES * votable::ROWS).to_string();
    anyhow::ensure!(asset.summary.title == read, "{} rows of {read}", asset.summary.title);
    Ok(())
}
