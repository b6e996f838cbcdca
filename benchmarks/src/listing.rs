//! FTP listings to assets, in the sandbox and natively; names of GNSS products.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use archway_conformance::components;
use archway_core::archive::{Archive as _, LookUp};
use archway_host::egress::Network;
use archway_host::{ArchiveConfig, HostConfig, PluginArchive, PluginHost};
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::Value;
use cpu_time::ThreadTime;
use guest_bench::listing::{ENTRIES, RULES, read};

use crate::{cpu, figure};

/// Listings of a round; each figure is the best of the rounds.
const TIMES: u64 = 5;
const ROUNDS: u32 = 4;

/// Measures how fast a listing of 100,000 entries becomes assets.
///
/// # Errors
///
/// The guest is not built, or a listing or name is not understood.
pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (native, sandboxed) = runtime.block_on(best())?;
    let per_s = |least: Duration| (TIMES * ENTRIES) as f64 / least.as_secs_f64();
    let (native, sandboxed) = (per_s(native), per_s(sandboxed));
    figure(
        "FTP listing to assets inside the plugin, entries per CPU-s",
        &format!("{sandboxed:.0} ({:.0} %)", 100.0 * sandboxed / native),
        &format!("the same code natively {native:.0}"),
        "200,000",
    );
    Ok(())
}

/// One of each grammar (RINEX 2 to 4, products before and since 2022, station logs), and none.
const NAMES: [&str; 8] = [
    "wtzr2540.23d.Z",
    "brdc1820.10n",
    "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz",
    "BRDC00WRD_S_20232540000_01D_MN.rnx.gz",
    "IGS0OPSFIN_20231000000_01D_15M_ORB.SP3.gz",
    "igs15904.sp3.Z",
    "wtzr00deu_20230911.log",
    "README.TXT",
];
/// Data of stations rather than products.
const NAMES_OF_DATA: usize = 5;
const NAMES_OF_A_ROUND: usize = 800_000;

/// Measures how fast names of GNSS files are parsed, natively.
///
/// # Errors
///
/// A name is not understood.
pub(crate) fn names() -> anyhow::Result<()> {
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = ThreadTime::try_now()?;
        let names = NAMES.iter().cycle().take(NAMES_OF_A_ROUND);
        let data = names.filter(|name| plugin_gnss_igs::parses(black_box(**name))).count();
        least = least.min(begun.try_elapsed()?);
        let wanted = NAMES_OF_A_ROUND / NAMES.len() * NAMES_OF_DATA;
        anyhow::ensure!(data == wanted, "{data} names of data instead of {wanted}");
    }
    let per_s = NAMES_OF_A_ROUND as f64 / least.as_secs_f64();
    figure("names of GNSS files parsed per CPU-s", &format!("{per_s:.0}"), "none", "1,000,000");
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
    let rule: toml::Value = serde_json::from_str(RULES)?;
    config.settings.insert("rules".to_owned(), vec![rule].into());
    config.settings.insert("cache_s".to_owned(), 0.into());
    let archive = host.open_archive(config)?;
    let (mut native, mut sandboxed) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        native = native.min(cpu::of_thread(natively()).await?);
        sandboxed = sandboxed.min(cpu::of_thread(look_up(&archive)).await?);
    }
    Ok((native, sandboxed))
}

async fn natively() -> anyhow::Result<()> {
    let rules = Value::Json(format!("[{RULES}]"));
    let host =
        RecordedHost::new().with_setting("rules", rules).with_setting("cache_s", Value::Integer(0));
    let assets = read(&host, TIMES).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    anyhow::ensure!(assets == TIMES * ENTRIES, "{assets} assets");
    Ok(())
}

async fn look_up(archive: &PluginArchive) -> anyhow::Result<()> {
    let question = LookUp::NativeId(format!("listing:{TIMES}"));
    let asset = archive.look_up(&question).await?;
    let read = (TIMES * ENTRIES).to_string();
    anyhow::ensure!(asset.summary.title == read, "{} entries of {read}", asset.summary.title);
    Ok(())
}
