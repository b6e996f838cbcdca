//! A WebSocket through the proxy: asked for by HTTP/1.1's `Upgrade` or HTTP/2's extended CONNECT,
//! always opened by `Upgrade` at the lab.
//!
//! Called by `forward.rs`, which has checked session and origin. Subprotocols and extensions are
//! between browser and lab. No other upgrade is passed on.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::ext::Protocol;

use super::body::{Answer, RequestBody};
use super::forward::Visit;
use super::headers::toward_client;
use super::page::Said;
use super::tunnel::Tunnel;

/// Whether a request asks for a WebSocket.
pub(super) fn is_asked_for<B>(request: &Request<B>) -> bool {
    if *request.method() == Method::CONNECT {
        let protocol = request.extensions().get::<Protocol>();
        return protocol.is_some_and(|protocol| protocol.as_str() == "websocket");
    }
    *request.method() == Method::GET
        && lists(request.headers(), &header::UPGRADE, "websocket")
        && lists(request.headers(), &header::CONNECTION, "upgrade")
}

/// Opens it, and leaves a tunnel behind.
pub(super) async fn open(visit: Visit<'_>, mut request: Request<Incoming>) -> Response<Answer> {
    let lab = Arc::clone(&visit.session.lab);
    let (Some(admitted), Some(place)) = (lab.admit_request(), lab.admit_socket()) else {
        let words = "Too many WebSockets are open.";
        return visit.said(Said::silent(StatusCode::SERVICE_UNAVAILABLE, words), false);
    };
    let extended = *request.method() == Method::CONNECT;
    let client = hyper::upgrade::on(&mut request);
    visit.prepare(&mut request);
    *request.method_mut() = Method::GET;
    request.extensions_mut().clear();
    let headers = request.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.remove(header::CONTENT_LENGTH);
    if extended {
        // HTTP/2 has no such key; whether the lab answers it is the lab's affair.
        let mut key = [0; 16];
        getrandom::fill(&mut key).expect("a kernel that has started gives random bytes");
        if let Ok(key) = HeaderValue::try_from(STANDARD.encode(key)) {
            headers.insert(header::SEC_WEBSOCKET_KEY, key);
        }
    }
    let request = request.map(|_| RequestBody::none(Arc::clone(&lab)));
    let (mut response, connection) = match visit.exchange(request).await {
        Ok(answered) => answered,
        Err(said) => return visit.said(said, false),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return visit.pass(response, connection, admitted);
    }
    let (stream, first) = connection.into_stream();
    let ends = [visit.session.revoked.clone(), lab.end_of_sockets()];
    let routes = Arc::clone(&visit.proxy.0.routes);
    visit.proxy.spawn(Tunnel { client, lab: stream, first, ends, place, routes }.run());
    toward_client(response.headers_mut(), visit.place);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    if extended {
        headers.remove(header::SEC_WEBSOCKET_ACCEPT);
        *response.status_mut() = StatusCode::OK;
    } else {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    *response.version_mut() = Version::HTTP_11;
    response.map(|_| Answer::Own(Body::empty()))
}

/// Whether a header lists a word.
fn lists(headers: &HeaderMap, name: &header::HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_websocket_is_an_upgrade() {
        let cases = [
            ("a WebSocket", "GET", "Upgrade", "websocket", true),
            ("as Firefox asks", "GET", "keep-alive, Upgrade", "WebSocket", true),
            ("HTTP/2 in the clear", "GET", "Upgrade, HTTP2-Settings", "h2c", false),
            ("not listed", "GET", "keep-alive", "websocket", false),
            ("by POST", "POST", "Upgrade", "websocket", false),
        ];
        for (name, method, connection, upgrade, expected) in cases {
            let request = Request::builder()
                .method(method)
                .header("connection", connection)
                .header("upgrade", upgrade)
                .body(())
                .unwrap();
            assert_eq!(is_asked_for(&request), expected, "case: {name}");
        }
    }
}
