//! How a volume's files arrive, on standard error.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::cli::events::Events;
use crate::cli::gateway::{number, refused, text};
use crate::cli::terminal;

/// Follows a volume until nothing happens to it any more.
pub(super) async fn until_finished(mut events: Events) -> anyhow::Result<ExitCode> {
    let bar = ProgressBar::new(0);
    let style = "{spinner} {msg} {bytes} of {total_bytes}, {binary_bytes_per_sec} ({elapsed})";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    while let Some((name, data)) = events.next().await? {
        if name == "problem" {
            bar.finish_and_clear();
            return Err(refused(&data));
        }
        let volume = data.pointer("/volume").unwrap_or(&data);
        let (files, all) =
            (number(volume, "/progress/files"), number(volume, "/progress/files_total"));
        let state = text(volume, "/state");
        bar.set_length(number(volume, "/progress/bytes_total"));
        bar.set_position(number(volume, "/progress/bytes"));
        bar.set_message(format!("{state}: {files} of {all} files,"));
        if matches!(state.as_str(), "ready" | "failed" | "cancelled") {
            bar.finish_and_clear();
            return ended(volume, &state, files);
        }
    }
    bar.finish_and_clear();
    bail!("the gateway ended the answer before the volume was finished; it goes on with it")
}

fn ended(volume: &Value, state: &str, files: u64) -> anyhow::Result<ExitCode> {
    let failure = text(volume, "/failure");
    if state != "ready" {
        bail!("{state}: {failure}");
    }
    let bytes = terminal::size(number(volume, "/progress/bytes"));
    let noted = if failure.is_empty() { failure } else { format!("; {failure}") };
    terminal::complain(format_args!("ready: {files} files, {bytes}{noted}"));
    Ok(ExitCode::SUCCESS)
}
