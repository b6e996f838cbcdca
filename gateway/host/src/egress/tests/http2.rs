//! HTTP/2: one connection for many requests, and a stream that ends by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::tls::identity_speaking;
use super::{Setup, get, text};

#[tokio::test]
async fn requests_to_one_host_share_a_connection() {
    let (tls, root) = identity_speaking("archive.example", &[b"h2"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let mut server = JoinSet::new();
    server.spawn(async move {
        // Nobody is answered before three are there: they run at once.
        let all = Arc::new(Barrier::new(3));
        let mut serving = JoinSet::new();
        loop {
            let stream = tls.accept(listener.accept().await.unwrap().0).await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let all = Arc::clone(&all);
            let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let all = Arc::clone(&all);
                async move {
                    if request.uri().path() != "/first" {
                        all.wait().await;
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

    let mut setup = Setup::granting(&[format!("archive.example:{port}")])
        .names(|_| vec!["127.0.0.1".parse().unwrap()]);
    setup.addresses = vec!["127.0.0.1/32".to_owned()];
    setup.roots = vec![root];
    let egress = setup.egress();
    let url = move |path: &str| format!("https://archive.example:{port}{path}");
    let first = text(get(&egress, &url("/first")).await).await;
    assert_eq!(first, format!("HTTP/2.0 {}", url("/first")));
    let mut asking = JoinSet::new();
    for n in 0..3 {
        let (egress, url) = (egress.clone(), url(&format!("/{n}")));
        asking.spawn(async move { text(get(&egress, &url).await).await });
    }
    assert_eq!(asking.join_all().await.len(), 3);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
