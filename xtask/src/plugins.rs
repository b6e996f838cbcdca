//! `cargo xtask plugins`: every plugin and test guest, built to a component.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use clap::Args;

use crate::step::{run, say};
use crate::workspace::{cargo, components, guests};

const TARGET: &str = "wasm32-wasip2";

/// Only plugins of these ids; all, and the test guests, without.
#[derive(Args, Debug, Default)]
pub(crate) struct Plugins {
    /// Id of a plugin or guest, as in its `plugin.toml`
    ids: Vec<String>,
}

impl Plugins {
    /// Those that a gateway runs, without the guests of the tests.
    pub(crate) fn of_a_gateway() -> anyhow::Result<Self> {
        let plugins = guests()?.into_iter().filter(|guest| guest.folder.is_empty());
        Ok(Self { ids: plugins.map(|guest| guest.id).collect() })
    }

    /// Builds them and returns the folder that they lie in.
    pub(crate) fn run(&self) -> anyhow::Result<PathBuf> {
        let mut guests = guests()?;
        if let Some(unknown) = self.ids.iter().find(|id| !guests.iter().any(|g| g.id == **id)) {
            let known: Vec<_> = guests.iter().map(|g| g.id.as_str()).collect();
            bail!("no plugin `{unknown}`; there are {}", known.join(", "));
        }
        guests.retain(|guest| self.ids.is_empty() || self.ids.contains(&guest.id));

        add_target()?;
        let built = components();
        let mut build = cargo();
        build
            .args(["build", "--profile", "plugin", "--target", TARGET, "--target-dir"])
            .arg(&built);
        for guest in &guests {
            build.args(["--package", &guest.package]);
        }
        run(&format!("building {} components", guests.len()), &mut build)?;

        for guest in &guests {
            let from = built.join(TARGET).join("plugin").join(guest.built_as());
            let folder = built.join(guest.folder);
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            let to = folder.join(format!("{}.wasm", guest.id));
            let size_bytes = put(&from, &to)?;
            say(format_args!("{:>7.1} KB  {}", size_bytes as f64 / 1e3, to.display()));
        }
        Ok(built)
    }
}

/// Replaces `to` in one step, and only when it differs: a running gateway watches this folder.
fn put(from: &PathBuf, to: &PathBuf) -> anyhow::Result<usize> {
    let component =
        std::fs::read(from).with_context(|| format!("cargo left no {}", from.display()))?;
    if std::fs::read(to).is_ok_and(|there| there == component) {
        return Ok(component.len());
    }
    let beside = to.with_extension("new");
    std::fs::write(&beside, &component)
        .with_context(|| format!("cannot write {}", beside.display()))?;
    std::fs::rename(&beside, to).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(component.len())
}

/// Adds the target that plugins are built for, if the toolchain lacks it.
fn add_target() -> anyhow::Result<()> {
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("cannot start rustc")?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).join("lib").exists() {
        return Ok(());
    }
    say(format_args!("the toolchain lacks the target {TARGET}, which plugins are built for"));
    let mut add = Command::new("rustup");
    run(&format!("rustup target add {TARGET}"), add.args(["target", "add", TARGET])).with_context(
        || {
            format!(
                "add the target {TARGET} in the way your toolchain was installed, then try again"
            )
        },
    )
}
