//! Names of months in listings, in the languages that servers have been seen to speak.

/// 1 to 12 for a month's name or the beginning of it; case and a dot behind do not matter.
pub(super) fn month(text: &[u8]) -> Option<u8> {
    if let [a, b, c] = *text
        && let Some(month) = english(a | 0x20, b | 0x20, c | 0x20)
    {
        return Some(month);
    }
    localised(text)
}

fn english(a: u8, b: u8, c: u8) -> Option<u8> {
    Some(match [a, b, c] {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    })
}

/// German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian, Polish, Czech, Russian.
const NAMES: [&[&str]; 12] = [
    &["janv", "jan", "jän", "ene", "gen", "sty", "led", "янв"],
    &["févr", "fév", "fev", "feb", "lut", "úno", "фев"],
    &["mars", "märz", "mär", "mrz", "mrt", "mar", "bře", "мар"],
    &["avril", "avr", "abr", "apr", "kwi", "dub", "апр"],
    &["mai", "may", "mag", "mei", "maj", "kvě", "май", "мая"],
    &["juin", "juni", "jun", "giu", "cze", "čen", "čer", "июн"],
    &["juil", "juli", "jul", "lug", "lip", "čec", "июл"],
    &["août", "aou", "ago", "aug", "sie", "srp", "авг"],
    &["sept", "sep", "set", "wrz", "zář", "сен"],
    &["okt", "oct", "ott", "out", "paź", "říj", "окт"],
    &["nov", "lis", "ноя"],
    &["déc", "dec", "dez", "dic", "des", "gru", "pro", "дек"],
];

fn localised(text: &[u8]) -> Option<u8> {
    let text = text.strip_suffix(b".").unwrap_or(text);
    // Japanese, Chinese and Korean write the number and then "month".
    for sign in ["月", "월"] {
        if let Some(digits) = text.strip_suffix(sign.as_bytes()) {
            return super::tokens::short_number(digits).filter(|month| (1..=12).contains(month));
        }
    }
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= 12)?.to_lowercase();
    let number = NAMES.iter().position(|names| names.contains(&text.as_str()))?;
    u8::try_from(number + 1).ok()
}
