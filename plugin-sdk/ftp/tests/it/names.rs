//! Names as bytes and as text.

use std::borrow::Cow;

use archway_ftp::name::{to_bytes, to_text};

#[test]
fn bytes_that_are_no_utf_8_become_private_characters_and_come_back() {
    let cases: [(&str, &[u8], &str); 5] = [
        ("ASCII", b"plain.txt", "plain.txt"),
        ("UTF-8", "ünï.txt".as_bytes(), "ünï.txt"),
        ("Latin-1", b"latin\xe9.txt", "latin\u{efe9}.txt"),
        ("half a character", b"a\xe2\x82", "a\u{efe2}\u{ef82}"),
        ("a private character", "\u{efe9}".as_bytes(), "\u{efee}\u{efbf}\u{efa9}"),
    ];
    for (name, bytes, text) in cases {
        assert_eq!(to_text(bytes), text, "case: {name}");
        assert_eq!(to_bytes(text), Cow::Borrowed(bytes), "case: {name}");
    }
}
