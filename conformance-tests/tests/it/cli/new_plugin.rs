//! `archway plugins new`, and what it made: tested, built, tried, recorded.
//!
//! Slow: cargo compiles the SDK in another profile. Once is enough.

use std::path::{Path, PathBuf};
use std::process::Command;

use archway_conformance::fake_tap::{FakeTap, Reply};

use super::{archway, run, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_plugin_tests_builds_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut new = archway();
    new.current_dir(folder.path()).args(["plugins", "new", "demo"]);
    let output = run(new).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let demo = folder.path().join("demo");

    let mut test = cargo(&demo);
    test.args(["test", "--offline"]);
    let output = run(test).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("5 passed"), "{}", text(&output.stdout));

    let mut build = cargo(&demo);
    build.args(["build", "--offline", "--target", "wasm32-wasip2"]);
    let output = run(build).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let component = target().join("wasm32-wasip2/debug/demo.wasm");

    let server = FakeTap::start().await;
    let catalogue = std::fs::read(demo.join("tests/data/recorded/askap.json")).unwrap();
    server.on("/askap.json", [Reply::ok("application/json", catalogue)]);
    let setting = format!("catalogue_url={}/askap.json", server.url);
    let grant = server.url.trim_start_matches("http://").to_owned();

    let mut attempt = archway();
    attempt.args(["plugins", "try"]).arg(&component).args([
        "search",
        "noise",
        "--setting",
        &setting,
        "--grant",
        &grant,
    ]);
    let output = run(attempt).await;
    let (shown, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}");
    assert!(shown.contains("cube-504") && !shown.contains("cube-502"), "{shown}");
    assert!(told.contains("asked  GET http://") && told.contains("call   search"), "{told}");

    let mut refused = archway();
    refused.args(["plugins", "try"]).arg(&component).args(["search", "--setting", &setting]);
    let output = run(refused).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains(&format!("add \"{grant}\" to grants.http")),
        "{}",
        text(&output.stderr)
    );

    let to = folder.path().join("recorded");
    let mut record = archway();
    record.args(["plugins", "record"]).arg(&component).args([
        "look-up",
        "cube-503",
        "--setting",
        &setting,
    ]);
    record.args(["--grant", &grant, "--note", "of a test", "--to"]).arg(&to);
    let output = run(record).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let index: serde_json::Value =
        serde_json::from_slice(&std::fs::read(to.join("exchanges.json")).unwrap()).unwrap();
    assert_eq!(index["exchanges"][0]["response"]["body"], "01.json");
    assert_eq!(index["note"], "of a test");
    let recorded = std::fs::read(to.join("01.json")).unwrap();
    assert_eq!(recorded, std::fs::read(demo.join("tests/data/recorded/askap.json")).unwrap());

    let mut again = archway();
    again.current_dir(folder.path()).args(["plugins", "new", "demo"]);
    assert_eq!(run(again).await.status.code(), Some(1), "nothing is overwritten");
}

/// Its dependencies are compiled already where these tests were.
fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target());
    cargo
}

/// A folder of its own beside that of the tests, which a test that runs at the same time may hold.
fn target() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(3).unwrap().join("new-plugin")
}
