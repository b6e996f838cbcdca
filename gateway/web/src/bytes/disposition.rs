//! What a browser does with a file, and under which name (RFC 6266, RFC 8187).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a browser shows without running any of it; everything else is saved.
const SHOWN: [&str; 10] = [
    "application/fits",
    "image/avif",
    "image/fits",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
    "video/mp4",
];
const UNKNOWN: &str = "application/octet-stream";
/// Of RFC 8187, 3.2.1, what no reader gets wrong.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
/// Longest name that every file system takes, in bytes.
const MOST_NAME_BYTES: usize = 200;

/// The media type as it may stand in a header: what is none is not known.
pub(super) fn media_type(given: Option<&str>) -> String {
    let Some(given) = given.map(str::trim) else { return UNKNOWN.to_owned() };
    let word = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
        !text.is_empty() && text.chars().all(plain)
    };
    let essence = given.split(';').next().unwrap_or_default().trim();
    let sound = essence.split_once('/').is_some_and(|(kind, sub)| word(kind) && word(sub));
    let printable = given.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    if sound && printable && given.len() <= 200 { given.to_owned() } else { UNKNOWN.to_owned() }
}

/// The value of `Content-Disposition`.
pub(super) fn of(file_name: &str, media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = if SHOWN.contains(&essence.as_str()) { "inline" } else { "attachment" };
    let name = safe(file_name);
    let ascii: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let plain = format!("{kind}; filename=\"{ascii}\"");
    if name.is_ascii() {
        return plain;
    }
    format!("{plain}; filename*=UTF-8''{}", utf8_percent_encode(&name, ENCODED))
}

/// A name and no path, without what shells, file systems or headers read in another way.
fn safe(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    // Marks that change the direction of writing make `exe.fits` of `stif.exe`.
    let turning = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean = |c: char| match c {
        '"' | '\'' | '<' | '>' | ':' | '|' | '?' | '*' | '%' | ';' | '`' | '$' => '_',
        c if c.is_control() || turning(c) || c == char::REPLACEMENT_CHARACTER => '_',
        c => c,
    };
    let clean: String = last.chars().map(clean).collect();
    let clean = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let mut end = clean.len().min(MOST_NAME_BYTES);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    match clean.get(..end).unwrap_or_default() {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{media_type, of};

    #[test]
    fn what_a_browser_would_run_is_saved() {
        let cases = [
            ("image/png", "inline"),
            ("text/plain; charset=utf-8", "inline"),
            ("application/fits", "inline"),
            ("text/html", "attachment"),
            ("TEXT/HTML", "attachment"),
            ("image/svg+xml", "attachment"),
            ("application/xml", "attachment"),
            ("application/xhtml+xml", "attachment"),
            ("application/pdf", "attachment"),
            ("text/javascript", "attachment"),
            ("application/x-votable+xml", "attachment"),
            ("application/octet-stream", "attachment"),
        ];
        for (kind, expected) in cases {
            let said = of("a", kind);
            assert!(said.starts_with(&format!("{expected};")), "case: {kind}: {said}");
        }
    }

    #[test]
    fn a_name_is_a_name_and_nothing_else() {
        let cases = [
            ("a b.fits", "filename=\"a b.fits\""),
            ("../../etc/passwd", "filename=\"passwd\""),
            ("C:\\autoexec.bat", "filename=\"autoexec.bat\""),
            ("a\"; x=\"b", "filename=\"a__ x=_b\""),
            ("a\r\nset-cookie: x", "filename=\"a__set-cookie_ x\""),
            ("..", "filename=\"file\""),
            ("", "filename=\"file\""),
            (".bashrc", "filename=\"bashrc\""),
            ("été.fits", "filename=\"_t_.fits\"; filename*=UTF-8''%C3%A9t%C3%A9.fits"),
            ("a\u{202e}stif.exe", "filename=\"a_stif.exe\""),
        ];
        for (name, expected) in cases {
            assert_eq!(
                of(name, "application/zip"),
                format!("attachment; {expected}"),
                "case: {name:?}"
            );
        }
        assert!(of(&"é".repeat(400), "a/b").len() < 1_000);
    }

    #[test]
    fn a_media_type_that_is_none_is_not_known() {
        let cases = [
            (Some("application/fits"), "application/fits"),
            (Some(" text/plain; charset=utf-8 "), "text/plain; charset=utf-8"),
            (Some("fits"), "application/octet-stream"),
            (Some("text/html\r\nx: y"), "application/octet-stream"),
            (Some("a/b, c/d"), "application/octet-stream"),
            (None, "application/octet-stream"),
        ];
        for (given, expected) in cases {
            assert_eq!(media_type(given), expected, "case: {given:?}");
        }
    }
}
