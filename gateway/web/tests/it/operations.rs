//! `/healthz`, `/readyz`, `/metrics`.

use archway_web::router;
use axum::http::Request;

use crate::gateway::{ask, federation, get};

#[tokio::test]
async fn a_gateway_that_is_not_ready_says_so_and_is_alive() {
    let gateway = federation();
    assert_eq!(get(gateway.clone(), "/readyz").await.status, 200);
    gateway.readiness.set(false);
    assert_eq!(get(gateway.clone(), "/readyz").await.status, 503);
    assert_eq!(get(gateway, "/healthz").await.status, 200);
}

#[tokio::test]
async fn requests_searches_and_answers_of_archives_are_counted() {
    let gateway = federation();
    let service = router(gateway);
    let to = |uri: &str| Request::get(uri).header("host", "localhost");
    ask(service.clone(), to("/api/v1/search?q=m31")).await;
    ask(service.clone(), to("/api/v1/search?limit=0")).await;
    ask(service.clone(), to("/assets/hst%2Fm31")).await;
    ask(service.clone(), to("/nothing/at/all")).await;
    let metrics = ask(service, to("/metrics")).await;
    let counted: Vec<_> = metrics
        .body
        .lines()
        .filter(|line| line.contains("_total{") || line.contains("seconds_count"))
        .collect();
    let mut counted = counted;
    counted.sort_unstable();
    insta::assert_snapshot!(counted.join("\n"));
}
