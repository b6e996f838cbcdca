//! How the downloads go, on standard error: a bar each on a terminal, plain lines elsewhere.

use std::fmt::Display;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::terminal::{self, complain, shown};

/// Most columns of a name beside its bar.
const NAME_COLUMNS: usize = 40;

/// All bars.
pub(super) struct Progress {
    bars: MultiProgress,
    quiet: bool,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        // Hidden by itself where standard error is no terminal.
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { bars: MultiProgress::with_draw_target(target), quiet }
    }

    /// The bar of one download.
    pub(super) fn bar(&self, id: &str) -> Bar {
        let bar = self.bars.add(ProgressBar::no_length());
        bar.set_style(style("{spinner} {prefix} {bytes}  {bytes_per_sec}"));
        bar.set_prefix(prefix(id));
        bar.enable_steady_tick(Duration::from_millis(200));
        Bar(bar)
    }

    /// Something to know.
    pub(super) fn say(&self, line: impl Display) {
        if !self.quiet {
            self.complain(line);
        }
    }

    /// Something that failed; said however quiet.
    pub(super) fn complain(&self, line: impl Display) {
        self.bars.suspend(|| complain(line));
    }

    /// What was asked for, on standard output.
    pub(super) fn result(&self, line: impl Display) -> std::io::Result<()> {
        self.bars.suspend(|| terminal::line(line))
    }
}

/// The bar of one download; it goes when this is dropped.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// The file has a name, perhaps a size, and begins behind what is there.
    pub(super) fn begin(&self, name: &str, total_bytes: Option<u64>, there_bytes: u64) {
        self.0.set_prefix(prefix(name));
        if let Some(total) = total_bytes {
            self.0.set_style(style(
                "{spinner} {prefix} [{bar:24}] {bytes}/{total_bytes}  {bytes_per_sec}  {eta}",
            ));
            self.0.set_length(total);
        }
        self.0.set_position(there_bytes);
        // The speed is that of this run.
        self.0.reset_eta();
    }

    pub(super) fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn prefix(name: &str) -> String {
    terminal::cut(&shown(name), NAME_COLUMNS)
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
