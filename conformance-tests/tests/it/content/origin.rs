//! A file server for one test: real HTTP, as many bytes as the path says, and it counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::watch;

/// A running server; it stops when it is dropped.
pub(super) struct Origin {
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    counts: Arc<Counts>,
    open: watch::Receiver<usize>,
    server: tokio::task::JoinHandle<()>,
}

struct Counts {
    open: watch::Sender<usize>,
    given_bytes: AtomicU64,
    requests: AtomicU64,
    /// After so many bytes of the first answer the connection breaks; 0 for never.
    breaks_after: AtomicU64,
}

/// One byte of a file: the last digit of its place.
pub(super) fn byte(place: u64) -> u8 {
    b'0' + (place % 10) as u8
}

pub(super) fn bytes(range: std::ops::Range<u64>) -> Vec<u8> {
    range.map(byte).collect()
}

impl Origin {
    /// `/file/N` has N bytes, ranges and a strong validator.
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, open) = watch::channel(0);
        let counts = Arc::new(Counts {
            open: sender,
            given_bytes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            breaks_after: AtomicU64::new(0),
        });
        let routes = Router::new().route("/file/{size}", get(file)).with_state(Arc::clone(&counts));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { address, counts, open, server }
    }

    pub(super) fn url(&self, size: u64) -> String {
        format!("http://{}/file/{size}", self.address)
    }

    /// The first answer breaks off after so many bytes.
    pub(super) fn break_after(&self, bytes: u64) {
        self.counts.breaks_after.store(bytes, Ordering::SeqCst);
    }

    pub(super) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::SeqCst)
    }

    /// Bytes taken from it so far; the kernel's buffers count as taken.
    pub(super) fn given_bytes(&self) -> u64 {
        self.counts.given_bytes.load(Ordering::SeqCst)
    }

    /// Waits until no answer is open; `false` if one is for longer.
    pub(super) async fn closed_within(&self, time: Duration) -> bool {
        let mut open = self.open.clone();
        let closed = tokio::time::timeout(time, open.wait_for(|open| *open == 0)).await;
        closed.is_ok_and(|closed| closed.is_ok())
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Open(Arc<Counts>);

impl Open {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.open.send_modify(|open| *open += 1);
        Self(Arc::clone(counts))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

async fn file(
    State(counts): State<Arc<Counts>>,
    Path(size): Path<u64>,
    headers: HeaderMap,
) -> Response {
    const PIECE: u64 = 64 * 1024;
    counts.requests.fetch_add(1, Ordering::SeqCst);
    let tag = format!("\"v{size}\"");
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let same = text(header::IF_RANGE).is_none_or(|version| version == tag);
    let range = text(header::RANGE).filter(|_| same).and_then(|range| {
        let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
        let first: u64 = first.parse().ok()?;
        let last = last.parse::<u64>().map_or(size - 1, |last| last.min(size - 1));
        Some((first, last))
    });
    let (first, last) = range.unwrap_or((0, size.saturating_sub(1)));
    if first >= size && range.is_some() {
        let size = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
        return (StatusCode::RANGE_NOT_SATISFIABLE, size).into_response();
    }
    let end = if size == 0 { 0 } else { last + 1 };
    let breaks = counts.breaks_after.swap(0, Ordering::SeqCst);
    let until = if breaks > 0 { first + breaks } else { u64::MAX };
    let open = Open::new(&counts);
    let body = stream::unfold((first, open), move |(next, open)| async move {
        if next >= until {
            // A pause, after which what came before has been sent.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "as asked");
            return Some((Err(broken), (u64::MAX, open)));
        }
        if next >= end {
            return None;
        }
        let to = end.min(next + PIECE).min(until);
        let piece = bytes(next..to);
        open.0.given_bytes.fetch_add(piece.len() as u64, Ordering::SeqCst);
        Some((Ok(Bytes::from(piece)), (to, open)))
    });
    let common = [
        (header::CONTENT_TYPE, "application/x-test".to_owned()),
        (header::CONTENT_LENGTH, (end - first).to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
        (header::LAST_MODIFIED, "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
    ];
    let body = Body::from_stream(body);
    match range {
        None => (common, body).into_response(),
        Some(_) => {
            let place = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"))];
            (StatusCode::PARTIAL_CONTENT, common, place, body).into_response()
        }
    }
}
