//! The attacks on a grant, as rows.

use url::Url;

use super::{Denial, Endpoint, Granted, Grants, Hosts, List, Requests, expand_requests};
use crate::egress::address::Special;

fn strings(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|p| (*p).to_owned()).collect()
}

fn grants(requested: &[&str], granted: &[&str], addresses: &[&str]) -> Grants {
    let requests = Requests { http: strings(requested), tcp: vec![] };
    let granted = Granted { http: strings(granted), tcp: vec![], addresses: strings(addresses) };
    Grants::new("gaia", &requests, &granted).unwrap()
}

#[test]
fn hosts_are_meant_by_name_by_domain_or_by_address() {
    let hosts = Hosts::new(&[
        "gea.esac.esa.int:443",
        "*.cadc.example:443",
        "127.0.0.1:8471",
        "[::1]:80",
        "bücher.example:443",
    ])
    .unwrap();
    let cases = [
        ("exact", "https://gea.esac.esa.int/", true),
        ("another port", "https://gea.esac.esa.int:22/", false),
        ("case does not matter", "https://GEA.ESAC.ESA.INT/", true),
        ("subdomain of a wildcard", "https://ws.cadc.example/", true),
        ("two levels below a wildcard", "https://a.ws.cadc.example/", true),
        ("the domain itself is not a subdomain", "https://cadc.example/", false),
        ("an empty label before the domain", "https://.cadc.example/", false),
        ("a suffix without a dot", "https://evilcadc.example/", false),
        ("another host", "https://esac.esa.int/", false),
        ("a granted name as a prefix", "https://gea.esac.esa.int.evil.example/", false),
        ("a granted name as user", "https://gea.esac.esa.int@evil.example/", false),
        ("a granted name before a backslash", "https://evil.example\\gea.esac.esa.int/", false),
        ("a trailing dot", "https://gea.esac.esa.int./", false),
        ("plain http is another port", "http://gea.esac.esa.int/", false),
        ("an address", "http://127.0.0.1:8471/", true),
        ("the same address spelt shorter", "http://127.1:8471/", true),
        ("the same address, another port", "http://127.0.0.1:8470/", false),
        ("the mapped form is another host", "http://[::ffff:127.0.0.1]:8471/", false),
        ("an IPv6 address", "http://[0:0::1]/", true),
        ("Punycode and Unicode are one name", "https://xn--bcher-kva.example/", true),
        ("full-width letters are the same name", "https://ＧＥＡ.esac.esa.int/", true),
    ];
    for (name, url, expected) in cases {
        let endpoint = Endpoint::of_url(&Url::parse(url).unwrap()).unwrap();
        assert_eq!(hosts.contain(&endpoint), expected, "case: {name}");
    }
}

#[test]
fn a_pattern_that_means_too_much_or_nothing_is_refused() {
    let patterns = [
        "*:443",
        "*.int:443",
        "*esa.int:443",
        "a.*.b:443",
        "*.*.b.c:443",
        "https://a.b:443",
        "a.b",
        "a.b:x",
        "a.b:0",
        "a.b:70000",
        "a.b.:443",
        ".a.b:443",
        "",
        ":443",
        "127.1:80",
        "0x7f000001:80",
        "2130706433:80",
        "*.0.0.1:80",
        "*.127.0.0.1:80",
        "::1:80",
        "user@a.b:443",
        "a.b/c:443",
        "a b:443",
    ];
    for pattern in patterns {
        assert!(Hosts::new(&[pattern]).is_err(), "case: {pattern:?}");
    }
}

