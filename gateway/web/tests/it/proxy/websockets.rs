//! WebSockets through the proxy.

use archway_core::labs::{Endpoint, LabState};
use axum::http::{Request, StatusCode};
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::labs::{Application, echoing_on_tcp, echoing_on_unix};
use super::world::{World, owner};

const PROTOCOL: &str = "v1.kernel.websocket.jupyter.org";

fn asking(cookie: &str, origin: Option<&str>) -> Request<()> {
    let mut request = Request::get("ws://a1.localhost:8470/api/kernels/1/channels?session_id=2")
        .header("host", "a1.localhost:8470")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", PROTOCOL)
        .header("cookie", cookie);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    request.body(()).unwrap()
}

async fn open(
    world: &World,
    cookie: &str,
    origin: Option<&str>,
) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (socket, response) = client_async(asking(cookie, origin), stream).await?;
    assert_eq!(response.headers()["sec-websocket-protocol"], PROTOCOL);
    Ok(socket)
}

const OWN: Option<&str> = Some("http://a1.localhost:8470");

#[tokio::test]
async fn messages_of_any_size_come_back_over_either_kind_of_endpoint() {
    let mut world = World::new().await;
    let on_unix = echoing_on_unix(&mut world, "lab");
    let on_tcp = echoing_on_tcp(&mut world).await;
    for endpoint in [on_unix, on_tcp] {
        world.ready("a1", endpoint);
        let cookie = world.enter("a1").await;
        let mut socket = open(&world, &cookie, OWN).await.unwrap();
        for size in [0, 1, 125, 70_000, 5_000_000] {
            let message = Message::binary(vec![9; size]);
            socket.send(message.clone()).await.unwrap();
            assert_eq!(socket.next().await.unwrap().unwrap(), message);
        }
        socket.close(None).await.unwrap();
        while socket.next().await.is_some() {}
    }
}

#[tokio::test]
async fn only_the_labs_own_pages_open_one() {
    let mut world = World::new().await;
    let endpoint = echoing_on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let cases = [
        ("a foreign page", cookie.as_str(), Some("http://evil.example"), StatusCode::FORBIDDEN),
        ("the portal", &cookie, Some("http://localhost:8470"), StatusCode::FORBIDDEN),
        ("another lab", &cookie, Some("http://b2.localhost:8470"), StatusCode::FORBIDDEN),
        ("nobody says who", &cookie, None, StatusCode::FORBIDDEN),
        ("a stranger", "", OWN, StatusCode::NOT_FOUND),
        ("a made-up cookie", "__Host-lab=AAAAAAAAAAAAAAAAAAAAAA", OWN, StatusCode::NOT_FOUND),
    ];
    for (name, cookie, origin, expected) in cases {
        match open(&world, cookie, origin).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), expected, "case: {name}"),
            other => panic!("case: {name}: {other:?}"),
        }
    }
    assert_eq!(world.proxy.traffic("a1").unwrap().sockets, 0);
}

#[tokio::test]
async fn an_open_tab_is_not_working_and_a_message_is() {
    let mut world = World::new().await;
    let endpoint = echoing_on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let mut socket = open(&world, &cookie, OWN).await.unwrap();
    socket.send(Message::Ping(Bytes::from_static(b"x"))).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_pong());
    let traffic = world.proxy.traffic("a1").unwrap();
    assert_eq!((traffic.last_input, traffic.sockets), (None, 1));
    assert!(world.worked_in().is_empty());
    socket.send(Message::text("execute_request")).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let traffic = world.proxy.traffic("a1").unwrap();
    assert!(traffic.last_input.is_some());
    assert_eq!(world.worked_in(), ["a1"]);
    assert_eq!(traffic.from_client_bytes, (6 + 1) + (6 + 15), "frames, with their heads and masks");
}

#[tokio::test]
async fn sockets_end_with_their_session_and_with_their_lab() {
    let mut world = World::new().await;
    let endpoint = echoing_on_unix(&mut world, "lab");
    for how in ["signed out", "closed", "stopped", "deleted"] {
        world.ready("a1", endpoint.clone());
        let cookie = world.enter("a1").await;
        let mut socket = open(&world, &cookie, OWN).await.unwrap();
        socket.send(Message::text("x")).await.unwrap();
        socket.next().await.unwrap().unwrap();
        match how {
            "signed out" => world.proxy.revoke(&owner()).await.unwrap(),
            "closed" => world.proxy.close("a1"),
            // The proxy sees these itself.
            "stopped" => world.knows("a1", LabState::Stopped, "", None),
            _ => world.forgets("a1"),
        }
        assert!(!matches!(socket.next().await, Some(Ok(_))), "{how}");
    }
}

#[tokio::test]
async fn a_lab_that_refuses_a_websocket_is_heard() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    match open(&world, &cookie, OWN).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), StatusCode::OK),
        other => panic!("{other:?}"),
    }
    world.ready("a1", Endpoint::Unix(world.socket("nobody")));
    match open(&world, &cookie, OWN).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), StatusCode::BAD_GATEWAY),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn over_http_2_a_websocket_is_asked_for_by_extended_connect() {
    let mut world = World::new().await;
    let endpoint = echoing_on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let ask = |origin: &str| {
        let mut request = Request::connect("http://a1.localhost:8470/api/kernels/1/channels")
            .header("origin", origin)
            .header("sec-websocket-version", "13")
            .header("sec-websocket-protocol", PROTOCOL)
            .header("cookie", &cookie)
            .body(Empty::<Bytes>::new())
            .unwrap();
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        request
    };
    // The server has to say first that it takes such requests.
    let refused = loop {
        match sender.send_request(ask("http://evil.example")).await {
            Ok(response) => break response,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let response = sender.send_request(ask("http://a1.localhost:8470")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["sec-websocket-protocol"], PROTOCOL);
    let stream = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
    for size in [3, 300_000] {
        let message = Message::binary(vec![5; size]);
        socket.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
}
