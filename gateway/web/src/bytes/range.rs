//! The `Range` of a request (RFC 9110, 14.1.2 and 14.2).

use archway_core::Error;
use archway_core::archive::Part;
use archway_core::delivery::Wanted;
use axum::http::HeaderValue;

/// What a client wants: several ranges, and units that are not bytes, are the whole.
///
/// # Errors
///
/// [`Error::Range`] for one that no file could satisfy.
pub(super) fn wanted(range: &HeaderValue) -> Result<Wanted, Error> {
    let text = String::from_utf8_lossy(range.as_bytes());
    let Some((unit, ranges)) = text.split_once('=') else { return Ok(Wanted::Whole) };
    if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.contains(',') {
        return Ok(Wanted::Whole);
    }
    let wrong = || {
        let asked: String = text.trim().chars().take(80).collect();
        Error::Range { asked: asked.escape_debug().to_string(), total_bytes: None }
    };
    let (first, last) = ranges.trim().split_once('-').ok_or_else(wrong)?;
    let number = |text: &str| match text.chars().all(|c| c.is_ascii_digit()) {
        // A number beyond 64 bits is beyond every file.
        true if !text.is_empty() => Ok(text.parse().unwrap_or(u64::MAX)),
        _ => Err(wrong()),
    };
    match (first.trim(), last.trim()) {
        ("", last) => number(last).map(Wanted::Last),
        (first, "") => Ok(Wanted::Part(Part { first: number(first)?, last: None })),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return Err(wrong());
            }
            Ok(Wanted::Part(Part { first, last: Some(last) }))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{HeaderValue, Part, Wanted, wanted};

    /// As a client writes it.
    fn printed(wanted: &Wanted) -> Option<String> {
        match wanted {
            Wanted::Whole => None,
            Wanted::Part(Part { first, last: None }) => Some(format!("bytes={first}-")),
            Wanted::Part(Part { first, last: Some(last) }) => Some(format!("bytes={first}-{last}")),
            Wanted::Last(count) => Some(format!("bytes=-{count}")),
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(32..=255_u8, 0..60)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let _ = wanted(&value);
            }
        }

        #[test]
        fn what_is_taken_is_a_range_and_prints_back(
            text in "(bytes|Bytes|items)? ?= ?[0-9+-]{0,22} ?-? ?[0-9+x]{0,22}(,0-1)?",
        ) {
            let Ok(taken) = wanted(&HeaderValue::from_str(&text).unwrap()) else { return Ok(()) };
            if let Wanted::Part(Part { first, last: Some(last) }) = taken {
                prop_assert!(first <= last, "{text}");
            }
            if let Some(printed) = printed(&taken) {
                let again = wanted(&HeaderValue::from_str(&printed).unwrap()).unwrap();
                prop_assert_eq!(format!("{again:?}"), format!("{taken:?}"), "{} {}", text, printed);
            }
        }

        #[test]
        fn what_a_client_writes_is_what_it_gets(
            first in any::<u64>(), more in prop::option::of(0..u64::MAX),
        ) {
            let last = more.map(|more| first.saturating_add(more));
            for taken in [Wanted::Part(Part { first, last }), Wanted::Last(first)] {
                let text = printed(&taken).unwrap();
                let read = wanted(&HeaderValue::from_str(&text).unwrap()).unwrap();
                prop_assert_eq!(format!("{read:?}"), format!("{taken:?}"));
            }
        }
    }

    #[test]
    fn one_range_is_read_and_a_lie_is_refused() {
        let cases = [
            ("bytes=0-9", "Part(Part { first: 0, last: Some(9) })"),
            ("Bytes= 5 - ", "Part(Part { first: 5, last: None })"),
            ("bytes=-7", "Last(7)"),
            ("bytes=0-1,5-6", "Whole"),
            ("items=0-1", "Whole"),
            ("nonsense", "Whole"),
            ("bytes=9-3", "the range bytes=9-3 is not satisfiable"),
            ("bytes=-", "the range bytes=- is not satisfiable"),
            ("bytes=a-b", "the range bytes=a-b is not satisfiable"),
            ("bytes=+1-2", "the range bytes=+1-2 is not satisfiable"),
            (
                "bytes=0-99999999999999999999",
                "Part(Part { first: 0, last: Some(18446744073709551615) })",
            ),
        ];
        for (text, expected) in cases {
            let said = match wanted(&HeaderValue::from_static(text)) {
                Ok(wanted) => format!("{wanted:?}"),
                Err(error) => error.to_string(),
            };
            assert_eq!(said, expected, "case: {text}");
        }
    }
}
