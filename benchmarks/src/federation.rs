//! A search over twenty archives through the whole gateway, from HTTP to HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use archway::Config;
use archway::config::Environment;
use futures_util::future::join_all;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::fakes::{ARCHIVES, DELAY, ROWS};
use crate::{cpu, figure};

const ROUNDS: usize = 60;
/// Of the searches in which two archives hang.
const DEADLINE: Duration = Duration::from_millis(300);

/// Measures all archives well, then two of them hanging.
pub(crate) fn run() -> anyhow::Result<()> {
    let fakes = Fakes::start()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::new();
        let bare = bare(&client, &fakes.address).await?;

        let well = Searched::start(&fakes.address, 0).await?;
        let all = well.measure(&client, "limit=200", ARCHIVES).await?;
        figure(
            "search over 20 archives, 10 assets and 50 ms each: median",
            &ms(all.wall),
            &format!("20 bare requests {}", ms(bare.wall)),
            "60 ms",
        );
        figure(
            "  the same: CPU of the gateway and its client",
            &ms(all.cpu),
            &format!("20 bare requests {}", ms(bare.cpu)),
            "8 ms",
        );
        well.stop().await;

        let two = Searched::start(&fakes.address, 2).await?;
        let query = format!("limit=200&deadline_ms={}", DEADLINE.as_millis());
        let some = two.measure(&client, &query, ARCHIVES - 2).await?;
        figure(
            "  the same with 2 of 20 hanging, deadline 300 ms: median",
            &ms(some.wall),
            &format!("deadline {}", ms(DEADLINE)),
            "deadline + 50 ms, 18 answered",
        );
        two.stop().await;
        anyhow::Ok(())
    })
}

/// What is looked at of an answer: its reader is not what is measured.
#[derive(Deserialize)]
struct Page {
    assets: Vec<IgnoredAny>,
    sources: serde_json::Value,
}

/// What one search took, in the median.
struct Taken {
    wall: Duration,
    cpu: Duration,
}

struct Searched {
    gateway: archway::Running,
    _folder: tempfile::TempDir,
}

impl Searched {
    async fn start(address: &str, hanging: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = configure(folder.path(), address, hanging)?;
        let gateway = archway::start(Config::load(Some(&file), &Environment::default())?).await?;
        Ok(Self { gateway, _folder: folder })
    }

    /// Searches again and again; every answer must hold what the archives that are well have.
    async fn measure(
        &self,
        client: &reqwest::Client,
        query: &str,
        answering: usize,
    ) -> anyhow::Result<Taken> {
        let url = format!("{}api/v1/search?{query}", self.gateway.url());
        let search = async || {
            let text = client.get(&url).send().await?.error_for_status()?.text().await?;
            let page: Page = serde_json::from_str(&text)?;
            let (found, wanted) = (page.assets.len(), answering * ROWS);
            anyhow::ensure!(found == wanted, "{found} assets, not {wanted}: {}", page.sources);
            anyhow::Ok(())
        };
        // Connections, descriptions and caches are warm after that.
        for _ in 0..3 {
            search().await?;
        }
        median(ROUNDS, search).await
    }

    async fn stop(self) {
        self.gateway.shutdown().await;
    }
}

async fn bare(client: &reqwest::Client, address: &str) -> anyhow::Result<Taken> {
    median(ROUNDS, async || {
        let requests = (0..ARCHIVES).map(async |n| {
            let url = format!("http://{address}/{n}/tap/sync");
            client.get(url).send().await?.error_for_status()?.bytes().await
        });
        for answer in join_all(requests).await {
            answer?;
        }
        anyhow::Ok(())
    })
    .await
}

async fn median(
    rounds: usize,
    once: impl AsyncFn() -> anyhow::Result<()>,
) -> anyhow::Result<Taken> {
    let (mut walls, mut cpus) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        let (begun, before) = (Instant::now(), cpu::of_process()?);
        once().await?;
        walls.push(begun.elapsed());
        cpus.push(cpu::of_process()? - before);
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times.get(rounds / 2).copied().context("at least one round")
    };
    Ok(Taken { wall: median(walls)?, cpu: median(cpus)? })
}

/// Writes a configuration of twenty archives, the last `hanging` of which never answer.
fn configure(folder: &Path, address: &str, hanging: usize) -> anyhow::Result<std::path::PathBuf> {
    let components = archway_conformance::components::folder();
    let archives = folder.join("archives");
    std::fs::create_dir(&archives)?;
    for n in 0..ARCHIVES {
        let path = if n + hanging < ARCHIVES { format!("{n}") } else { format!("hang{n}") };
        let text = format!(
            "[archive]\nid = \"bench-{n}\"\ntitle = \"Archive {n}\"\nplugin = \"vo-tap\"\n\
             [settings]\nbase_url = \"http://{address}/{path}/tap\"\nmode = \"obscore\"\ncollections = false\n\
             [grants]\nhttp = [\"{address}\"]\n\
             [rate]\nrequests_per_s = 0.0\ncache_mib = 0\n",
        );
        std::fs::write(archives.join(format!("bench-{n}.toml")), text)?;
    }
    let file = folder.join("archway.toml");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n[log]\nlevel = \"error\"\n",
        folder.join("data"),
        components,
    );
    std::fs::write(&file, text)?;
    Ok(file)
}

/// The archives' process; it ends when this is dropped.
struct Fakes {
    address: String,
    process: Child,
}

impl Fakes {
    fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--serve-fakes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        let stdout = process.stdout.take().context("it is piped")?;
        BufReader::new(stdout).read_line(&mut address)?;
        Ok(Self { address: address.trim().to_owned(), process })
    }
}

impl Drop for Fakes {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It has ended or is ending; there is nobody to tell.
        let _ = self.process.wait();
    }
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

const _: () = assert!(DELAY.as_millis() == 50, "the titles above say 50 ms");
