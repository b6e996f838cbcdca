//! `/nodes`: nodes made, told, changed, removed (`VOSpace` 2.1, 6.2 and 6.3).

use archway_formats::Limits;
use archway_formats::vospace::{
    Fault, FaultKind, Node, NodeKind, NodeUri, property, read_node, write_node,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use super::answer::{Refusal, parameter, written};
use super::store::{Store, Stored};
use super::{Caller, Vospace};

/// What the service sets itself.
const READ_ONLY: [&str; 3] = [property::LENGTH, property::MD5, property::DATE];

pub(super) async fn node(
    State(space): State<Vospace>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = Caller::of(&headers, space.settings());
    let done = match (path_of(&uri, "/nodes"), method) {
        (Err(fault), _) => Err(fault),
        (Ok(path), Method::GET | Method::HEAD) => tell(&space, caller, &path, uri.query()),
        (Ok(path), Method::PUT) => create(&space, caller, &path, &body),
        (Ok(path), Method::POST) => change(&space, caller, &path, &body),
        (Ok(path), Method::DELETE) => remove(&space, caller, &path),
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    done.unwrap_or_else(|fault| Refusal(fault, caller).into_response())
}

/// The path behind a resource in a request, as plain text.
pub(super) fn path_of(uri: &Uri, resource: &str) -> Result<String, Fault> {
    let escaped = uri.path().strip_prefix(resource).unwrap_or_default();
    let node = NodeUri::parse(&format!("vos://here{escaped}"));
    Ok(node.ok_or_else(|| Fault::new(FaultKind::InvalidUri, escaped))?.path)
}

pub(super) fn denied(path: &str) -> Fault {
    Fault::new(FaultKind::PermissionDenied, path)
}

fn tell(
    space: &Vospace,
    caller: Caller,
    path: &str,
    query: Option<&str>,
) -> Result<Response, Fault> {
    let asked = |name: &str| parameter(query.unwrap_or_default().as_bytes(), name);
    let invalid = |what: String| Fault::new(FaultKind::InvalidArgument, what);
    let detail = asked("detail").unwrap_or_else(|| "max".to_owned());
    if !["min", "max", "properties"].contains(&detail.as_str()) {
        return Err(invalid(format!("detail={detail}")));
    }
    let most = space.settings().page_nodes;
    let limit = match asked("limit") {
        Some(text) => {
            text.parse::<usize>().map_err(|_| invalid(format!("limit={text}")))?.min(most)
        }
        // An unpaged list is wanted, and the client in use would not ask for the rest of one.
        None => usize::MAX,
    };
    let from = match asked("uri") {
        Some(uri) => {
            let child = space.path_of(&uri).ok_or_else(|| invalid(format!("uri={uri}")))?;
            let name = child.strip_prefix(path).and_then(|rest| rest.strip_prefix('/'));
            let name = name.filter(|name| !name.contains('/'));
            Some(name.ok_or_else(|| invalid(format!("uri={uri} is no child")))?.to_owned())
        }
        None => None,
    };
    let store = space.store();
    let node = store.get(path)?;
    if !caller.may_read(node) {
        return Err(denied(path));
    }
    let page = match node.kind {
        NodeKind::Container => {
            let sorted = sorted(&store, path, asked("sort").as_deref(), asked("order").as_deref())?;
            let start = match &from {
                Some(name) => {
                    let at = sorted.iter().position(|child| *child == name.as_str());
                    at.ok_or_else(|| invalid(format!("uri={name} is no child")))?
                }
                None => 0,
            };
            sorted.into_iter().skip(start).take(limit).collect()
        }
        _ => Vec::new(),
    };
    let mut children = Vec::with_capacity(page.len());
    for name in page {
        let path = format!("{path}/{name}");
        children.push(shortened(store.get(&path)?.to_node(space.uri_of(&path)), &detail));
    }
    let node = shortened(node.to_node(space.uri_of(path)), &detail);
    Ok(written(StatusCode::OK, |out| write_node(out, &node, &children)))
}

/// Names of the children in the order wanted.
fn sorted<'a>(
    store: &'a Store,
    path: &str,
    sort: Option<&str>,
    order: Option<&str>,
) -> Result<Vec<&'a str>, Fault> {
    let falling = match order {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(other) => {
            return Err(Fault::new(FaultKind::InvalidArgument, format!("order={other}")));
        }
    };
    let length = |node: &Stored| node.content.as_ref().map_or(0, |content| content.length);
    let mut children: Vec<_> = store.children(path).collect();
    match sort {
        None => {}
        Some(property::LENGTH) => children.sort_by_key(|(_, node)| length(node)),
        Some(property::DATE) => children.sort_by_key(|(_, node)| node.modified_us),
        Some(other) => return Err(Fault::new(FaultKind::InvalidArgument, format!("sort={other}"))),
    }
    if falling {
        children.reverse();
    }
    Ok(children.into_iter().map(|(name, _)| name).collect())
}

