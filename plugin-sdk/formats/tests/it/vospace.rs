//! VOSpace documents: the standard's examples, round trips, and what is made to hurt.

use archway_formats::vospace::{
    Direction, Fault, FaultKind, Node, NodeCapability, NodeKind, NodeReader, NodeUri, Offers,
    OffersKind, Parameter, Property, Protocol, Transfer, View, escaped_path, protocol, read_node,
    read_offers, read_transfer, write_node, write_offers, write_transfer,
};
use archway_formats::{Ceiling, Error, Limits};
use proptest::prelude::*;

use crate::recorded_bytes;

fn whole(document: &[u8]) -> Result<(Node, Vec<Node>), Error> {
    let mut reader = NodeReader::new(document, &Limits::default())?;
    let mut children = Vec::new();
    while let Some(child) = reader.next_child()? {
        children.push(child);
    }
    Ok((reader.node().clone(), children))
}

#[test]
fn the_standards_container_gives_its_children() {
    let (node, children) = whole(&recorded_bytes("vospace/standard-container.xml")).unwrap();
    assert_eq!(
        (node.uri.as_str(), node.kind.clone()),
        ("vos://example.com!vospace/mydir", NodeKind::Container)
    );
    assert_eq!(node.core("description"), Some("My award winning images"));
    assert_eq!(node.accepts, [View::new("ivo://ivoa.net/vospace/core#anyview")]);
    let names: Vec<_> = children.iter().map(|child| NodeUri::parse(&child.uri).unwrap()).collect();
    let names: Vec<_> = names.iter().map(NodeUri::name).collect();
    assert_eq!(names, ["file3401", "file3406", "file3532"]);
    assert!(children.iter().all(|child| child.kind == NodeKind::Data));
}

#[test]
fn the_standards_data_node_tells_length_digest_and_date() {
    let node =
        read_node(&recorded_bytes("vospace/standard-data.xml")[..], &Limits::default()).unwrap();
    assert_eq!((node.core("length"), node.core("title")), (Some("44"), Some("Title for my data")));
    assert_eq!(node.core("MD5"), Some("12c13e49f2fd37e2c91bcca6acb78a08"));
    assert!(node.properties[0].read_only && !node.properties[3].read_only && !node.busy);
    let set =
        read_node(&recorded_bytes("vospace/standard-set.xml")[..], &Limits::default()).unwrap();
    assert_eq!((set.kind, set.properties.len()), (NodeKind::UnstructuredData, 1));
}

#[test]
fn a_link_tells_its_target_and_a_listing_its_kinds() {
    let (node, children) = whole(&recorded_bytes("vospace/container.xml")).unwrap();
    assert_eq!(node.core("ispublic"), Some("false"));
    assert_eq!(children[0].core("length"), Some("2880"));
    assert_eq!(children[1].kind, NodeKind::Link);
    assert_eq!(children[1].target.as_deref(), Some("vos://gw.example.org~vospace/home/a.fits"));
}

#[test]
fn the_standards_transfer_and_an_agreed_one_are_read() {
    let push = read_transfer(&recorded_bytes("vospace/standard-push.xml")[..], &Limits::default())
        .unwrap();
    assert_eq!(push.direction, Direction::PushToVoSpace);
    assert_eq!(push.protocols[0].word(), "httpsput");
    assert_eq!(push.protocols[0].security_methods, ["ivo://ivoa.net/sso#tls-with-certificate"]);
    let pull = read_transfer(&recorded_bytes("vospace/pull.xml")[..], &Limits::default()).unwrap();
    assert_eq!(pull.protocols[0].uri, protocol::HTTPS_GET);
    assert_eq!(
        pull.protocols[0].endpoint.as_deref(),
        Some("https://gw.example.org/vos/files/home/a.fits?t=abc")
    );
    assert_eq!((pull.keep_bytes, pull.params[0].value.as_str()), (Some(true), "2880"));
}

