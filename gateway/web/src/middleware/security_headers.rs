//! Headers that tell a browser how little this answer needs.
//!
//! `/api/` answers programs: public, readable from any origin without credentials,
//! never framed or rendered. Everything else is the portal: one origin, no inline
//! script or style, and scripts only through the one named Trusted Types policy.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

const PORTAL_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types archway";
/// What scripts of other origins may read besides the safelisted names.
const EXPOSED: &str = "accept-ranges, content-disposition, content-length, content-range, etag, \
    repr-digest, retry-after, x-request-id";
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

pub(super) async fn add(request: Request, next: Next) -> Response {
    let api = is_api(request.uri().path());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    // Bytes of archives come with a stricter one.
    let policy = HeaderValue::from_static(if api { API_CSP } else { PORTAL_CSP });
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    set(headers, CROSS_ORIGIN_RESOURCE_POLICY, if api { "cross-origin" } else { "same-origin" });
    if api {
        if reads {
            set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    } else {
        set(headers, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        set(headers, PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=()");
    }
    response
}

/// Whether a path belongs to programs; decides headers and the form of an error.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
