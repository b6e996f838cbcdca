//! The service: where its resources are, and one node of it.
//!
//! Rules: what the capabilities say is remembered for an hour; settings win over it; a service
//! without capabilities has `/nodes`, `/synctrans` and `/transfers` below its base.

use std::io::Read;

use archway_formats::vosi::{Capabilities, Capability, Interface};
use archway_formats::vospace::{Node, NodeUri, escaped_path, read_node};
use archway_plugin::host::{Level, Scheme};
use archway_plugin::{Error, Host, Request};
use serde::{Deserialize, Serialize};

use crate::reply;
use crate::settings::Settings;

const ENDPOINTS_KEY: &str = "endpoints";
const SERVICE_KEY: &str = "service";
const KEEP_S: u32 = 3600;
/// Largest document of one node.
const NODE_BYTES: u64 = 4 << 20;

/// Where things are; without slashes at their ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoints {
    pub(crate) nodes: String,
    pub(crate) files: Option<String>,
    pub(crate) sync: Option<String>,
    pub(crate) transfers: Option<String>,
}

/// A service that can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) endpoints: Endpoints,
    /// The node below which the assets are.
    pub(crate) root: NodeUri,
}

impl Service {
    /// Finds out where the service is.
    pub(crate) fn of(host: &dyn Host) -> Result<Self, Error> {
        let settings = Settings::of(host)?;
        let endpoints = endpoints(host, &settings)?;
        let root = root(host, &settings, &endpoints)?;
        Ok(Self { settings, endpoints, root })
    }

    pub(crate) fn slot(&self) -> Option<&str> {
        self.settings.credential.as_deref()
    }

    /// An identifier of this service, or a path in it; `None` where it is neither.
    pub(crate) fn node_uri(&self, text: &str) -> Option<NodeUri> {
        if text.starts_with('/') {
            let path = NodeUri::parse_plain(&format!("vos://{}{text}", self.root.service))?;
            return Some(path);
        }
        self.settings.identifiers.parse(text)
    }

    /// Whether a node is of this archive: it lies below the root, or links may lead to it.
    pub(crate) fn covers(&self, node: &NodeUri) -> bool {
        self.root.holds(node) || (self.settings.follow_links && self.root.is_beside(node))
    }

    pub(crate) fn nodes_url(&self, node: &NodeUri) -> String {
        format!("{}{}", self.endpoints.nodes, escaped_path(&node.path))
    }

    /// Asks for a node without its children; returns its document too.
    pub(crate) fn node(&self, host: &dyn Host, uri: &NodeUri) -> Result<(Node, Vec<u8>), Error> {
        let about = uri.to_string();
        let detail = self.settings.detail.as_deref().map(|detail| ("detail", detail));
        let parameters = detail.into_iter().chain([("limit", "0")]);
        let request = Request::get_with(&self.nodes_url(uri), parameters);
        let request = request.credential(self.settings.credential.clone());
        let response = reply::succeeded(host.send(request)?, &about, self.slot())?;
        let mut document = Vec::new();
        response.take(NODE_BYTES).read_to_end(&mut document)?;
        let node = read_node(&document[..], &reply::limits())
            .map_err(|e| reply::unreadable(e, &about, "a VOSpace node"))?;
        Ok((node, document))
    }

    /// How a client with this archive's credential shows who it is, as transfers name it.
    pub(crate) fn security_method(&self, host: &dyn Host) -> Option<&'static str> {
        let slots = host.credential_slots();
        let slot = slots.iter().find(|slot| Some(slot.name.as_str()) == self.slot())?;
        method_of(slot.scheme)
    }
}

/// SSO 2.0, and `token`, which is in use.
fn method_of(scheme: Scheme) -> Option<&'static str> {
    match scheme {
        Scheme::Basic => Some("ivo://ivoa.net/sso#BasicAA"),
        Scheme::Bearer | Scheme::Header | Scheme::Oauth2 => Some("ivo://ivoa.net/sso#token"),
        Scheme::SessionCookie | Scheme::Login => Some("ivo://ivoa.net/sso#cookie"),
        Scheme::ClientCertificate => Some("ivo://ivoa.net/sso#tls-with-certificate"),
        Scheme::QueryParameter | Scheme::S3 => None,
    }
}

fn endpoints(host: &dyn Host, settings: &Settings) -> Result<Endpoints, Error> {
    let remembered = host.cached(ENDPOINTS_KEY);
    let remembered = remembered.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let found = match remembered {
        Some(found) => found,
        None if settings.nodes_url.is_some() => without_capabilities(settings),
        None => {
            let found = discover(host, settings)?;
            let kept = serde_json::to_vec(&found).unwrap_or_default();
            // Where it is forgotten it is found out again.
            let _ = host.cache(ENDPOINTS_KEY, &kept, Some(KEEP_S));
            found
        }
    };
    Ok(Endpoints {
        nodes: settings.nodes_url.clone().unwrap_or(found.nodes),
        files: settings.files_url.clone().or(found.files),
        sync: settings.sync_url.clone().or(found.sync),
        transfers: settings.transfers_url.clone().or(found.transfers),
    })
}

