//! Deliveries over a fake archive.

use std::sync::Arc;

use super::{
    Decoders, Delivery, Duration, Listed, Prepared, Question, Wanted, prepare, prepare_listed,
};
use crate::Error;
use crate::access::{HttpWay, Parameter, Route, ServiceWay, Way};
use crate::archive::{Archive, Part};
use crate::archives::Archives;
use crate::asset::{
    Asset, Availability, Checksum, Distribution, Location, Size, SizeQuality, Visibility,
};
use crate::coverage::Instant;
use crate::permission::Principal;
use crate::testing::{FakeArchive, FakeDecoders, asset};

/// "abcdefghij"
const MD5: &str = "a925576942e94b2ef57a066101b48876";

fn now() -> Instant {
    Instant::from_utc_us(1_000_000_000_000_000)
}

fn distribution(id: &str) -> Distribution {
    Distribution {
        id: id.to_owned(),
        role: "#this".to_owned(),
        location: Location::Url(format!("https://{id}.example/dir/file.fits")),
        media_type: Some("application/fits".to_owned()),
        format: None,
        encodings: Vec::new(),
        size: None,
        checksums: Vec::new(),
        file_name: None,
        modified: None,
        availability: Availability::Online,
        provider: None,
    }
}

fn way(url: &str) -> Way {
    let http = HttpWay {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        credential: None,
        ranges: true,
    };
    Way {
        route: Route::Http(http),
        role: "#this".to_owned(),
        description: None,
        media_type: None,
        size: None,
        checksums: Vec::new(),
        expires: None,
    }
}

fn holding(distributions: Vec<Distribution>) -> FakeArchive {
    let mut held = asset("hst", "a");
    held.distributions = distributions;
    of_asset(held)
}

fn of_asset(asset: Asset) -> FakeArchive {
    FakeArchive::new("hst").with_assets([asset])
}

fn one(distribution: Distribution) -> FakeArchive {
    holding(vec![distribution])
        .with_ways("a", vec![way("https://x")])
        .with_content("https://x", "abcdefghij")
}

async fn prepared(archive: FakeArchive, question: Question) -> Result<Prepared, Error> {
    let archives = Archives::new(vec![Arc::new(archive) as Arc<dyn Archive>]);
    let decoders: Arc<dyn Decoders> = Arc::new(FakeDecoders);
    let (id, within) = ("hst/a".parse().unwrap(), Duration::from_secs(5));
    prepare(&archives, &decoders, &Principal::Local, &id, question, now(), within).await
}

/// Reads to the end; `.` is a good one, `!` a bad one.
async fn read(delivery: Result<Delivery, Error>) -> String {
    let mut delivery = match delivery {
        Ok(delivery) => delivery,
        Err(error) => return error.to_string(),
    };
    let part = delivery.part.map(|(first, last)| format!("{first}-{last} ")).unwrap_or_default();
    let total = delivery.total_bytes.map_or("?".to_owned(), |total| total.to_string());
    let length = delivery.length.map_or("?".to_owned(), |length| length.to_string());
    let mut said = format!("{part}{length}/{total} ");
    loop {
        match delivery.reader.read(4).await {
            Ok(piece) if piece.is_empty() => return said + ".",
            Ok(piece) => said += std::str::from_utf8(&piece).unwrap(),
            Err(error) => return format!("{said}! {error}"),
        }
    }
}

async fn said(archive: FakeArchive, question: Question, wanted: Wanted) -> String {
    match prepared(archive, question).await {
        Ok(prepared) => read(prepared.open(wanted).await).await,
        Err(error) => error.to_string(),
    }
}

fn part(first: u64, last: Option<u64>) -> Wanted {
    Wanted::Part(Part { first, last })
}

