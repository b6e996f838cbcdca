//! Real servers, recorded: nginx, Apache, its WebDAV, and a server of S3.

use archway_plugin::access::{AccessRequest, Route};
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{
    Asset, AssetId, Change, FacetFilter, FacetKind, Location, OutageReason, RefusalReason,
    SearchQuery, SizeQuality, TimeRange, Value,
};
use archway_plugin::{ArchivePlugin, Error, Host};

use super::HttpTreePlugin;

const RULES: &str = r#"[
    { "path": "gnss/obs/{year}/{doy}/{station:4}{doy}{session:1}.{yy}o", "collection": "observations",
      "title": "{station:upper} on {date}", "facets": { "station": "{station:upper}" },
      "ignore_case": true, "site": "{station}" },
    { "path": "gnss/products/{week}/{ac:3}{week}{dow}.*", "collection": "products",
      "title": "{file}", "facets": { "organization": "{ac:upper}" }, "time": { "scale": "utc" } },
    { "path": "wmap/**/*.fits", "collection": "wmap", "product_type": "image" },
    { "path": ["odd/**", "wmap/**"], "skip": true }
]"#;
const COLLECTIONS: &str = r#"{
    "observations": { "title": "Observations", "publisher": "IGS", "created": "2005-04-02" },
    "products": { "title": "Products", "publisher": "IGS", "licence": "https://igs.org/data-policy" },
    "wmap": { "title": "WMAP maps", "publisher": "NASA/WMAP Science Team", "created": "2010-01-25",
              "facets": { "mission": "WMAP" }, "region": { "frame": "galactic", "whole": true } }
}"#;
const SITES: &str =
    r#"{ "0759": { "longitude_deg": 139.6, "latitude_deg": 35.2, "height_m": 100.0 } }"#;

fn host(server: &str, base_url: &str) -> RecordedHost {
    let json = |text: &str| Value::Json(text.to_owned());
    RecordedHost::recorded(format!("{}/tests/data/recorded/{server}", env!("CARGO_MANIFEST_DIR")))
        .with_text("base_url", base_url)
        .with_text("title", "Sample trees")
        .with_setting("rules", json(RULES))
        .with_setting("collections", json(COLLECTIONS))
        .with_setting("sites", json(SITES))
}

fn nginx() -> RecordedHost {
    host("nginx", "http://127.0.0.1:18081/")
}

fn apache() -> RecordedHost {
    host("apache", "http://127.0.0.1:18082/")
}

