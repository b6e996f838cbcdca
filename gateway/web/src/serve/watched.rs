//! An answer over HTTP/2 ends that its client does not ask on for.
//!
//! Each answer has a window of its own there. A client that opens none holds what the answer comes
//! from, while the connection is well; and hyper does not look at the answer before the window
//! opens. So somebody else looks from time to time.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::proxy::Answer;

/// A body that is dropped when nobody has asked on for too long.
#[derive(Debug)]
pub(crate) struct Watched {
    shared: Arc<Shared>,
    /// Looks; ends with this.
    _watch: JoinSet<()>,
}

#[derive(Debug)]
struct Shared(Mutex<State>);

#[derive(Debug)]
struct State {
    /// `None` once it was dropped.
    body: Option<Answer>,
    /// Since when the client has what there was; `None` while it is the answer that is waited for.
    idle_since: Option<Instant>,
}

impl Watched {
    /// Of a body that may wait so long for its client; one without anything to wait for stays as
    /// it is.
    pub(super) fn over(body: Answer, within: Duration) -> Answer {
        if body.is_end_stream() {
            return body;
        }
        let state = State { body: Some(body), idle_since: Some(Instant::now()) };
        let shared = Arc::new(Shared(Mutex::new(state)));
        let mut watch = JoinSet::new();
        watch.spawn(Arc::clone(&shared).watch(within));
        Answer::Watched(Box::new(Self { shared, _watch: watch }))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn watch(self: Arc<Self>, within: Duration) {
        while let Some(until) = self.looked_at(within) {
            sleep_until(until).await;
        }
        tracing::debug!("a client takes nothing; its answer ended");
    }

    /// When to look again; `None` if the body was dropped.
    fn looked_at(&self, within: Duration) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.state();
        let until = state.idle_since.unwrap_or(now) + within;
        if until > now {
            return Some(until);
        }
        // What it comes from is not ended under the lock.
        let body = state.body.take();
        drop(state);
        drop(body);
        None
    }

    fn end(&self) {
        let body = self.state().body.take();
        drop(body);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Who looks holds the body too, and may not be told for a while.
        self.shared.end();
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut state = self.shared.state();
        let Some(body) = &mut state.body else {
            return Poll::Ready(Some(Err("nobody took the answer".into())));
        };
        let frame = Pin::new(body).poll_frame(context);
        state.idle_since = frame.is_ready().then(Instant::now);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.shared.state().body.as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.shared.state().body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use futures_util::{StreamExt as _, stream};
    use http_body_util::BodyExt as _;
    use tokio::time::sleep;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(300);

    /// Says when it is dropped.
    struct Held(Arc<AtomicBool>);

    impl Drop for Held {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }

    /// A body without an end, each part of which takes its time; and whether it was dropped.
    fn endless(each: Duration) -> (Answer, Arc<AtomicBool>) {
        let dropped = Arc::new(AtomicBool::new(false));
        let held = Held(Arc::clone(&dropped));
        let parts = stream::repeat(()).then(move |()| {
            let _ = &held;
            async move {
                sleep(each).await;
                Ok::<_, std::io::Error>(Bytes::from_static(b"part"))
            }
        });
        (Answer::Own(axum::body::Body::from_stream(parts)), dropped)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_asked_on_for_is_dropped_where_it_is() {
        for taken in [0, 3] {
            let (body, dropped) = endless(Duration::from_secs(1));
            let mut body = Watched::over(body, WITHIN);
            for _ in 0..taken {
                body.frame().await.unwrap().unwrap();
            }
            sleep(WITHIN - Duration::from_millis(10)).await;
            assert!(!dropped.load(Relaxed), "{taken} taken");
            sleep(Duration::from_millis(20)).await;
            assert!(dropped.load(Relaxed), "{taken} taken");
            assert!(body.frame().await.unwrap().is_err(), "it has no good end");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_is_not_its_clients_fault() {
        let (body, dropped) = endless(WITHIN * 3);
        let mut body = Watched::over(body, WITHIN);
        for _ in 0..3 {
            body.frame().await.unwrap().unwrap();
            sleep(WITHIN / 2).await;
        }
        assert!(!dropped.load(Relaxed));
        drop(body);
        assert!(dropped.load(Relaxed), "it ends with who takes it");
    }

    #[tokio::test]
    async fn an_empty_answer_needs_nobody_to_look() {
        let body = Watched::over(Answer::Own(axum::body::Body::empty()), WITHIN);
        assert!(matches!(body, Answer::Own(_)));
    }
}
