//! Following `next` shows everything once, whatever the archives do.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Bench, NOW, names, rows};
use crate::asset::{Asset, Checksum, Distribution, Location, Size, SizeQuality};
use crate::coverage::{Circle, Instant, Position, Region, Shape, TimeCoverage, TimeRange};
use crate::discovery::matching::Matcher;
use crate::discovery::order::key;
use crate::discovery::{Request, Sort};
use crate::search::{Constraint, Question};
use crate::testing::{FakeArchive, asset_at};

fn dated(archive: &str, name: &str, day: i64) -> Asset {
    let mut asset = asset_at(archive, name, (day * 7 % 360) as f64, 0.0);
    let start = Some(Instant::from_utc_us(day * 86_400_000_000));
    let range = TimeRange { start, end: start };
    asset.time.push(TimeCoverage { range, ..TimeCoverage::default() });
    asset
}

pub(super) fn file(size_bytes: u64, md5: &str) -> Distribution {
    Distribution {
        id: "main".to_owned(),
        role: "#this".to_owned(),
        location: Location::Url(format!("https://data.example/{md5}")),
        media_type: None,
        format: Some("fits".to_owned()),
        encodings: Vec::new(),
        size: Some(Size { bytes: size_bytes, quality: SizeQuality::Exact }),
        checksums: vec![Checksum::new("md5", md5)],
        file_name: Some(format!("{md5}.fits")),
        modified: None,
        availability: Default::default(),
        provider: None,
    }
}

