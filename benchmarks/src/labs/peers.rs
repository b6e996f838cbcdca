//! The same JupyterLab started by itself, and by JupyterHub.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);
const TOKEN: &str = "a-token-of-the-benchmark";

/// A process that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// From the start of the process until `api` answers, without a sandbox and without a gateway.
pub(super) async fn bare(environment: &Path) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let begun = Instant::now();
    let _running = Running(
        Command::new(environment.join("bin/python"))
            .arg(environment.join("bin/jupyter-lab"))
            .args(["--no-browser", "--allow-root", "--ServerApp.port_retries=0"])
            .args(["--LabApp.news_url=None", "--ServerApp.ip=127.0.0.1"])
            .arg(format!("--ServerApp.port={port}"))
            .arg(format!("--ServerApp.root_dir={}", folder.path().display()))
            .env("HOME", folder.path())
            .env("JUPYTER_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let client = reqwest::Client::new();
    let url = format!("http://127.0.0.1:{port}/api");
    while begun.elapsed() < PATIENCE {
        if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("a bare JupyterLab never answered")
}

/// The median of several starts through JupyterHub's own API, from the request until the server
/// is ready.
pub(super) async fn jupyterhub(commands: &Path, starts: usize) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    let (port, hub, api) = (free_port()?, free_port()?, free_port()?);
    let config = format!(
        "c.JupyterHub.spawner_class = 'simple'\nc.JupyterHub.authenticator_class = 'dummy'\n\
         c.Authenticator.allow_all = True\nc.JupyterHub.bind_url = 'http://127.0.0.1:{port}'\n\
         c.JupyterHub.hub_port = {hub}\nc.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{api}'\n\
         c.Spawner.cmd = ['jupyterhub-singleuser', '--allow-root']\n\
         c.Spawner.notebook_dir = {root:?}\n\
         c.JupyterHub.services = [{{'name': 'bench', 'api_token': {TOKEN:?}}}]\n\
         c.JupyterHub.load_roles = [{{'name': 'bench', 'services': ['bench'], 'scopes': ['admin:users', 'admin:servers']}}]\n",
        root = folder.path().display().to_string(),
    );
    std::fs::write(folder.path().join("config.py"), config)?;
    let path = format!("{}:{}", commands.display(), std::env::var("PATH").unwrap_or_default());
    let _running = Running(
        Command::new(commands.join("jupyterhub"))
            .arg("--config=config.py")
            .current_dir(folder.path())
            .env("PATH", path)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let client = reqwest::Client::new();
    let of_hub = |path: &str| format!("http://127.0.0.1:{port}/hub/api/{path}");
    let authorization = format!("token {TOKEN}");
    let begun = Instant::now();
    // Its proxy answers before it does.
    while !client.get(of_hub("")).send().await.is_ok_and(|answer| answer.status().is_success()) {
        ensure!(begun.elapsed() < PATIENCE, "JupyterHub never answered");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut times = Vec::new();
    for number in 0..starts {
        let user = format!("users/bench{number}");
        let post = |path: String| {
            client
                .post(of_hub(&path))
                .header("authorization", &authorization)
                .json(&json!({}))
                .send()
        };
        post(user.clone()).await?.error_for_status()?;
        let begun = Instant::now();
        post(format!("{user}/server")).await?.error_for_status()?;
        loop {
            let asked = client.get(of_hub(&user)).header("authorization", &authorization);
            let seen: Value = asked.send().await?.json().await?;
            if seen["servers"][""]["ready"] == true {
                break;
            }
            ensure!(begun.elapsed() < PATIENCE, "JupyterHub's server was never ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        times.push(begun.elapsed());
        let stop = client.delete(of_hub(&format!("{user}/server")));
        stop.header("authorization", &authorization).send().await?;
    }
    times.sort();
    times.get(times.len() / 2).copied().context("it was started at least once")
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
