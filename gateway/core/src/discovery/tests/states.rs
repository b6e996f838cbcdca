//! One archive's trouble stays its own.

use std::time::Duration;

use futures_util::StreamExt;

use super::{Bench, NOW, names, rows};
use crate::Error;
use crate::archive::{Collection, Operation};
use crate::asset::{ArchiveId, Extra, Facet, FacetKind, Value};
use crate::coverage::{
    Circle, Frame, Instant, Interval, Position, Region, Shape, SpaceCoverage, TimeCoverage,
    TimeRange,
};
use crate::discovery::{Event, Request, Require, Sort};
use crate::permission::Principal;
use crate::search::{Comparison, Constraint, FacetFilter, Filter, Question};
use crate::testing::{FakeArchive, asset, asset_at};

fn id(name: &str) -> ArchiveId {
    name.parse().unwrap()
}

fn cone(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Question {
    let centre = Position { longitude_deg: ra_deg, latitude_deg: dec_deg };
    let shape = Shape::Circle(Circle { centre, radius_deg });
    Question { region: Some(Region::icrs(shape)), ..Question::default() }
}

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

fn during(start: &str, end: &str) -> TimeRange {
    TimeRange { start: Some(at(start)), end: Some(at(end)) }
}

#[tokio::test(start_paused = true)]
async fn every_trouble_is_a_row_and_the_others_answer_within_the_deadline() {
    let breaker = |archive: &ArchiveId| Error::BreakerOpen {
        archive: archive.clone(),
        reason: "connection refused".to_owned(),
        retry_after: Duration::from_secs(30),
    };
    let denied = |archive: &ArchiveId| Error::Unauthorised {
        archive: archive.clone(),
        reason: "slot `token` was refused".to_owned(),
    };
    let broken = |_: &ArchiveId| Error::internal("a secret of ours");
    let bench = Bench::new([
        FakeArchive::new("good").holding("a", 10.0, 10.0),
        FakeArchive::new("down").failing("connection refused"),
        FakeArchive::new("hangs").hanging(),
        FakeArchive::new("slow").holding("s", 10.0, 10.0).slow(Duration::from_secs(5)),
        FakeArchive::new("late").holding("l", 10.0, 10.0).slow(Duration::from_secs(9)),
        FakeArchive::new("empties").endless_empty_batches(),
        FakeArchive::new("breaker").failing_with(breaker),
        FakeArchive::new("closed").failing_with(denied),
        FakeArchive::new("ours").failing_with(broken),
        FakeArchive::new("half").holding_many("h", 9).batch_size(2).failing_after(4, "disk full"),
        FakeArchive::new("stuck").holding_many("k", 9).batch_size(3).hanging_after(3),
        FakeArchive::new("tables").offering([Operation::Tables]),
        FakeArchive::new("panics").panicking(),
    ]);
    let begun = tokio::time::Instant::now();
    let page = bench.page(Request::default()).await.unwrap();
    assert!(begun.elapsed() <= Duration::from_millis(8050), "took {:?}", begun.elapsed());
    assert!(page.partial);
    assert_eq!(page.assets.len(), 1 + 1 + 4 + 3);
    insta::assert_snapshot!(rows(&page), @r"
    good ok 1 -
    down error 0 archive `down` failed: connection refused
    hangs timeout 0 archive `hangs` gave no answer within 8000 ms
    slow ok 1 -
    late timeout 0 archive `late` gave no answer within 8000 ms
    empties timeout 0 archive `empties` gave no answer within 8000 ms
    breaker breaker-open 0 archive `breaker` is left alone after repeated failures: connection refused
    closed denied 0 archive `closed` wants a valid credential: slot `token` was refused
    ours error 0 the gateway failed while asking it
    half partial 4 archive `half` failed: disk full; before that it gave 4
    stuck timeout 3 archive `stuck` gave no answer within 8000 ms; before that it gave 3
    tables skipped 0 it does not offer search
    panics error 0 the gateway failed while asking it
    ");
    assert!(bench.archives.iter().all(|archive| archive.calls_open() == 0), "all calls have ended");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_search_ends_every_call() {
    let bench = Bench::new([FakeArchive::new("a").hanging(), FakeArchive::new("b").hanging()]);
    let gateway = bench.gateway();
    let search = gateway.search(&Principal::Local, Request::default(), NOW);
    let _ = tokio::time::timeout(Duration::from_secs(1), search).await;
    tokio::task::yield_now().await;
    for archive in &bench.archives {
        assert_eq!(archive.asked().len(), 1);
        assert_eq!(archive.calls_open(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn archives_that_can_hold_no_answer_are_not_asked() {
    let fake = FakeArchive::new;
    let sky = |name: &str, region: Region| {
        let fake = fake(name).holding("x", 10.0, 10.0);
        let mut description = fake.description();
        description.space.push(region);
        fake.described(description)
    };
    let timed = {
        let fake = fake("time").holding("x", 10.0, 10.0);
        let mut description = fake.description();
        description.time.push(during("1990-01-01T00:00:00Z", "1991-01-01T00:00:00Z"));
        fake.described(description)
    };
    let infrared = {
        let fake = fake("infrared").holding("x", 10.0, 10.0);
        let mut description = fake.description();
        description.wavelength_m.push(Interval { lower: Some(1e-6), upper: Some(1e-4) });
        fake.described(description)
    };
    let other_collections = {
        let fake = fake("others").holding("x", 10.0, 10.0);
        let mut description = fake.description();
        description.collections.push(Collection {
            id: "stis".to_owned(),
            title: "STIS".to_owned(),
            description: None,
            product_types: Vec::new(),
            assets: None,
            publisher: None,
            licence: None,
            created: None,
        });
        fake.described(description)
    };
    let far = Shape::Circle(Circle {
        centre: Position { longitude_deg: 200.0, latitude_deg: -50.0 },
        radius_deg: 5.0,
    });
    let bench = Bench::new([
        fake("unknown").holding("x", 10.0, 10.0),
        sky("everywhere", Region::icrs(Shape::WholeSphere)),
        sky("south", Region::icrs(far)),
        sky(
            "mars",
            Region { frame: Frame::Body("IAU:49900".to_owned()), shape: Shape::WholeSphere },
        ),
        sky(
            "detector",
            Region { frame: Frame::Other("pixels".to_owned()), shape: Shape::WholeSphere },
        ),
        timed,
        infrared,
        other_collections,
    ]);
    let question = Question {
        time: Some(during("2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z")),
        wavelength_m: Some(Interval { lower: Some(1e-10), upper: Some(1e-9) }),
        collections: vec!["things".to_owned()],
        ..cone(10.0, 10.0, 1.0)
    };
    let page = bench.page(Request { question, ..Request::default() }).await.unwrap();
    insta::assert_snapshot!(rows(&page), @r"
    unknown ok 0 -
    everywhere ok 0 -
    south skipped 0 it has nothing in the region asked for
    mars skipped 0 it has nothing in the region asked for
    detector ok 0 -
    time skipped 0 it has nothing of the time asked for
    infrared skipped 0 it has nothing at the wavelengths asked for
    others skipped 0 it has none of the collections asked for
    ");
    assert!(!page.partial, "who cannot hold an answer is not missing");
    let asked: Vec<usize> = bench.archives.iter().map(|archive| archive.asked().len()).collect();
    assert_eq!(asked, [1, 1, 0, 0, 1, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_collection_may_be_named_with_its_archive() {
    let bench = Bench::new([
        FakeArchive::new("hst").holding("a", 1.0, 1.0),
        FakeArchive::new("iso").holding("b", 1.0, 1.0),
    ]);
    let question = Question { collections: vec!["hst/things".to_owned()], ..Question::default() };
    let page = bench.page(Request { question, ..Request::default() }).await.unwrap();
    assert_eq!(names(&page.assets), ["hst/a"]);
    assert_eq!(bench.archives[0].asked()[0].question.collections, ["things", "hst/things"]);
    assert!(bench.archives[1].asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_an_archive_did_not_apply_is_applied_here() {
    let mut full = asset_at("lazy", "full", 10.0, 10.0);
    full.summary.title = "Crab".to_owned();
    full.summary.modified = Some(at("2021-05-01T00:00:00Z"));
    let range = during("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z");
    full.time.push(TimeCoverage { range, ..TimeCoverage::default() });
    let wavelength_m = Some(Interval { lower: Some(1e-7), upper: Some(2e-7) });
    full.energy.push(crate::coverage::EnergyCoverage { wavelength_m, ..Default::default() });
    full.facets.push(Facet { kind: FacetKind::Mission, term: "Hubble".to_owned(), label: None });
    full.extras.push(Extra { key: "n:x".to_owned(), value: Value::Integer(3) });
    let bare = asset("lazy", "bare");
    let mut pixels = asset("lazy", "pixels");
    let shape = Shape::Point(Position { longitude_deg: 5.0, latitude_deg: 5.0 });
    pixels
        .space
        .push(SpaceCoverage::of(Region { frame: Frame::Other("pixels".to_owned()), shape }));

    let facet = |kind: FacetKind, term: &str| FacetFilter { kind, any_of: vec![term.to_owned()] };
    let filter =
        Filter { key: "n:x".to_owned(), comparison: Comparison::AtLeast, value: Value::Integer(3) };
    let everything = Question::default;
    let cases: [(&str, Question, &[&str]); 11] = [
        ("nothing asked", everything(), &["full", "bare", "pixels"]),
        ("text", Question { text: Some("crab".to_owned()), ..everything() }, &["full"]),
        ("region; an unknown frame is kept", cone(10.0, 10.0, 1.0), &["full", "pixels"]),
        ("time", Question { time: Some(range), ..everything() }, &["full"]),
        ("wavelength", Question { wavelength_m, ..everything() }, &["full"]),
        (
            "modified",
            Question { modified_since: Some(at("2021-05-01T00:00:00Z")), ..everything() },
            &["full"],
        ),
        (
            "modified later",
            Question { modified_since: Some(at("2021-05-01T00:00:01Z")), ..everything() },
            &[],
        ),
        (
            "facet",
            Question { facets: vec![facet(FacetKind::Mission, "HUBBLE")], ..everything() },
            &["full"],
        ),
        ("filter", Question { filters: vec![filter], ..everything() }, &["full"]),
        ("collection", Question { collections: vec!["none".to_owned()], ..everything() }, &[]),
        (
            "visibility",
            Question {
                facets: vec![facet(FacetKind::Other("visibility".to_owned()), "public")],
                ..everything()
            },
            &["full", "bare", "pixels"],
        ),
    ];
    for (name, question, expected) in cases {
        let left = [
            Constraint::Text,
            Constraint::Region,
            Constraint::Time,
            Constraint::Wavelength,
            Constraint::ModifiedSince,
            Constraint::Collections,
            Constraint::Facet(FacetKind::Mission),
            Constraint::Filter("n:x".to_owned()),
        ];
        let held = [full.clone(), bare.clone(), pixels.clone()];
        let bench = Bench::new([FakeArchive::new("lazy").with_assets(held).not_applying(left)]);
        let page = bench.page(Request { question, ..Request::default() }).await.unwrap();
        let found: Vec<&str> = page.assets.iter().map(|a| a.id.native.as_str()).collect();
        assert_eq!(found, expected, "case: {name}");
        if name.starts_with("region") {
            let reason = page.sources[0].reason.as_deref();
            assert_eq!(
                reason,
                Some(
                    "1 assets were kept although their positions cannot be compared with the region"
                )
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lying_archive_fails_nobody_and_its_lies_are_left_out() {
    let mut old = asset_at("liar", "old", 10.0, 10.0);
    let range = during("1980-01-01T00:00:00Z", "1980-01-02T00:00:00Z");
    old.time.push(TimeCoverage { range, ..TimeCoverage::default() });
    let liar = FakeArchive::new("liar")
        .lying()
        .with_assets([old, asset("liar", "nowhere")])
        .holding("near", 11.5, 10.0)
        .holding("far", 200.0, -40.0);
    let bench = Bench::new([FakeArchive::new("honest").holding("h", 10.1, 10.0), liar]);
    let question = Question {
        time: Some(during("2000-01-01T00:00:00Z", "2020-01-01T00:00:00Z")),
        ..cone(10.0, 10.0, 1.0)
    };
    let page = bench.page(Request { question, ..Request::default() }).await.unwrap();
    assert_eq!(names(&page.assets), ["liar/nowhere", "liar/near"]);
    assert!(page.partial);
    assert!(!page.count.exact);
    insta::assert_snapshot!(rows(&page), @r"
    honest ok 0 -
    liar partial 2 2 assets that have nothing to do with the region or the time asked for were left out
    ");
}

#[tokio::test(start_paused = true)]
async fn required_archives_must_answer() {
    let bench = || {
        Bench::new([
            FakeArchive::new("up").holding("a", 1.0, 1.0),
            FakeArchive::new("down").failing("no route"),
            FakeArchive::new("tables").offering([Operation::Tables]),
        ])
    };
    let asking = |require| bench_page(bench(), require);
    assert!(asking(Require::Any).await.is_ok());
    assert!(asking(Require::Archives(vec![id("up")])).await.is_ok());
    let messages = [
        asking(Require::All).await.unwrap_err().to_string(),
        asking(Require::Archives(vec![id("up"), id("down")])).await.unwrap_err().to_string(),
        asking(Require::Archives(vec![id("tables")])).await.unwrap_err().to_string(),
        asking(Require::Archives(vec![id("upp")])).await.unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r"
    not every required archive answered: `down` (error: archive `down` failed: no route)
    not every required archive answered: `down` (error: archive `down` failed: no route)
    not every required archive answered: `tables` (skipped: it does not offer search)
    no archive `upp`; did you mean `up`?
    ");
}

async fn bench_page(bench: Bench, require: Require) -> Result<crate::discovery::Page, Error> {
    bench.page(Request { require, ..Request::default() }).await
}

#[tokio::test(start_paused = true)]
async fn wrong_requests_are_named() {
    let bench = Bench::new([FakeArchive::new("a")]);
    let ok = Request::default;
    let cases = [
        (Request { limit: 0, ..ok() }, "limit: 0 is outside 1..=1000"),
        (Request { limit: 1001, ..ok() }, "limit: 1001 is outside 1..=1000"),
        (Request { deadline: Duration::ZERO, ..ok() }, "deadline_ms: 0 is outside 1..=60000"),
        (
            Request { deadline: Duration::from_secs(61), ..ok() },
            "deadline_ms: 61000 is outside 1..=60000",
        ),
        (
            Request { sort: Sort::Distance, ..ok() },
            "sort: distance needs a region (`pos`) to measure from",
        ),
        (Request { scope: vec![id("zzz")], ..ok() }, "no archive `zzz`"),
        (
            Request { question: cone(10.0, 95.0, 1.0), ..ok() },
            "pos: latitude 95 is outside -90..=90",
        ),
        (
            Request { cursor: Some("x".to_owned()), ..ok() },
            "the cursor was not made by this gateway; start the search again without it",
        ),
    ];
    for (request, message) in cases {
        assert_eq!(bench.page(request).await.unwrap_err().to_string(), message);
    }
    assert!(bench.archives[0].asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_watcher_hears_of_each_archive_as_it_answers() {
    let bench = Bench::new([
        FakeArchive::new("slow").holding("s", 1.0, 1.0).slow(Duration::from_secs(2)),
        FakeArchive::new("quick").holding("q", 1.0, 1.0),
        FakeArchive::new("tables").offering([Operation::Tables]),
        FakeArchive::new("down").failing("no route").slow(Duration::from_secs(1)),
    ]);
    let stream = bench.gateway().search_events(&Principal::Local, Request::default(), NOW).unwrap();
    let events: Vec<String> = stream
        .map(|event| match event.unwrap() {
            Event::Source { report, assets } => {
                format!("{} {} {:?}", report.archive, report.status.name(), names(&assets))
            }
            Event::Page(page) => format!("page {:?}", names(&page.assets)),
        })
        .collect()
        .await;
    insta::assert_snapshot!(events.join("\n"), @r#"
    tables skipped []
    quick ok ["quick/q"]
    down error []
    slow ok ["slow/s"]
    page ["slow/s", "quick/q"]
    "#);
    let request = Request { require: Require::All, ..Request::default() };
    let stream = bench.gateway().search_events(&Principal::Local, request, NOW).unwrap();
    let last = stream.collect::<Vec<_>>().await.pop().unwrap();
    assert!(matches!(last, Err(Error::Incomplete { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_count_is_exact_only_when_nothing_can_change_it() {
    let many = || FakeArchive::new("a").holding_many("x", 70);
    let cases = [
        ("read to its end", vec![FakeArchive::new("a").holding_many("x", 7)], 7, true),
        ("counted by itself", vec![many().counting()], 70, true),
        ("not counted", vec![many()], 6, false),
        (
            "several that count may share assets",
            vec![many().counting(), FakeArchive::new("b").holding_many("y", 90).counting()],
            160,
            false,
        ),
        (
            "one failed",
            vec![FakeArchive::new("a").holding_many("x", 7), FakeArchive::new("b").failing("x")],
            7,
            false,
        ),
        (
            "counted, and filtered here",
            vec![many().counting().not_applying([Constraint::Collections])],
            6,
            false,
        ),
    ];
    for (name, archives, value, exact) in cases {
        let limit = if value == 7 { 20 } else { 5 };
        let question = match name {
            "counted, and filtered here" => {
                Question { collections: vec!["things".to_owned()], ..Question::default() }
            }
            _ => Question::default(),
        };
        // By rank, so that an archive is not read further than the page needs.
        let page = Bench::new(archives)
            .page(Request { limit, question, ..Request::default() })
            .await
            .unwrap();
        assert_eq!(page.count.exact, exact, "case: {name}");
        if name != "counted, and filtered here" {
            assert_eq!(page.count.value, value, "case: {name}");
        }
    }
}
