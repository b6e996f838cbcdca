//! Failures in the forms archives give them (tests/data/SOURCES.md says where from).

use archway_plugin::testing::RecordedHost;
use archway_plugin::{Host, Request};

use super::*;

const URL: &str = "https://archive.example/tap/sync";
const NESTED: &[u8] = include_bytes!("../../tests/data/recorded/ehst-nested-not-well-formed.vot");
const GZIP: &[u8] = include_bytes!("../../tests/data/recorded/gavo-obscore.vot.gz");
const PLAIN: &[u8] = include_bytes!("../../tests/data/recorded/gavo-obscore.vot");
const OK: &str = r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>
<FIELD name="n" datatype="int"/><DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#;
const DALI_ERROR: &str = r#"<VOTABLE version="1.4"><RESOURCE type="results">
<INFO name="QUERY_STATUS" value="ERROR">Unknown column "x" [l.3 c.14]</INFO></RESOURCE></VOTABLE>"#;
const TAP_PLUS: &str = "<html><body><h1>Error</h1><ul><li><b>Status code: </b>400</li>\
<li><b>Message: </b>Error 500: Column <i>x</i> &amp; y unknown</li></ul></body></html>";

fn failure(
    status: u16,
    media_type: &str,
    extra: &[(&str, &str)],
    body: &[u8],
    slot: Option<&str>,
) -> String {
    let headers: Vec<_> = [("content-type", media_type)]
        .into_iter()
        .filter(|(_, v)| !v.is_empty())
        .chain(extra.iter().copied())
        .collect();
    let host = RecordedHost::new().answering_with(URL, status, &headers, body);
    match table(host.send(Request::get(URL)).unwrap(), "SELECT x", slot) {
        Ok(_) => "a table".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

/// Name, status, media type, more headers, body, credential slot.
type Case<'a> = (&'a str, u16, &'a str, &'a [(&'a str, &'a str)], &'a [u8], Option<&'a str>);

#[test]
fn every_form_of_failure_is_told_by_its_kind() {
    let html = "text/html;charset=UTF-8";
    let xml = "application/x-votable+xml";
    let cases: [Case<'_>; 19] = [
        ("a table", 200, xml, &[], OK.as_bytes(), None),
        ("an error in a table, 200", 200, xml, &[], DALI_ERROR.as_bytes(), None),
        ("an error in a table, 400", 400, xml, &[], DALI_ERROR.as_bytes(), None),
        ("an error in a table, 500", 500, "text/xml", &[], DALI_ERROR.as_bytes(), None),
        ("an HTML list, 400", 400, html, &[], TAP_PLUS.as_bytes(), None),
        ("an HTML list, 200", 200, html, &[], TAP_PLUS.as_bytes(), None),
        ("a nested table that is not well-formed", 200, "text/xml", &[], NESTED, None),
        ("a login page", 200, html, &[], b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>", None),
        ("no type and no table, with a credential", 200, "", &[], b"", Some("esa")),
        ("no type and no table", 200, "", &[], b"", None),
        ("JSON", 200, "application/json", &[], b"{\"data\": []}", None),
        ("401 without a credential", 401, html, &[], b"<h1>Unauthorized</h1>", None),
        ("401 with a credential", 401, html, &[], b"<h1>Unauthorized</h1>", Some("esa")),
        ("403", 403, "text/plain", &[], b"proprietary", Some("esa")),
        ("404", 404, html, &[], b"<h1>Not here</h1>", None),
        ("503 with a date to come back", 503, html, &[("retry-after", "120")], b"<h1>Down for maintenance</h1>", None),
        ("429", 429, "", &[], b"", None),
        ("500 of the server", 500, html, &[], b"<h1>NullPointerException</h1>", None),
        ("a time limit", 200, xml, &[], br#"<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">Query timed out</INFO></RESOURCE></VOTABLE>"#, None),
    ];
    let told: Vec<_> = cases
        .map(|(name, status, kind, extra, body, slot)| {
            format!("{name}\n  {}", failure(status, kind, extra, body, slot))
        })
        .to_vec();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn gzip_that_nobody_announced_is_read() {
    let rows = |content: &[u8]| {
        let host = RecordedHost::new().in_reads_of(7).answering_with(
            URL,
            200,
            &[("content-type", "application/x-votable+xml")],
            content,
        );
        let mut table = table(host.send(Request::get(URL)).unwrap(), "q", None).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            rows.push(row.to_cells());
        }
        rows
    };
    assert_eq!(rows(GZIP), rows(PLAIN));
    assert!(!rows(GZIP).is_empty());
}

#[test]
fn a_connection_lost_in_the_rows_is_not_an_end() {
    let lost = Error::Unavailable(Outage {
        reason: OutageReason::ConnectionLost,
        message: "reset".to_owned(),
        reply_code: None,
        retry_after_ms: None,
    });
    let cut = &PLAIN[..PLAIN.len() - 2000];
    let read = |host: &RecordedHost| -> Result<(), Error> {
        let mut table = table(host.send(Request::get(URL)).unwrap(), "q", None)?;
        while table.next_row().map_err(|failure| error(failure, "q"))?.is_some() {}
        Ok(())
    };
    assert_eq!(read(&RecordedHost::new().breaking_off(URL, cut, lost.clone())), Err(lost));
    let ended = read(&RecordedHost::new().in_reads_of(100).answering(URL, 200, cut));
    assert!(
        matches!(ended, Err(Error::Unavailable(outage)) if outage.reason == OutageReason::ConnectionLost)
    );
    assert_eq!(read(&RecordedHost::new().answering(URL, 200, PLAIN)), Ok(()));
}
