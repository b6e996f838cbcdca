//! `archway:host/http`: the only way a plugin reaches the web.
//!
//! Called by the guest. Calls the egress broker.
//!
//! Rules that hold here and nowhere else:
//!
//! - A refusal goes back as a value, never as a trap: a plugin may try a mirror.
//! - A request is on its way from `start` on, whether or not the guest waits; dropping the
//!   handle, or the instance, cancels it.
//! - The deadline is that of the call, so a plugin cannot buy time with many small requests.
//!
//! Not here: what may be reached, redirects, retries, rates (`egress.rs`).

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;
use wasmtime::component::Resource;

mod watched;

use super::refusal;
use crate::abi::v0_1::archway::host::http::{self as wit, Host, HostPending, HostResponse};
use crate::abi::v0_1::archway::host::types::Error;
use crate::egress::{self, Body, ByteRange, Header, Part, Redirects};
use crate::instance::State;
use watched::Watched;

/// Most bytes that one `read` gives.
const MOST_READ_BYTES: u32 = 1024 * 1024;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// A request on its way. Dropping it cancels.
#[expect(unreachable_pub, reason = "the generated binding names it as public")]
pub struct Pending {
    slot: Arc<Slot>,
    watched: Option<Watched>,
    _task: AbortOnDropHandle<()>,
}

/// Where the answer is put down.
#[derive(Default)]
struct Slot {
    answer: Mutex<Option<Result<egress::Response, egress::Error>>>,
    done: std::sync::atomic::AtomicBool,
    arrived: Notify,
}

