//! The plugin `vo-tap` as built, in its sandbox, against a TAP service that nobody here wrote.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use archway_conformance::{components, dachs};
use archway_core::Error;
use archway_core::archive::{Archive, Change, LookUp};
use archway_core::asset::Asset;
use archway_core::coverage::{Circle, Frame, Instant, Position, Region, Shape, TimeRange};
use archway_core::search::{Order, Question, Search};
use archway_core::tables::{Completeness, TableQuery};
use archway_host::egress::Network;
use archway_host::grants::Granted;
use archway_host::{ArchiveConfig, HostConfig, LimitsTable, PluginArchive, PluginHost};

/// DaCHS behind the built plugin, with more settings and limits.
async fn archive(settings: &str, limits: &str) -> Option<(Arc<PluginArchive>, PluginHost)> {
    let dachs = dachs::for_this_test().await?;
    let network =
        Network::with_names(Vec::new(), Vec::new(), |_| vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    let mut config = HostConfig::new(Arc::new(network));
    config.compiled_dir = Some(std::env::temp_dir().join("archway-dachs-tests"));
    config.instances = 8;
    let host = PluginHost::new(config).unwrap();
    {
        // Compiled by the first test alone; the others find the compiled form.
        static COMPILING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _turn = COMPILING.lock().await;
        host.load(&components::path("vo-tap")).await.unwrap();
    }
    let mut config = ArchiveConfig::new("dachs".parse().unwrap(), "vo-tap");
    // A loopback address is granted by itself, never by a name.
    let base_url = dachs.url.replace("localhost", "127.0.0.1");
    config.settings = settings.parse().unwrap();
    config.settings.insert("base_url".to_owned(), base_url.into());
    config.grants = Granted {
        http: vec![dachs.authority.replace("localhost", "127.0.0.1")],
        ..Granted::default()
    };
    config.limits = limits.parse::<toml::Table>().unwrap().try_into::<LimitsTable>().unwrap();
    config.egress.requests_per_s = 0.0;
    Some((host.open_archive(config).unwrap(), host))
}

fn circle(longitude_deg: f64, latitude_deg: f64, radius_deg: f64) -> Region {
    let centre = Position { longitude_deg, latitude_deg };
    Region { frame: Frame::Icrs, shape: Shape::Circle(Circle { centre, radius_deg }) }
}

/// Follows a search to its end, or to `most` assets, each batch in a call of its own.
async fn follow(
    archive: &PluginArchive,
    mut search: Search,
    batch: u32,
    most: usize,
) -> Vec<Asset> {
    let mut assets = Vec::new();
    loop {
        let mut answer = archive.search(&search).await.unwrap();
        let found = answer.assets.next(batch).await.unwrap();
        let Some(found) = found.filter(|found| !found.assets.is_empty()) else { return assets };
        assets.extend(found.assets);
        search.after = found.resume;
        if assets.len() >= most || search.after.is_none() {
            return assets;
        }
    }
}

fn ids(assets: &[Asset]) -> BTreeSet<String> {
    assets.iter().map(|asset| asset.id.native.clone()).collect()
}

/// How many rows a query gives.
async fn count(archive: &PluginArchive, text: &str) -> usize {
    let query = TableQuery {
        language: "ADQL".to_owned(),
        text: text.to_owned(),
        uploads: Vec::new(),
        max_rows: None,
    };
    rows(archive, &query).await
}

async fn rows(archive: &PluginArchive, query: &TableQuery) -> usize {
    let mut answer = archive.query(query).await.unwrap();
    let mut rows = 0;
    while let Some(batch) = answer.rows.next(5000).await.unwrap() {
        rows += batch.num_rows();
    }
    assert_eq!(answer.rows.outcome().await.unwrap().completeness, Completeness::Complete);
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cone_followed_page_by_page_gives_every_row_once() {
    let Some((archive, _host)) = archive("", "").await else { return };
    let question = Question { region: Some(circle(83.6, 22.0, 5.0)), ..Question::default() };
    let search = Search { question, max_assets: Some(50), ..Search::default() };
    let assets = follow(&archive, search, 50, usize::MAX).await;
    let counted = "SELECT obs_id FROM ivoa.obscore WHERE 1 = INTERSECTS(s_region, CIRCLE('ICRS', 83.6, 22.0, 5))";
    assert_eq!(assets.len(), count(&archive, counted).await);
    assert_eq!(ids(&assets).len(), assets.len(), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_time_narrow_a_search_and_dates_sort_it() {
    let Some((archive, _host)) = archive("", "").await else { return };
    let (start, end) =
        (Instant::from_mjd_utc(55_197.0).unwrap(), Instant::from_mjd_utc(55_562.0).unwrap());
    let question = Question {
        text: Some("Nebula deep".to_owned()),
        time: Some(TimeRange { start: Some(start), end: Some(end) }),
        ..Question::default()
    };
    let search = Search { question, order: Order::Date, max_assets: Some(40), ..Search::default() };
    let assets = follow(&archive, search, 40, 1000).await;
    let counted = "SELECT obs_id FROM ivoa.obscore WHERE obs_title LIKE '%nebula%' AND obs_title LIKE '%deep%' \
                   AND t_min <= 55562 AND t_max >= 55197";
    assert_eq!(assets.len(), count(&archive, counted).await);
    let starts: Vec<_> = assets.iter().map(|asset| asset.time[0].range.start.unwrap()).collect();
    assert!(starts.is_sorted_by(|a, b| a >= b), "latest first, over the borders of pages too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_of_all_rows_survives_being_dropped_and_stays_small() {
    // 24 MiB hold one page being read, never the answer (some 150 MB of VOTable).
    let Some((archive, host)) = archive("", "memory_mib = 24").await else { return };
    let mut seen = BTreeSet::new();
    let mut batches = 0_usize;
    let mut resume = None;
    loop {
        let mut cursor = archive.harvest(resume.clone()).await.unwrap();
        // The process ends here, or the instance: every tenth batch is the last of its cursor.
        let mut ended = true;
        while let Some(batch) = cursor.next(1000).await.unwrap() {
            for change in batch.changes {
                let Change::Upsert(asset) = change else { panic!("TAP tells of no withdrawal") };
                assert!(seen.insert(asset.id.native.clone()), "{} came twice", asset.id.native);
            }
            resume = Some(batch.resume);
            batches += 1;
            if batches % 10 == 3 {
                ended = false;
                break;
            }
        }
        if ended {
            break;
        }
    }
    assert_eq!(seen.len(), dachs::ROWS);
    drop((archive, host));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_looked_up_by_its_identifier() {
    let Some((archive, _host)) = archive("", "").await else { return };
    let id = "ivo://archway.synthetic/dachs?synthetic-08/82763";
    let asset = archive.look_up(&LookUp::NativeId(id.to_owned())).await.unwrap();
    assert_eq!(asset.id.native, id);
    let ways = archive.access(id, None).await;
    // The synthetic rows lead nowhere: `.invalid` is not granted, and a plain link is not followed here.
    assert!(ways.is_ok() || matches!(ways, Err(Error::NotGranted { .. })), "{ways:?}");
    let missing = archive.look_up(&LookUp::NativeId("ivo://nothing/here?'".to_owned())).await;
    assert!(matches!(missing, Err(Error::AssetNotFound(_))), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_archives_own_words_come_back_as_a_refusal() {
    let Some((archive, _host)) = archive("", "").await else { return };
    let cases = [
        ("an unknown table", "SELECT TOP 1 * FROM ivoa.nothere", "Could not locate table"),
        (
            "an unknown column",
            "SELECT TOP 1 nope FROM ivoa.obscore",
            "column 'nope' could not be located",
        ),
        ("no ADQL", "SELEC 1", "Could not parse your query"),
    ];
    for (name, text, wanted) in cases {
        let query = TableQuery {
            language: "ADQL".to_owned(),
            text: text.to_owned(),
            uploads: Vec::new(),
            max_rows: None,
        };
        let Err(error) = archive.query(&query).await else { panic!("{name}: no error") };
        assert!(
            matches!(&error, Error::Refused { reason, .. } if reason.contains(wanted)),
            "{name}: {error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overflow_is_told_and_a_job_gives_the_same_rows() {
    let Some((archive, _host)) = archive("", "").await else { return };
    let Some((jobs, _host)) = self::archive("async = \"always\"", "").await else { return };
    let text = "SELECT obs_id, s_ra FROM ivoa.obscore ORDER BY obs_id";
    let query = TableQuery {
        language: "ADQL".to_owned(),
        text: text.to_owned(),
        uploads: Vec::new(),
        max_rows: Some(3),
    };
    let mut found = Vec::new();
    for archive in [&archive, &jobs] {
        let mut answer = archive.query(&query).await.unwrap();
        let mut rows = Vec::new();
        while let Some(batch) = answer.rows.next(100).await.unwrap() {
            rows.push(batch);
        }
        assert_eq!(answer.rows.outcome().await.unwrap().completeness, Completeness::Truncated);
        found.push(rows);
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0].iter().map(|batch| batch.num_rows()).sum::<usize>(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_described_and_a_batch_goes_up_as_a_table() {
    let Some((archive, _host)) = archive("", "").await else { return };
    let tables = archive.tables(&["ivoa.obscore".to_owned()], false).await.unwrap();
    assert!(tables[0].fields.len() >= 30);
    // What came down goes up again.
    let text = "SELECT TOP 5 obs_publisher_did, s_ra FROM ivoa.obscore ORDER BY obs_publisher_did";
    let query = TableQuery {
        language: "ADQL".to_owned(),
        text: text.to_owned(),
        uploads: Vec::new(),
        max_rows: None,
    };
    let mut answer = archive.query(&query).await.unwrap();
    let batch = answer.rows.next(100).await.unwrap().unwrap();
    let upload = archway_core::tables::Upload {
        name: "mine".to_owned(),
        fields: answer.fields,
        batches: vec![batch],
    };
    let text = "SELECT obs.obs_id FROM TAP_UPLOAD.mine AS mine JOIN ivoa.obscore AS obs \
                ON obs.obs_publisher_did = mine.obs_publisher_did AND obs.s_ra = mine.s_ra";
    let query = TableQuery { text: text.to_owned(), uploads: vec![upload], ..query };
    assert_eq!(rows(&archive, &query).await, 5);
}
