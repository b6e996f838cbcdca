//! A host for tests: recorded or scripted answers instead of a network, a clock that
//! stands still, and a record of what the plugin did.
//!
//! Rules: nothing here waits, and a request nobody expected is a failure whose text
//! says what was asked and what comes nearest to it.

mod body;
mod nearest;
mod outline;
mod replay;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use crate::host::{Host, Level, Slot};
use crate::http::{Request, Response};
use crate::recording::{Conversation, RecordedRequest, Recording};
use crate::tcp::{TcpConnection, TcpSecurity};
use crate::types::{Error, Value};

pub use outline::outline;

/// 2026-01-01T00:00:00Z, where the clock of a [`RecordedHost`] stands unless set.
pub const NOW_US: i64 = 1_767_225_600_000_000;

/// A [`Host`] that answers from recorded exchanges and from answers written in the test.
///
/// Answers written in the test win over recorded ones, and the longest matching URL
/// prefix over shorter ones. Several answers to the same are given one after the
/// other, the last one again and again.
///
/// ```
/// use archway_plugin::testing::RecordedHost;
/// use archway_plugin::{Host, Request};
///
/// let host = RecordedHost::new().answering("https://archive.example/", 200, "hello");
/// let response = host.send(Request::get("https://archive.example/greeting")).unwrap();
/// assert_eq!(response.status, 200);
/// assert_eq!(host.asked().len(), 1);
/// ```
#[derive(Debug)]
pub struct RecordedHost {
    settings: BTreeMap<String, Value>,
    slots: Vec<Slot>,
    recording: Recording,
    recorded_used: RefCell<Vec<u32>>,
    answers: Vec<Answer>,
    asked: RefCell<Vec<RecordedRequest>>,
    cache: RefCell<BTreeMap<String, Vec<u8>>>,
    logged: RefCell<Vec<Logged>>,
    now_us: Cell<i64>,
    remaining_ms: Cell<u64>,
    slept_ms: Cell<u64>,
    read_bytes: usize,
    stage: Rc<RefCell<replay::Stage>>,
}

/// An answer written in the test.
#[derive(Debug)]
struct Answer {
    url_prefix: String,
    /// Must occur in the URL or in a field.
    words: Option<String>,
    outcome: Outcome,
    used: Cell<u32>,
}

#[derive(Debug)]
enum Outcome {
    Response { status: u16, headers: Vec<(String, String)>, body: Vec<u8>, then: Option<Error> },
    Failure(Error),
}

/// A line of the plugin's log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the arguments of `Host::log`")]
pub struct Logged {
    pub level: Level,
    pub message: String,
    pub fields: Vec<(String, String)>,
}

impl Default for RecordedHost {
    fn default() -> Self {
        Self::new()
    }
}

impl RecordedHost {
    /// A host that knows no answer yet.
    pub fn new() -> Self {
        Self {
            settings: BTreeMap::new(),
            slots: Vec::new(),
            recording: Recording::default(),
            recorded_used: RefCell::default(),
            answers: Vec::new(),
            asked: RefCell::default(),
            cache: RefCell::default(),
            logged: RefCell::default(),
            now_us: Cell::new(NOW_US),
            remaining_ms: Cell::new(30_000),
            slept_ms: Cell::new(0),
            read_bytes: usize::MAX,
            stage: Rc::default(),
        }
    }

    /// A host that answers from the recording in a folder; see [`crate::recording`].
    ///
    /// # Panics
    /// When the folder holds no recording: the test cannot go on.
    #[expect(clippy::panic, reason = "a test without its data has failed")]
    pub fn recorded(folder: impl AsRef<Path>) -> Self {
        match Recording::read(folder.as_ref()) {
            Ok(recording) => Self::new().with_recording(recording),
            Err(error) => panic!("no recording: {error}"),
        }
    }

    /// Answers from this recording too.
    #[must_use]
    pub fn with_recording(mut self, recording: Recording) -> Self {
        let Recording { note, exchanges, conversations, bodies } = recording;
        self.stage.borrow_mut().add(conversations, &bodies);
        self.recording.note = note;
        self.recording.exchanges.extend(exchanges);
        self.recording.bodies.extend(bodies);
        self.recorded_used.borrow_mut().resize(self.recording.exchanges.len(), 0);
        self
    }

