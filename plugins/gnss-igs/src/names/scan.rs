//! Pieces of names: digits, letters, and fields of a fixed width.

/// The number that is written here in digits alone; at most nine of them.
pub(super) fn number(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 9 {
        return None;
    }
    let mut value = 0;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(byte - b'0');
    }
    Some(value)
}

/// Takes the first `width` bytes off.
pub(super) fn take<'a>(rest: &mut &'a str, width: usize) -> Option<&'a str> {
    let (head, tail) = rest.split_at_checked(width)?;
    *rest = tail;
    Some(head)
}

/// Takes one byte off, if it is this one.
pub(super) fn literal(rest: &mut &str, wanted: u8) -> Option<()> {
    match rest.as_bytes() {
        [first, ..] if *first == wanted => {
            take(rest, 1)?;
            Some(())
        }
        _ => None,
    }
}

/// Takes one ASCII character off.
pub(super) fn character(rest: &mut &str) -> Option<u8> {
    take(rest, 1)?.bytes().next()
}

/// Takes digits off: the number they are.
pub(super) fn digits(rest: &mut &str, width: usize) -> Option<u32> {
    number(take(rest, width)?)
}

/// Takes letters and digits off.
pub(super) fn word<'a>(rest: &mut &'a str, width: usize) -> Option<&'a str> {
    take(rest, width).filter(|word| is_word(word))
}

/// Whether all are letters or digits.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether all are letters.
pub(super) fn is_letters(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
