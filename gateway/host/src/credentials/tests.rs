//! Slots as configured.

use std::collections::BTreeMap;

use super::{BadSlot, Credentials, LoginPart, Scheme, Secret, Slot};
use crate::grants::Hosts;

fn slot(scheme: Scheme, parts: &[(&str, &str)]) -> Result<Slot, BadSlot> {
    let parts: BTreeMap<String, Secret> =
        parts.iter().map(|(part, text)| ((*part).to_owned(), Secret::new(*text))).collect();
    Slot::new("xsa", scheme, parts, Hosts::new(&["a.example:443"]).unwrap(), false)
}

#[test]
fn parts_must_fit_their_scheme() {
    type Parts = &'static [(&'static str, &'static str)];
    let cases: [(&str, Scheme, Parts, bool); 19] = [
        ("basic", Scheme::Basic, &[("user", "u"), ("secret", "s")], true),
        ("basic without a secret", Scheme::Basic, &[("user", "u")], false),
        ("basic with more", Scheme::Basic, &[("user", "u"), ("secret", "s"), ("x", "y")], false),
        ("bearer", Scheme::Bearer, &[("token", "t")], true),
        ("bearer under another name", Scheme::Bearer, &[("secret", "t")], false),
        ("header", Scheme::Header, &[("X-Api-Key", "k")], true),
        ("the authorization header", Scheme::Header, &[("Authorization", "Token k")], true),
        ("a cookie", Scheme::Header, &[("Cookie", "a=b")], false),
        ("the host header", Scheme::Header, &[("Host", "evil.example")], false),
        ("two headers", Scheme::Header, &[("A", "1"), ("B", "2")], false),
        ("parameters", Scheme::QueryParameter, &[("AIOUSER", "u"), ("AIOPWD", "p")], true),
        ("login", Scheme::Login, &[("user", "u"), ("secret", "s")], true),
        ("an empty slot", Scheme::Bearer, &[], true),
        ("an empty part", Scheme::Bearer, &[("token", "")], false),
        ("a line break", Scheme::Bearer, &[("token", "a\r\nHost: evil")], false),
        ("a NUL", Scheme::Login, &[("user", "u"), ("secret", "a\0")], false),
        ("OAuth 2", Scheme::Oauth2, &[], false),
        ("an empty certificate slot", Scheme::ClientCertificate, &[], true),
        ("a certificate without a key", Scheme::ClientCertificate, &[("certificate", "x")], false),
    ];
    for (name, scheme, parts, sound) in cases {
        assert_eq!(slot(scheme, parts).is_ok(), sound, "case: {name}");
    }
}

#[test]
fn a_bad_slot_says_what_is_wanted_and_never_what_is_in_it() {
    let said = |scheme, parts| slot(scheme, parts).unwrap_err().to_string();
    insta::assert_snapshot!(said(Scheme::S3, &[]), @"credentials.xsa.scheme: `s3` is not supported yet; basic, bearer, header, query-parameter, client-certificate and login are");
    insta::assert_snapshot!(said(Scheme::Basic, &[("user", "u"), ("password", "p")]), @r#"credentials.xsa: basic wants `user` and `secret`, found ["password", "user"]"#);
    insta::assert_snapshot!(said(Scheme::Bearer, &[("token", "ab\n")]), @"credentials.xsa.token is empty, or holds a line break or another control character");
}

#[test]
fn a_certificate_must_fit_its_key_and_neither_is_printed() {
    let identity = || {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["gateway".to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    let ((certificate, key), (_, foreign)) = (identity(), identity());
    let made = |certificate: &str, key: &str| {
        slot(Scheme::ClientCertificate, &[("certificate", certificate), ("key", key)])
    };
    // As they come from a file whose last line break was taken off.
    let sound = made(certificate.trim_end(), key.trim_end()).unwrap();
    assert!(sound.filled());
    let printed = format!("{sound:?}");
    assert!(!printed.contains("BEGIN") && printed.len() < 300, "{printed}");
    let said = |certificate: &str, key: &str| made(certificate, key).unwrap_err().to_string();
    insta::assert_snapshot!(said("", &key), @"credentials.xsa: certificate has no certificate (-----BEGIN CERTIFICATE-----)");
    insta::assert_snapshot!(said(&certificate, "hunter2"), @"credentials.xsa: key has no private key that is not encrypted (-----BEGIN PRIVATE KEY-----)");
    insta::assert_snapshot!(said(&certificate, &certificate), @"credentials.xsa: key has no private key that is not encrypted (-----BEGIN PRIVATE KEY-----)");
    insta::assert_snapshot!(said(&certificate, &foreign), @"credentials.xsa: certificate and key cannot be used together: keys may not be consistent: KeyMismatch");
}

#[test]
fn scheme_names_are_those_of_the_contract() {
    for scheme in Scheme::ALL {
        assert_eq!(Scheme::named(scheme.name()), Some(scheme));
    }
    assert_eq!(Scheme::named("digest"), None);
}

#[test]
fn every_spelling_of_a_secret_is_taken_out_of_a_text() {
    let secret = "p&ss w%rd+é";
    let slots = [slot(Scheme::Basic, &[("user", "u"), ("secret", secret)]).unwrap()];
    let credentials = Credentials::new("x", slots);
    let mut url = url::Url::parse("http://a.example/").unwrap();
    url.query_pairs_mut().append_pair("q", secret);
    let cases = [
        ("raw", format!("a {secret} b")),
        ("form", url.to_string()),
        ("percent-encoded", "p%26ss%20w%25rd%2B%C3%A9".to_owned()),
        ("basic", "Basic dTpwJnNzIHclcmQrw6k=".to_owned()),
        ("twice", format!("{secret}{secret}")),
    ];
    for (name, text) in cases {
        let clean = credentials.redact(&text);
        assert!(clean.contains("***"), "case: {name}: {clean}");
        for trace in ["p&ss", "p%26ss", "w%25rd", "dTpw"] {
            assert!(!clean.contains(trace), "case: {name}: {clean}");
        }
        assert_eq!(credentials.found_in(&text), Some("xsa"), "case: {name}");
    }
    assert_eq!(credentials.redact("nothing here"), "nothing here");
    assert_eq!(format!("{credentials:?}").matches("***").count(), 2, "{credentials:?}");
}

#[test]
fn a_login_is_for_dialogues_only() {
    let login = slot(Scheme::Login, &[("user", "u"), ("secret", "s")]).unwrap();
    assert_eq!(login.login_part(LoginPart::User), Some("u"));
    assert_eq!(login.login_part(LoginPart::Secret), Some("s"));
    let bearer = slot(Scheme::Bearer, &[("token", "t")]).unwrap();
    assert_eq!(bearer.login_part(LoginPart::Secret), None);
}
