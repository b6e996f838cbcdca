//! Files that change under a running gateway.

use std::time::Duration;

use archway_conformance::components;
use serde_json::Value;

use super::{Site, archive, run, text};

/// Longest that a changed file may take to show: a new component is compiled first, which an
/// unoptimised gateway takes its time for.
const PATIENCE: Duration = Duration::from_secs(180);

impl Site {
    /// The archives as the API lists them.
    async fn archives(&self) -> Vec<Value> {
        let url = self.gateway.url().join("api/v1/archives").unwrap();
        let body = reqwest::get(url).await.unwrap().text().await.unwrap();
        let list: Value = serde_json::from_str(&body).unwrap();
        list["archives"].as_array().unwrap().clone()
    }

    /// Waits until the list is as `wanted`; the test's own timeout is [`PATIENCE`].
    async fn until(&self, what: &str, wanted: impl Fn(&[Value]) -> bool) {
        let seen = async {
            while !wanted(&self.archives().await) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("never seen: {what}"));
    }

    async fn finds_m101(&self) -> bool {
        let output =
            run(self.archway(&["search", "M101", "--limit", "1", "--format", "ndjson"])).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        !output.stdout.is_empty()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_and_archives_follow_their_files() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let site = Site::start().await;
    assert!(site.finds_m101().await);

    let address = site.samples.address.to_string();
    std::fs::write(site.path("archives/second.toml"), archive("second", "Second", &address))
        .unwrap();
    site.until("an archive that was added", |list| list.len() == 2).await;

    std::fs::write(site.path("archives/second.toml"), archive("second", "Renamed", &address))
        .unwrap();
    site.until("a new title", |list| list.iter().any(|one| one["title"] == "Renamed")).await;

    // Broken first, so that what is seen next proves that the broken one was read and refused.
    std::fs::write(site.path("archives/second.toml"), "archive = {").unwrap();
    std::fs::write(site.path("archives/third.toml"), archive("third", "Third", &address)).unwrap();
    site.until("another archive beside a broken one", |list| list.len() == 3).await;
    let titles: Vec<Value> = site.archives().await.iter().map(|one| one["title"].clone()).collect();
    assert!(
        titles.contains(&"Renamed".into()),
        "the broken file keeps the old archive: {titles:?}"
    );

    std::fs::remove_file(site.path("archives/second.toml")).unwrap();
    std::fs::remove_file(site.path("archives/third.toml")).unwrap();
    site.until("archives that are gone", |list| list.len() == 1).await;

    // The same component with one operation less in its manifest, byte for byte as long.
    let component = std::fs::read(components::path("vo-tap")).unwrap();
    let changed = replaced(&component, b"\"look-up\", \"access\",", b"           \"access\",");
    std::fs::write(site.path("plugins/vo-tap.wasm"), "half a component").unwrap();
    assert!(site.finds_m101().await, "the old plugin goes on");
    std::fs::write(site.path("plugins/vo-tap.wasm"), changed).unwrap();
    site.until("a plugin without look-up", |list| {
        !list[0]["operations"].as_array().unwrap().contains(&"look-up".into())
    })
    .await;
    assert!(site.finds_m101().await, "the new plugin answers");

    std::fs::remove_file(site.path("plugins/vo-tap.wasm")).unwrap();
    site.until("no archive without its plugin", <[Value]>::is_empty).await;
    site.gateway.shutdown().await;
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .expect("the manifest is inside");
    let mut changed = bytes.to_vec();
    changed[at..at + to.len()].copy_from_slice(to);
    changed
}
