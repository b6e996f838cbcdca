//! The portal in Chromium, over the sample site: `browser/portal.mjs` is the journey.
//!
//! Wants Node, Chromium (`CHROMIUM` names another than Debian's) and the packages of
//! `browser/package.json`; only `ARCHWAY_TEST_BROWSER=skip` leaves it out, and says so.
//! `ARCHWAY_SCREENSHOTS` names a folder to leave pictures in.

use std::path::Path;
use std::process::Command;

use archway::config::Environment;
use archway::{Config, Running};
use archway_conformance::{components, samples};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn people_find_data_with_and_without_javascript() {
    if std::env::var("ARCHWAY_TEST_BROWSER").is_ok_and(|word| word == "skip") {
        eprintln!("SKIPPED: the test in a browser (ARCHWAY_TEST_BROWSER=skip)");
        return;
    }
    let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    assert!(
        browser.join("node_modules").exists(),
        "no packages in conformance-tests/browser: run `npm ci --ignore-scripts` there"
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = samples::serve(listener).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway_over(&site.address.to_string(), folder.path()).await;

    let mut journey = Command::new("node");
    journey.arg("portal.mjs").arg(gateway.url().as_str()).current_dir(browser);
    if let Some(pictures) = std::env::var_os("ARCHWAY_SCREENSHOTS") {
        journey.arg(pictures);
    }
    let output = tokio::task::spawn_blocking(move || journey.output()).await.unwrap().unwrap();

    gateway.shutdown().await;
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
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
