//! FTP listings to assets, in the sandbox and natively; names of GNSS products.

use std::sync::Arc;

use archway_conformance::components;
use archway_core::archive::{Archive as _, LookUp};
use archway_host::egress::Network;
use archway_host::{ArchiveConfig, HostConfig, PluginHost};
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::Value;
use cpu_time::ThreadTime;
use guest_bench::listing::{ENTRIES, RULES, read};

use crate::figure;

const TIMES: u64 = 5;

/// Measures how fast a listing of 100,000 entries becomes assets, and how fast names are parsed.
///
/// # Errors
///
/// The guest is not built, or a listing or name is not understood.
pub(crate) fn run() -> anyhow::Result<()> {
    let native = native()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sandboxed = runtime.block_on(sandboxed())?;
    figure(
        "FTP listing to assets inside the plugin, entries per CPU-s",
        &format!("{sandboxed:.0} ({:.0} %)", 100.0 * sandboxed / native),
        &format!("the same code natively {native:.0}"),
        "200,000",
    );
    Ok(())
}

fn native() -> anyhow::Result<f64> {
    let rules = Value::Json(format!("[{RULES}]"));
    let host =
        RecordedHost::new().with_setting("rules", rules).with_setting("cache_s", Value::Integer(0));
    let begun = ThreadTime::try_now()?;
    let assets = read(&host, TIMES).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let per_s = assets as f64 / begun.try_elapsed()?.as_secs_f64();
    anyhow::ensure!(assets == TIMES * ENTRIES, "{assets} assets");
    Ok(per_s)
}

async fn sandboxed() -> anyhow::Result<f64> {
    let network = Network::new(Vec::new(), Vec::new());
    let host = PluginHost::new(HostConfig::new(Arc::new(network)))?;
    host.load(&components::path("bench")).await?;
    let mut config = ArchiveConfig::new("bench".parse()?, "bench");
    config.limits.cpu_ms = Some(600_000);
    config.limits.wall_ms = Some(600_000);
    let rule: toml::Value = serde_json::from_str(RULES)?;
    config.settings.insert("rules".to_owned(), vec![rule].into());
    config.settings.insert("cache_s".to_owned(), 0.into());
    let archive = host.open_archive(config)?;
    let question = LookUp::NativeId(format!("listing:{TIMES}"));
    let begun = ThreadTime::try_now()?;
    let asset = archive.look_up(&question).await?;
    let per_s = (TIMES * ENTRIES) as f64 / begun.try_elapsed()?.as_secs_f64();
    let read = (TIMES * ENTRIES).to_string();
    anyhow::ensure!(asset.summary.title == read, "{} entries of {read}", asset.summary.title);
    Ok(per_s)
}
