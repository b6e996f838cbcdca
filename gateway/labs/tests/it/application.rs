//! Applications are somebody else's programs: what they answer is believed as far as it is right.

use archway_core::labs::{Activity, AppKind, Application, Endpoint, ProbeKind};
use archway_labs::Applications;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};

use crate::process_bench::application;

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Answers each connection with what belongs to its path.
async fn serve(
    socket: &std::path::Path,
    answers: Vec<(&'static str, String)>,
) -> tokio::task::JoinHandle<()> {
    let listener = UnixListener::bind(socket).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let count = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..count]).into_owned();
            assert!(request.contains("authorization: token SECRET\r\n"), "{request}");
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let found = answers.iter().find(|(of, _)| *of == path);
            let text = found.map_or_else(|| answer("404 Not Found", ""), |(_, text)| text.clone());
            let _ = stream.write_all(text.as_bytes()).await;
        }
    })
}

#[tokio::test]
async fn an_application_answers_when_it_says_so_at_its_ready_path() {
    let mut app = application(&[]);
    let cases = [
        (AppKind::Jupyter, answer("200 OK", "{\"version\":\"2.21.1\"}"), true),
        (AppKind::Jupyter, answer("200 OK", "<html>"), false),
        (AppKind::Jupyter, answer("503 Service Unavailable", "{}"), false),
        (AppKind::Jupyter, answer("302 Found", ""), false),
        (AppKind::Desktop, answer("200 OK", "<html>"), true),
        (AppKind::Desktop, "not HTTP".to_owned(), false),
        (AppKind::Desktop, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort".to_owned(), false),
        (AppKind::Desktop, answer("200 OK", &"x".repeat(2_000_000)), false),
    ];
    for (kind, text, answers) in cases {
        let scratch = tempfile::tempdir().unwrap();
        let socket = scratch.path().join("s");
        let served = serve(&socket, vec![("/labs/a/app/api", text.clone())]).await;
        app.kind = kind;
        let endpoint = Endpoint::Unix(socket);
        let said = Applications::new().answers(&app, &endpoint, "/labs/a/app/", "SECRET").await;
        assert_eq!(said, answers, "{kind:?} {}", text.chars().take(60).collect::<String>());
        served.abort();
    }
    let nowhere = Endpoint::Unix("/nowhere/lab.sock".into());
    assert!(!Applications::new().answers(&app, &nowhere, "/", "SECRET").await);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert!(!Applications::new().answers(&app, &Endpoint::Tcp(closed), "/", "SECRET").await);
}

#[tokio::test]
async fn activity_is_what_kernels_and_terminals_say() {
    let mut app = application(&[]);
    app.probe = ProbeKind::Jupyter;
    let busy = "[{\"execution_state\":\"busy\",\"last_activity\":\"2026-01-01T00:00:00Z\"}]";
    let status =
        "{\"started\":\"1970-01-01T00:00:01Z\",\"last_activity\":\"2026-01-01T00:00:00Z\"}";
    let at_one = Activity::Last(archway_core::coverage::Instant::from_utc_us(1_000_000));
    let ok = |body: &str| answer("200 OK", body);
    let cases = [
        (vec![("/api/kernels", ok(busy)), ("/api/terminals", ok("[]"))], Activity::Busy),
        (vec![("/api/kernels", ok(busy))], Activity::Busy),
        (
            vec![
                ("/api/kernels", ok("[]")),
                ("/api/terminals", ok("[]")),
                ("/api/status", ok(status)),
            ],
            at_one,
        ),
        (vec![("/api/kernels", ok("[]")), ("/api/terminals", ok("[]"))], Activity::Unknown),
        (
            vec![("/api/kernels", ok(busy)), ("/api/terminals", answer("500 No", ""))],
            Activity::Unknown,
        ),
        (vec![], Activity::Unknown),
    ];
    for (answers, expected) in cases {
        let scratch = tempfile::tempdir().unwrap();
        let socket = scratch.path().join("s");
        let served = serve(&socket, answers).await;
        let endpoint = Endpoint::Unix(socket);
        assert_eq!(Applications::new().activity(&app, &endpoint, "/", "SECRET").await, expected);
        served.abort();
    }
    app.probe = ProbeKind::Traffic;
    let nowhere = Endpoint::Unix("/nowhere".into());
    assert_eq!(Applications::new().activity(&app, &nowhere, "/", "").await, Activity::Unknown);
}
