//! Requests of a browser that has entered.

use std::convert::Infallible;

use archway_core::labs::Endpoint;
use archway_web::STALLED_AFTER;
use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::labs::{Application, LARGE_BYTES};
use super::world::{World, from_page, navigate};

#[tokio::test]
async fn the_lab_sees_the_request_without_what_is_not_for_it() {
    let mut world = World::new().await;
    let on_unix = Application::default().on_unix(&mut world, "lab");
    let on_tcp = Application::default().on_tcp(&mut world).await;
    for endpoint in [on_unix, on_tcp] {
        world.ready("a1", endpoint);
        let cookie = world.enter("a1").await;
        let mut request = from_page("POST", "a1", "/api/contents?type=notebook&x=%2F", &cookie);
        *request.body_mut() = Full::from("{}");
        let headers = request.headers_mut();
        headers.insert("cookie", format!("a=1; {cookie}; _xsrf=2").parse().unwrap());
        for (name, value) in [
            ("authorization", "Bearer of-the-user"),
            ("connection", "x-of-the-hop"),
            ("x-of-the-hop", "1"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-xsrftoken", "2"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let answer = world.ask(request).await;
        assert_eq!(answer.status, StatusCode::OK);
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.text(), @r"
            POST /api/contents?type=notebook&x=%2F
            authorization: token of-the-lab
            content-length: 2
            cookie: a=1; _xsrf=2
            host: a1.localhost:8470
            origin: http://a1.localhost:8470
            sec-fetch-mode: cors
            sec-fetch-site: same-origin
            x-forwarded-for: 127.0.0.1
            x-forwarded-host: a1.localhost:8470
            x-forwarded-proto: http
            x-xsrftoken: 2
            {}
            ");
        }
    }
}

#[tokio::test]
async fn the_browser_sees_the_answer_without_what_is_not_for_it() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let answer = world.ask(from_page("GET", "a1", "/sets", &cookie)).await;
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    insta::assert_snapshot!(headers.join("\n"), @r"
    content-length: 3
    content-type: text/plain; charset=utf-8
    set-cookie: _xsrf=1; Path=/
    x-own: 1
    ");
}

#[tokio::test]
async fn an_answer_passes_while_the_lab_still_writes_it() {
    let mut world = World::new().await;
    let application = Application::default();
    let endpoint = application.on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let request = from_page("GET", "a1", "/slowly", &cookie);
    let mut body = sender.send_request(request).await.unwrap().into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "first ");
    application.go_on.notify_one();
    assert_eq!(body.collect().await.unwrap().to_bytes(), "second");
    // The connection goes on, and so does the one to the lab.
    let request = from_page("GET", "a1", "/again", &cookie);
    assert_eq!(sender.send_request(request).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn large_bodies_pass_both_ways_whole() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_tcp(&mut world).await;
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let down = world.ask(from_page("GET", "a1", "/large", &cookie)).await;
    assert_eq!(down.body.len(), LARGE_BYTES);

    // Of unknown length, so that it is sent in chunks.
    let piece = Bytes::from(vec![1; 64 * 1024]);
    let pieces = (0..LARGE_BYTES / piece.len())
        .map(move |_| Ok::<_, Infallible>(Frame::data(piece.clone())));
    let body = StreamBody::new(futures_util::stream::iter(pieces));
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let request = from_page("PUT", "a1", "/count", &cookie).map(|_| body);
    let answer = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(answer.to_bytes(), LARGE_BYTES.to_string());

    let traffic = world.proxy.traffic("a1").unwrap();
    assert_eq!(traffic.to_client_bytes, (LARGE_BYTES + LARGE_BYTES.to_string().len()) as u64);
    assert_eq!(traffic.from_client_bytes, LARGE_BYTES as u64);
    assert_eq!(traffic.requests, 2);
}

#[tokio::test]
async fn a_lab_that_moved_is_found_at_its_new_place() {
    let mut world = World::new().await;
    let (first, second) = (Application::default(), Application::default());
    let endpoint = first.on_unix(&mut world, "first");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    world.ask(from_page("GET", "a1", "/1", &cookie)).await;
    let endpoint = second.on_unix(&mut world, "second");
    world.ready("a1", endpoint);
    world.ask(from_page("GET", "a1", "/2", &cookie)).await;
    assert_eq!((first.asked(), second.asked()), (vec!["GET /1".into()], vec!["GET /2".into()]));
}

#[tokio::test]
async fn reading_in_the_background_is_not_working() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    for path in ["/api/kernels", "/api/terminals"] {
        world.ask(from_page("GET", "a1", path, &cookie)).await;
    }
    assert_eq!(world.proxy.traffic("a1").unwrap().last_input, None);
    assert!(world.worked_in().is_empty());
    world.ask(from_page("PUT", "a1", "/api/contents/x", &cookie)).await;
    assert!(world.proxy.traffic("a1").unwrap().last_input.is_some());
    assert_eq!(world.worked_in(), ["a1"]);
}

