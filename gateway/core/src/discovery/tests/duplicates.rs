//! What is one asset and what is not (asset model, section 5).

use super::paging::file;
use super::{Bench, names};
use crate::asset::{Asset, Checksum};
use crate::coverage::{Instant, TimeCoverage, TimeRange};
use crate::discovery::{Request, Sort, Status};
use crate::testing::{FakeArchive, asset};

fn with(archive: &str, name: &str, change: impl FnOnce(&mut Asset)) -> Asset {
    let mut asset = asset(archive, name);
    change(&mut asset);
    asset
}

fn did(asset: &mut Asset, did: &str) {
    asset.identity.publisher_did = Some(did.to_owned());
}

fn doi(asset: &mut Asset, doi: &str) {
    asset.identity.doi = Some(doi.to_owned());
}

/// A GNSS file as a mirror has it.
fn rinex(asset: &mut Asset, name: &str, size: u64, md5: Option<&str>) {
    let mut distribution = file(size, md5.unwrap_or("none"));
    distribution.format = Some("rinex-obs".to_owned());
    distribution.file_name = Some(name.to_owned());
    distribution.checksums = md5.map(|hex| Checksum::new("md5", hex)).into_iter().collect();
    asset.distributions.push(distribution);
    let start = Some(Instant(1_000_000));
    asset.time.push(TimeCoverage { range: TimeRange { start, end: None }, ..Default::default() });
}

