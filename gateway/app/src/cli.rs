//! The shell commands; one file each.
//!
//! Exit codes: 0 done, 1 it did not work, 2 what was written (the command or the
//! configuration) is wrong, 130 interrupted. What people asked for goes to standard output, everything
//! else to standard error.

mod check;
mod events;
mod gateway;
mod get;
mod lab;
mod plugins;
mod search;
mod serve;
mod terminal;
mod volume;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Environment, Invalid};

/// A federation gateway for science archives.
#[derive(Debug, Parser)]
#[command(name = "archway", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the gateway and prints its address when it is ready
    Serve(serve::Serve),
    /// Checks configuration, plugins and grants, and whether the archives answer
    Check(check::Check),
    /// Searches all archives through a running gateway
    Search(search::Search),
    /// Downloads assets through a running gateway; resumes and verifies
    Get(get::Get),
    /// Makes, lists, shows and removes data volumes of a running gateway
    #[command(subcommand)]
    Volume(volume::Volume),
    /// Creates, lists, opens and stops labs of a running gateway
    #[command(subcommand)]
    Lab(lab::Lab),
    /// Lists, inspects, tries, records and makes plugins
    #[command(subcommand)]
    Plugins(plugins::Plugins),
}

/// The configuration that several commands read.
#[derive(Args, Debug)]
struct ConfigArgs {
    /// Configuration; the archives are in `archives/` beside it [default: config/archway.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigArgs {
    fn load(&self) -> Result<Config, Invalid> {
        Config::load(self.config.as_deref(), &Environment::of_process())
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve(serve) => serve.run().await,
            Command::Check(check) => check.run().await,
            Command::Search(search) => search.run().await,
            Command::Get(get) => get.run().await,
            Command::Volume(volume) => volume.run().await,
            Command::Lab(lab) => lab.run().await,
            Command::Plugins(plugins) => plugins.run().await,
        }
    });
    // A name lookup that hangs must not keep the process.
    runtime.shutdown_background();
    done.unwrap_or_else(|error| failed(&error))
}

/// Says why, and with which exit code.
fn failed(error: &anyhow::Error) -> ExitCode {
    if terminal::reader_is_gone(error) {
        return ExitCode::SUCCESS;
    }
    terminal::complain(format_args!("error: {error:#}"));
    if error.is::<Invalid>() || error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// What was asked for makes no sense; exit code 2, as for an option that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

#[cfg(test)]
mod tests {
    use super::Cli;

    #[test]
    fn the_commands_are_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
