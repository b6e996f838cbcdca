//! The gateway on a real socket: what a client that goes away leaves behind.

use std::sync::Arc;
use std::time::Duration;

use archway_core::archive::Archive;
use archway_core::testing::FakeArchive;
use archway_web::serve;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::content::{URI, of_unknown_size};
use crate::gateway::{federation, with_archives};

/// A failure that hangs is a failure too; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(10);

async fn until(what: &str, met: impl Fn() -> bool) {
    let met = async {
        while !met() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, met).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn a_client_that_closes_its_connection_ends_the_calls_upstream() {
    for (name, accept) in [("whole answer", "application/json"), ("events", "text/event-stream")] {
        for path in ["/api/v1/search?q=a", "/?q=a"] {
            let hanging = Arc::new(FakeArchive::new("igs").hanging());
            let gateway = with_archives(vec![Arc::clone(&hanging) as Arc<dyn Archive>]);
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let serving = tokio::spawn(serve(listener, gateway, std::future::pending()));
            let mut client = TcpStream::connect(address).await.unwrap();
            let request =
                format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n\r\n");
            client.write_all(request.as_bytes()).await.unwrap();
            until("the archive is asked", || hanging.calls_open() == 1).await;

            drop(client);

            until(&format!("{name} of {path} is given up"), || hanging.calls_open() == 0).await;
            serving.abort();
        }
    }
}

/// More than the kernel holds for a client.
const FILE_BYTES: usize = 64 * 1024 * 1024;

/// Asks for a large file and reads nothing of it, over a real socket and with a clock that goes
/// on when nothing else does.
#[tokio::test(start_paused = true)]
async fn a_client_that_stays_and_takes_nothing_ends_the_call_upstream() {
    let stalled_after = Duration::from_secs(300);
    let archive = Arc::new(of_unknown_size(vec![b'x'; FILE_BYTES]));
    let mut gateway = with_archives(vec![Arc::clone(&archive) as Arc<dyn Archive>]);
    gateway.stalled_after = stalled_after;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener, gateway, std::future::pending()));
    let mut client = TcpStream::connect(address).await.unwrap();
    let begun = Instant::now();
    let request = format!("GET {URI} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 15];
    client.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    tokio::time::sleep(stalled_after / 2).await;
    assert_eq!(archive.calls_open(), 1, "it is waited for");

    tokio::time::sleep(stalled_after).await;
    assert_eq!(archive.calls_open(), 0, "after {:?}", begun.elapsed());
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest).await;
    assert!(rest.len() < FILE_BYTES, "what did not come is not taken for the whole");
    serving.abort();
}

#[tokio::test]
async fn a_gateway_that_is_told_to_stop_finishes_what_it_began() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, federation(), async {
        let _ = stopped.await;
    }));
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    stop.send(()).unwrap();
    timeout(PATIENCE, serving).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
