//! One span and one line for each request, and its count in the metrics.
//!
//! Never logged: the query string (what people search for is theirs), headers, bodies.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::RequestId;
use crate::state::Gateway;

pub(super) async fn log(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route =
        request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<RequestId>().map_or("", |id| &id.0);
    let span = tracing::info_span!("request", request.id = id, %method, route);
    async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let duration_ms = started.elapsed().as_millis() as u64;
        tracing::info!(status, duration_ms, "request answered");
        gateway.metrics.request(method.as_str(), &route, status);
        response
    }
    .instrument(span)
    .await
}
