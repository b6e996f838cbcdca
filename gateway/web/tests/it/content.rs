//! `GET /api/v1/assets/{id}/content`.

use std::sync::Arc;

use archway_core::access::{HttpWay, Route, Way};
use archway_core::archive::Archive;
use archway_core::asset::{Checksum, Size, SizeQuality, Visibility};
use archway_core::testing::FakeArchive;
use archway_web::router;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use tower::ServiceExt as _;

use crate::gateway::{Answer, ask, crab, gateway, get, with_archives};

pub(crate) const URI: &str = "/api/v1/assets/hst%2Fcrab%2F1/content";
const URL: &str = "https://archive.example/crab.fits";
const BYTES: &str = "abcdefghij";
/// Of [`BYTES`].
const MD5: &str = "a925576942e94b2ef57a066101b48876";

fn way(ranges: bool) -> Way {
    let http = HttpWay {
        method: "GET".to_owned(),
        url: URL.to_owned(),
        headers: vec![],
        credential: None,
        ranges,
    };
    Way {
        route: Route::Http(http),
        role: "#this".to_owned(),
        description: None,
        media_type: None,
        size: None,
        checksums: vec![],
        expires: None,
    }
}

/// The crab with ten bytes, told from others by their MD5.
fn archive() -> FakeArchive {
    with(|asset| {
        asset.size = Some(Size { bytes: 10, quality: SizeQuality::Exact });
        asset.checksums = vec![Checksum::new("md5", MD5)];
    })
}

fn with(change: impl FnOnce(&mut archway_core::asset::Distribution)) -> FakeArchive {
    let mut asset = crab();
    change(&mut asset.distributions[0]);
    FakeArchive::new("hst")
        .with_assets([asset])
        .with_ways("crab/1", vec![way(true)])
        .with_content(URL, BYTES)
}

/// A file of which its archive says neither the size nor a checksum.
pub(crate) fn of_unknown_size(bytes: Vec<u8>) -> FakeArchive {
    with(|own| {
        own.size = None;
        own.checksums.clear();
    })
    .with_content(URL, bytes)
}

async fn asked(archive: FakeArchive, method: Method, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(URI).header("host", "localhost:8470");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask(router(gateway(vec![archive])), request).await
}

/// Status, and the headers that are about the bytes.
fn shown(answer: &Answer) -> String {
    const SHOWN: [&str; 11] = [
        "accept-ranges",
        "cache-control",
        "content-disposition",
        "content-length",
        "content-range",
        "content-security-policy",
        "content-type",
        "etag",
        "last-modified",
        "repr-digest",
        "x-content-type-options",
    ];
    let header = |name: &&str| {
        let value = answer.header(name);
        (!value.is_empty()).then(|| format!("{name}: {value}\n"))
    };
    let headers: String = SHOWN.iter().filter_map(header).collect();
    format!("{}\n{headers}\n{}", answer.status, answer.body)
}

#[tokio::test]
async fn a_file_comes_with_all_that_is_known_of_it() {
    insta::assert_snapshot!(shown(&asked(archive(), Method::GET, &[]).await));
}

#[tokio::test]
async fn a_head_is_that_of_the_file_without_it() {
    let (get, head) = (
        asked(archive(), Method::GET, &[]).await,
        asked(archive(), Method::HEAD, &[("range", "bytes=0-1")]).await,
    );
    assert_eq!(head.body, "");
    assert_eq!(shown(&head), shown(&Answer { body: String::new(), ..get }));
}

