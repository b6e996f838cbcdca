//! What archives put into text cells.

/// The items of an EPN-TAP hash list (`a#b#c`): trimmed, empty ones dropped, repetitions
/// (whatever their case) dropped, in the archive's order and spelling.
///
/// Source: EPN-TAP 2.0, 2.1.3 (multiple values).
pub fn hash_list(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for item in text.split('#').map(str::trim).filter(|item| !item.is_empty()) {
        if !items.iter().any(|known| known.to_lowercase() == item.to_lowercase()) {
            items.push(item.to_owned());
        }
    }
    items
}

/// A text cell; empty or blank is null, because `VOTable` text cannot tell the two apart.
pub fn some_text(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{hash_list, some_text};

    #[test]
    fn hash_lists_keep_order_and_lose_repetitions() {
        let cases: [(&str, &[&str]); 5] = [
            ("a#b#c", &["a", "b", "c"]),
            ("Mars#mars# MARS ", &["Mars"]),
            ("#a##b#", &["a", "b"]),
            ("", &[]),
            ("OMEGA camera#Ω#ω", &["OMEGA camera", "Ω"]),
        ];
        for (text, expected) in cases {
            assert_eq!(hash_list(text), expected, "case: {text}");
        }
    }

    #[test]
    fn empty_text_is_null() {
        assert_eq!(some_text("  "), None);
        assert_eq!(some_text(" x "), Some("x"));
    }
}
