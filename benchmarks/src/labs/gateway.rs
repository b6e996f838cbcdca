//! A gateway in a process of its own, with a trivial application that says when it was started
//! and asked, and the JupyterLab of the catalogue.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Says when it is first asked; the shell before it says when it was started.
const SERVER: &str = r#"
import http.server, os, socketserver, sys, time
home = os.environ["HOME"]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = os.path.join(home, "asked")
        if not os.path.exists(asked):
            with open(asked + ".new", "w") as file:
                file.write(repr(time.time()))
            os.rename(asked + ".new", asked)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *words):
        pass

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

Server(sys.argv[1], Handler).serve_forever()
"#;

/// A gateway; its labs end with it.
pub(super) struct Gateway {
    folder: TempDir,
    process: Child,
    url: String,
    client: reqwest::Client,
}

/// What the gateway itself took.
pub(super) struct Steps {
    pub(super) to_exec: Duration,
    pub(super) to_ready: Duration,
}

impl Gateway {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("archway");
        ensure!(program.exists(), "no {}; `cargo xtask bench` builds it", program.display());
        let folder = tempfile::tempdir()?;
        let below = |name: &str| folder.path().join(name);
        std::fs::create_dir(below("apps"))?;
        let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/apps");
        let jupyterlab = std::fs::read_to_string(catalogue.join("jupyterlab.toml"))?;
        let requirements = catalogue.join("jupyterlab/requirements.txt");
        let jupyterlab = jupyterlab.replace(
            "\"jupyterlab/requirements.txt\"",
            &format!("{:?}", std::path::absolute(requirements)?),
        );
        std::fs::write(below("apps/jupyterlab.toml"), jupyterlab)?;
        let trivial = format!(
            "id = \"bench/trivial:v1\"\nkind = \"desktop\"\ntitle = \"Trivial\"\nprobe = \"traffic\"\nready = \"api\"\nopen = \"\"\n\
             [[sizes]]\nname = \"S\"\ntitle = \"Small\"\ncores = 1.0\nmemory_mib = 256\n\
             [process]\ncommand = [\"/bin/sh\", \"-c\", 'date +%s.%N >~/started; exec python -c \"$0\" \"$1\"', '''{SERVER}''', \"{{socket}}\"]\n"
        );
        std::fs::write(below("apps/trivial.toml"), trivial)?;
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = []\n",
            below("data"),
        );
        std::fs::write(below("archway.toml"), text)?;
        let mut process = Command::new(program)
            .args(["serve", "--config"])
            .arg(below("archway.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = process.stdout.take().context("it is piped")?;
        let lines = BufReader::new(out).lines().map_while(Result::ok);
        let mut ready =
            lines.filter_map(|line| Some(line.strip_prefix("Archway is ready at ")?.to_owned()));
        let url = ready.next().context("the gateway ended before it was ready")?;
        Ok(Self { folder, process, url, client: reqwest::Client::new() })
    }

    /// Launches the trivial application once it has been prepared.
    pub(super) async fn trivial(&self) -> anyhow::Result<Steps> {
        let space = self.folder.path().join("data/spaces");
        let said = |name: &str| -> anyhow::Result<Duration> {
            for own in std::fs::read_dir(&space)? {
                let file = own?.path().join(name);
                if let Ok(text) = std::fs::read_to_string(&file) {
                    std::fs::remove_file(&file)?;
                    return Ok(Duration::from_secs_f64(text.trim().parse()?));
                }
            }
            bail!("the application wrote no `{name}`");
        };
        let begun = now();
        let (id, ready) = self.launch("bench/trivial:v1").await?;
        let (started, asked) = (said("started")?, said("asked")?);
        self.stop(&id).await?;
        Ok(Steps { to_exec: started.saturating_sub(begun), to_ready: ready.saturating_sub(asked) })
    }

    /// From the request until the lab is ready; its environment is made the first time.
    pub(super) async fn jupyterlab(&self) -> anyhow::Result<Duration> {
        if self.environment().is_none() {
            let (id, _) = self.launch("sepp/jupyterlab:v1").await?;
            self.stop(&id).await?;
        }
        let begun = now();
        let (id, ready) = self.launch("sepp/jupyterlab:v1").await?;
        self.stop(&id).await?;
        Ok(ready.saturating_sub(begun))
    }

    /// The environment that has a `jupyter-lab`.
    pub(super) fn environment(&self) -> Option<PathBuf> {
        let folders = std::fs::read_dir(self.folder.path().join("data/environments")).ok()?;
        let folders = folders.filter_map(|folder| Some(folder.ok()?.path()));
        folders.into_iter().find(|folder| folder.join("bin/jupyter-lab").exists())
    }

    /// The id of a lab that is ready, and when it was.
    async fn launch(&self, app: &str) -> anyhow::Result<(String, Duration)> {
        let lab = self.post("api/v1/labs", &json!({ "app": app })).await?;
        let id = lab["id"].as_str().context("a lab has an id")?.to_owned();
        loop {
            let lab = self.get(&format!("api/v1/labs/{id}")).await?;
            match lab["state"].as_str() {
                Some("ready") => break,
                Some("failed" | "stopped") => bail!("the lab ended: {lab:#}"),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        let events = self.get(&format!("api/v1/labs/{id}/events")).await?;
        let events = events["events"].as_array().context("events are listed")?;
        let ready = events.iter().find(|event| event["state"] == "ready");
        let at = ready.and_then(|event| event["at"].as_str()).context("it was ready")?;
        Ok((id, since_1970(at)?))
    }

    async fn stop(&self, id: &str) -> anyhow::Result<()> {
        self.post(&format!("api/v1/labs/{id}/stop"), &json!({})).await?;
        while self.get(&format!("api/v1/labs/{id}")).await?["ended"].is_null() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.client.get(format!("{}{path}", self.url)).send().await?.json().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The time of an RFC 3339 text in UTC, since 1970.
fn since_1970(text: &str) -> anyhow::Result<Duration> {
    let at = archway_core::search::parse::time(&format!("{text}/"))?;
    let at = at.start.context("a start was written")?;
    Ok(Duration::from_micros(u64::try_from(at.to_utc_us())?))
}
