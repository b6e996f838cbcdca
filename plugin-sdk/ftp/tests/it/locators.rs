//! URLs of files.

use archway_ftp::{Locator, Login, Security, Server};
use archway_plugin::Error;

#[test]
fn urls_are_read_with_their_scheme_slot_and_path() {
    let cases = [
        ("ftp://h/a/b.txt", Security::Plain, "h", 21, None, "/a/b.txt"),
        ("FTP://h:2121/a", Security::Plain, "h", 2121, None, "/a"),
        ("ftps://h/a", Security::ImplicitTls, "h", 990, None, "/a"),
        ("ftpes://archive@h/a", Security::ExplicitTls, "h", 21, Some("archive"), "/a"),
        ("ftp://@h/a", Security::Plain, "h", 21, None, "/a"),
        ("ftp://[::1]:21/a", Security::Plain, "::1", 21, None, "/a"),
        ("ftp://h/a%20b%3Fc", Security::Plain, "h", 21, None, "/a b?c"),
        ("ftp://h/a?b#c", Security::Plain, "h", 21, None, "/a?b#c"),
        ("ftp://h/a;type=i", Security::Plain, "h", 21, None, "/a"),
        ("ftp://h/%FF", Security::Plain, "h", 21, None, "/\u{efff}"),
        ("ftp://h/ü", Security::Plain, "h", 21, None, "/ü"),
    ];
    for (url, security, host, port, slot, path) in cases {
        let found = Locator::parse(url).unwrap();
        let login = slot.map_or(Login::anonymous(), |slot| Login::Slot(slot.into()));
        let server = Server { host: host.into(), port, security, login };
        assert_eq!(found, Locator { server, path: path.into() }, "case: {url}");
    }
}

#[test]
fn what_is_no_url_of_a_file_is_refused() {
    let cases = [
        "http://h/a",
        "h/a",
        "ftp://h",
        "ftp:///a",
        "ftp://h:x/a",
        "ftp://u:p@h/a",
        "ftp://h/%zz",
        "ftp://h/%0D%0ADELE",
        "ftp://h/a%00",
        "ftp://h/../a",
        "ftp://h/a/%2E%2E/b",
        "ftp://h/%",
    ];
    for url in cases {
        let found = Locator::parse(url);
        assert!(matches!(found, Err(Error::InvalidQuery(_))), "case: {url}: {found:?}");
    }
}

#[test]
fn a_url_leads_back_to_its_path() {
    for path in [
        "/a b",
        "/ü",
        "/\u{efff}\u{efe9}",
        "/100%",
        "/a?b#c;d",
        "/;type=i/x",
        "/a\tb",
        "/\u{efee}\u{efbf}\u{efa9}",
    ] {
        for (security, port) in [(Security::Plain, 21), (Security::ImplicitTls, 2990)] {
            let server = Server { host: "h".into(), port, security, login: Login::anonymous() };
            let url = Locator::url(&server, path);
            assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
            assert_eq!(
                Locator::parse(&url).unwrap(),
                Locator { server, path: path.into() },
                "{url}"
            );
        }
    }
}
