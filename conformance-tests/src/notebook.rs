//! The environment of the `JupyterLab` application, made from the lock in `config/apps`, and
//! notebooks run in it.
//!
//! *Called by* tests. *Calls* `notebook/up.sh`, which takes minutes the first time and less than
//! a second when the environment is there, and `notebook/run.py`.
//! *Rules*: without the environment such a test fails; only `ARCHWAY_TEST_NOTEBOOK=skip` leaves
//! it out, visibly. A notebook that runs here has no network: whatever asks for one fails.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use base64::Engine as _;
use serde_json::Value;
use tokio::process::Command;

/// Whether `ARCHWAY_TEST_NOTEBOOK=skip` is set, which is then said on stderr.
#[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
pub fn is_left_out() -> bool {
    let skip = std::env::var("ARCHWAY_TEST_NOTEBOOK").is_ok_and(|word| word == "skip");
    if skip {
        eprintln!("SKIPPED: tests that run notebooks (ARCHWAY_TEST_NOTEBOOK=skip)");
    }
    skip
}

/// The folder of the environment, which is made if it is not there: `bin/python`, `bin/jupyter-lab`.
///
/// # Errors
///
/// With the words of Python or pip.
pub async fn environment() -> anyhow::Result<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebook/up.sh");
    let ran = Command::new("bash").arg(script).stdin(Stdio::null()).output().await?;
    ensure!(
        ran.status.success(),
        "no environment for notebooks, and ARCHWAY_TEST_NOTEBOOK is not skip: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let said = String::from_utf8_lossy(&ran.stdout);
    Ok(PathBuf::from(said.lines().last().context("notebook/up.sh said nothing")?))
}

/// What a notebook showed.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// What its cells printed, in their order; warnings too.
    pub text: String,
    /// Its pictures, as PNG.
    pub pictures: Vec<Vec<u8>>,
}

/// Runs a notebook from top to bottom, with the volumes in `data`. `kept` is where it is written
/// with its outputs, so that a person can look at them.
///
/// # Errors
///
/// With the cell that failed.
pub async fn run(notebook: &str, data: &Path, kept: &Path) -> anyhow::Result<Shown> {
    let environment = environment().await?;
    let home = tempfile::tempdir()?;
    let made = home.path().join("made.ipynb");
    std::fs::write(&made, notebook)?;
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebook/run.py");
    let nowhere = "http://127.0.0.1:9";
    let ran = Command::new(environment.join("bin/python"))
        .arg(runner)
        .args([&made, kept])
        .env_clear()
        .env("PATH", environment.join("bin"))
        .env("LANG", "C.UTF-8")
        .env("HOME", home.path())
        .env("ARCHWAY_DATA", data)
        .envs([("http_proxy", nowhere), ("https_proxy", nowhere), ("ftp_proxy", nowhere)])
        .current_dir(home.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    shown(&std::fs::read_to_string(kept)?)
}

/// The outputs of a notebook that ran.
fn shown(notebook: &str) -> anyhow::Result<Shown> {
    let notebook: Value = serde_json::from_str(notebook)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut shown = Shown::default();
    for output in list(&notebook["cells"]).iter().flat_map(|cell| list(&cell["outputs"])) {
        shown.text.push_str(&text_of(&output["text"]));
        let picture = text_of(&output["data"]["image/png"]).replace('\n', "");
        if !picture.is_empty() {
            shown.pictures.push(base64::engine::general_purpose::STANDARD.decode(picture)?);
        }
    }
    Ok(shown)
}

/// nbformat writes text as one string, or as lines.
fn text_of(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn outputs_are_text_and_pictures() {
        let notebook = r#"{"cells": [
            {"cell_type": "markdown", "source": "x"},
            {"outputs": [{"output_type": "stream", "text": ["a\n", "b"]},
                         {"output_type": "display_data", "data": {"image/png": "AQID\n"}}]}
        ]}"#;
        let shown = shown(notebook).unwrap();
        assert_eq!((shown.text.as_str(), shown.pictures), ("a\nb", vec![vec![1, 2, 3]]));
    }
}
