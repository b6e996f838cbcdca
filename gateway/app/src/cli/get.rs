//! `archway get`: assets as files, through a running gateway.
//!
//! A client like any other: it asks `/api/v1/assets/{id}/content`, several at once, writes
//! what comes into `NAME.part`, and gives it its name when it is whole and verified. The
//! path of each file goes to standard output, everything else to standard error.

mod answer;
mod digest;
mod folder;
mod ids;
mod names;
mod part;
mod progress;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use futures_util::{StreamExt, stream};

use super::gateway::{self, GatewayArgs};
use super::terminal::{shown, size};
use folder::Folder;
use part::Key;
use progress::Progress;
use transfer::{Fetched, Running, Transfers};

/// Exit code of what was interrupted, as shells count it.
const INTERRUPTED: u8 = 130;
/// Most failures that the summary repeats.
const MAX_REPEATED: usize = 20;

/// Downloads assets through a running gateway; resumes and verifies.
#[derive(Args, Debug)]
pub(super) struct Get {
    /// Ids of assets; `-` reads them from standard input, an id or an asset as JSON a line
    #[arg(value_name = "ASSET", required = true)]
    assets: Vec<String>,
    /// Which of an asset's distributions; without it the data itself
    #[arg(long, value_name = "ID")]
    distribution: Option<String>,
    /// Encodings that the gateway takes off, outermost first, as in gzip,hatanaka
    #[arg(long, value_name = "NAMES")]
    decode: Option<String>,
    /// Folder for the files; made if it is missing
    #[arg(long, short, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// Most downloads at once
    #[arg(long, short, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
    /// Says nothing but what fails
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    gateway: GatewayArgs,
}

/// How a run went.
#[derive(Default)]
struct Summary {
    fetched: u64,
    fetched_bytes: u64,
    there: u64,
    failed: u64,
    failures: Vec<String>,
}

impl Get {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        // A mistake in the address is one mistake, not one for each asset.
        self.gateway.url("/")?;
        let output = self.output.clone();
        let folder = tokio::task::spawn_blocking(move || Folder::open(&output))
            .await?
            .with_context(|| format!("cannot download into {}", self.output.display()))?;
        let progress = Progress::new(self.quiet);
        let transfers = Transfers {
            client: gateway::client()?,
            gateway: self.gateway,
            folder: Arc::new(folder),
            running: Running::default(),
        };
        let (distribution, decode) = (self.distribution, self.decode);
        let key = |asset| Key { asset, distribution: distribution.clone(), decode: decode.clone() };
        let ids = stream::unfold(ids::ids(self.assets), |mut ids| async {
            ids.recv().await.map(|id| (id, ids))
        });
        let mut done = std::pin::pin!(
            ids.map(|id| one(&transfers, &progress, id.map(&key)))
                .buffer_unordered(usize::from(self.jobs))
        );
        let mut summary = Summary::default();
        let interrupted = loop {
            tokio::select! {
                next = done.next() => match next {
                    Some((id, outcome)) => summary.take(&progress, &id, outcome)?,
                    None => break false,
                },
                // Dropping the transfers leaves their parts, which the next run goes on with.
                _ = tokio::signal::ctrl_c() => break true,
            }
        };
        summary.tell(&progress, interrupted);
        Ok(match (interrupted, summary.failed) {
            (true, _) => ExitCode::from(INTERRUPTED),
            (false, 0) => ExitCode::SUCCESS,
            (false, _) => ExitCode::FAILURE,
        })
    }
}

/// One line of the list of ids.
async fn one(
    transfers: &Transfers,
    progress: &Progress,
    key: Result<Key, String>,
) -> (String, anyhow::Result<Fetched>) {
    match key {
        Ok(key) => {
            let bar = progress.bar(&key.asset);
            let fetched = transfers.fetch(&key, &bar).await;
            (key.asset, fetched)
        }
        Err(words) => ("-".to_owned(), Err(anyhow::anyhow!(words))),
    }
}

impl Summary {
    fn take(
        &mut self,
        progress: &Progress,
        id: &str,
        outcome: anyhow::Result<Fetched>,
    ) -> anyhow::Result<()> {
        match outcome {
            Ok(fetched) => {
                let verified = if fetched.verified { ", verified" } else { "" };
                let there = if fetched.there { ", was there already" } else { "" };
                progress.say(format_args!(
                    "{}: {}{verified}{there}",
                    shown(id),
                    size(fetched.bytes)
                ));
                progress.result(fetched.file.display())?;
                if fetched.there {
                    self.there += 1;
                } else {
                    self.fetched += 1;
                    self.fetched_bytes += fetched.bytes;
                }
            }
            Err(error) => {
                let line = format!("{}: {}", shown(id), shown(&format!("{error:#}")));
                progress.complain(format_args!("failed: {line}"));
                self.failed += 1;
                if self.failures.len() < MAX_REPEATED {
                    self.failures.push(line);
                }
            }
        }
        Ok(())
    }

    fn tell(&self, progress: &Progress, interrupted: bool) {
        progress.say(format_args!(
            "{} downloaded ({}), {} there already, {} failed",
            self.fetched,
            size(self.fetched_bytes),
            self.there,
            self.failed
        ));
        // Between hundreds of others a failure is soon out of sight.
        let many = self.fetched + self.there > 0;
        for line in self.failures.iter().filter(|_| many) {
            progress.say(format_args!("  failed: {line}"));
        }
        if let Some(more) = self.failed.checked_sub(MAX_REPEATED as u64).filter(|more| *more > 0) {
            progress.say(format_args!("  and {more} more"));
        }
        if interrupted {
            progress.complain("interrupted; run it again to go on");
        }
    }
}