#[test]
fn what_a_service_offers_is_read_and_written() {
    let cases = [
        ("protocols", OffersKind::Protocols, [2, 2, 0]),
        ("views", OffersKind::Views, [1, 1, 0]),
        ("properties", OffersKind::Properties, [3, 2, 4]),
    ];
    for (name, kind, counts) in cases {
        let document = recorded_bytes(&format!("vospace/standard-{name}.xml"));
        let offers = read_offers(&document[..], kind, &Limits::default()).expect(name);
        let found = [&offers.accepts, &offers.provides, &offers.contains].map(Vec::len);
        assert_eq!(found, counts, "{name}");
        let mut again = Vec::new();
        write_offers(&mut again, kind, &offers).unwrap();
        assert_eq!(read_offers(&again[..], kind, &Limits::default()).unwrap(), offers, "{name}");
    }
    let wrong = read_offers(&b"<views/>"[..], OffersKind::Protocols, &Limits::default());
    assert!(matches!(wrong, Err(Error::UnexpectedRoot { .. })));
    let empty = read_offers(&b"<views/>"[..], OffersKind::Views, &Limits::default());
    assert_eq!(empty.unwrap(), Offers::default());
}

#[test]
fn faults_are_known_however_services_write_them() {
    let cases = [
        ("NodeNotFound vos://a!b/c", FaultKind::NodeNotFound, "vos://a!b/c"),
        ("Node Not Found", FaultKind::NodeNotFound, ""),
        ("DuplicateNode.", FaultKind::DuplicateNode, ""),
        ("  permissiondenied: write to /x\n", FaultKind::PermissionDenied, "write to /x"),
        ("InvalidURI", FaultKind::InvalidUri, ""),
        ("Invalid URI: no", FaultKind::InvalidUri, "no"),
        (
            "<html><body>InternalFault <b>out of room</b></body></html>",
            FaultKind::InternalFault,
            "out of room",
        ),
        ("LinkFound /a/b", FaultKind::LinkFound, "/a/b"),
    ];
    for (text, kind, details) in cases {
        assert_eq!(Fault::parse(text), Some(Fault::new(kind, details)), "{text}");
    }
    for text in ["", "NodeNotFoundish", "the service said NodeNotFound", "<NodeNotFound"] {
        assert_eq!(Fault::parse(text), None, "{text}");
    }
    assert_eq!(FaultKind::NodeNotFound.summary(), "Node Not Found");
    assert_eq!(FaultKind::InvalidUri.summary(), "Invalid URI");
    assert_eq!(
        (FaultKind::DuplicateNode.status(), Fault::new(FaultKind::NodeBusy, "x").to_string()),
        (409, "NodeBusy x".to_owned())
    );
}

#[test]
fn identifiers_come_apart_and_paths_go_only_down() {
    let uri = NodeUri::parse("vos://cadc.nrc.ca~vault/a%20b/%C3%A9%25%23%2B+").unwrap();
    assert_eq!((uri.path.as_str(), uri.name()), ("/a b/é%#++", "é%#++"));
    assert_eq!(uri.resource_id(), "ivo://cadc.nrc.ca/vault");
    assert_eq!(uri.to_string(), "vos://cadc.nrc.ca~vault/a%20b/%C3%A9%25%23%2B%2B");
    assert_eq!(uri.parent().unwrap().to_plain(), "vos://cadc.nrc.ca~vault/a b");
    let root = NodeUri::parse("vos://cadc.nrc.ca!vault/").unwrap();
    assert_eq!((root.path.as_str(), root.name(), root.parent()), ("", "", None));
    assert!(root.holds(&uri) && !uri.holds(&root) && uri.is_beside(&root));
    assert!(!root.child("a").holds(&root.child("ab")));
    let plain = NodeUri::parse_plain("vos://h!s/100%25/a#b?c").unwrap();
    assert_eq!(plain.path, "/100%25/a#b?c");
    for bad in [
        "http://h/a",
        "vos:///a",
        "vos://h!s/a/../b",
        "vos://h!s/%2e%2e/b",
        "vos://h!s//a",
        "vos://h!s/a?x=1",
        "vos://h!s/a#b",
        "vos://h!s/%FF",
        "vos://h!s/a%0Ab",
        "",
    ] {
        assert_eq!(NodeUri::parse(bad), None, "{bad}");
    }
    assert_eq!(escaped_path("/a b/ü"), "/a%20b/%C3%BC");
}

