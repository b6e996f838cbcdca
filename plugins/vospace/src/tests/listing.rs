//! Walks: pages, resumption, bounds, and what breaks them.

use archway_formats::vospace::NodeKind;
use archway_plugin::Error;
use archway_plugin::testing::{RecordedHost, outline};
use archway_plugin::types::{
    Constraint, FacetFilter, FacetKind, Frame, Region, SearchQuery, Shape, TimeRange, Value,
};

use super::{BASE, Judge, container, document, found, link, node, space, titles, uri};
use crate::{harvest, search};

fn everything() -> SearchQuery {
    SearchQuery::everything()
}

/// Names that a page of a listing has.
fn names(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("{n:04}")).collect()
}

fn page(names: &[String]) -> Vec<u8> {
    container("", &names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Answers the listing of the root that begins at a child.
fn from(host: RecordedHost, name: &str, body: Vec<u8>) -> RecordedHost {
    host.answering_to(
        &format!("{BASE}/nodes?"),
        &format!("limit=3&uri={}", uri(&format!("/{name}"))),
        200,
        body,
    )
}

fn paged() -> RecordedHost {
    space().with_setting("page_nodes", Value::Integer(3))
}

fn first(host: RecordedHost, body: Vec<u8>) -> RecordedHost {
    host.answering_to(&format!("{BASE}/nodes?"), "limit=3", 200, body)
}

#[test]
fn the_standards_container_becomes_assets() {
    let listing = include_str!("../../tests/data/standard/container.xml");
    let host = RecordedHost::new()
        .with_text("base_url", "http://server.example.com/vospace")
        .with_text("root", "vos://example.com!vospace/mydir")
        .answering("http://server.example.com/vospace/capabilities", 404, "")
        .answering("http://server.example.com/vospace/nodes/mydir", 200, listing);
    let assets = found(&host, everything()).unwrap();
    assert_eq!(titles(&assets), ["file3401", "file3406", "file3532"]);
    let asked: Vec<_> = host.asked().into_iter().map(|request| request.url).collect();
    assert_eq!(
        asked,
        [
            "http://server.example.com/vospace/capabilities",
            "http://server.example.com/vospace/nodes/mydir?detail=max&limit=0",
            "http://server.example.com/vospace/nodes/mydir?detail=max&limit=500",
        ]
    );
}

#[test]
fn the_standards_data_node_becomes_an_asset() {
    let host = RecordedHost::new()
        .with_text("base_url", "http://server.example.com/vospace")
        .with_text("service", "cadc.nrc.ca!vospace")
        .answering("http://server.example.com/vospace/capabilities", 404, "")
        .answering(
            "http://server.example.com/vospace/nodes/mydata1",
            200,
            include_str!("../../tests/data/standard/data.xml"),
        );
    let id = archway_plugin::types::AssetId::NativeId("/mydata1".to_owned());
    let mut asset = crate::look_up::look_up(&host, &id).unwrap();
    let native = asset.native.take().unwrap();
    assert_eq!(native.content, include_bytes!("../../tests/data/standard/data.xml"), "as it came");
    insta::assert_snapshot!(outline(&asset));
}

#[test]
fn pages_follow_each_other_with_the_last_child_repeated_or_not() {
    for repeated in [true, false] {
        let begin = |n: usize| if repeated { n } else { n + 1 };
        let mut host = first(paged(), page(&names(0..3)));
        host = from(host, "0002", page(&names(begin(2)..begin(2) + 3)));
        let last = begin(2) + 2;
        host = from(host, &format!("{last:04}"), page(&names(begin(last)..last + 1)));
        let assets = found(&host, everything()).unwrap();
        assert_eq!(titles(&assets), names(0..last + 1), "repeated: {repeated}");
    }
}

#[test]
fn a_service_that_ignores_where_a_page_begins_is_an_error() {
    let host = first(paged(), page(&names(0..3)));
    let error = found(&host, everything()).unwrap_err();
    assert!(
        matches!(&error, Error::MalformedReply(reply) if reply.received == "its first page again"),
        "{error:?}"
    );
}

#[test]
fn pages_that_come_round_again_are_an_error() {
    let mut host = first(paged(), page(&names(0..3)));
    host = from(host, "0002", page(&names(2..5)));
    host = from(host, "0004", page(&names(4..7)));
    host = from(host, "0006", page(&[names(6..7), names(3..5)].concat()));
    let error = found(&host, everything()).unwrap_err();
    assert!(matches!(error, Error::MalformedReply(_)), "{error:?}");
}

#[test]
fn a_service_that_knows_no_pages_gives_all_at_once() {
    let host = first(paged(), page(&names(0..10)));
    assert_eq!(found(&host, everything()).unwrap().len(), 10);
    let host = space()
        .with_setting("paging", Value::Boolean(false))
        .answering(&format!("{BASE}/nodes?detail=max&limit=0"), 200, container("", &[]))
        .answering(&format!("{BASE}/nodes?detail=max"), 200, page(&names(0..7)));
    assert_eq!(found(&host, everything()).unwrap().len(), 7);
}

#[test]
fn a_search_goes_on_in_another_process_at_every_node() {
    let host = space()
        .answering(
            &format!("{BASE}/nodes?detail=max&limit=500"),
            200,
            container("", &["a/", "b", "c/"]),
        )
        .answering(
            &format!("{BASE}/nodes/a?detail=max&limit=500"),
            200,
            container("/a", &["x", "y"]),
        )
        .answering_to(
            &format!("{BASE}/nodes/a?"),
            &format!("uri={}", uri("/a/x")),
            200,
            container("/a", &["x", "y"]),
        )
        .answering_to(
            &format!("{BASE}/nodes/a?"),
            &format!("uri={}", uri("/a/y")),
            200,
            container("/a", &["y"]),
        )
        .answering_to(
            &format!("{BASE}/nodes?"),
            &format!("uri={}", uri("/a")),
            200,
            container("", &["a/", "b", "c/"]),
        )
        .answering_to(
            &format!("{BASE}/nodes?"),
            &format!("uri={}", uri("/b")),
            200,
            container("", &["b", "c/"]),
        )
        .answering_to(
            &format!("{BASE}/nodes?"),
            &format!("uri={}", uri("/c")),
            200,
            container("", &["c/"]),
        )
        .answering(&format!("{BASE}/nodes/c?"), 200, container("/c", &[]));
    let whole = found(&host, everything()).unwrap();
    assert_eq!(titles(&whole), ["a", "x", "y", "b", "c"]);
    let mut pieces = Vec::new();
    let mut after = None;
    loop {
        let mut answer = search::search(&host, SearchQuery { after, ..everything() }).unwrap();
        let Some(batch) = answer.assets.next(&host, 1).unwrap() else { break };
        pieces.extend(batch.assets);
        after = batch.resume;
    }
    assert_eq!(pieces, whole);
}

#[test]
fn a_listing_whose_place_is_gone_starts_again() {
    let host = first(paged(), page(&names(0..2)));
    let mut answer = search::search(&host, everything()).unwrap();
    let resume = answer.assets.next(&host, 1).unwrap().unwrap().resume;
    let host = first(paged(), page(&names(1..2)));
    let host = host.answering_to(
        &format!("{BASE}/nodes?"),
        &format!("uri={}", uri("/0000")),
        400,
        "InvalidArgument no such child",
    );
    let assets = found(&host, SearchQuery { after: resume, ..everything() }).unwrap();
    assert_eq!(titles(&assets), ["0001"]);
}

#[test]
fn without_pages_a_search_goes_on_behind_what_was_read() {
    let host = |names: &[String]| {
        space()
            .with_setting("paging", Value::Boolean(false))
            .answering(&format!("{BASE}/nodes?detail=max&limit=0"), 200, container("", &[]))
            .answering(&format!("{BASE}/nodes?detail=max"), 200, page(names))
    };
    let whole = host(&names(0..5));
    let mut answer = search::search(&whole, everything()).unwrap();
    let resume = answer.assets.next(&whole, 2).unwrap().unwrap().resume;
    let query = || SearchQuery { after: resume.clone(), ..everything() };
    assert_eq!(titles(&found(&whole, query()).unwrap()), names(2..5));
    let changed = host(&names(2..5));
    assert_eq!(titles(&found(&changed, query()).unwrap()), names(2..5), "its place is gone");
}

#[test]
fn what_no_node_can_meet_is_not_asked() {
    let region = Region { frame: Frame::Icrs, shape: Shape::WholeSphere };
    let facet = FacetFilter { kind: FacetKind::Mission, any_of: vec!["Gaia".to_owned()] };
    let cases = [
        ("a place", SearchQuery { region: Some(region), ..everything() }),
        (
            "a time",
            SearchQuery { time: Some(TimeRange { start: None, end: None }), ..everything() },
        ),
        ("a facet", SearchQuery { facets: vec![facet], ..everything() }),
    ];
    for (name, query) in cases {
        let host = space();
        assert_eq!(found(&host, query).unwrap(), [], "{name}");
        assert_eq!(host.asked().len(), 0, "{name}");
    }
}

#[test]
fn facets_dates_and_words_are_applied_and_the_rest_is_named() {
    let host = space()
        .with_setting("facets", Value::Json(r#"{"mission": "Gaia", "tag": ["a", "b"]}"#.to_owned()))
        .answering(
            &format!("{BASE}/nodes?detail=max&limit=500"),
            200,
            container("", &["one", "two"]),
        );
    let facet = |kind, term: &str| FacetFilter { kind, any_of: vec![term.to_owned()] };
    let odd = FacetKind::Other("odd".to_owned());
    let query = SearchQuery {
        text: Some("ONE gaia".to_owned()),
        facets: vec![facet(FacetKind::Tag, "B"), facet(odd.clone(), "x")],
        ..everything()
    };
    let mut answer = search::search(&host, query).unwrap();
    assert_eq!(answer.not_applied, [Constraint::Facet(odd)]);
    let batch = answer.assets.next(&host, 10).unwrap().unwrap();
    assert_eq!(titles(&batch.assets), ["one"]);
}

#[test]
fn a_container_in_itself_and_a_broken_listing_are_errors() {
    let itself = {
        let mut out = Vec::new();
        let inner = node("", NodeKind::Container);
        archway_formats::vospace::write_node(&mut out, &inner, std::slice::from_ref(&inner))
            .unwrap();
        out
    };
    let whole = container("", &["a", "b"]);
    let cut = whole.get(..whole.len() - 60).unwrap().to_vec();
    let bomb = b"<!DOCTYPE n [<!ENTITY a \"b\">]><node uri=\"vos://space.example!vos\">&a;</node>"
        .to_vec();
    let cases: [(&str, Vec<u8>, Judge); 4] = [
        ("itself", itself, |e| matches!(e, Error::MalformedReply(_))),
        ("cut", cut, |e| matches!(e, Error::Unavailable(_))),
        ("a bomb", bomb, |e| matches!(e, Error::MalformedReply(_))),
        ("a page for people", b"<html><body>Welcome</body></html>".to_vec(), |e| {
            matches!(e, Error::MalformedReply(_))
        }),
    ];
    for (name, body, is_right) in cases {
        let host = space().answering(&format!("{BASE}/nodes?detail=max&limit=500"), 200, body);
        let error = found(&host, everything()).unwrap_err();
        assert!(is_right(&error), "{name}: {error:?}");
    }
    let lost = Error::Unavailable(archway_plugin::types::Outage {
        reason: archway_plugin::types::OutageReason::ConnectionLost,
        message: "gone".to_owned(),
        reply_code: None,
        retry_after_ms: None,
    });
    let host = space().breaking_off(
        &format!("{BASE}/nodes?detail=max&limit=500"),
        whole.get(..40).unwrap(),
        lost.clone(),
    );
    assert_eq!(found(&host, everything()).unwrap_err(), lost);
}

#[test]
fn a_closed_folder_is_passed_over_and_a_closed_root_is_not() {
    let host = space()
        .answering(
            &format!("{BASE}/nodes?detail=max&limit=500"),
            200,
            container("", &["closed/", "open"]),
        )
        .answering(&format!("{BASE}/nodes/closed?"), 403, "PermissionDenied");
    assert_eq!(titles(&found(&host, everything()).unwrap()), ["closed", "open"]);
    let host =
        space().answering(&format!("{BASE}/nodes?detail=max&limit=500"), 403, "PermissionDenied");
    assert!(matches!(found(&host, everything()), Err(Error::Unauthorised(_))));
}

#[test]
fn links_to_folders_are_walked_where_wanted_and_never_twice() {
    let out = {
        let mut out = Vec::new();
        let links = [
            link("/in/a", &uri("/out")),
            link("/in/b", &uri("/out/deep")),
            link("/in/c", &uri("/in")),
        ];
        archway_formats::vospace::write_node(&mut out, &node("/in", NodeKind::Container), &links)
            .unwrap();
        out
    };
    let host = || {
        space()
            .with_text("root", "/in")
            .answering(
                &format!("{BASE}/nodes/in?detail=max&limit=0"),
                200,
                document(&node("/in", NodeKind::Container)),
            )
            .answering(&format!("{BASE}/nodes/in?detail=max&limit=500"), 200, out.clone())
            .answering(
                &format!("{BASE}/nodes/out?detail=max&limit=0"),
                200,
                document(&node("/out", NodeKind::Container)),
            )
            .answering(
                &format!("{BASE}/nodes/out?detail=max&limit=500"),
                200,
                container("/out", &["deep/"]),
            )
            .answering(&format!("{BASE}/nodes/out/deep?"), 200, container("/out/deep", &["x"]))
    };
    assert_eq!(titles(&found(&host(), everything()).unwrap()), ["a", "b", "c"]);
    let host = host().with_setting("follow_links", Value::Boolean(true));
    assert_eq!(titles(&found(&host, everything()).unwrap()), ["a", "deep", "x", "b", "c"]);
}

#[test]
fn a_root_that_is_a_file_is_the_only_asset() {
    let host = space().with_text("root", "/one.txt").answering(
        &format!("{BASE}/nodes/one.txt"),
        200,
        document(&node("/one.txt", NodeKind::Data)),
    );
    assert_eq!(titles(&found(&host, everything()).unwrap()), ["one.txt"]);
    let mut harvest = harvest::harvest(&host, None).unwrap();
    assert_eq!(harvest.next(&host, 10).unwrap().unwrap().changes.len(), 1);
    assert!(harvest.next(&host, 10).unwrap().is_none());
}

#[test]
fn tokens_of_others_are_refused() {
    for token in [&b""[..], b"x", b"{}", b"{\"p\":1}", b"{\"at\": 1e999}", b"\xff\0"] {
        let query = SearchQuery { after: Some(token.to_vec()), ..everything() };
        assert!(matches!(search::search(&space(), query), Err(Error::InvalidQuery(_))));
        let harvest = harvest::harvest(&space(), Some(token.to_vec()));
        assert!(matches!(harvest, Err(Error::InvalidQuery(_))), "{token:?}");
    }
}
