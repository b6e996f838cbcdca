//! Our cookie among those of the lab: found, kept from the lab, and never set by the lab.

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue, SET_COOKIE};

use super::origins::{Mode, Place};
use crate::cookie;
use crate::form_token::PLAIN_COOKIE;

impl Mode {
    /// The name of our cookie. Browsers take one with such a prefix only over a connection they
    /// trust, which `localhost` is to them.
    pub(super) fn cookie(self) -> &'static str {
        match self {
            Self::Host => "__Host-lab",
            Self::Path => "__Secure-archway-lab",
        }
    }

    /// Whether a cookie may not pass, in either direction.
    fn withholds(self, name: &str) -> bool {
        match self {
            Self::Host => name.eq_ignore_ascii_case(self.cookie()),
            // The portal's cookies live on the same origin, and all but this one have a prefix.
            Self::Path => {
                name.eq_ignore_ascii_case(PLAIN_COOKIE)
                    || [&b"__host-"[..], b"__secure-"].iter().any(|prefix| {
                        let start = name.as_bytes().get(..prefix.len());
                        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
                    })
            }
        }
    }
}

/// The value of our cookie.
pub(super) fn own(headers: &HeaderMap, mode: Mode) -> Option<&str> {
    cookie::named(headers, mode.cookie())
}

/// Takes our cookies out of what goes to the lab, and joins the rest to one header.
pub(super) fn strip_own(headers: &mut HeaderMap, mode: Mode) {
    let mut rest = Vec::new();
    for value in headers.get_all(COOKIE) {
        for pair in value.as_bytes().split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
            if pair.is_empty() || str::from_utf8(name).is_ok_and(|name| mode.withholds(name)) {
                continue;
            }
            if !rest.is_empty() {
                rest.extend_from_slice(b"; ");
            }
            rest.extend_from_slice(pair);
        }
    }
    match HeaderValue::from_bytes(&rest) {
        Ok(value) if !rest.is_empty() => drop(headers.insert(COOKIE, value)),
        _ => drop(headers.remove(COOKIE)),
    }
}

/// Takes those out of a lab's answer that name another domain, or a cookie of ours, or in path
/// mode a folder that is not the lab's.
pub(super) fn filter_set(headers: &mut HeaderMap, place: &Place) {
    if !headers.contains_key(SET_COOKIE) {
        return;
    }
    let kept: Vec<HeaderValue> =
        headers.get_all(SET_COOKIE).iter().filter(|value| may_set(value, place)).cloned().collect();
    headers.remove(SET_COOKIE);
    for value in kept {
        headers.append(SET_COOKIE, value);
    }
}

fn may_set(value: &HeaderValue, place: &Place) -> bool {
    let Ok(text) = str::from_utf8(value.as_bytes()) else { return false };
    let mut parts = text.split(';');
    // A browser sends a cookie without a name as its bare value, which could then be ours.
    let Some((name, _)) = parts.next().and_then(|pair| pair.split_once('=')) else { return false };
    if name.trim().is_empty() || place.mode.withholds(name.trim()) {
        return false;
    }
    parts.all(|attribute| {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let name = name.trim();
        let elsewhere = place.mode == Mode::Path
            && name.eq_ignore_ascii_case("path")
            && !value.trim().starts_with(place.prefix().as_ref());
        !name.eq_ignore_ascii_case("domain") && !elsewhere
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: hyper::header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn our_cookie_is_read_and_does_not_reach_the_lab() {
        let cases = [
            ("alone", &["__Host-lab=k"][..], Some("k"), None),
            ("first", &["__Host-lab=k; _xsrf=2|a=b"], Some("k"), Some("_xsrf=2|a=b")),
            ("last", &["a=1;__Host-lab=k"], Some("k"), Some("a=1")),
            ("of several headers", &["a=1", "__Host-lab=k", "b=2"], Some("k"), Some("a=1; b=2")),
            ("in another case", &["__host-LAB=k; a=1"], None, Some("a=1")),
            ("with spaces", &["__Host-lab =k; a=1"], None, Some("a=1")),
            ("none", &["a=__Host-lab=k"], None, Some("a=__Host-lab=k")),
            ("a longer name", &["__Host-laboratory=k"], None, Some("__Host-laboratory=k")),
        ];
        for (name, values, own_value, rest) in cases {
            let mut headers = headers(COOKIE, values);
            assert_eq!(own(&headers, Mode::Host), own_value, "case: {name}");
            strip_own(&mut headers, Mode::Host);
            let left = headers.get(COOKIE).map(|value| value.to_str().unwrap());
            assert_eq!(left, rest, "case: {name}");
        }
    }

    #[test]
    fn in_path_mode_the_portals_cookies_stay_with_the_portal() {
        let mut headers = headers(
            COOKIE,
            &["__Host-session=s; archway-forms=f; __Secure-archway-lab=k; theme=dark"],
        );
        assert_eq!(own(&headers, Mode::Path), Some("k"));
        strip_own(&mut headers, Mode::Path);
        assert_eq!(headers.get(COOKIE).unwrap(), "theme=dark");
    }

    #[test]
    fn a_lab_sets_cookies_of_its_own_only() {
        let cases = [
            ("its own", "_xsrf=1; Path=/", true, true),
            ("of its folder", "_xsrf=1; Path=/labs/a1/app/; HttpOnly", true, true),
            ("with a domain", "x=1; Domain=localhost", false, false),
            ("with a domain, oddly spelt", "x=1 ; dOmAiN =.localhost", false, false),
            ("ours", "__Host-lab=x; Path=/; Secure", false, false),
            ("ours in another case", "__HOST-lab=x; Path=/; Secure", false, false),
            ("without a name", "=__Host-lab=x", false, false),
            ("without anything", "__Host-lab", false, false),
            ("another one with a prefix", "__Host-own=x; Path=/; Secure", true, false),
            ("the portal's for its forms", "archway-forms=x; Path=/labs/a1/app/", true, false),
            ("of another lab's folder", "x=1; Path=/labs/b2/app/", true, false),
        ];
        for (name, value, host, path) in cases {
            for (mode, expected) in [(Mode::Host, host), (Mode::Path, path)] {
                let expected = expected && !(mode == Mode::Path && value.ends_with("Path=/"));
                let mut headers = headers(SET_COOKIE, &[value]);
                filter_set(&mut headers, &Place { lab: "a1".to_owned(), mode });
                assert_eq!(headers.contains_key(SET_COOKIE), expected, "case: {name}, {mode:?}");
            }
        }
    }
}
