//! Whether a request holds some words, and what to say where no answer fits.

use std::fmt::Write;

use crate::recording::RecordedRequest;

/// Whether the words occur in the decoded URL or in a field.
pub(super) fn holds(request: &RecordedRequest, words: &str) -> bool {
    decoded(&request.url).contains(words)
        || request.fields.iter().any(|(name, value)| value.contains(words) || name.contains(words))
}

/// Percent-decoded, `+` as a blank; what is no UTF-8 afterwards stays readable enough.
fn decoded(url: &str) -> String {
    let bytes = url.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let value =
            hex.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        at += if value.is_some() { 3 } else { 1 };
        out.push(value.unwrap_or(if byte == b'+' { b' ' } else { byte }));
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The failure's text: what was asked, and the recorded request that differs least.
pub(super) fn no_answer<'a>(
    asked: &RecordedRequest,
    known: impl Iterator<Item = &'a RecordedRequest>,
) -> String {
    let mut text = "no recorded exchange answers this request:\n".to_owned();
    describe(&mut text, asked);
    let mut count = 0_usize;
    let nearest = known.inspect(|_| count += 1).min_by_key(|other| difference(asked, other));
    match nearest {
        Some(nearest) => {
            let _ = writeln!(text, "the nearest of {count} recorded ones:");
            describe(&mut text, nearest);
        }
        None => text.push_str(
            "nothing is recorded, and no answer written in the test starts like its URL\n",
        ),
    }
    text
}

fn describe(text: &mut String, request: &RecordedRequest) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {} {}", request.method, request.url);
    for (name, value) in &request.fields {
        let _ = writeln!(text, "    {name} = {value}");
    }
}

/// Fields that differ, then how early the URLs part.
fn difference(asked: &RecordedRequest, other: &RecordedRequest) -> (bool, usize, usize) {
    let shared = asked.url.bytes().zip(other.url.bytes()).take_while(|(a, b)| a == b).count();
    let missing = asked.fields.iter().filter(|field| !other.fields.contains(field)).count();
    let surplus = other.fields.iter().filter(|field| !asked.fields.contains(field)).count();
    let parting = asked.url.len().max(other.url.len()) - shared;
    (asked.method != other.method, parting, missing + surplus)
}
