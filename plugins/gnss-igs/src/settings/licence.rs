//! A licence in one text: SPDX identifier, URL or words, told by its look.

use archway_plugin::types::Licence;

/// An SPDX identifier has no blank, a URL has a scheme, all else is words.
pub(crate) fn licence(words: &str) -> Licence {
    let mut licence = Licence { spdx: None, url: None, text: None };
    if words.contains("://") && !words.contains(char::is_whitespace) {
        licence.url = Some(words.to_owned());
    } else if words.contains(char::is_whitespace) {
        licence.text = Some(words.to_owned());
    } else {
        licence.spdx = Some(words.to_owned());
    }
    licence
}
