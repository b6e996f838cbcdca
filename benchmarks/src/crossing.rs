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
use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::{cpu, figure};

/// Each figure is the least of so many rounds: what else the machine does only adds.
const ROUNDS: u32 = 20;
const CALLS: u32 = 2_000;
const FRESH_CALLS: u32 = 250;
/// Batches of a round.
const BATCHES: u32 = 10;
const ASSET_BATCH: u32 = 1_000;
const ROW_BATCH: u32 = 5_000;

/// Measures calls of a fresh and of a live instance.
///
/// # Errors
///
/// The guests are not built, or the host refuses them.
pub(crate) fn calls() -> anyhow::Result<()> {
    on_one_thread(measure_calls)
}

/// Measures assets on their way from guest to core.
///
/// # Errors
///
/// The guests are not built, or the host refuses them.
pub(crate) fn assets() -> anyhow::Result<()> {
    on_one_thread(measure_assets)
}

/// Measures table rows on their way from guest to host.
///
/// # Errors
///
/// The guests are not built, or the host refuses them.
pub(crate) fn rows() -> anyhow::Result<()> {
    on_one_thread(measure_rows)
}

/// One thread, so that its clock sees host and guest and nothing else.
fn on_one_thread(
    measure: impl AsyncFnOnce(&PluginArchive) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let network = Network::new(Vec::new(), Vec::new());
        let host = PluginHost::new(HostConfig::new(Arc::new(network)))?;
        host.load(&components::path("bench")).await?;
        let mut config = ArchiveConfig::new("bench".parse()?, "bench");
        config.limits.cpu_ms = Some(600_000);
        let archive = host.open_archive(config)?;
        measure(&archive).await
    })
}

async fn measure_calls(archive: &PluginArchive) -> anyhow::Result<()> {
    let bare = Bare::new()?;
    let (mut bare_store, bare_function) = bare.instance().await?;
    let mut reader = archive.open("", 0).await?;
    let (mut fresh, mut live, mut bare_fresh, mut bare_live) =
        (Duration::MAX, Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let work = async {
            for _ in 0..FRESH_CALLS {
                archive.describe().await?;
            }
            Ok(())
        };
        fresh = fresh.min(cpu::of_thread(work).await? / FRESH_CALLS);
        let work = async {
            for _ in 0..FRESH_CALLS {
                let (mut store, function) = bare.instance().await?;
                function.call_async(&mut store, ()).await.map_err(plain)?;
            }
            Ok(())
        };
        bare_fresh = bare_fresh.min(cpu::of_thread(work).await? / FRESH_CALLS);
        let work = async {
            for _ in 0..CALLS {
                reader.reader.read(1).await?;
            }
            Ok(())
        };
        live = live.min(cpu::of_thread(work).await? / CALLS);
        let work = async {
            for _ in 0..CALLS {
                bare_function.call_async(&mut bare_store, ()).await.map_err(plain)?;
            }
            Ok(())
        };
        bare_live = bare_live.min(cpu::of_thread(work).await? / CALLS);
    }
    figure(
        "store, instance, trivial call, drop",
        &microseconds(fresh),
        &format!("wasmtime alone {}", microseconds(bare_fresh)),
        "80 us CPU",
    );
    figure(
        "trivial call on a live instance",
        &microseconds(live),
        &format!("wasmtime alone {}", microseconds(bare_live)),
        "1 us CPU",
    );
    Ok(())
}

async fn measure_assets(archive: &PluginArchive) -> anyhow::Result<()> {
    let count = u64::from((ROUNDS + 1) * BATCHES * ASSET_BATCH);
    let search = Search { max_assets: Some(count), ..Search::default() };
    let mut answer = archive.search(&search).await?;
    answer.assets.next(ASSET_BATCH).await?;
    let before_mib = resident_mib()?;
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let work = async {
            for _ in 0..BATCHES {
                let batch = answer.assets.next(ASSET_BATCH).await?.context("no more assets")?;
                anyhow::ensure!(batch.assets.len() == ASSET_BATCH as usize, "a batch cut short");
            }
            Ok(())
        };
        least = least.min(cpu::of_thread(work).await?);
    }
    let per_s = f64::from(BATCHES * ASSET_BATCH) / least.as_secs_f64();
    let grown_mib = resident_mib()?.saturating_sub(before_mib);
    figure(
        "assets from guest to core, 28 fields, checked, per CPU-s",
        &format!("{per_s:.0}"),
        &format!("memory grown by {grown_mib} MiB"),
        "100000",
    );
    Ok(())
}

async fn measure_rows(archive: &PluginArchive) -> anyhow::Result<()> {
    let query = TableQuery {
        language: "ADQL".to_owned(),
        text: String::new(),
        uploads: Vec::new(),
        max_rows: Some(u64::from((ROUNDS + 1) * BATCHES * ROW_BATCH)),
    };
    let mut answer = archive.query(&query).await?;
    answer.rows.next(ROW_BATCH).await?;
    let before_mib = resident_mib()?;
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let work = async {
            for _ in 0..BATCHES {
                let batch = answer.rows.next(ROW_BATCH).await?.context("no more rows")?;
                anyhow::ensure!(batch.num_rows() == ROW_BATCH as usize, "a batch cut short");
            }
            Ok(())
        };
        least = least.min(cpu::of_thread(work).await?);
    }
    let per_s = f64::from(BATCHES * ROW_BATCH) / least.as_secs_f64();
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
