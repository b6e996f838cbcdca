//! The gateway answers only to its own names.
//!
//! A page on the web can point a name of its own at 127.0.0.1 and then read a
//! gateway on loopback as its own origin (DNS rebinding). The browser still sends
//! that name as `Host`, so a name we do not know is refused before anything runs.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::state::Gateway;

/// The names a gateway answers to.
#[derive(Clone, Debug, Default)]
pub struct HostNames(Vec<String>);

impl HostNames {
    /// `localhost`, `127.0.0.1` and `[::1]`, and the names of the configuration: without port, in any case.
    pub fn loopback_and(configured: &[String]) -> Self {
        let own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        let configured = configured.iter().map(|name| name.to_ascii_lowercase());
        Self(own.into_iter().chain(configured).collect())
    }

    /// Whether a `Host` header or an authority, with or without a port, names this gateway.
    pub fn knows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

pub(super) async fn check(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    let header = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    // HTTP/2 carries the name in the request's target.
    let host = header.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    match host {
        Some(host) if gateway.host_names.knows(host) => next.run(request).await,
        _ => {
            tracing::warn!("request for another host name refused");
            let words = "this gateway does not answer to this host name; \
                         the operator can add it to server.names\n";
            (StatusCode::MISDIRECTED_REQUEST, words).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HostNames;

    #[test]
    fn only_own_names_are_answered() {
        let names = HostNames::loopback_and(&["Archway.Example.org".to_owned()]);
        let cases = [
            ("localhost", "localhost:8470", true),
            ("without a port", "localhost", true),
            ("v4 loopback", "127.0.0.1:8470", true),
            ("v6 loopback", "[::1]:8470", true),
            ("v6 loopback without a port", "[::1]", true),
            ("configured, in any case", "archway.example.ORG:443", true),
            ("a rebound name", "evil.example:8470", false),
            ("a name that starts like ours", "localhost.evil.example", false),
            ("a name that ends like ours", "evil-localhost", false),
            ("another loopback address", "127.0.0.2:8470", false),
            ("a trailing dot", "localhost.:8470", false),
            ("nothing", "", false),
        ];
        for (name, host, expected) in cases {
            assert_eq!(names.knows(host), expected, "case: {name}");
        }
    }
}
