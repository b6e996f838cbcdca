//! The bytes of a body, counted as they come and unpacked as they are asked for.
//!
//! Called by `response.rs`. Rules that hold here and nowhere else:
//!
//! - Bytes are counted on the wire; a header's word is not believed. A packed body that unpacks
//!   to nothing ends there.
//! - After the first MiB a body may be 200 times its packed size, not more: text of the worst
//!   kind packs 100 to 1, a bomb 1,000 to 1.
//! - One packing only. A packing inside a packing is how bombs hide.
//!
//! Nothing is taken from the connection before it is asked for, except what hyper has in its
//! buffer (`READ_AHEAD_BYTES` in `clients.rs`).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{DeflateDecoder, GzipDecoder, ZlibDecoder};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, header};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::connector::cause;
use super::metrics::Metrics;

/// Most unpacked bytes made in one read.
const READ_BYTES: usize = 64 * 1024;
/// Before this many unpacked bytes the ratio does not count.
const RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// Most unpacked bytes for one packed byte.
const MOST_RATIO: u64 = 200;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Deflate,
}

impl Coding {
    /// What `Content-Encoding` says, or the text of a coding that was not asked for.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, String> {
        let mut found = Self::Identity;
        for value in headers.get_all(header::CONTENT_ENCODING) {
            let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            for name in text.split(',').map(str::trim) {
                let coding = match name {
                    "" | "identity" => continue,
                    "gzip" | "x-gzip" => Self::Gzip,
                    "deflate" => Self::Deflate,
                    _ => return Err(format!("Content-Encoding: {name}")),
                };
                if found != Self::Identity {
                    return Err(format!("Content-Encoding: {text}"));
                }
                found = coding;
            }
        }
        Ok(found)
    }
}

/// Why a body ends before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cut {
    #[error("more than {0} bytes")]
    TooLong(u64),
    #[error("more than {MOST_RATIO} bytes unpacked from each byte received")]
    Bomb,
    #[error("{0}")]
    Lost(String),
    #[error("{0}")]
    BadPacking(String),
}

/// A body as it comes from the connection.
#[derive(Debug)]
struct Wire {
    body: Incoming,
    taken: Arc<AtomicU64>,
    limit: u64,
    metrics: Arc<Metrics>,
}

impl Stream for Wire {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
                return Poll::Ready(None);
            };
            let bytes = match frame.map(http_body::Frame::into_data) {
                Ok(Ok(bytes)) => bytes,
                Ok(Err(_trailers)) => continue,
                Err(e) => return Poll::Ready(Some(Err(io::Error::other(Cut::Lost(lost(&e)))))),
            };
            self.metrics.received(bytes.len());
            let taken = self.taken.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if taken + bytes.len() as u64 > self.limit {
                return Poll::Ready(Some(Err(io::Error::other(Cut::TooLong(self.limit)))));
            }
            return Poll::Ready(Some(Ok(bytes)));
        }
    }
}

/// hyper says "error reading a body from connection" and keeps the reason below.
fn lost(error: &hyper::Error) -> String {
    match cause::<io::Error>(error) {
        Some(io) => io.to_string(),
        None if error.is_incomplete_message() => "the connection ended before the body".to_owned(),
        None => error.to_string(),
    }
}

/// A body that is read piece by piece.
pub(crate) struct Decoder {
    taken: Arc<AtomicU64>,
    unpacked: u64,
    state: Reading,
}

enum Reading {
    Plain {
        wire: Wire,
        rest: Bytes,
    },
    /// Not looked at yet: `deflate` has two forms that only the first byte tells apart.
    Packed(Box<StreamReader<Wire, Bytes>>, Coding),
    Unpacking(Pin<Box<dyn AsyncRead + Send>>),
    Done,
}

impl Decoder {
    /// `limit` bounds what is taken from the wire; what is given is for the caller to count.
    pub(crate) fn new(body: Incoming, coding: Coding, limit: u64, metrics: Arc<Metrics>) -> Self {
        let taken = Arc::new(AtomicU64::new(0));
        let wire = Wire { body, taken: Arc::clone(&taken), limit, metrics };
        let state = match coding {
            Coding::Identity => Reading::Plain { wire, rest: Bytes::new() },
            Coding::Gzip | Coding::Deflate => {
                Reading::Packed(Box::new(StreamReader::new(wire)), coding)
            }
        };
        Self { taken, unpacked: 0, state }
    }

    /// Up to `max_bytes` of the body; empty at its end.
    pub(crate) async fn read(&mut self, max_bytes: usize) -> Result<Bytes, Cut> {
        let max_bytes = max_bytes.max(1);
        if let Reading::Packed(..) = self.state {
            self.open().await?;
        }
        let piece = match &mut self.state {
            Reading::Plain { wire, rest } => {
                while rest.is_empty() {
                    match wire.next().await {
                        Some(bytes) => *rest = bytes.map_err(cut)?,
                        None => break,
                    }
                }
                rest.split_to(max_bytes.min(rest.len()))
            }
            Reading::Unpacking(reader) => {
                let mut piece = BytesMut::with_capacity(max_bytes.min(READ_BYTES));
                let room = piece.capacity().min(max_bytes) as u64;
                reader.as_mut().take(room).read_buf(&mut piece).await.map_err(cut)?;
                piece.freeze()
            }
            Reading::Packed(..) | Reading::Done => Bytes::new(),
        };
        if piece.is_empty() {
            self.state = Reading::Done;
        }
        self.unpacked += piece.len() as u64;
        let packed = self.taken.load(Ordering::Relaxed);
        if self.unpacked > RATIO_FREE_BYTES && self.unpacked / MOST_RATIO > packed {
            return Err(Cut::Bomb);
        }
        Ok(piece)
    }

    /// Looks at the first byte and chooses the unpacker.
    async fn open(&mut self) -> Result<(), Cut> {
        let Reading::Packed(wire, coding) = &mut self.state else { return Ok(()) };
        let first = wire.fill_buf().await.map_err(cut)?.first().copied();
        let coding = *coding;
        let Reading::Packed(wire, _) = std::mem::replace(&mut self.state, Reading::Done) else {
            return Ok(());
        };
        self.state = match (first, coding) {
            (None, _) => Reading::Done,
            (_, Coding::Gzip) => {
                let mut gzip = GzipDecoder::new(*wire);
                gzip.multiple_members(true);
                Reading::Unpacking(Box::pin(gzip))
            }
            // RFC 9110, 8.4.1.2 means zlib; some servers send bare deflate. A zlib header's low
            // half is 8 (RFC 1950, 2.2), which no bare stream starts with.
            (Some(first), _) if first & 0x0f == 8 => {
                Reading::Unpacking(Box::pin(ZlibDecoder::new(*wire)))
            }
            (Some(_), _) => Reading::Unpacking(Box::pin(DeflateDecoder::new(*wire))),
        };
        Ok(())
    }
}

/// The reason inside an error that went through an unpacker.
fn cut(error: io::Error) -> Cut {
    cause::<Cut>(&error).cloned().unwrap_or_else(|| Cut::BadPacking(error.to_string()))
}
