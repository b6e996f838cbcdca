//! Whole operations against exchanges recorded from servers that were not written here (nginx
//! and vsftpd, see `tests/data/SOURCES.md`), and against what such servers do not do for us.

use archway_plugin::access::{AccessRequest, Route};
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{
    Asset, AssetId, Change, Constraint, Error, FacetFilter, FacetKind, Outage, OutageReason,
    SearchQuery, Shape, TimeRange, Value,
};
use archway_plugin::{ArchivePlugin, ChangeCursor};

use crate::GnssIgs;
use crate::settings::day;

const HTTP: &str =
    r#"[{"path": "obs/{YYYY}/{DDD}"}, {"path": "BRDC/{YYYY}/{DDD}"}, {"path": "products/{WWWW}"}]"#;
const FTP: &str = r#"[{"path": "data/daily/{YYYY}/{DDD}/{yy}{t}", "letters": "dn"}, {"path": "products/{WWWW}"}]"#;

fn json(text: &str) -> Value {
    Value::Json(text.to_owned())
}

fn recorded(name: &str) -> RecordedHost {
    RecordedHost::recorded(format!("{}/tests/data/recorded/{name}", env!("CARGO_MANIFEST_DIR")))
}

/// The archive that the recordings are of: a data centre by HTTP, with a mirror by FTP.
fn mirrored(host: RecordedHost) -> RecordedHost {
    let mirror = format!(
        r#"[{{"provider": "vsftpd", "base_url": "ftp://127.0.0.1:8492/gnss-mirror/", "folders": {FTP}}}]"#
    );
    by_http(host).with_setting("mirrors", json(&mirror))
}

fn by_http(host: RecordedHost) -> RecordedHost {
    host.with_text("base_url", "http://127.0.0.1:8491/gnss/IGS/")
        .with_text("provider", "nginx")
        .with_setting("folders", json(HTTP))
}

fn during(start: &str, hours: (i64, i64)) -> SearchQuery {
    let midnight = day(start).unwrap().start_us();
    let at = |hours: i64| Some(midnight + hours * 3_600_000_000);
    let time = Some(TimeRange { start: at(hours.0), end: at(hours.1) });
    SearchQuery { time, ..SearchQuery::everything() }
}

/// All assets of a search, in pages of two.
fn found(host: &RecordedHost, query: &SearchQuery) -> Result<Vec<Asset>, Error> {
    let mut answer = GnssIgs.search(host, query.clone())?;
    let mut all = Vec::new();
    while let Some(batch) = answer.assets.next(host, 2)? {
        assert!(batch.assets.len() <= 2 && batch.resume.is_some());
        all.extend(batch.assets);
    }
    Ok(all)
}

fn ids(assets: &[Asset]) -> Vec<&str> {
    assets.iter().map(|asset| asset.identity.native_id.as_str()).collect()
}

#[test]
fn a_day_of_a_data_centre_by_http_is_found_with_what_the_headers_say() {
    let host = by_http(recorded("http")).with_setting("read_headers", Value::Boolean(true));
    let assets = found(&host, &during("2005-04-02", (6, 7))).unwrap();
    assert_eq!(ids(&assets), ["07590920.05n", "07590920.05o", "30400920.05o"]);
    let observations = &assets[1];
    let Shape::Site(site) = &observations.space[0].region.shape else { panic!("no place") };
    assert!((site.position.latitude_deg - 35.16).abs() < 0.01);
    assert_eq!(observations.distributions[0].checksums[0].algorithm, "sha-256");
    assert_eq!(observations.distributions[0].size.unwrap().bytes, 26_301);
    let asked: Vec<String> = host.asked().into_iter().map(|request| request.url).collect();
    assert_eq!(asked.len(), 7, "three listings, a list of checksums, three files: {asked:?}");
}

#[test]
fn a_day_of_a_data_centre_by_ftp_is_found_in_its_older_packing() {
    let host = recorded("ftp")
        .with_text("base_url", "ftp://127.0.0.1:8492/gnss-mirror/")
        .with_text("provider", "vsftpd")
        .with_setting("folders", json(FTP))
        .with_setting("read_headers", Value::Boolean(true));
    let assets = found(&host, &during("2005-04-02", (6, 7))).unwrap();
    assert_eq!(ids(&assets), ["07590920.05n", "07590920.05o", "30400920.05o"]);
    let packed = &assets[1].distributions[0];
    assert_eq!(packed.encodings, ["compress", "crinex"]);
    assert_eq!(packed.size.unwrap().bytes, 11_668);
    assert!(assets[1].facets.iter().any(|facet| facet.term == "TRIMBLE 5700"));
}

