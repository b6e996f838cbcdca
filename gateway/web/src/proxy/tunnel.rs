//! The bytes of one WebSocket, both ways, until one side or the gateway has enough.
//!
//! Rules: an idle socket holds no buffer; what the slower side does not take stops the reading
//! from the other; it ends with its lab, with its session, and after [`IDLE`] without a byte.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::frames::Frames;
use super::lab::Admitted;
use super::routes::LabRoutes;
use super::traffic::Counters;
use super::upstream::LabStream;

/// How long a socket may be silent. A Jupyter server pings every half minute.
const IDLE: Duration = Duration::from_secs(2 * 3600);
/// How long one direction may go on after the other has ended.
const LINGER: Duration = Duration::from_secs(10);
/// How long the client's connection may take to become bare bytes.
const UPGRADE_WITHIN: Duration = Duration::from_secs(10);
/// Bytes that are moved at a time, through the stack.
const PIECE: usize = 32 * 1024;

/// A WebSocket whose head has been answered.
pub(super) struct Tunnel {
    pub(super) client: OnUpgrade,
    pub(super) lab: LabStream,
    /// What the lab sent behind the head of its answer.
    pub(super) first: Bytes,
    /// Ends it: its session's, and its lab's.
    pub(super) ends: [CancellationToken; 2],
    pub(super) place: Admitted,
    pub(super) routes: Arc<dyn LabRoutes>,
}

impl Tunnel {
    /// Moves bytes until it ends.
    pub(super) async fn run(self) {
        let Self { client, lab, first, ends: [revoked, gone], place, routes } = self;
        let counters = &place.lab.counters;
        counters.sockets.fetch_add(1, Relaxed);
        let _open = Open(&counters.sockets);
        let ended = async {
            let client = timeout(UPGRADE_WITHIN, client).await.map_err(io::Error::other)?;
            let client = TokioIo::new(client.map_err(io::Error::other)?);
            let input = || routes.worked_in(&place.lab.id);
            both_ways(client, lab, first, counters, input).await
        };
        let ended = tokio::select! {
            biased;
            () = revoked.cancelled() => return,
            () = gone.cancelled() => return,
            ended = ended => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a WebSocket broke off");
        }
    }
}

/// Counts a socket as open while it lives.
struct Open<'a>(&'a AtomicU64);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn both_ways(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut lab: impl AsyncRead + AsyncWrite + Unpin,
    first: Bytes,
    counters: &Counters,
    input: impl Fn(),
) -> io::Result<()> {
    let (mut up, mut down) = (Flow::default(), Flow { rest: first, ..Flow::default() });
    let mut frames = Frames::default();
    let mut until = Instant::now() + IDLE;
    let mut alarm = pin!(sleep_until(until));
    poll_fn(|context| {
        let (mut moved, half) = (false, up.over || down.over);
        let upward = up.advance(context, &mut client, &mut lab, |bytes| {
            counters.from_client_bytes.fetch_add(bytes.len() as u64, Relaxed);
            moved = true;
            if frames.take(bytes) && counters.input() {
                input();
            }
        })?;
        let downward = down.advance(context, &mut lab, &mut client, |bytes| {
            counters.to_client_bytes.fetch_add(bytes.len() as u64, Relaxed);
            moved = true;
        })?;
        if upward.is_ready() && downward.is_ready() {
            return Poll::Ready(Ok(()));
        }
        if !half && (up.over || down.over) {
            until = Instant::now() + LINGER;
            alarm.as_mut().reset(until);
        } else if moved && !half {
            // The alarm itself is moved only when it rings: a message costs no timer.
            until = Instant::now() + IDLE;
        }
        while alarm.as_mut().poll(context).is_ready() {
            if Instant::now() >= until {
                return Poll::Ready(Ok(()));
            }
            alarm.as_mut().reset(until);
        }
        Poll::Pending
    })
    .await
}

/// One direction.
#[derive(Default)]
struct Flow {
    /// Read, and not taken by the other side yet.
    rest: Bytes,
    /// Whether the reading side has ended.
    ended: bool,
    /// Whether the writing side knows that.
    over: bool,
}