/// Everything an archive without rules gives.
fn bare(host: RecordedHost) -> RecordedHost {
    host.with_setting("rules", Value::Json(r#"{ "path": "**" }"#.to_owned()))
        .with_setting("collections", Value::Json("{}".to_owned()))
}

fn search(host: &dyn Host, query: SearchQuery) -> Result<Vec<Asset>, Error> {
    let mut cursor = HttpTreePlugin.search(host, query)?.assets;
    let mut all = Vec::new();
    while let Some(batch) = cursor.next(host, 1000)? {
        all.extend(batch.assets);
    }
    Ok(all)
}

fn text(text: &str) -> SearchQuery {
    SearchQuery { text: Some(text.to_owned()), ..SearchQuery::everything() }
}

fn ids(assets: &[Asset]) -> Vec<&str> {
    assets.iter().map(|asset| asset.identity.native_id.as_str()).collect()
}

#[test]
fn a_file_of_an_index_page_is_an_asset_with_what_its_rule_says() {
    let found = search(&nginx(), text("0759")).unwrap();
    assert_eq!(ids(&found), ["gnss/obs/2005/092/07590920.05o"]);
    insta::assert_debug_snapshot!(found[0]);
}

#[test]
fn both_servers_give_the_same_assets() {
    let shown = |host: RecordedHost| {
        let all = search(&host, SearchQuery::everything()).unwrap();
        let line = |asset: &Asset| {
            let sums = asset.distributions.iter().map(|d| d.checksums.len()).sum::<usize>();
            format!(
                "{} | {} | {:?} | {sums}",
                asset.identity.native_id,
                asset.identity.collection,
                asset.time.first().map(|t| t.start)
            )
        };
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let nginx = shown(nginx());
    insta::assert_snapshot!("assets", nginx);
    assert_eq!(shown(apache()), nginx);
}

#[test]
fn a_question_asks_for_few_pages() {
    let asked = |query: SearchQuery| {
        let host = nginx();
        let found = search(&host, query).unwrap();
        (found.len(), host.asked().len())
    };
    let year_2010 =
        TimeRange { start: Some(1_262_304_000_000_000), end: Some(1_293_839_999_000_000) };
    let in_2010 = SearchQuery { time: Some(year_2010), ..SearchQuery::everything() };
    let wmap = SearchQuery { collections: vec!["wmap".to_owned()], ..SearchQuery::everything() };
    let esa = FacetFilter { kind: FacetKind::Organization, any_of: vec!["esa".to_owned()] };
    let esa = SearchQuery { facets: vec![esa], ..SearchQuery::everything() };
    // Pages, and a list of checksums for each folder that has an answer.
    assert_eq!(asked(in_2010), (3, 6));
    assert_eq!(asked(wmap), (5, 8));
    assert_eq!(asked(esa), (2, 8));
}

#[test]
fn odd_names_come_through_and_impossible_ones_do_not() {
    let (with_nginx, with_apache) = (bare(nginx()), bare(apache()));
    let odd = |host: &RecordedHost| {
        let all = search(host, text("odd/")).unwrap();
        for asset in &all {
            let Location::Url(url) = &asset.distributions[0].location else { panic!("no URL") };
            assert!(url.is_ascii() && !url.contains([' ', '"', '<', '#', '?']), "{url}");
        }
        let logged = host.logged();
        assert_eq!(logged.len(), 1);
        assert_eq!(logged[0].fields[1], ("refused".to_owned(), "2".to_owned()));
        ids(&all).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let found = odd(&with_nginx);
    assert_eq!(found.len(), 16);
    assert!(
        found.contains(&"odd/ä&ö.dat".to_owned())
            && found.contains(&"odd/question?.txt".to_owned())
    );
    assert!(found.contains(&"odd/folder with blank/x.txt".to_owned()));
    // nginx hides names that begin with a dot.
    let hidden = |name: &&String| !name.starts_with("odd/.");
    assert_eq!(odd(&with_apache).iter().filter(hidden).cloned().collect::<Vec<_>>(), found);
}

#[test]
fn a_rounded_size_is_asked_for_when_the_bytes_are_wanted() {
    let host = apache();
    let id = "wmap/7yr/nside32/maps/wmap_band_iqumap_r9_7yr_V_v4_udgraded32.fits";
    let asset = HttpTreePlugin.look_up(&host, AssetId::NativeId(id.to_owned())).unwrap();
    let listed = asset.distributions[0].size.unwrap();
    assert_eq!((listed.bytes, listed.quality), (152 << 10, SizeQuality::Estimated));
    let request = AccessRequest { native_id: id.to_owned(), distribution_id: None };
    let ways = HttpTreePlugin.access(&host, request).unwrap();
    let [way] = ways.as_slice() else { panic!("{ways:?}") };
    let exact = way.size.unwrap();
    assert_eq!((exact.bytes, exact.quality), (155_520, SizeQuality::Exact));
    assert_eq!(way.checksums[0].algorithm, "sha-256");
    let Route::Http(http) = &way.route else { panic!("{way:?}") };
    assert_eq!(http.url, format!("http://127.0.0.1:18082/{id}"));
    assert_eq!(host.asked().last().unwrap().method, "HEAD");
}

#[test]
fn an_exact_size_is_not_asked_for_again() {
    let host = nginx();
    let native_id = "gnss/products/1590/igs15904.sp3".to_owned();
    let request = AccessRequest { native_id, distribution_id: Some("igs15904.sp3.gz".to_owned()) };
    let ways = HttpTreePlugin.access(&host, request).unwrap();
    assert_eq!(ways[0].size.unwrap().quality, SizeQuality::Exact);
    assert!(host.asked().iter().all(|request| request.method == "GET"));
}

#[test]
fn webdav_tells_what_index_pages_do_not() {
    let host = host("webdav", "http://127.0.0.1:18082/dav/gnss/products")
        .with_text("kind", "webdav")
        .with_setting("rules", Value::Json(r#"{ "path": "{week:1525|1590}/*.sp3" }"#.to_owned()))
        .with_setting("collections", Value::Json("{}".to_owned()));
    // A placeholder of the date has its own form.
    let Err(Error::InvalidQuery(fault)) = search(&host, SearchQuery::everything()) else {
        panic!("the pattern is wrong")
    };
    assert_eq!(
        fault.message,
        "rules[0].path: `{week:1525|1590}`: week has its own form, leave out the rest"
    );
    let host =
        host.with_setting("rules", Value::Json(r#"{ "path": "{w:1525|1590}/*.sp3" }"#.to_owned()));
    let found = search(&host, SearchQuery::everything()).unwrap();
    assert_eq!(
        ids(&found),
        ["1525/esa15253.sp3", "1525/igl15253.sp3", "1590/igs15904.sp3", "1590/igs15905.sp3"]
    );
    let size = found[2].distributions[0].size.unwrap();
    assert_eq!(size.quality, SizeQuality::Exact);
    assert_eq!(found[2].distributions[0].modified, Some(1_772_600_767_000_000));
}

#[test]
fn s3_is_listed_page_by_page() {
    let host = bare(host("s3", "http://127.0.0.1:18084/archive"))
        .with_text("kind", "s3")
        .with_setting("bucket_names", Value::Integer(1))
        .with_setting("rules", Value::Json(r#"[{ "path": "many/*" }]"#.to_owned()));
    let found = search(&host, SearchQuery::everything()).unwrap();
    assert_eq!(found.len(), 1005);
    assert_eq!(host.asked().len(), 3, "the bucket, and two pages");
    let gone = HttpTreePlugin.look_up(&host, AssetId::NativeId("many/none".to_owned()));
    assert_eq!(gone, Err(Error::NotFound("many/none".to_owned())));
}

#[test]
fn a_harvest_brings_everything_once() {
    let host = nginx();
    let mut cursor = HttpTreePlugin.harvest(&host, None).unwrap();
    let mut found = Vec::new();
    let mut resume = Vec::new();
    while let Some(batch) = cursor.next(&host, 4).unwrap() {
        resume = batch.resume;
        found.extend(batch.changes.into_iter().map(|change| match change {
            Change::Upsert(asset) => asset.identity.native_id,
            Change::Withdraw(gone) => panic!("{gone:?}"),
        }));
    }
    let all = search(&nginx(), SearchQuery::everything()).unwrap();
    assert_eq!(found, ids(&all));
    let mut again = HttpTreePlugin.harvest(&host, Some(resume)).unwrap();
    assert_eq!(again.next(&host, 4).unwrap().unwrap().changes, []);
}

#[test]
fn a_description_lists_the_collections() {
    let description = HttpTreePlugin.describe(&nginx()).unwrap();
    let told: Vec<_> =
        description.collections.iter().map(|c| (c.id.as_str(), c.publisher.as_deref())).collect();
    let wanted = [
        ("observations", Some("IGS")),
        ("products", Some("IGS")),
        ("wmap", Some("NASA/WMAP Science Team")),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn what_a_server_refuses_is_told_as_what_it_is() {
    let url = "https://archive.example/pub/";
    let failing = |status, body: &str| {
        let host = RecordedHost::new().with_text("base_url", url).answering(url, status, body);
        HttpTreePlugin.describe(&host)
    };
    let refused = |status| match failing(status, "") {
        Err(Error::Unauthorised(refusal)) => refusal.reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(401), RefusalReason::SlotEmpty);
    assert_eq!(refused(403), RefusalReason::NotEntitled);
    assert_eq!(failing(404, ""), Err(Error::NotFound(url.to_owned())));
    let Err(Error::Unavailable(outage)) = failing(503, "") else { panic!("it is busy") };
    assert_eq!((outage.reason, outage.reply_code), (OutageReason::Busy, Some(503)));
    assert!(matches!(failing(200, "<html>Welcome</html>"), Err(Error::MalformedReply(_))));
    let json = RecordedHost::new().with_text("base_url", url).answering_with(
        url,
        200,
        &[("content-type", "application/json")],
        "[]",
    );
    assert!(matches!(HttpTreePlugin.describe(&json), Err(Error::MalformedReply(_))));
}

#[test]
fn a_page_that_breaks_off_is_an_error_and_no_part() {
    let url = "https://archive.example/pub/";
    let lost = Error::Internal("connection lost".to_owned());
    let host = RecordedHost::new().with_text("base_url", url).breaking_off(
        url,
        "<a href=\"a.dat\">a.dat</a>  01-Jul-2010 12:34  7\n",
        lost.clone(),
    );
    assert_eq!(search(&host, SearchQuery::everything()), Err(lost));
}

#[test]
fn a_page_that_a_redirect_led_to_counts_only_where_it_is_the_same_folder() {
    let recorded = |final_url: &str| {
        let index = format!(
            r#"{{ "exchanges": [{{ "request": {{ "method": "GET", "url": "http://a/pub/" }},
                 "response": {{ "status": 200, "final_url": "{final_url}", "body": "page.html" }} }}] }}"#
        );
        let folder = std::env::temp_dir().join(format!("http-tree-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("exchanges.json"), index).unwrap();
        std::fs::write(folder.join("page.html"), "<a href=\"x.dat\">x.dat</a>").unwrap();
        let host = RecordedHost::recorded(&folder).with_text("base_url", "http://a/pub");
        std::fs::remove_dir_all(&folder).unwrap();
        search(&host, SearchQuery::everything())
    };
    assert_eq!(recorded("https://a/data/pub/").map(|found| found.len()), Ok(1));
    assert!(matches!(recorded("http://a/"), Err(Error::NotFound(_))));
    assert!(matches!(recorded("http://login.example/pub/"), Err(Error::MalformedReply(_))));
}

#[test]
fn a_server_of_many_links_elsewhere_has_no_files() {
    let url = "https://archive.example/pub/";
    let page = "<a href=\"../\">..</a><a href=\"https://evil.example/pub/x\">x</a>\
                <a href=\"/etc/passwd\">y</a><a href=\"..%2f..%2fz\">z</a>";
    let host = RecordedHost::new().with_text("base_url", url).answering(url, 200, page);
    assert_eq!(search(&host, SearchQuery::everything()), Ok(Vec::new()));
    assert_eq!(host.asked().len(), 1);
}

/// The settings of an archive's file, as the gateway gives them to a plugin.
fn configured(file: &std::path::Path) -> Option<RecordedHost> {
    let text = std::fs::read_to_string(file).unwrap();
    let file: toml::Table = text.parse().unwrap();
    (file["archive"]["plugin"].as_str() == Some("http-tree")).then(|| {
        let mut host = RecordedHost::new();
        for (key, value) in file["settings"].as_table().unwrap() {
            let value = match value {
                toml::Value::String(text) => Value::Text(text.clone()),
                toml::Value::Integer(number) => Value::Integer(*number),
                toml::Value::Boolean(truth) => Value::Boolean(*truth),
                other => Value::Json(serde_json::to_string(other).unwrap()),
            };
            host = host.with_setting(key, value);
        }
        host
    })
}

#[test]
fn the_archives_of_this_kind_that_come_along_are_written_right() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/archives");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        let Some(host) = is_toml.then(|| configured(&path)).flatten() else { continue };
        if let Err(error) = super::archive(&host) {
            panic!("{}: {error:?}", path.display());
        }
        read += 1;
    }
    assert!(read > 0, "there is none");
}