    /// Answers every request whose URL starts so.
    #[must_use]
    pub fn answering(self, url_prefix: &str, status: u16, body: impl Into<Vec<u8>>) -> Self {
        let outcome =
            Outcome::Response { status, headers: Vec::new(), body: body.into(), then: None };
        self.with_answer(url_prefix, None, outcome)
    }

    /// The same, with headers; names in lower case.
    #[must_use]
    pub fn answering_with(
        self,
        url_prefix: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.with_answer(
            url_prefix,
            None,
            Outcome::Response { status, headers, body: body.into(), then: None },
        )
    }

    /// Answers the requests whose URL starts so and that hold these words, in the
    /// decoded URL or in a form field.
    #[must_use]
    pub fn answering_to(
        self,
        url_prefix: &str,
        words: &str,
        status: u16,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let outcome =
            Outcome::Response { status, headers: Vec::new(), body: body.into(), then: None };
        self.with_answer(url_prefix, Some(words), outcome)
    }

    /// Fails every request whose URL starts so, before any response.
    #[must_use]
    pub fn failing(self, url_prefix: &str, error: Error) -> Self {
        self.with_answer(url_prefix, None, Outcome::Failure(error))
    }

    /// Gives the body and then fails the next read.
    #[must_use]
    pub fn breaking_off(self, url_prefix: &str, body: impl Into<Vec<u8>>, error: Error) -> Self {
        let outcome = Outcome::Response {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            then: Some(error),
        };
        self.with_answer(url_prefix, None, outcome)
    }

    fn with_answer(mut self, url_prefix: &str, words: Option<&str>, outcome: Outcome) -> Self {
        let words = words.map(str::to_owned);
        self.answers.push(Answer {
            url_prefix: url_prefix.to_owned(),
            words,
            outcome,
            used: Cell::new(0),
        });
        self
    }

    /// Plays this conversation to a plugin that connects to its peer.
    ///
    /// Several with one peer are followed one after the other; where the plugin says something
    /// else than the conversation has, another one that began in the same way is followed.
    #[must_use]
    pub fn conversing(self, conversation: Conversation) -> Self {
        self.stage.borrow_mut().add(vec![conversation], &BTreeMap::new());
        self
    }

    /// Sets a setting.
    #[must_use]
    pub fn with_setting(mut self, key: &str, value: Value) -> Self {
        self.settings.insert(key.to_owned(), value);
        self
    }

    /// Sets a setting to a text.
    #[must_use]
    pub fn with_text(self, key: &str, text: &str) -> Self {
        self.with_setting(key, Value::Text(text.to_owned()))
    }

    /// Adds a credential slot.
    #[must_use]
    pub fn with_slot(mut self, slot: Slot) -> Self {
        self.slots.push(slot);
        self
    }

    /// Sets the clock, in microseconds since 1970, UTC.
    #[must_use]
    pub fn at(self, now_us: i64) -> Self {
        self.now_us.set(now_us);
        self
    }

    /// Sets the wall time left to the call; sleeping takes from it.
    #[must_use]
    pub fn with_remaining_ms(self, remaining_ms: u64) -> Self {
        self.remaining_ms.set(remaining_ms);
        self
    }

    /// Gives at most so many bytes a read, as a slow network would.
    #[must_use]
    pub fn in_reads_of(mut self, bytes: usize) -> Self {
        self.read_bytes = bytes.max(1);
        self.stage.borrow_mut().in_reads_of(self.read_bytes);
        self
    }

    /// Every request so far, in order.
    pub fn asked(&self) -> Vec<RecordedRequest> {
        self.asked.borrow().clone()
    }

    /// Every byte stream opened and every line written on one so far, in order:
    /// `connect ftp.example:21 plain`, `USER anonymous`, ...
    pub fn said(&self) -> Vec<String> {
        self.stage.borrow().said()
    }

    /// Every line of the log so far.
    pub fn logged(&self) -> Vec<Logged> {
        self.logged.borrow().clone()
    }

    /// How long the plugin has slept in all.
    pub fn slept_ms(&self) -> u64 {
        self.slept_ms.get()
    }

