//! `cargo xtask test`: what the tests need, then all of them.

use std::path::Path;

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
            // One run tells everything that is broken.
            tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        } else {
            say(
                "cargo-nextest is not installed: using cargo test, which is slower and otherwise the same",
            );
            tests.args([
                "test",
                "--workspace",
                "--all-targets",
                "--no-fail-fast",
                "--exclude",
                "archway-benchmarks",
            ]);
        }
        tests.envs(left_out());
        run("tests", tests.args(&self.more).env("ARCHWAY_COMPONENTS", &components))?;
        if self.more.is_empty() {
            let mut doc = cargo();
            doc.args(["test", "--workspace", "--doc"]).env("ARCHWAY_COMPONENTS", &components);
            run("examples in the documentation", &mut doc)?;
        }
        Ok(())
    }
}

/// The peers that this machine lacks, as the variables that leave their tests out.
///
/// DaCHS comes with a database server, so nobody gets it unasked; CI asks. A variable that is
/// set already says what is wanted.
fn left_out() -> Vec<(&'static str, &'static str)> {
    if std::env::var_os("CI").is_some() {
        return Vec::new();
    }
    let peers = [
        ("ARCHWAY_TEST_DACHS", has("dachs"), "DaCHS (Debian: gavodachs2-server)"),
        (
            "ARCHWAY_TEST_BROWSER",
            has("node") && has("chromium") && packages_are_there(),
            "Chromium, Node, and `npm ci --ignore-scripts` in conformance-tests/browser",
        ),
        (
            "ARCHWAY_TEST_FTP",
            ftp_daemons_are_there(),
            "vsftpd and Pure-FTPd, unpacked as `.ci/run` does it, and root",
        ),
        ("ARCHWAY_TEST_LABS", has("bwrap"), "bubblewrap, and Python 3 with venv"),
        (
            "ARCHWAY_TEST_DOCKER",
            Path::new("/var/run/docker.sock").exists(),
            "a Docker Engine with the image that config/apps/jupyterlab/image.sh makes",
        ),
        ("ARCHWAY_TEST_NOTEBOOK", has("python3"), "Python 3 with venv, and PyPI the first time"),
        ("ARCHWAY_TEST_POSTGRES", postgresql_is_there(), "PostgreSQL (Debian: postgresql)"),
        ("ARCHWAY_TEST_VOS", has("python3"), "the vos client of PyPI (Python 3 with venv)"),
    ];
    let missing = peers
        .into_iter()
        .filter(|(variable, there, _)| !there && std::env::var_os(variable).is_none());
    missing
        .map(|(variable, _, what)| {
            say(format!("LEFT OUT: tests that need {what}; {variable}=run insists on them"));
            (variable, "skip")
        })
        .collect()
}

fn has(command: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(command).is_file())
}

/// On the path, or where Debian keeps it.
fn postgresql_is_there() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    has("initdb") || versions.into_iter().any(|version| version.path().join("bin/initdb").is_file())
}

/// Both are started as root, to become nobody.
fn ftp_daemons_are_there() -> bool {
    let unpacked = std::env::var_os("ARCHWAY_FTP_DAEMONS").map(std::path::PathBuf::from);
    let home = std::path::PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let unpacked = unpacked.unwrap_or_else(|| home.join(".cache/archway/ftp-daemons"));
    let there = |name: &str| {
        let folders = [unpacked.join("usr/sbin"), "/usr/sbin".into()];
        folders.iter().any(|folder| folder.join(name).is_file())
    };
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    root && there("vsftpd") && there("pure-ftpd")
}

fn packages_are_there() -> bool {
    crate::workspace::root().join("conformance-tests/browser/node_modules").exists()
}
