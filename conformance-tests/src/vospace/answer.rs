//! Answers: documents, faults, redirects.

use archway_formats::vospace::{Fault, FaultKind};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use super::Caller;

/// A fault on its way to the client.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Fault, pub(super) Caller);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(fault, caller) = self;
        let body = format!("{fault}\n");
        // Who did not say who they are may try again and say it.
        if fault.kind == FaultKind::PermissionDenied && caller != Caller::Owner {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            return (StatusCode::UNAUTHORIZED, challenge, body).into_response();
        }
        let status = StatusCode::from_u16(fault.kind.status());
        (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response()
    }
}

/// An XML document.
pub(super) fn xml(status: StatusCode, document: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], document).into_response()
}

/// A document written to memory, which cannot fail; a failure is told anyway.
pub(super) fn written(
    status: StatusCode,
    write: impl FnOnce(&mut Vec<u8>) -> archway_formats::Result<()>,
) -> Response {
    let mut document = Vec::new();
    match write(&mut document) {
        Ok(()) => xml(status, document),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// 303 to another place.
pub(super) fn see_other(url: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response()
}

/// The values of a query string or form by name, in any case.
pub(super) fn parameter(text: &[u8], name: &str) -> Option<String> {
    let mut all = url::form_urlencoded::parse(text);
    all.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
}
