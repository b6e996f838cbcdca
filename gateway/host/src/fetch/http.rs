//! A file by HTTP, streamed by the host itself.
//!
//! Called by `fetch.rs`. Calls the broker for downloads.
//!
//! Rules that hold here and nowhere else:
//!
//! - A file is asked for as it is stored: a packing on the way would be another file.
//! - An answer is held against the question (`answer.rs`): a part that is another part is an
//!   error, a whole in the place of a part is a whole.
//! - A body that breaks off is gone on with, by a part of the very same version, if the archive
//!   gives a strong validator; else it is an error.

use std::time::Duration;

use archway_core::Error;
use archway_core::access::{HttpWay, Route, ServiceWay};
use archway_core::archive::{ByteReader, Content, Fetch, Fetched, Part};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

mod answer;

use super::error::of_egress;
use crate::egress::{self, Body, ByteRange, Egress, Header, Request};
use crate::instance::Surroundings;
use answer::Answer;

/// How often one body is gone on with.
const MOST_RESUMES: u32 = 3;
/// Longest time to the head of an answer; who waits for it may be gone sooner.
const HEAD_WITHIN: Duration = Duration::from_secs(60);

/// The bytes of an HTTP way or of what a service makes.
pub(super) async fn fetch(surroundings: &Surroundings, fetch: &Fetch) -> Result<Fetched, Error> {
    let (mut request, plain) = match &fetch.way.route {
        Route::Http(way) => (of_way(way), way.method == "GET"),
        Route::Service(way) => (of_service(way, &fetch.parameters), false),
        Route::Ftp(_) | Route::ViaPlugin(_) | Route::Inline(_) => {
            return Err(Error::internal("this way is none of HTTP"));
        }
    };
    surroundings.caller.clone_into(&mut request.caller);
    let own = request.headers.iter().any(|own| own.name.eq_ignore_ascii_case("accept-encoding"));
    if !own {
        request.headers.push(header("accept-encoding", "identity"));
    }
    // What a service makes is made anew for each request, so that parts of it fit nothing.
    let part = fetch.part.filter(|_| plain);
    request.range = part.map(range);
    let archive = surroundings.archive.clone();
    let begun = Instant::now();
    let sent = surroundings.egress.send(&request, begun + HEAD_WITHIN).await;
    let response = sent.map_err(|error| of_egress(&archive, error, begun.elapsed()))?;
    let (response, answer) = answer::read(&archive, response, part).await?;
    let Answer { offset, length, total_bytes, modified, tag, media_type, ranges } = answer;
    let resume = match (&tag, length) {
        (Some(tag), Some(length)) if plain => {
            request.range = None;
            Some(Box::new(Resume {
                egress: surroundings.egress.clone(),
                request,
                tag: tag.clone(),
                next: offset,
                end: offset + length,
                left: MOST_RESUMES,
            }))
        }
        _ => None,
    };
    let reader = Box::new(Streamed { archive, response, resume });
    let announced = matches!(&fetch.way.route, Route::Http(way) if way.ranges);
    let content = Content { reader, total_bytes, modified, tag };
    Ok(Fetched { content, offset, length, media_type, ranges: plain && (ranges || announced) })
}

fn of_way(way: &HttpWay) -> Request {
    let headers = way.headers.iter().map(|(name, value)| header(name, value));
    Request {
        method: way.method.clone(),
        headers: headers.collect(),
        credential: way.credential.clone(),
        ..Request::get(way.url.clone())
    }
}

/// A form for `POST`, a query string for `GET` (DALI 1.1, 3).
fn of_service(way: &ServiceWay, parameters: &[(String, String)]) -> Request {
    let mut request = Request { credential: way.credential.clone(), ..Request::get(&way.url) };
    if way.method == "POST" {
        "POST".clone_into(&mut request.method);
        request.body = Body::Form(parameters.to_vec());
    } else if !parameters.is_empty() {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let query = form.extend_pairs(parameters).finish();
        let separator = if way.url.contains('?') { '&' } else { '?' };
        request.url = format!("{}{separator}{query}", way.url.trim_end_matches(['?', '&']));
    }
    request
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

fn range(part: Part) -> ByteRange {
    let length = part.last.map(|last| last.saturating_sub(part.first).saturating_add(1));
    ByteRange { offset: part.first, length }
}

/// A body on its way.
struct Streamed {
    archive: archway_core::asset::ArchiveId,
    response: egress::Response,
    resume: Option<Box<Resume>>,
}

/// How to go on where a body breaks off.
struct Resume {
    egress: Egress,
    request: Request,
    tag: String,
    /// The byte that comes next, and the first behind the end.
    next: u64,
    end: u64,
    left: u32,
}

#[async_trait]
impl ByteReader for Streamed {
    async fn read(&mut self, max_bytes: u32) -> Result<Bytes, Error> {
        loop {
            let begun = Instant::now();
            // The broker ends a silence by itself.
            let read = self.response.read(max_bytes as usize, begun + 2 * HEAD_WITHIN * 60).await;
            let error = match read {
                Ok(piece) => {
                    if let Some(resume) = &mut self.resume {
                        resume.next += piece.len() as u64;
                    }
                    return Ok(piece);
                }
                Err(error) => error,
            };
            let lost = matches!(error, egress::Error::Unavailable { .. });
            let error = of_egress(&self.archive, error, begun.elapsed());
            let resume = self.resume.as_mut().filter(|resume| lost && resume.may_go_on());
            let Some(resume) = resume else { return Err(error) };
            tracing::info!(archive.id = %self.archive, at_bytes = resume.next, %error, "a download broke off and is gone on with");
            self.response = resume.go_on(&self.archive, error).await?;
        }
    }
}

impl Resume {
    fn may_go_on(&self) -> bool {
        self.left > 0 && self.next < self.end
    }

    /// The rest of the same version, or why there is none: `error` where that is not the
    /// version's fault.
    async fn go_on(
        &mut self,
        archive: &archway_core::asset::ArchiveId,
        error: Error,
    ) -> Result<egress::Response, Error> {
        self.left -= 1;
        let part = Part { first: self.next, last: Some(self.end - 1) };
        let mut request = Request { range: Some(range(part)), ..self.request.clone() };
        request.headers.push(header("if-range", &format!("\"{}\"", self.tag)));
        let deadline = Instant::now() + self.egress.idle_timeout();
        let Ok(response) = self.egress.send(&request, deadline).await else { return Err(error) };
        let (response, answer) = answer::read(archive, response, Some(part)).await?;
        let same = answer.tag.as_ref() == Some(&self.tag) && answer.offset == self.next;
        if same && answer.length == Some(self.end - self.next) {
            return Ok(response);
        }
        let reason = "the file changed while it was read".to_owned();
        Err(Error::Damaged { archive: archive.clone(), reason })
    }
}