#[test]
fn mirrors_and_encodings_of_a_file_are_one_asset() {
    let host = mirrored(recorded("products"));
    let esoc = SearchQuery { text: Some("esoc".to_owned()), ..during("2009-04-01", (6, 7)) };
    let assets = found(&host, &esoc).unwrap();
    assert_eq!(ids(&assets), ["esa15253.clk", "esa15253.sp3"]);
    let copies: Vec<_> = assets[1]
        .distributions
        .iter()
        .map(|d| (d.provider.as_deref().unwrap_or_default(), d.encodings.join(" ")))
        .collect();
    assert_eq!(copies, [("nginx", "gzip".to_owned()), ("vsftpd", "compress".to_owned())]);
}

#[test]
fn facets_are_applied_here_and_the_rest_is_told_to_be_the_gateways() {
    let host = mirrored(recorded("products"));
    let filter = |kind, term: &str| FacetFilter { kind, any_of: vec![term.to_owned()] };
    let mut query = during("2009-04-01", (6, 7));
    query.facets = vec![
        filter(FacetKind::Organization, "igs"),
        filter(FacetKind::Other("format".to_owned()), "sp3"),
    ];
    let answer = GnssIgs.search(&host, query.clone()).unwrap();
    assert_eq!(
        answer.not_applied,
        [Constraint::Time, Constraint::Facet(FacetKind::Other("format".to_owned()))]
    );
    drop(answer);
    assert_eq!(ids(&found(&mirrored(recorded("products")), &query).unwrap()), ["igl15253.sp3"]);
}

#[test]
fn access_has_a_way_for_each_copy_with_its_checksum() {
    let request =
        |distribution_id| AccessRequest { native_id: "07590920.05o".to_owned(), distribution_id };
    let ways = GnssIgs.access(&mirrored(recorded("access")), request(None)).unwrap();
    let told: Vec<String> = ways
        .iter()
        .map(|way| match &way.route {
            Route::Http(http) => http.url.clone(),
            Route::Ftp(ftp) => format!("{}:{} {}", ftp.host, ftp.port, ftp.path),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            "http://127.0.0.1:8491/gnss/IGS/obs/2005/092/07590920.05o.gz",
            "127.0.0.1:8492 /gnss-mirror/data/daily/2005/092/05d/07590920.05d.Z"
        ]
    );
    assert!(ways.iter().all(|way| way.checksums.len() == 1 && way.size.is_some()));
    let one = request(Some("1:data/daily/2005/092/05d/07590920.05d.Z".to_owned()));
    assert_eq!(GnssIgs.access(&mirrored(recorded("access")), one).unwrap().len(), 1);
    let none = request(Some("7:x".to_owned()));
    assert!(matches!(GnssIgs.access(&mirrored(recorded("access")), none), Err(Error::NotFound(_))));
}

#[test]
fn a_file_is_looked_up_where_its_name_says_and_another_one_is_not_there() {
    let host = mirrored(recorded("access"));
    let asset = GnssIgs.look_up(&host, AssetId::NativeId("07590920.05o".to_owned())).unwrap();
    assert_eq!(asset.distributions.len(), 2);
    let host = by_http(RecordedHost::new()).answering("http://127.0.0.1:8491/", 404, "");
    for id in ["07590920.06o", "nothing", "../../etc/passwd", "igs99990.sp3", "x@1"] {
        let missing = GnssIgs.look_up(&host, AssetId::NativeId(id.to_owned()));
        assert!(matches!(missing, Err(Error::NotFound(_))), "{id}");
    }
}

/// An index page as nginx writes it.
fn page(names: &[&str]) -> String {
    let rows: Vec<String> = names
        .iter()
        .map(|name| {
            format!("<a href=\"{name}\">{name}</a>          25-Nov-2026 23:26               246\n")
        })
        .collect();
    format!(
        "<html><head><title>Index</title></head><body><h1>Index</h1><hr><pre><a href=\"../\">../</a>\n{}</pre><hr></body></html>",
        rows.concat()
    )
}

