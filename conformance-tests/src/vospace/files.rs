//! `/files`: bytes read and written (RFC 9110; digests by RFC 3230, as clients in use want them).

use std::io::SeekFrom;

use archway_formats::vospace::{Fault, FaultKind, NodeKind, NodeUri};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::answer::{Refusal, parameter};
use super::nodes::{denied, path_of};
use super::store::{Content, Place, Stored, hex};
use super::{Caller, Vospace};

const PIECE_BYTES: usize = 64 << 10;

pub(super) async fn file(
    State(space): State<Vospace>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = Caller::of(&headers, space.settings());
    // A place that was agreed on is open to whoever knows it.
    let agreed = uri.query().and_then(|query| parameter(query.as_bytes(), "transfer"));
    let agreed_path = agreed.and_then(|id| space.jobs().agreed_path(&id));
    let done = match (path_of(&uri, "/files"), &method) {
        (Err(fault), _) => Err(fault),
        (Ok(path), &Method::GET | &Method::HEAD) => {
            let may = agreed_path.as_deref() == Some(path.as_str());
            match content(&space, caller, &path, may) {
                Ok(found) => Ok(bytes_of(&path, &found, &method, &headers).await),
                Err(fault) => Err(fault),
            }
        }
        (Ok(path), &Method::PUT) => {
            let may = agreed_path.as_deref() == Some(path.as_str());
            put(&space, caller, &path, may, &headers, body)
        }
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    done.unwrap_or_else(|fault| Refusal(fault, caller).into_response())
}

fn content(space: &Vospace, caller: Caller, path: &str, may: bool) -> Result<Content, Fault> {
    let own = NodeUri { service: space.settings().service.clone(), path: String::new() };
    let store = space.store();
    let inside = |target: &str| NodeUri::parse(target).filter(|uri| uri.is_beside(&own));
    let path = store.resolve(path, inside)?;
    let node = store.get(&path)?;
    if !may && !caller.may_read(node) {
        return Err(denied(&path));
    }
    let none = || Fault::new(FaultKind::OperationNotSupported, "a container has no bytes");
    node.content.clone().ok_or_else(none)
}

async fn bytes_of(path: &str, content: &Content, method: &Method, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&content.md5));
    let named = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let shown: String =
        name.chars().filter(|c| c.is_ascii_graphic() && *c != '"' || *c == ' ').collect();
    let common = [
        (header::CONTENT_TYPE, content.media_type.clone()),
        (header::ETAG, tag.clone()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{shown}\"")),
        (
            header::HeaderName::from_static("digest"),
            format!("md5={}", STANDARD.encode(content.md5)),
        ),
    ];
    let asked =
        named(header::RANGE).filter(|_| named(header::IF_RANGE).is_none_or(|had| had == tag));
    let (status, first, length) = match asked.map(|asked| range(asked, content.length)) {
        None | Some(None) => (StatusCode::OK, 0, content.length),
        Some(Some(Err(()))) => {
            let place = [(header::CONTENT_RANGE, format!("bytes */{}", content.length))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, place).into_response();
        }
        Some(Some(Ok((first, last)))) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
    };
    let mut response = (status, common).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    if status == StatusCode::PARTIAL_CONTENT {
        let place = format!("bytes {first}-{}/{}", first + length - 1, content.length);
        if let Ok(place) = place.parse() {
            headers.insert(header::CONTENT_RANGE, place);
        }
    }
    if *method == Method::GET {
        match body(content, first, length).await {
            Ok(body) => *response.body_mut() = body,
            Err(error) => {
                return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
            }
        }
    }
    response
}

async fn body(content: &Content, first: u64, length: u64) -> std::io::Result<Body> {
    match &content.place {
        Place::Memory(bytes) => {
            let start = usize::try_from(first).unwrap_or(usize::MAX).min(bytes.len());
            let end =
                start + usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len() - start);
            Ok(Body::from(bytes.slice(start..end)))
        }
        Place::File(path) => {
            let mut file = tokio::fs::File::open(path).await?;
            file.seek(SeekFrom::Start(first)).await?;
            let pieces = stream::unfold(file.take(length), |mut file| async move {
                let mut piece = vec![0; PIECE_BYTES];
                match file.read(&mut piece).await {
                    Ok(0) => None,
                    Ok(read) => {
                        piece.truncate(read);
                        Some((Ok(Bytes::from(piece)), file))
                    }
                    Err(error) => Some((Err(error), file)),
                }
            });
            Ok(Body::from_stream(pieces))
        }
    }
}

/// The first range asked for: `None` if the header is none of bytes, an error if it lies outside.
fn range(text: &str, length: u64) -> Option<Result<(u64, u64), ()>> {
    let (first, last) = text.strip_prefix("bytes=")?.split(',').next()?.trim().split_once('-')?;
    let (first, last) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
        (Ok(first), Err(_)) if last.is_empty() => (first, length.saturating_sub(1)),
        (Err(_), Ok(tail)) => (length.saturating_sub(tail), length.saturating_sub(1)),
        _ => return None,
    };
    Some(if first < length { Ok((first, last)) } else { Err(()) })
}

fn put(
    space: &Vospace,
    caller: Caller,
    path: &str,
    may: bool,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    if !may && !caller.may_write(space.settings()) {
        return Err(denied(path));
    }
    let named = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = named("content-type").unwrap_or("application/octet-stream");
    let made = Stored::file(body, kind);
    let digest =
        made.content.as_ref().map(|content| STANDARD.encode(content.md5)).unwrap_or_default();
    if named("digest").and_then(|sent| sent.strip_prefix("md5=")).is_some_and(|sent| sent != digest)
    {
        let message = "the digest sent is not that of the bytes that came\n";
        return Ok((StatusCode::PRECONDITION_FAILED, message).into_response());
    }
    let mut store = space.store();
    let status = match store.get_mut(path) {
        Ok(node) if node.kind == NodeKind::Data => {
            node.content = made.content;
            node.modified_us = made.modified_us;
            StatusCode::OK
        }
        Ok(_) => return Err(Fault::new(FaultKind::DuplicateNode, path)),
        Err(_) => {
            store.insert(path, made)?;
            StatusCode::CREATED
        }
    };
    Ok((status, [("digest", format!("md5={digest}"))]).into_response())
}
