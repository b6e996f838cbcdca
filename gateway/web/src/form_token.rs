//! The token in the portal's forms: only a page of ours knows it, and only for the browser that
//! was shown the page.
//!
//! A browser keeps a random value in a cookie; the token is that value under the gateway's key.
//! Nothing is kept here. Checked by `middleware/signed_forms.rs`, shown by the portal.

use std::convert::Infallible;
use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::cookie;

/// The name of the token's field in every form.
pub(crate) const FIELD: &str = "token";
/// The cookie of a portal over TLS: no other name of the domain can set it.
const SECURE_COOKIE: &str = "__Host-archway-forms";
/// The same where there is no TLS: a browser would not take it with that prefix.
pub(crate) const PLAIN_COOKIE: &str = "archway-forms";

/// Signs forms.
#[derive(Clone)]
pub struct FormKey([u8; 32]);

impl FormKey {
    /// Made from a key that signs other things too, so that no signature is good for both.
    pub fn derived(from: &[u8; 32]) -> Self {
        Self(signed(from, b"the forms of the portal"))
    }

    fn token_bytes(&self, browser: &BrowserValue) -> [u8; 32] {
        signed(&self.0, browser.0.as_bytes())
    }

    /// What the forms of a page have that is shown to that browser.
    pub(crate) fn token(&self, browser: &BrowserValue) -> FormToken {
        FormToken(URL_SAFE_NO_PAD.encode(self.token_bytes(browser)))
    }

    /// Whether a form that came from that browser was on a page of ours.
    pub(crate) fn fits(&self, browser: &BrowserValue, token: &str) -> bool {
        let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return false };
        mac(&self.0, browser.0.as_bytes()).verify_slice(&token).is_ok()
    }
}

impl fmt::Debug for FormKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormKey")
    }
}

fn mac(key: &[u8; 32], text: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
    <Hmac<Sha256> as hmac::Mac>::chain_update(mac, text)
}

fn signed(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    mac(key, text).finalize().into_bytes().into()
}

/// What a browser keeps: 128 random bits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BrowserValue(String);

impl BrowserValue {
    /// A new one.
    pub(crate) fn made() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("a kernel that has started gives random bytes");
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// That of the headers of a request; `secure` is whether browsers see the portal over TLS.
    pub(crate) fn of(headers: &axum::http::HeaderMap, secure: bool) -> Option<Self> {
        let value = cookie::named(headers, cookie_name(secure))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (value.len() == 22 && value.bytes().all(plain)).then(|| Self(value.to_owned()))
    }

    /// The cookie that keeps it until the browser ends. Lax: a page that is reached by a link from
    /// elsewhere sees the same value as the others that are open, and no page elsewhere posts with
    /// it either way.
    pub(crate) fn cookie(&self, secure: bool) -> String {
        let (name, value) = (cookie_name(secure), &self.0);
        let secure = if secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/{secure}; HttpOnly; SameSite=Lax")
    }
}

fn cookie_name(secure: bool) -> &'static str {
    if secure { SECURE_COOKIE } else { PLAIN_COOKIE }
}

/// The token for the forms of one answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct FormToken(String);

impl fmt::Display for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for FormToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_browser_and_its_gateway_alone() {
        let [key, other_key] = [[1; 32], [2; 32]].map(|key| FormKey::derived(&key));
        let [browser, other] = [(); 2].map(|()| BrowserValue::made());
        let token = key.token(&browser).to_string();
        assert!(key.fits(&browser, &token));
        assert!(!key.fits(&other, &token));
        assert!(!other_key.fits(&browser, &token));
        for wrong in ["", "AAAA", "not base64!", &token[..42], &format!("{token}AA")] {
            assert!(!key.fits(&browser, wrong), "case: {wrong}");
        }
    }

    #[test]
    fn a_browsers_value_is_read_as_it_was_set_and_nothing_else_is_one() {
        let made = BrowserValue::made();
        for secure in [false, true] {
            let set = made.cookie(secure);
            let sent = set.split(';').next().unwrap();
            let cases = [
                ("alone", sent.to_owned(), true),
                ("among others", format!("a=1; {sent};b=2"), true),
                ("of another name", format!("x{sent}"), false),
                ("too short", sent[..sent.len() - 1].to_owned(), false),
                ("too long", format!("{sent}A"), false),
                ("with a letter that is none", sent.replace(&made.0[..1], "%"), false),
            ];
            for (name, header, expected) in cases {
                let mut headers = axum::http::HeaderMap::new();
                headers.insert("cookie", header.parse().unwrap());
                let found = BrowserValue::of(&headers, secure);
                assert_eq!(found == Some(made.clone()), expected, "case: {name}, {secure}");
                assert!(BrowserValue::of(&headers, !secure).is_none(), "case: {name}, {secure}");
            }
        }
    }
}
