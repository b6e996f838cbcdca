//! A scriptable HTTP server that plays a TAP archive: it answers what a test
//! tells it to, as slowly or as badly as told, and remembers what it was asked.
//!
//! ```no_run
//! # async fn example() {
//! use archway_conformance::fake_tap::{FakeTap, Reply};
//!
//! let fake = FakeTap::start().await;
//! fake.on("/sync", [Reply::status(503).with_header("retry-after", "1"), Reply::votable("<VOTABLE/>")]);
//! // ... point an archive at `fake.url` ...
//! assert_eq!(fake.asked("/sync").len(), 2);
//! # }
//! ```
//!
//! *Rules*: the first rule that fits a request answers it; of several replies
//! the last one repeats; what no rule fits is a 404, remembered like the rest.
//! It listens on a port of its own and stops when dropped.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path without the query string.
    pub path: String,
    /// Query string and form of the body, in their order, names as sent.
    pub parameters: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// The first value of a parameter, whose name may be in any case; empty if absent.
    pub fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// A header as text; empty if absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What to answer. In headers and whole bodies `{url}` stands for the server's URL.
#[derive(Clone, Debug)]
pub struct Reply {
    status: StatusCode,
    headers: Vec<(String, String)>,
    delay: Duration,
    body: ReplyBody,
}

#[derive(Clone, Debug)]
enum ReplyBody {
    Whole(Bytes),
    /// Pieces, each after a pause.
    Pieces(Vec<(Duration, Bytes)>),
    /// The same piece for ever.
    Endless(Bytes),
    /// A part of what Content-Length promises, then the connection breaks.
    Broken(Bytes),
    /// Headers, then nothing.
    Hanging,
}

impl Reply {
    /// An answer of this status and an empty body.
    ///
    /// # Panics
    ///
    /// If `status` is no HTTP status.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status from 100 to 999");
        let (headers, body) = (Vec::new(), ReplyBody::Whole(Bytes::new()));
        Self { status, headers, delay: Duration::ZERO, body }
    }

    /// 200 with a whole body.
    pub fn ok(content_type: &str, body: impl Into<Bytes>) -> Self {
        let reply = Self::status(200).with_header("content-type", content_type);
        Self { body: ReplyBody::Whole(body.into()), ..reply }
    }

    /// 200 with a VOTable.
    pub fn votable(body: impl Into<Bytes>) -> Self {
        Self::ok("application/x-votable+xml", body)
    }

    /// 303 to `location`.
    pub fn see_other(location: &str) -> Self {
        Self::status(303).with_header("location", location)
    }

    /// Pieces, each sent after its pause.
    pub fn pieces(content_type: &str, pieces: impl IntoIterator<Item = (Duration, Bytes)>) -> Self {
        let pieces = ReplyBody::Pieces(pieces.into_iter().collect());
        Self { body: pieces, ..Self::ok(content_type, "") }
    }

    /// `piece` again and again, without an end.
    pub fn endless(content_type: &str, piece: impl Into<Bytes>) -> Self {
        Self { body: ReplyBody::Endless(piece.into()), ..Self::ok(content_type, "") }
    }

    /// A body that breaks off: `promised` is the Content-Length, more than `body` has.
    pub fn broken(content_type: &str, body: impl Into<Bytes>, promised: usize) -> Self {
        let reply = Self::ok(content_type, "").with_header("content-length", &promised.to_string());
        Self { body: ReplyBody::Broken(body.into()), ..reply }
    }

    /// Headers at once, and never a body.
    pub fn hanging(content_type: &str) -> Self {
        Self { body: ReplyBody::Hanging, ..Self::ok(content_type, "") }
    }

    /// The same with another status.
    ///
    /// # Panics
    ///
    /// If `status` is no HTTP status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status: Self::status(status).status, ..self }
    }

    /// The same with a header more.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, after a while.
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

type Fits = Box<dyn Fn(&Asked) -> bool + Send>;

struct Rule {
    fits: Fits,
    replies: VecDeque<Reply>,
}

struct Shared {
    url: String,
    rules: Mutex<Vec<Rule>>,
    asked: Mutex<Vec<Asked>>,
    answers_open: AtomicUsize,
}

