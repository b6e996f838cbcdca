//! `kill -9` of a gateway while a volume arrives: the next one goes on, and nothing half is seen.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::extract::Path as Asked;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::site::Site;

/// Files, and bytes of each.
const FILES: usize = 12;
const SIZE: usize = 3_000_000;

/// Bytes that no two files share, and the list of their checksums; made once, as a build without
/// optimisation takes seconds over them.
static CONTENTS: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    let content = |number| (0..SIZE).map(|at| ((at / 7 + at * number) % 251) as u8).collect();
    (0..FILES).map(content).collect()
});
static SUMS: LazyLock<String> = LazyLock::new(|| {
    let sum = |(number, content): (usize, &Bytes)| {
        let digest = Sha256::digest(content);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex}  {number}.bin\n")
    };
    CONTENTS.iter().enumerate().map(sum).collect()
});

/// A slow server of files with parts, validators and a list of checksums.
async fn slow_origin() -> String {
    let index = || async {
        let line = |number: usize| {
            format!("<a href=\"{number}.bin\">{number}.bin</a> 2024-01-01 00:00 {SIZE}\n")
        };
        let lines: String = (0..FILES).map(line).collect();
        let page = format!(
            "<html><h1>Index of /</h1><pre>{lines}<a href=\"SHA256SUMS\">SHA256SUMS</a> 2024-01-01 00:00 900\n</pre></html>"
        );
        ([(header::CONTENT_TYPE, "text/html")], page)
    };
    let routes = Router::new()
        .route("/", get(index))
        .route("/SHA256SUMS", get(|| async { SUMS.as_str() }))
        .route("/{name}", get(file));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // It ends with the runtime of the test.
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address.to_string()
}

async fn file(Asked(name): Asked<String>, headers: HeaderMap) -> Response {
    let number = name.strip_suffix(".bin").and_then(|own| own.parse::<usize>().ok());
    let Some((number, all)) = number.and_then(|own| Some((own, CONTENTS.get(own)?))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let range = headers.get(header::RANGE).and_then(|own| own.to_str().ok());
    let from = range.and_then(|own| own.strip_prefix("bytes=")?.split('-').next()?.parse().ok());
    let first: usize = from.unwrap_or(0);
    if first >= SIZE {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let rest = all.slice(first..);
    // About 1.5 MB in a second, so that there is a middle of a file.
    let pieces = futures_util::stream::unfold(rest, |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let piece = rest.split_to(rest.len().min(30_000));
        Some((Ok::<_, std::io::Error>(piece), rest))
    });
    let status = if first > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = Response::builder()
        .status(status)
        .header(header::ETAG, format!("\"{number}\""))
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, SIZE - first);
    if first > 0 {
        let range = format!("bytes {first}-{}/{SIZE}", SIZE - 1);
        response = response.header(header::CONTENT_RANGE, range);
    }
    response.body(axum::body::Body::from_stream(pieces)).unwrap()
}

fn preset(folder: &Path, origin: &str) {
    let text = format!(
        "[archive]\nid = \"slow\"\ntitle = \"Slow\"\nplugin = \"http-tree\"\n\
         [settings]\nbase_url = \"http://{origin}/\"\n[grants]\nhttp = [\"{origin}\"]\n\
         [rate]\nrequests_per_s = 0.0\n"
    );
    std::fs::write(folder.join("presets/slow.toml"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_while_a_volume_arrives_goes_on_with_it() {
    let origin = slow_origin().await;
    let mut site = Site::with(|folder| preset(folder, &origin)).await;
    let body = json!({ "name": "slow", "source": { "tree": { "preset": "slow" } } });
    let volume = site.begun(body).await;
    let path = format!("volumes/{}", volume["id"].as_str().unwrap());
    let mut most = 0;
    for _ in 0..3 {
        // Killed whenever some more has come.
        let wanted = most + 3_000_000;
        loop {
            let now = site.get(&path).await;
            assert!(now["failure"].is_null(), "{now:#}");
            let bytes = now["progress"]["bytes"].as_u64().unwrap();
            if bytes >= wanted || now["state"] == "ready" {
                most = bytes;
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(!site.folder_of(&volume).exists(), "nothing is seen before all is there");
        site.kill_and_start();
    }
    let volume = site.finished(&volume).await;
    assert_eq!(volume["state"], "ready", "{volume:#}");
    assert_eq!(volume["progress"]["files"], FILES);
    let provenance = site.check_files(&volume);
    for file in provenance["files"].as_array().unwrap() {
        assert!(file["verifiedAgainst"].is_object(), "{file:#}");
    }
    assert_eq!(site.blobs(), FILES);
}
