//! From the start of the process to `ready`, with all plugins compiled before.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::figure;

const ROUNDS: usize = 15;

/// Starts the built `archway` beside this program again and again.
pub(crate) fn run() -> anyhow::Result<()> {
    let program = std::env::current_exe()?.with_file_name("archway");
    anyhow::ensure!(program.exists(), "no {}; `cargo xtask bench` builds it", program.display());
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("archway.toml");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n",
        folder.path().join("data"),
        archway_conformance::components::folder(),
    );
    std::fs::write(&file, text)?;
    // The first start compiles.
    to_ready(&program, &file)?;
    let serve = median(|| to_ready(&program, &file))?;
    let version = median(|| {
        let begun = Instant::now();
        Command::new(&program).arg("--version").stdout(Stdio::null()).status()?;
        Ok(begun.elapsed())
    })?;
    figure(
        "cold start of the gateway, plugins cached: median",
        &format!("{:.0} ms", serve.as_secs_f64() * 1000.0),
        &format!("archway --version {:.0} ms", version.as_secs_f64() * 1000.0),
        "300 ms",
    );
    Ok(())
}

fn to_ready(program: &Path, file: &Path) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut process = Command::new(program)
        .arg("serve")
        .arg("--config")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = process.stderr.take().context("it is piped")?;
    let mut taken = None;
    for line in BufReader::new(stderr).lines() {
        if line?.contains("ready") {
            taken = Some(begun.elapsed());
            break;
        }
    }
    process.kill()?;
    process.wait()?;
    taken.context("the gateway ended before it was ready")
}

fn median(mut once: impl FnMut() -> anyhow::Result<Duration>) -> anyhow::Result<Duration> {
    let mut times = (0..ROUNDS).map(|_| once()).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort();
    times.get(ROUNDS / 2).copied().context("at least one round")
}
