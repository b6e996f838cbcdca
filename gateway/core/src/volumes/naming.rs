//! The name of a volume, which is the folder's name in a lab.
//!
//! Called by `service.rs`. Pure.

use crate::Error;

/// Longest name.
const MOST: usize = 64;

/// Whether it is a name: 1 to 64 of `A-Za-z0-9._-`, not beginning with a dot or dash.
///
/// # Errors
///
/// [`Error::BadRequest`] with what is wrong.
pub(super) fn check(name: &str) -> Result<(), Error> {
    let wrong = |reason: String| Err(Error::bad_request("name", reason));
    if !(1..=MOST).contains(&name.len()) {
        return wrong(format!("has {} characters; a name has 1 to {MOST}", name.len()));
    }
    if name.starts_with(['.', '-']) {
        return wrong(format!("`{name}` begins with a dot or a dash"));
    }
    match name.chars().find(|c| !is_plain(*c)) {
        Some(found) => {
            let found = found.escape_default();
            wrong(format!("`{found}` cannot be in it; there are letters a to z, digits, . _ and -"))
        }
        None => Ok(()),
    }
}

/// A name made of a title: what cannot be in a name becomes a dash.
pub(super) fn of_title(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars() {
        match letter {
            _ if is_plain(letter) => name.push(letter),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
        // A number may follow.
        if name.len() >= MOST - 8 {
            break;
        }
    }
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "data".to_owned() } else { name.to_owned() }
}

/// The name, or the first with a number behind it that is not `taken`.
pub(super) fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number: u64| format!("{name}-{number}"));
    let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
    candidates.find(|name| !taken(name)).unwrap_or_default()
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{check, free, of_title};

    #[test]
    fn a_name_is_a_folder_and_nothing_else() {
        let long = "a".repeat(65);
        let cases = [
            ("planck-maps", None),
            ("v1.2_B", None),
            ("", Some("name: has 0 characters; a name has 1 to 64")),
            (&long, Some("name: has 65 characters; a name has 1 to 64")),
            ("..", Some("name: `..` begins with a dot or a dash")),
            ("-rf", Some("name: `-rf` begins with a dot or a dash")),
            ("a/b", Some("name: `/` cannot be in it; there are letters a to z, digits, . _ and -")),
            (
                "a\u{7}",
                Some("name: `\\u{7}` cannot be in it; there are letters a to z, digits, . _ and -"),
            ),
        ];
        for (name, expected) in cases {
            assert_eq!(check(name).err().map(|e| e.to_string()).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn a_title_becomes_a_name_that_is_free() {
        let taken = |name: &str| matches!(name, "M-31" | "M-31-2");
        assert_eq!(free(&of_title("M 31"), taken), "M-31-3");
        assert_eq!(of_title("  Ω ../x  "), "x");
        assert_eq!(of_title("日本"), "data");
    }

    proptest! {
        #[test]
        fn every_title_becomes_a_name(title in any::<String>(), number in 0u64..100_000_000) {
            let name = of_title(&title);
            prop_assert!(check(&name).is_ok(), "{name}");
            let name = free(&name, |_| false);
            // Up to there numbers fit.
            prop_assert!(check(&format!("{name}-{}", number % 1_000_000)).is_ok(), "{name}");
        }
    }
}
