//! How each archive took part, told on standard error as it answers.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::cli::terminal::{complain, shown};

/// A spinner on a terminal, plain lines elsewhere, nothing when quiet.
pub(super) struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        // Hidden by itself where standard error is no terminal.
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message("asking the archives");
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, quiet }
    }

    /// An archive answered.
    pub(super) fn answered(&self, source: &Value) {
        self.bar.inc(1);
        self.bar.set_message(format!("{} answered", self.bar.position()));
        self.say(&row(source));
    }

    /// The page is here.
    pub(super) fn done(&self, page: &Value) {
        self.bar.finish_and_clear();
        let shown = page.get("assets").and_then(Value::as_array).map_or(0, Vec::len);
        let count = page.pointer("/count/value").and_then(Value::as_u64).unwrap_or_default();
        let exact = page.pointer("/count/exact").and_then(Value::as_bool).unwrap_or_default();
        let least = if exact { "" } else { "at least " };
        let partial = page.get("partial").and_then(Value::as_bool).unwrap_or_default();
        let missing = if partial { "; some archives are missing, wholly or in part" } else { "" };
        let next = if shown > 0 { "; `archway get ID` downloads one" } else { "" };
        self.say(&format!("{shown} of {least}{count} assets{missing}{next}"));
    }

    fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        self.bar.suspend(|| complain(line));
    }
}

fn row(source: &Value) -> String {
    let text = |key| shown(source.get(key).and_then(Value::as_str).unwrap_or_default());
    let number = |key| source.get(key).and_then(Value::as_u64).unwrap_or_default();
    let reason = match text("reason") {
        reason if reason.is_empty() => reason,
        reason => format!("  {reason}"),
    };
    format!(
        "{:<20} {:<12} {:>5} in {:>5} ms{reason}",
        text("id"),
        text("status"),
        number("rows"),
        number("elapsed_ms")
    )
}
