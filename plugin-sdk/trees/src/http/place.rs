//! Where links of a page lead: names of the folder that the page lists, or away.

use crate::path;

/// An HTTP URL, split; without query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Scheme, host and port, in lower case, a default port left out.
    pub origin: String,
    /// The path, unescaped name by name, without a slash at its end.
    pub names: Vec<String>,
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Child {
    /// A file of the folder.
    File(String),
    /// A folder of the folder.
    Folder(String),
}

impl Place {
    /// Splits a URL; `None` where it is not one of HTTP.
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => ":80",
            "https" => ":443",
            _ => return None,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(default_port).unwrap_or(&host);
        if host.is_empty() || host.contains('@') {
            return None;
        }
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        Some(Self { origin: format!("{scheme}://{host}"), names: names(path) })
    }

    /// The path as a tree has it.
    pub fn path(&self) -> String {
        format!("/{}", self.names.join("/"))
    }

    /// What a link on the page of this folder leads to; `None` where it leads to no name of
    /// the folder: to its parent, to another server, to the same page sorted otherwise.
    pub fn child(&self, target: &str) -> Option<Child> {
        if target.contains(['?', '#']) {
            return None;
        }
        let (path, is_relative) = if let Some(scheme_end) = target.find("://") {
            let scheme = target.get(..scheme_end)?;
            if !scheme.chars().all(|c| c.is_ascii_alphanumeric()) {
                return None;
            }
            (self.of_this_server(target)?, false)
        } else if let Some(rest) = target.strip_prefix("//") {
            let scheme = self.origin.split(':').next().unwrap_or_default();
            (self.of_this_server(&format!("{scheme}://{rest}"))?, false)
        } else if target.starts_with('/') {
            (target.to_owned(), false)
        } else {
            let first = target.split('/').next().unwrap_or_default();
            // A colon in the first name makes it another scheme (RFC 3986, 4.2).
            if first.contains(':') {
                return None;
            }
            (target.strip_prefix("./").unwrap_or(target).to_owned(), true)
        };
        let is_folder = path.ends_with('/');
        let mut names = names(&path).into_iter();
        if !is_relative {
            for above in &self.names {
                if names.next().as_ref() != Some(above) {
                    return None;
                }
            }
        }
        let name = names.next()?;
        if names.next().is_some() || name == "." || name == ".." {
            return None;
        }
        Some(if is_folder { Child::Folder(name) } else { Child::File(name) })
    }

    /// The path of a URL of the same server, as it is written.
    fn of_this_server(&self, url: &str) -> Option<String> {
        if Self::of(url)?.origin != self.origin {
            return None;
        }
        let (_, rest) = url.split_once("://")?;
        Some(rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned())
    }
}

/// The names of a path, unescaped one by one, so that an escaped slash stays in its name,
/// where it is refused.
fn names(path: &str) -> Vec<String> {
    let decoded =
        |name: &str| path::decode(name).unwrap_or_else(|| char::REPLACEMENT_CHARACTER.to_string());
    path.split('/').filter(|name| !name.is_empty()).map(decoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_folder_are_its_children() {
        let page = Place::of("HTTPS://Archive.example:443/pub/a%20b/?C=M").unwrap();
        assert_eq!(page.path(), "/pub/a b");
        let file = |name: &str| Some(Child::File(name.to_owned()));
        let folder = |name: &str| Some(Child::Folder(name.to_owned()));
        let cases = [
            ("a name", "x.fits", file("x.fits")),
            ("a folder", "2010/", folder("2010")),
            ("escaped", "a%26b%C3%A9", file("a&bé")),
            ("dotted", "./a:b", file("a:b")),
            ("absolute", "/pub/a%20b/x", file("x")),
            ("absolute, escaped otherwise", "/p%75b/a b/x", file("x")),
            ("with the server", "https://archive.example/pub/a%20b/x/", folder("x")),
            ("without the scheme", "//archive.example/pub/a%20b/x", file("x")),
            ("the parent", "../", None),
            ("the parent, absolute", "/pub/", None),
            ("the page itself", "/pub/a%20b/", None),
            ("sorted otherwise", "?C=N;O=D", None),
            ("a place on the page", "#top", None),
            ("another folder", "/pub/other/x", None),
            ("deeper", "2010/x.fits", None),
            ("another server", "https://evil.example/pub/a%20b/x", None),
            ("another port", "https://archive.example:8443/pub/a%20b/x", None),
            ("another scheme", "javascript:alert(1)", None),
            ("mail", "mailto:x@y", None),
            ("an escaped slash stays in its name", "..%2Fx", file("../x")),
            ("no UTF-8", "%FF", file("\u{fffd}")),
            ("nothing", "", None),
        ];
        for (name, target, wanted) in cases {
            assert_eq!(page.child(target), wanted, "case: {name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_target_leads_somewhere_or_nowhere(target in "[a-z:/.?#%0-9é]{0,20}") {
            let page = Place::of("http://a/b/").unwrap();
            page.child(&target);
        }

        #[test]
        fn a_name_that_is_encoded_is_found_again(name in "[^/\\p{Cc}]{1,12}") {
            proptest::prop_assume!(name != "." && name != "..");
            let page = Place::of("http://a/b/").unwrap();
            let target = format!("/b/{}", path::encode(&name));
            proptest::prop_assert_eq!(page.child(&target), Some(Child::File(name)));
        }
    }
}
