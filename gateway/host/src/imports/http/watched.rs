//! An exchange as an observer sees it; reported once, when it has ended or was given up.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use crate::egress::{self, Body};
use crate::observer::{Event, Exchange, MOST_BODY_BYTES, Observer};

/// An exchange that an observer waits for.
pub(super) struct Watched {
    observer: Arc<Observer>,
    begun: Instant,
    exchange: Exchange,
    body: Vec<u8>,
}

impl Watched {
    /// `None` if nobody watches.
    pub(super) fn new(observer: &Option<Arc<Observer>>, request: &egress::Request) -> Option<Self> {
        let observer = Arc::clone(observer.as_ref()?);
        let (request_media_type, request_body) =
            if observer.wants_bodies() { sent(&request.body) } else { (None, Bytes::new()) };
        let exchange = Exchange {
            method: request.method.clone(),
            url: request.url.clone(),
            request_headers: pairs(&request.headers),
            request_body,
            request_media_type,
            status: None,
            final_url: request.url.clone(),
            response_headers: Vec::new(),
            response_body: Bytes::new(),
            received_bytes: 0,
            complete: false,
            head_after: std::time::Duration::ZERO,
            duration: std::time::Duration::ZERO,
            error: None,
        };
        Some(Self { observer, begun: Instant::now(), exchange, body: Vec::new() })
    }

    pub(super) fn head(&mut self, answer: &Result<egress::Response, egress::Error>) {
        self.exchange.head_after = self.begun.elapsed();
        match answer {
            Ok(response) => {
                self.exchange.status = Some(response.status());
                response.final_url().clone_into(&mut self.exchange.final_url);
                self.exchange.response_headers = pairs(response.headers());
            }
            Err(error) => self.exchange.error = Some(error.to_string()),
        }
    }

    pub(super) fn read(&mut self, read: &Result<Bytes, egress::Error>) {
        match read {
            Ok(piece) => {
                self.exchange.received_bytes += piece.len() as u64;
                self.exchange.complete |= piece.is_empty();
                if self.observer.wants_bodies() {
                    let room = MOST_BODY_BYTES.saturating_sub(self.body.len());
                    self.body
                        .extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
                }
            }
            Err(error) => self.exchange.error = Some(error.to_string()),
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut exchange = self.exchange.clone();
        exchange.duration = self.begun.elapsed();
        exchange.response_body = std::mem::take(&mut self.body).into();
        self.observer.report(Event::Exchange(exchange));
    }
}

fn pairs(headers: &[egress::Header]) -> Vec<(String, String)> {
    headers.iter().map(|h| (h.name.clone(), h.value.clone())).collect()
}

/// What is sent, well enough to tell requests apart: a multipart body as its contents.
fn sent(body: &Body) -> (Option<String>, Bytes) {
    match body {
        Body::Empty => (None, Bytes::new()),
        Body::Bytes { media_type, content } => (Some(media_type.clone()), content.clone()),
        Body::Form(fields) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            let text = form.extend_pairs(fields).finish();
            (Some("application/x-www-form-urlencoded".to_owned()), text.into())
        }
        Body::Multipart(parts) => {
            let contents: Vec<u8> = parts.iter().flat_map(|p| p.content.iter().copied()).collect();
            (Some("multipart/form-data".to_owned()), contents.into())
        }
    }
}