/// A day of an archive with these files by the day of the year.
fn with_days(days: &[(&str, &[&str])]) -> RecordedHost {
    let mut host = RecordedHost::new()
        .with_text("base_url", "http://data.example/")
        .with_setting("folders", json(r#"[{"path": "obs/{YYYY}/{DDD}"}]"#))
        .with_text("from", "2010-01-01")
        .with_text("until", "2010-12-31")
        .answering("http://data.example/", 404, "");
    for (day, names) in days {
        let headers = [("content-type", "text/html")];
        let url = format!("http://data.example/obs/2010/{day}/");
        host = host.answering_with(&url, 200, &headers, page(names));
    }
    host
}

const DAYS: [(&str, &[&str]); 3] = [
    ("364", &["aaaa3640.10d.Z", "bbbb3640.10d.Z", "cccc3640.10d.Z"]),
    ("363", &["aaaa3630.10d.Z"]),
    ("361", &["aaaa3610.10d.Z", "bbbb3610.10d.Z"]),
];

#[test]
fn a_search_can_be_taken_up_behind_every_asset() {
    let host = with_days(&DAYS);
    let query = SearchQuery::everything();
    let whole = found(&host, &query).unwrap();
    assert_eq!(
        ids(&whole),
        [
            "aaaa3640.10o",
            "bbbb3640.10o",
            "cccc3640.10o",
            "aaaa3630.10o",
            "aaaa3610.10o",
            "bbbb3610.10o"
        ],
        "the latest day first, a week of them without being told"
    );
    for cut in 1..whole.len() {
        let mut answer = GnssIgs.search(&host, query.clone()).unwrap();
        let mut behind = None;
        let mut before = 0;
        while before < cut {
            let batch = answer.assets.next(&host, 1).unwrap().unwrap();
            before += batch.assets.len();
            behind = batch.resume;
        }
        let rest = found(&host, &SearchQuery { after: behind, ..query.clone() }).unwrap();
        assert_eq!(ids(&rest), ids(&whole)[cut..], "behind {cut}");
    }
}

#[test]
fn a_time_with_more_folders_than_may_be_listed_is_no_whole_answer() {
    let host = with_days(&DAYS).with_setting("max_folders", Value::Integer(3));
    let query = during("2010-01-01", (0, 24 * 365));
    let mut answer = GnssIgs.search(&host, query).unwrap();
    let mut all = Vec::new();
    let error = loop {
        match answer.assets.next(&host, 10) {
            Ok(Some(batch)) => all.extend(batch.assets),
            Ok(None) => panic!("it said that this is all"),
            Err(error) => break error,
        }
    };
    assert_eq!(ids(&all), ["aaaa3640.10o", "bbbb3640.10o", "cccc3640.10o", "aaaa3630.10o"]);
    let Error::Exhausted(limit) = error else { panic!("{error}") };
    assert!(limit.message.contains("3 folders"), "{}", limit.message);
}

/// All changes of a harvest from a token, in batches of two, with the token behind each.
fn harvested(host: &RecordedHost, since: Option<Vec<u8>>) -> Vec<(Vec<String>, Vec<u8>)> {
    let mut cursor: Box<dyn ChangeCursor> = GnssIgs.harvest(host, since).unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = cursor.next(host, 2).unwrap() {
        let id = |change: Change| match change {
            Change::Upsert(asset) => asset.identity.native_id,
            Change::Withdraw(gone) => gone.native_id,
        };
        batches.push((batch.changes.into_iter().map(id).collect(), batch.resume));
    }
    batches
}

#[test]
fn a_harvest_goes_on_behind_any_batch_and_then_brings_what_changed() {
    let host = with_days(&DAYS);
    let whole = harvested(&host, None);
    let all: Vec<String> = whole.iter().flat_map(|(ids, _)| ids.clone()).collect();
    assert_eq!(
        all,
        [
            "aaaa3610.10o",
            "bbbb3610.10o",
            "aaaa3630.10o",
            "aaaa3640.10o",
            "bbbb3640.10o",
            "cccc3640.10o"
        ]
    );
    for at in 0..whole.len() - 1 {
        let rest: Vec<String> = harvested(&host, Some(whole[at].1.clone()))
            .into_iter()
            .flat_map(|(ids, _)| ids)
            .collect();
        let before: usize = whole[..=at].iter().map(|(ids, _)| ids.len()).sum();
        assert_eq!(rest, all[before..], "behind batch {at}");
    }
    // The clock of the tests stands before the times of the listing, so all has changed since.
    let last = whole.last().unwrap().1.clone();
    let again: Vec<String> =
        harvested(&host, Some(last.clone())).into_iter().flat_map(|(ids, _)| ids).collect();
    assert_eq!(again.len(), 6);
    // Of an archive that nothing happened to, nothing comes.
    let later = with_days(&DAYS).at(day("2026-12-24").unwrap().start_us());
    let ended = harvested(&later, None).pop().unwrap().1;
    assert!(harvested(&later, Some(ended)).iter().all(|(ids, _)| ids.is_empty()));
}

#[test]
fn a_harvest_of_a_tree_goes_on_behind_any_batch() {
    let html = [("content-type", "text/html")];
    let names = ["igs15904.sp3", "igs15905.sp3", "esa15904.sp3", "cod15904.eph", "gfz15904.sp3"];
    let host = RecordedHost::new().with_text("base_url", "http://tree.example/").answering_with(
        "http://tree.example/",
        200,
        &html,
        page(&names),
    );
    let whole = harvested(&host, None);
    let all: Vec<String> = whole.iter().flat_map(|(ids, _)| ids.clone()).collect();
    assert_eq!(all.len(), 5);
    for at in 0..whole.len() - 1 {
        let rest: Vec<String> = harvested(&host, Some(whole[at].1.clone()))
            .into_iter()
            .flat_map(|(ids, _)| ids)
            .collect();
        let before: usize = whole[..=at].iter().map(|(ids, _)| ids.len()).sum();
        assert_eq!(rest, all[before..], "behind batch {at}");
    }
}

#[test]
fn tokens_of_others_are_refused() {
    let host = with_days(&DAYS);
    for forged in [&b""[..], b"{", b"\xff\0forged", b"{\"at\": 1}", &[b'{'; 20_000]] {
        let query = SearchQuery { after: Some(forged.to_vec()), ..SearchQuery::everything() };
        assert!(matches!(GnssIgs.search(&host, query), Err(Error::InvalidQuery(_))), "{forged:?}");
        let harvest = GnssIgs.harvest(&host, Some(forged.to_vec()));
        assert!(matches!(harvest, Err(Error::InvalidQuery(_))), "{forged:?}");
    }
}

#[test]
fn an_archive_that_is_down_fails_and_a_mirror_that_is_down_does_not() {
    let outage = || {
        Error::Unavailable(Outage {
            reason: OutageReason::UnresolvedName,
            message: "no such name".to_owned(),
            reply_code: None,
            retry_after_ms: None,
        })
    };
    let down = by_http(RecordedHost::new()).failing("http://127.0.0.1:8491/", outage());
    let Err(Error::Unavailable(told)) = GnssIgs.describe(&down) else { panic!("it is there") };
    assert!(told.message.contains("needs a network"), "{}", told.message);
    assert!(matches!(found(&down, &during("2009-04-01", (6, 7))), Err(Error::Unavailable(_))));
    let mirror = r#"[{"provider": "other", "base_url": "http://mirror.example/"}]"#;
    let half = with_days(&DAYS)
        .with_setting("mirrors", json(mirror))
        .failing("http://mirror.example/", outage());
    assert_eq!(found(&half, &SearchQuery::everything()).unwrap().len(), 6);
    assert!(half.logged().iter().any(|line| line.message.contains("mirror")));
}

#[test]
fn names_that_a_server_lists_nowhere_are_asked_for() {
    let files =
        r#"[{"path": "CODE/{YYYY}", "files": ["COD0OPSFIN_{YYYY}{DDD}0000_01D_05M_ORB.SP3.gz"]}]"#;
    let host = RecordedHost::new()
        .with_text("base_url", "http://code.example/")
        .with_setting("folders", json(files))
        .answering("http://code.example/", 404, "")
        .answering_with(
            "http://code.example/CODE/2023/COD0OPSFIN_20231000000_01D_05M_ORB.SP3.gz",
            200,
            &[("content-length", "12345"), ("last-modified", "Thu, 20 Apr 2023 12:00:01 GMT")],
            "",
        );
    let assets = found(&host, &during("2023-04-09", (0, 72))).unwrap();
    assert_eq!(ids(&assets), ["COD0OPSFIN_20231000000_01D_05M_ORB.SP3"]);
    assert_eq!(assets[0].distributions[0].size.unwrap().bytes, 12_345);
    assert!(host.asked().iter().all(|request| request.method == "HEAD"));
}

#[test]
fn files_that_are_broken_are_found_by_their_names_and_say_so() {
    let host = with_days(&[(
        "364",
        &["aaaa3640.10d.Z", "bbbb3640.10o.gz", "cccc3640.10o", "dddd3640.10o", "odd.gz.bz2"],
    )])
    .with_setting("read_headers", Value::Boolean(true))
    .answering("http://data.example/obs/2010/364/aaaa", 200, b"\x1f\x9d\x90broken".to_vec())
    .answering("http://data.example/obs/2010/364/bbbb", 200, b"\x1f\x8b\x08\x00".to_vec())
    .answering("http://data.example/obs/2010/364/cccc", 200, "<html>moved</html>")
    .answering("http://data.example/obs/2010/364/dddd", 404, "")
    .answering("http://data.example/obs/2010/364/odd", 200, "BZh9garbage");
    let assets = found(&host, &SearchQuery::everything()).unwrap();
    assert_eq!(assets.len(), 4, "what has no name and no content is no asset");
    for asset in &assets {
        assert_eq!(asset.quality[0].flag.as_deref(), Some("unreadable header"), "{asset:?}");
    }
}

#[test]
fn a_tree_is_looked_at_as_a_whole() {
    let html = [("content-type", "text/html")];
    let header =
        std::fs::read(format!("{}/tests/data/headers/SEPT078M1.21O", env!("CARGO_MANIFEST_DIR")))
            .unwrap();
    let tree = |read_headers: bool| {
        RecordedHost::new()
            .with_text("base_url", "http://tree.example/gnss/")
            .with_setting("read_headers", Value::Boolean(read_headers))
            .answering("http://tree.example/", 404, "")
            .answering_with("http://tree.example/gnss/", 200, &html, page(&["a/", "b/", "README"]))
            .answering_with(
                "http://tree.example/gnss/a/",
                200,
                &html,
                page(&["igs15904.sp3.Z", "../", "a/"]),
            )
            .answering_with("http://tree.example/gnss/a/a/", 200, &html, page(&["igr15904.sp3"]))
            .answering_with(
                "http://tree.example/gnss/b/",
                200,
                &html,
                page(&["SEPT078M1.21O", "igs15904.sp3.gz"]),
            )
            .answering("http://tree.example/gnss/a/igs", 200, "x")
            .answering("http://tree.example/gnss/a/a/igr", 200, "x")
            .answering("http://tree.example/gnss/b/SEPT", 200, header.clone())
    };
    let assets = found(&tree(false), &SearchQuery::everything()).unwrap();
    assert_eq!(ids(&assets), ["igr15904.sp3", "igs15904.sp3"]);
    assert_eq!(assets[1].distributions.len(), 2, "copies in two folders are one asset");
    assert_eq!(assets[1].summary.relations[0].relation, "IsNewVersionOf");
    let assets = found(&tree(true), &SearchQuery::everything()).unwrap();
    assert_eq!(ids(&assets), ["b/SEPT078M1.21O", "igr15904.sp3", "igs15904.sp3"]);
    let one =
        GnssIgs.look_up(&tree(true), AssetId::NativeId("b/SEPT078M1.21O".to_owned())).unwrap();
    assert_eq!(one.summary.title, "SEPT: GNSS observations, 2021-03-19 12:00:00");
}

#[test]
fn what_is_read_once_is_not_asked_for_again() {
    let host = by_http(recorded("http")).with_setting("read_headers", Value::Boolean(true));
    let query = during("2005-04-02", (6, 7));
    found(&host, &query).unwrap();
    let asked = host.asked().len();
    assert_eq!(found(&host, &query).unwrap().len(), 3);
    let missing = host.asked().len() - asked;
    assert_eq!(missing, 2, "folders that are not there are looked for again, nothing else");
}
