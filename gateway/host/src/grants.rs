//! What a plugin may reach: what it asks for *and* what the operator grants.
//!
//! Called by `egress.rs` for every request, every redirect and every connection,
//! and by whoever starts an archive (`Grants::new`, `expand_requests`). Pure.
//!
//! Rules that hold here and nowhere else:
//!
//! - Both sides must allow: `requests` in `plugin.toml` and `grants` in the
//!   archive's TOML. An empty list reaches nothing, and no pattern means everything.
//! - A host is compared as a URL parser prints it, so that no second spelling of a
//!   name or an address passes.
//! - A special address (loopback, private, …) is open only if the operator wrote that
//!   very address and port, or a range it lies in.
//!
//! Not here: which addresses are special (`egress/address.rs`).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::Deserialize;
use url::{Host, Url};

use crate::egress::address::Special;

/// A host and a port, in the one spelling that is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// As a URL prints it: lower case, Punycode, IPv6 in brackets.
    host: String,
    port: u16,
}

impl Endpoint {
    /// Reads a host as a URL would: `GEA.esac.esa.int`, `127.1`, `[::1]`, and `::1` too.
    ///
    /// Returns `None` for what is not a host.
    pub fn new(host: &str, port: u16) -> Option<Self> {
        let host = match host.parse::<std::net::Ipv6Addr>() {
            Ok(address) => Host::Ipv6(address),
            Err(_) => Host::parse(host).ok()?,
        };
        Some(Self { host: host.to_string(), port })
    }

    /// Where `url` leads; `None` without a host or a port known for the scheme.
    pub fn of_url(url: &Url) -> Option<Self> {
        Some(Self { host: url.host()?.to_string(), port: port_of(url)? })
    }

    /// The host as a URL prints it, IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address, if the host is one and not a name.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Hosts by name, by domain or by address, each with its port: `gea.esac.esa.int:443`,
/// `*.esac.esa.int:443`, `127.0.0.1:8471`, `[::1]:80`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    /// Whether only sub-domains of the host are meant.
    below: bool,
    endpoint: Endpoint,
}

/// A line of a grant that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadGrant {
    /// Neither a host, nor `*.` and a domain, with a port.
    #[error("`{0}` is not `host:port` or `*.domain.tld:port`, as in \"gea.esac.esa.int:443\"")]
    Pattern(String),
    /// Not a range of addresses.
    #[error("`{0}` is not a range of addresses, as in \"10.1.0.0/16\"")]
    Range(String),
    /// A setting gives something that has no host and port.
    #[error("setting `{setting}` is `{found}`, which has no host and port to ask for")]
    Setting {
        /// The setting's name.
        setting: String,
        /// Its value.
        found: String,
    },
    /// The settings make too many patterns.
    #[error("the plugin asks for more than {MOST_PATTERNS} hosts")]
    TooMany,
}

/// Most patterns of one list: enough for mirrors, too few to slow the check.
const MOST_PATTERNS: usize = 256;

impl Hosts {
    /// Takes patterns in any case.
    ///
    /// # Errors
    ///
    /// The first pattern that is a URL, has no port, spells an address in another than
    /// the usual way, or has a `*` anywhere but in front of a domain of two labels or more:
    /// `*esa.int:443` would also grant `evilesa.int`.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, BadGrant> {
        if patterns.len() > MOST_PATTERNS {
            return Err(BadGrant::TooMany);
        }
        let check = |text: &S| {
            pattern(text.as_ref()).ok_or_else(|| BadGrant::Pattern(text.as_ref().to_owned()))
        };
        patterns.iter().map(check).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `endpoint` is meant. `*.a.b` means `x.a.b` and `x.y.a.b`, and not `a.b`.
    pub fn contain(&self, endpoint: &Endpoint) -> bool {
        self.0.iter().filter(|p| p.endpoint.port == endpoint.port).any(|p| {
            if p.below {
                let domain = &p.endpoint.host;
                endpoint.host.strip_suffix(domain.as_str()).is_some_and(|left| {
                    left.len() > 1 && left.ends_with('.') && endpoint.literal().is_none()
                })
            } else {
                endpoint.host == p.endpoint.host
            }
        })
    }

