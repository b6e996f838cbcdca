//! `cargo xtask test`: what the tests need, then all of them.

use clap::Args;

use crate::plugins::Plugins;
use crate::step::{run, say};
use crate::workspace::cargo;

/// Runs every test of the workspace.
#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Passed on to `cargo nextest run`, or to `cargo test` where that is not installed
    #[arg(last = true)]
    more: Vec<String>,
}

impl Test {
    /// Builds the components, then tests, then runs the examples in the documentation.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let components = Plugins::default().run()?;
        // The tests of the shell run the command itself, which cargo does not build for them.
        let mut build = cargo();
        run("building the commands", build.args(["build", "--workspace", "--bins"]))?;
        let nextest =
            cargo().args(["nextest", "--version"]).output().is_ok_and(|o| o.status.success());
        let mut tests = cargo();
        if nextest {
            tests.args(["nextest", "run", "--workspace"]);
        } else {
            say(
                "cargo-nextest is not installed: using cargo test, which is slower and otherwise the same",
            );
            tests.args(["test", "--workspace", "--all-targets", "--exclude", "archway-benchmarks"]);
        }
        run("tests", tests.args(&self.more).env("ARCHWAY_COMPONENTS", &components))?;
        if self.more.is_empty() {
            let mut doc = cargo();
            doc.args(["test", "--workspace", "--doc"]).env("ARCHWAY_COMPONENTS", &components);
            run("examples in the documentation", &mut doc)?;
        }
        Ok(())
    }
}