#[tokio::test]
async fn a_file_that_was_listed_comes_without_looking_it_up() {
    let url = "https://1.example/dir/file.fits";
    // The archive knows no asset any more, and gives ways to nothing but `a`.
    let archive =
        || FakeArchive::new("hst").with_content(url, "abcdefghij").with_ways("a", vec![way(url)]);
    let said = async |direct: bool, native: &str, checksum: &str| {
        let wrong = Checksum::new("md5", checksum);
        let distribution = Distribution { checksums: vec![wrong], ..distribution("1") };
        let id = format!("hst/{native}").parse().unwrap();
        let listed = Listed { id, distribution, direct };
        let (archive, decoders) =
            (Arc::new(archive()), Arc::new(FakeDecoders) as Arc<dyn Decoders>);
        let within = Duration::from_secs(5);
        let prepared =
            prepare_listed(archive, &decoders, &Principal::Local, listed, now(), within).await;
        match prepared {
            Ok(prepared) => {
                let place = if prepared.is_at_its_location() { "there " } else { "elsewhere " };
                place.to_owned() + &read(prepared.unverified().open(Wanted::Whole).await).await
            }
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(said(false, "a", MD5).await, "there 10/10 abcdefghij.");
    assert_eq!(said(false, "b", MD5).await, "no asset `hst/b`");
    assert_eq!(said(true, "b", MD5).await, "there 10/10 abcdefghij.");
    let zeros = "0".repeat(32);
    let kept = said(true, "b", &zeros).await;
    assert_eq!(kept, "there 10/10 abcdefghij.", "who keeps it verifies it");
}

#[tokio::test]
async fn the_whole_or_a_part_is_delivered() {
    let cases = [
        ("the whole", Wanted::Whole, "10/10 abcdefghij."),
        ("a part", part(2, Some(4)), "2-4 3/10 cde."),
        ("to the end", part(7, None), "7-9 3/10 hij."),
        ("beyond the end", part(7, Some(100)), "7-9 3/10 hij."),
        ("the last bytes", Wanted::Last(2), "8-9 2/10 ij."),
        ("more than there are", Wanted::Last(20), "0-9 10/10 abcdefghij."),
        (
            "from the end",
            part(10, None),
            "the range bytes=10- is not satisfiable: the file has 10 bytes",
        ),
        (
            "none of the last",
            Wanted::Last(0),
            "the range bytes=-0 is not satisfiable: the file has 10 bytes",
        ),
    ];
    for sized in [false, true] {
        let size = sized.then_some(Size { bytes: 10, quality: SizeQuality::Exact });
        for (name, wanted, expected) in cases {
            let archive = one(Distribution { size, ..distribution("1") });
            let found = said(archive, Question::default(), wanted).await;
            assert_eq!(found, expected, "case: {name}, {sized}");
        }
    }
}

#[tokio::test]
async fn an_archive_that_knows_no_parts_gives_the_whole() {
    let mut no_parts = way("https://x");
    if let Route::Http(http) = &mut no_parts.route {
        http.ranges = false;
    }
    let archive = holding(vec![distribution("1")])
        .with_ways("a", vec![no_parts])
        .with_content("https://x", "abcdefghij");
    assert_eq!(said(archive, Question::default(), part(2, Some(4))).await, "10/10 abcdefghij.");
}

#[tokio::test]
async fn what_the_record_says_is_held_against_what_comes() {
    let size = |bytes, quality| Some(Size { bytes, quality });
    let md5 = |hex: &str| vec![Checksum::new("md5", hex)];
    let wrong = "0".repeat(32);
    let cases = [
        ("all right", size(10, SizeQuality::Exact), md5(MD5), Wanted::Whole, "10/10 abcdefghij.".to_owned()),
        ("a guess", size(99, SizeQuality::Estimated), vec![], Wanted::Whole, "10/10 abcdefghij.".to_owned()),
        (
            "another size",
            size(11, SizeQuality::Exact),
            vec![],
            Wanted::Whole,
            "archive `hst` gives other bytes than it says: the file has 10 bytes where its record says 11".to_owned(),
        ),
        (
            "another digest",
            None,
            md5(&wrong),
            Wanted::Whole,
            format!("archive `hst` gives other bytes than it says: their md5 is {MD5} where the record says {wrong}"),
        ),
        ("a part has no digest", None, md5(&wrong), part(2, Some(4)), "2-4 3/10 cde.".to_owned()),
        (
            "a part that is all of it has",
            None,
            md5(&wrong),
            part(0, None),
            format!("archive `hst` gives other bytes than it says: their md5 is {MD5} where the record says {wrong}"),
        ),
    ];
    for (name, size, checksums, wanted, expected) in cases {
        let archive = one(Distribution { size, checksums, ..distribution("1") });
        assert_eq!(said(archive, Question::default(), wanted).await, expected, "case: {name}");
    }
}

#[tokio::test]
async fn a_copy_is_tried_when_another_gives_nothing() {
    let gz = |id: &str| Distribution { encodings: vec!["gzip".to_owned()], ..distribution(id) };
    let offline = Distribution { availability: Availability::Offline, ..distribution("tape") };
    let preview = Distribution { role: "#preview".to_owned(), ..distribution("preview") };
    let held = vec![preview, offline, distribution("1"), gz("gz"), distribution("2")];
    let ways = vec![way("https://gone"), way("https://damaged"), way("https://x")];
    let damaged = |mut ways: Vec<Way>| {
        ways[1].checksums = vec![Checksum::new("md5", &"0".repeat(32))];
        ways
    };
    let archive = holding(held)
        .with_ways("a", damaged(ways))
        .with_content("https://damaged", "abc")
        .with_content("https://x", "abcdefghij");
    let prepared = prepared(archive, Question::default()).await.unwrap();
    let tried: Vec<_> = prepared.candidates.iter().flatten().map(|own| own.id.as_str()).collect();
    assert_eq!(tried, ["1", "2"]);
    assert_eq!(read(prepared.open(Wanted::Whole).await).await, "10/10 abcdefghij.");
}

#[tokio::test]
async fn when_every_way_fails_each_is_named() {
    let archive = holding(vec![distribution("1"), distribution("2")])
        .with_ways("a", vec![way("https://gone")]);
    assert_eq!(
        said(archive, Question::default(), Wanted::Whole).await,
        "archive `hst` failed: none of 2 ways to the bytes works: \
         archive `hst` failed: no such locator; archive `hst` failed: no such locator"
    );
}

#[tokio::test]
async fn what_cannot_be_delivered_says_why() {
    let tape = Distribution { availability: Availability::Nearline, ..distribution("1") };
    let preview = Distribution { role: "#preview".to_owned(), ..distribution("p") };
    let named = |id: &str| Question { distribution: Some(id.to_owned()), ..Question::default() };
    let decode = Question { decode: vec!["gzip".to_owned()], ..Question::default() };
    let cut =
        Question { parameters: vec![("POS".to_owned(), "x".to_owned())], ..Question::default() };
    let expired = Way { expires: Some(Instant::from_utc_us(0)), ..way("https://x") };
    let cases = [
        ("on tape", one(tape), Question::default()),
        ("no file", one(preview), Question::default()),
        ("another name", one(distribution("1")), named("2")),
        ("not encoded", one(distribution("1")), decode),
        ("no service", one(distribution("1")), cut),
        (
            "expired",
            holding(vec![distribution("1")]).with_ways("a", vec![expired]),
            Question::default(),
        ),
        ("no way", holding(vec![distribution("1")]).with_ways("a", vec![]), Question::default()),
        ("out of order", one(distribution("1")).failing("no route"), Question::default()),
    ];
    let mut all = String::new();
    for (name, archive, question) in cases {
        all += &format!("{name}: {}\n", said(archive, question, Wanted::Whole).await);
    }
    insta::assert_snapshot!(all, @r"
    on tape: no bytes of `hst/a` can be given: the archive must stage them first; ask the archive for that
    no file: no bytes of `hst/a` can be given: it has no file of its own; name one of its distributions: `p`
    another name: distribution: `2` is none of this asset's; there are `1`
    not encoded: decode: `gzip` cannot be taken off: the record names no encoding
    no service: no bytes of `hst/a` can be given: it has no service that takes parameters
    expired: archive `hst` failed: the ways to the bytes that it gives have expired already
    no way: no bytes of `hst/a` can be given: the archive gives no way to them
    out of order: archive `hst` failed: no route
    ");
}

#[tokio::test]
async fn a_decoded_file_has_no_parts_no_size_and_another_name_and_tag() {
    let encoded = Distribution {
        encodings: vec!["gzip".to_owned(), "crinex".to_owned()],
        file_name: Some("x.crx.gz".to_owned()),
        checksums: vec![Checksum::new("md5", MD5)],
        ..distribution("1")
    };
    let plain = prepared(one(encoded.clone()), Question::default()).await.unwrap();
    let question =
        Question { decode: vec!["gz".to_owned(), "hatanaka".to_owned()], ..Question::default() };
    let decoded = prepared(one(encoded.clone()), question.clone()).await.unwrap();
    assert_ne!(plain.tag(), decoded.tag());
    let delivery = decoded.open(part(2, Some(4))).await.unwrap();
    assert_eq!((delivery.file_name.as_str(), delivery.ranges), ("x.rnx", false));
    assert_eq!((delivery.media_type.clone(), delivery.checksum.clone()), (None, None));
    assert_eq!(read(Ok(delivery)).await, "?/? ABCDEFGHIJ.");

    let wrong = Distribution { checksums: vec![Checksum::new("md5", &"0".repeat(32))], ..encoded };
    let found = said(one(wrong), question, Wanted::Whole).await;
    assert!(found.contains("their md5 is"), "what is encoded is verified: {found}");
}

#[tokio::test]
async fn a_service_is_asked_with_what_the_client_gives() {
    let parameter = Parameter {
        name: "POS".to_owned(),
        element: "text".to_owned(),
        array_size: None,
        unit: None,
        ucd: None,
        xtype: None,
        description: None,
        required: true,
        fixed_value: None,
        minimum: None,
        maximum: None,
        choices: Vec::new(),
    };
    let service = ServiceWay {
        url: "https://soda".to_owned(),
        method: "GET".to_owned(),
        standard_id: None,
        title: None,
        parameters: vec![parameter],
        credential: None,
        asynchronous: false,
    };
    let cutout =
        Way { route: Route::Service(service), role: "#cutout".to_owned(), ..way("https://soda") };
    let archive = || {
        let size = Some(Size { bytes: 10, quality: SizeQuality::Exact });
        holding(vec![Distribution { size, ..distribution("1") }])
            .with_ways("a", vec![way("https://x"), cutout.clone()])
            .with_content("https://x", "abcdefghij")
            .with_content("https://soda", "cut")
    };
    let with = |name: &str| Question {
        parameters: vec![(name.to_owned(), "CIRCLE 1 2 3".to_owned())],
        ..Question::default()
    };
    assert_eq!(said(archive(), with("pos"), part(1, None)).await, "3/3 cut.");
    assert_eq!(said(archive(), Question::default(), Wanted::Whole).await, "10/10 abcdefghij.");
    assert_eq!(
        said(archive(), with("RADIUS"), Wanted::Whole).await,
        "param.RADIUS: is no parameter of the service; there are POS"
    );
}

#[tokio::test]
async fn only_what_anybody_may_have_is_elsewhere() {
    let elsewhere = async |change: fn(&mut Asset), question: Question, way: Way| {
        let mut held = asset("hst", "a");
        held.distributions =
            vec![Distribution { encodings: vec!["gzip".to_owned()], ..distribution("1") }];
        change(&mut held);
        let prepared = prepared(of_asset(held).with_ways("a", vec![way]), question).await.unwrap();
        prepared.elsewhere().map(str::to_owned)
    };
    let plain = way("https://x");
    let secret = |mut way: Way| {
        if let Route::Http(http) = &mut way.route {
            http.credential = Some("token".to_owned());
        }
        way
    };
    let decode = Question { decode: vec!["gzip".to_owned()], ..Question::default() };
    let none = Question::default;
    assert_eq!(elsewhere(|_| {}, none(), plain.clone()).await.as_deref(), Some("https://x"));
    assert_eq!(elsewhere(|_| {}, none(), secret(plain.clone())).await, None);
    assert_eq!(elsewhere(|_| {}, decode, plain.clone()).await, None);
    let restricted: fn(&mut Asset) = |asset| asset.rights.visibility = Visibility::Restricted;
    assert_eq!(elsewhere(restricted, none(), plain).await, None);
}

#[tokio::test]
async fn who_drops_a_delivery_ends_the_call() {
    let large = vec![0; 1024 * 1024];
    let archive = Arc::new(one(distribution("1")).with_content("https://x", large));
    let archives = Archives::new(vec![Arc::clone(&archive) as Arc<dyn Archive>]);
    let decoders: Arc<dyn Decoders> = Arc::new(FakeDecoders);
    let (id, within) = ("hst/a".parse().unwrap(), Duration::from_secs(5));
    let question = Question::default();
    let prepared = prepare(&archives, &decoders, &Principal::Local, &id, question, now(), within);
    let delivery = prepared.await.unwrap().open(Wanted::Whole).await.unwrap();
    assert_eq!(archive.calls_open(), 1);
    drop(delivery);
    assert_eq!(archive.calls_open(), 0);
}

#[tokio::test]
async fn a_tag_follows_the_version_of_the_bytes() {
    let tag = async |tag: &str| {
        let archive = one(distribution("1")).with_tag("https://x", tag);
        let prepared = prepared(archive, Question::default()).await.unwrap();
        prepared.open(Wanted::Whole).await.unwrap().tag
    };
    assert_eq!(tag("1").await, tag("1").await);
    assert_ne!(tag("1").await, tag("2").await);
    let untagged = prepared(one(distribution("1")), Question::default()).await.unwrap();
    assert_eq!(untagged.open(Wanted::Whole).await.unwrap().tag, None);
}
