//! Byte scanning that all forms use.

/// Where a byte is first.
pub(super) fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    // Eight at a time: most of a listing is looked through for line ends.
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let pattern = u64::from(wanted) * ONES;
    let (words, tail) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let differs = u64::from_le_bytes(*word) ^ pattern;
        let zeroes = differs.wrapping_sub(ONES) & !differs & HIGHS;
        if zeroes != 0 {
            return Some(number * 8 + (zeroes.trailing_zeros() / 8) as usize);
        }
    }
    let behind = words.len() * 8;
    tail.iter().position(|byte| *byte == wanted).map(|at| behind + at)
}

/// A word and where it lies in its line.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) text: &'a [u8],
    /// Behind its last byte.
    pub(super) end: usize,
}

/// The next word from `from` on; words are separated by blanks and tabs.
pub(super) fn token(line: &[u8], from: usize) -> Option<Token<'_>> {
    let rest = line.get(from..)?;
    let begin = from + rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    let word = line.get(begin..)?;
    let length = word.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(word.len());
    Some(Token { text: line.get(begin..begin + length)?, end: begin + length })
}

/// Two digits, or one.
pub(super) fn short_number(text: &[u8]) -> Option<u8> {
    match *text {
        [a] => Some(digit(a)?),
        [a, b] => Some(digit(a)? * 10 + digit(b)?),
        _ => None,
    }
}

/// Four digits.
pub(super) fn year(text: &[u8]) -> Option<i32> {
    let [a, b, c, d] = *text else { return None };
    let high = i32::from(digit(a)? * 10 + digit(b)?);
    Some(high * 100 + i32::from(digit(c)? * 10 + digit(d)?))
}

/// `HH:MM` or `HH:MM:SS`, `.` for `:` too, as seconds since midnight.
pub(super) fn time_of_day(text: &[u8]) -> Option<u32> {
    let (hours, rest) = match *text {
        [a, b':' | b'.', ref rest @ ..] => (digit(a)?, rest),
        [a, b, b':' | b'.', ref rest @ ..] => (digit(a)? * 10 + digit(b)?, rest),
        _ => return None,
    };
    let (minutes, seconds) = match *rest {
        [a, b] => (digit(a)? * 10 + digit(b)?, 0),
        // A fraction of a second is dropped (GNU --full-time).
        [a, b, b':' | b'.', c, d, ref fraction @ ..]
            if fraction.first().is_none_or(|byte| *byte == b'.') =>
        {
            (digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?)
        }
        _ => return None,
    };
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    Some(u32::from(hours) * 3600 + u32::from(minutes) * 60 + u32::from(seconds))
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}
