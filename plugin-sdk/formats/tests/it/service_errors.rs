//! Error bodies of services, in every shape met.

use archway_formats::error_message;

use crate::recorded_bytes;

#[test]
fn the_message_is_found_in_every_shape() {
    let cases: &[(&str, Option<&str>, &str, Option<&str>)] = &[
        (
            "DALI",
            Some("application/x-votable+xml"),
            "<VOTABLE><RESOURCE type='results'><INFO name='QUERY_STATUS' value='ERROR'>Unknown column \"foo\" &lt;1&gt;\n  (line 1)</INFO></RESOURCE></VOTABLE>",
            Some("Unknown column \"foo\" <1> (line 1)"),
        ),
        (
            "DALI, wrong type",
            Some("text/html"),
            "<VOTABLE><RESOURCE type='results'><INFO name='QUERY_STATUS' value='ERROR'><![CDATA[a < b]]></INFO></RESOURCE></VOTABLE>",
            Some("a < b"),
        ),
        (
            "DALI, cut",
            None,
            "<VOTABLE><RESOURCE type='results'><INFO name='QUERY_STATUS' value='ERROR'>cut off",
            Some("cut off"),
        ),
        (
            "not well-formed",
            None,
            "<VOTABLE><RESOURCE><INFO name=\"QUERY_STATUS\" value=\"ERROR\">a & b</INFO>",
            Some("a & b"),
        ),
        (
            "VOTable in a VOTable",
            None,
            "<VOTABLE><INFO name=\"QUERY_STATUS\" value=\"ERROR\"><?xml version=\"1.0\"?><VOTABLE><RESOURCE><INFO name=\"QUERY_STATUS\" value=\"ERROR\">inner cause</INFO></RESOURCE></VOTABLE>",
            Some("inner cause"),
        ),
        (
            "innermost of two",
            None,
            "<VOTABLE><INFO name=\"QUERY_STATUS\" value=\"ERROR\">outer<VOTABLE><INFO name=\"QUERY_STATUS\" value=\"ERROR\">inner cause</INFO>",
            Some("inner cause"),
        ),
        (
            "cone search",
            None,
            "<VOTABLE><INFO name=\"Error\" value=\"SR is too large\"/></VOTABLE>",
            Some("SR is too large"),
        ),
        (
            "UWS",
            None,
            "<uws:job><uws:errorSummary type=\"fatal\"><uws:message>out &amp; away</uws:message></uws:errorSummary></uws:job>",
            Some("out & away"),
        ),
        (
            "TAP+ page",
            Some("text/html;charset=UTF-8"),
            "<html><head><title>OpenCms</title></head><body><h1>TAP ERROR</h1><ul><li><b>Type: </b>fatal</li><li><b>Message: </b>Cannot parse query 'x': <i>1 unresolved</i> identifier&#40;s&#41;</li></ul></body></html>",
            Some("Cannot parse query 'x': 1 unresolved identifier(s)"),
        ),
        (
            "page with a heading",
            Some("text/html"),
            "<!DOCTYPE html><html><head><title>Error</title><style>h1 {}</style></head><body><h1>HTTP Status 404 &ndash; Not&nbsp;Found</h1><p>x</p></body></html>",
            Some("HTTP Status 404 &ndash; Not Found"),
        ),
        (
            "page with a title",
            None,
            "<HTML><HEAD><TITLE>502 Bad Gateway</TITLE></HEAD><BODY>nginx</BODY></HTML>",
            Some("502 Bad Gateway"),
        ),
        (
            "page with a body",
            None,
            "<html><body>\n<script>alert('x')</script>gone <b>away</b></body></html>",
            Some("gone away"),
        ),
        (
            "plain",
            Some("text/plain"),
            "UsageError: bad\tPOS\r\n\u{7}\u{1b}[31m",
            Some("UsageError: bad POS [31m"),
        ),
        (
            "plain with signs",
            Some("text/plain"),
            "expected a < b and c > d",
            Some("expected a < b and c > d"),
        ),
        ("empty", Some("text/plain"), "", None),
        ("blank", None, " \r\n\t ", None),
        ("only tags", Some("text/html"), "<html><body></body></html>", None),
    ];
    for (name, content_type, body, expected) in cases {
        assert_eq!(error_message(*content_type, body.as_bytes()).as_deref(), *expected, "{name}");
    }
}

#[test]
fn the_recorded_broken_document_says_its_cause() {
    let message =
        error_message(Some("text/xml"), &recorded_bytes("errors/ehst-nested-not-well-formed.vot"));
    let message = message.expect("there is one");
    assert!(
        message.starts_with("net.sf.jsqlparser.parser.ParseException: Encountered \" \"FROM\" \"FROM \"\" at line 1, column 9. Was expecting one of:"),
        "{message}"
    );
}

#[test]
fn a_message_is_one_short_line() {
    let long = error_message(None, "word ".repeat(100_000).as_bytes()).expect("there is text");
    assert_eq!(long.chars().count(), 1001);
    assert!(long.ends_with('…'));
    let bytes = error_message(None, &[b'a', 0xff, 0xfe, b'b']).expect("there is text");
    assert!(bytes.starts_with('a') && bytes.ends_with('b'));
}
