//! The head of an answer, held against what was asked for.
//!
//! Called by `http.rs`. Source: RFC 9110, 8.8 (validators), 14 (ranges), 15.

use std::time::{Duration, UNIX_EPOCH};

use archway_core::Error;
use archway_core::archive::Part;
use archway_core::asset::ArchiveId;
use archway_core::coverage::Instant;
use tokio::time::Instant as Moment;

use crate::egress::Response;

/// What a head says of the bytes behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) offset: u64,
    pub(super) length: Option<u64>,
    pub(super) total_bytes: Option<u64>,
    pub(super) modified: Option<Instant>,
    /// A strong validator, without quotes.
    pub(super) tag: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) ranges: bool,
}

/// Reads the head; what is no file is an error.
pub(super) async fn read(
    archive: &ArchiveId,
    response: Response,
    part: Option<Part>,
) -> Result<(Response, Answer), Error> {
    match head(archive, &response, part)? {
        Some(answer) => Ok((response, answer)),
        None => Err(refused(archive, response).await),
    }
}

/// `None` for what is no file.
fn head(
    archive: &ArchiveId,
    response: &Response,
    part: Option<Part>,
) -> Result<Option<Answer>, Error> {
    let of = |name: &str| response.header_value(name);
    let upstream = |reason: String| Error::Upstream {
        archive: archive.clone(),
        reason: format!("{}: {reason}", response.final_url()),
        retry_after: None,
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let length = of("content-length").and_then(number);
    let (offset, length, total_bytes) = match (response.status(), part) {
        (200, _) => (0, length, length),
        (206, None) => {
            return Err(upstream(
                "it answers with a part where the whole was asked for".to_owned(),
            ));
        }
        (206, Some(part)) => {
            let found = of("content-range").unwrap_or("no Content-Range");
            let range = content_range(found).filter(|range| fits(*range, part, length));
            let Some((first, last, total)) = range else {
                let asked = part.last.map_or(String::new(), |last| last.to_string());
                let asked = format!("bytes {}-{asked}", part.first);
                let found = found.escape_debug();
                return Err(upstream(format!("it answers `{found}` where {asked} was asked for")));
            };
            (first, Some(last - first + 1), total)
        }
        (416, Some(part)) => {
            let total = of("content-range").and_then(|text| text.trim().strip_prefix("bytes */"));
            let asked = format!(
                "bytes={}-{}",
                part.first,
                part.last.map_or(String::new(), |last| last.to_string())
            );
            return Err(Error::Range { asked, total_bytes: total.and_then(number) });
        }
        _ => return Ok(None),
    };
    let answer = Answer {
        offset,
        length,
        total_bytes,
        modified: of("last-modified").and_then(date),
        tag: of("etag").and_then(strong),
        media_type: of("content-type").map(str::to_owned),
        ranges: response.status() == 206
            || of("accept-ranges").is_some_and(|text| text.trim().eq_ignore_ascii_case("bytes")),
    };
    Ok(Some(answer))
}

/// First and last byte and the length of the whole, if that is known (RFC 9110, 14.4). The part
/// is inside the whole, and its length is a number.
fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let digits = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| plain)
    };
    let (range, total) = text.trim().strip_prefix("bytes ")?.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (digits(first.trim())?, digits(last.trim())?);
    let total = match total.trim() {
        "*" => None,
        total => Some(digits(total)?),
    };
    let inside = first <= last && last < total.unwrap_or(u64::MAX);
    inside.then_some((first, last, total))
}

/// Whether this is the part that was asked for, all of it, and as long as the body is said to be.
fn fits(range: (u64, u64, Option<u64>), part: Part, length: Option<u64>) -> bool {
    let (first, last, total) = range;
    let end = total.map(|total| total - 1);
    let wanted = match (part.last, end) {
        (Some(last), Some(end)) => Some(last.min(end)),
        (last, end) => last.or(end),
    };
    let short = total.is_none() && wanted.is_some_and(|wanted| last < wanted);
    first == part.first
        && (wanted.is_none_or(|wanted| last == wanted) || short)
        && length.is_none_or(|length| length == last - first + 1)
}

/// A strong entity tag without its quotes; one that could not be written again is none.
fn strong(text: &str) -> Option<String> {
    let tag = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let plain = |c: char| c.is_ascii_graphic() && c != '"';
    (tag.len() <= 256 && tag.chars().all(plain)).then(|| tag.to_owned())
}

fn date(text: &str) -> Option<Instant> {
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    Some(Instant::from_utc_us(i64::try_from(since.as_micros()).ok()?))
}

/// What an answer that is no file means.
async fn refused(archive: &ArchiveId, mut response: Response) -> Error {
    let status = response.status();
    let words = words(&mut response).await;
    let mut reason = format!("{} answers {status}", response.final_url());
    if !words.is_empty() {
        reason = format!("{reason}: {words}");
    }
    let archive = archive.clone();
    match status {
        401 | 403 => Error::Unauthorised { archive, reason },
        204 => Error::Refused { archive, reason: format!("{reason}, no content") },
        400 | 405 | 406 | 409 | 413 | 414 | 415 | 422 => Error::Refused { archive, reason },
        _ => {
            let after = response.header_value("retry-after");
            let after = after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            Error::Upstream { archive, reason, retry_after: after }
        }
    }
}

