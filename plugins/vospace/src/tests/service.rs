//! Where a service is, what it says when it refuses, and how identifiers are read.

use archway_plugin::Error;
use archway_plugin::host::{Scheme, Slot};
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{AssetId, Constraint, LimitKind, OutageReason, Value};

use super::{BASE, Judge, SERVICE, capabilities, container, space};
use crate::describe;
use crate::look_up::look_up;
use crate::service::Service;
use crate::settings::{Identifiers, Settings};

#[test]
fn capabilities_say_where_and_are_asked_once() {
    let host = space();
    let endpoints = Service::of(&host).unwrap().endpoints;
    assert_eq!(endpoints.files.as_deref(), Some("https://space.example/vos/files"));
    assert_eq!(endpoints.sync.as_deref(), Some("https://space.example/vos/sync"));
    Service::of(&host).unwrap();
    assert_eq!(host.asked().len(), 1);
}

#[test]
fn the_interface_for_the_credential_wins() {
    let token = "<securityMethod standardID=\"ivo://ivoa.net/sso#token\"/>";
    let anybody = capabilities(&["nodes"], "").replace("/vos/nodes", "/open/nodes");
    let both = anybody.replace("</vosi:capabilities>", "")
        + capabilities(&["nodes"], token).split_once('>').unwrap().1;
    let host = |slot: Option<Slot>| {
        let host = RecordedHost::new().with_text("base_url", BASE).with_text("service", SERVICE);
        let host = host.answering(&format!("{BASE}/capabilities"), 200, both.clone());
        match slot {
            Some(slot) => host.with_text("credential", "vo").with_slot(slot),
            None => host,
        }
    };
    let slot =
        Slot { name: "vo".to_owned(), scheme: Scheme::Bearer, filled: true, hosts: Vec::new() };
    assert_eq!(
        Service::of(&host(None)).unwrap().endpoints.nodes,
        "https://space.example/open/nodes"
    );
    assert_eq!(
        Service::of(&host(Some(slot))).unwrap().endpoints.nodes,
        "https://space.example/vos/nodes"
    );
}

#[test]
fn without_capabilities_the_standards_places_are_taken_and_settings_win() {
    for (status, body) in [(404, "no"), (200, "<html>hello</html>"), (400, "what")] {
        let host = RecordedHost::new()
            .with_text("base_url", &format!("{BASE}/"))
            .with_text("service", SERVICE)
            .with_text("files_url", "https://files.example/f/")
            .answering(&format!("{BASE}/capabilities"), status, body);
        let endpoints = Service::of(&host).unwrap().endpoints;
        assert_eq!(endpoints.nodes, format!("{BASE}/nodes"), "{status}");
        assert_eq!(endpoints.files.as_deref(), Some("https://files.example/f"));
    }
    let down = RecordedHost::new().with_text("base_url", BASE).answering(BASE, 503, "later");
    assert!(matches!(Service::of(&down), Err(Error::Unavailable(_))), "down is not without");
}

#[test]
fn the_top_node_says_the_name_of_the_service() {
    let host = RecordedHost::new()
        .with_text("base_url", BASE)
        .with_text("root", "/a b/")
        .answering(&format!("{BASE}/capabilities"), 404, "")
        .answering(&format!("{BASE}/nodes?"), 200, container("", &[]));
    assert_eq!(Service::of(&host).unwrap().root.to_string(), format!("vos://{SERVICE}/a%20b"));
    Service::of(&host).unwrap();
    assert_eq!(host.asked().iter().filter(|asked| asked.url.contains("/nodes")).count(), 1);
}

#[test]
fn faults_become_errors_by_their_names_before_their_statuses() {
    let cases: [(u16, &str, Judge); 15] = [
        (404, "NodeNotFound /x", |e| matches!(e, Error::NotFound(_))),
        (500, "ContainerNotFound /x", |e| matches!(e, Error::NotFound(_))),
        (404, "<html>no such page</html>", |e| matches!(e, Error::NotFound(_))),
        (403, "PermissionDenied", |e| matches!(e, Error::Unauthorised(_))),
        (401, "", |e| matches!(e, Error::Unauthorised(_))),
        (400, "PermissionDenied", |e| matches!(e, Error::Unauthorised(_))),
        (
            500,
            "InternalFault disk",
            |e| matches!(e, Error::Unavailable(o) if o.reason == OutageReason::ServerFault),
        ),
        (500, "NodeBusy", |e| matches!(e, Error::Unavailable(o) if o.reason == OutageReason::Busy)),
        (423, "NodeLocked", |e| matches!(e, Error::Unavailable(_))),
        (503, "", |e| matches!(e, Error::Unavailable(o) if o.reason == OutageReason::Busy)),
        (504, "", |e| matches!(e, Error::Unavailable(o) if o.reason == OutageReason::TimedOut)),
        (400, "OperationNotSupported sort", |e| matches!(e, Error::Unsupported(_))),
        (405, "", |e| matches!(e, Error::Unsupported(_))),
        (413, "", |e| matches!(e, Error::Exhausted(x) if x.limit == LimitKind::ArchiveLimit)),
        (
            418,
            "I am a teapot",
            |e| matches!(e, Error::InvalidQuery(f) if f.message == "I am a teapot"),
        ),
    ];
    for (status, body, is_right) in cases {
        let host = space().answering(&format!("{BASE}/nodes/x"), status, body);
        let service = Service::of(&host).unwrap();
        let error = service.node(&host, &service.node_uri("/x").unwrap()).unwrap_err();
        assert!(is_right(&error), "{status} {body}: {error:?}");
    }
}

