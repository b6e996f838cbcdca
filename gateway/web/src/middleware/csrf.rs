//! Pages of other sites change nothing here.
//!
//! A browser says with `Origin` and `Sec-Fetch-Site` whose page makes a request. What may change
//! something, and every WebSocket, must be made by our own pages; what says neither (curl, the
//! CLI, a script) was not made by a page. `SameSite` of cookies is not the defence: a lab on a
//! sibling domain is same-site.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::router::refusal;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(super) async fn check(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrades =
        request.headers().contains_key(header::UPGRADE) || request.method() == Method::CONNECT;
    if (!safe || upgrades) && is_foreign(&with_authority(&request)) {
        tracing::warn!("request of a page of another origin refused");
        let words = "a page of another origin asked for this; what changes something is asked \
                     from this gateway's own pages, or without Origin and Sec-Fetch-Site";
        return refusal(request.uri().path(), StatusCode::FORBIDDEN, words);
    }
    next.run(request).await
}

/// The headers, with the name that HTTP/2 carries in the request's target.
fn with_authority(request: &Request) -> HeaderMap {
    let names = [header::HOST, header::ORIGIN, SITE];
    let mut headers = HeaderMap::new();
    for name in names {
        for value in request.headers().get_all(&name) {
            headers.append(&name, value.clone());
        }
    }
    if !headers.contains_key(header::HOST)
        && let Some(authority) = request.uri().authority()
        && let Ok(value) = authority.as_str().parse()
    {
        headers.insert(header::HOST, value);
    }
    headers
}

/// Whether a page of another origin made the request with these headers.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own_origin = |origin: &str| {
        // Behind a proxy that ends TLS the scheme is not known here; where the two differ,
        // `Sec-Fetch-Site` says so.
        let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    let own_site = |site: &str| matches!(site, "same-origin" | "none");
    let all = |name: HeaderName, own: &dyn Fn(&str) -> bool| {
        headers.get_all(name).iter().all(|value| value.to_str().is_ok_and(own))
    };
    !all(header::ORIGIN, &own_origin) || !all(SITE, &own_site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_origin_is_told_from_our_own_and_from_a_script() {
        let own = Some("http://localhost:8470");
        let cases = [
            ("a script", None, None, false),
            ("our page", own, Some("same-origin"), false),
            ("our page, a browser without fetch metadata", own, None, false),
            ("our page behind a proxy that ends TLS", Some("https://localhost:8470"), None, false),
            ("typed into the address bar", None, Some("none"), false),
            ("letters in another case", Some("http://LOCALHOST:8470"), None, false),
            ("a foreign page", Some("http://evil.example"), Some("cross-site"), true),
            (
                "a foreign page, a browser without fetch metadata",
                Some("http://evil.example"),
                None,
                true,
            ),
            ("without an origin", None, Some("cross-site"), true),
            ("a lab on a sibling name", Some("http://a1.localhost:8470"), Some("same-site"), true),
            ("a sibling that leaves its origin out", None, Some("same-site"), true),
            ("another port", Some("http://localhost:9000"), None, true),
            ("a sandboxed frame", Some("null"), None, true),
            ("a lie about the origin", own, Some("cross-site"), true),
            ("an origin that starts alike", Some("http://localhost:8470.evil"), None, true),
            ("another scheme", Some("ftp://localhost:8470"), None, true),
            ("an empty origin", Some(""), None, true),
        ];
        for (name, origin, site, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "localhost:8470".parse().unwrap());
            for (header, value) in [(header::ORIGIN, origin), (SITE, site)] {
                if let Some(value) = value {
                    headers.insert(header, value.parse().unwrap());
                }
            }
            assert_eq!(is_foreign(&headers), expected, "case: {name}");
        }
    }
}
