//! Answers kept for a while: the conditional cache of one archive.
//!
//! Called by `exchange.rs` for every hop.
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

use bytes::Bytes;
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
    /// Nothing is kept under this key yet.
    Nothing,
    /// It can be given as it is.
    Fresh(Arc<Entry>),
    /// It can be given if the archive says so.
    Stale(Arc<Entry>),
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

    /// What makes two requests the same question; `None` if the answer must not be shared.
    pub(crate) fn key(&self, hop: &Hop) -> Option<String> {
        self.entries.as_ref().and_then(|_| key(hop))
    }

    /// What is kept under `key`.
    pub(crate) async fn look(&self, key: &str) -> Found {
        let Some(entries) = &self.entries else { return Found::Nothing };
        match entries.get(key).await {
            None => Found::Nothing,
            Some(entry) if Instant::now() < entry.fresh_until => Found::Fresh(entry),
            Some(entry) => Found::Stale(entry),
        }
    }

    /// The lifetime of a kept answer starts again, as RFC 9111, 4.3.4 says.
    pub(crate) async fn refresh(
        &self,
        key: &str,
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
            Some(entries) if lifetime(answered).is_none() => entries.invalidate(key).await,
            Some(entries) => entries.insert(key.to_owned(), Arc::clone(&entry)).await,
            None => {}
        }
        entry
    }

    /// What an answer with this head would be kept as; `None` if it may not be kept, or says
    /// that it is too long.
    pub(crate) fn draft(&self, status: u16, answered: &HeaderMap) -> Option<Draft> {
        let lifetime = lifetime(answered)?;
        let (etag, last_modified) =
            (answered.get(header::ETAG).cloned(), answered.get(header::LAST_MODIFIED).cloned());
        let useful = !lifetime.is_zero() || etag.is_some() || last_modified.is_some();
        let length = answered.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
        let too_long = length
            .and_then(|text| text.trim().parse::<usize>().ok())
            .is_some_and(|length| length > self.most_body_bytes);
        let fresh_until = Instant::now() + lifetime;
        (status == 200 && useful && !too_long).then_some(Draft { fresh_until, etag, last_modified })
    }

    /// Keeps `entry`.
    pub(crate) async fn insert(&self, key: &str, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        if let Some(entries) = &self.entries {
            entries.insert(key.to_owned(), Arc::clone(&entry)).await;
        }
        entry
    }
}

/// An answer that may be kept, before its body is here.
#[derive(Debug)]
pub(crate) struct Draft {
    fresh_until: Instant,
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Draft {
    /// With what is shown of its headers, and its whole body.
    pub(crate) fn entry(self, headers: Vec<Header>, body: Bytes) -> Entry {
        let Self { fresh_until, etag, last_modified } = self;
        Entry { headers, body, fresh_until, etag, last_modified }
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

/// Whether the archive is to be asked although there is an answer (RFC 9111, 5.2.1.4).
pub(crate) fn wants_news(hop: &Hop) -> bool {
    directive(&hop.headers, "no-cache").is_some()
}

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
