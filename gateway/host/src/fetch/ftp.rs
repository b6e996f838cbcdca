//! A path on an FTP server as the URL that a plugin opens.
//!
//! Called by `fetch.rs`. Pure. The form is that of `open` in `wit/archive/archive.wit`: the user
//! part names a credential slot, and every byte of the path survives (RFC 3986, 2.1).

use archway_core::access::{FtpSecurity, FtpWay};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters and the slash.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Scheme and URL.
pub(super) fn locator(way: &FtpWay) -> (&'static str, String) {
    let scheme = match way.security {
        FtpSecurity::Plain => "ftp",
        FtpSecurity::ExplicitTls => "ftpes",
        FtpSecurity::ImplicitTls => "ftps",
    };
    let slot =
        way.credential.as_deref().map(|slot| format!("{}@", encoded(slot).replace('/', "%2F")));
    let host = match way.host.contains(':') && !way.host.starts_with('[') {
        true => format!("[{}]", way.host),
        false => way.host.clone(),
    };
    let path = way.path.strip_prefix('/').unwrap_or(&way.path);
    let slot = slot.unwrap_or_default();
    (scheme, format!("{scheme}://{slot}{host}:{}/{}", way.port, encoded(path)))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::locator;
    use archway_core::access::{FtpSecurity, FtpWay};

    #[test]
    fn every_byte_of_a_path_survives() {
        let way = |path: &str, host: &str, credential: Option<&str>, security| FtpWay {
            host: host.to_owned(),
            port: 21,
            path: path.to_owned(),
            security,
            credential: credential.map(str::to_owned),
        };
        let (plain, slot) = (FtpSecurity::Plain, Some("esa/ftp"));
        let cases = [
            (way("/a/b.gz", "igs.example", None, plain), "ftp://igs.example:21/a/b.gz"),
            (
                way("//a b?#%é", "igs.example", None, plain),
                "ftp://igs.example:21//a%20b%3F%23%25%C3%A9",
            ),
            (way("a", "::1", None, FtpSecurity::ImplicitTls), "ftps://[::1]:21/a"),
            (way("/a", "h", slot, FtpSecurity::ExplicitTls), "ftpes://esa%2Fftp@h:21/a"),
        ];
        for (way, expected) in cases {
            assert_eq!(locator(&way).1, expected);
        }
    }
}
