//! `cargo xtask bench`: the figures, each beside its reference in one run.

use clap::Args;

use crate::plugins::Plugins;
use crate::step::run;
use crate::workspace::cargo;

/// Runs all benchmarks, or the named ones.
#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Passed on to the benchmarks: their names and options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    more: Vec<String>,
}

impl Bench {
    /// Builds the components and the benchmarks in release, and runs them.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let components = Plugins::default().run()?;
        let mut build = cargo();
        build.args([
            "build",
            "--release",
            "--package",
            "archway-benchmarks",
            "--package",
            "archway",
        ]);
        run("building the benchmarks in release", &mut build)?;
        let mut bench = cargo();
        bench.args(["run", "--quiet", "--release", "--package", "archway-benchmarks", "--"]);
        run("benchmarks", bench.args(&self.more).env("ARCHWAY_COMPONENTS", components))
    }
}
