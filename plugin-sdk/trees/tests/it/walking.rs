//! Searches, harvests, look-ups and ways over a tree in memory.

use std::rc::Rc;

use archway_plugin::Error;
use archway_plugin::access::{AccessRequest, Route};
use archway_plugin::types::{
    AssetId, Change, Constraint, FacetFilter, FacetKind, SearchQuery, TimeRange, Value,
};
use archway_trees::Entry;

use crate::memory::{Memory, all, archive, host, ids};

const EVERYTHING: &str = r#"[{ "path": "**" }]"#;
const DAILY: &str = r#"[
    { "path": "obs/{year}/{doy}/{station:4}{doy}0.{yy}o", "title": "{station:upper} on {date}",
      "facets": { "station": "{station:upper}" } },
    { "path": "products/{week}/{ac:letters}{week}{dow}.sp3", "facets": { "organization": "{ac:upper}" },
      "time": { "scale": "utc" } }
]"#;

fn daily() -> Rc<Memory> {
    let mut paths = Vec::new();
    for (year, yy) in [(2009, "09"), (2010, "10")] {
        for doy in [181, 182] {
            for station in ["algo", "wtzr"] {
                paths.push(format!("obs/{year}/{doy}/{station}{doy}0.{yy}o.Z"));
            }
        }
    }
    for name in ["igs15904.sp3", "esa15904.sp3.gz", "igs15905.sp3"] {
        paths.push(format!("products/1590/{name}"));
    }
    paths.push("secret/plan.txt".to_owned());
    Rc::new(Memory::of(&paths.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn everything() -> SearchQuery {
    SearchQuery::everything()
}

fn found(query: &SearchQuery) -> (Vec<String>, Vec<String>) {
    let (host, tree) = (host(DAILY), daily());
    let answer = archive(&host, &tree).search(&host, query).unwrap();
    let assets = all(&host, answer, 100);
    (ids(&assets).into_iter().map(str::to_owned).collect(), tree.listed())
}

#[test]
fn only_folders_that_can_answer_are_listed() {
    let day = |year: i64, doy: i64| ((year - 1970) * 365 + 10 + doy - 1) * 86_400_000_000;
    let time = |from, to| SearchQuery {
        time: Some(TimeRange { start: Some(from), end: Some(to) }),
        ..everything()
    };
    let facet = |kind, term: &str| SearchQuery {
        facets: vec![FacetFilter { kind, any_of: vec![term.to_owned()] }],
        ..everything()
    };
    let text = |text: &str| SearchQuery { text: Some(text.to_owned()), ..everything() };
    let cases = [
        ("everything", everything(), 11, 10),
        ("a day", time(day(2010, 182), day(2010, 182) + 1), 4, 7),
        ("a year without anything", time(day(2001, 10), day(2001, 11)), 0, 3),
        ("a station", facet(FacetKind::Station, "wtzr"), 4, 8),
        ("a centre", facet(FacetKind::Organization, "ESA"), 1, 3),
        ("a facet that nothing has", facet(FacetKind::Mission, "GPS"), 0, 0),
        ("words", text("WTZR 2010-07"), 1, 10),
        ("another collection", SearchQuery { collections: vec!["x".into()], ..everything() }, 0, 0),
        (
            "this collection",
            SearchQuery { collections: vec!["TREE".into()], ..everything() },
            11,
            10,
        ),
    ];
    for (name, query, assets, listings) in cases {
        let (ids, listed) = found(&query);
        assert_eq!(
            (ids.len(), listed.len()),
            (assets, listings),
            "case: {name}: {ids:?} {listed:?}"
        );
    }
}

#[test]
fn a_search_goes_on_behind_any_batch_without_walking_again() {
    let (host, tree) = (host(DAILY), daily());
    let archive = archive(&host, &tree);
    let whole = all(&host, archive.search(&host, &everything()).unwrap(), 100);
    let mut found = Vec::new();
    let mut after = None;
    tree.listed();
    loop {
        let query = SearchQuery { after: after.clone(), ..everything() };
        let mut cursor = archive.search(&host, &query).unwrap().assets;
        let Some(batch) = cursor.next(&host, 1).unwrap() else { break };
        assert!(tree.listed().len() <= 6, "the folder, and those above where it is at its end");
        found.extend(batch.assets);
        after = batch.resume;
    }
    assert_eq!(ids(&found), ids(&whole));
}

#[test]
fn copies_and_encodings_of_a_file_are_one_asset() {
    let (host, mut tree) = (
        host(EVERYTHING),
        Memory::of(&[
            "a.fits",
            "a.fits.gz",
            "a.fits.Z",
            "SHA256SUMS",
            "b.fits.md5",
            "index.html",
            "x.crx.gz",
        ]),
    );
    let hex = "0".repeat(64);
    tree.contents.insert("/pub/SHA256SUMS".to_owned(), format!("{hex}  a.fits.gz\n"));
    let tree = Rc::new(tree);
    let assets = all(&host, archive(&host, &tree).search(&host, &everything()).unwrap(), 10);
    assert_eq!(ids(&assets), ["a.fits", "x.rnx"]);
    let told: Vec<_> = assets[0]
        .distributions
        .iter()
        .map(|d| (d.distribution_id.as_str(), d.encodings.join(","), d.checksums.len()))
        .collect();
    let wanted = [
        ("a.fits", String::new(), 0),
        ("a.fits.Z", "compress".to_owned(), 0),
        ("a.fits.gz", "gzip".to_owned(), 1),
    ];
    assert_eq!(told, wanted);
    assert_eq!(assets[1].distributions[0].format.as_deref(), Some("rinex-obs"));
    assert_eq!(assets[1].distributions[0].encodings, ["gzip", "crinex"]);
}

#[test]
fn what_is_not_applied_is_said() {
    let (host, tree) = (host(r#"[{ "path": "{week}/*.sp3" }]"#), daily());
    let query = SearchQuery {
        time: Some(TimeRange { start: Some(0), end: None }),
        wavelength_m: Some(archway_plugin::types::Interval { lower: None, upper: None }),
        max_assets: Some(3),
        ..everything()
    };
    let answer = archive(&host, &tree).search(&host, &query).unwrap();
    // Weeks are of GPS time, and no more than pruned here.
    assert_eq!(
        answer.not_applied,
        [Constraint::Wavelength, Constraint::Time, Constraint::MaxAssets]
    );
    let query = SearchQuery { max_assets: Some(1), ..everything() };
    let answer = archive(&host, &tree).search(&host, &query).unwrap();
    assert_eq!(answer.not_applied, []);
}

#[test]
fn names_that_cannot_be_one_are_refused_one_by_one() {
    let (host, tree) = (host(EVERYTHING), Rc::new(Memory::of(&["good.dat"])));
    for name in ["..", ".", "", "a/b", "a\nb", "a\0b", "\u{1b}[31m", "br\u{fffd}ken"] {
        tree.folders.borrow_mut().get_mut("/pub").unwrap().push(Entry::file(name));
    }
    let assets = all(&host, archive(&host, &tree).search(&host, &everything()).unwrap(), 10);
    assert_eq!(ids(&assets), ["good.dat"]);
    let logged = host.logged();
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].fields[1], ("refused".to_owned(), "6".to_owned()));
}

#[test]
fn links_are_followed_once_and_never_in_a_circle() {
    let tree = Rc::new(Memory::of(&[
        "2010/a.dat",
        "latest -> 2010",
        "self -> .",
        "up -> ../..",
        "2010/again -> ../2010",
        "copy.dat -> 2010/a.dat",
        "outside -> /data/x",
        "outside2 -> /data/x",
        "alias.dat -> /data/y.dat",
        "gone -> nowhere",
        "one -> two",
        "two -> one",
        "/data/x/b.dat",
        "/data/x/back -> /pub",
        "/data/x/c.dat -> b.dat",
        "/data/y.dat",
    ]));
    let host = host(EVERYTHING);
    let archive = archive(&host, &tree);
    let assets = all(&host, archive.search(&host, &everything()).unwrap(), 10);
    assert_eq!(ids(&assets), ["alias.dat", "2010/a.dat", "outside/b.dat", "outside/c.dat"]);
    assert_eq!(assets[0].distributions[0].size.unwrap().bytes, 10);
    // Taken up anywhere, it is the same walk.
    let mut after = None;
    let mut found = Vec::new();
    loop {
        let query = SearchQuery { after: after.clone(), ..everything() };
        let mut cursor = archive.search(&host, &query).unwrap().assets;
        let Some(batch) = cursor.next(&host, 1).unwrap() else { break };
        found.extend(batch.assets);
        after = batch.resume;
    }
    assert_eq!(ids(&found), ids(&assets));
}

#[test]
fn a_walk_has_limits() {
    let deep = format!("{}x.dat", "a/".repeat(20));
    let tree = Rc::new(Memory::of(&["x.dat", "y.dat", deep.as_str()]));
    let cases = [
        ("max_depth", 3, Ok(2)),
        ("max_entries", 2, Err("has more than 2 entries")),
        ("max_folders", 5, Err("the walk has listed 5 folders")),
    ];
    for (key, value, wanted) in cases {
        let host = host(EVERYTHING).with_setting(key, Value::Integer(value));
        let mut cursor = archive(&host, &tree).search(&host, &everything()).unwrap().assets;
        let mut found = Ok(0);
        loop {
            match cursor.next(&host, 10) {
                Ok(None) => break,
                Ok(Some(batch)) => found = found.map(|n| n + batch.assets.len()),
                Err(error) => {
                    found = Err(error);
                    break;
                }
            }
        }
        match (found, wanted) {
            (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "case: {key}"),
            (Err(Error::Exhausted(e)), Err(wanted)) => assert!(e.message.contains(wanted), "{e:?}"),
            (found, _) => panic!("case: {key}: {found:?}"),
        }
    }
}

#[test]
fn a_folder_that_may_not_be_read_is_passed_over_and_any_other_failure_is_told() {
    let tree = Rc::new(Memory::of(&["a/1.dat", "b/2.dat", "c/3.dat"]));
    let host = host(EVERYTHING);
    tree.failing.borrow_mut().insert("/pub/b".to_owned(), Error::Denied("b".to_owned()));
    let archive = archive(&host, &tree);
    let assets = all(&host, archive.search(&host, &everything()).unwrap(), 10);
    assert_eq!(ids(&assets), ["a/1.dat", "c/3.dat"]);
    assert_eq!(host.logged().len(), 1);
    let down = Error::Internal("down".to_owned());
    tree.failing.borrow_mut().insert("/pub/b".to_owned(), down.clone());
    let mut cursor = archive.search(&host, &everything()).unwrap().assets;
    assert_eq!(
        cursor.next(&host, 10).unwrap().unwrap().assets.len(),
        1,
        "what there is comes first"
    );
    assert_eq!(cursor.next(&host, 10), Err(down.clone()));
    assert_eq!(cursor.next(&host, 10), Err(down), "it stays so");
}

#[test]
fn listings_are_kept_for_a_while() {
    let (host, tree) = (host(DAILY).with_setting("cache_s", Value::Integer(600)), daily());
    let archive = archive(&host, &tree);
    let first = all(&host, archive.search(&host, &everything()).unwrap(), 100);
    assert!(!tree.listed().is_empty());
    let second = all(&host, archive.search(&host, &everything()).unwrap(), 100);
    assert_eq!(tree.listed(), [""; 0]);
    assert_eq!(first, second);
}

#[test]
fn one_asset_is_looked_up_by_listing_its_folder() {
    let (host, tree) = (host(DAILY), daily());
    let archive = archive(&host, &tree);
    let id = |id: &str| AssetId::NativeId(id.to_owned());
    let asset = archive.look_up(&host, &id("obs/2010/182/wtzr1820.10o")).unwrap();
    assert_eq!(tree.listed(), ["/pub/obs/2010/182"]);
    let whole = all(&host, archive.search(&host, &everything()).unwrap(), 100);
    assert!(whole.contains(&asset), "the same as in a search");
    tree.listed();
    for wrong in
        ["obs/2010/182/none1820.10o", "secret/plan.txt", "../x", "", "obs//x", "obs/2010/182"]
    {
        assert_eq!(archive.look_up(&host, &id(wrong)), Err(Error::NotFound(wrong.to_owned())));
    }
    assert_eq!(
        tree.listed(),
        ["/pub/obs/2010/182", "/pub/obs/2010"],
        "what no rule matches is not asked for"
    );
}

#[test]
fn ways_have_the_checksum_that_stands_beside_the_file() {
    let mut tree = Memory::of(&["a.fits", "a.fits.gz", "a.fits.md5"]);
    tree.contents.insert("/pub/a.fits.md5".to_owned(), "0".repeat(32));
    let (host, tree) = (host(EVERYTHING), Rc::new(tree));
    let request = |distribution: Option<&str>| AccessRequest {
        native_id: "a.fits".to_owned(),
        distribution_id: distribution.map(str::to_owned),
    };
    let archive = archive(&host, &tree);
    let ways = archive.access(&host, &request(None)).unwrap();
    let told: Vec<_> = ways
        .iter()
        .map(|way| match &way.route {
            Route::Http(http) => (http.url.as_str(), way.checksums.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    let wanted =
        [("https://files.example/pub/a.fits", 1), ("https://files.example/pub/a.fits.gz", 0)];
    assert_eq!(told, wanted);
    assert_eq!(archive.access(&host, &request(Some("a.fits.gz"))).unwrap().len(), 1);
    let gone = archive.access(&host, &request(Some("a.fits.Z")));
    assert_eq!(gone.err(), Some(Error::NotFound("a.fits (distribution a.fits.Z)".to_owned())));
}

#[test]
fn a_harvest_goes_on_after_a_kill_at_any_batch_and_then_brings_changes_only() {
    let (host, tree) = (host(DAILY), daily());
    let archive = archive(&host, &tree);
    let mut since: Option<Vec<u8>> = None;
    let harvested = |since: &mut Option<Vec<u8>>| {
        let mut found = Vec::new();
        loop {
            // A new cursor for each batch, as after a kill.
            let mut cursor = archive.harvest(&host, since.clone()).unwrap();
            let batch = cursor.next(&host, 2).unwrap().unwrap();
            let is_end = cursor.next(&host, 2).unwrap().is_none();
            *since = Some(batch.resume);
            for change in batch.changes {
                match change {
                    Change::Upsert(asset) => found.push(asset.identity.native_id),
                    Change::Withdraw(gone) => panic!("{gone:?}"),
                }
            }
            if is_end {
                return found;
            }
        }
    };
    let first = harvested(&mut since);
    assert_eq!(first.len(), 11, "{first:?}");
    assert_eq!(harvested(&mut since), [""; 0], "nothing has changed");
    tree.add("obs/2010/182/zimm1820.10o");
    tree.add("products/1591/igs15910.sp3");
    assert_eq!(
        harvested(&mut since),
        [
            "obs/2010/182/algo1820.10o",
            "obs/2010/182/wtzr1820.10o",
            "obs/2010/182/zimm1820.10o",
            "products/1591/igs15910.sp3"
        ],
        "the folder that changed, and the new one"
    );
    assert_eq!(harvested(&mut since), [""; 0]);
}

#[test]
fn a_harvest_that_fails_gives_what_it_has_and_then_fails() {
    let tree = Rc::new(Memory::of(&["a/1.dat", "b/2.dat", "c/3.dat"]));
    let host = host(EVERYTHING);
    let down = Error::Internal("down".to_owned());
    tree.failing.borrow_mut().insert("/pub/b".to_owned(), down.clone());
    let archive = archive(&host, &tree);
    let mut cursor = archive.harvest(&host, None).unwrap();
    let batch = cursor.next(&host, 10).unwrap().unwrap();
    assert_eq!(batch.changes.len(), 1);
    assert_eq!(cursor.next(&host, 10), Err(down), "no later folder instead of the one that failed");
    tree.failing.borrow_mut().clear();
    let mut cursor = archive.harvest(&host, Some(batch.resume)).unwrap();
    assert_eq!(cursor.next(&host, 10).unwrap().unwrap().changes.len(), 2);
}

#[test]
fn a_token_of_another_archive_is_refused() {
    let (host, tree) = (host(DAILY), daily());
    let archive = archive(&host, &tree);
    let query = SearchQuery { after: Some(b"x".to_vec()), ..everything() };
    assert!(matches!(archive.search(&host, &query).err(), Some(Error::InvalidQuery(_))));
    assert!(matches!(
        archive.harvest(&host, Some(b"x".to_vec())).err(),
        Some(Error::InvalidQuery(_))
    ));
}

#[test]
fn a_description_says_what_the_settings_say() {
    let host = host(DAILY).with_text("publisher", "IGS");
    let tree = daily();
    let description = archive(&host, &tree).describe(&host).unwrap();
    assert_eq!(description.title, "Tree");
    assert_eq!(description.collections[0].id, "Tree");
    assert!(description.push_down.contains(&Constraint::Facet(FacetKind::Station)));
    tree.failing.borrow_mut().insert("/pub".to_owned(), Error::Denied("no".to_owned()));
    assert_eq!(archive(&host, &tree).describe(&host), Err(Error::Denied("no".to_owned())));
}
