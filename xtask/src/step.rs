//! Progress for people: what is being done, and how long it took.

use std::fmt::Display;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

/// One line on standard error, marked as ours among cargo's.
pub(crate) fn say(message: impl Display) {
    #[expect(clippy::print_stderr, reason = "this is what the command is for")]
    {
        eprintln!("xtask: {message}");
    }
}

/// The error with its causes.
pub(crate) fn failed(error: &anyhow::Error) {
    say(format_args!("failed: {error:#}"));
}

/// Runs `command` to its end; says what is done before, and how long it took after.
pub(crate) fn run(what: &str, command: &mut Command) -> anyhow::Result<()> {
    say(format_args!("{what} …"));
    let begun = Instant::now();
    let status =
        command.status().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    let took_s = begun.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{what}: {status} after {took_s:.1} s");
    }
    say(format_args!("{what}: done in {took_s:.1} s"));
    Ok(())
}