#[test]
fn both_sides_must_allow_and_the_refusal_names_the_line() {
    let grants = grants(
        &["gea.esac.esa.int:443", "both.example:443"],
        &["other.example:443", "both.example:443"],
        &[],
    );
    let said = |host| match grants.check(List::Http, &Endpoint::new(host, 443).unwrap()) {
        Ok(()) => "allowed".to_owned(),
        Err(denial) => denial.to_string(),
    };
    assert_eq!(said("both.example"), "allowed");
    insta::assert_snapshot!(said("gea.esac.esa.int"), @r#"add "gea.esac.esa.int:443" to grants.http in config/archives/gaia.toml"#);
    insta::assert_snapshot!(said("other.example"), @r#"the plugin does not ask for "other.example:443": requests.http in plugin.toml"#);
    insta::assert_snapshot!(said("evil.example"), @r#"the plugin does not ask for "evil.example:443": requests.http in plugin.toml; if it should, also add "evil.example:443" to grants.http in config/archives/gaia.toml"#);
    let denial = grants.check(List::Tcp, &Endpoint::new("both.example", 443).unwrap());
    assert!(matches!(denial, Err(Denial::Neither { .. })), "http does not grant tcp");
}

#[test]
fn a_special_address_opens_by_its_literal_or_by_a_range() {
    let grants = grants(
        &[],
        &["127.0.0.1:8471", "[fd00::1]:80", "169.254.169.254:80"],
        &["10.1.0.0/16", "169.254.0.0/16"],
    );
    let cases = [
        ("the literal", "127.0.0.1:8471", Special::Loopback, true),
        ("the literal in its mapped form", "[::ffff:127.0.0.1]:8471", Special::Loopback, true),
        ("another port", "127.0.0.1:8470", Special::Loopback, false),
        ("another loopback address", "127.0.0.2:8471", Special::Loopback, false),
        ("in the range, any port", "10.1.2.3:5432", Special::Private, true),
        ("outside of the range", "10.2.0.1:443", Special::Private, false),
        ("an IPv6 literal", "[fd00::1]:80", Special::UniqueLocal, true),
        ("metadata by its literal", "169.254.169.254:80", Special::Metadata, true),
        ("metadata by a range", "169.254.169.254:8080", Special::Metadata, false),
    ];
    for (name, address, special, expected) in cases {
        let open = grants.open_special(List::Http, address.parse().unwrap(), special);
        assert_eq!(open, expected, "case: {name}");
    }
}

#[test]
fn every_bad_line_is_reported() {
    let granted = Granted {
        http: strings(&["https://a.b"]),
        tcp: strings(&["ftp.b"]),
        addresses: strings(&["10.0.0.0"]),
    };
    let bad = Grants::new("x", &Requests::default(), &granted).unwrap_err();
    let said: Vec<String> = bad.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    `https://a.b` is not `host:port` or `*.domain.tld:port`, as in "gea.esac.esa.int:443"
    `ftp.b` is not `host:port` or `*.domain.tld:port`, as in "gea.esac.esa.int:443"
    `10.0.0.0` is not a range of addresses, as in "10.1.0.0/16"
    "#);
}

#[test]
fn settings_become_hosts_and_ports() {
    let setting = |name: &str| match name {
        "base_url" => strings(&["https://Gea.esac.esa.int/tap-server/tap"]),
        "mirrors" => strings(&["http://a.example:8080/x", "ftp://b.example/", "c.example:443"]),
        "host" => strings(&["ftp.example"]),
        "port" => strings(&["2121"]),
        "bad" => strings(&["no url"]),
        _ => vec![],
    };
    let expand = |pattern: &str| expand_requests(&strings(&[pattern]), setting);
    let cases: [(&str, &[&str]); 6] = [
        ("{settings.base_url}", &["gea.esac.esa.int:443"]),
        ("{settings.mirrors}", &["a.example:8080", "b.example:21", "c.example:443"]),
        ("{settings.host}:21", &["ftp.example:21"]),
        ("{settings.host}:{settings.port}", &["ftp.example:2121"]),
        ("{settings.unset}", &[]),
        ("plain.example:443", &["plain.example:443"]),
    ];
    for (pattern, expected) in cases {
        assert_eq!(expand(pattern).unwrap(), strings(expected), "case: {pattern}");
    }
    assert!(expand("{settings.bad}").is_err());
    assert!(expand("{settings.open").is_err());
}