#[tokio::test]
async fn going_to_a_page_of_the_lab_is_working() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let mut request = navigate("http://a1.localhost:8470/lab");
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    world.ask(request).await;
    assert_eq!(world.worked_in(), ["a1"]);
}

#[tokio::test]
async fn http_2_from_the_browser_becomes_http_1_at_the_lab() {
    let mut world = World::new().await;
    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    // A browser may send each cookie in a header of its own.
    let request = Request::get("http://a1.localhost:8470/lab?x=1")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", "a=1")
        .header("cookie", &cookie)
        .header("cookie", "b=2")
        .body(Full::<Bytes>::default())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    insta::assert_snapshot!(str::from_utf8(&body).unwrap(), @r"
    GET /lab?x=1
    authorization: token of-the-lab
    cookie: a=1; b=2
    host: a1.localhost:8470
    sec-fetch-site: same-origin
    x-forwarded-for: 127.0.0.1
    x-forwarded-host: a1.localhost:8470
    x-forwarded-proto: http
    ");
}

#[tokio::test]
async fn a_lab_that_does_not_do_its_part_is_a_502_in_words() {
    let mut world = World::new().await;
    // Nobody listens.
    world.ready("a1", Endpoint::Unix(world.socket("nobody")));
    let cookie = world.enter("a1").await;
    let answer = world.ask(from_page("GET", "a1", "/api", &cookie)).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    insta::assert_snapshot!(answer.text(), @r#"{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"The lab does not answer: Its application takes no connection at the moment."}"#);
    assert_eq!(world.looked_again(), ["a1"], "the core is told");

    // A link in the place of the socket, which a lab could make, is not followed.
    let real = Application::default().on_unix(&mut world, "real");
    let Endpoint::Unix(real) = real else { panic!("{real:?}") };
    let link = world.socket("link");
    std::os::unix::fs::symlink(real, &link).unwrap();
    world.ready("a1", Endpoint::Unix(link));
    let answer = world.ask(from_page("GET", "a1", "/api", &cookie)).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);

    // It closes every connection, after reading and before.
    for (name, reads) in [("before", false), ("after", true)] {
        let path = world.socket(name);
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        world.runs(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if reads {
                    let mut some = [0; 10];
                    let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut some).await;
                }
            }
        });
        world.ready("a1", Endpoint::Unix(path));
        let answer = world.ask(from_page("POST", "a1", "/api", &cookie)).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "case: {name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_stays_and_takes_nothing_does_not_hold_the_lab() {
    let mut world = World::new().await;
    let application = Application::default();
    let endpoint = application.on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = format!(
        "GET /endless HTTP/1.1\r\nhost: a1.localhost:8470\r\nsec-fetch-site: same-origin\r\n\
         cookie: {cookie}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    let begun = Instant::now();
    application.ended.notified().await;
    let waited = begun.elapsed();
    assert!(waited >= STALLED_AFTER && waited < STALLED_AFTER * 2, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn over_http_2_one_answer_that_nobody_takes_ends_and_the_connection_goes_on() {
    let mut world = World::new().await;
    let application = Application::default();
    let endpoint = application.on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let cookie = world.enter("a1").await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let mut driving = JoinSet::new();
    driving.spawn(async {
        let _ = connection.await;
    });
    let request = |path: &str| {
        Request::get(format!("http://a1.localhost:8470{path}"))
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &cookie)
            .body(Full::<Bytes>::default())
            .unwrap()
    };
    let held = sender.send_request(request("/endless")).await.unwrap();
    let begun = Instant::now();
    application.ended.notified().await;
    let waited = begun.elapsed();
    assert!(waited >= STALLED_AFTER && waited < STALLED_AFTER * 2, "{waited:?}");
    let other = sender.send_request(request("/lab")).await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_lab_that_never_answers_is_waited_for_ten_minutes() {
    let mut world = World::new().await;
    let path = world.socket("silent");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    world.runs(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    world.ready("a1", Endpoint::Unix(path));
    let cookie = world.enter("a1").await;
    let begun = Instant::now();
    let answer = world.ask(from_page("GET", "a1", "/api", &cookie)).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(begun.elapsed().as_secs(), 600);
}
