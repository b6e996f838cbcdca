//! Columns of a line, numbers in them, and lines written as what changed.

use std::borrow::Cow;

/// At most `width` bytes from column `from` on; what the line lacks is left out.
pub(super) fn column(line: &[u8], from: usize, width: usize) -> &[u8] {
    let end = line.len().min(from.saturating_add(width));
    line.get(from..end).unwrap_or_default()
}

/// A line without the blanks at its end.
pub(super) fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

/// A number in a column: blanks around digits; a sign or anything else is none.
pub(super) fn number(column: &[u8]) -> Option<u32> {
    let digits = column.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// For a message: what is not printable is replaced.
pub(super) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains(char::is_control) {
        Cow::Owned(text.replace(char::is_control, "\u{fffd}"))
    } else {
        text
    }
}

/// Applies the characters that changed: a blank keeps what was there, `&` makes it a blank.
pub(super) fn repair(line: &mut Vec<u8>, changes: &[u8]) {
    for (index, change) in changes.iter().enumerate() {
        let new = if *change == b'&' { b' ' } else { *change };
        match line.get_mut(index) {
            Some(old) => {
                if *change != b' ' {
                    *old = new;
                }
            }
            None => line.push(new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_written() {
        for (before, changes, after) in [
            ("", "& 5", "  5"),
            ("abc", "", "abc"),
            ("abc", " x", "axc"),
            ("abc", "  &", "ab "),
            ("abc", "    &e", "abc  e"),
        ] {
            let mut line = before.as_bytes().to_vec();
            repair(&mut line, changes.as_bytes());
            assert_eq!(String::from_utf8_lossy(&line), after, "{before:?} {changes:?}");
        }
    }

    #[test]
    fn a_number_is_digits_and_blanks() {
        for (text, expected) in
            [(" 12", Some(12)), ("8  ", Some(8)), ("   ", None), ("-1 ", None), ("1G2", None)]
        {
            assert_eq!(number(text.as_bytes()), expected, "{text:?}");
        }
    }
}
