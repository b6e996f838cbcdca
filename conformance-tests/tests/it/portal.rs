//! The portal in Chromium, over the sample site: the journeys are in `browser/`.
//!
//! Wants Node, Chromium (`CHROMIUM` names another than Debian's) and the packages of
//! `browser/package.json`; only `ARCHWAY_TEST_BROWSER=skip` leaves it out, and says so.
//! The journey into a lab wants what labs of the process backend want too: bubblewrap, and a
//! Python whose environment is kept in the folder of caches; `ARCHWAY_TEST_LABS=skip` leaves
//! that one out. `ARCHWAY_SCREENSHOTS` names a folder to leave pictures in.

mod whole;

use std::path::Path;
use std::process::Command;

use archway::config::Environment;
use archway::{Config, Running};
use archway_conformance::{components, samples};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn people_find_data_with_and_without_javascript() {
    if left_out() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = samples::serve(listener).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway_over(&site.address.to_string(), folder.path()).await;
    let walked = walk("portal.mjs", gateway.url().as_str()).await;
    gateway.shutdown().await;
    walked.unwrap_or_else(|said| panic!("{said}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_make_data_volumes_with_and_without_javascript() {
    if left_out() {
        return;
    }
    let site = whole::Site::start().await;
    let walked = walk("data.mjs", site.gateway.url().as_str()).await;
    site.gateway.shutdown().await;
    walked.unwrap_or_else(|said| panic!("{said}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_ends_in_plots_in_a_notebook() {
    if left_out() {
        return;
    }
    if std::env::var("ARCHWAY_TEST_LABS").is_ok_and(|word| word == "skip") {
        eprintln!("SKIPPED: the journey into a lab (ARCHWAY_TEST_LABS=skip)");
        return;
    }
    let site = whole::Site::start().await;
    if let Some(why) = site.labs_are_unusable().await {
        eprintln!("SKIPPED: the journey into a lab: {why}");
        site.gateway.shutdown().await;
        return;
    }
    let walked = walk("notebook.mjs", site.gateway.url().as_str()).await;
    // Labs outlive their gateway; this one ends its own.
    site.stop_labs().await;
    site.gateway.shutdown().await;
    walked.unwrap_or_else(|said| panic!("{said}"));
}

/// Whether `ARCHWAY_TEST_BROWSER=skip` is set, which is then said.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn left_out() -> bool {
    if std::env::var("ARCHWAY_TEST_BROWSER").is_ok_and(|word| word == "skip") {
        eprintln!("SKIPPED: the tests in a browser (ARCHWAY_TEST_BROWSER=skip)");
        return true;
    }
    let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    assert!(
        browser.join("node_modules").exists(),
        "no packages in conformance-tests/browser: run `npm ci --ignore-scripts` there"
    );
    false
}

/// Runs a journey; what it said where it failed.
async fn walk(script: &str, url: &str) -> Result<(), String> {
    let mut journey = Command::new("node");
    journey.args([script, url]);
    journey.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("browser"));
    if let Some(pictures) = std::env::var_os("ARCHWAY_SCREENSHOTS") {
        journey.arg(pictures);
    }
    let output = tokio::task::spawn_blocking(move || journey.output()).await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&said).into_owned()),
    }
}

/// A gateway whose archives are the sample site's two, as `config/archives` has them.
async fn gateway_over(site: &str, folder: &Path) -> Running {
    let archives = folder.join("archives");
    std::fs::create_dir(&archives).unwrap();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/archives");
    for name in ["samples-sky.toml", "samples-gaia.toml"] {
        let text = std::fs::read_to_string(committed.join(name)).unwrap();
        std::fs::write(archives.join(name), text.replace("127.0.0.1:8471", site)).unwrap();
    }
    let file = folder.join("archway.toml");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n",
        folder.join("data"),
        components::folder(),
    );
    std::fs::write(&file, text).unwrap();
    let config = Config::load(Some(&file), &Environment::default()).unwrap();
    archway::start(config).await.unwrap()
}
