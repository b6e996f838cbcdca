//! Which lab a request is for, by its host name or, in path mode, by its path; and the URLs of labs.

use std::borrow::Cow;

use hyper::Request;
use hyper::header::HOST;

/// Below this path of a lab's own lies what the gateway itself answers.
pub(super) const OWN_PATH: &str = ".archway/";

/// The addresses that labs have in browsers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// `http` or `https`, as the browser sees it.
    pub scheme: String,
    /// A lab is `<id>.<domain>`. In production a registrable domain of its own.
    pub domain: String,
    /// The port in the browser's address, where it is not the usual one of the scheme.
    pub port: Option<u16>,
    /// The portal's origin, without a slash at its end.
    pub portal: String,
    /// Whether labs are at `/labs/{id}/app/` of the portal's own origin too.
    pub path_mode: bool,
}

impl Origins {
    /// Labs at `http://<id>.localhost:<port>`, beside a portal at `http://localhost:<port>`.
    pub fn loopback(port: u16) -> Self {
        Self {
            scheme: "http".to_owned(),
            domain: "localhost".to_owned(),
            port: Some(port),
            portal: format!("http://localhost:{port}"),
            path_mode: false,
        }
    }

    /// Where a lab is: its origin and a slash, or in path mode its folder on the portal.
    pub(super) fn lab_url(&self, lab: &str) -> String {
        let Self { scheme, domain, port, portal, path_mode } = self;
        match (path_mode, port) {
            (true, _) => format!("{portal}/labs/{lab}/app/"),
            (false, Some(port)) => format!("{scheme}://{lab}.{domain}:{port}/"),
            (false, None) => format!("{scheme}://{lab}.{domain}/"),
        }
    }

    /// Every lab's origin, as a content security policy names them.
    pub(crate) fn every_lab(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://*.{}{port}", self.scheme, self.domain)
    }

    /// The portal's page of a lab.
    pub(super) fn portal_page(&self, lab: &str) -> String {
        format!("{}/labs/{lab}", self.portal)
    }

    /// The lab that a request is for; `None` for one that is the portal's own affair.
    pub(crate) fn place_of<B>(&self, request: &Request<B>) -> Option<Place> {
        let host = authority_of(request)?;
        if let Some(lab) = self.label_of(host) {
            return Some(Place { lab: lab.into_owned(), mode: Mode::Host });
        }
        let inside = request.uri().path().strip_prefix("/labs/").filter(|_| self.path_mode)?;
        let (lab, rest) = inside.split_once('/')?;
        let application = rest == "app" || rest.starts_with("app/");
        (application && is_label(lab)).then(|| Place { lab: lab.to_owned(), mode: Mode::Path })
    }

    /// The one label before the domain, in lower case. Deeper names are no lab's.
    fn label_of<'a>(&self, host: &'a str) -> Option<Cow<'a, str>> {
        let name = without_port(host);
        let cut = name.len().checked_sub(self.domain.len() + 1)?;
        let (label, dot_domain) = name.split_at_checked(cut)?;
        let domain = dot_domain.strip_prefix('.')?;
        if !domain.eq_ignore_ascii_case(&self.domain) || label.contains('.') {
            return None;
        }
        // A name that no lab can have goes on to the page that every unknown lab has.
        let lower = !label.bytes().any(|byte| byte.is_ascii_uppercase());
        Some(if lower { Cow::Borrowed(label) } else { Cow::Owned(label.to_ascii_lowercase()) })
    }
}

/// A place that belongs to a lab, whether there is one or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// As it stands in the address: nothing about it is known yet.
    pub(super) lab: String,
    pub(super) mode: Mode,
}

/// How labs are told apart in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// An origin for each.
    Host,
    /// Folders of the portal's origin, which gives less protection.
    Path,
}

impl Place {
    /// Whether the lab is apart from the portal for a browser.
    pub(crate) fn has_own_origin(&self) -> bool {
        self.mode == Mode::Host
    }

    /// What every path of this place begins with, as browsers see it.
    pub(super) fn prefix(&self) -> Cow<'static, str> {
        match self.mode {
            Mode::Host => Cow::Borrowed("/"),
            Mode::Path => Cow::Owned(format!("/labs/{}/app/", self.lab)),
        }
    }

    /// What the gateway itself answers here: `enter`, say.
    pub(super) fn own_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = match self.mode {
            Mode::Host => path.strip_prefix('/')?,
            Mode::Path => path.strip_prefix(self.prefix().as_ref())?,
        };
        rest.strip_prefix(OWN_PATH)
    }

    /// Whether a lab can have this name at all, so that it may stand in a page.
    pub(super) fn is_plausible(&self) -> bool {
        is_label(&self.lab)
    }
}

/// A DNS label in lower case.
fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(plain)
}

/// The name a request is sent to: of its target where it stands there (HTTP/2), else `Host`.
pub(crate) fn authority_of<B>(request: &Request<B>) -> Option<&str> {
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(HOST)?.to_str().ok(),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(origins: &Origins, host: &str, path: &str) -> Option<(String, Mode)> {
        let request = Request::get(path).header("host", host).body(()).unwrap();
        origins.place_of(&request).map(|place| (place.lab, place.mode))
    }

    #[test]
    fn a_lab_is_one_label_before_the_domain() {
        let origins = Origins::loopback(8470);
        let cases = [
            ("with the port", "a1b2.localhost:8470", Some("a1b2")),
            ("without", "a1b2.localhost", Some("a1b2")),
            ("in any case", "A1B2.LocalHost:8470", Some("a1b2")),
            ("the portal", "localhost:8470", None),
            ("a deeper name", "x.a1b2.localhost:8470", None),
            ("a name that only ends so", "a1b2.evil-localhost", None),
            ("nothing before the domain", ".localhost", Some("")),
            ("another domain", "a1b2.example.org", None),
            ("a trailing dot", "a1b2.localhost.", None),
            ("an address", "127.0.0.1:8470", None),
            ("letters of other scripts", "é.localhost", None),
        ];
        for (name, host, expected) in cases {
            let found = place(&origins, host, "/").map(|(lab, _)| lab);
            // What is no ASCII is no header value that has a text.
            assert_eq!(found.as_deref(), expected, "case: {name}");
        }
    }

    #[test]
    fn path_mode_is_off_unless_it_is_configured() {
        let mut origins = Origins::loopback(8470);
        assert_eq!(place(&origins, "localhost:8470", "/labs/a1/app/lab"), None);
        origins.path_mode = true;
        let lab = Some(("a1".to_owned(), Mode::Path));
        let cases = [
            ("the application", "/labs/a1/app/lab", lab.clone()),
            ("its folder", "/labs/a1/app/", lab.clone()),
            ("its folder without the slash", "/labs/a1/app", lab),
            ("the portal's own page of the lab", "/labs/a1", None),
            ("another of the portal's pages", "/labs/a1/apple", None),
            ("a name that no lab has", "/labs/A%2f/app/", None),
        ];
        for (name, path, expected) in cases {
            assert_eq!(place(&origins, "localhost:8470", path), expected, "case: {name}");
        }
    }
}