#[test]
fn what_is_made_to_hurt_is_a_typed_error() {
    let bomb =
        "<!DOCTYPE n [<!ENTITY a \"ha\">]><node uri=\"vos://a!b/c\"><target>&a;</target></node>";
    assert!(matches!(whole(bomb.as_bytes()), Err(Error::Doctype { .. })));
    let entity = "<node uri=\"vos://a!b/c\"><target>&a;</target></node>";
    assert!(matches!(whole(entity.as_bytes()), Err(Error::UnknownEntity { .. })));
    let deep =
        format!("<node uri=\"vos://a!b/c\"><nodes>{}", "<node uri=\"x\"><nodes>".repeat(1000));
    assert!(matches!(whole(deep.as_bytes()), Err(Error::Limit { ceiling: Ceiling::Depth, .. })));
    let cut = "<node uri=\"vos://a!b/c\"><nodes><node uri=\"vos://a!b/c/d\"/>";
    assert!(
        matches!(whole(cut.as_bytes()), Err(Error::Truncated { .. })),
        "never taken for the whole"
    );
    assert!(matches!(whole(b"<node/>"), Err(Error::BadValue { .. })), "a node without identifier");
    assert!(matches!(whole(b"<html/>"), Err(Error::UnexpectedRoot { .. })));
    let nowhere =
        read_transfer(&b"<transfer><direction>up</direction></transfer>"[..], &Limits::default());
    assert!(matches!(nowhere, Err(Error::BadValue { what: "direction", .. })));
    assert!(
        read_transfer(&b"<transfer/>"[..], &Limits::default()).is_err(),
        "a transfer of nothing"
    );
}

#[test]
fn children_are_read_in_constant_room_and_properties_behind_them_too() {
    let child = |n: usize| {
        format!(
            "<node uri=\"vos://a!b/c/{n}\" xsi:type=\"vos:DataNode\"><nodes><node uri=\"x\"/></nodes></node>"
        )
    };
    let children: String = (0..5000).map(child).collect();
    let document = format!(
        "<node uri=\"vos://a!b/c\" xsi:type=\"vos:ContainerNode\"><nodes>{children}</nodes>\
         <properties><property uri=\"ivo://ivoa.net/vospace/core#title\">late</property></properties></node>"
    );
    // Less than the document: what is read of it is forgotten child by child.
    let limits = Limits { head_bytes: 4096, ..Limits::default() };
    let mut reader = NodeReader::new(document.as_bytes(), &limits).unwrap();
    let mut count = 0;
    while let Some(child) = reader.next_child().unwrap() {
        assert_eq!(child.uri, format!("vos://a!b/c/{count}"));
        count += 1;
    }
    assert_eq!((count, reader.node().core("title")), (5000, Some("late")));
}

/// A text that XML can carry, without blanks at its ends, which readers take off.
fn text() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        8 => proptest::char::range(' ', '~'),
        1 => prop::sample::select(vec!['\n', '\t', '\r', '<', '>', '&', '"', '\'', ']']),
        1 => proptest::char::range('\u{a0}', '\u{d7ff}'),
    ];
    prop::collection::vec(c, 1..20).prop_map(|chars| {
        let text: String = chars.into_iter().collect();
        text.trim().to_owned()
    })
}

fn filled() -> impl Strategy<Value = String> {
    text().prop_map(|text| if text.is_empty() { "x".to_owned() } else { text })
}

fn parameter() -> impl Strategy<Value = Parameter> {
    (filled(), text()).prop_map(|(uri, value)| Parameter { uri, value })
}

fn view() -> impl Strategy<Value = View> {
    (filled(), any::<bool>(), prop::collection::vec(parameter(), 0..3))
        .prop_map(|(uri, original, params)| View { uri, original, params })
}

fn property() -> impl Strategy<Value = Property> {
    (filled(), prop::option::of(text()), any::<bool>())
        .prop_map(|(uri, value, read_only)| Property { uri, value, read_only })
}