#[test]
fn identifiers_are_read_as_they_are_meant() {
    let cases = [
        (Identifiers::Auto, "vos://h!s/a%20b", Some("/a b")),
        (Identifiers::Auto, "vos://h!s/a b", Some("/a b")),
        (Identifiers::Auto, "vos://h!s/100%", Some("/100%")),
        (Identifiers::Auto, "vos://h!s/a#b?c", Some("/a#b?c")),
        (Identifiers::Auto, "vos://h!s/ö%41", Some("/ö%41")),
        (Identifiers::Auto, "vos://h!s/50%41", Some("/50A")),
        (Identifiers::Plain, "vos://h!s/50%41", Some("/50%41")),
        (Identifiers::Escaped, "vos://h!s/50%2541", Some("/50%41")),
        (Identifiers::Auto, "vos://h!s/a/../b", None),
        (Identifiers::Escaped, "vos://h!s/%2e%2e/b", None),
        (Identifiers::Auto, "https://h/a", None),
    ];
    for (how, text, path) in cases {
        let found = how.parse(text).map(|uri| uri.path);
        // What cannot be unescaped is taken as it is, and goes nowhere but down all the same.
        let found = found.filter(|path| !path.contains("%2e"));
        assert_eq!(found.as_deref(), path, "{how:?} {text}");
    }
}

#[test]
fn nothing_beside_the_root_is_found() {
    let host = space().with_text("root", "/public");
    for id in [
        "/private/x",
        "/publication",
        "vos://other!space/public/x",
        "nonsense",
        "/public/../private",
    ] {
        let id = AssetId::NativeId(id.to_owned());
        assert!(matches!(look_up(&host, &id), Err(Error::NotFound(_))), "{id:?}");
    }
    assert!(!host.asked().iter().any(|asked| asked.url.contains("/nodes")), "nor asked for");
}

#[test]
fn a_description_says_the_root_and_what_is_applied() {
    let host = space()
        .with_text("title", "Our space")
        .with_setting("facets", Value::Json(r#"{"mission": "Gaia"}"#.to_owned()));
    let description = describe::describe(&host).unwrap();
    assert_eq!(
        (description.title.as_str(), description.collections[0].id.as_str()),
        ("Our space", "Our space")
    );
    assert!(
        description.push_down.contains(&Constraint::Text)
            && !description.push_down.contains(&Constraint::Region)
    );
    let closed = space().answering(&format!("{BASE}/nodes?"), 403, "PermissionDenied");
    let closed =
        closed.answering(&format!("{BASE}/nodes?detail=max&limit=0"), 403, "PermissionDenied");
    assert!(describe::describe(&closed).is_err());
}

#[test]
fn settings_that_mean_nothing_are_named() {
    let host = space().with_setting("facets", Value::Json(r#"{"mission": 1}"#.to_owned()));
    let Err(Error::InvalidQuery(fault)) = Settings::of(&host) else { panic!("taken") };
    assert_eq!(fault.part.as_deref(), Some("facets"));
    for root in ["https://h/x", "vos://"] {
        assert!(
            matches!(Service::of(&space().with_text("root", root)), Err(Error::InvalidQuery(_))),
            "{root}"
        );
    }
    assert!(matches!(Settings::of(&RecordedHost::new()), Err(Error::InvalidQuery(_))));
}

#[test]
fn encodings_come_from_the_node_or_from_its_name() {
    let encoding = |path: &str, said: Option<&str>| {
        let mut node = super::node(path, archway_formats::vospace::NodeKind::Data);
        node.properties.extend(said.map(|said| archway_formats::vospace::Property {
            uri: archway_formats::vospace::property::ENCODING.to_owned(),
            value: Some(said.to_owned()),
            read_only: false,
        }));
        let service = Service::of(&space()).unwrap();
        let uri = service.node_uri(path).unwrap();
        let mut asset = crate::mapping::asset(&service, &node, &uri, None);
        let data = asset.distributions.remove(0);
        (data.encodings.join(" "), data.format.unwrap_or_default())
    };
    let cases = [
        ("/a.fits", None, "", "fits"),
        ("/a.fits.gz", None, "gzip", "fits"),
        ("/a.csv.Z", None, "compress", "csv"),
        ("/a.fits.gz", Some("x-gzip"), "gzip", "fits"),
        ("/a.fits", Some("identity"), "", "fits"),
    ];
    for (path, said, encodings, format) in cases {
        assert_eq!(
            encoding(path, said),
            (encodings.to_owned(), format.to_owned()),
            "{path} {said:?}"
        );
    }
}

#[test]
fn collections_are_folders_as_deep_as_wanted() {
    let host =
        space().with_text("collection", "all").with_setting("collection_depth", Value::Integer(2));
    let settings = Settings::of(&host).unwrap();
    let cases = [("/p/a/b/c/d", "a/b"), ("/p/a/b", "a"), ("/p/a", "all"), ("/p", "all")];
    for (path, wanted) in cases {
        assert_eq!(settings.collection_of(path, "/p"), wanted, "{path}");
    }
}
