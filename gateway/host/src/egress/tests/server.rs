//! A small server that does exactly what a test says, and remembers what it was asked.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What the server does with a request.
pub(super) enum Act {
    /// Writes this, and waits for another request on the same connection.
    Say(Vec<u8>),
    /// Writes this and closes.
    SayAndClose(Vec<u8>),
    /// Writes this, and then nothing, until the client goes away.
    SayAndStay(Vec<u8>),
    /// Writes the first, and then the second again and again, until the client goes away.
    Flood(Vec<u8>, Vec<u8>),
}

type Script = Arc<dyn Fn(usize, String) -> Pin<Box<dyn Future<Output = Act> + Send>> + Send + Sync>;

/// The server; it stops when it is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    flooded_bytes: Arc<AtomicUsize>,
    count: watch::Receiver<usize>,
    left: tokio::sync::Mutex<mpsc::UnboundedReceiver<()>>,
    _task: JoinSet<()>,
}

impl Server {
    /// Answers the `n`th request, from 0, with whole responses.
    pub(super) async fn saying(
        script: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self::acting(move |n, asked| Act::Say(script(n, asked))).await
    }

    pub(super) async fn acting(
        script: impl Fn(usize, &str) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::start(None, move |n, asked| {
            let act = script(n, &asked);
            Box::pin(async move { act })
        })
        .await
    }

    pub(super) async fn waiting<F: Future<Output = Act> + Send + 'static>(
        script: impl Fn(usize) -> F + Send + Sync + 'static,
    ) -> Self {
        Self::start(None, move |n, _| Box::pin(script(n))).await
    }

    pub(super) async fn secure(
        tls: TlsAcceptor,
        script: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(tls), move |n, asked| {
            let act = Act::Say(script(n, &asked));
            Box::pin(async move { act })
        })
        .await
    }

    async fn start(
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, String) -> Pin<Box<dyn Future<Output = Act> + Send>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (count_sender, count) = watch::channel(0);
        let (left_sender, left) = mpsc::unbounded_channel();
        let flooded_bytes: Arc<AtomicUsize> = Arc::default();
        let memory = Memory {
            asked: Arc::clone(&asked),
            flooded_bytes: Arc::clone(&flooded_bytes),
            count: count_sender,
            left: left_sender,
        };
        let (memory, script): (_, Script) = (Arc::new(memory), Arc::new(script));
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (memory, script, tls) = (Arc::clone(&memory), Arc::clone(&script), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, &memory, &script).await,
                        Some(tls) => {
                            // A client that does not like the certificate ends the handshake.
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &memory, &script).await;
                            }
                        }
                    }
                });
            }
        });
        let left = tokio::sync::Mutex::new(left);
        Self { address, asked, flooded_bytes, count, left, _task: task }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Every request so far, as it came in.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How much of a flood the kernel has taken.
    pub(super) fn flooded_bytes(&self) -> usize {
        self.flooded_bytes.load(Ordering::SeqCst)
    }

    /// Waits until `count` requests have come in.
    pub(super) async fn until_asked(&self, count: usize) {
        self.count.clone().wait_for(|n| *n >= count).await.unwrap();
    }

    /// Waits until a client has closed a connection on which it was still owed something.
    pub(super) async fn until_left(&self) {
        self.left.lock().await.recv().await.unwrap();
    }
}

struct Memory {
    asked: Arc<Mutex<Vec<String>>>,
    flooded_bytes: Arc<AtomicUsize>,
    count: watch::Sender<usize>,
    left: mpsc::UnboundedSender<()>,
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, memory: &Memory, script: &Script) {
    while let Some(request) = request(&mut stream).await {
        let number = {
            let mut asked = memory.asked.lock().unwrap();
            asked.push(request.clone());
            asked.len() - 1
        };
        memory.count.send_replace(number + 1);
        // The client may leave while the script still thinks.
        let act = tokio::select! {
            act = script(number, request) => act,
            () = gone(&mut stream) => {
                memory.left.send(()).unwrap();
                return;
            }
        };
        match act {
            Act::Say(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Act::SayAndClose(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Act::SayAndStay(bytes) => {
                let _ = stream.write_all(&bytes).await;
                gone(&mut stream).await;
                memory.left.send(()).unwrap();
                return;
            }
            Act::Flood(head, piece) => {
                let _ = stream.write_all(&head).await;
                while stream.write_all(&piece).await.is_ok() {
                    memory.flooded_bytes.fetch_add(piece.len(), Ordering::SeqCst);
                }
                memory.left.send(()).unwrap();
                return;
            }
        }
    }
}

async fn gone(stream: &mut (impl AsyncRead + Unpin)) {
    let mut byte = [0];
    while stream.read(&mut byte).await.is_ok_and(|n| n > 0) {}
}

/// One request with its body, if it has a length.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |l| l.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&piece[..n]),
            _ => return None,
        }
    }
}

pub(super) fn ok(body: &str) -> Vec<u8> {
    status("200 OK", body)
}

pub(super) fn status(status: &str, body: &str) -> Vec<u8> {
    with(status, &[], body.as_bytes())
}

pub(super) fn with(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

pub(super) fn redirect(status: u16, location: &str) -> Vec<u8> {
    with(&format!("{status} Elsewhere"), &[&format!("Location: {location}")], b"moved")
}
