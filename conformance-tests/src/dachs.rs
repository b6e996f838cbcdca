//! A DaCHS server on this machine: a TAP archive that nobody here wrote, with
//! 100,000 synthetic ObsCore rows.
//!
//! *Called by* tests that need a real peer. *Calls* `dachs/up.sh`, which
//! installs, loads and starts what is missing, and is quick when nothing is.
//! *Rules*: without DaCHS such a test fails; only `ARCHWAY_TEST_DACHS=skip`
//! skips it, visibly. The server stays up after the tests (`dachs/down.sh`).

use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;

use tokio::process::Command;
use tokio::sync::OnceCell;

/// Rows of `ivoa.obscore`.
pub const ROWS: usize = 100_000;

/// A DaCHS that answers and holds [`ROWS`] rows.
#[derive(Clone, Debug)]
pub struct Dachs {
    /// Its TAP service: `http://127.0.0.1:8080/tap`, without a slash at the end.
    pub url: String,
    /// What a grant must name: `127.0.0.1:8080`.
    pub authority: String,
}

/// Why there is no DaCHS.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DachsError {
    /// The script could not be started.
    #[error("{script} cannot be run: {reason}")]
    NotRun {
        /// The script.
        script: String,
        /// The system's words.
        reason: String,
    },
    /// The script gave up.
    #[error(
        "DaCHS is not up ({status}), so tests against a real archive cannot run; \
         ARCHWAY_TEST_DACHS=skip leaves them out. The last words of dachs/up.sh:\n{last_words}"
    )]
    NotUp {
        /// How it ended.
        status: String,
        /// The end of what it said.
        last_words: String,
    },
}

/// Returns the server, bringing it up once for all tests of the process, or
/// `None`, said on stderr, if `ARCHWAY_TEST_DACHS=skip` is set.
///
/// # Panics
///
/// If it cannot be brought up: a test that needs it must not pass without.
#[allow(clippy::panic, reason = "this is for tests, which fail by panicking")]
pub async fn for_this_test() -> Option<Dachs> {
    if std::env::var("ARCHWAY_TEST_DACHS").is_ok_and(|word| word == "skip") {
        say_skipped();
        return None;
    }
    match start().await {
        Ok(dachs) => Some(dachs),
        Err(error) => panic!("{error}"),
    }
}

/// Returns the server, bringing it up on the first call of this process.
///
/// Takes under a second when it is up, half a minute to load, some minutes to
/// install. The outcome is the same for every caller.
///
/// # Errors
///
/// [`DachsError`] with the last words of the script.
pub async fn start() -> Result<Dachs, DachsError> {
    static STARTED: OnceCell<Result<Dachs, DachsError>> = OnceCell::const_new();
    STARTED.get_or_init(bring_up).await.clone()
}

async fn bring_up() -> Result<Dachs, DachsError> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("dachs").join("up.sh");
    let ran = Command::new("bash")
        .arg(&script)
        .arg(ROWS.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let ran = ran.map_err(|error| DachsError::NotRun {
        script: script.display().to_string(),
        reason: error.to_string(),
    })?;
    let said = String::from_utf8_lossy(&ran.stdout);
    match said.lines().last() {
        Some(url) if ran.status.success() && url.starts_with("http://") => {
            let authority = url.trim_start_matches("http://").split('/').next();
            Ok(Dachs { url: url.into(), authority: authority.unwrap_or_default().into() })
        }
        _ => Err(DachsError::NotUp {
            status: ran.status.to_string(),
            last_words: last_lines(&String::from_utf8_lossy(&ran.stderr), 15),
        }),
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Once a process: each test that is left out would say the same.
#[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
fn say_skipped() {
    static SAID: OnceLock<()> = OnceLock::new();
    SAID.get_or_init(|| eprintln!("SKIPPED: tests against DaCHS (ARCHWAY_TEST_DACHS=skip)"));
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn the_last_words_are_the_last_lines() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
        assert_eq!(last_lines("", 2), "");
    }
}
