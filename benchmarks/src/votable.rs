//! VOTable to assets: the same code in the sandbox and natively.
//!
//! The code is `votable.rs` of the guest `bench`: a document of 1,000 observations, read and
//! mapped row by row.

use std::sync::Arc;

use archway_conformance::components;
use archway_core::archive::{Archive as _, LookUp};
use archway_host::egress::Network;
use archway_host::{ArchiveConfig, HostConfig, PluginHost};
use cpu_time::ThreadTime;
use guest_bench::votable;

use crate::figure;

const TIMES: u64 = 200;

/// Measures how much of its native speed the reader keeps in the sandbox.
///
/// # Errors
///
/// The guest is not built, or the document does not read.
pub(crate) fn run() -> anyhow::Result<()> {
    let native = native()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sandboxed = runtime.block_on(sandboxed())?;
    figure(
        "VOTable to assets inside the plugin, rows per CPU-s",
        &format!("{sandboxed:.0} ({:.0} %)", 100.0 * sandboxed / native),
        &format!("the same code natively {native:.0}"),
        "60 %",
    );
    Ok(())
}

fn native() -> anyhow::Result<f64> {
    let document = votable::document();
    let begun = ThreadTime::try_now()?;
    for _ in 0..TIMES {
        votable::read(&document).map_err(anyhow::Error::msg)?;
    }
    Ok((TIMES * votable::ROWS) as f64 / begun.try_elapsed()?.as_secs_f64())
}

async fn sandboxed() -> anyhow::Result<f64> {
    let network = Network::new(Vec::new(), Vec::new());
    let host = PluginHost::new(HostConfig::new(Arc::new(network)))?;
    host.load(&components::path("bench")).await?;
    let mut config = ArchiveConfig::new("bench".parse()?, "bench");
    config.limits.cpu_ms = Some(600_000);
    config.limits.wall_ms = Some(600_000);
    let archive = host.open_archive(config)?;
    let question = LookUp::NativeId(format!("votable:{TIMES}"));
    let begun = ThreadTime::try_now()?;
    let asset = archive.look_up(&question).await?;
    let per_s = (TIMES * votable::ROWS) as f64 / begun.try_elapsed()?.as_secs_f64();
    let read = (TIMES * votable::ROWS).to_string();
    anyhow::ensure!(asset.summary.title == read, "{} rows of {read}", asset.summary.title);
    Ok(per_s)
}
