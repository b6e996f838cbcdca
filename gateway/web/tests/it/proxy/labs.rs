//! Applications that stand for a lab's, on a unix socket or on TCP.

use std::sync::{Arc, Mutex};

use archway_core::labs::Endpoint;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::handshake::server;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::world::World;

/// Of a large body.
pub(super) const LARGE_BYTES: usize = 48 * 1024 * 1024;

/// An application, and what it was asked.
#[derive(Clone, Default)]
pub(super) struct Application {
    pub(super) asked: Arc<Mutex<Vec<String>>>,
    /// Lets `/slowly` say its second word.
    pub(super) go_on: Arc<Notify>,
    /// Told when the answer of `/endless` was dropped.
    pub(super) ended: Arc<Notify>,
}

impl Application {
    /// Serves on a unix socket of that name.
    pub(super) fn on_unix(&self, world: &mut World, name: &str) -> Endpoint {
        let path = world.socket(name);
        let listener = UnixListener::bind(&path).unwrap();
        let router = self.router();
        world.runs(async move { axum::serve(listener, router).await.unwrap() });
        Endpoint::Unix(path)
    }

    /// Serves on a port of loopback.
    pub(super) async fn on_tcp(&self, world: &mut World) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router();
        world.runs(async move { axum::serve(listener, router).await.unwrap() });
        Endpoint::Tcp(address)
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/slowly", get(slowly))
            .route("/endless", get(endless))
            .route("/large", get(|| async { Body::from_stream(large()) }))
            .route("/count", any(count))
            .route("/sets", get(sets))
            .fallback(echo)
            .with_state(self.clone())
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Says what it was asked.
async fn echo(State(application): State<Application>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    application.asked.lock().unwrap().push(line.clone());
    let mut lines = vec![line];
    let headers = request.headers();
    let mut names: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    names.sort();
    lines.extend(names);
    let body = request.into_body().collect().await.unwrap().to_bytes();
    lines.push(String::from_utf8(body.to_vec()).unwrap());
    lines.join("\n").into_response()
}

async fn slowly(State(application): State<Application>) -> Body {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        sender.send(Bytes::from_static(b"first ")).await.unwrap();
        application.go_on.notified().await;
        let _ = sender.send(Bytes::from_static(b"second")).await;
    });
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async {
        let piece = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), receiver))
    });
    Body::from_stream(pieces)
}

/// Goes on until nobody takes it any more.
async fn endless(State(application): State<Application>) -> Body {
    struct Ends(Arc<Notify>);
    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let ends = Ends(application.ended);
    let piece = Bytes::from(vec![7; 64 * 1024]);
    Body::from_stream(futures_util::stream::repeat_with(move || {
        let _ = &ends;
        Ok::<_, std::convert::Infallible>(piece.clone())
    }))
}

fn large() -> impl futures_util::Stream<Item = Result<Bytes, std::convert::Infallible>> {
    let piece = Bytes::from(vec![7; 64 * 1024]);
    let pieces = LARGE_BYTES / piece.len();
    futures_util::stream::iter((0..pieces).map(move |_| Ok(piece.clone())))
}

async fn count(request: Request) -> Json<usize> {
    let mut body = request.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame.unwrap().data_ref().map_or(0, Bytes::len);
    }
    Json(bytes)
}

async fn sets() -> Response {
    let set = HeaderName::from_static("set-cookie");
    let headers = AppendHeaders([
        (set.clone(), "_xsrf=1; Path=/"),
        (set.clone(), "__Host-lab=stolen; Path=/; Secure"),
        (set, "wide=1; Domain=localhost"),
        (HeaderName::from_static("connection"), "x-of-the-hop"),
        (HeaderName::from_static("x-of-the-hop"), "1"),
        (HeaderName::from_static("www-authenticate"), "Basic"),
        (HeaderName::from_static("x-own"), "1"),
    ]);
    (headers, "set").into_response()
}

/// Sends every message back, under the subprotocol that was asked for.
pub(super) fn echoing_on_unix(world: &mut World, name: &str) -> Endpoint {
    let path = world.socket(name);
    let listener = UnixListener::bind(&path).unwrap();
    world.runs(async move {
        let mut sockets = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            sockets.spawn(echo_messages(stream));
        }
    });
    Endpoint::Unix(path)
}

pub(super) async fn echoing_on_tcp(world: &mut World) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    world.runs(async move {
        let mut sockets = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            sockets.spawn(echo_messages(stream));
        }
    });
    Endpoint::Tcp(address)
}

async fn echo_messages(stream: impl AsyncRead + AsyncWrite + Unpin) {
    #[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
    fn take(
        request: &server::Request,
        mut response: server::Response,
    ) -> Result<server::Response, server::ErrorResponse> {
        assert_eq!(request.headers()["authorization"], "token of-the-lab");
        if let Some(protocol) = request.headers().get("sec-websocket-protocol") {
            response.headers_mut().insert("sec-websocket-protocol", protocol.clone());
        }
        Ok(response)
    }
    let Ok(mut socket): Result<WebSocketStream<_>, _> = accept_hdr_async(stream, take).await else {
        return;
    };
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            let _ = socket.send(message).await;
        }
    }
}
