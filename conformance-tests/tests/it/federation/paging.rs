//! Pages to the end, over duplicates and a restart; and cursors that are none.

use std::collections::BTreeSet;

use super::sample_site;
use crate::gateway::{ArchiveFile, Gateway, well};

/// Its circle holds a part of the sample site, but not all of it.
const POS: (&str, &str) = ("pos", "CIRCLE 10.68 41.27 30");

/// One search that is paged through.
struct Walk {
    parameters: Vec<(&'static str, &'static str)>,
    shown: Vec<String>,
    next: Option<String>,
    begun: bool,
}

impl Walk {
    fn new(parameters: &[(&'static str, &'static str)]) -> Self {
        Self { parameters: parameters.to_vec(), shown: Vec::new(), next: None, begun: false }
    }

    /// Goes on for at most so many pages.
    async fn go_on(&mut self, gateway: &Gateway, pages: usize) {
        for _ in 0..pages {
            if self.begun && self.next.is_none() {
                return;
            }
            let mut parameters = self.parameters.clone();
            parameters.extend([("limit", "50"), ("deadline_ms", "60000")]);
            if let Some(next) = &self.next {
                parameters.push(("cursor", next));
            }
            let page = gateway.search(&parameters).await;
            assert_eq!(page.status, 200, "{:?}: {}", self.parameters, page.text);
            for archive in ["sky", "again"] {
                assert_eq!(page.row(archive).0, "ok", "{:?}: {}", self.parameters, page.text);
            }
            self.shown.extend(page.ids());
            self.next = page.next();
            self.begun = true;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn following_next_over_a_restart_gives_every_asset_once() {
    let site = sample_site().await;
    let base_url = format!("{}/sky/tap", site.url);
    let archives =
        [("sky", 10), ("again", 20)].map(|(id, order)| ArchiveFile::new(id, order, &base_url));
    let mut gateway = Gateway::start(&archives).await;
    let mut walks = [
        Walk::new(&[]),
        Walk::new(&[("sort", "date")]),
        Walk::new(&[("sort", "size")]),
        Walk::new(&[("sort", "distance"), POS]),
        Walk::new(&[("q", "NGC")]),
    ];
    for walk in &mut walks {
        // The smaller ones have several pages left then, too.
        walk.go_on(&gateway, 2).await;
        assert!(walk.next.is_some(), "{:?} ends before the restart", walk.parameters);
    }
    gateway = gateway.restarted().await;
    for walk in &mut walks {
        walk.go_on(&gateway, 100).await;
        assert_eq!(walk.next, None, "{:?} does not end", walk.parameters);

        // What one archive says when it is asked for all of it at once.
        let mut parameters = walk.parameters.clone();
        parameters.extend([("archive", "sky"), ("limit", "1000"), ("deadline_ms", "60000")]);
        let whole = gateway.search(&parameters).await;
        assert_eq!((whole.status, whole.next()), (200, None), "{}", whole.text);
        let once: BTreeSet<&String> = walk.shown.iter().collect();
        assert_eq!(once.len(), walk.shown.len(), "{:?}: an asset came twice", walk.parameters);
        let whole = whole.ids();
        assert_eq!(once, whole.iter().collect(), "{:?}", walk.parameters);
    }
    let counts: Vec<usize> = walks.iter().map(|walk| walk.shown.len()).collect();
    assert!(counts[..3].iter().all(|count| *count == rows_of_obscore()), "{counts:?}");
    assert!(counts[3] < rows_of_obscore(), "{counts:?}");
}

/// As the samples say of themselves.
fn rows_of_obscore() -> usize {
    use archway_conformance::samples::{committed_data, manifest::Manifest};
    let manifest = Manifest::read(&committed_data()).unwrap();
    manifest.tables.iter().find(|table| table.name == "ivoa.obscore").unwrap().rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_one_asset_that_says_where_it_is_too() {
    let site = sample_site().await;
    let base_url = format!("{}/sky/tap", site.url);
    let archives =
        [("sky", 10), ("again", 20)].map(|(id, order)| ArchiveFile::new(id, order, &base_url));
    let gateway = Gateway::start(&archives).await;
    let page = gateway.search(&[("q", "M101"), ("limit", "5"), ("deadline_ms", "60000")]).await;
    assert_eq!(page.given_by("sky"), 5, "named after the first: {}", page.text);
    let portal = gateway.ask("?q=M101&limit=5").await;
    assert!(portal.text.contains("also in Archive again"), "{}", portal.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_is_not_of_this_search_is_refused_in_words() {
    let fakes = [well("one").await, well("two").await];
    let archives = ["one", "two"]
        .iter()
        .zip(&fakes)
        .map(|(id, fake)| ArchiveFile::new(id, 10, &format!("{}/tap", fake.url)));
    let archives: Vec<ArchiveFile> = archives.collect();
    let gateway = Gateway::start(&archives).await;
    let other = Gateway::start(&archives).await;
    let first = gateway.search(&[("limit", "2")]).await;
    let cursor = first.next().unwrap();
    let theirs = other.search(&[("limit", "2")]).await.next().unwrap();
    let middle = cursor.len() / 2;
    let (begin, end) = cursor.split_at(middle);
    let changed = if end.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{begin}{changed}{}", &end[1..]);
    let not_ours = "was not made by this gateway";
    let another = "belongs to another question, order or scope";
    for (case, parameters, words) in [
        ("one letter changed", vec![("cursor", tampered.as_str())], not_ours),
        ("cut short", vec![("cursor", begin)], not_ours),
        ("no cursor at all", vec![("cursor", "!")], not_ours),
        ("of another gateway", vec![("cursor", theirs.as_str())], not_ours),
        ("another question", vec![("cursor", cursor.as_str()), ("q", "M31")], another),
        ("another order", vec![("cursor", cursor.as_str()), ("sort", "date")], another),
        ("another scope", vec![("cursor", cursor.as_str()), ("archive", "one")], another),
    ] {
        let answer = gateway.search(&parameters).await;
        assert_eq!(answer.status, 400, "case: {case}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "case: {case}");
        let problem = answer.json();
        assert_eq!(problem["parameter"], "cursor", "case: {case}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "case: {case}: {detail}");
        assert!(detail.ends_with("start the search again without it"), "case: {case}: {detail}");
    }
    let limit = [("limit", "3"), ("cursor", cursor.as_str())];
    assert_eq!(gateway.search(&limit).await.ids().len(), 3, "another limit is no other search");
}
