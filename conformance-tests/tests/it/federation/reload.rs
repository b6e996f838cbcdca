//! Files that change while searches run.

use std::sync::Arc;
use std::time::Duration;

use archway_conformance::components;
use axum::Router;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::gateway::{ArchiveFile, Gateway, ROWS, obscore, well};

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_changes_nothing_and_a_new_one_is_searched() {
    let fakes = [well("first").await, well("second").await];
    let [first, second] = [("first", 10, &fakes[0]), ("second", 20, &fakes[1])]
        .map(|(id, order, fake)| ArchiveFile::new(id, order, &format!("{}/tap", fake.url)));
    let gateway = Gateway::start(std::slice::from_ref(&first)).await;
    assert_eq!(gateway.search(&[]).await.ids().len(), ROWS);

    // The broken one first, so that the new one proves that it was read and refused.
    std::fs::write(gateway.path("archives/first.toml"), "[archive]\nid = ").unwrap();
    gateway.write(&second);
    gateway.until("a second archive", |list| list.len() == 2).await;
    let answer = gateway.search(&[]).await;
    assert_eq!(
        (answer.given_by("first"), answer.given_by("second")),
        (ROWS, ROWS),
        "{}",
        answer.text
    );
    assert_eq!(gateway.ask("readyz").await.status, 200);

    gateway.write(&first);
    std::fs::remove_file(gateway.path("archives/second.toml")).unwrap();
    gateway.until("one archive", |list| list.len() == 1).await;
    let answer = gateway.search(&[]).await;
    assert_eq!(answer.ids().len(), ROWS, "{}", answer.text);
    assert_eq!(answer.json()["partial"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_in_flight_keeps_the_plugin_and_the_archive_it_began_with() {
    let gate = Gate::start().await;
    let fake = well("quick").await;
    let slow =
        ArchiveFile::new("slow", 20, &format!("{}/tap", gate.url)).limits("wall_ms = 120000");
    let archives = [ArchiveFile::new("quick", 10, &format!("{}/tap", fake.url)), slow];
    let gateway = Arc::new(Gateway::start(&archives).await);

    let searching = {
        let gateway = Arc::clone(&gateway);
        tokio::spawn(async move { gateway.search(&[("deadline_ms", "60000")]).await })
    };
    gate.is_asked().await;

    // The same component with one operation less in its manifest, byte for byte as long.
    let component = std::fs::read(components::path("vo-tap")).unwrap();
    let changed = replaced(&component, b"\"look-up\", \"access\",", b"           \"access\",");
    std::fs::write(gateway.path("plugins/vo-tap.part"), changed).unwrap();
    std::fs::rename(gateway.path("plugins/vo-tap.part"), gateway.path("plugins/vo-tap.wasm"))
        .unwrap();
    std::fs::remove_file(gateway.path("archives/slow.toml")).unwrap();
    let replaced = |list: &[Value]| {
        list.len() == 1 && !list[0]["operations"].as_array().unwrap().contains(&"look-up".into())
    };
    gateway.until("the other plugin, and no slow archive", replaced).await;
    assert_eq!(gateway.search(&[]).await.ids().len(), ROWS, "the new plugin answers");

    assert!(!searching.is_finished(), "it waits for the slow archive");
    gate.open();
    let answer = searching.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        (answer.given_by("quick"), answer.given_by("slow")),
        (ROWS, ROWS),
        "{}",
        answer.text
    );
    assert_eq!(answer.json()["partial"], false, "{}", answer.text);
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

/// An archive that answers when the test says so.
struct Gate {
    url: String,
    open: watch::Sender<bool>,
    asked: watch::Receiver<bool>,
    server: tokio::task::JoinHandle<()>,
}

impl Gate {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (open, is_open) = watch::channel(false);
        let (ask, asked) = watch::channel(false);
        let ask = Arc::new(ask);
        let answer = move |uri: Uri| {
            let (ask, mut is_open) = (Arc::clone(&ask), is_open.clone());
            async move {
                let query = uri.query().unwrap_or_default();
                if !query.contains("ivoa.obscore") || query.contains("TAP_SCHEMA") {
                    return (StatusCode::NOT_FOUND, "only assets").into_response();
                }
                ask.send_replace(true);
                let _ = is_open.wait_for(|open| *open).await;
                let kind = (header::CONTENT_TYPE, "application/x-votable+xml");
                ([kind], obscore("slow", 0..ROWS, "OK")).into_response() as Response
            }
        };
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, Router::new().fallback(answer)).await;
        });
        Self { url, open, asked, server }
    }

    /// Waits until somebody asks for assets.
    async fn is_asked(&self) {
        let mut asked = self.asked.clone();
        let seen = tokio::time::timeout(Duration::from_secs(30), asked.wait_for(|asked| *asked));
        seen.await.unwrap().unwrap();
    }

    fn open(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.server.abort();
    }
}