    /// Whether exactly this address and port is written.
    fn name_address(&self, address: SocketAddr) -> bool {
        self.0.iter().any(|p| {
            p.endpoint.port == address.port()
                && p.endpoint.literal().is_some_and(|ip| ip.to_canonical() == address.ip())
        })
    }

    /// The patterns, as an operator writes them.
    pub fn patterns(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|p| format!("{}{}", if p.below { "*." } else { "" }, p.endpoint))
    }
}

fn pattern(text: &str) -> Option<Pattern> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let domain = host.strip_prefix("*.");
    let written = domain.unwrap_or(host).to_lowercase();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '[' | ']');
    if !written.chars().all(plain) || written.ends_with('.') || written.starts_with('.') {
        return None;
    }
    let parsed = Host::parse(&written).ok()?;
    let sound = match &parsed {
        Host::Domain(name) => domain.is_none() || name.contains('.'),
        // `127.1` and `0x7f000001` are the same address in disguise.
        Host::Ipv4(_) | Host::Ipv6(_) => domain.is_none() && parsed.to_string() == written,
    };
    let endpoint = Endpoint { host: parsed.to_string(), port };
    sound.then_some(Pattern { below: domain.is_some(), endpoint })
}

/// `requests` of `plugin.toml`, with the settings filled in ([`expand_requests`]).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requests {
    /// Hosts for `archway:host/http`.
    pub http: Vec<String>,
    /// Hosts for `archway:host/tcp`.
    pub tcp: Vec<String>,
}

/// `grants` of an archive's TOML, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Granted {
    /// Hosts for `archway:host/http`.
    pub http: Vec<String>,
    /// Hosts for `archway:host/tcp`.
    pub tcp: Vec<String>,
    /// Ranges of special addresses that names may resolve to, `10.1.0.0/16`.
    pub addresses: Vec<String>,
}

/// Which list of requests and grants a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `archway:host/http`.
    Http,
    /// `archway:host/tcp`.
    Tcp,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        })
    }
}