impl Flow {
    /// Moves what can be moved without waiting; ready once the direction is over.
    fn advance(
        &mut self,
        context: &mut Context<'_>,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        mut passes: impl FnMut(&[u8]),
    ) -> Poll<io::Result<()>> {
        let mut piece = [const { MaybeUninit::uninit() }; PIECE];
        while !self.over {
            while !self.rest.is_empty() {
                let written = ready!(Pin::new(&mut *to).poll_write(context, &self.rest))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                drop(self.rest.split_to(written));
            }
            self.rest = Bytes::new();
            if self.ended {
                ready!(Pin::new(&mut *to).poll_shutdown(context))?;
                self.over = true;
                break;
            }
            let mut buffer = ReadBuf::uninit(&mut piece);
            if Pin::new(&mut *from).poll_read(context, &mut buffer)?.is_pending() {
                ready!(Pin::new(&mut *to).poll_flush(context))?;
                return Poll::Pending;
            }
            let mut bytes = buffer.filled();
            self.ended = bytes.is_empty();
            passes(bytes);
            while !bytes.is_empty() {
                match Pin::new(&mut *to).poll_write(context, bytes)? {
                    Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(written) => bytes = bytes.get(written..).unwrap_or_default(),
                    Poll::Pending => {
                        self.rest = Bytes::copy_from_slice(bytes);
                        return Poll::Pending;
                    }
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn bytes_pass_both_ways_in_order_and_the_end_passes_too() {
        let (client, mut browser) = duplex(1000);
        let (lab, mut application) = duplex(100);
        let counters = Counters::default();
        let sent: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        let told = sent.clone();
        let passing = both_ways(client, lab, Bytes::from_static(b"early"), &counters, || {});
        let talking = async {
            let mut got = [0; 5];
            browser.read_exact(&mut got).await.unwrap();
            assert_eq!(&got, b"early");
            browser.write_all(&told).await.unwrap();
            browser.shutdown().await.unwrap();
            let mut rest = Vec::new();
            browser.read_to_end(&mut rest).await.unwrap();
            rest
        };
        let answering = async {
            let mut got = Vec::new();
            application.read_to_end(&mut got).await.unwrap();
            application.write_all(b"bye").await.unwrap();
            application.shutdown().await.unwrap();
            got
        };
        let (passed, rest, got) = tokio::join!(passing, talking, answering);
        passed.unwrap();
        assert_eq!(got, sent);
        assert_eq!(rest, b"bye");
        let traffic = counters.read();
        assert_eq!((traffic.from_client_bytes, traffic.to_client_bytes), (200_000, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_browser_that_does_not_read_stops_the_lab_from_writing() {
        let (client, mut browser) = duplex(100);
        let (lab, mut application) = duplex(100);
        let counters = Counters::default();
        let filling = async {
            let all = vec![1; 1_000_000];
            let filled = timeout(Duration::from_secs(60), application.write_all(&all)).await;
            assert!(filled.is_err(), "nobody takes a megabyte");
            // What is on its way: two pipes of 100 bytes, and what was read before the first waited.
            assert!(counters.read().to_client_bytes <= 200, "{:?}", counters.read());
            let mut some = vec![0; 5_000];
            browser.read_exact(&mut some[..200]).await.unwrap();
            application.write_all(&all[..100]).await.unwrap();
        };
        tokio::select! {
            () = filling => {}
            ended = both_ways(client, lab, Bytes::new(), &counters, || {}) => panic!("{ended:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_socket_ends_after_two_hours_and_not_before() {
        let (client, mut browser) = duplex(100);
        let (lab, _application) = duplex(100);
        let counters = Counters::default();
        let begun = Instant::now();
        let talking = async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            browser.write_all(b"x").await.unwrap();
        };
        let (passed, ()) =
            tokio::join!(both_ways(client, lab, Bytes::new(), &counters, || {}), talking);
        passed.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 3 * 3600);
    }

    #[tokio::test(start_paused = true)]
    async fn a_side_that_stays_open_after_the_other_left_is_not_waited_for() {
        let (client, browser) = duplex(100);
        let (lab, _application) = duplex(100);
        drop(browser);
        let counters = Counters::default();
        let begun = Instant::now();
        both_ways(client, lab, Bytes::new(), &counters, || {}).await.unwrap();
        assert_eq!(begun.elapsed(), LINGER);
    }
}
