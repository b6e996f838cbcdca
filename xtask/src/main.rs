//! `cargo xtask`: the commands that people type, on a machine with only Rust and a C compiler.

mod bench;
mod plugins;
mod start;
mod step;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, starts, tests and measures Archway.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds plugins and gateway, and serves them with the sample site until Ctrl-C
    Start(start::Start),
    /// Builds every plugin and test guest to a component
    Plugins(plugins::Plugins),
    /// Builds what the tests need and runs them all
    Test(test::Test),
    /// Runs the benchmarks, each figure beside its reference
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let done = match Xtask::parse().command {
        Command::Start(start) => start.run(),
        Command::Plugins(plugins) => plugins.run().map(|_| ()),
        Command::Test(test) => test.run(),
        Command::Bench(bench) => bench.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::failed(&error);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Xtask;

    #[test]
    fn the_commands_are_sound() {
        <Xtask as clap::CommandFactory>::command().debug_assert();
    }
}
