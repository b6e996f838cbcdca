//! A connection ends whose client is there and takes nothing.
//!
//! The answer waits in the connection's buffers then, and holds what it comes from: an archive's
//! connection, a lab's. What counts is what the kernel takes; it holds some more for the client,
//! so that the end comes a little later than the client's last byte, and never earlier.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::alarm::Alarm;

/// A stream that breaks when nothing can be written to it for too long.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    within: Duration,
    /// When the first write failed to go on since one did.
    stuck_since: Option<Instant>,
    alarm: Alarm,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, within: Duration) -> Self {
        Self { stream, within, stuck_since: None, alarm: Alarm::default() }
    }

    /// What became of a write, unless that has waited for too long.
    fn watched(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stuck_since = None;
            return written;
        }
        let since = *self.stuck_since.get_or_insert_with(Instant::now);
        if self.alarm.rings(since + self.within, context) {
            tracing::debug!("a client takes nothing; its connection ends");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let written = Pin::new(&mut own.stream).poll_write(context, bytes);
        own.watched(written, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let written = Pin::new(&mut own.stream).poll_write_vectored(context, parts);
        own.watched(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::{sleep, timeout};

    use super::*;

    const WITHIN: Duration = Duration::from_secs(300);

    #[tokio::test(start_paused = true)]
    async fn a_write_that_nobody_takes_breaks_after_its_time_and_not_before() {
        let (own, _client) = duplex(10);
        let mut own = Patient::new(own, WITHIN);
        own.write_all(&[1; 10]).await.unwrap();
        // What does not wait has no time.
        sleep(WITHIN * 2).await;
        let begun = Instant::now();
        let written = timeout(WITHIN * 2, own.write_all(&[1; 10])).await.unwrap();
        let ended = (written.unwrap_err().kind(), begun.elapsed());
        assert_eq!(ended, (io::ErrorKind::TimedOut, WITHIN));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_little_in_time_is_waited_for() {
        let (own, mut client) = duplex(10);
        let mut own = Patient::new(own, WITHIN);
        let taking = async {
            let mut byte = [0];
            for _ in 0..20 {
                sleep(WITHIN - Duration::from_secs(1)).await;
                client.read_exact(&mut byte).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(own.write_all(&[1; 30]), taking);
        written.unwrap();
        let mut rest = [0; 10];
        client.read_exact(&mut rest).await.unwrap();
        assert!(timeout(WITHIN / 2, own.write_all(&[1; 11])).await.is_err(), "still waiting");
    }
}
