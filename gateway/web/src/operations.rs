//! What operators and their machines ask: is it alive, does it take traffic, what has it counted.

use archway_core::Error;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::rest::problem::Problem;
use crate::state::Gateway;

/// Answers as long as the process does.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether the gateway takes traffic.
pub(crate) async fn ready(State(gateway): State<Gateway>) -> Response {
    match gateway.readiness.is_ready() {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "starting or stopping\n").into_response(),
    }
}

/// Everything counted, in the `OpenMetrics` text format.
pub(crate) async fn metrics(State(gateway): State<Gateway>) -> Result<Response, Problem> {
    let text = gateway.metrics.render().map_err(|error| Error::Internal(Box::new(error)))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
