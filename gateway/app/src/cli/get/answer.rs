//! What the head of an answer says of the bytes behind it.

use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderMap};

use super::digest::Digest;
use super::names;

/// How old a date must be for it to be a strong validator.
const LEAST_AGE: Duration = Duration::from_secs(60);

/// The head of an answer with bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// Harmless.
    pub(super) name: String,
    /// Of the whole.
    pub(super) total_bytes: Option<u64>,
    /// What `If-Range` takes: a strong entity tag, else a date; only with one can a part be
    /// continued.
    pub(super) validator: Option<String>,
    /// Of the whole.
    pub(super) digest: Option<Digest>,
    /// When the bytes last changed.
    pub(super) modified: Option<SystemTime>,
    /// Where the body begins.
    pub(super) first: u64,
}

impl Answer {
    /// Reads the headers of a 200 or a 206.
    pub(super) fn new(headers: &HeaderMap, id: &str) -> Self {
        let text = |name: header::HeaderName| headers.get(name)?.to_str().ok();
        // A name in UTF-8 without a word about it is what some servers give.
        let disposition = headers
            .get(header::CONTENT_DISPOSITION)
            .and_then(|value| str::from_utf8(value.as_bytes()).ok());
        let range = text(header::CONTENT_RANGE).and_then(range);
        let length = || text(header::CONTENT_LENGTH)?.trim().parse().ok();
        let ranges = text(header::ACCEPT_RANGES).is_some_and(|unit| unit.trim() == "bytes");
        let etag = text(header::ETAG).filter(|tag| tag.starts_with('"') && tag.ends_with('"'));
        let validator = etag.or_else(|| {
            let has_tag = headers.contains_key(header::ETAG);
            strong_date(text(header::LAST_MODIFIED)?, text(header::DATE)?).filter(|_| !has_tag)
        });
        Self {
            name: names::harmless(disposition.and_then(names::of_disposition).as_deref(), id),
            total_bytes: range.map_or_else(length, |range| range.total_bytes),
            validator: validator.filter(|_| ranges || range.is_some()).map(str::to_owned),
            digest: headers
                .get("repr-digest")
                .and_then(|value| value.to_str().ok())
                .and_then(Digest::of_header),
            modified: text(header::LAST_MODIFIED)
                .and_then(|date| httpdate::parse_http_date(date).ok()),
            first: range.map_or(0, |range| range.first),
        }
    }
}

/// Returns `modified` if the bytes cannot have changed twice within it (RFC 9110, 8.8.2.2).
fn strong_date<'a>(modified: &'a str, now: &str) -> Option<&'a str> {
    let date = |text| httpdate::parse_http_date(text).ok();
    let age = date(now)?.duration_since(date(modified)?).ok()?;
    (age >= LEAST_AGE).then_some(modified)
}

/// A `Content-Range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: u64,
    total_bytes: Option<u64>,
}

/// RFC 9110, 14.4: `bytes 5-9/10`; one that is not inside the file is none.
fn range(header: &str) -> Option<Range> {
    let digits = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| plain)
    };
    let (range, total) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (digits(first.trim())?, digits(last.trim())?);
    let total_bytes = match total.trim() {
        "*" => None,
        total => Some(digits(total)?),
    };
    let inside = first <= last && last < total_bytes.unwrap_or(u64::MAX);
    inside.then_some(Range { first, total_bytes })
}

/// The size in the `Content-Range` of a 416: `bytes */10`.
pub(super) fn total_of_unsatisfied(headers: &HeaderMap) -> Option<u64> {
    let header = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    header.trim().strip_prefix("bytes */")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{Answer, Range, range, total_of_unsatisfied};

    const OLD: (&str, &str) = ("last-modified", "Thu, 01 Jan 1970 00:00:10 GMT");
    const DATE: (&str, &str) = ("date", "Thu, 01 Jan 2026 00:00:10 GMT");

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn the_head_of_a_whole_file() {
        let answer = Answer::new(
            &headers(&[
                ("content-disposition", "attachment; filename=\"m31.fits\""),
                ("content-length", "12"),
                ("accept-ranges", "bytes"),
                ("etag", "\"abc\""),
                ("last-modified", "Thu, 01 Jan 1970 00:00:10 GMT"),
                ("repr-digest", "md5=:kAFQmDzST7DWlj99KOF/cg==:"),
            ]),
            "a/b",
        );
        assert_eq!(answer.name, "m31.fits");
        assert_eq!((answer.total_bytes, answer.first), (Some(12), 0));
        assert_eq!(answer.validator.as_deref(), Some("\"abc\""));
        let since = answer.modified.unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(since.as_secs(), 10);
        assert!(answer.digest.is_some());
    }

    #[test]
    fn only_a_strong_validator_of_ranges_lets_a_part_be_continued() {
        for (pairs, continued) in [
            (&[("etag", "\"a\""), ("accept-ranges", "bytes")][..], true),
            (&[("etag", "\"a\""), ("content-range", "bytes 5-9/10")], true),
            (&[("etag", "\"a\""), ("accept-ranges", "none")], false),
            (&[("etag", "\"a\"")], false),
            (&[("etag", "W/\"a\""), ("accept-ranges", "bytes")], false),
            (&[("accept-ranges", "bytes")], false),
            (&[("accept-ranges", "bytes"), OLD, DATE], true),
            (&[("accept-ranges", "bytes"), DATE, ("last-modified", DATE.1)], false),
            (&[("accept-ranges", "bytes"), OLD], false),
            (&[("accept-ranges", "bytes"), OLD, DATE, ("etag", "W/\"a\"")], false),
        ] {
            let answer = Answer::new(&headers(pairs), "a/b");
            assert_eq!(answer.validator.is_some(), continued, "{pairs:?}");
        }
    }

    #[test]
    fn ranges_are_read() {
        for (header, expected) in [
            ("bytes 5-9/10", Some(Range { first: 5, total_bytes: Some(10) })),
            ("bytes 5-9/*", Some(Range { first: 5, total_bytes: None })),
            ("bytes */10", None),
            ("items 5-9/10", None),
            ("bytes x-9/10", None),
            ("bytes +5-9/10", None),
            ("bytes 5-10/10", None),
            ("bytes 9-5/10", None),
            ("bytes 5-9/x", None),
        ] {
            assert_eq!(range(header), expected, "{header}");
        }
        assert_eq!(total_of_unsatisfied(&headers(&[("content-range", "bytes */10")])), Some(10));
        assert_eq!(total_of_unsatisfied(&headers(&[("content-range", "bytes 1-2/10")])), None);
        assert_eq!(total_of_unsatisfied(&headers(&[])), None);
    }
}
