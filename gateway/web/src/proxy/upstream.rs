//! One HTTP/1.1 connection to a lab, worked by whoever waits for its answer.
//!
//! Called by `forward.rs` and `body.rs`. Rules: nothing is spawned, so that a request costs no
//! hand-over between tasks; what the connection tells itself while it is worked wakes nobody
//! (`line.rs`); a connection rests only when its last answer was read to the end.

mod line;

use std::future::poll_fn;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use archway_core::labs::Endpoint;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::body::RequestBody;
use line::Line;

/// How long a lab may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long a lab may take to begin its answer: an export of a large notebook takes minutes.
const ANSWER_WITHIN: Duration = Duration::from_secs(600);
/// Most bytes of the head of an answer, and most that wait for a slow lab.
const BUFFER_BYTES: usize = 64 * 1024;

/// A connection to a lab. Small: what is large of it stays where it is when this is moved.
pub(super) struct Connection {
    pub(super) endpoint: Endpoint,
    pub(super) rested_since: Instant,
    sender: SendRequest<RequestBody>,
    line: Box<Line>,
}

/// Why there is no answer.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives for a moment, and a box costs every retry")]
pub(super) enum NoAnswer {
    /// The request never left; here it is again.
    Unsent(Request<RequestBody>),
    /// It may have reached the lab.
    Broken(hyper::Error),
    /// Nothing came in the time there is.
    Late,
}

impl Connection {
    /// Opens one.
    pub(super) async fn open(endpoint: &Endpoint) -> io::Result<Self> {
        let stream = timeout(CONNECT_WITHIN, LabStream::connect(endpoint))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(BUFFER_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        let (endpoint, line) = (endpoint.clone(), Box::new(Line::new(driver)));
        Ok(Self { endpoint, rested_since: Instant::now(), sender, line })
    }

    /// Sends a request; returns with the head of the answer.
    pub(super) async fn exchange(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, NoAnswer> {
        let Self { sender, line, .. } = self;
        // Nobody waits for the line yet, so that what this tells it wakes nobody.
        let mut answer = pin!(sender.try_send_request(request));
        let until = tokio::time::Instant::now() + ANSWER_WITHIN;
        let answered = poll_fn(|context| {
            line.work(context, |line, context| {
                line.drive(context);
                let answered = answer.as_mut().poll(context);
                if answered.is_pending() && line.is_late(until, context) {
                    return Poll::Ready(None);
                }
                answered.map(Some)
            })
        });
        match answered.await {
            Some(Ok(response)) => Ok(response),
            Some(Err(mut error)) => Err(match error.take_message() {
                Some(request) => NoAnswer::Unsent(request),
                None => NoAnswer::Broken(error.into_error()),
            }),
            None => Err(NoAnswer::Late),
        }
    }

    /// The next part of an answer that this connection brings.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.line.work(context, |line, context| {
            let frame = Pin::new(&mut *body).poll_frame(context);
            if frame.is_ready() {
                return frame;
            }
            line.drive(context);
            Pin::new(&mut *body).poll_frame(context)
        })
    }

    /// Whether it can take another request. It forgets who waited for it.
    pub(super) fn may_rest(&mut self) -> bool {
        let sender = &self.sender;
        let ready = self.line.work(&mut Context::from_waker(Waker::noop()), |line, context| {
            line.drive(context);
            if line.is_over() || sender.is_ready() { Poll::Ready(()) } else { Poll::Pending }
        });
        ready.is_ready() && !self.line.is_over()
    }

    /// The bare stream behind a 101, and what came after the head of that.
    pub(super) fn into_stream(self) -> (LabStream, Bytes) {
        self.line.into_stream()
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Either kind of stream that a lab can be behind.
#[derive(Debug)]
pub(super) enum LabStream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl LabStream {
    async fn connect(endpoint: &Endpoint) -> io::Result<Self> {
        match endpoint {
            Endpoint::Unix(path) => Ok(Self::Unix(connect_unix(path).await?)),
            Endpoint::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
        }
    }
}

/// A lab may write where its socket lies, and could put a link there to a socket that the gateway
/// may open and it may not. So no link is followed, and what was looked at is what is opened.
async fn connect_unix(path: &Path) -> io::Result<UnixStream> {
    let found = open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::Socket {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no socket there"));
    }
    UnixStream::connect(format!("/proc/self/fd/{}", found.as_raw_fd())).await
}

impl AsyncRead for LabStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for LabStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Neither kind holds anything back.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