/// Why the gateway forbids it. Each says what would allow it, or that nothing does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The plugin asks for it, the operator does not grant it.
    #[error("add \"{endpoint}\" to grants.{list} in config/archives/{archive}.toml")]
    NotGranted {
        /// The archive whose TOML lacks the line.
        archive: String,
        /// The list that lacks it.
        list: List,
        /// What was to be reached.
        endpoint: Endpoint,
    },
    /// The operator grants it, the plugin does not ask for it.
    #[error("the plugin does not ask for \"{endpoint}\": requests.{list} in plugin.toml")]
    NotRequested {
        /// The list that lacks it.
        list: List,
        /// What was to be reached.
        endpoint: Endpoint,
    },
    /// Neither side allows it.
    #[error(
        "the plugin does not ask for \"{endpoint}\": requests.{list} in plugin.toml; \
         if it should, also add \"{endpoint}\" to grants.{list} in config/archives/{archive}.toml"
    )]
    Neither {
        /// The archive whose TOML lacks the line.
        archive: String,
        /// The list that lacks it on both sides.
        list: List,
        /// What was to be reached.
        endpoint: Endpoint,
    },
    /// A granted name leads to an address that is not public.
    #[error(
        "{endpoint} leads to {address}, {special}; if that is meant, add \"{address}\" to \
         grants.{list} or its range to grants.addresses in config/archives/{archive}.toml"
    )]
    SpecialAddress {
        /// The archive whose TOML lacks the line.
        archive: String,
        /// The list the connection belongs to.
        list: List,
        /// What was to be reached.
        endpoint: Endpoint,
        /// What the name resolves to.
        address: SocketAddr,
        /// What kind of address that is.
        special: Special,
    },
    /// It would reach the gateway itself.
    #[error("{0} leads to the gateway itself, which no grant allows")]
    Gateway(Endpoint),
    /// It would reach the proxy that the gateway goes through.
    #[error("{0} leads to the gateway's own proxy, which no grant allows")]
    Proxy(Endpoint),
    /// A redirect leaves TLS.
    #[error("the redirect from {from} to {to} leaves https, which no grant allows")]
    LeavesTls {
        /// Where the redirect came from.
        from: Endpoint,
        /// Where it leads.
        to: Endpoint,
    },
    /// A redirect would send the request's body somewhere it was not meant for.
    #[error("the redirect from {from} to {to} would send the body of a {method} again")]
    ResendsBody {
        /// Where the redirect came from.
        from: Endpoint,
        /// Where it leads.
        to: Endpoint,
        /// The request's method.
        method: String,
    },
    /// A redirect carries a credential in its own URL to another host.
    #[error("the redirect from {from} to {to} would carry the credential `{slot}` there")]
    CarriesCredential {
        /// Where the redirect came from.
        from: Endpoint,
        /// Where it leads.
        to: Endpoint,
        /// The slot whose secret was found in it.
        slot: String,
    },
    /// The slot is not bound to this host.
    #[error("add \"{endpoint}\" to credentials.{slot}.hosts in config/archives/{archive}.toml")]
    CredentialNotBound {
        /// The archive whose TOML lacks the line.
        archive: String,
        /// The slot.
        slot: String,
        /// Where the credential was to be sent.
        endpoint: Endpoint,
    },
    /// The credential would cross the network readable.
    #[error(
        "credential `{slot}` would reach {endpoint} without TLS; if that is meant, set \
         credentials.{slot}.allow_plain_text = true in config/archives/{archive}.toml"
    )]
    CredentialInClear {
        /// The archive whose TOML lacks the line.
        archive: String,
        /// The slot.
        slot: String,
        /// Where the credential was to be sent.
        endpoint: Endpoint,
    },
    /// The peer of a control connection did not name this port.
    #[error("{peer} did not name port {port} in a reply to PASV or EPSV")]
    PortNotNamed {
        /// The control connection's peer.
        peer: Endpoint,
        /// The port asked for.
        port: u16,
    },
}

/// Checked requests and grants of one archive.
#[derive(Clone, Debug)]
pub struct Grants {
    archive: String,
    requested_http: Hosts,
    requested_tcp: Hosts,
    granted_http: Hosts,
    granted_tcp: Hosts,
    ranges: Vec<IpNet>,
}

impl Grants {
    /// Checks both sides of the archive named `archive` (the stem of its TOML file).
    ///
    /// # Errors
    ///
    /// Every line that cannot be understood.
    pub fn new(
        archive: &str,
        requests: &Requests,
        granted: &Granted,
    ) -> Result<Self, Vec<BadGrant>> {
        let mut bad = Vec::new();
        let mut hosts = |patterns: &[String]| {
            Hosts::new(patterns).unwrap_or_else(|problem| {
                bad.push(problem);
                Hosts::default()
            })
        };
        let (requested_http, requested_tcp) = (hosts(&requests.http), hosts(&requests.tcp));
        let (granted_http, granted_tcp) = (hosts(&granted.http), hosts(&granted.tcp));
        let mut ranges = Vec::new();
        for text in &granted.addresses {
            match text.parse() {
                Ok(range) => ranges.push(range),
                Err(_) => bad.push(BadGrant::Range(text.clone())),
            }
        }
        if !bad.is_empty() {
            return Err(bad);
        }
        let archive = archive.to_owned();
        Ok(Self { archive, requested_http, requested_tcp, granted_http, granted_tcp, ranges })
    }

