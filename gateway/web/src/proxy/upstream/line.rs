//! The working half of a connection to a lab, and its bell.
//!
//! hyper's halves of a connection tell each other by wakers that there is something to do. Both
//! are polled here by one task, one after the other, so that such a message arrives at the task
//! that is at work already: it would be scheduled once more for every request, and another thread
//! woken to take it. The bell keeps such a message to itself, and has the work done again at once.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::AcqRel, Ordering::Acquire, Ordering::Release};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::super::body::RequestBody;
use super::LabStream;
use crate::alarm::Alarm;

/// How often the work is done again at once; then other tasks get their turn.
const MOST_TURNS: u32 = 8;

/// Nobody is at work: who rings wakes the task that waits.
const QUIET: u8 = 0;
/// The work is being done.
const AT_WORK: u8 = 1;
/// The same, and there is more of it.
const RANG: u8 = 2;

/// What reads and writes a connection.
pub(super) struct Line {
    driver: http1::Connection<TokioIo<LabStream>, RequestBody>,
    /// Whether the driver has finished; it is not polled again then.
    over: bool,
    bell: Arc<Bell>,
    /// Rings it.
    waker: Waker,
    alarm: Alarm,
}

struct Bell {
    state: AtomicU8,
    waits: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.compare_exchange(AT_WORK, RANG, AcqRel, Acquire) == Err(QUIET) {
            self.waits.wake();
        }
    }
}

impl Line {
    pub(super) fn new(driver: http1::Connection<TokioIo<LabStream>, RequestBody>) -> Self {
        let bell = Arc::new(Bell { state: AtomicU8::new(QUIET), waits: AtomicWaker::new() });
        let waker = Waker::from(Arc::clone(&bell));
        Self { driver, over: false, bell, waker, alarm: Alarm::default() }
    }

    /// Does a step of work until it is done, or nothing more can be done without waiting; then
    /// the task of `context` is woken when there is.
    pub(super) fn work<T>(
        &mut self,
        context: &mut Context<'_>,
        mut step: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let (bell, waker) = (Arc::clone(&self.bell), self.waker.clone());
        ringing(&bell, &waker, context, |context| step(self, context))
    }

    /// Reads and writes as far as that goes without waiting.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        if self.over {
            return;
        }
        if let Poll::Ready(ended) = Pin::new(&mut self.driver).poll(context) {
            self.over = true;
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection to a lab ended early");
            }
        }
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether that moment has come; if not, the task is woken by then.
    pub(super) fn is_late(&mut self, until: Instant, context: &mut Context<'_>) -> bool {
        self.alarm.rings(until, context)
    }

    /// The bare stream, and what was read of it and not understood.
    pub(super) fn into_stream(self: Box<Self>) -> (LabStream, Bytes) {
        let parts = self.driver.into_parts();
        (parts.io.into_inner(), parts.read_buf)
    }
}

fn ringing<T>(
    bell: &Bell,
    waker: &Waker,
    context: &mut Context<'_>,
    mut step: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    bell.waits.register(context.waker());
    for _ in 0..MOST_TURNS {
        bell.state.store(AT_WORK, Release);
        let done = step(&mut Context::from_waker(waker));
        let rang = bell.state.swap(QUIET, AcqRel) == RANG;
        if done.is_ready() || !rang {
            return done;
        }
    }
    context.waker().wake_by_ref();
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use super::*;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Task(AtomicU32);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    /// A bell, what rings it, and the task that is woken.
    fn bell() -> (Arc<Bell>, Waker, Arc<Task>) {
        let bell = Arc::new(Bell { state: AtomicU8::new(QUIET), waits: AtomicWaker::new() });
        (Arc::clone(&bell), Waker::from(bell), Arc::default())
    }

    #[test]
    fn who_is_at_work_is_not_woken_by_the_work_and_does_it_again() {
        let (bell, waker, task) = bell();
        let own = Waker::from(Arc::clone(&task));
        let mut turns = 0;
        let done = ringing(&bell, &waker, &mut Context::from_waker(&own), |context| {
            turns += 1;
            if turns == 3 {
                return Poll::Ready("done");
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!((done, turns, task.0.load(Relaxed)), (Poll::Ready("done"), 3, 0));
    }

    #[test]
    fn who_waits_is_woken_by_what_comes_later() {
        let (bell, waker, task) = bell();
        let own = Waker::from(Arc::clone(&task));
        let waiting: Poll<()> =
            ringing(&bell, &waker, &mut Context::from_waker(&own), |_| Poll::Pending);
        assert_eq!((waiting, task.0.load(Relaxed)), (Poll::Pending, 0));
        waker.wake_by_ref();
        assert_eq!(task.0.load(Relaxed), 1);
    }

    #[test]
    fn work_without_an_end_gives_others_their_turn() {
        let (bell, waker, task) = bell();
        let own = Waker::from(Arc::clone(&task));
        let mut turns = 0;
        let waiting: Poll<()> = ringing(&bell, &waker, &mut Context::from_waker(&own), |context| {
            turns += 1;
            context.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!((waiting, turns, task.0.load(Relaxed)), (Poll::Pending, MOST_TURNS, 1));
    }
}
