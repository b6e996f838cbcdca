//! `archway check`: configuration, plugins and grants, and whether the archives answer.
//!
//! Exit code 2 for what is written wrong (every mistake in one go), 1 if an archive does not
//! answer, 0 if all is well.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use futures_util::stream::{FuturesOrdered, StreamExt as _};

use super::{ConfigArgs, Usage, terminal};
use crate::config::Config;
use crate::data::DataFolder;
use crate::federation::{Federation, Reopen};
use crate::keeping::backends;

/// Checks configuration, plugins and grants, and whether the archives answer.
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigArgs,
    /// Does not ask the archives
    #[arg(long)]
    offline: bool,
    /// Longest that an archive may take to say what it is, in seconds
    #[arg(long, default_value_t = 10, value_name = "S")]
    timeout_s: u64,
}

/// Says which proxy leads out, where there is one.
fn say_the_way_out(config: &Config) -> io::Result<()> {
    let Some(proxy) = &config.proxy else { return Ok(()) };
    let login = if proxy.has_login() { "with a login" } else { "without a login" };
    terminal::line(format_args!(
        "egress: every connection goes through the proxy {}, {login}",
        proxy.endpoint()
    ))
}

/// Says of every lab backend whether it can be used, and what of its isolation does not hold.
async fn say_where_labs_run(config: &Config) -> io::Result<()> {
    let network = Arc::new(crate::app::network(config, Vec::new()));
    for backend in backends(config, &DataFolder::at(&config.server.data), network) {
        let report = backend.report().await;
        let id = backend.id();
        match &report.unusable {
            Some(why) => terminal::line(format_args!("labs: {id}: cannot be used: {why}"))?,
            None => terminal::line(format_args!("labs: {id}: can be used"))?,
        }
        for fact in &report.facts {
            match &fact.why {
                None => terminal::line(format_args!("  yes  {}", fact.what))?,
                Some(why) => terminal::line(format_args!("  NO   {} ({why})", fact.what))?,
            }
        }
    }
    Ok(())
}

impl Check {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let config: Config = self.config.load()?;
        match &config.file {
            Some(file) => terminal::line(format_args!("# {} and the environment", file.display()))?,
            None => terminal::line("# no configuration file: the defaults and the environment")?,
        }
        terminal::line(config.effective())?;
        if let Some(refusal) = config.server.refusal() {
            return Err(Usage(refusal).into());
        }
        let mut federation = Federation::for_check(&config)?;
        let mut wrong = Vec::new();
        for folder in config.plugins.folders.iter().filter(|folder| !folder.is_dir()) {
            terminal::complain(format_args!(
                "note: plugins.folders: there is no folder {}",
                folder.display()
            ));
        }
        wrong.extend(federation.load_plugins().await);
        wrong.extend(federation.open_archives(config.archives.clone(), Reopen::All));
        for error in &wrong {
            terminal::complain(format_args!("wrong: {error}"));
        }
        say_the_way_out(&config)?;
        say_where_labs_run(&config).await?;
        let silent = if self.offline { 0 } else { self.ask(&federation).await? };
        if !wrong.is_empty() {
            return Err(Usage(format!("{} plugins or archives cannot be used", wrong.len())).into());
        }
        if silent > 0 {
            bail!("{silent} archives do not answer");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Asks every archive what it is; returns how many did not say.
    async fn ask(&self, federation: &Federation) -> anyhow::Result<usize> {
        let mut table = terminal::Table::new(&["ARCHIVE", "PLUGIN", "ANSWERS", "IN", "WHAT"]);
        let within = Duration::from_secs(self.timeout_s.max(1));
        let archives = federation.list();
        let mut answers: FuturesOrdered<_> = archives
            .iter()
            .map(|archive| async move {
                let begun = std::time::Instant::now();
                (
                    archive.info(),
                    tokio::time::timeout(within, archive.describe()).await,
                    begun.elapsed(),
                )
            })
            .collect();
        let mut silent = 0;
        while let Some((info, answer, took)) = answers.next().await {
            let (answers, what) = match answer {
                Ok(Ok(description)) => ("yes", description.title.clone()),
                Ok(Err(error)) => ("no", error.to_string()),
                Err(_) => ("no", format!("no answer within {} s", within.as_secs())),
            };
            silent += usize::from(answers == "no");
            let took = format!("{} ms", took.as_millis());
            table.row(vec![info.id.to_string(), info.plugin, answers.to_owned(), took, what]);
        }
        if !archives.is_empty() {
            table.write(&mut io::stdout().lock(), terminal::width(), 4)?;
        }
        Ok(silent)
    }
}
