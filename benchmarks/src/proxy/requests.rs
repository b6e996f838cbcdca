//! Small requests over connections that last, with wrk.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::own::Own;
use super::peers::{Chp, Nginx};
use super::process::Process;
use crate::figure;

const ROUNDS: usize = 5;
const SECONDS: u32 = 4;
const CONNECTIONS: u32 = 32;

/// One round before one proxy.
#[derive(Clone, Copy)]
struct Round {
    per_s: f64,
    cpu_us: f64,
}

/// Rounds in turns; medians, and ratios of what was measured in one round.
pub(super) fn measure(own: &Own, nginx: &Nginx, chp: Option<&Chp>) -> anyhow::Result<()> {
    let lab = own.requests()?;
    let headers = [format!("Host: {}", lab.host), format!("Cookie: {}", lab.cookie)];
    let (mut ours, mut nginxs, mut chps) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let all = [
            Some((&mut ours, &own.address, &own.process)),
            Some((&mut nginxs, &nginx.address, &nginx.process)),
            chp.map(|chp| (&mut chps, &chp.address, &chp.process)),
        ];
        for (rounds, address, process) in all.into_iter().flatten() {
            let measured = wrk(address, &headers, process)?;
            // The first one warms up.
            if round > 0 {
                rounds.push(measured);
            }
        }
    }
    let ratio = |of: &[Round]| {
        median(ours.iter().zip(of).map(|(ours, theirs)| ours.per_s / theirs.per_s).collect())
    };
    let of =
        |rounds: &[Round], value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let per_s = of(&ours, |round| round.per_s)?;
    figure(
        "requests of 1 KiB through the lab proxy, a second",
        &format!("{per_s:.0} ({:.0} %)", 100.0 * ratio(&nginxs)?),
        &format!("nginx {:.0}", of(&nginxs, |round| round.per_s)?),
        "70 %",
    );
    if !chps.is_empty() {
        figure(
            "  the same",
            &format!("{:.1} times", ratio(&chps)?),
            &format!("configurable-http-proxy {:.0}", of(&chps, |round| round.per_s)?),
            "5 times",
        );
    }
    let theirs = match chps.is_empty() {
        true => String::new(),
        false => format!(", chp {:.0}", of(&chps, |round| round.cpu_us)?),
    };
    figure(
        "  the same: CPU of the proxy, each",
        &format!("{:.1} us", of(&ours, |round| round.cpu_us)?),
        &format!("nginx {:.1}{theirs}", of(&nginxs, |round| round.cpu_us)?),
        "20 us",
    );
    Ok(())
}

fn wrk(address: &str, headers: &[String], process: &Process) -> anyhow::Result<Round> {
    let cpu = process.cpu()?;
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--connections", &CONNECTIONS.to_string()]);
    command.args(["--duration", &format!("{SECONDS}s")]);
    for header in headers {
        command.args(["--header", header]);
    }
    let output = command.arg(format!("http://{address}/api")).output().context("no wrk")?;
    let cpu = process.cpu()?.saturating_sub(cpu);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(output.status.success() && !said.contains("Non-2xx"), "wrk: {said}");
    let line =
        |word: &str| said.lines().find(|line| line.contains(word)).with_context(|| said.clone());
    let count: u32 = first(line("requests in")?)?.parse()?;
    let per_s = line("Requests/sec:")?.rsplit(' ').next().unwrap_or_default().parse()?;
    Ok(Round { per_s, cpu_us: us(cpu / count.max(1)) })
}

fn first(line: &str) -> anyhow::Result<&str> {
    line.split_whitespace().next().context("a number")
}

pub(super) fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

pub(super) fn median(mut values: Vec<f64>) -> anyhow::Result<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("at least one round")
}