fn data_node() -> impl Strategy<Value = Node> {
    let capability =
        (filled(), prop::option::of(filled()), prop::collection::vec(parameter(), 0..3))
            .prop_map(|(uri, endpoint, params)| NodeCapability { uri, endpoint, params });
    let lists = (
        prop::collection::vec(property(), 0..4),
        prop::collection::vec(view(), 0..3),
        prop::collection::vec(view(), 0..3),
        prop::collection::vec(capability, 0..2),
    );
    let kinds = [NodeKind::Data, NodeKind::UnstructuredData, NodeKind::StructuredData];
    (
        filled(),
        prop::sample::select(kinds.to_vec()),
        any::<bool>(),
        lists,
        prop::option::of(filled()),
    )
        .prop_map(|(uri, kind, busy, (properties, accepts, provides, capabilities), extra)| {
            Node {
                uri,
                kind,
                busy,
                properties,
                accepts,
                provides,
                capabilities,
                extras: extra.map(|text| ("odd".to_owned(), text)).into_iter().collect(),
                ..Node::default()
            }
        })
}

fn transfer() -> impl Strategy<Value = Transfer> {
    let protocol = (
        filled(),
        prop::option::of(filled()),
        prop::collection::vec(parameter(), 0..2),
        prop::collection::vec(filled(), 0..2),
    );
    let protocol = protocol.prop_map(|(uri, endpoint, params, security_methods)| Protocol {
        uri,
        endpoint,
        params,
        security_methods,
    });
    let direction = prop::sample::select(vec![
        Direction::PullFromVoSpace,
        Direction::PushToVoSpace,
        Direction::PullToVoSpace,
        Direction::PushFromVoSpace,
        Direction::Internal("vos://a!b/c d".to_owned()),
    ]);
    (
        filled(),
        direction,
        prop::option::of(view()),
        prop::collection::vec(protocol, 0..3),
        prop::option::of(any::<bool>()),
        prop::collection::vec(parameter(), 0..3),
    )
        .prop_map(|(target, direction, view, protocols, keep_bytes, params)| Transfer {
            version: Some("2.1".to_owned()),
            target,
            direction,
            view,
            protocols,
            keep_bytes,
            params,
        })
}

proptest! {
    #[test]
    fn a_container_written_is_read_back(children in prop::collection::vec(data_node(), 0..4), own in prop::collection::vec(property(), 0..3)) {
        let version = Some("2.1".to_owned());
        let link = Node { uri: "vos://a!b/l".to_owned(), kind: NodeKind::Link, target: Some("vos://a!b/<&>".to_owned()), ..Node::default() };
        let children: Vec<_> = children.into_iter().chain([link]).collect();
        let node = Node { uri: "vos://a!b".to_owned(), kind: NodeKind::Container, version, properties: own, ..Node::default() };
        let mut document = Vec::new();
        write_node(&mut document, &node, &children).unwrap();
        prop_assert_eq!(whole(&document).unwrap(), (node, children));
    }

    #[test]
    fn a_transfer_written_is_read_back(transfer in transfer()) {
        let mut document = Vec::new();
        write_transfer(&mut document, &transfer).unwrap();
        prop_assert_eq!(read_transfer(&document[..], &Limits::default()).unwrap(), transfer);
    }

    #[test]
    fn an_identifier_written_is_read_back(path in prop::collection::vec("[ -~é中]{1,8}", 0..4)) {
        let path: String = path.iter().map(|step| format!("/{}", step.replace(['/', '.'], "_"))).collect();
        let uri = NodeUri { service: "a.b!c".to_owned(), path };
        prop_assert_eq!(NodeUri::parse(&uri.to_string()), Some(uri.clone()));
        if !uri.path.ends_with(' ') {
            prop_assert_eq!(NodeUri::parse_plain(&uri.to_plain()), Some(uri));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(<|>|/|node|nodes|property|uri|=|\"|a| |&amp;){0,60}") {
        for document in [&bytes[..], text.as_bytes(), format!("<node uri=\"a\">{text}").as_bytes()] {
            let _ = whole(document);
            let _ = read_transfer(document, &Limits::default());
        }
        let _ = Fault::parse(&text);
        let _ = NodeUri::parse(&String::from_utf8_lossy(&bytes));
    }
}
