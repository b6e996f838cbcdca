//! Many clients of mixed speed, in a process of their own.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// What is downloaded, and how often at once.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Taking {
    /// From where
    #[arg(long = "take-url", hide = true, default_value = "")]
    pub(crate) url: String,
    /// By how many
    #[arg(long = "take-count", hide = true, default_value_t = 0)]
    pub(crate) count: usize,
    /// How long it is
    #[arg(long = "take-bytes", hide = true, default_value_t = 0)]
    pub(crate) size_bytes: u64,
}

impl Taking {
    /// Runs it in a child of this program; returns how many were whole and verified.
    pub(super) fn run(&self) -> anyhow::Result<usize> {
        let output = Command::new(std::env::current_exe()?)
            .args(["--take-url", &self.url])
            .args(["--take-count", &self.count.to_string()])
            .args(["--take-bytes", &self.size_bytes.to_string()])
            .output()?;
        let error = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{error}");
        String::from_utf8_lossy(&output.stdout).trim().parse().context("a number")
    }
}

/// Takes them all at once; prints how many were whole and verified.
pub(crate) fn take(taking: &Taking) -> anyhow::Result<()> {
    use std::io::Write as _;
    let expected = Sha256::digest(super::small());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let whole = runtime.block_on(async {
        let mut clients = tokio::task::JoinSet::new();
        for at in 0..taking.count {
            // A third as fast as it comes, the others at a MiB and a quarter of one a second.
            let per_s = [None, Some(1024.0 * 1024.0), Some(256.0 * 1024.0)];
            let per_s = per_s.get(at % 3).copied().flatten();
            let (url, size) = (taking.url.clone(), taking.size_bytes);
            clients.spawn(async move { one(&url, size, per_s).await });
        }
        let mut whole = 0;
        while let Some(outcome) = clients.join_next().await {
            match outcome? {
                Ok(digest) if digest[..] == expected[..] => whole += 1,
                Ok(_) => eprintln(&"another digest"),
                Err(error) => eprintln(&format!("{error:#}")),
            }
        }
        anyhow::Ok(whole)
    })?;
    writeln!(std::io::stdout(), "{whole}")?;
    Ok(())
}

async fn one(url: &str, size_bytes: u64, per_s: Option<f64>) -> anyhow::Result<Vec<u8>> {
    // A client of its own has a connection of its own.
    let client = reqwest::Client::builder().no_gzip().build()?;
    let mut response = client.get(url).send().await?.error_for_status()?;
    let (mut hasher, mut taken) = (Sha256::new(), 0_u64);
    let begun = Instant::now();
    while let Some(piece) = response.chunk().await? {
        hasher.update(&piece);
        taken += piece.len() as u64;
        if let Some(per_s) = per_s {
            let due = Duration::from_secs_f64(taken as f64 / per_s);
            tokio::time::sleep_until((begun + due).into()).await;
        }
    }
    anyhow::ensure!(taken == size_bytes, "{taken} bytes");
    Ok(hasher.finalize().to_vec())
}

fn eprintln(words: &dyn std::fmt::Display) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{words}");
}