/// The first words of a short text, which is how services say what they did not like.
async fn words(response: &mut Response) -> String {
    const MOST_BYTES: usize = 2_000;
    const MOST_CHARS: usize = 200;
    const WITHIN: Duration = Duration::from_secs(2);
    let text =
        response.header_value("content-type").is_some_and(|own| own.starts_with("text/plain"));
    if !text {
        return String::new();
    }
    let read = response.read(MOST_BYTES, Moment::now() + WITHIN).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&read);
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.trim().chars().take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use archway_core::archive::Part;
    use proptest::prelude::*;

    use super::{content_range, fits, strong};

    fn printed((first, last, total): (u64, u64, Option<u64>)) -> String {
        let total = total.map_or("*".to_owned(), |total| total.to_string());
        format!("bytes {first}-{last}/{total}")
    }

    proptest! {
        #[test]
        fn a_content_range_that_is_taken_is_inside_the_file_and_prints_back(
            text in prop_oneof![
                ".{0,40}",
                "bytes ? ?[+-]?[0-9]{0,21} ?- ?[+]?[0-9]{0,21} ?/ ?([0-9]{0,21}|\\*)",
                Just("bytes 0-18446744073709551615/*".to_owned()),
                Just("bytes 0-18446744073709551614/18446744073709551615".to_owned()),
            ],
            asked_first in 0..30_u64,
            asked_more in prop::option::of(any::<u64>()),
            length in prop::option::of(any::<u64>()),
        ) {
            let last = asked_more.map(|more| asked_first.saturating_add(more));
            let part = Part { first: asked_first, last };
            let Some(range) = content_range(&text) else { return Ok(()) };
            let (first, last, total) = range;
            prop_assert!(first <= last && total.is_none_or(|total| last < total), "{}", text);
            prop_assert!((last - first).checked_add(1).is_some(), "{}", text);
            prop_assert_eq!(content_range(&printed(range)), Some(range), "{}", text);
            // Never panics, and what fits begins where it was asked for and goes no further.
            if fits(range, part, length) {
                prop_assert_eq!(first, part.first);
                prop_assert!(part.last.is_none_or(|asked| last <= asked), "{} {:?}", text, part);
                prop_assert!(length.is_none_or(|length| length == last - first + 1));
            }
        }

        #[test]
        fn the_answer_to_a_part_is_what_was_asked_for(
            first in 0..u64::MAX / 2, more in 0..1_000_u64, rest in 1..1_000_u64,
        ) {
            let (last, total) = (first + more, first + more + rest);
            let range = content_range(&printed((first, last, Some(total)))).unwrap();
            let part = Part { first, last: Some(last) };
            prop_assert!(fits(range, part, Some(more + 1)));
            let later = Part { first: first + 1, ..part };
            prop_assert!(!fits(range, later, None));
            let to_end = Part { last: None, ..part };
            prop_assert_eq!(fits(range, to_end, None), rest == 1);
        }
    }

    #[test]
    fn only_the_part_that_was_asked_for_fits() {
        let to_end = Part { first: 10, last: None };
        let some = Part { first: 10, last: Some(19) };
        let cases = [
            ("to the end", "bytes 10-99/100", to_end, Some(90), true),
            ("some", "bytes 10-19/100", some, Some(10), true),
            ("some, cut at the end", "bytes 10-14/15", some, Some(5), true),
            ("no total", "bytes 10-19/*", some, None, true),
            ("another begin", "bytes 0-19/100", some, None, false),
            ("another end", "bytes 10-18/100", some, None, false),
            ("more", "bytes 10-20/100", some, None, false),
            ("not to the end", "bytes 10-98/100", to_end, None, false),
            ("another length", "bytes 10-19/100", some, Some(11), false),
            ("backwards", "bytes 19-10/100", some, None, false),
            ("behind the end", "bytes 10-19/15", some, None, false),
            ("with a sign", "bytes +10-19/100", some, None, false),
            ("longer than any file", "bytes 10-18446744073709551615/*", to_end, Some(1), false),
            ("another unit", "items 10-19/100", some, None, false),
            ("nothing", "no Content-Range", some, None, false),
        ];
        for (name, text, part, length, expected) in cases {
            let found = content_range(text).is_some_and(|range| fits(range, part, length));
            assert_eq!(found, expected, "case: {name}");
        }
    }

    #[test]
    fn only_a_strong_tag_is_one() {
        let cases = [
            ("\"abc\"", Some("abc")),
            ("W/\"abc\"", None),
            ("abc", None),
            ("\"a\"b\"", None),
            ("\"a b\"", None),
        ];
        for (text, expected) in cases {
            assert_eq!(strong(text).as_deref(), expected, "case: {text}");
        }
    }
}