    /// The answer written in the test for this request: of the longest prefix the
    /// first one not used yet, else the last one.
    fn scripted(&self, request: &RecordedRequest) -> Option<&Answer> {
        let fits = |answer: &&Answer| {
            request.url.starts_with(&answer.url_prefix)
                && answer.words.as_ref().is_none_or(|w| nearest::holds(request, w))
        };
        let weight = |answer: &Answer| (answer.words.is_some(), answer.url_prefix.len());
        let best = self.answers.iter().filter(fits).map(weight).max()?;
        let mut group = self.answers.iter().filter(fits).filter(|answer| weight(answer) == best);
        let unused = group.clone().find(|answer| answer.used.get() == 0);
        unused.or_else(|| group.next_back())
    }

    fn recorded_answer(
        &self,
        request: &RecordedRequest,
        body_of: impl Fn(&[u8]) -> body::Body,
    ) -> Option<Response> {
        let same = |&(_, exchange): &(usize, &crate::recording::Exchange)| {
            exchange.request.asks_the_same(request)
        };
        let mut fitting = self.recording.exchanges.iter().enumerate().filter(same);
        let mut used = self.recorded_used.borrow_mut();
        let unused = fitting.clone().find(|(at, _)| used.get(*at) == Some(&0));
        let (at, exchange) = unused.or_else(|| fitting.next_back())?;
        if let Some(count) = used.get_mut(at) {
            *count += 1;
        }
        let response = &exchange.response;
        let url = response.final_url.clone().unwrap_or_else(|| request.url.clone());
        let body = body_of(self.recording.body(response));
        Some(Response::new(response.status, url, response.headers.clone(), Box::new(body)))
    }
}

impl Host for RecordedHost {
    fn send(&self, request: Request) -> Result<Response, Error> {
        let request = RecordedRequest::of(request.as_wit());
        self.asked.borrow_mut().push(request.clone());
        let body_of = |bytes: &[u8]| body::Body::new(bytes.to_vec(), self.read_bytes);
        if let Some(answer) = self.scripted(&request) {
            answer.used.set(answer.used.get() + 1);
            return match &answer.outcome {
                Outcome::Failure(error) => Err(error.clone()),
                Outcome::Response { status, headers, body, then } => {
                    let body = body_of(body).then(then.clone());
                    Ok(Response::new(*status, request.url, headers.clone(), Box::new(body)))
                }
            };
        }
        if let Some(response) = self.recorded_answer(&request, body_of) {
            return Ok(response);
        }
        let known = self.recording.exchanges.iter().map(|exchange| &exchange.request);
        Err(Error::Internal(nearest::no_answer(&request, known)))
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Error>> {
        requests.into_iter().map(|request| self.send(request)).collect()
    }

    fn connect(
        &self,
        host: &str,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        replay::Stage::connect(&self.stage, host, port, security)
    }

    fn setting(&self, key: &str) -> Option<Value> {
        self.settings.get(key).cloned()
    }

    fn credential_slots(&self) -> Vec<Slot> {
        self.slots.clone()
    }

    fn cached(&self, key: &str) -> Option<Vec<u8>> {
        self.cache.borrow().get(key).cloned()
    }

    fn cache(&self, key: &str, content: &[u8], _keep_s: Option<u32>) -> Result<(), Error> {
        self.cache.borrow_mut().insert(key.to_owned(), content.to_vec());
        Ok(())
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, String)]) {
        let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        self.logged.borrow_mut().push(Logged { level, message: message.to_owned(), fields });
    }

    fn now_us(&self) -> i64 {
        self.now_us.get()
    }

    fn sleep_ms(&self, duration_ms: u32) {
        let duration_ms = u64::from(duration_ms);
        self.slept_ms.set(self.slept_ms.get() + duration_ms);
        self.remaining_ms.set(self.remaining_ms.get().saturating_sub(duration_ms));
        self.now_us.set(self.now_us.get() + i64::try_from(duration_ms).unwrap_or(i64::MAX) * 1000);
    }

    fn remaining_ms(&self) -> u64 {
        self.remaining_ms.get()
    }
}

#[cfg(test)]
mod tests;