impl Slot {
    fn put(&self, answer: Result<egress::Response, egress::Error>) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        self.done.store(true, std::sync::atomic::Ordering::Release);
        self.arrived.notify_one();
    }

    fn is_done(&self) -> bool {
        self.done.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Waits until there is an answer. Only the guest's one fiber ever waits.
    async fn wait(&self) {
        while !self.is_done() {
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<Result<egress::Response, egress::Error>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An answer that is being read.
#[expect(unreachable_pub, reason = "the generated binding names it as public")]
pub struct Response {
    inner: egress::Response,
    watched: Option<Watched>,
}

impl Host for State {
    async fn start(&mut self, request: wit::Request) -> Answer<Resource<Pending>> {
        self.budget.host_call()?;
        match self.begin(request) {
            Ok(pending) => Ok(Ok(self.keep(pending)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn wait_any(&mut self, requests: Vec<Resource<Pending>>) -> wasmtime::Result<u32> {
        self.budget.host_call()?;
        let mut slots = Vec::with_capacity(requests.len());
        for request in &requests {
            slots.push(Arc::clone(&self.table.get(request)?.slot));
        }
        if slots.is_empty() {
            return Err(wasmtime::Error::msg("wait-any needs at least one request"));
        }
        let waits = slots.iter().map(|slot| Box::pin(slot.wait()));
        let (_, first, _) = self.budget.wait(futures_util::future::select_all(waits)).await;
        Ok(u32::try_from(first)?)
    }

    async fn send(&mut self, request: wit::Request) -> Answer<Resource<Response>> {
        self.budget.host_call()?;
        match self.begin(request) {
            Ok(pending) => self.respond(pending).await,
            Err(error) => Ok(Err(error)),
        }
    }
}

impl HostPending for State {
    async fn wait(&mut self, pending: Resource<Pending>) -> Answer<Resource<Response>> {
        self.budget.host_call()?;
        let pending = self.table.get_mut(&pending)?;
        let (slot, watched) = (Arc::clone(&pending.slot), pending.watched.take());
        self.answer(&slot, watched).await
    }

    async fn drop(&mut self, pending: Resource<Pending>) -> wasmtime::Result<()> {
        self.table.delete(pending)?;
        Ok(())
    }
}

impl HostResponse for State {
    async fn status(&mut self, response: Resource<Response>) -> wasmtime::Result<u16> {
        self.budget.host_call()?;
        Ok(self.table.get(&response)?.inner.status())
    }

    async fn final_url(&mut self, response: Resource<Response>) -> wasmtime::Result<String> {
        self.budget.host_call()?;
        Ok(self.table.get(&response)?.inner.final_url().to_owned())
    }

    async fn headers(
        &mut self,
        response: Resource<Response>,
    ) -> wasmtime::Result<Vec<wit::Header>> {
        self.budget.host_call()?;
        let headers = self.table.get(&response)?.inner.headers().iter();
        Ok(headers.map(|h| wit::Header { name: h.name.clone(), value: h.value.clone() }).collect())
    }

    async fn header_value(
        &mut self,
        response: Resource<Response>,
        name: String,
    ) -> wasmtime::Result<Option<String>> {
        self.budget.host_call()?;
        Ok(self.table.get(&response)?.inner.header_value(&name).map(str::to_owned))
    }

    async fn read(&mut self, response: Resource<Response>, max_bytes: u32) -> Answer<Vec<u8>> {
        self.budget.host_call()?;
        let deadline = self.budget.deadline;
        let most = max_bytes.min(MOST_READ_BYTES) as usize;
        let response = self.table.get_mut(&response)?;
        let read = self.budget.wait(response.inner.read(most, deadline)).await;
        if let Some(watched) = &mut response.watched {
            watched.read(&read);
        }
        Ok(read.map(Vec::from).map_err(refusal::of))
    }

    async fn drop(&mut self, response: Resource<Response>) -> wasmtime::Result<()> {
        self.table.delete(response)?;
        Ok(())
    }
}

impl State {
    /// Checks a request and sets it going.
    fn begin(&mut self, request: wit::Request) -> Result<Pending, Error> {
        let surroundings = Arc::clone(&self.surroundings);
        if !self.budget.request() {
            return Err(refusal::no_more_requests(surroundings.limits.requests));
        }
        let request = as_asked(request, &surroundings.caller);
        let watched = Watched::new(&surroundings.observer, &request);
        let started = surroundings.egress.start(&request, self.budget.deadline);
        let sending = started.map_err(|error| {
            if let Some(reason) = refusal::forbidden(&error) {
                super::log::refused(&surroundings, &request.url, &reason);
            }
            refusal::of(error)
        })?;
        let slot = Arc::new(Slot::default());
        let answer = Arc::clone(&slot);
        let task = tokio::spawn(async move { answer.put(sending.await) });
        Ok(Pending { slot, watched, _task: AbortOnDropHandle::new(task) })
    }

    async fn respond(&mut self, mut pending: Pending) -> Answer<Resource<Response>> {
        let watched = pending.watched.take();
        self.answer(&pending.slot, watched).await
    }

    async fn answer(
        &mut self,
        slot: &Slot,
        mut watched: Option<Watched>,
    ) -> Answer<Resource<Response>> {
        self.budget.wait(slot.wait()).await;
        let Some(answer) = slot.take() else {
            return Ok(Err(Error::Internal("the response was already taken".to_owned())));
        };
        if let Some(watched) = &mut watched {
            watched.head(&answer);
        }
        match answer {
            Ok(inner) => Ok(Ok(self.keep(Response { inner, watched })?)),
            Err(error) => {
                if let Some(reason) = refusal::forbidden(&error) {
                    super::log::refused(&self.surroundings, "a redirect", &reason);
                }
                Ok(Err(refusal::of(error)))
            }
        }
    }
}

fn as_asked(request: wit::Request, caller: &str) -> egress::Request {
    let method = match request.method {
        wit::Method::Get => "GET".to_owned(),
        wit::Method::Head => "HEAD".to_owned(),
        wit::Method::Post => "POST".to_owned(),
        wit::Method::Put => "PUT".to_owned(),
        wit::Method::Delete => "DELETE".to_owned(),
        wit::Method::Options => "OPTIONS".to_owned(),
        wit::Method::Other(name) => name,
    };
    let body = match request.body {
        wit::Body::Empty => Body::Empty,
        wit::Body::Bytes((media_type, content)) => {
            Body::Bytes { media_type, content: content.into() }
        }
        wit::Body::Form(fields) => Body::Form(fields),
        wit::Body::Multipart(parts) => Body::Multipart(parts.into_iter().map(part).collect()),
    };
    let headers = request.headers.into_iter();
    egress::Request {
        method,
        url: request.url,
        headers: headers.map(|h| Header { name: h.name, value: h.value }).collect(),
        body,
        range: request.range.map(|r| ByteRange { offset: r.offset, length: r.length }),
        credential: request.credential,
        redirects: match request.redirects {
            wit::Redirects::Follow => Redirects::Follow,
            wit::Redirects::Report => Redirects::Report,
        },
        timeout: request.timeout_ms.map(|ms| std::time::Duration::from_millis(ms.into())),
        max_bytes: request.max_bytes,
        idempotent: request.repeatable,
        caller: caller.to_owned(),
    }
}

fn part(part: wit::Part) -> Part {
    Part {
        name: part.name,
        file_name: part.file_name,
        media_type: part.media_type,
        content: part.content.into(),
    }
}
