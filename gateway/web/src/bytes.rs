//! `GET /api/v1/assets/{id}/content`: the bytes of an asset, streamed through the gateway.
//!
//! Called by clients, `archway get` and the portal's links. Calls `core::delivery`, which
//! chooses the copy and checks what comes.
//!
//! Rules that hold here and nowhere else:
//!
//! - Before the first byte a failure is a problem document. After it the connection breaks: a
//!   client that sees a clean end has the whole.
//! - One range or all: of several ranges the whole is sent (RFC 9110, 14.2). A range that is
//!   none of the file is a 416.
//! - Nothing that a browser would run is shown in the gateway's origin.
//!
//! Not here: where the bytes come from (`gateway/host/src/fetch.rs`).

mod disposition;
mod passing;
mod preconditions;
mod question;
mod range;

use archway_core::Error;
use archway_core::asset::{AssetId, Checksum};
use archway_core::delivery::{self, Delivery, Wanted};
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::rest::problem::{Problem, ProblemView};
use crate::state::Gateway;
use preconditions::{Preconditions, Version};

/// Gives the bytes of an asset.
///
/// The `#this` that is online, or the distribution named; its copies are tried in turn as long
/// as none has given a byte. Where the archive gives a size or a checksum, a file that differs
/// breaks off before its last byte. A client that goes away ends the call upstream.
#[utoipa::path(
    get,
    path = "/api/v1/assets/{id}/content",
    tag = "assets",
    params(
        ("id" = String, Path, description = "`archive/native-id`, percent-encoded as one segment.", example = "hst%2Focli05leq"),
        ("distribution" = Option<String>, Query, description = "The id of one of the asset's distributions; without it the first `#this` that is online.", example = "1"),
        ("decode" = Option<String>, Query, description = "Encodings to take off, outermost first, of those that the distribution names: `gzip`, `compress`, `bzip2`, `crinex` (or `hatanaka`). Decoded bytes have no ranges.", example = "gzip,hatanaka"),
        ("redirect" = Option<bool>, Query, description = "Whether a redirect to the archive will do, where the asset is public and the archive gives it to anybody.", example = true),
        ("param.NAME" = Option<String>, Query, description = "A parameter of the asset's service, such as a cutout: `NAME` is one that `accesses` lists.", example = "CIRCLE 83.63 22.01 0.1"),
        ("range" = Option<String>, Header, description = "One range of bytes; several are answered with the whole.", example = "bytes=0-1023"),
        ("if-range" = Option<String>, Header, description = "The ETag or date for which the range is wanted; the whole comes if it is another.", example = "\"3f6c…\""),
    ),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The range of them", content_type = "application/octet-stream"),
        (status = 302, description = "They can be had there (only with `redirect=true`)"),
        (status = 304, description = "They are those that the client has"),
        (status = 400, description = "A parameter is wrong", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "No such archive or asset, or it has no bytes to be given", body = ProblemView, content_type = "application/problem+json"),
        (status = 416, description = "The range is none of the file; `Content-Range` says how long it is", body = ProblemView, content_type = "application/problem+json"),
        (status = 502, description = "The archive failed, or gives other bytes than it says", body = ProblemView, content_type = "application/problem+json"),
        (status = 504, description = "The archive gave no answer in time", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn content(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id: AssetId = id
        .parse()
        .map_err(|bad: archway_core::asset::BadId| Error::bad_request("id", bad.to_string()))?;
    let asked = question::of_query(query.as_deref())?;
    let prepared = delivery::prepare(
        &gateway.archives,
        &gateway.decoders,
        &gateway.principal,
        &id,
        asked.question,
        gateway.now(),
        gateway.look_up_timeout,
    )
    .await?;
    if asked.redirect
        && let Some(url) = prepared.elsewhere()
        && let Ok(url) = HeaderValue::from_str(url)
    {
        let no_store = HeaderValue::from_static("no-store");
        let found = [(header::LOCATION, url), (header::CACHE_CONTROL, no_store)];
        return Ok((StatusCode::FOUND, found).into_response());
    }
    let conditions = Preconditions::of(&headers);
    let known = Version { tag: prepared.tag(), modified: None };
    if conditions.has(&known) {
        return Ok(not_modified(&known));
    }
    // Ranges are for GET alone (RFC 9110, 14.2).
    let range = headers.get(header::RANGE).filter(|_| method == Method::GET);
    let sized = |error| match error {
        Error::Range { asked, total_bytes: None } => {
            Error::Range { asked, total_bytes: prepared.total_bytes() }
        }
        other => other,
    };
    let wanted = range.map_or(Ok(Wanted::Whole), range::wanted).map_err(sized)?;
    let mut delivery = prepared.open(wanted).await.map_err(sized)?;
    let version = Version::of(&delivery);
    if conditions.has(&version) {
        return Ok(not_modified(&version));
    }
    if delivery.part.is_some() && !conditions.range_is_of(&version) {
        delivery = prepared.open(Wanted::Whole).await?;
    }
    let mut response = Response::new(Body::empty());
    describe(&delivery, response.headers_mut());
    if delivery.part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    if method == Method::GET {
        *response.body_mut() = passing::body(&gateway.metrics, id, delivery);
    }
    Ok(response)
}

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// Whatever it is, it runs nothing and reaches nothing.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

/// The head of an answer with bytes.
fn describe(delivery: &Delivery, headers: &mut HeaderMap) {
    let mut text = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    let media_type = disposition::media_type(delivery.media_type.as_deref());
    text(header::CONTENT_DISPOSITION, disposition::of(&delivery.file_name, &media_type));
    text(header::CONTENT_TYPE, media_type);
    if let Some(length) = delivery.length {
        text(header::CONTENT_LENGTH, length.to_string());
    }
    if let Some((first, last)) = delivery.part {
        let total = delivery.total_bytes.map_or("*".to_owned(), |total| total.to_string());
        text(header::CONTENT_RANGE, format!("bytes {first}-{last}/{total}"));
    }
    let version = Version::of(delivery);
    if let Some(tag) = version.tag {
        text(header::ETAG, format!("\"{tag}\""));
    }
    if let Some(modified) = version.modified {
        text(header::LAST_MODIFIED, httpdate::fmt_http_date(modified));
    }
    if let Some(digest) = delivery.checksum.as_ref().and_then(repr_digest) {
        text(REPR_DIGEST, digest);
    }
    let ranges = if delivery.ranges { "bytes" } else { "none" };
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static(ranges));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
}

/// The archive's checksum of the whole in the form of RFC 9530, 3.
fn repr_digest(checksum: &Checksum) -> Option<String> {
    let name = match checksum.algorithm.as_str() {
        "sha-512" | "sha512" => "sha-512",
        "sha-256" | "sha256" => "sha-256",
        "sha-1" | "sha1" | "sha" => "sha",
        "md5" | "md-5" => "md5",
        _ => return None,
    };
    let pairs = checksum.hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    Some(format!("{name}=:{}:", BASE64_STANDARD.encode(bytes?)))
}

fn not_modified(version: &Version) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    let tag =
        version.tag.as_ref().and_then(|tag| HeaderValue::from_str(&format!("\"{tag}\"")).ok());
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