fn shortened(node: Node, detail: &str) -> Node {
    let properties = if detail == "min" { Vec::new() } else { node.properties.clone() };
    if detail == "max" {
        return node;
    }
    Node { properties, accepts: Vec::new(), provides: Vec::new(), ..node }
}

fn read(body: &[u8]) -> Result<Node, Fault> {
    let wrong =
        |error: archway_formats::Error| Fault::new(FaultKind::InvalidArgument, error.to_string());
    read_node(body, &Limits::default()).map_err(wrong)
}

fn create(space: &Vospace, caller: Caller, path: &str, body: &[u8]) -> Result<Response, Fault> {
    if !caller.may_write(space.settings()) {
        return Err(denied(path));
    }
    let sent = read(body)?;
    if !same_path(space, &sent.uri, path) {
        return Err(Fault::new(FaultKind::InvalidUri, format!("{} is not {path}", sent.uri)));
    }
    let mut node = match sent.kind {
        NodeKind::Container => Stored::container(),
        NodeKind::Link => {
            let missing = || Fault::new(FaultKind::InvalidArgument, "a link without target");
            Stored::link(&sent.target.clone().ok_or_else(missing)?)
        }
        NodeKind::Node | NodeKind::Data | NodeKind::UnstructuredData => Stored::empty_file(),
        ref other => return Err(Fault::new(FaultKind::TypeNotSupported, other.name())),
    };
    set(&mut node, &sent)?;
    let mut store = space.store();
    store.insert(path, node)?;
    let made = store.get(path)?.to_node(space.uri_of(path));
    Ok(written(StatusCode::CREATED, |out| write_node(out, &made, &[])))
}

/// Whether an identifier means a path, however it is escaped.
fn same_path(space: &Vospace, uri: &str, path: &str) -> bool {
    let service = NodeUri { service: space.settings().service.clone(), path: path.to_owned() };
    [NodeUri::parse(uri), NodeUri::parse_plain(uri)]
        .into_iter()
        .flatten()
        .any(|uri| uri.is_beside(&service) && uri.path == path)
}

fn change(space: &Vospace, caller: Caller, path: &str, body: &[u8]) -> Result<Response, Fault> {
    if !caller.may_write(space.settings()) {
        return Err(denied(path));
    }
    let sent = read(body)?;
    let mut store = space.store();
    let node = store.get_mut(path)?;
    set(node, &sent)?;
    let now = node.to_node(space.uri_of(path));
    Ok(written(StatusCode::OK, |out| write_node(out, &now, &[])))
}

/// Sets the properties of a document; those without a value go.
pub(super) fn set(node: &mut Stored, sent: &Node) -> Result<(), Fault> {
    let now = node.to_node(String::new());
    for property in &sent.properties {
        let same =
            now.properties.iter().any(|old| old.uri == property.uri && old.value == property.value);
        if READ_ONLY.contains(&property.uri.as_str()) {
            if !same {
                return Err(denied(&format!("{} is set by the service", property.uri)));
            }
        } else if let Some(value) = &property.value {
            node.properties.insert(property.uri.clone(), value.clone());
        } else {
            node.properties.remove(&property.uri);
        }
    }
    Ok(())
}

fn remove(space: &Vospace, caller: Caller, path: &str) -> Result<Response, Fault> {
    if !caller.may_write(space.settings()) {
        return Err(denied(path));
    }
    space.store().remove(path)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
