//! `/synctrans`, `/transfers` and the jobs on whole trees (`VOSpace` 2.1, 3.6 and 6.4).

use archway_formats::Limits;
use archway_formats::vospace::{
    Direction, Fault, FaultKind, Node, NodeUri, Protocol, Transfer, View, escaped_path, protocol,
    read_node, read_transfer, write_transfer,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};

use super::answer::{Refusal, parameter, see_other, written};
use super::jobs::{Done, Task, created};
use super::nodes::{denied, set};
use super::{Caller, Vospace};

/// `/synctrans`: by a document the answer is a place to look at; by parameters it is here.
pub(super) async fn sync(
    State(space): State<Vospace>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = Caller::of(&headers, space.settings());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let query = uri.query().unwrap_or_default().as_bytes().to_vec();
    let parameters = if method == Method::POST && is_form { body.to_vec() } else { query };
    if let Some(transfer) = by_parameters(&parameters) {
        let id = space.jobs().add(Task::Transfer(transfer.clone()), caller);
        let outcome = perform(&space, &id, &Task::Transfer(transfer), caller);
        space.jobs().end(&id, &space.settings().url, outcome.clone());
        let redirects = parameter(&parameters, "REQUEST").is_some_and(|word| word == "redirect");
        return match outcome {
            Ok(Done::Agreed(agreed, _)) => match agreed.protocols.first() {
                Some(Protocol { endpoint: Some(place), .. }) if redirects => {
                    see_other(place.clone())
                }
                _ => written(StatusCode::OK, |out| write_transfer(out, &agreed)),
            },
            Ok(Done::Count(_)) => StatusCode::NO_CONTENT.into_response(),
            Err(fault) => Refusal(fault, caller).into_response(),
        };
    }
    let transfer = match read(&body) {
        Ok(transfer) if method == Method::POST => transfer,
        Ok(_) => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Err(fault) => return Refusal(fault, caller).into_response(),
    };
    let task = Task::Transfer(transfer);
    let id = space.jobs().add(task.clone(), caller);
    let outcome = perform(&space, &id, &task, caller);
    space.jobs().end(&id, &space.settings().url, outcome);
    see_other(format!("{}/transfers/{id}/results/transferDetails", space.settings().url))
}

pub(super) async fn create(
    State(space): State<Vospace>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = Caller::of(&headers, space.settings());
    match read(&body) {
        Ok(transfer) => {
            let id = space.jobs().add(Task::Transfer(transfer), caller);
            created(&space, &id, uri.query())
        }
        Err(fault) => Refusal(fault, caller).into_response(),
    }
}

pub(super) async fn create_deletion(
    State(space): State<Vospace>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = Caller::of(&headers, space.settings());
    let target = parameter(&body, "target").unwrap_or_default();
    match space.path_of(&target) {
        Some(path) => created(&space, &space.jobs().add(Task::Delete(path), caller), uri.query()),
        None => Refusal(Fault::new(FaultKind::InvalidUri, target), caller).into_response(),
    }
}

pub(super) async fn create_setting(
    State(space): State<Vospace>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = Caller::of(&headers, space.settings());
    let invalid = |why: String| Refusal(Fault::new(FaultKind::InvalidArgument, why), caller);
    let node: Node = match read_node(&body[..], &Limits::default()) {
        Ok(node) => node,
        Err(error) => return invalid(error.to_string()).into_response(),
    };
    let Some(path) = space.path_of(&node.uri) else { return invalid(node.uri).into_response() };
    created(&space, &space.jobs().add(Task::SetProperties(path, node), caller), uri.query())
}

fn read(body: &[u8]) -> Result<Transfer, Fault> {
    let wrong =
        |error: archway_formats::Error| Fault::new(FaultKind::InvalidArgument, error.to_string());
    read_transfer(body, &Limits::default()).map_err(wrong)
}

fn by_parameters(parameters: &[u8]) -> Option<Transfer> {
    let named = |name: &str| parameter(parameters, name);
    Some(Transfer {
        target: named("TARGET")?,
        direction: Direction::parse(&named("DIRECTION")?)?,
        protocols: vec![Protocol {
            security_methods: named("SECURITYMETHOD").into_iter().collect(),
            ..Protocol::new(named("PROTOCOL")?)
        }],
        view: named("VIEW").map(View::new),
        ..Transfer::default()
    })
}