/// The server.
pub struct FakeTap {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub url: String,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

impl FakeTap {
    /// Starts a server without rules.
    ///
    /// # Panics
    ///
    /// If there is no free port on loopback.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let shared = Arc::new(Shared {
            url: url.clone(),
            rules: Mutex::default(),
            asked: Mutex::default(),
            answers_open: AtomicUsize::new(0),
        });
        let routes = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // Serving ends only with the task.
            let _ = axum::serve(listener, routes).await;
        });
        Self { url, shared, server }
    }

    /// Answers requests for `path` with `replies`, one after the other.
    pub fn on(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let path = path.to_owned();
        self.when(move |asked| asked.path == path, replies);
    }

    /// Answers queries whose ADQL holds `part` (on any path) with `replies`.
    pub fn on_query(&self, part: &str, replies: impl IntoIterator<Item = Reply>) {
        let part = part.to_owned();
        self.when(move |asked| asked.parameter("QUERY").contains(&part), replies);
    }

    /// Answers requests that fit with `replies`, one after the other.
    pub fn when(
        &self,
        fits: impl Fn(&Asked) -> bool + Send + 'static,
        replies: impl IntoIterator<Item = Reply>,
    ) {
        let rule = Rule { fits: Box::new(fits), replies: replies.into_iter().collect() };
        lock(&self.shared.rules).push(rule);
    }

    /// Forgets all rules; what was asked stays remembered.
    pub fn forget_rules(&self) {
        lock(&self.shared.rules).clear();
    }

    /// Every request so far, in the order of arrival.
    pub fn all_asked(&self) -> Vec<Asked> {
        lock(&self.shared.asked).clone()
    }

    /// The requests for `path` so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.all_asked().into_iter().filter(|asked| asked.path == path).collect()
    }

    /// Answers that are being sent, or wait to be.
    pub fn answers_open(&self) -> usize {
        self.shared.answers_open.load(Ordering::SeqCst)
    }
}

impl Drop for FakeTap {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Counts an answer from its request to the last byte, or to the client's going away.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.answers_open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.answers_open.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let open = Open::new(&shared);
    let asked = read(method, &uri, headers, body);
    let reply = choose(&mut lock(&shared.rules), &asked);
    lock(&shared.asked).push(asked);
    let Some(reply) = reply else {
        return (StatusCode::NOT_FOUND, "no rule of the test fits this request").into_response();
    };
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    let mut response = Response::new(body_of(reply.body, &shared.url, open));
    *response.status_mut() = reply.status;
    for (name, value) in reply.headers {
        let name = HeaderName::try_from(name).expect("a header name of the test");
        let value = HeaderValue::try_from(value.replace("{url}", &shared.url));
        response.headers_mut().append(name, value.expect("a header value of the test"));
    }
    response
}

fn read(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Asked {
    let query = uri.query().unwrap_or_default().as_bytes();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let form = if kind.starts_with("application/x-www-form-urlencoded") { &body[..] } else { &[] };
    let parameters = [query, form]
        .into_iter()
        .flat_map(|text| url::form_urlencoded::parse(text).into_owned())
        .collect();
    Asked { method, path: uri.path().to_owned(), parameters, headers, body }
}

fn choose(rules: &mut [Rule], asked: &Asked) -> Option<Reply> {
    let rule = rules.iter_mut().find(|rule| (rule.fits)(asked))?;
    if rule.replies.len() > 1 { rule.replies.pop_front() } else { rule.replies.front().cloned() }
}

fn body_of(body: ReplyBody, url: &str, open: Open) -> Body {
    type Piece = Result<Bytes, std::io::Error>;
    match body {
        ReplyBody::Whole(bytes) => Body::from(match std::str::from_utf8(&bytes) {
            Ok(text) if text.contains("{url}") => Bytes::from(text.replace("{url}", url)),
            _ => bytes,
        }),
        ReplyBody::Pieces(pieces) => {
            let pieces = pieces.into_iter();
            Body::from_stream(stream::unfold((pieces, open), |(mut pieces, open)| async move {
                let (pause, piece) = pieces.next()?;
                tokio::time::sleep(pause).await;
                Some((Piece::Ok(piece), (pieces, open)))
            }))
        }
        ReplyBody::Endless(piece) => {
            Body::from_stream(stream::unfold((piece, open), |(piece, open)| async move {
                // Lets other tasks run: a fast client would keep this one busy for ever.
                tokio::task::yield_now().await;
                Some((Piece::Ok(piece.clone()), (piece, open)))
            }))
        }
        ReplyBody::Broken(bytes) => {
            let pieces = VecDeque::from([
                Ok(bytes),
                Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "as the test wants")),
            ]);
            Body::from_stream(stream::unfold((pieces, open), |(mut pieces, open)| async move {
                let piece: Piece = pieces.pop_front()?;
                if piece.is_err() {
                    // A pause in the body is when what came before it is sent.
                    tokio::task::yield_now().await;
                }
                Some((piece, (pieces, open)))
            }))
        }
        ReplyBody::Hanging => Body::from_stream(stream::unfold(open, |open| async move {
            std::future::pending::<()>().await;
            Some((Piece::Ok(Bytes::new()), open))
        })),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
