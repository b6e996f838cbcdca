//! What the service says of itself.

use archway_formats::vosi::{Availability, Capabilities, Capability, Interface};
use archway_formats::vospace::{NodeUri, Offers, OffersKind, property, protocol, write_offers};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use super::Vospace;
use super::answer::written;

pub(super) async fn capabilities(State(space): State<Vospace>) -> Response {
    let url = &space.settings().url;
    let has_token = space.settings().token.is_some();
    let capability = |standard_id: &str, resource: &str| {
        let token = has_token.then(|| Some("ivo://ivoa.net/sso#token".to_owned()));
        let open = !resource.contains("capabilities") && !resource.contains("availability");
        let methods = std::iter::once(None).chain(token.filter(|_| open));
        Capability {
            standard_id: Some(standard_id.to_owned()),
            interfaces: vec![Interface {
                kind: Some("ParamHTTP".to_owned()),
                role: Some("std".to_owned()),
                version: Some("2.1".to_owned()),
                // Clients glue paths to it.
                access_urls: vec![(format!("{url}/{resource}"), Some("base".to_owned()))],
                security_methods: methods.collect(),
                ..Interface::default()
            }],
            ..Capability::default()
        }
    };
    let mut all = vec![
        capability("ivo://ivoa.net/std/VOSI#capabilities", "capabilities"),
        capability("ivo://ivoa.net/std/VOSI#availability", "availability"),
        capability("ivo://ivoa.net/std/VOSpace/v2.0#nodes", "nodes"),
        capability("ivo://ivoa.net/std/VOSpace/v2.0#transfers", "transfers"),
        capability("ivo://ivoa.net/std/VOSpace/v2.0#protocols", "protocols"),
        capability("ivo://ivoa.net/std/VOSpace/v2.0#views", "views"),
        capability("ivo://ivoa.net/std/VOSpace/v2.0#properties", "properties"),
        capability("ivo://ivoa.net/std/VOSpace#sync-2.1", "synctrans"),
        capability("ivo://ivoa.net/std/VOSpace#recursive-delete-proto", "async-delete"),
        capability("ivo://ivoa.net/std/VOSpace#recursive-nodeprops-proto", "async-setprops"),
    ];
    if space.settings().offers_files {
        all.push(capability("ivo://ivoa.net/std/VOSpace#files-proto", "files"));
    }
    written(StatusCode::OK, |out| Capabilities { capabilities: all }.write(out))
}

pub(super) async fn availability() -> Response {
    let here = Availability { available: true, ..Availability::default() };
    written(StatusCode::OK, |out| here.write(out))
}

pub(super) async fn protocols(State(space): State<Vospace>) -> Response {
    let provides = if space.settings().url.starts_with("https") {
        [protocol::HTTPS_GET, protocol::HTTPS_PUT]
    } else {
        [protocol::HTTP_GET, protocol::HTTP_PUT]
    };
    offers(OffersKind::Protocols, &[], &provides, &[])
}

pub(super) async fn views() -> Response {
    let (any, default) =
        ("ivo://ivoa.net/vospace/core#anyview", "ivo://ivoa.net/vospace/core#defaultview");
    offers(OffersKind::Views, &[any], &[default], &[])
}

pub(super) async fn properties() -> Response {
    use property::{CREATOR, DATE, DESCRIPTION, GROUP_READ, IS_PUBLIC, LENGTH, MD5, TITLE, TYPE};
    let settable = [TITLE, DESCRIPTION, CREATOR, IS_PUBLIC, GROUP_READ, TYPE];
    let all = [TITLE, DESCRIPTION, CREATOR, IS_PUBLIC, GROUP_READ, TYPE, LENGTH, DATE, MD5];
    offers(OffersKind::Properties, &settable, &[LENGTH, DATE, MD5], &all)
}

fn offers(kind: OffersKind, accepts: &[&str], provides: &[&str], contains: &[&str]) -> Response {
    let owned = |uris: &[&str]| uris.iter().map(|uri| (*uri).to_owned()).collect();
    let offers =
        Offers { accepts: owned(accepts), provides: owned(provides), contains: owned(contains) };
    written(StatusCode::OK, |out| write_offers(out, kind, &offers))
}

/// `ResourceID = capabilities URL`, a line a service.
pub(super) async fn resource_caps(State(space): State<Vospace>) -> Response {
    let service = NodeUri { service: space.settings().service.clone(), path: String::new() };
    let line = format!("{} = {}/capabilities\n", service.resource_id(), space.settings().url);
    ([(header::CONTENT_TYPE, "text/plain")], line).into_response()
}