#[tokio::test(start_paused = true)]
async fn records_merge_by_identity_and_by_nothing_less() {
    type Change = fn(&mut Asset);
    let cases: [(&str, Change, Change, bool); 15] = [
        ("equal identifier", |a| did(a, "ivo://X/y?1"), |b| did(b, "ivo://x/Y?1"), true),
        ("local parts differ in case", |a| did(a, "ivo://x/y?A"), |b| did(b, "ivo://x/y?a"), false),
        ("equal DOI", |a| doi(a, "10.1/a"), |b| doi(b, "https://doi.org/10.1/A"), true),
        ("other DOI", |a| doi(a, "10.1/a"), |b| doi(b, "10.1/b"), false),
        (
            "equal digest and size",
            |a| a.distributions.push(file(9, "aa")),
            |b| b.distributions.push(file(9, "AA")),
            true,
        ),
        (
            "equal digest, other size",
            |a| a.distributions.push(file(9, "aa")),
            |b| b.distributions.push(file(8, "aa")),
            false,
        ),
        (
            "empty files",
            |a| a.distributions.push(file(0, "aa")),
            |b| b.distributions.push(file(0, "aa")),
            false,
        ),
        (
            "equal previews",
            |a| {
                let mut f = file(9, "aa");
                f.role = "#preview".to_owned();
                a.distributions.push(f);
            },
            |b| {
                let mut f = file(9, "aa");
                f.role = "#preview".to_owned();
                b.distributions.push(f);
            },
            false,
        ),
        (
            "estimated sizes",
            |a| {
                let mut f = file(9, "aa");
                f.size = None;
                a.distributions.push(f);
            },
            |b| b.distributions.push(file(9, "aa")),
            false,
        ),
        (
            "mirrors by name",
            |a| rinex(a, "brux0010.21o", 9, None),
            |b| rinex(b, "BRUX0010.21O", 9, None),
            true,
        ),
        (
            "mirrors by name, packed",
            |a| rinex(a, "brux0010.21d.Z", 9, None),
            |b| rinex(b, "brux0010.21o", 9, None),
            true,
        ),
        (
            "mirrors by name, another size",
            |a| rinex(a, "brux0010.21o", 9, None),
            |b| rinex(b, "brux0010.21o", 8, None),
            false,
        ),
        (
            "mirrors by name, another digest",
            |a| rinex(a, "brux0010.21o", 9, Some("aa")),
            |b| rinex(b, "brux0010.21o", 9, Some("bb")),
            false,
        ),
        (
            "mirrors, another name",
            |a| rinex(a, "brux0010.21o", 9, None),
            |b| rinex(b, "brux0020.21o", 9, None),
            false,
        ),
        (
            "equal titles",
            |a| a.summary.title = "Same".to_owned(),
            |b| b.summary.title = "Same".to_owned(),
            false,
        ),
    ];
    for (name, first, second, merged) in cases {
        let mirrored = || {
            [
                FakeArchive::new("one").with_assets([with("one", "a", first)]).mirroring(&["two"]),
                FakeArchive::new("two").with_assets([with("two", "b", second)]).mirroring(&["one"]),
            ]
        };
        let page = Bench::new(mirrored()).page(Request::default()).await.unwrap();
        let expected: &[&str] = if merged { &["one/a"] } else { &["one/a", "two/b"] };
        assert_eq!(names(&page.assets), expected, "case: {name}");
        assert_eq!(page.count.value as usize, expected.len(), "case: {name}");
        // The same when the second is only met on a later page.
        let pages =
            Bench::new(mirrored()).all_pages(Request { limit: 1, ..Request::default() }).await;
        let shown: usize = pages.iter().map(|page| page.assets.len()).sum();
        assert_eq!(shown, expected.len(), "case: {name}, by pages");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_alone_merges_only_where_both_say_they_are_mirrors() {
    let held = |archive: &str| with(archive, archive, |a| rinex(a, "brux0010.21o", 9, None));
    let cases: [(&[&str], &[&str], usize); 3] =
        [(&["two"], &["one"], 1), (&["two"], &[], 2), (&[], &[], 2)];
    for (first, second, count) in cases {
        let bench = Bench::new([
            FakeArchive::new("one").with_assets([held("one")]).mirroring(first),
            FakeArchive::new("two").with_assets([held("two")]).mirroring(second),
        ]);
        let page = bench.page(Request::default()).await.unwrap();
        assert_eq!(page.assets.len(), count, "mirrors {first:?} and {second:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_doi_or_a_file_of_many_assets_names_none_of_them() {
    let of_collection = |archive: &str, n: u32| {
        with(archive, &format!("{archive}{n}"), |asset| {
            doi(asset, "10.5270/collection");
            did(asset, "ivo://sloppy/collection");
            asset.distributions.push(file(99, "cafe"));
        })
    };
    let fakes = || {
        [
            FakeArchive::new("one").with_assets((0..60).map(|n| of_collection("one", n))),
            FakeArchive::new("two").with_assets((0..60).map(|n| of_collection("two", n))),
        ]
    };
    for limit in [7, 200] {
        let pages = Bench::new(fakes()).all_pages(Request { limit, ..Request::default() }).await;
        let shown: usize = pages.iter().map(|page| page.assets.len()).sum();
        assert_eq!(shown, 120, "limit {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_archive_of_the_configuration_gives_the_id_and_all_give_distributions() {
    let copy = |archive: &str, day: i64| {
        with(archive, archive, |asset| {
            did(asset, "ivo://x/y?1");
            let mut own = file(9, archive);
            own.id = archive.to_owned();
            asset.distributions.push(own);
            asset.summary.created = Some(Instant(day));
        })
    };
    // The last of the configuration comes first by date.
    let bench = Bench::new([
        FakeArchive::new("first").with_assets([copy("first", 1)]),
        FakeArchive::new("second").with_assets([copy("second", 2)]),
        FakeArchive::new("third").with_assets([
            copy("third", 3),
            with("third", "later", |a| a.summary.created = Some(Instant(0))),
        ]),
    ]);
    let page = bench.page(Request { sort: Sort::Date, ..Request::default() }).await.unwrap();
    assert_eq!(names(&page.assets), ["first/first", "third/later"]);
    let merged = &page.assets[0];
    let copies: Vec<String> = merged.copies.iter().map(ToString::to_string).collect();
    assert_eq!(copies, ["second/second", "third/third"]);
    let from: Vec<Option<&str>> =
        merged.distributions.iter().map(|d| d.provider.as_deref()).collect();
    assert_eq!(from, [None, Some("second"), Some("third")]);
    let given: Vec<u64> = page.sources.iter().map(|source| source.rows).collect();
    assert_eq!(given, [1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_met_pages_later_is_not_shown_again() {
    // The copy is far beyond what the first page looks at.
    let copy = |archive: &str, n: u32| {
        with(archive, &format!("{archive}{n}"), |asset| {
            if n.is_multiple_of(10) {
                did(asset, &format!("ivo://x/y?{n}"));
            }
        })
    };
    let bench = Bench::new([
        FakeArchive::new("one").with_assets((0..300).map(|n| copy("one", n))),
        FakeArchive::new("two").with_assets((0..300).rev().map(|n| copy("two", n))),
    ]);
    let pages = bench.all_pages(Request { limit: 20, ..Request::default() }).await;
    let shown: usize = pages.iter().map(|page| page.assets.len()).sum();
    assert_eq!(shown, 600 - 30);
}

#[tokio::test(start_paused = true)]
async fn an_archive_of_copies_is_not_given_up_because_another_hangs() {
    let copy = |archive: &str, n: u32| {
        with(archive, &format!("{archive}{n}"), |asset| did(asset, &format!("ivo://x/y?{n}")))
    };
    // What `two` gives after its first ten is what `one` showed long before, then ten of its own.
    let bench = Bench::new([
        FakeArchive::new("one").with_assets((0..400).map(|n| copy("one", n))),
        FakeArchive::new("two").with_assets((0..410).map(|n| copy("two", 409 - n))).batch_size(60),
        FakeArchive::new("hangs").hanging(),
    ]);
    let pages = bench.all_pages(Request { limit: 40, ..Request::default() }).await;
    let shown: usize = pages.iter().map(|page| page.assets.len()).sum();
    assert_eq!(shown, 410);
    assert_eq!(pages.iter().filter(|page| page.sources[1].status == Status::Error).count(), 0);
}
