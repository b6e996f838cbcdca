//! Whether a request was made by the lab's own pages.
//!
//! The proxy adds the lab's token, and a Jupyter server that sees its token checks no origin any
//! more: what is let through here is done.

use hyper::header::{HeaderMap, HeaderName, ORIGIN};
use hyper::{Method, Request};

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// How much a request can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    /// Shows something.
    Reads,
    /// May change something.
    Changes,
    /// Opens a WebSocket, which may do anything.
    Upgrades,
}

impl Power {
    pub(super) fn of(method: &Method, upgrades: bool) -> Self {
        match *method {
            _ if upgrades => Self::Upgrades,
            Method::GET | Method::HEAD | Method::OPTIONS => Self::Reads,
            _ => Self::Changes,
        }
    }
}

/// Whether a person goes to a page, and does not merely have one that asks for something.
pub(super) fn is_navigation<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let asks = match headers.get(MODE) {
        Some(mode) => mode == "navigate",
        None => headers
            .get(hyper::header::ACCEPT)
            .is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html"))),
    };
    reads && asks
}

/// Checks `Origin` and `Sec-Fetch-Site`. `host` is what the request is sent to.
///
/// # Errors
///
/// Words for whoever wrote what made the request.
pub(super) fn check<B>(
    request: &Request<B>,
    power: Power,
    scheme: &str,
    host: &str,
) -> Result<(), &'static str> {
    let headers = request.headers();
    let own = |origin: &str| {
        let authority = origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    let origin = all(headers, &ORIGIN, own);
    let site = all(headers, &SITE, |site| matches!(site, "same-origin" | "none"));
    match (power, origin, site) {
        (_, Some(false), _) => Err("a page of another origin asked for this"),
        // A link somewhere else may lead here, a picture or a script of another page may not.
        (Power::Reads, _, Some(false)) if is_link(request) => Ok(()),
        (_, _, Some(false)) => Err("a page of another origin asked for this"),
        (Power::Upgrades, None, _) => Err("a WebSocket is opened with an Origin"),
        (Power::Changes, None, None) => {
            Err("what changes something says its Origin or Sec-Fetch-Site")
        }
        (_, None | Some(true), None | Some(true)) => Ok(()),
    }
}

/// Whether the whole window goes here.
fn is_link<B>(request: &Request<B>) -> bool {
    let destination = request.headers().get(DESTINATION);
    request.headers().get(MODE).is_some_and(|mode| mode == "navigate")
        && destination.is_none_or(|destination| destination == "document")
        && matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Whether every value of a header is right; `None` where there is none.
fn all(headers: &HeaderMap, name: &HeaderName, right: impl Fn(&str) -> bool) -> Option<bool> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    Some(values.all(|value| value.to_str().is_ok_and(&right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_labs_own_pages_change_anything() {
        let own = Some("http://a1.localhost:8470");
        let foreign = Some("http://evil.example");
        // Name, Origin, Sec-Fetch-Site, and whether reads, changes and upgrades pass.
        let cases = [
            ("the lab's page", own, Some("same-origin"), [true, true, true]),
            ("a browser without fetch metadata", own, None, [true, true, true]),
            ("typed into the address bar", None, Some("none"), [true, true, false]),
            ("no header at all", None, None, [true, false, false]),
            ("a foreign page", foreign, Some("cross-site"), [false, false, false]),
            ("a foreign page, old browser", foreign, None, [false; 3]),
            ("a lie about the origin", own, Some("cross-site"), [false, false, false]),
            ("another lab", Some("http://b2.localhost:8470"), Some("same-site"), [false; 3]),
            ("another port", Some("http://a1.localhost:9000"), None, [false; 3]),
            ("another scheme", Some("https://a1.localhost:8470"), None, [false; 3]),
            ("a sandboxed frame", Some("null"), Some("same-origin"), [false; 3]),
            (
                "an origin that starts alike",
                Some("http://a1.localhost:8470.evil"),
                None,
                [false; 3],
            ),
            ("letters in another case", Some("http://A1.localhost:8470"), None, [true, true, true]),
        ];
        for (name, origin, site, expected) in cases {
            let powers = [Power::Reads, Power::Changes, Power::Upgrades];
            for (power, expected) in powers.into_iter().zip(expected) {
                let mut request = Request::get("/");
                for (header, value) in [(ORIGIN, origin), (SITE, site)] {
                    if let Some(value) = value {
                        request = request.header(header, value);
                    }
                }
                let request = request.body(()).unwrap();
                let found = check(&request, power, "http", "a1.localhost:8470").is_ok();
                assert_eq!(found, expected, "case: {name}, {power:?}");
            }
        }
    }

    #[test]
    fn a_link_from_elsewhere_may_lead_in_and_nothing_else_may() {
        let cases = [
            ("a link", "GET", "navigate", "document", true),
            ("a frame", "GET", "navigate", "iframe", false),
            ("a picture", "GET", "no-cors", "image", false),
            ("a form that posts", "POST", "navigate", "document", false),
        ];
        for (name, method, mode, destination, expected) in cases {
            let request = Request::builder()
                .method(method)
                .header(SITE, "cross-site")
                .header(MODE, mode)
                .header(DESTINATION, destination)
                .body(())
                .unwrap();
            let power = Power::of(request.method(), false);
            let found = check(&request, power, "http", "a1.localhost").is_ok();
            assert_eq!(found, expected, "case: {name}");
        }
    }
}