#[tokio::test(start_paused = true)]
async fn archives_interleave_by_rank() {
    let bench = Bench::new([
        FakeArchive::new("a").holding_many("x", 3),
        FakeArchive::new("b").holding_many("y", 1),
        FakeArchive::new("c").holding_many("z", 5),
    ]);
    let pages = bench.all_pages(Request { limit: 4, ..Request::default() }).await;
    let shown: Vec<Vec<String>> = pages.iter().map(|page| names(&page.assets)).collect();
    assert_eq!(
        shown,
        [
            vec!["a/x-0", "b/y-0", "c/z-0", "a/x-1"],
            vec!["c/z-1", "a/x-2", "c/z-2", "c/z-3"],
            vec!["c/z-4"],
        ]
    );
    assert!(pages.iter().all(|page| page.count.value == 9 && page.count.exact));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_ends_an_archive_exactly_has_no_next() {
    for archives in [1_usize, 2] {
        let fakes = ["a", "b"].into_iter().take(archives);
        let bench = Bench::new(fakes.map(|id| FakeArchive::new(id).holding_many(id, 10)));
        let limit = 10 * archives as u32;
        let page = bench.page(Request { limit, ..Request::default() }).await.unwrap();
        assert_eq!(page.assets.len(), limit as usize);
        assert_eq!(page.next, None, "{archives} archives");
        assert!(bench.archives.iter().all(|archive| archive.asked().len() == 1), "asked once");
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_cursor_gives_the_same_page() {
    let shared = |archive: &str, n: u32| {
        let mut asset = dated(archive, &format!("{archive}{n}"), i64::from(n));
        if n.is_multiple_of(3) {
            asset.identity.publisher_did = Some(format!("ivo://x/y?{n}"));
        }
        asset
    };
    let bench = Bench::new([
        FakeArchive::new("a").with_assets((0..200).map(|n| shared("a", n))),
        FakeArchive::new("b").with_assets((0..200).rev().map(|n| shared("b", n))).batch_size(7),
    ]);
    let request = Request { limit: 30, sort: Sort::Date, ..Request::default() };
    let first = bench.page(request.clone()).await.unwrap();
    let second = Request { cursor: first.next.clone(), ..request.clone() };
    let once = bench.page(second.clone()).await.unwrap();
    let third = Request { cursor: once.next.clone(), ..request.clone() };
    let after = bench.page(third.clone()).await.unwrap();
    let again = bench.page(second).await.unwrap();
    assert_eq!(names(&once.assets), names(&again.assets));
    assert_eq!(once.next, again.next);
    assert_eq!(names(&bench.page(third).await.unwrap().assets), names(&after.assets));
}

#[tokio::test(start_paused = true)]
async fn an_archive_that_fails_on_one_page_is_asked_again_from_where_it_stood() {
    let bench = Bench::new([
        FakeArchive::new("a").holding_many("x", 40).batch_size(5),
        FakeArchive::new("b").holding_many("y", 40),
    ]);
    let request = Request { limit: 20, ..Request::default() };
    let mut shown = BTreeSet::new();
    let mut cursor = None;
    let mut states = Vec::new();
    for page in 0..12 {
        match page {
            1 => bench.archives[0].set_failing("restarting"),
            2 => bench.archives[0].set_hanging(),
            3 => bench.archives[0].set_answering(),
            _ => {}
        }
        let page = bench.page(Request { cursor, ..request.clone() }).await.unwrap();
        states.push(page.sources[0].status.name());
        for name in names(&page.assets) {
            assert!(shown.insert(name.clone()), "{name} came twice");
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(shown.len(), 80);
    assert_eq!(states[..4], ["ok", "error", "timeout", "ok"]);
}

#[tokio::test(start_paused = true)]
async fn an_archive_that_keeps_failing_is_given_up_and_the_search_ends() {
    let bench = Bench::new([
        FakeArchive::new("bad").failing("on fire"),
        FakeArchive::new("good").holding_many("y", 30),
    ]);
    let pages = bench.all_pages(Request { limit: 20, ..Request::default() }).await;
    let lines: Vec<String> = pages.iter().map(rows).collect();
    insta::assert_snapshot!(lines.join("\n\n"), @r"
    bad error 0 archive `bad` failed: on fire
    good ok 20 -

    bad error 0 archive `bad` failed: on fire
    good ok 10 -

    bad error 0 archive `bad` failed: on fire
    good ok 0 -
    ");
    assert!(pages.iter().all(|page| page.partial));
    let lonely = Bench::new([FakeArchive::new("bad").failing("on fire")]);
    let pages = lonely.all_pages(Request::default()).await;
    assert_eq!(pages.len(), 1, "nobody gave anything: nothing to follow");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_for_good() {
    let refuse = |archive: &crate::asset::ArchiveId| crate::Error::Refused {
        archive: archive.clone(),
        reason: "no cones".to_owned(),
    };
    let bench = Bench::new([
        FakeArchive::new("strict").failing_with(refuse),
        FakeArchive::new("good").holding_many("y", 60),
    ]);
    let pages = bench.all_pages(Request { limit: 25, ..Request::default() }).await;
    assert_eq!(pages.len(), 3);
    assert_eq!(bench.archives[0].asked().len(), 1);
    assert_eq!(
        pages[2].sources[0].reason.as_deref(),
        Some("it failed on earlier pages of this search and was given up")
    );
}

#[tokio::test(start_paused = true)]
async fn an_archive_with_a_row_limit_is_read_on_by_resume_or_said_to_stop() {
    let limited = || FakeArchive::new("a").holding_many("x", 100).max_rows(30).batch_size(10);
    let request = Request { limit: 25, ..Request::default() };
    let pages = Bench::new([limited()]).all_pages(request.clone()).await;
    let shown: usize = pages.iter().map(|page| page.assets.len()).sum();
    assert_eq!(shown, 100);
    let pages = Bench::new([limited().without_resume()]).all_pages(request).await;
    let shown: usize = pages.iter().map(|page| page.assets.len()).sum();
    assert_eq!(shown, 30);
    let last = pages.last().unwrap();
    assert!(last.partial);
    assert_eq!(
        last.sources[0].reason.as_deref(),
        Some("it gives at most 30 assets and no way to go on behind them")
    );
}

#[tokio::test(start_paused = true)]
async fn unordered_archives_are_sorted_in_windows_and_read_to_the_end() {
    let day = |n: i64| (n * 7919) % 2500;
    let assets = (0..2500).map(|n| dated("a", &format!("x{n}"), day(n)));
    let bench = Bench::new([FakeArchive::new("a").with_assets(assets).batch_size(300)]);
    let pages =
        bench.all_pages(Request { limit: 400, sort: Sort::Date, ..Request::default() }).await;
    let shown: Vec<i64> =
        pages.iter().flat_map(|page| &page.assets).map(|a| a.date().unwrap().0).collect();
    assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), 2500);
    for (number, window) in
        [&shown[..1000], &shown[1000..2000], &shown[2000..]].into_iter().enumerate()
    {
        assert!(window.is_sorted_by(|a, b| a >= b), "window {number} is sorted, latest first");
    }
}

/// What a random archive is like.
#[derive(Clone, Debug)]
struct Recipe {
    /// Day of each asset, and which shared thing it is a copy of, if any.
    assets: Vec<(i64, Option<u8>)>,
    batch_size: usize,
    ordered: bool,
    resumes: bool,
    describes_order: bool,
    filters: bool,
    flaky: bool,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let asset = (0..60_i64, prop::option::weighted(0.4, 0..25_u8));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (prop::collection::vec(asset, 0..60), 1..40_usize, flags).prop_map(
        |(assets, batch_size, (ordered, resumes, describes_order, filters, flaky))| Recipe {
            assets,
            batch_size,
            ordered,
            resumes,
            describes_order,
            filters,
            flaky,
        },
    )
}

fn build(number: usize, recipe: &Recipe, flaky: bool) -> FakeArchive {
    let id = format!("a{number}");
    let mut shared = BTreeSet::new();
    let assets = recipe.assets.iter().enumerate().map(|(n, (day, copy))| {
        // A shared thing has one date everywhere and comes once per archive.
        let copy = copy.filter(|copy| shared.insert(*copy));
        let day = copy.map_or(*day, i64::from);
        let mut asset = dated(&id, &format!("n{n}"), day);
        asset.summary.title = format!("thing {n}");
        match copy {
            Some(copy) if copy % 2 == 0 => {
                asset.identity.publisher_did = Some(format!("ivo://x/y?{copy}"));
            }
            Some(copy) => {
                asset.distributions.push(file(1000 + u64::from(copy), &format!("aa{copy}")))
            }
            None => asset.distributions.push(file(n as u64 + 1, &format!("{number}{n}"))),
        }
        asset
    });
    let assets: Vec<Asset> = assets.collect();
    let mut fake = FakeArchive::new(&id).with_assets(assets).batch_size(recipe.batch_size);
    if recipe.describes_order {
        let mut description = fake.description();
        description.orders = vec![crate::search::Order::Date, crate::search::Order::Size];
        fake = fake.described(description);
    }
    if recipe.ordered {
        fake = fake.ordered();
    }
    if !recipe.resumes {
        fake = fake.without_resume();
    }
    if recipe.flaky && flaky && (recipe.ordered || !recipe.describes_order) {
        // Every second search, so that it is never given up. (Who breaks a promise of order is
        // asked twice a page, and would fail on every page.)
        fake = fake.flaky(2);
    }
    if !recipe.filters {
        fake = fake.not_applying([Constraint::Text, Constraint::Region]);
    }
    fake
}

/// How many different assets there are.
fn distinct(recipes: &[Recipe]) -> usize {
    let mut shared = BTreeSet::new();
    let mut own = 0;
    for recipe in recipes {
        let mut here = BTreeSet::new();
        for (_, copy) in &recipe.assets {
            match copy.filter(|copy| here.insert(*copy)) {
                Some(copy) => {
                    shared.insert(copy);
                }
                None => own += 1,
            }
        }
    }
    own + shared.len()
}

/// These follow many pages a case.
fn fewer() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / 4, ..usual }
}

proptest! {
    #![proptest_config(fewer())]
    #[test]
    fn every_asset_comes_once_and_ordered_ones_in_order(
        recipes in prop::collection::vec(recipe(), 1..6),
        limit in 1..50_u32,
        sort in prop::sample::select(&Sort::ALL[..]),
        with_text in any::<bool>(),
    ) {
        let centre = Position { longitude_deg: 100.0, latitude_deg: 0.0 };
        let everywhere = Shape::Circle(Circle { centre, radius_deg: 180.0 });
        let question = Question {
            text: with_text.then(|| "thing".to_owned()),
            region: Some(Region::icrs(everywhere)),
            ..Question::default()
        };
        let bench = Bench::new(recipes.iter().enumerate().map(|(n, recipe)| build(n, recipe, false)));
        let request = Request { limit, sort, question: question.clone(), ..Request::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let pages = runtime.block_on(bench.all_pages(request));
        let shown: Vec<&Asset> = pages.iter().flat_map(|page| &page.assets).collect();
        let ids: BTreeSet<String> = shown.iter().flat_map(|asset| std::iter::once(&asset.id).chain(&asset.copies)).map(ToString::to_string).collect();
        prop_assert_eq!(shown.len(), distinct(&recipes), "each distinct asset once");
        let listed = shown.iter().map(|asset| 1 + asset.copies.len()).sum::<usize>();
        prop_assert_eq!(ids.len(), listed, "no id twice, as asset or as copy");
        let last = pages.last().unwrap();
        prop_assert!(last.count.exact);
        prop_assert_eq!(last.count.value as usize, shown.len());
        prop_assert!(pages.iter().all(|page| !page.partial && page.assets.len() <= limit as usize));
        let sorted = sort != Sort::Relevance && recipes.iter().all(|recipe| recipe.assets.len() <= 1000);
        if sorted {
            let matcher = Matcher::new(question, NOW).unwrap();
            let keys: Vec<Option<i64>> = shown.iter().map(|asset| key(sort, &matcher, asset)).collect();
            prop_assert!(keys.is_sorted(), "{keys:?}");
        }
    }

    #[test]
    fn every_asset_comes_once_from_archives_that_fail_now_and_then(
        recipes in prop::collection::vec(recipe(), 1..5),
        limit in 1..50_u32,
        sort in prop::sample::select(vec![Sort::Relevance, Sort::Date, Sort::Size]),
    ) {
        let bench = Bench::new(recipes.iter().enumerate().map(|(n, recipe)| build(n, recipe, true)));
        let request = Request { limit, sort, ..Request::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let pages = runtime.block_on(bench.all_pages(request));
        let shown: Vec<&Asset> = pages.iter().flat_map(|page| &page.assets).collect();
        let ids: BTreeSet<String> = shown.iter().flat_map(|asset| std::iter::once(&asset.id).chain(&asset.copies)).map(ToString::to_string).collect();
        let listed = shown.iter().map(|asset| 1 + asset.copies.len()).sum::<usize>();
        prop_assert_eq!(ids.len(), listed, "no id twice, as asset or as copy");
        prop_assert_eq!(shown.len(), distinct(&recipes), "each distinct asset once");
    }
}