/// Does what a job is for.
pub(super) fn perform(
    space: &Vospace,
    id: &str,
    task: &Task,
    caller: Caller,
) -> Result<Done, Fault> {
    match task {
        Task::Transfer(transfer) => agree(space, id, transfer, caller),
        Task::Delete(path) if caller.may_write(space.settings()) => {
            space.store().remove(path).map(Done::Count)
        }
        Task::SetProperties(path, node) if caller.may_write(space.settings()) => {
            let mut store = space.store();
            let mut open = vec![path.clone()];
            let mut count = 0;
            while let Some(path) = open.pop() {
                open.extend(store.children(&path).map(|(name, _)| format!("{path}/{name}")));
                set(store.get_mut(&path)?, node)?;
                count += 1;
            }
            Ok(Done::Count(count))
        }
        Task::Delete(path) | Task::SetProperties(path, _) => Err(denied(path)),
    }
}

fn agree(space: &Vospace, id: &str, asked: &Transfer, caller: Caller) -> Result<Done, Fault> {
    let invalid = |uri: &str| Fault::new(FaultKind::InvalidUri, uri);
    let target = space.path_of(&asked.target).ok_or_else(|| invalid(&asked.target))?;
    let may_write = caller.may_write(space.settings());
    let word = match &asked.direction {
        Direction::Internal(to) => {
            let to = space.path_of(to).ok_or_else(|| invalid(to))?;
            if !may_write {
                return Err(denied(&target));
            }
            let keeps = asked.keep_bytes.unwrap_or(false);
            space.store().relocate(&target, &to, keeps)?;
            return Ok(Done::Agreed(asked.clone(), None));
        }
        Direction::PullToVoSpace | Direction::PushFromVoSpace => {
            let why = format!("{} is not offered", asked.direction.word());
            return Err(Fault::new(FaultKind::OperationNotSupported, why));
        }
        Direction::PullFromVoSpace => "get",
        Direction::PushToVoSpace => "put",
    };
    let target = if word == "get" { readable(space, &target, caller)? } else { target };
    if word == "put" && !may_write {
        return Err(denied(&target));
    }
    let known = ["anyview", "defaultview", "binaryview", "view#data"];
    if let Some(view) = &asked.view
        && !known.iter().any(|known| view.uri.ends_with(known))
    {
        return Err(Fault::new(FaultKind::ViewNotSupported, view.uri.clone()));
    }
    let is_https = space.settings().url.starts_with("https");
    let ours = match (word, is_https) {
        ("get", true) => protocol::HTTPS_GET,
        ("get", false) => protocol::HTTP_GET,
        (_, true) => protocol::HTTPS_PUT,
        (_, false) => protocol::HTTP_PUT,
    };
    let place = format!("{}/files{}", space.settings().url, escaped_path(&target));
    let understood =
        |method: &String| method.ends_with("sso#token") || method.ends_with("sso#anon");
    let mut agreed = asked.clone();
    agreed.protocols.retain(|one| one.uri == ours && one.security_methods.iter().all(understood));
    if agreed.protocols.is_empty() {
        return Err(Fault::new(FaultKind::ProtocolNotSupported, format!("{ours} is offered")));
    }
    for one in &mut agreed.protocols {
        // Who can show a token needs no open place.
        let shows = one.security_methods.iter().any(|method| method.ends_with("sso#token"));
        one.endpoint = Some(if shows { place.clone() } else { format!("{place}?transfer={id}") });
    }
    Ok(Done::Agreed(agreed, Some(target)))
}

/// The path of what a pull is of, links followed.
fn readable(space: &Vospace, path: &str, caller: Caller) -> Result<String, Fault> {
    let own = NodeUri { service: space.settings().service.clone(), path: String::new() };
    let store = space.store();
    let inside = |target: &str| NodeUri::parse(target).filter(|uri| uri.is_beside(&own));
    let path = store.resolve(path, inside)?;
    let node = store.get(&path)?;
    if !caller.may_read(node) {
        return Err(denied(&path));
    }
    if node.content.is_none() {
        return Err(Fault::new(FaultKind::OperationNotSupported, "a container has no bytes"));
    }
    Ok(path)
}
