//! `/files/...`: the files behind the samples, with ranges and entity tags (RFC 9110, 13 and 14).

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::manifest::FileEntry;

/// The files of the manifest and the folder they are in.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    entries: BTreeMap<String, FileEntry>,
}

/// The routes; only what the manifest names is served.
pub(super) fn router(folder: PathBuf, entries: Vec<FileEntry>) -> Router {
    let entries = entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
    Router::new().route("/{*path}", get(file)).with_state(Arc::new(Files { folder, entries }))
}

async fn file(
    State(files): State<Arc<Files>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(entry) = files.entries.get(&path) else {
        return (StatusCode::NOT_FOUND, "no such sample file\n").into_response();
    };
    let facts = Facts { content_type: &entry.content_type, sha256: &entry.sha256, modified: None };
    answer(&files.folder.join(&entry.path), &facts, &headers).await
}

/// What is known of a file that is served.
pub(super) struct Facts<'a> {
    /// Media type of the bytes as they are stored.
    pub(super) content_type: &'a str,
    /// The entity tag.
    pub(super) sha256: &'a str,
    /// When it last changed.
    pub(super) modified: Option<SystemTime>,
}

/// The whole file or the range that is asked for; nothing where the client has it already.
pub(super) async fn answer(file: &FilePath, facts: &Facts<'_>, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", facts.sha256);
    let modified = facts.modified.map(httpdate::fmt_http_date);
    let named = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let unchanged = match named(header::IF_NONE_MATCH) {
        Some(tags) => tags.contains(&tag) || tags == "*",
        // RFC 9110, 13.1.3: only without If-None-Match.
        None => named(header::IF_MODIFIED_SINCE)
            .and_then(|since| httpdate::parse_http_date(since).ok())
            .is_some_and(|since| facts.modified.is_some_and(|modified| modified <= since)),
    };
    if unchanged {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    // At most some hundred kilobytes; read whole.
    let content = match tokio::fs::read(file).await {
        Ok(content) => Bytes::from(content),
        Err(error) => {
            let message = format!("the sample file cannot be read: {error}\n");
            return (StatusCode::INTERNAL_SERVER_ERROR, message).into_response();
        }
    };
    let length = content.len();
    let common = [
        (header::CONTENT_TYPE, facts.content_type.to_owned()),
        (header::ETAG, tag.clone()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let dated = AppendHeaders(modified.clone().map(|at| (header::LAST_MODIFIED, at)));
    // A range of another version of the file is no range of this one.
    let asked = named(header::RANGE).filter(|_| {
        named(header::IF_RANGE)
            .is_none_or(|version| version == tag || Some(version) == modified.as_deref())
    });
    match asked.and_then(|asked| byte_range(asked, length)) {
        None => (common, dated, content).into_response(),
        Some(Err(())) => {
            let size = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, size).into_response()
        }
        Some(Ok((first, last))) => {
            let place = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))];
            let part = content.slice(first..=last);
            (StatusCode::PARTIAL_CONTENT, common, dated, place, part).into_response()
        }
    }
}

/// The first and last byte of a single range; `None` for what is to be ignored
/// (another unit, several ranges, no range at all), `Err` for one beyond the file.
fn byte_range(asked: &str, length: usize) -> Option<Result<(usize, usize), ()>> {
    let (first, last) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1);
    if first.is_empty() {
        let count: usize = last.trim().parse().ok()?;
        return Some(match end {
            Some(end) if count > 0 => Ok((length.saturating_sub(count), end)),
            _ => Err(()),
        });
    }
    let first: usize = first.trim().parse().ok()?;
    let last = if last.is_empty() { usize::MAX } else { last.trim().parse().ok()? };
    if last < first {
        return None;
    }
    Some(match end {
        Some(end) if first <= end => Ok((first, last.min(end))),
        _ => Err(()),
    })
}

#[cfg(test)]
mod tests {
    use super::byte_range;

    #[test]
    fn a_range_is_cut_at_the_end_and_refused_beyond_it() {
        let cases = [
            ("bytes=0-9", Some(Ok((0, 9)))),
            ("bytes=90-", Some(Ok((90, 99)))),
            ("bytes=90-500", Some(Ok((90, 99)))),
            ("bytes=-5", Some(Ok((95, 99)))),
            ("bytes=-500", Some(Ok((0, 99)))),
            ("bytes=100-", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=9-3", None),
            ("bytes=0-1,5-6", None),
            ("items=0-1", None),
        ];
        for (asked, expected) in cases {
            assert_eq!(byte_range(asked, 100), expected, "{asked}");
        }
    }
}
