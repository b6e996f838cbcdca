//! What of a message's head passes, in each direction, and what the proxy adds.

use archway_core::labs::Endpoint;
use hyper::HeaderMap;
use hyper::header::{self, CONNECTION, HeaderName, HeaderValue};

use super::cookies;
use super::origins::{Mode, Place};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const SERVICE_WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");

/// What the proxy tells a lab about a request.
pub(super) struct Asked<'a> {
    pub(super) place: &'a Place,
    pub(super) client: &'a HeaderValue,
    pub(super) host: &'a HeaderValue,
    pub(super) scheme: &'a HeaderValue,
    /// Empty for a lab that asks for none.
    pub(super) token: &'a str,
}

/// Makes the client's headers those that the lab gets.
pub(super) fn toward_lab(headers: &mut HeaderMap, asked: &Asked<'_>) {
    remove(headers, withheld_from_lab);
    cookies::strip_own(headers, asked.place.mode);
    headers.insert(header::HOST, asked.host.clone());
    headers.insert(FORWARDED_HOST, asked.host.clone());
    headers.insert(FORWARDED_FOR, asked.client.clone());
    headers.insert(FORWARDED_PROTO, asked.scheme.clone());
    if !asked.token.is_empty()
        && let Ok(mut token) = HeaderValue::try_from(format!("token {}", asked.token))
    {
        token.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, token);
    }
}

/// Makes the lab's headers those that the client gets.
pub(super) fn toward_client(headers: &mut HeaderMap, place: &Place) {
    remove(headers, withheld_from_client);
    cookies::filter_set(headers, place);
    if place.mode == Mode::Path {
        // These speak about the whole origin, which is the portal's.
        for name in [header::STRICT_TRANSPORT_SECURITY, CLEAR_SITE_DATA] {
            headers.remove(name);
        }
        let wider = |scope: &HeaderValue| !scope.as_bytes().starts_with(place.prefix().as_bytes());
        if headers.get(SERVICE_WORKER_ALLOWED).is_some_and(wider) {
            headers.remove(SERVICE_WORKER_ALLOWED);
        }
    }
}

pub(super) const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Whether two endpoints are one, byte for byte.
pub(super) fn same_endpoint(one: &Endpoint, other: &Endpoint) -> bool {
    match (one, other) {
        (Endpoint::Unix(one), Endpoint::Unix(other)) => one.as_os_str() == other.as_os_str(),
        (Endpoint::Tcp(one), Endpoint::Tcp(other)) => one == other,
        _ => false,
    }
}

/// Removes what `withheld` says and what `Connection` lists.
fn remove(headers: &mut HeaderMap, withheld: fn(&str) -> bool) {
    let mut gone = Vec::new();
    for name in headers.keys() {
        if withheld(name.as_str()) {
            gone.push(name.clone());
        }
    }
    for value in headers.get_all(CONNECTION) {
        // A list that is no text names nothing that a header can be called.
        let names = value.to_str().unwrap_or_default().split(',').map(str::trim);
        let usual = |name: &str| {
            ["close", "keep-alive", "upgrade"].iter().any(|usual| name.eq_ignore_ascii_case(usual))
        };
        gone.extend(
            names
                .filter(|name| !name.is_empty() && !usual(name))
                .filter_map(|name| HeaderName::try_from(name).ok()),
        );
    }
    for name in gone {
        headers.remove(name);
    }
}

/// Of one connection only (RFC 9110, 7.6.1).
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

fn withheld_from_lab(name: &str) -> bool {
    is_hop_by_hop(name)
        || matches!(
            name,
            // The client's, which are not for the lab.
            "authorization"
                // Was answered here.
                | "expect"
                | "http2-settings"
                // Says what only a proxy can know.
                | "forwarded"
                | "x-real-ip"
                | "x-scheme"
        )
        || name.starts_with("x-forwarded-")
        // Many applications take it for the same name with a hyphen.
        || name.contains('_')
}

fn withheld_from_client(name: &str) -> bool {
    is_hop_by_hop(name)
        // Credentials would not reach the lab; and no other server speaks for this origin.
        || matches!(name, "authorization" | "www-authenticate" | "alt-svc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn shown(headers: &HeaderMap) -> String {
        let mut lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn what_reaches_the_lab_is_the_clients_without_what_is_not_for_it() {
        let mut headers = map(&[
            ("accept", "text/html"),
            ("authorization", "Bearer of-the-user"),
            ("connection", "keep-alive, X-Secret-Hop"),
            ("content-length", "3"),
            ("cookie", "__Host-lab=k; _xsrf=1"),
            ("expect", "100-continue"),
            ("forwarded", "for=1.2.3.4"),
            ("host", "somewhere.else"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "Basic eA=="),
            ("sec-websocket-protocol", "v1.kernel.websocket.jupyter.org"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-prefix", "/evil"),
            ("x_forwarded_for", "1.2.3.4"),
            ("x-real-ip", "1.2.3.4"),
            ("x-scheme", "https"),
            ("x-secret-hop", "1"),
            ("x-xsrftoken", "1"),
        ]);
        let place = Place { lab: "a1".to_owned(), mode: Mode::Host };
        let asked = Asked {
            place: &place,
            client: &HeaderValue::from_static("127.0.0.1"),
            host: &HeaderValue::from_static("a1.localhost:8470"),
            scheme: &HeaderValue::from_static("http"),
            token: "of-the-lab",
        };
        toward_lab(&mut headers, &asked);
        insta::assert_snapshot!(shown(&headers), @r"
        accept: text/html
        authorization: token of-the-lab
        content-length: 3
        cookie: _xsrf=1
        host: a1.localhost:8470
        sec-websocket-protocol: v1.kernel.websocket.jupyter.org
        x-forwarded-for: 127.0.0.1
        x-forwarded-host: a1.localhost:8470
        x-forwarded-proto: http
        x-xsrftoken: 1
        ");
    }

    #[test]
    fn what_reaches_the_client_says_nothing_about_other_origins() {
        let answer = || {
            map(&[
                ("alt-svc", "h3=\":443\""),
                ("authorization", "token of-the-lab"),
                ("clear-site-data", "\"*\""),
                ("connection", "close, X-Hop"),
                ("content-type", "text/html"),
                ("keep-alive", "timeout=5"),
                ("location", "/lab"),
                ("service-worker-allowed", "/"),
                ("set-cookie", "_xsrf=1"),
                ("set-cookie", "__Host-lab=x"),
                ("set-cookie", "a=1; Domain=localhost"),
                ("strict-transport-security", "max-age=1; includeSubDomains"),
                ("transfer-encoding", "chunked"),
                ("www-authenticate", "Basic"),
                ("x-hop", "1"),
            ])
        };
        let mut headers = answer();
        toward_client(&mut headers, &Place { lab: "a1".to_owned(), mode: Mode::Host });
        insta::assert_snapshot!(shown(&headers), @r#"
        clear-site-data: "*"
        content-type: text/html
        location: /lab
        service-worker-allowed: /
        set-cookie: _xsrf=1
        strict-transport-security: max-age=1; includeSubDomains
        "#);
        let mut headers = answer();
        toward_client(&mut headers, &Place { lab: "a1".to_owned(), mode: Mode::Path });
        insta::assert_snapshot!(shown(&headers), @r"
        content-type: text/html
        location: /lab
        set-cookie: _xsrf=1
        ");
    }
}
