//! What the gateway itself adds to the start of a lab on the process backend, and the whole start
//! of a JupyterLab beside a bare one and beside JupyterHub.
//!
//! JupyterHub is measured where `ARCHWAY_BENCH_JUPYTERHUB` names a folder with the commands
//! `jupyterhub`, `jupyterhub-singleuser` and `configurable-http-proxy`, and JupyterLab beside them.

mod gateway;
mod peers;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::figure;
use gateway::Gateway;

/// Launches of the trivial application, and of each JupyterLab.
const ROUNDS: usize = 15;
const STARTS: usize = 3;

/// Starts the built `archway` beside this program and launches labs in it.
pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let gateway = Gateway::start().await?;
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let steps = gateway.trivial().await?;
            before.push(steps.to_exec);
            behind.push(steps.to_ready);
        }
        let (before, behind) = (median(&mut before), median(&mut behind));
        figure(
            "a lab's own steps, process backend: request to exec, first answer to ready",
            &format!("{} ms", ms(before + behind)),
            &format!("{} and {} ms", ms(before), ms(behind)),
            "100 ms together",
        );
        let mut ours = Vec::new();
        for _ in 0..STARTS {
            ours.push(gateway.jupyterlab().await?);
        }
        let environment = gateway.environment().context("JupyterLab was just started in it")?;
        let mut bare = Vec::new();
        for _ in 0..STARTS {
            bare.push(peers::bare(&environment).await?);
        }
        let hub = match std::env::var_os("ARCHWAY_BENCH_JUPYTERHUB") {
            Some(folder) => {
                let total = peers::jupyterhub(Path::new(&folder), STARTS).await?;
                format!("JupyterHub {} ms", ms(total))
            }
            None => "JupyterHub not named".to_owned(),
        };
        figure(
            "a JupyterLab from the request until it answers",
            &format!("{} ms", ms(median(&mut ours))),
            &format!("bare {} ms, {hub}", ms(median(&mut bare))),
            "beside both",
        );
        Ok(())
    })
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn ms(time: Duration) -> String {
    format!("{:.0}", time.as_secs_f64() * 1000.0)
}
