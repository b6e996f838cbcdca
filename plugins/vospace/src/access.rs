//! Access: the ways to the bytes of a node, or of what a link leads to.
//!
//! Called by `lib.rs`. Calls `links.rs`, `negotiation.rs`.
//! Rules: the node is asked for again, so that a way is never older than its use. By path the
//! credential goes with the request; to a negotiated place only where the service says that it
//! must, because such a place may be anywhere.

use archway_formats::vospace::{Direction, Node, NodeKind, NodeUri, Protocol, Transfer, View};
use archway_plugin::access::{AccessRequest, HttpWay, Route, Way};
use archway_plugin::http::Method;
use archway_plugin::{Error, Host};

use crate::links::{self, End};
use crate::mapping::{self, DATA, TARGET, VIEW};
use crate::negotiation;
use crate::service::Service;
use crate::settings::Bytes;

pub(crate) fn access(host: &dyn Host, request: &AccessRequest) -> Result<Vec<Way>, Error> {
    let service = Service::of(host)?;
    let not_found = || Error::NotFound(request.native_id.clone());
    let uri = service.node_uri(&request.native_id).filter(|uri| service.covers(uri));
    let uri = uri.ok_or_else(not_found)?;
    let (node, _) = service.node(host, &uri)?;
    let wanted = request.distribution_id.as_deref();
    let view = wanted.and_then(|id| id.strip_prefix(VIEW));
    let (node, uri) = match node.kind {
        NodeKind::Link if wanted.is_none_or(|id| id == TARGET) => {
            match links::follow(host, &service, node)? {
                End::Node { node, uri } => (*node, uri),
                End::Elsewhere(target) => return elsewhere(&service, target),
            }
        }
        NodeKind::Link | NodeKind::Container => return Err(no_distribution(request)),
        _ if wanted.is_some_and(|id| id != DATA) && view.is_none() => {
            return Err(no_distribution(request));
        }
        _ => (node, uri),
    };
    if node.kind == NodeKind::Container {
        return Err(Error::NotFound(format!(
            "{} leads to a container, which has no bytes",
            request.native_id
        )));
    }
    ways(host, &service, &node, &uri, view)
}

fn no_distribution(request: &AccessRequest) -> Error {
    let part = request.distribution_id.as_deref().unwrap_or("any");
    Error::NotFound(format!("{} (distribution {part})", request.native_id))
}

/// A link to another URI is a way by itself, without credentials, where it is one by HTTP.
fn elsewhere(service: &Service, target: String) -> Result<Vec<Way>, Error> {
    if target.starts_with("http://") || target.starts_with("https://") {
        return Ok(vec![way(http_way(service, target, None), &Node::default(), "#this", None)]);
    }
    Err(Error::Unsupported(format!("the link leads to {target}, which is not read here")))
}

fn ways(
    host: &dyn Host,
    service: &Service,
    node: &Node,
    uri: &NodeUri,
    view: Option<&str>,
) -> Result<Vec<Way>, Error> {
    let mut bytes = service.settings.bytes;
    if bytes == Bytes::Auto {
        let endpoints = &service.endpoints;
        bytes = match (&endpoints.files, &endpoints.sync) {
            (Some(_), _) => Bytes::Files,
            (None, Some(_)) => Bytes::Sync,
            (None, None) => Bytes::Async,
        };
    }
    // A view can only be asked for in a transfer.
    if bytes == Bytes::Files && view.is_some() {
        bytes = if service.endpoints.sync.is_some() { Bytes::Sync } else { Bytes::Async };
    }
    if bytes == Bytes::Files {
        let url = mapping::files_url(service, uri).ok_or_else(|| {
            Error::invalid_part("bytes", "the service says no place of files; set files_url")
        })?;
        let credential = service.settings.credential.clone();
        return Ok(vec![way(http_way(service, url, credential), node, "#this", None)]);
    }
    let transfer = pull(host, service, node, view);
    let agreed = negotiation::negotiate(host, service, &transfer, bytes == Bytes::Async)?;
    let expires = Some(host.now_us() + service.settings.negotiated_us);
    let role = if view.is_some() { "#derivation" } else { "#this" };
    let mut ways = Vec::new();
    for protocol in &agreed.protocols {
        let Some(endpoint) = protocol.endpoint.clone() else { continue };
        if !matches!(protocol.word(), "httpget" | "httpsget") {
            continue;
        }
        let is_open = |method: &String| method.to_ascii_lowercase().ends_with("#anon");
        let must_show = !protocol.security_methods.iter().all(is_open);
        let credential = service.settings.credential.clone().filter(|_| must_show);
        let mut way = way(http_way(service, endpoint, credential), node, role, expires);
        if view.is_some() {
            // The node speaks of its bytes as they were stored.
            (way.media_type, way.size, way.checksums) = (None, None, Vec::new());
        }
        ways.push(way);
    }
    if ways.is_empty() {
        let offered: Vec<_> = agreed.protocols.iter().map(|one| one.uri.as_str()).collect();
        let received = format!("none in {} ({})", uri, offered.join(", "));
        return Err(Error::malformed(transfer.target, "a place to read from by HTTP", &received));
    }
    Ok(ways)
}

/// What is asked for: bytes by HTTPS or HTTP, first as the holder of the credential, then as
/// anybody.
fn pull(host: &dyn Host, service: &Service, node: &Node, view: Option<&str>) -> Transfer {
    let protocol = |word: &str, method: Option<&str>| Protocol {
        security_methods: method.map(str::to_owned).into_iter().collect(),
        ..Protocol::new(format!("{}{word}", service.settings.core))
    };
    let method = service.security_method(host);
    let mut protocols = Vec::new();
    for word in ["httpsget", "httpget"] {
        protocols.extend(method.map(|method| protocol(word, Some(method))));
        protocols.push(protocol(word, None));
    }
    Transfer {
        target: node.uri.clone(),
        direction: Direction::PullFromVoSpace,
        view: view.map(View::new),
        protocols,
        ..Transfer::default()
    }
}

fn http_way(service: &Service, url: String, credential: Option<String>) -> HttpWay {
    let ranges = service.settings.ranges;
    HttpWay { method: Method::Get, url, headers: Vec::new(), credential, ranges }
}

fn way(http: HttpWay, node: &Node, role: &str, expires: Option<i64>) -> Way {
    Way {
        route: Route::Http(http),
        role: role.to_owned(),
        description: None,
        media_type: node.core("type").map(str::to_owned).filter(|kind| kind.contains('/')),
        size: mapping::size(node),
        checksums: mapping::checksums(node),
        expires,
    }
}
