//! The way between guest and host: calls, assets, table rows; CPU time of the one thread.
//!
//! The guest is `bench` (`conformance-tests/guests/bench`); beside its calls stands wasmtime's
//! own bare call of a function that gives a short text, without store data, limits or checks.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use archway_conformance::components;
use archway_core::archive::Archive as _;
use archway_core::search::Search;
use archway_core::tables::TableQuery;
use archway_host::egress::Network;
use archway_host::{ArchiveConfig, HostConfig, PluginArchive, PluginHost};
use cpu_time::ThreadTime;
use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::figure;

const CALLS: u32 = 20_000;
const FRESH_CALLS: u32 = 5_000;
const ASSETS: u64 = 200_000;
const ASSET_BATCH: u32 = 1_000;
const ROWS: u64 = 5_000_000;
const ROW_BATCH: u32 = 5_000;

/// Measures calls, assets and rows.
///
/// # Errors
///
/// The guests are not built, or the host refuses them.
pub(crate) fn run() -> anyhow::Result<()> {
    // One thread, so that its clock sees host and guest and nothing else.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let network = Network::new(Vec::new(), Vec::new());
        let host = PluginHost::new(HostConfig::new(Arc::new(network)))?;
        host.load(&components::path("bench")).await?;
        let mut config = ArchiveConfig::new("bench".parse()?, "bench");
        config.limits.cpu_ms = Some(600_000);
        let archive = host.open_archive(config)?;
        calls(&archive).await?;
        assets(&archive).await?;
        rows(&archive).await
    })
}

async fn calls(archive: &PluginArchive) -> anyhow::Result<()> {
    let bare = Bare::new()?;
    let bare_fresh = bare.fresh().await?;
    let bare_live = bare.live().await?;

    archive.describe().await?;
    let begun = ThreadTime::try_now()?;
    for _ in 0..FRESH_CALLS {
        archive.describe().await?;
    }
    let fresh = begun.try_elapsed()? / FRESH_CALLS;
    figure(
        "store, instance, trivial call, drop",
        &microseconds(fresh),
        &format!("wasmtime alone {}", microseconds(bare_fresh)),
        "80 us CPU",
    );

    let mut reader = archive.open("", 0).await?;
    reader.read(1).await?;
    let begun = ThreadTime::try_now()?;
    for _ in 0..CALLS {
        reader.read(1).await?;
    }
    let live = begun.try_elapsed()? / CALLS;
    figure(
        "trivial call on a live instance",
        &microseconds(live),
        &format!("wasmtime alone {}", microseconds(bare_live)),
        "1 us CPU",
    );
    Ok(())
}

async fn assets(archive: &PluginArchive) -> anyhow::Result<()> {
    let search = Search { max_assets: Some(ASSETS), ..Search::default() };
    let mut answer = archive.search(&search).await?;
    answer.assets.next(ASSET_BATCH).await?;
    let before_mib = resident_mib()?;
    let mut count = 0;
    let begun = ThreadTime::try_now()?;
    while let Some(batch) = answer.assets.next(ASSET_BATCH).await? {
        count += batch.assets.len();
    }
    let per_s = count as f64 / begun.try_elapsed()?.as_secs_f64();
    let grown_mib = resident_mib()?.saturating_sub(before_mib);
    figure(
        "assets from guest to core, 28 fields, checked, per CPU-s",
        &format!("{per_s:.0}"),
        &format!("memory grown by {grown_mib} MiB"),
        "100000",
    );
    Ok(())
}

async fn rows(archive: &PluginArchive) -> anyhow::Result<()> {
    let query = TableQuery {
        language: "ADQL".to_owned(),
        text: String::new(),
        uploads: Vec::new(),
        max_rows: Some(ROWS),
    };
    let mut answer = archive.query(&query).await?;
    answer.rows.next(ROW_BATCH).await?;
    let before_mib = resident_mib()?;
    let mut count = 0;
    let begun = ThreadTime::try_now()?;
    while let Some(batch) = answer.rows.next(ROW_BATCH).await? {
        count += batch.num_rows();
    }
    let per_s = count as f64 / begun.try_elapsed()?.as_secs_f64();
    let grown_mib = resident_mib()?.saturating_sub(before_mib);
    figure(
        "table rows from guest to host, 20 columns, checked, per CPU-s",
        &format!("{per_s:.0}"),
        &format!("memory grown by {grown_mib} MiB"),
        "2000000",
    );
    Ok(())
}

/// A function of one text, called with nothing around it.
struct Bare {
    engine: Engine,
    component: Component,
    linker: Linker<()>,
}

impl Bare {
    fn new() -> anyhow::Result<Self> {
        let mut config = Config::new();
        config.epoch_interruption(true).concurrency_support(false).allocation_strategy(
            InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::new()),
        );
        let engine = Engine::new(&config).map_err(plain)?;
        let component =
            Component::from_file(&engine, components::path("other-world")).map_err(plain)?;
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component).map_err(plain)?;
        Ok(Self { engine, component, linker })
    }

    async fn instance(&self) -> anyhow::Result<(Store<()>, TypedFunc<(), (String,)>)> {
        let mut store = Store::new(&self.engine, ());
        store.set_epoch_deadline(1_000_000);
        let instance =
            self.linker.instantiate_async(&mut store, &self.component).await.map_err(plain)?;
        let interface = instance
            .get_export_index(&mut store, None, "example:weather/forecast@1.0.0")
            .context("no interface")?;
        let function = instance
            .get_export_index(&mut store, Some(&interface), "tomorrow")
            .context("no function")?;
        let function = instance.get_typed_func(&mut store, function).map_err(plain)?;
        Ok((store, function))
    }

    async fn fresh(&self) -> anyhow::Result<Duration> {
        let begun = ThreadTime::try_now()?;
        for _ in 0..FRESH_CALLS {
            let (mut store, function) = self.instance().await?;
            function.call_async(&mut store, ()).await.map_err(plain)?;
        }
        Ok(begun.try_elapsed()? / FRESH_CALLS)
    }

    async fn live(&self) -> anyhow::Result<Duration> {
        let (mut store, function) = self.instance().await?;
        let begun = ThreadTime::try_now()?;
        for _ in 0..CALLS {
            function.call_async(&mut store, ()).await.map_err(plain)?;
        }
        Ok(begun.try_elapsed()? / CALLS)
    }
}

fn plain(problem: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{problem:#}")
}

fn microseconds(time: Duration) -> String {
    format!("{:.2} us", time.as_secs_f64() * 1e6)
}

fn resident_mib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kib / 1024)
}
