//! Ways to the bytes: plain links, DataLink documents, tables.

use archway_plugin::testing::{RecordedHost, outline};

use super::*;

const BASE: &str = "https://archive.example/tap";
/// Recorded from CADC; see tests/data/SOURCES.md.
const LINKS: &str = include_str!("../../tests/data/recorded/cadc-datalink.vot");

fn row(url: &str, format: &str) -> String {
    format!(
        r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>
        <FIELD name="obs_publisher_did" datatype="char" arraysize="*"/><FIELD name="access_url" datatype="char" arraysize="*"/>
        <FIELD name="access_format" datatype="char" arraysize="*"/><FIELD name="access_estsize" datatype="long"/>
        <DATA><TABLEDATA><TR><TD>ivo://a/b?1</TD><TD>{url}</TD><TD>{format}</TD><TD>12</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#
    )
}

fn ask(host: &RecordedHost, distribution: Option<&str>) -> Result<Vec<Way>, Error> {
    access(
        host,
        &AccessRequest {
            native_id: "ivo://a/b?1".to_owned(),
            distribution_id: distribution.map(str::to_owned),
        },
    )
}

fn host() -> RecordedHost {
    RecordedHost::new()
        .with_text("base_url", BASE)
        .with_text("mode", "obscore")
        .with_text("credential", "esa")
}

#[test]
fn a_link_is_a_plain_get_with_the_archives_credential() {
    let host = host().answering(
        BASE,
        200,
        row("https://archive.example/data?a=1&amp;amp;b=2", "application/fits"),
    );
    let ways = ask(&host, Some("this")).unwrap();
    let [Way { route: Route::Http(way), size: Some(size), .. }] = &ways[..] else {
        panic!("{ways:?}")
    };
    assert_eq!(
        way.url, "https://archive.example/data?a=1&b=2",
        "an ampersand escaped twice is one ampersand"
    );
    assert_eq!((way.credential.as_deref(), way.ranges, size.bytes), (Some("esa"), false, 12_000));
    assert!(matches!(ask(&host, Some("another")), Err(Error::NotFound(_))));
}

#[test]
fn a_datalink_document_is_read_into_links_and_services() {
    let format = "application/x-votable+xml;content=datalink";
    let host = host()
        .answering(BASE, 200, row("https://archive.example/links?ID=1", format))
        .answering("https://archive.example/links", 200, LINKS);
    let ways = ask(&host, None).unwrap();
    let service = ways.iter().find(|way| matches!(way.route, Route::Service(_))).unwrap();
    let roles: Vec<_> = ways.iter().map(|way| way.role.as_str()).collect();
    insta::assert_snapshot!(format!("{roles:?}\n{}{}", outline(&ways[0]), outline(service)));
}

#[test]
fn a_document_that_only_tells_of_a_failure_is_one() {
    let links = |message: &str| {
        format!(
            r#"<VOTABLE version="1.4"><RESOURCE type="results"><TABLE><FIELD name="ID" datatype="char" arraysize="*"/>
            <FIELD name="access_url" datatype="char" arraysize="*"/><FIELD name="error_message" datatype="char" arraysize="*"/>
            <DATA><TABLEDATA><TR><TD>1</TD><TD/><TD>{message}</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#
        )
    };
    let cases = [
        ("NotFoundFault: no such thing", "not-found"),
        ("AuthorizationFault: not yours", "unauthorised"),
        ("TransientFault: later", "unavailable"),
        ("UsageFault: how so", "invalid-query"),
    ];
    for (message, wanted) in cases {
        let host = host()
            .answering(
                BASE,
                200,
                row(
                    "https://archive.example/links?ID=1",
                    "application/x-votable+xml;content=datalink",
                ),
            )
            .answering("https://archive.example/links", 200, links(message));
        let kind = match ask(&host, None).unwrap_err() {
            Error::NotFound(_) => "not-found",
            Error::Unauthorised(_) => "unauthorised",
            Error::Unavailable(_) => "unavailable",
            Error::InvalidQuery(_) => "invalid-query",
            other => panic!("{other:?}"),
        };
        assert_eq!(kind, wanted, "{message}");
    }
}