    /// The same, whatever the plugin asks for: what the operator grants to the archive, for a
    /// plugin that reads a file which another one has named.
    pub(crate) fn by_operator(&self) -> Self {
        Self {
            requested_http: self.granted_http.clone(),
            requested_tcp: self.granted_tcp.clone(),
            ..self.clone()
        }
    }

    /// The archive's id.
    pub fn archive(&self) -> &str {
        &self.archive
    }

    /// Whether both sides allow `endpoint`.
    ///
    /// # Errors
    ///
    /// Which side does not, and the line that would change it.
    pub fn check(&self, list: List, endpoint: &Endpoint) -> Result<(), Denial> {
        let (archive, endpoint) = (self.archive.clone(), endpoint.clone());
        let requested = self.requested(list).contain(&endpoint);
        let granted = self.granted(list).contain(&endpoint);
        match (requested, granted) {
            (true, true) => Ok(()),
            (true, false) => Err(Denial::NotGranted { archive, list, endpoint }),
            (false, true) => Err(Denial::NotRequested { list, endpoint }),
            (false, false) => Err(Denial::Neither { archive, list, endpoint }),
        }
    }

    /// Whether the operator opened this special address, by itself or by a range.
    ///
    /// A metadata service is opened by its own address only, never by a range.
    pub(crate) fn open_special(&self, list: List, address: SocketAddr, special: Special) -> bool {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let in_range = special != Special::Metadata
            && self.ranges.iter().any(|range| range.contains(&address.ip()));
        in_range || self.granted(list).name_address(address)
    }

    fn requested(&self, list: List) -> &Hosts {
        match list {
            List::Http => &self.requested_http,
            List::Tcp => &self.requested_tcp,
        }
    }

    fn granted(&self, list: List) -> &Hosts {
        match list {
            List::Http => &self.granted_http,
            List::Tcp => &self.granted_tcp,
        }
    }
}

/// Fills settings into the patterns of `plugin.toml`.
///
/// `{settings.base_url}` stands for the host and port of the URL in that setting,
/// `{settings.host}:21` for the setting's text. `setting` gives the values of one setting:
/// none if it is not set (its pattern then falls away), several if it is a list.
///
/// # Errors
///
/// A setting whose value has no host and port, and more patterns than are sensible.
pub fn expand_requests(
    patterns: &[String],
    setting: impl Fn(&str) -> Vec<String>,
) -> Result<Vec<String>, BadGrant> {
    let mut expanded = Vec::new();
    for pattern in patterns {
        let Some((before, rest)) = pattern.split_once("{settings.") else {
            expanded.push(pattern.clone());
            continue;
        };
        let Some((name, after)) = rest.split_once('}') else {
            return Err(BadGrant::Pattern(pattern.clone()));
        };
        for value in setting(name) {
            let bad = || BadGrant::Setting { setting: name.to_owned(), found: value.clone() };
            let filled = if before.is_empty() && after.is_empty() {
                of_setting(&value).ok_or_else(bad)?
            } else {
                format!("{before}{value}{after}")
            };
            // A second setting in the same pattern; the first cannot come back.
            if after.contains("{settings.") {
                expanded.extend(expand_requests(&[filled], &setting as &dyn Fn(&str) -> _)?);
            } else {
                expanded.push(filled);
            }
        }
        if expanded.len() > MOST_PATTERNS {
            return Err(BadGrant::TooMany);
        }
    }
    Ok(expanded)
}

/// A URL's host and port, or a pattern as it is.
fn of_setting(value: &str) -> Option<String> {
    if value.contains("://") {
        return Endpoint::of_url(&Url::parse(value).ok()?).map(|endpoint| endpoint.to_string());
    }
    pattern(value).map(|_| value.to_owned())
}

fn port_of(url: &Url) -> Option<u16> {
    url.port_or_known_default().or_else(|| match url.scheme() {
        // RFC 4217: explicit TLS begins on the port of FTP, implicit TLS has its own.
        "ftpes" => Some(21),
        "ftps" => Some(990),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
