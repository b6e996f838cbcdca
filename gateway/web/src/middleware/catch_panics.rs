//! A panic in a handler becomes an answer and a log line instead of a closed connection.

use std::panic::AssertUnwindSafe;

use archway_core::Error;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt as _;

use crate::router::error_answer;

/// What a handler panicked with, when it said so in words.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked: {0}")]
struct Panicked(String);

pub(super) async fn catch(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    // The request is gone after a panic and nothing of it is looked at again.
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let words = text.or_else(|| payload.downcast_ref::<&str>().copied());
            let words = words.unwrap_or("without words").to_owned();
            error_answer(&path, Error::Internal(Box::new(Panicked(words))))
        }
    }
}
