//! How a browser gets into a lab: a code that works once, from the portal to the lab's own origin.
//!
//! Called by `forward.rs` for `/.archway/enter?code=...&to=...`; codes are made for the surfaces
//! by [`LabProxy::entry_url`](super::LabProxy::entry_url). Rules: a code is bound to user and lab,
//! works for a minute, and is burnt by its first use, right or wrong; where it leads is a path of
//! the same lab and nothing else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use archway_core::owner::Owner;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::sessions::{Hash, hash, secret};

/// How long a code works.
const LASTS: Duration = Duration::from_secs(60);
/// Codes at once; nobody asks for so many in a minute.
const MOST: usize = 10_000;

/// Codes that were given and not used yet.
#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<HashMap<Hash, Code>>);

#[derive(Debug)]
struct Code {
    lab: String,
    owner: Owner,
    until: Instant,
}

impl Codes {
    /// Makes one.
    pub(super) fn give(&self, lab: &str, owner: &Owner, now: Instant) -> String {
        let code = secret();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, code| code.until > now);
        if all.len() >= MOST {
            let first = all.iter().min_by_key(|(_, code)| code.until).map(|(hash, _)| *hash);
            first.and_then(|first| all.remove(&first));
        }
        let given = Code { lab: lab.to_owned(), owner: owner.clone(), until: now + LASTS };
        all.insert(hash(&code), given);
        code
    }

    /// Burns one; whose it was, if it was for this lab and not too old.
    pub(super) fn burn(&self, code: &str, lab: &str, now: Instant) -> Option<Owner> {
        let burnt = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash(code))?;
        (burnt.lab == lab && burnt.until > now).then_some(burnt.owner)
    }
}

/// What is not written as it is in a path with a query.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The path below `base` that `to` names; `base` itself where it names something else.
pub(super) fn landing(base: &str, to: &str) -> String {
    let below = to.strip_prefix(base).unwrap_or(to).trim_start_matches('/');
    let path = below.split(['?', '#']).next().unwrap_or_default();
    let climbs = path.split(['/', '\\']).any(|part| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == ".." || part == "."
    });
    // A backslash is a slash to browsers, and two of them begin a host.
    if climbs || path.contains('\\') || path.to_ascii_lowercase().contains("%5c") {
        return base.to_owned();
    }
    format!("{base}{}", utf8_percent_encode(below, UNSAFE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner("local".to_owned())
    }

    #[test]
    fn a_code_works_once_for_a_minute_and_for_its_lab() {
        let codes = Codes::default();
        let now = Instant::now();
        let [first, late, other] = [(); 3].map(|()| codes.give("a1", &owner(), now));
        assert_eq!(first.len(), 22, "128 bits");
        assert_eq!(codes.burn(&first, "a1", now + Duration::from_secs(59)), Some(owner()));
        assert_eq!(codes.burn(&first, "a1", now), None, "used twice");
        assert_eq!(codes.burn(&late, "a1", now + LASTS), None, "too late");
        assert_eq!(codes.burn(&other, "b2", now), None, "for another lab");
        assert_eq!(codes.burn(&other, "a1", now), None, "burnt by the wrong use");
        assert_eq!(codes.burn("guessed", "a1", now), None);
    }

    #[test]
    fn codes_nobody_used_go() {
        let codes = Codes::default();
        let now = Instant::now();
        codes.give("a1", &owner(), now);
        codes.give("a1", &owner(), now + LASTS);
        assert_eq!(codes.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn an_entry_leads_into_the_lab_and_nowhere_else() {
        let cases = [
            ("a notebook", "lab/tree/x.ipynb", "/lab/tree/x.ipynb"),
            ("with a slash before it", "/lab/tree/x.ipynb", "/lab/tree/x.ipynb"),
            ("nothing", "", "/"),
            (
                "with a query",
                "vnc.html?path=websockify&resize=remote",
                "/vnc.html?path=websockify&resize=remote",
            ),
            ("with letters", "lab/tree/größe 1.ipynb", "/lab/tree/gr%C3%B6%C3%9Fe%201.ipynb"),
            ("encoded already", "lab/tree/a%20b.ipynb", "/lab/tree/a%20b.ipynb"),
            ("another host", "//evil.example/x", "/evil.example/x"),
            ("another scheme", "https://evil.example", "/https://evil.example"),
            ("with a backslash", "/\\evil.example", "/"),
            ("with an encoded one", "%5Cevil.example", "/"),
            ("up", "lab/../../x", "/"),
            ("up, encoded", "lab/%2E%2e/x", "/"),
            ("two dots in a query", "lab?x=..", "/lab?x=.."),
            ("a line break", "lab\r\nSet-Cookie: a=1", "/lab%0D%0ASet-Cookie:%20a=1"),
        ];
        for (name, to, expected) in cases {
            assert_eq!(landing("/", to), expected, "case: {name}");
        }
        assert_eq!(landing("/labs/a1/app/", "/labs/a1/app/lab"), "/labs/a1/app/lab");
        assert_eq!(landing("/labs/a1/app/", "../../b2/app/"), "/labs/a1/app/");
    }
}
