//! Archives that say one thing and send another: nothing wrong is ever taken for whole.

use archway_conformance::fake_tap::{FakeTap, Reply};
use serde_json::{Value, json};

use super::Files;

/// A gateway over one file at `/f` of a server that answers like this.
async fn answered(replies: Vec<Reply>, more: Value) -> (Files, FakeTap) {
    let fake = FakeTap::start().await;
    fake.on("/f", replies);
    let mut file = json!({ "url": format!("{}/f", fake.url) });
    file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let host = fake.url.trim_start_matches("http://").to_owned();
    let files = Files::of(file, &[&host]).await;
    (files, fake)
}

fn text(body: &'static str) -> Reply {
    Reply::ok("text/plain", body)
}

fn part(range: &str, body: &'static str) -> Reply {
    text(body).with_status(206).with_header("content-range", range)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_lies_is_an_error_before_the_first_byte() {
    let cases = [
        ("another part", part("bytes 0-4/10", "01234"), "answers `bytes 0-4/10` where bytes 5-9"),
        ("another length", part("bytes 5-9/10", "567"), "answers `bytes 5-9/10` where"),
        ("no part named", text("56789").with_status(206), "answers `no Content-Range` where"),
        ("shorter", part("bytes 5-7/10", "567"), "answers `bytes 5-7/10` where"),
        ("out of the file", part("bytes 5-9/8", "56789"), "answers `bytes 5-9/8` where"),
    ];
    for (name, reply, words) in cases {
        let (files, _fake) = answered(vec![reply], json!({})).await;
        let got = files.get("a", "", &[("range", "bytes=5-9")]).await;
        assert_eq!(got.status, 502, "case: {name}");
        assert!(got.detail().contains(words), "case: {name}: {}", got.detail());
        assert!(got.detail().contains("archive `files`"), "case: {name}: {}", got.detail());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_in_the_place_of_a_part_is_a_whole() {
    let (files, _fake) = answered(vec![text("0123456789")], json!({})).await;
    let got = files.get("a", "", &[("range", "bytes=5-9")]).await;
    assert_eq!((got.status, got.body.as_slice()), (200, &b"0123456789"[..]));
    assert_eq!(got.header("content-range"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_in_the_place_of_the_whole_is_an_error() {
    let (files, _fake) = answered(vec![part("bytes 5-9/10", "56789")], json!({})).await;
    let got = files.get("a", "", &[]).await;
    assert_eq!(got.status, 502);
    assert!(got.detail().contains("a part where the whole was asked for"), "{}", got.detail());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_than_the_record_says_are_never_whole() {
    let zeros = "0".repeat(32);
    let cases = [
        ("another checksum", json!({ "md5": zeros }), "where the record says"),
        ("another size", json!({ "size": 11 }), "has 10 bytes where its record says 11"),
    ];
    for (name, more, words) in cases {
        let (files, _fake) = answered(vec![text("0123456789")], more).await;
        let got = files.get("a", "", &[]).await;
        assert_eq!(got.status, 502, "case: {name}: small enough to be known at once");
        assert!(got.detail().contains(words), "case: {name}: {}", got.detail());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_with_a_wrong_checksum_breaks_before_its_last_byte() {
    let fake = FakeTap::start().await;
    let body = vec![b'x'; 3_000_000];
    fake.on("/f", [Reply::ok("text/plain", body)]);
    let file = json!({ "url": format!("{}/f", fake.url), "md5": "0".repeat(32) });
    let host = fake.url.trim_start_matches("http://").to_owned();
    let files = Files::of(file, &[&host]).await;
    let got = files.get("a", "", &[]).await;
    assert_eq!((got.status, got.whole), (200, false));
    assert!(got.body.len() < 3_000_000, "{} bytes", got.body.len());
    let broken = "archway_downloads_broken_total{archive=\"files\",reason=\"damaged\"} 1";
    assert_eq!(files.metric("archway_downloads_broken_total").await, broken);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_is_broken_off() {
    let body = vec![b'x'; 1_000_000];
    let untagged = Reply::broken("text/plain", body.clone(), 2_000_000);
    let (files, fake) = answered(vec![untagged], json!({})).await;
    let got = files.get("a", "", &[]).await;
    assert_eq!((got.status, got.whole), (200, false));
    assert_eq!(fake.asked("/f").len(), 1, "without a validator there is no going on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_read_is_broken_off() {
    let body = vec![b'x'; 1_000_000];
    let first = Reply::broken("text/plain", body, 2_000_000).with_header("etag", "\"1\"");
    let cases = [
        ("the whole of another version", text("other").with_header("etag", "\"2\"")),
        (
            "a part of another version",
            part("bytes 1000000-1999999/2000000", "y").with_header("etag", "\"2\""),
        ),
    ];
    for (name, second) in cases {
        let (files, fake) = answered(vec![first.clone(), second], json!({})).await;
        let got = files.get("a", "", &[]).await;
        assert_eq!((got.status, got.whole), (200, false), "case: {name}");
        assert!(got.body.iter().all(|byte| *byte == b'x'), "case: {name}");
        let asked = fake.asked("/f");
        assert_eq!(asked.len(), 2, "case: {name}");
        assert_eq!(asked[1].header("if-range"), "\"1\"", "case: {name}");
        assert!(asked[1].header("range").starts_with("bytes="), "case: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_archive_refuses_is_said_before_the_first_byte() {
    let cases = [
        (Reply::status(404), 502, "answers 404"),
        (Reply::status(403), 502, "wants a valid credential"),
        (Reply::status(503).with_header("retry-after", "7"), 502, "answers 503"),
        (Reply::status(204), 422, "no content"),
        (text("no such band").with_status(400), 422, "answers 400: no such band"),
    ];
    for (reply, status, words) in cases {
        let (files, _fake) = answered(vec![reply], json!({})).await;
        let got = files.get("a", "", &[]).await;
        assert_eq!(got.status, status, "case: {words}: {}", got.detail());
        assert!(got.detail().contains(words), "case: {words}: {}", got.detail());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_browser_would_run_is_saved_and_boxed_in() {
    for (kind, shown) in [
        ("text/html", "attachment"),
        ("image/svg+xml", "attachment"),
        ("application/pdf", "attachment"),
        ("image/png", "inline"),
    ] {
        let reply = Reply::ok(kind, "<script>alert(1)</script>");
        let (files, _fake) = answered(vec![reply], json!({ "file_name": "a\"b/../c.svg" })).await;
        let got = files.get("a", "", &[]).await;
        assert_eq!(got.header("content-type"), kind);
        assert_eq!(got.header("content-disposition"), format!("{shown}; filename=\"c.svg\""));
        assert_eq!(got.header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(got.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_asked_with_the_parameters_of_the_client() {
    let (files, fake) = answered(vec![text("a cutout")], json!({ "parameters": ["POS"] })).await;
    let got = files.get("a", "?param.pos=CIRCLE+1+2+3", &[]).await;
    assert_eq!((got.status, got.body.as_slice()), (200, &b"a cutout"[..]));
    assert_eq!(fake.asked("/f")[0].parameter("POS"), "CIRCLE 1 2 3");
    let got = files.get("a", "", &[]).await;
    assert_eq!(got.status, 400);
    assert_eq!(got.detail(), "param.POS: is missing; the service needs it");
}
