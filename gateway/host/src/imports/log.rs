//! `archway:host/log`, and whatever a plugin prints.
//!
//! Rules that hold here and nowhere else: a line is cut and its control characters escaped, so
//! that no plugin writes somebody else's line; so many lines a second, and then a count of those
//! dropped; credentials are taken out, should an archive have echoed one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::abi::v0_1::archway::host::log::{Host, Level};
use crate::credentials::Credentials;
use crate::instance::{State, Surroundings};
use crate::observer::{Event, Observer};

const MOST_MESSAGE_BYTES: usize = 4 * 1024;
const MOST_FIELDS: usize = 32;
const MOST_FIELD_BYTES: usize = 1024;

/// The log of one archive's plugin.
pub(crate) struct PluginLog {
    archive: String,
    plugin: String,
    credentials: Credentials,
    lines_per_s: u32,
    gate: Mutex<Gate>,
    observer: Option<Arc<Observer>>,
}

#[derive(Default)]
struct Gate {
    since: Option<Instant>,
    lines: u32,
    dropped: u64,
}

/// The last lines that one instance wrote on stderr, for the error of a call that trapped.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    /// What was said last, if anything.
    pub(crate) fn take(&self) -> Option<String> {
        let words = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (!words.is_empty()).then_some(words)
    }

    fn add(&self, line: &str) {
        if line.is_empty() || line.starts_with("note: run with") {
            return;
        }
        let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() > 512 {
            words.clear();
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(line.chars().take(512));
    }
}

impl PluginLog {
    pub(crate) fn new(
        archive: &str,
        plugin: &str,
        credentials: Credentials,
        lines_per_s: u32,
        observer: Option<Arc<Observer>>,
    ) -> Self {
        let (archive, plugin) = (archive.to_owned(), plugin.to_owned());
        Self { archive, plugin, credentials, lines_per_s, gate: Mutex::default(), observer }
    }

    fn write(&self, level: &'static str, message: &str, fields: &[(String, String)]) {
        let Some(dropped) = self.admit() else { return };
        let message = self.clean(message, MOST_MESSAGE_BYTES);
        let (archive, plugin) = (self.archive.as_str(), self.plugin.as_str());
        if dropped > 0 {
            tracing::warn!(
                archive.id = archive,
                plugin.id = plugin,
                dropped,
                "lines of the plugin's log were dropped"
            );
        }
        let fields: Vec<(String, String)> = fields
            .iter()
            .take(MOST_FIELDS)
            .map(|(key, value)| (self.clean(key, 64), self.clean(value, MOST_FIELD_BYTES)))
            .collect();
        let mut shown = String::new();
        for (key, value) in &fields {
            shown.push_str(if shown.is_empty() { "" } else { " " });
            shown.push_str(&format!("{key}={value:?}"));
        }
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    archive.id = archive,
                    plugin.id = plugin,
                    from = level,
                    fields = shown,
                    "{message}"
                )
            };
        }
        match level {
            "trace" => line!(trace),
            "debug" | "stdout" | "stderr" => line!(debug),
            "info" => line!(info),
            _ => line!(warn),
        }
        if let Some(observer) = &self.observer {
            observer.report(Event::Log { level, message, fields });
        }
    }

    /// Lets a line through; the number of lines dropped before it, or `None` to drop it.
    fn admit(&self) -> Option<u64> {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let over = gate.since.is_none_or(|since| now - since >= Duration::from_secs(1));
        if over {
            gate.since = Some(now);
            gate.lines = 0;
        }
        if gate.lines >= self.lines_per_s {
            gate.dropped += 1;
            return None;
        }
        gate.lines += 1;
        Some(std::mem::take(&mut gate.dropped))
    }

    fn clean(&self, text: &str, most_bytes: usize) -> String {
        let cut = text.char_indices().nth(most_bytes).map_or(text.len(), |(end, _)| end);
        let text = self.credentials.redact(text.get(..cut).unwrap_or_default());
        let mut clean = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_control() && c != '\t' {
                clean.extend(c.escape_default());
            } else {
                clean.push(c);
            }
        }
        clean
    }
}

impl Host for State {
    async fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        self.budget.host_call()?;
        let level = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Problem => "problem",
        };
        self.surroundings.log.write(level, &message, &fields);
        Ok(())
    }
}

/// Tells log and observer that a plugin asked for what it may not have.
pub(super) fn refused(surroundings: &Surroundings, target: &str, reason: &str) {
    tracing::warn!(
        archive.id = %surroundings.archive,
        plugin.id = %surroundings.plugin,
        target = target.chars().take(200).collect::<String>(),
        reason,
        "refused"
    );
    let (target, reason) = (target.to_owned(), reason.to_owned());
    surroundings.report(|| Event::Refused { target, reason });
}

/// Standard output or error: whole lines go to the log.
#[derive(Clone)]
pub(super) struct Output {
    log: Arc<PluginLog>,
    level: &'static str,
    line: Arc<Mutex<Vec<u8>>>,
    words: Option<LastWords>,
}

impl Output {
    pub(super) fn new(log: Arc<PluginLog>, level: &'static str, words: Option<LastWords>) -> Self {
        Self { log, level, line: Arc::default(), words }
    }

    fn take(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = MOST_MESSAGE_BYTES.saturating_sub(line.len());
            line.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
            if piece.ends_with(b"\n") {
                let text = String::from_utf8_lossy(&line);
                let text = text.trim_end_matches('\n');
                self.log.write(self.level, text, &[]);
                if let Some(words) = &self.words {
                    words.add(&self.log.clean(text, MOST_MESSAGE_BYTES));
                }
                line.clear();
            }
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // WASI 0.2 asks for `p2_stream`; this one is for other versions, which are not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 * 1024)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::{LastWords, Output, PluginLog};
    use crate::observer::{Event, Observer};
    use std::sync::{Arc, Mutex};

    fn watched(lines_per_s: u32) -> (Arc<PluginLog>, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        let observer = Observer::new(false, move |event| {
            if let Event::Log { level, message, .. } = event {
                seen.lock().unwrap().push(format!("{level}: {message}"));
            }
        });
        let observer = Some(Arc::new(observer));
        (Arc::new(PluginLog::new("a", "p", Default::default(), lines_per_s, observer)), lines)
    }

    #[test]
    fn what_is_printed_becomes_lines_without_control_characters() {
        let (log, lines) = watched(100);
        let output = Output::new(log, "stdout", None);
        for piece in ["one", " line\ntwo\u{1b}[31m\n\n", "unfinished"] {
            output.take(piece.as_bytes());
        }
        assert_eq!(
            *lines.lock().unwrap(),
            ["stdout: one line", "stdout: two\\u{1b}[31m", "stdout: "]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_lines_is_dropped() {
        let (log, lines) = watched(3);
        for _ in 0..100 {
            log.write("info", "x", &[]);
        }
        assert_eq!(lines.lock().unwrap().len(), 3);
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        log.write("info", "y", &[]);
        assert_eq!(lines.lock().unwrap().len(), 4);
    }

    #[test]
    fn the_last_words_on_stderr_are_kept_for_the_error() {
        let words = LastWords::default();
        let output = Output::new(watched(100).0, "stderr", Some(words.clone()));
        output.take(
            b"thread panicked at src/lib.rs:1:2:\nno rows\nnote: run with `RUST_BACKTRACE=1`\n",
        );
        assert_eq!(words.take().unwrap(), "thread panicked at src/lib.rs:1:2: no rows");
        assert_eq!(words.take(), None);
    }
}
