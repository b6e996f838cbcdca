//! Answers kept for a while: the conditional cache of one archive.
//!
//! Called by `egress.rs` for every hop, and by `response.rs` when a body has come to its end.
//!
//! Rules that hold here and nowhere else:
//!
//! - Kept are `GET` answers of status 200, asked without a credential, of at most a MiB, that
//!   the archive does not call private, and that have a lifetime or a validator.
//! - An answer belongs to the class of callers it was fetched for.
//! - Fresh for `max-age`; after that the archive is asked whether it still holds.
//!
//! Source: RFC 9111. No heuristic lifetimes (4.2.2): archives change without saying.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time::Instant;

use super::request::{Header, Hop};

/// One kept answer.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Bytes,
    fresh_until: Instant,
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

/// What is known before asking.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// This request is none of the cache's business.
    Bypass,
    /// Nothing is kept under this key yet.
    Nothing(String),
    /// It can be given as it is.
    Fresh(Arc<Entry>),
    /// It can be given if the archive says so.
    Stale(String, Arc<Entry>),
}

#[derive(Clone, Debug)]
pub(crate) struct Cache {
    entries: Option<moka::future::Cache<String, Arc<Entry>>>,
    most_body_bytes: usize,
}

/// Nothing is fresh for longer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Cache {
    /// Holds `size_bytes` in all, 0 for none, and bodies up to `most_body_bytes`.
    pub(crate) fn new(size_bytes: u64, most_body_bytes: usize) -> Self {
        let weigh = |key: &String, entry: &Arc<Entry>| {
            let headers: usize = entry.headers.iter().map(|h| h.name.len() + h.value.len()).sum();
            u32::try_from(key.len() + headers + entry.body.len()).unwrap_or(u32::MAX)
        };
        let build =
            || moka::future::Cache::builder().max_capacity(size_bytes).weigher(weigh).build();
        Self { entries: (size_bytes > 0).then(build), most_body_bytes }
    }

    pub(crate) async fn find(&self, hop: &Hop) -> Found {
        let (Some(entries), Some(key)) = (&self.entries, key(hop)) else { return Found::Bypass };
        let wants_news = directive(&hop.headers, "no-cache").is_some();
        match entries.get(&key).await {
            None => Found::Nothing(key),
            Some(entry) if !wants_news && Instant::now() < entry.fresh_until => Found::Fresh(entry),
            Some(entry) => Found::Stale(key, entry),
        }
    }

    /// The lifetime of a kept answer starts again, as RFC 9111, 4.3.4 says.
    pub(crate) async fn refresh(
        &self,
        key: String,
        entry: &Entry,
        answered: &HeaderMap,
    ) -> Arc<Entry> {
        let mut entry = entry.clone();
        if let Some(lifetime) = lifetime(answered) {
            entry.fresh_until = Instant::now() + lifetime;
        }
        let renew = |name| answered.get(name).cloned();
        entry.etag = renew(header::ETAG).or(entry.etag);
        entry.last_modified = renew(header::LAST_MODIFIED).or(entry.last_modified);
        let entry = Arc::new(entry);
        match &self.entries {
            Some(entries) if lifetime(answered).is_none() => entries.invalidate(&key).await,
            Some(entries) => entries.insert(key, Arc::clone(&entry)).await,
            None => {}
        }
        entry
    }

    /// Starts to keep an answer, if it may be kept.
    pub(crate) fn keep(
        &self,
        key: String,
        status: u16,
        answered: &HeaderMap,
        headers: &[Header],
    ) -> Option<Keep> {
        let lifetime = lifetime(answered)?;
        let (etag, last_modified) =
            (answered.get(header::ETAG).cloned(), answered.get(header::LAST_MODIFIED).cloned());
        let useful = !lifetime.is_zero() || etag.is_some() || last_modified.is_some();
        if status != 200 || !useful {
            return None;
        }
        let fresh_until = Instant::now() + lifetime;
        let headers = headers.to_vec();
        let entry = Entry { headers, body: Bytes::new(), fresh_until, etag, last_modified };
        Some(Keep { cache: self.clone(), key, entry, body: BytesMut::new() })
    }
}

impl Entry {
    /// Asks the archive whether this still holds (RFC 9110, 13.1).
    pub(crate) fn ask(&self, headers: &mut HeaderMap) {
        if let Some(etag) = &self.etag {
            headers.insert(header::IF_NONE_MATCH, etag.clone());
        }
        if let Some(date) = &self.last_modified {
            headers.insert(header::IF_MODIFIED_SINCE, date.clone());
        }
    }
}

/// An answer that is kept once it has been read to its end.
#[derive(Debug)]
pub(crate) struct Keep {
    cache: Cache,
    key: String,
    entry: Entry,
    body: BytesMut,
}

impl Keep {
    /// Adds a piece; `None` once the body is too long to keep.
    pub(crate) fn add(mut self, piece: &[u8]) -> Option<Self> {
        if self.body.len() + piece.len() > self.cache.most_body_bytes {
            return None;
        }
        self.body.extend_from_slice(piece);
        Some(self)
    }

    /// The body is complete.
    pub(crate) async fn finish(mut self) {
        if let Some(entries) = &self.cache.entries {
            self.entry.body = self.body.freeze();
            entries.insert(self.key, Arc::new(self.entry)).await;
        }
    }
}

/// What makes two requests the same question; `None` if the answer must not be shared.
fn key(hop: &Hop) -> Option<String> {
    let own_condition =
        |name: &header::HeaderName| name.as_str().starts_with("if-") || *name == header::RANGE;
    let simple = hop.method == Method::GET && hop.body.is_empty() && hop.credential.is_none();
    if !simple
        || hop.headers.keys().any(own_condition)
        || directive(&hop.headers, "no-store").is_some()
    {
        return None;
    }
    // Every header is in the key, which serves any `Vary`. A line break ends each field, and
    // no field holds one.
    let mut key = format!("{}\n{}\n", hop.caller.escape_default(), hop.url);
    let mut headers: Vec<_> =
        hop.headers.iter().filter(|(name, _)| **name != header::CACHE_CONTROL).collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in headers {
        key.push_str(name.as_str());
        key.push(':');
        key.push_str(&String::from_utf8_lossy(value.as_bytes()));
        key.push('\n');
    }
    Some(key)
}

/// How long an answer stays fresh; `None` if it must not be kept at all.
fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let says = |name| directive(headers, name).is_some();
    let varies_on_all = headers.get_all(header::VARY).iter().any(|v| v.as_bytes() == b"*");
    if says("no-store")
        || says("private")
        || varies_on_all
        || headers.contains_key(header::SET_COOKIE)
    {
        return None;
    }
    if says("no-cache") {
        return Some(Duration::ZERO);
    }
    let seconds = |text: String| text.trim_matches('"').parse::<u64>().ok();
    let max_age_s = directive(headers, "s-maxage")
        .or_else(|| directive(headers, "max-age"))
        .and_then(seconds)
        .unwrap_or(0);
    let age_s: Option<u64> =
        headers.get(header::AGE).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let left_s = max_age_s.saturating_sub(age_s.unwrap_or(0));
    Some(Duration::from_secs(left_s).min(LONGEST))
}

/// The argument of a `Cache-Control` directive, empty if it has none.
fn directive(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(header::CACHE_CONTROL).iter().find_map(|value| {
        let text = value.to_str().ok()?.to_ascii_lowercase();
        text.split(',').find_map(|part| {
            let (found, argument) = part.split_once('=').unwrap_or((part, ""));
            (found.trim() == name).then(|| argument.trim().to_owned())
        })
    })
}
