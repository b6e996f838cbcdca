//! `archway plugins …`: for those who write plugins and those who run them.

mod attempt;
mod inspect;
mod list;
mod new;
mod operation;
mod record;
mod single;

use std::process::ExitCode;

use clap::Subcommand;

/// For those who write plugins and those who run them.
#[derive(Debug, Subcommand)]
pub(super) enum Plugins {
    /// Lists the plugins in the configured folders, and what is wrong with the others
    List(list::List),
    /// Shows what a component is, offers, asks for and imports, or why it is refused
    Inspect(inspect::Inspect),
    /// Runs one operation of a component and shows each request made and each asset returned
    Try(attempt::Try),
    /// Runs one operation and stores its exchanges for tests
    Record(record::Record),
    /// Makes a folder with a new plugin that compiles and tests, SDK included
    New(new::New),
}

impl Plugins {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run().await,
            Self::Inspect(inspect) => inspect.run().await,
            Self::Try(attempt) => attempt.run().await,
            Self::Record(record) => record.run().await,
            Self::New(new) => new.run(),
        }
    }
}
