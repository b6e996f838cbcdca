//! Which addresses are not the public internet.
//!
//! Called by `connector.rs` for every address a name resolves to. Pure.
//!
//! Rule that holds here and nowhere else: what is not known to be public is special.
//! Forms that carry an IPv4 address inside are judged by what they carry, or refused.
//!
//! Not here: whether the operator opened a special address (`grants.rs`).
//!
//! Source: the IANA IPv4 and IPv6 special-purpose address registries (RFC 6890).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// This machine: 127/8, `::1`.
    Loopback,
    /// 10/8, 172.16/12, 192.168/16 (RFC 1918), `fec0::/10`.
    Private,
    /// 169.254/16, `fe80::/10`.
    LinkLocal,
    /// A cloud's metadata service, the first aim of a forged request.
    Metadata,
    /// 100.64/10 (RFC 6598).
    CarrierGrade,
    /// `fc00::/7`.
    UniqueLocal,
    /// 224/4, `ff00::/8`.
    Multicast,
    /// 255.255.255.255.
    Broadcast,
    /// 0/8, `::`.
    Unspecified,
    /// Kept for documents: 192.0.2/24, `2001:db8::/32`, ….
    Documentation,
    /// 198.18/15, `2001:2::/48`.
    Benchmarking,
    /// An IPv4 address inside an IPv6 one, of a kind nobody needs today.
    Transition,
    /// Everything else that is not handed out to hosts.
    Reserved,
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "the address of a cloud's metadata service",
            Self::CarrierGrade => "a carrier-grade NAT address",
            Self::UniqueLocal => "a unique local address",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Unspecified => "an unspecified address",
            Self::Documentation => "an address kept for documentation",
            Self::Benchmarking => "an address kept for benchmarking",
            Self::Transition => "an IPv4 address inside an IPv6 transition form",
            Self::Reserved => "a reserved address",
        })
    }
}

/// Metadata services outside of the link-local range, or with an address of their own in it.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x254),
];

/// Returns why `address` is not public, or `None` if it is.
pub fn special(address: IpAddr) -> Option<Special> {
    match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    }
}

fn special_v4(ip: Ipv4Addr) -> Option<Special> {
    if METADATA_V4.contains(&ip) {
        return Some(Special::Metadata);
    }
    Some(match ip.octets() {
        [0, ..] => Special::Unspecified,
        [127, ..] => Special::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Special::Private,
        [169, 254, ..] => Special::LinkLocal,
        [100, 64..=127, ..] => Special::CarrierGrade,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Special::Documentation,
        [198, 18 | 19, ..] => Special::Benchmarking,
        [192, 0, 0, _] | [192, 31, 196, _] | [192, 52, 193, _] | [192, 175, 48, _] => {
            Special::Reserved
        }
        [192, 88, 99, _] => Special::Transition,
        [224..=239, ..] => Special::Multicast,
        [255, 255, 255, 255] => Special::Broadcast,
        [240..=255, ..] => Special::Reserved,
        _ => return None,
    })
}

fn special_v6(ip: Ipv6Addr) -> Option<Special> {
    if METADATA_V6.contains(&ip) {
        return Some(Special::Metadata);
    }
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Special::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Special::Loopback),
        // IPv4-mapped, and NAT64 with the well-known prefix (RFC 6052): a way to that address.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            special_v4(carried(high, low))
        }
        // IPv4-compatible and IPv4-translated are long gone (RFC 4291, RFC 2765).
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => Some(Special::Transition),
        // NAT64 for local use (RFC 8215), Teredo (RFC 4380), 6to4 (RFC 7526 retired it).
        [0x64, 0xff9b, ..] | [0x2001, 0, ..] | [0x2002, ..] => Some(Special::Transition),
        // ISATAP (RFC 5214): the interface identifier carries an IPv4 address.
        [_, _, _, _, 0 | 0x200 | 0x100 | 0x300, 0x5efe, ..] => Some(Special::Transition),
        [0xfc00..=0xfdff, ..] => Some(Special::UniqueLocal),
        [0xfe80..=0xfebf, ..] => Some(Special::LinkLocal),
        [0xfec0..=0xfeff, ..] => Some(Special::Private),
        [0xff00..=0xffff, ..] => Some(Special::Multicast),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Some(Special::Documentation),
        [0x2001, 2, 0, ..] => Some(Special::Benchmarking),
        // Protocol assignments, ORCHID and their like.
        [0x2001, 1..=0x01ff, ..] => Some(Special::Reserved),
        // Only 2000::/3 is handed out as global unicast.
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Special::Reserved),
    }
}

#[cfg(test)]
mod tests;