#[tokio::test]
async fn a_range_is_a_part_or_an_error_that_says_how_long_the_file_is() {
    /// Name, headers, and the status, range and body of the answer.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str, &'a str);
    let cases: [Case<'_>; 9] = [
        ("the first", &[("range", "bytes=0-3")], 206, "bytes 0-3/10", "abcd"),
        ("to the end", &[("range", "bytes=8-")], 206, "bytes 8-9/10", "ij"),
        ("the last", &[("range", "bytes=-3")], 206, "bytes 7-9/10", "hij"),
        ("several", &[("range", "bytes=0-1,4-5")], 200, "", BYTES),
        ("another unit", &[("range", "rows=0-1")], 200, "", BYTES),
        ("behind the end", &[("range", "bytes=10-")], 416, "bytes */10", ""),
        ("backwards", &[("range", "bytes=5-2")], 416, "bytes */10", ""),
        ("nothing", &[("range", "bytes=-0")], 416, "bytes */10", ""),
        ("of another version", &[("range", "bytes=0-3"), ("if-range", "\"x\"")], 200, "", BYTES),
    ];
    for (name, headers, status, range, body) in cases {
        let answer = asked(archive(), Method::GET, headers).await;
        assert_eq!(answer.status, status, "case: {name}: {}", answer.body);
        assert_eq!(answer.header("content-range"), range, "case: {name}");
        if status != 416 {
            assert_eq!(answer.body, body, "case: {name}");
            assert_eq!(answer.header("content-length"), body.len().to_string(), "case: {name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_the_range_the_answer_is_inside_the_file(
        range in prop_oneof![
            "bytes=[0-9]{0,2}-[0-9]{0,2}",
            "bytes ?= ?-?[0-9]{0,21} ?-? ?[0-9]{0,21}(, ?[0-9]{0,2}-[0-9]{0,2})?",
            "[!-~]([ -~]{0,20}[!-~])?",
        ],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer =
            runtime.block_on(asked(archive(), Method::GET, &[("range", range.as_str())]));
        let told = answer.header("content-range").to_owned();
        match answer.status.as_u16() {
            200 => prop_assert_eq!((answer.body.as_str(), told.as_str()), (BYTES, "")),
            206 => {
                let numbers = told.strip_prefix("bytes ").and_then(|told| told.strip_suffix("/10"));
                let (first, last) = numbers.unwrap().split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                prop_assert!(first <= last && last < BYTES.len(), "{} {}", range, told);
                prop_assert_eq!(answer.body.as_str(), &BYTES[first..=last], "{}", range);
                prop_assert_eq!(answer.header("content-length"), (last - first + 1).to_string());
            }
            status => prop_assert_eq!((status, told.as_str()), (416, "bytes */10"), "{}", range),
        }
    }
}

#[tokio::test]
async fn who_has_the_file_is_told_so_and_may_go_on_with_it() {
    let tag = asked(archive(), Method::GET, &[]).await.header("etag").to_owned();
    let answer = asked(archive(), Method::GET, &[("if-none-match", &tag)]).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (304, ""));
    assert_eq!(answer.header("etag"), tag);
    let headers = [("range", "bytes=4-"), ("if-range", tag.as_str())];
    let answer = asked(archive(), Method::GET, &headers).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (206, "efghij"));

    // Without a checksum it is the archive's own validator that tells versions apart.
    let tagged = async |tag: &str| {
        let archive = with(|own| {
            own.size = None;
            own.checksums.clear();
        });
        asked(archive.with_tag(URL, tag), Method::GET, &[]).await.header("etag").to_owned()
    };
    assert_eq!(tagged("1").await, tagged("1").await);
    assert_ne!(tagged("1").await, tagged("2").await);
}

#[tokio::test]
async fn a_redirect_is_given_only_to_who_asks_for_what_is_public() {
    let of = async |archive: FakeArchive, query: &str| {
        let answer = get(gateway(vec![archive]), &format!("{URI}{query}")).await;
        (answer.status.as_u16(), answer.header("location").to_owned())
    };
    let restricted = || {
        let mut asset = crab();
        asset.rights.visibility = Visibility::Restricted;
        asset.distributions[0].size = None;
        asset.distributions[0].checksums.clear();
        FakeArchive::new("hst")
            .with_assets([asset])
            .with_ways("crab/1", vec![way(true)])
            .with_content(URL, BYTES)
    };
    assert_eq!(of(archive(), "?redirect=true").await, (302, URL.to_owned()));
    assert_eq!(of(archive(), "").await, (200, String::new()));
    assert_eq!(of(archive(), "?redirect=false").await, (200, String::new()));
    assert_eq!(of(restricted(), "?redirect=true").await, (200, String::new()));
}

#[tokio::test]
async fn what_is_wrong_before_the_first_byte_is_a_problem_that_names_the_archive() {
    let of = async |archive: FakeArchive, query: &str| {
        let answer = get(gateway(vec![archive]), &format!("{URI}{query}")).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.header("content-type"), "application/problem+json");
        format!("{} {}\n", answer.status.as_u16(), json["detail"].as_str().unwrap())
    };
    let wrong = with(|own| {
        own.size = None;
        own.checksums = vec![Checksum::new("md5", &"0".repeat(32))];
    });
    let all = [
        of(wrong, "").await,
        of(archive().failing("no route to host"), "").await,
        of(archive(), "?distribution=2").await,
        of(archive(), "?decode=gzip").await,
        of(archive(), "?param.POS=1").await,
        of(archive(), "?decod=gzip").await,
        of(FakeArchive::new("hst"), "").await,
    ];
    insta::assert_snapshot!(all.concat());
}

#[tokio::test]
async fn a_file_that_is_wrong_in_the_end_breaks_the_transfer() {
    let large = vec![b'x'; 1024 * 1024];
    let wrong = |bytes: Vec<u8>| {
        with(|own| {
            own.size = None;
            own.checksums = vec![Checksum::new("md5", MD5)];
        })
        .with_content(URL, bytes)
    };
    let answered = router(gateway(vec![wrong(large.clone())]))
        .oneshot(
            Request::get(URI)
                .header("host", "localhost:8470")
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(answered.status(), 200);
    let mut body = answered.into_body();
    let mut got = 0;
    let end = loop {
        match body.frame().await {
            Some(Ok(frame)) => got += frame.into_data().map_or(0, |data| data.len()),
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    assert!(end.is_some(), "a wrong file has no good end");
    assert!(got < large.len(), "the last bytes are held back: {got}");
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_call_to_the_archive() {
    let large = vec![b'x'; 4 * 1024 * 1024];
    let archive = Arc::new(of_unknown_size(large));
    let gateway = with_archives(vec![Arc::clone(&archive) as Arc<dyn Archive>]);
    let request = Request::get(URI).header("host", "localhost:8470");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let mut body = router(gateway).oneshot(request).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(archive.calls_open(), 1);
    drop(body);
    assert_eq!(archive.calls_open(), 0);
}
