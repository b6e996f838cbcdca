//! Bodies on their way through: as fast as the slower side, counted, never held.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::lab::{Admitted, Lab};
use super::upstream::Connection;
use crate::serve::Watched;

/// What a client sends, on its way to the lab.
#[derive(Debug)]
pub(super) struct RequestBody {
    body: Option<Incoming>,
    lab: Arc<Lab>,
}

impl RequestBody {
    pub(super) fn of(body: Incoming, lab: Arc<Lab>) -> Self {
        Self { body: (!body.is_end_stream()).then_some(body), lab }
    }

    pub(super) fn none(lab: Arc<Lab>) -> Self {
        Self { body: None, lab }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = std::task::ready!(Pin::new(body).poll_frame(context));
        if let Some(Ok(data)) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
            let bytes = data.map_or(0, Bytes::len) as u64;
            self.lab.counters.from_client_bytes.fetch_add(bytes, Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What a lab answers, on its way to the client. It works the connection that it comes from.
#[derive(Debug)]
pub(crate) struct LabBody {
    body: Incoming,
    connection: Option<Connection>,
    admitted: Admitted,
}

impl LabBody {
    pub(super) fn new(body: Incoming, connection: Connection, admitted: Admitted) -> Self {
        let mut own = Self { body, connection: Some(connection), admitted };
        own.rest_if_over();
        own
    }

    /// Gives the connection back once the whole answer was read.
    fn rest_if_over(&mut self) {
        if self.body.is_end_stream()
            && let Some(mut connection) = self.connection.take()
            && connection.may_rest()
        {
            self.admitted.lab.rest(connection);
        }
    }
}

impl Body for LabBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let own = self.get_mut();
        let frame = match &mut own.connection {
            Some(connection) => connection.poll_frame(&mut own.body, context),
            None => Pin::new(&mut own.body).poll_frame(context),
        };
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
                own.admitted.lab.counters.to_client_bytes.fetch_add(bytes, Relaxed);
                own.rest_if_over();
            }
            // The end of a body that does not say its length before.
            Poll::Ready(None) => {
                if let Some(mut connection) = own.connection.take()
                    && connection.may_rest()
                {
                    own.admitted.lab.rest(connection);
                }
            }
            Poll::Ready(Some(Err(_))) => own.connection = None,
            Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of any answer of the server.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Of the gateway itself.
    Own(axum::body::Body),
    /// Of a lab.
    Lab(LabBody),
    /// Either, over HTTP/2.
    Watched(Box<Watched>),
}

impl From<LabBody> for Answer {
    fn from(body: LabBody) -> Self {
        Self::Lab(body)
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Own(body) => Pin::new(body)
                .poll_frame(context)
                .map(|frame| frame.map(|own| own.map_err(Into::into))),
            Self::Lab(body) => Pin::new(body)
                .poll_frame(context)
                .map(|frame| frame.map(|own| own.map_err(Into::into))),
            Self::Watched(body) => Pin::new(body.as_mut()).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(body) => body.is_end_stream(),
            Self::Lab(body) => body.is_end_stream(),
            Self::Watched(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(body) => body.size_hint(),
            Self::Lab(body) => body.size_hint(),
            Self::Watched(body) => body.size_hint(),
        }
    }
}
