//! Every spelling of an address we must not be sent to, as the URL parser reads it.

use std::net::IpAddr;

use url::{Host, Url};

use super::Special::{
    Benchmarking, Broadcast, CarrierGrade, Documentation, LinkLocal, Loopback, Metadata, Multicast,
    Private, Reserved, Transition, UniqueLocal, Unspecified,
};
use super::{Special, special};

#[test]
fn every_spelling_of_a_special_address_is_seen_through() {
    let cases: &[(&str, &str, Special)] = &[
        ("loopback", "127.0.0.1", Loopback),
        ("last loopback", "127.255.255.254", Loopback),
        ("short form, two parts", "127.1", Loopback),
        ("short form, three parts", "127.0.1", Loopback),
        ("decimal", "2130706433", Loopback),
        ("hexadecimal", "0x7f000001", Loopback),
        ("hexadecimal in capitals", "0X7F000001", Loopback),
        ("octal", "017700000001", Loopback),
        ("octal parts", "0177.0.0.01", Loopback),
        ("hexadecimal parts", "0x7f.0x0.0x0.0x1", Loopback),
        ("mixed bases", "0x7f.0.01", Loopback),
        ("octal, short", "0177.1", Loopback),
        ("a trailing dot", "127.0.0.1.", Loopback),
        ("full-width digits", "１２７.０.０.１", Loopback),
        ("circled digits", "①②⑦.0.0.1", Loopback),
        ("ideographic full stops", "127。0。0。1", Loopback),
        ("percent-encoded digits", "%31%32%37.0.0.1", Loopback),
        ("percent-encoded dots", "127%2e0%2e0%2e1", Loopback),
        ("user in front", "archive.example@127.0.0.1", Loopback),
        ("user and password in front", "archive.example:443@127.0.0.1", Loopback),
        ("backslash behind", "127.0.0.1\\archive.example", Loopback),
        ("fragment behind", "127.0.0.1#archive.example", Loopback),
        ("IPv6 loopback", "[::1]", Loopback),
        ("IPv6 loopback in full", "[0000:0000:0000:0000:0000:0000:0000:0001]", Loopback),
        ("mapped loopback", "[::ffff:127.0.0.1]", Loopback),
        ("mapped loopback in hexadecimal", "[::ffff:7f00:1]", Loopback),
        ("mapped loopback in full", "[0:0:0:0:0:ffff:7f00:0001]", Loopback),
        ("NAT64 loopback", "[64:ff9b::7f00:1]", Loopback),
        ("NAT64 loopback, dotted", "[64:ff9b::127.0.0.1]", Loopback),
        ("this network", "0.0.0.0", Unspecified),
        ("zero", "0", Unspecified),
        ("hexadecimal zero", "0x0", Unspecified),
        ("another address of this network", "0.1.2.3", Unspecified),
        ("IPv6 unspecified", "[::]", Unspecified),
        ("mapped unspecified", "[::ffff:0.0.0.0]", Unspecified),
        ("private 10", "10.0.0.1", Private),
        ("private 10 in decimal", "167772161", Private),
        ("private 10, short", "10.1", Private),
        ("private 172, first", "172.16.0.1", Private),
        ("private 172, last", "172.31.255.255", Private),
        ("private 192", "192.168.1.1", Private),
        ("private 192 in hexadecimal", "0xc0a80101", Private),
        ("mapped private", "[::ffff:10.0.0.1]", Private),
        ("NAT64 private", "[64:ff9b::a00:1]", Private),
        ("site-local", "[fec0::1]", Private),
        ("link-local", "169.254.1.1", LinkLocal),
        ("IPv6 link-local", "[fe80::1]", LinkLocal),
        ("last IPv6 link-local", "[febf:ffff::1]", LinkLocal),
        ("metadata", "169.254.169.254", Metadata),
        ("metadata in decimal", "2852039166", Metadata),
        ("metadata in hexadecimal", "0xa9fea9fe", Metadata),
        ("metadata in octal parts", "0251.0376.0251.0376", Metadata),
        ("metadata, short", "169.254.43518", Metadata),
        ("mapped metadata", "[::ffff:169.254.169.254]", Metadata),
        ("mapped metadata in hexadecimal", "[::ffff:a9fe:a9fe]", Metadata),
        ("NAT64 metadata", "[64:ff9b::a9fe:a9fe]", Metadata),
        ("container credentials", "169.254.170.2", Metadata),
        ("EC2 metadata on IPv6", "[fd00:ec2::254]", Metadata),
        ("EC2 metadata on IPv6 in full", "[fd00:0ec2:0:0:0:0:0:0254]", Metadata),
        ("another cloud's metadata", "100.100.100.200", Metadata),
        ("another cloud's wire server", "168.63.129.16", Metadata),
        ("carrier-grade NAT, first", "100.64.0.0", CarrierGrade),
        ("carrier-grade NAT, last", "100.127.255.255", CarrierGrade),
        ("unique local", "[fc00::1]", UniqueLocal),
        ("unique local, the used half", "[fd12:3456::1]", UniqueLocal),
        ("multicast", "224.0.0.1", Multicast),
        ("last multicast", "239.255.255.255", Multicast),
        ("IPv6 multicast", "[ff02::1]", Multicast),
        ("broadcast", "255.255.255.255", Broadcast),
        ("broadcast in decimal", "4294967295", Broadcast),
        ("reserved", "240.0.0.1", Reserved),
        ("protocol assignments", "192.0.0.192", Reserved),
        ("6to4 relay", "192.88.99.1", Transition),
        ("documentation 1", "192.0.2.1", Documentation),
        ("documentation 2", "198.51.100.1", Documentation),
        ("documentation 3", "203.0.113.1", Documentation),
        ("IPv6 documentation", "[2001:db8::1]", Documentation),
        ("the newer IPv6 documentation", "[3fff::1]", Documentation),
        ("benchmarking", "198.18.0.1", Benchmarking),
        ("last benchmarking", "198.19.255.255", Benchmarking),
        ("IPv6 benchmarking", "[2001:2::1]", Benchmarking),
        ("compatible loopback", "[::127.0.0.1]", Transition),
        ("compatible public", "[::8.8.8.8]", Transition),
        ("translated loopback", "[::ffff:0:127.0.0.1]", Transition),
        ("local-use NAT64", "[64:ff9b:1::7f00:1]", Transition),
        ("6to4 loopback", "[2002:7f00:1::]", Transition),
        ("Teredo", "[2001:0:7f00:1::]", Transition),
        ("ISATAP loopback", "[2600::5efe:7f00:1]", Transition),
        ("ORCHID", "[2001:20::1]", Reserved),
        ("outside of global unicast", "[4000::1]", Reserved),
    ];
    let names: std::collections::HashSet<_> = cases.iter().map(|(name, ..)| name).collect();
    assert_eq!(names.len(), cases.len(), "a name stands for one case");
    assert!(cases.len() >= 60);
    for &(name, spelling, expected) in cases {
        let url = Url::parse(&format!("http://{spelling}/")).unwrap();
        let address = match url.host().unwrap() {
            Host::Ipv4(v4) => IpAddr::V4(v4),
            Host::Ipv6(v6) => IpAddr::V6(v6),
            Host::Domain(domain) => panic!("case: {name}: {domain} is a name"),
        };
        assert_eq!(special(address), Some(expected), "case: {name}: {address}");
    }
}

#[test]
fn public_addresses_are_public() {
    let cases = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "130.79.128.5",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "193.147.153.130",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:4860:4860::8888",
        "2001:200::1",
        "2600::1",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ];
    for text in cases {
        assert_eq!(special(text.parse().unwrap()), None, "case: {text}");
    }
}

#[test]
fn what_no_url_parser_should_take_for_a_host_is_not_one() {
    let cases = [
        "http://127.0.0.1.1.1/",
        "http://256.256.256.256/",
        "http://0x7f.0x0.0x0.0x1ff/",
        "http://[::1/",
        "http://[::ffff:127.0.0.1.1]/",
        "http://[fe80::1%25eth0]/",
        "http://%00/",
        "http:///",
        "http://a b/",
    ];
    for text in cases {
        let host = Url::parse(text).ok().and_then(|url| url.host().map(|h| h.to_owned()));
        assert!(host.is_none(), "case: {text}: {host:?}");
    }
}
