//! RFC 9457 problem documents.

use archway_core::Error;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::page_view::SourceView;
use crate::error;

/// Lets a handler end in `?`: an [`Error`] becomes a problem document.
#[derive(Debug)]
pub(crate) struct Problem(Error);

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemView {
    /// Always `about:blank`: the status says the kind.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The name of the status.
    #[schema(example = "Bad Request")]
    title: &'static str,
    /// The status of the answer.
    #[schema(example = 400)]
    status: u16,
    /// What was found, and what would be right.
    #[schema(example = "limit: 0 is outside 1..=1000")]
    detail: String,
    /// The parameter that is wrong, as the client spelt it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "limit")]
    parameter: Option<String>,
    /// The archives that were required and did not answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceView>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl ProblemView {
    pub(super) fn of(error: &Error) -> Self {
        let status = error::status(error);
        let sources = match error {
            Error::Incomplete { sources } => sources.iter().map(SourceView::from).collect(),
            _ => Vec::new(),
        };
        Self {
            detail: error::public_message(error),
            parameter: error::parameter(error).map(str::to_owned),
            sources,
            ..Self::plain(status)
        }
    }

    fn plain(status: StatusCode) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: String::new(),
            parameter: None,
            sources: Vec::new(),
        }
    }

    fn answer(self, status: StatusCode) -> Response {
        let kind = HeaderValue::from_static("application/problem+json");
        (status, [(header::CONTENT_TYPE, kind)], Json(self)).into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        error::log(&self.0);
        let mut response = ProblemView::of(&self.0).answer(error::status(&self.0));
        if let Error::Range { total_bytes: Some(total), .. } = &self.0
            && let Ok(value) = HeaderValue::from_str(&format!("bytes */{total}"))
        {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        if let Some(after) = error::retry_after(&self.0) {
            let seconds = after.as_millis().div_ceil(1000);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        response
    }
}

/// Returns a problem that is about the address and not about what was asked.
pub(crate) fn plain(status: StatusCode, detail: &str) -> Response {
    ProblemView { detail: detail.to_owned(), ..ProblemView::plain(status) }.answer(status)
}
