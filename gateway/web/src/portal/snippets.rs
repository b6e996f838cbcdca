//! What to type elsewhere to get the bytes of an asset: with curl, in Python, with `archway get`.

use crate::summary;

/// Where `archway get` looks without being told.
const OWN_HOST: &str = "127.0.0.1:8470";
/// Longest name of a file in a snippet, in characters.
const MOST_NAME_CHARS: usize = 100;

/// The lines for one asset.
pub(super) struct Snippets {
    pub(super) curl: String,
    pub(super) python: String,
    pub(super) archway: String,
}

impl Snippets {
    /// `host` is the gateway as the client called it; the file is called as `file_name` where
    /// that is known.
    pub(super) fn new(host: &str, id: &str, file_name: Option<&str>) -> Self {
        // The host name was checked on the way in; behind a proxy the scheme may be another.
        let url = format!("http://{host}{}", summary::content_path(id, None));
        let gateway = match host {
            OWN_HOST => String::new(),
            _ => format!(" --gateway {}", shell_quoted(&format!("http://{host}"))),
        };
        Self {
            curl: format!("curl -fOJ {}", shell_quoted(&url)),
            // Unlike urlopen, urlretrieve fails where the file breaks off.
            python: format!(
                "from urllib.request import urlretrieve\n\nurlretrieve({}, {})",
                python_quoted(&url),
                python_quoted(&plain_name(file_name, id)),
            ),
            archway: format!("archway get{gateway} {}", shell_quoted(id)),
        }
    }
}

/// Puts `text` between single quotes, so that no shell reads anything in it.
pub(super) fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A literal of Python; those of JSON are.
fn python_quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A name of letters, digits and `-_.`, which no system reads in another way.
fn plain_name(given: Option<&str>, id: &str) -> String {
    let last = |text: &str| {
        let part = text.rsplit(['/', '\\']).find(|part| !part.is_empty())?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let name: String = part.chars().map(plain).take(MOST_NAME_CHARS).collect();
        let name = name.trim_start_matches(['.', '-']);
        (!name.is_empty()).then(|| name.to_owned())
    };
    given.and_then(last).or_else(|| last(id)).unwrap_or_else(|| "file".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Snippets, plain_name, shell_quoted};

    #[test]
    fn a_shell_reads_nothing_in_a_quoted_url() {
        assert_eq!(shell_quoted("http://a/$(id)'`"), r"'http://a/$(id)'\''`'");
    }

    #[test]
    fn every_line_can_be_run_as_it_stands() {
        let snippets = Snippets::new("localhost:1", "hst/a b'\"", Some("x.fits"));
        assert_eq!(
            snippets.curl,
            "curl -fOJ 'http://localhost:1/api/v1/assets/hst%2Fa%20b%27%22/content'"
        );
        assert_eq!(
            snippets.python,
            "from urllib.request import urlretrieve\n\n\
             urlretrieve(\"http://localhost:1/api/v1/assets/hst%2Fa%20b%27%22/content\", \"x.fits\")"
        );
        assert_eq!(
            snippets.archway,
            r#"archway get --gateway 'http://localhost:1' 'hst/a b'\''"'"#
        );
        assert_eq!(Snippets::new("127.0.0.1:8470", "a/b", None).archway, "archway get 'a/b'");
    }

    #[test]
    fn the_file_of_a_snippet_lies_in_its_folder() {
        for (given, name) in [
            (Some("../../.bashrc"), "bashrc"),
            (Some("a b\"\n.fits"), "a_b__.fits"),
            (Some(".."), "native_id"),
            (None, "native_id"),
        ] {
            assert_eq!(plain_name(given, "arch/x/native id"), name, "{given:?}");
        }
    }
}
