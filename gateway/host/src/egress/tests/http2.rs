//! HTTP/2: one connection for many requests, and a log that says nothing of what they carry.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::secrets::{CANARY, assert_clean, request, slots};
use super::tls::identity_speaking;
use super::{Setup, get, soon, text};

/// A server for `archive.example` that speaks HTTP/2 only, and says what it was asked.
struct Http2 {
    port: u16,
    root: CertificateDer<'static>,
    connections: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Http2 {
    /// Answers `/together` once three ask for it at once.
    async fn start() -> Self {
        let (tls, root) = identity_speaking("archive.example", &[b"h2"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections: Arc<AtomicUsize> = Arc::default();
        let counted = Arc::clone(&connections);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let three = Arc::new(Barrier::new(3));
            let mut serving = JoinSet::new();
            loop {
                let stream = tls.accept(listener.accept().await.unwrap().0).await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let three = Arc::clone(&three);
                let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    let three = Arc::clone(&three);
                    async move {
                        if request.uri().path() == "/together" {
                            three.wait().await;
                        }
                        let said = format!("{:?} {}", request.version(), request.uri());
                        Ok::<_, hyper::Error>(hyper::Response::new(Full::<Bytes>::from(said)))
                    }
                });
                let serve = http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), answer);
                serving.spawn(async move {
                    let _ = serve.await;
                });
            }
        });
        Self { port, root, connections, _task: task }
    }

    fn setup(&self) -> Setup {
        let mut setup = Setup::granting(&[format!("archive.example:{}", self.port)])
            .names(|_| vec!["127.0.0.1".parse().unwrap()]);
        setup.addresses = vec!["127.0.0.1/32".to_owned()];
        setup.roots = vec![self.root.clone()];
        setup
    }

    fn url(&self, path: &str) -> String {
        format!("https://archive.example:{}{path}", self.port)
    }
}

#[tokio::test]
async fn requests_to_one_host_share_a_connection() {
    let server = Http2::start().await;
    let egress = server.setup().egress();
    let first = text(get(&egress, &server.url("/first")).await).await;
    assert_eq!(first, format!("HTTP/2.0 {}", server.url("/first")));
    let mut asking = JoinSet::new();
    for n in 0..3 {
        let (egress, url) = (egress.clone(), server.url(&format!("/together?{n}")));
        asking.spawn(async move { text(get(&egress, &url).await).await });
    }
    assert_eq!(asking.join_all().await.len(), 3);
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_log_at_its_loudest_holds_no_secret() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || written.clone())
        .finish();
    let _loud = tracing::subscriber::set_default(subscriber);

    let server = Http2::start().await;
    let mut setup = server.setup();
    setup.slots = slots(&format!("archive.example:{}", server.port));
    let egress = setup.egress();
    for slot in ["basic", "bearer", "header", "query"] {
        let answer = text(egress.send(&request(server.url("/a"), slot), soon()).await).await;
        assert_eq!(answer.contains("AIOPWD"), slot == "query");
    }
    let mut elsewhere = request(server.url("/a"), "bearer");
    elsewhere.url = "https://other.example/".to_owned();
    assert!(egress.send(&elsewhere, soon()).await.is_err());

    let said = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(said.contains("h2::"), "the libraries below are heard: {said}");
    assert!(!said.contains(CANARY));
    assert_clean("the log", &said);
}

/// Where a log is written to be read by the test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
