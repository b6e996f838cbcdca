//! `cargo xtask start`: plugins, sample site and gateway, until Ctrl-C.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail, ensure};
use clap::Args;

use crate::plugins::Plugins;
use crate::step::{run, say};
use crate::workspace::{cargo, root, target};

/// Where the sample archives in `config/archives/` expect the sample site: HTTP, FTP, FTPS.
const SAMPLES: [&str; 3] = ["127.0.0.1:8471", "127.0.0.1:8472", "127.0.0.1:8473"];
/// Where the sample site writes who vouches for its FTPS, beside the archive that trusts it.
const AUTHORITY: &str = "config/archives/samples-ca.pem";
/// Longest that the sample site may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where `archway serve` listens unless told otherwise.
const GATEWAY: &str = "127.0.0.1:8470";

/// Serves the gateway over the sample site.
#[derive(Args, Debug)]
pub(crate) struct Start {
    /// Passed on to `archway serve`
    #[arg(last = true)]
    more: Vec<String>,
}

impl Start {
    /// Builds, starts both servers, and ends both on Ctrl-C or when one of them ends.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        for address in SAMPLES {
            free(address, "the sample site", "end what listens there")?;
        }
        if !self
            .more
            .iter()
            .any(|option| option.starts_with("--listen") || option.starts_with("--config"))
        {
            free(
                GATEWAY,
                "the gateway",
                "end what listens there, or give another: cargo xtask start -- --listen 127.0.0.1:0",
            )?;
        }
        let components = Plugins::of_a_gateway()?.run()?;
        let mut build = cargo();
        build.args(["build", "--package", "archway", "--package", "archway-conformance", "--bins"]);
        run("building the gateway and the sample site", &mut build)?;

        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&stop))
                .context("cannot listen for Ctrl-C")?;
        }
        let built = target().join("debug");
        let mut children = Children::default();
        let authority = root().join(AUTHORITY);
        let before = modified(&authority);
        let [http, ftp, ftps] = SAMPLES;
        let mut samples = Command::new(built.join("archway-samples"));
        samples.args(["--listen", http, "--ftp", ftp, "--ftps", ftps, "--authority"]);
        children.start("sample site", samples.arg(&authority).current_dir(root()))?;
        // Else the gateway would begin with the authority of the last time.
        let until = Instant::now() + PATIENCE;
        while modified(&authority) == before {
            if let Some(ended) = children.ended()? {
                bail!("the {ended}; its own words are above");
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            ensure!(Instant::now() < until, "the sample site never wrote {AUTHORITY}");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut gateway = Command::new(built.join("archway"));
        gateway.arg("serve").current_dir(root());
        if !self.more.iter().any(|option| option.starts_with("--config")) {
            gateway.args(["--config", "config/archway.toml"]);
        }
        gateway.args(&self.more).env("ARCHWAY__PLUGINS__FOLDERS", as_toml(&components));
        children.start("gateway", &mut gateway)?;
        say("starting; the gateway prints its address when it is ready, Ctrl-C ends both");

        while !stop.load(Ordering::Relaxed) {
            if let Some(ended) = children.ended()? {
                bail!("the {ended}; its own words are above");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        say("ending both");
        children.end();
        Ok(())
    }
}

/// When a file was written last; `None` if it is not there.
fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// A list of one folder, as the configuration is written.
fn as_toml(folder: &Path) -> String {
    toml::Value::Array(vec![toml::Value::String(folder.display().to_string())]).to_string()
}

fn free(address: &str, who: &str, cure: &str) -> anyhow::Result<()> {
    TcpListener::bind(address)
        .map(|_| ())
        .with_context(|| format!("{who} wants to listen on {address}, which is taken: {cure}"))
}

/// Processes that end with this one.
#[derive(Debug, Default)]
struct Children(Vec<(&'static str, Child)>);

impl Children {
    fn start(&mut self, name: &'static str, command: &mut Command) -> anyhow::Result<()> {
        let child = command.spawn().with_context(|| format!("cannot start the {name}"))?;
        self.0.push((name, child));
        Ok(())
    }

    /// Which one has ended, and how.
    fn ended(&mut self) -> anyhow::Result<Option<String>> {
        for (name, child) in &mut self.0 {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(format!("{name} ended: {status}")));
            }
        }
        Ok(None)
    }

    /// Asks each to finish what it is doing, and waits; a second Ctrl-C reaches them directly.
    fn end(&mut self) {
        let mut children = std::mem::take(&mut self.0);
        for (_, child) in &children {
            // The standard library only knows SIGKILL, which would cut requests off.
            let _ = Command::new("sh")
                .args(["-c", "kill -TERM \"$0\"", &child.id().to_string()])
                .status();
        }
        for (_, child) in &mut children {
            let _ = child.wait();
        }
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}
