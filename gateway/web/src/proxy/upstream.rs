//! One HTTP/1.1 connection to a lab, worked by whoever waits for its answer.
//!
//! Called by `forward.rs`. Rules: nothing is spawned, so that a request costs no hand-over
//! between tasks; a connection rests only when its last answer was read to the end.

use std::future::poll_fn;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use archway_core::labs::Endpoint;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::body::RequestBody;

/// How long a lab may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Most bytes of the head of an answer, and most that wait for a slow lab.
const BUFFER_BYTES: usize = 64 * 1024;

/// A connection to a lab.
pub(super) struct Connection {
    pub(super) endpoint: Endpoint,
    pub(super) rested_since: Instant,
    sender: SendRequest<RequestBody>,
    driver: http1::Connection<TokioIo<LabStream>, RequestBody>,
    /// Whether the driver has finished; it is not polled again then.
    over: bool,
}

/// Why there is no answer.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives for a moment, and a box costs every retry")]
pub(super) enum NoAnswer {
    /// The request never left; here it is again.
    Unsent(Request<RequestBody>),
    /// It may have reached the lab.
    Broken(hyper::Error),
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
        let endpoint = endpoint.clone();
        Ok(Self { endpoint, rested_since: Instant::now(), sender, driver, over: false })
    }

    /// Sends a request; returns with the head of the answer.
    pub(super) async fn exchange(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, NoAnswer> {
        let Self { sender, driver, over, .. } = self;
        let mut answer = pin!(sender.try_send_request(request));
        let answered = poll_fn(|context| {
            drive(driver, over, context);
            answer.as_mut().poll(context)
        });
        answered.await.map_err(|mut error| match error.take_message() {
            Some(request) => NoAnswer::Unsent(request),
            None => NoAnswer::Broken(error.into_error()),
        })
    }

    /// Reads and writes as far as that goes without waiting.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        drive(&mut self.driver, &mut self.over, context);
    }

    /// Whether it can take another request. It forgets who waited for it.
    pub(super) fn may_rest(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        !self.over && self.sender.is_ready()
    }

    /// The bare stream behind a 101, and what came after the head of that.
    pub(super) fn into_stream(self) -> (LabStream, Bytes) {
        let parts = self.driver.into_parts();
        (parts.io.into_inner(), parts.read_buf)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

fn drive(
    driver: &mut http1::Connection<TokioIo<LabStream>, RequestBody>,
    over: &mut bool,
    context: &mut Context<'_>,
) {
    if *over {
        return;
    }
    if let Poll::Ready(ended) = Pin::new(driver).poll(context) {
        *over = true;
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection to a lab ended early");
        }
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
