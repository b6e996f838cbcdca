//! `GET /graphiql`: the explorer of the schema, served from the binary.
//!
//! Rule that holds here: nothing is fetched from elsewhere, and no script or style is inline.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse};

/// What the explorer needs beyond the portal's policy: its own fonts are in its style sheet, and
/// it puts text that it rendered from Markdown into the page, which its policy `default` lets it.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default";

const PAGE: &str = include_str!("explorer.html");

/// Gives the page.
pub(crate) async fn page() -> impl IntoResponse {
    let policy: (HeaderName, HeaderValue) =
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    ([policy], Html(PAGE))
}
