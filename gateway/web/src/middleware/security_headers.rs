//! Headers that tell a browser how little this answer needs.
//!
//! `/api/` and `/graphql` answer programs: never framed or rendered. What is public there
//! (search, records, archives, collections) is readable from any origin without credentials;
//! what is somebody's own (volumes, labs, selections, usage) is readable by no other origin and
//! kept by no cache. Everything else is the portal: one origin, no inline script or style, and
//! scripts only through the one named Trusted Types policy.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::proxy::Origins;

/// The policy of the portal's pages.
#[derive(Clone, Debug)]
pub(super) struct PortalPolicy(HeaderValue);

impl PortalPolicy {
    /// Forms lead to the portal, and by its answer into labs: browsers hold that against
    /// `form-action` too.
    pub(super) fn with_labs_at(origins: &Origins) -> Self {
        let labs = origins.every_lab();
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             font-src 'self'; connect-src 'self'; form-action 'self' {labs}; base-uri 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types archway"
        );
        // A domain that is no header value is no domain either: then no form leads out.
        Self(HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(API_CSP)))
    }
}

/// What scripts of other origins may read besides the safelisted names.
const EXPOSED: &str = "accept-ranges, content-disposition, content-length, content-range, etag, \
    repr-digest, retry-after, x-request-id";
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'";
/// What is the same whoever asks; with everything below it.
const PUBLIC: [&str; 5] = [
    "/api/v1/search",
    "/api/v1/assets",
    "/api/v1/archives",
    "/api/v1/collections",
    "/api/v1/openapi.json",
];

/// Who answers at a path; decides headers and the form of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// REST.
    Api,
    /// GraphQL.
    GraphQl,
    /// Pages.
    Portal,
}

impl Surface {
    /// That of a path.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/graphql" => Self::GraphQl,
            "/api" => Self::Api,
            _ if path.starts_with("/api/") => Self::Api,
            _ => Self::Portal,
        }
    }
}

pub(super) async fn add(
    State(policy): State<PortalPolicy>,
    request: Request,
    next: Next,
) -> Response {
    let portal = Surface::of(request.uri().path()) == Surface::Portal;
    let public = is_public(request.uri().path());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Under `no-referrer` browsers send `Origin: null` with our own forms.
    set(headers, header::REFERRER_POLICY, if portal { "same-origin" } else { "no-referrer" });
    // Bytes of archives come with a stricter one, and the explorer of GraphQL with its own.
    let policy = if portal { policy.0 } else { HeaderValue::from_static(API_CSP) };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    let sharing = if public { "cross-origin" } else { "same-origin" };
    set(headers, CROSS_ORIGIN_RESOURCE_POLICY, sharing);
    if portal {
        set(headers, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        set(headers, PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=()");
    } else if !public {
        set(headers, header::CACHE_CONTROL, "no-store");
    } else if reads {
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}

fn is_public(path: &str) -> bool {
    PUBLIC.iter().any(|public| {
        path.strip_prefix(public).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
