//! What operators look at.

use crate::gateway::{ArchiveFile, Gateway, ROWS, well};

#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_it_lives_and_what_it_counted() {
    let fake = well("hubble").await;
    let gateway =
        Gateway::start(&[ArchiveFile::new("hubble", 10, &format!("{}/tap", fake.url))]).await;
    for (path, text) in [("healthz", "ok\n"), ("readyz", "ready\n")] {
        let answer = gateway.ask(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, text), "{path}");
    }
    assert_eq!(gateway.search(&[]).await.ids().len(), ROWS);
    let metrics = gateway.ask("metrics").await;
    assert!(
        metrics.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    for line in [
        r#"archway_archive_answers_total{archive="hubble",status="ok"} 1"#,
        r#"archway_http_requests_total{method="GET",route="/api/v1/search",status="200"} 1"#,
        "archway_search_duration_seconds_count 1",
    ] {
        assert!(metrics.text.contains(line), "{line}: {}", metrics.text);
    }
    assert!(metrics.text.ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_the_name_it_came_with() {
    let gateway = Gateway::start(&[]).await;
    for path in ["api/v1/search", "api/v1/search?limit=0", "healthz", "no/such/page", ""] {
        let response =
            gateway.request(path).header("x-request-id", "test-42.a").send().await.unwrap();
        assert_eq!(response.headers()["x-request-id"], "test-42.a", "{path}");
        let made = gateway.ask(path).await.headers["x-request-id"].clone();
        assert_eq!(made.len(), 24, "{path}: {made:?}");
    }
    let response = gateway.request("healthz").header("x-request-id", "a b").send().await.unwrap();
    assert_ne!(response.headers()["x-request-id"], "a b", "it goes into logs");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_without_its_grant_says_which_line_is_missing() {
    let fakes = [well("granted").await, well("closed").await];
    let closed = ArchiveFile::new("closed", 20, &format!("{}/tap", fakes[1].url)).without_grants();
    let granted = ArchiveFile::new("granted", 10, &format!("{}/tap", fakes[0].url));
    let gateway = Gateway::start(&[granted, closed]).await;
    let answer = gateway.search(&[]).await;
    assert_eq!((answer.status, answer.ids().len()), (200, ROWS), "{}", answer.text);
    let host = fakes[1].url.trim_start_matches("http://");
    let reason = format!(
        "archive `closed` may not do this: add \"{host}\" to grants.http in config/archives/closed.toml"
    );
    assert_eq!(answer.row("closed"), ("denied".to_owned(), reason));
    assert!(fakes[1].all_asked().is_empty(), "nobody went there");
}