/// Where the standard's examples have them. Nobody knows whether there are files.
fn without_capabilities(settings: &Settings) -> Endpoints {
    let below = |name: &str| format!("{}/{name}", settings.base_url);
    Endpoints {
        nodes: below("nodes"),
        files: None,
        sync: Some(below("synctrans")),
        transfers: Some(below("transfers")),
    }
}

fn discover(host: &dyn Host, settings: &Settings) -> Result<Endpoints, Error> {
    let url = format!("{}/capabilities", settings.base_url);
    let request = Request::get(url.clone()).credential(settings.credential.clone());
    let read = || {
        let response = reply::succeeded(host.send(request)?, &url, settings.credential.as_deref())?;
        Capabilities::read(response, &archway_formats::Limits::default())
            .map_err(|e| reply::unreadable(e, &url, "VOSI capabilities"))
    };
    let capabilities = match read() {
        Ok(capabilities) => capabilities,
        Err(
            error @ (Error::NotFound(_)
            | Error::MalformedReply(_)
            | Error::Unsupported(_)
            | Error::InvalidQuery(_)),
        ) => {
            let fields = [("error", error.to_string())];
            host.log(Level::Warning, "the service does not say where its resources are", &fields);
            return Ok(without_capabilities(settings));
        }
        Err(error) => return Err(error),
    };
    let slots = host.credential_slots();
    let slot = slots.iter().find(|slot| Some(&slot.name) == settings.credential.as_ref());
    let method = slot.and_then(|slot| method_of(slot.scheme));
    let of = |word: &str| {
        let found = capabilities.capabilities.iter().filter(|one| is_resource(one, word));
        let url = found.flat_map(|one| &one.interfaces).max_by_key(|one| suits(one, method))?;
        url.access_url().map(|url| url.trim_end_matches('/').to_owned())
    };
    Ok(Endpoints {
        nodes: of("nodes").unwrap_or_else(|| format!("{}/nodes", settings.base_url)),
        files: of("files"),
        sync: of("sync"),
        transfers: of("transfers"),
    })
}

/// Whether a capability is this resource of VOSpace, in whatever version and spelling.
fn is_resource(capability: &Capability, word: &str) -> bool {
    let id = capability.standard_id.as_deref().unwrap_or_default().to_ascii_lowercase();
    let Some((standard, resource)) = id.split_once(['#', '?']) else { return false };
    let rest = resource.strip_prefix(word);
    standard.starts_with("ivo://ivoa.net/std/vospace")
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// How well an interface suits: one for this credential first, one for anybody else next.
fn suits(interface: &Interface, method: Option<&str>) -> u8 {
    let methods = &interface.security_methods;
    let is_open = methods.is_empty() || methods.contains(&None);
    match method {
        Some(method) if methods.iter().flatten().any(|one| one.eq_ignore_ascii_case(method)) => 2,
        _ => u8::from(is_open),
    }
}

fn root(host: &dyn Host, settings: &Settings, endpoints: &Endpoints) -> Result<NodeUri, Error> {
    let wrong = |why: String| Error::invalid_part("root", why);
    if settings.root.contains("://") {
        let found = settings.identifiers.parse(&settings.root);
        return found.ok_or_else(|| {
            wrong(format!("{} is not vos://authority!service/path", settings.root))
        });
    }
    let service = match &settings.service {
        Some(service) => service.clone(),
        None => service_name(host, settings, endpoints)?,
    };
    let text = format!("vos://{service}/{}", settings.root.trim_matches('/'));
    NodeUri::parse_plain(&text).ok_or_else(|| wrong(format!("{} is not a path", settings.root)))
}

/// The name of the service in identifiers, which its top node says.
fn service_name(
    host: &dyn Host,
    settings: &Settings,
    endpoints: &Endpoints,
) -> Result<String, Error> {
    if let Some(name) = host.cached(SERVICE_KEY).and_then(|bytes| String::from_utf8(bytes).ok()) {
        return Ok(name);
    }
    let asking = Service {
        settings: settings.clone(),
        endpoints: endpoints.clone(),
        root: NodeUri { service: "unknown".to_owned(), path: String::new() },
    };
    let (top, _) = asking.node(host, &asking.root)?;
    let uri = settings.identifiers.parse(&top.uri).ok_or_else(|| {
        Error::malformed(endpoints.nodes.clone(), "a top node vos://authority!service/", &top.uri)
    })?;
    let _ = host.cache(SERVICE_KEY, uri.service.as_bytes(), Some(KEEP_S));
    Ok(uri.service)
}
