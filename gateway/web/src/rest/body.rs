//! The body of a request: JSON, of a length that fits, within the time there is.
//!
//! Rules that hold here: only `application/json`, which no form of another site can send; an
//! object and nothing else; what is not known is refused by its name.

use std::time::Duration;

use archway_core::Error;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;

use super::problem::{Problem, plain};
use super::reading::read;

/// Most bytes of a body: the ids of 10,000 assets.
pub(crate) const MAX_BYTES: usize = 2 * 1024 * 1024;
/// How long a body may take to come.
const WITHIN: Duration = Duration::from_secs(30);

/// What a request says.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let document = document(request).await?;
        read(&document).map(Self).map_err(|error| Problem::from(error).into_response())
    }
}

/// Reads the document whole.
async fn document(request: Request) -> Result<serde_json::Value, Response> {
    if !is_json(request.headers().get(header::CONTENT_TYPE)) {
        let words = "a body is application/json here; say so with Content-Type";
        return Err(plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    }
    let reading = axum::body::to_bytes(request.into_body(), MAX_BYTES);
    let bytes = match tokio::time::timeout(WITHIN, reading).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let words = format!("the body is longer than {MAX_BYTES} bytes, or broke off");
            return Err(plain(StatusCode::PAYLOAD_TOO_LARGE, &words));
        }
        Err(_) => {
            let words = format!("the body did not come within {} s", WITHIN.as_secs());
            return Err(plain(StatusCode::REQUEST_TIMEOUT, &words));
        }
    };
    match serde_json::from_slice::<serde_json::Value>(&bytes) {
        Ok(document) if document.is_object() => Ok(document),
        Ok(_) => {
            let error = Error::bad_request("body", "is no JSON object");
            Err(Problem::from(error).into_response())
        }
        Err(error) => {
            let error = Error::bad_request("body", format!("is no JSON: {error}"));
            Err(Problem::from(error).into_response())
        }
    }
}

/// Whether a content type is JSON's, whatever its parameters.
fn is_json(value: Option<&axum::http::HeaderValue>) -> bool {
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
