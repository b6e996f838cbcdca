//! The plugin `vospace` as built, in its sandbox, against the server.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use archway_conformance::components;
use archway_core::Error;
use archway_core::access::Route;
use archway_core::archive::{Archive, Change, LookUp};
use archway_core::asset::{Asset, AssetKind, Visibility};
use archway_core::coverage::Instant;
use archway_core::search::{Question, Search};
use archway_formats::vospace::property;
use archway_host::credentials::{Scheme, Secret, Slot};
use archway_host::egress::Network;
use archway_host::grants::{Granted, Hosts};
use archway_host::{ArchiveConfig, HostConfig, LimitsTable, PluginArchive, PluginHost};

use super::{NAMES, Running, serve};

struct Opened {
    archive: Arc<PluginArchive>,
    _host: PluginHost,
}

/// A service behind the built plugin, with more settings and limits.
async fn open(running: &Running, settings: &str, limits: &str) -> Opened {
    open_as(running, settings, limits, None).await
}

/// The same, with a token in the slot `space`.
async fn open_as(running: &Running, settings: &str, limits: &str, token: Option<&str>) -> Opened {
    let network =
        Network::with_names(Vec::new(), Vec::new(), |_| vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    let mut config = HostConfig::new(Arc::new(network));
    config.compiled_dir = Some(std::env::temp_dir().join("archway-vospace-tests"));
    config.instances = 8;
    let host = PluginHost::new(config).unwrap();
    {
        // Compiled by the first test alone; the others find the compiled form.
        static COMPILING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _turn = COMPILING.lock().await;
        host.load(&components::path("vospace")).await.unwrap();
    }
    let mut config = ArchiveConfig::new("space".parse().unwrap(), "vospace");
    config.settings = settings.parse().unwrap();
    config.settings.insert("base_url".to_owned(), running.url.clone().into());
    let authority = running.url.trim_start_matches("http://").split('/').next().unwrap();
    config.grants = Granted { http: vec![authority.to_owned()], ..Granted::default() };
    if let Some(token) = token {
        let parts = BTreeMap::from([("token".to_owned(), Secret::new(token))]);
        let hosts = Hosts::new(&[authority.to_owned()]).unwrap();
        let slot = Slot::new("space", Scheme::Bearer, parts, hosts, true).unwrap();
        config.credentials.push(slot);
        config.settings.insert("credential".to_owned(), "space".into());
    }
    config.limits = limits.parse::<toml::Table>().unwrap().try_into::<LimitsTable>().unwrap();
    config.egress.requests_per_s = 0.0;
    Opened { archive: host.open_archive(config).unwrap(), _host: host }
}

impl Opened {
    /// Everything that a question finds, each batch in a call of its own.
    async fn all(&self, question: Question, batch: u32) -> Result<Vec<Asset>, Error> {
        let mut search = Search { question, ..Search::default() };
        let mut assets = Vec::new();
        loop {
            let mut answer = self.archive.search(&search).await?;
            let Some(found) = answer.assets.next(batch).await? else { return Ok(assets) };
            assets.extend(found.assets);
            search.after = found.resume;
            if search.after.is_none() {
                return Ok(assets);
            }
        }
    }

    async fn look_up(&self, id: &str) -> Result<Asset, Error> {
        self.archive.look_up(&LookUp::NativeId(id.to_owned())).await
    }

    /// The URLs of the ways to an asset's bytes.
    async fn urls(&self, id: &str) -> Result<Vec<String>, Error> {
        let ways = self.archive.access(id, None).await?;
        let urls = ways.into_iter().map(|way| match way.route {
            Route::Http(way) => way.url.to_string(),
            other => panic!("{other:?}"),
        });
        Ok(urls.collect())
    }
}

fn ids(assets: &[Asset]) -> Vec<&str> {
    assets.iter().map(|asset| asset.id.native.as_str()).collect()
}

async fn fetched(url: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status().as_u16(), 200, "{url}");
    response.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_1001_children_are_found_page_by_page_and_in_order() {
    // The service gives less than is asked for, without saying so.
    let running = serve(|settings| settings.page_nodes = 300).await;
    running.space.add_container("/many").unwrap();
    for n in 0..1001 {
        running.space.add_file(&format!("/many/{n:04}"), "application/octet-stream", "x").unwrap();
    }
    let opened = open(&running, "", "").await;
    for batch in [1001, 170] {
        let assets = opened.all(Question::default(), batch).await.unwrap();
        let wanted: Vec<_> = std::iter::once(running.space.uri_of("/many"))
            .chain((0..1001).map(|n| running.space.uri_of(&format!("/many/{n:04}"))))
            .collect();
        assert_eq!(
            ids(&assets),
            wanted.iter().map(String::as_str).collect::<Vec<_>>(),
            "by {batch}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_are_found_looked_up_and_fetched() {
    for plain in [false, true] {
        let running = serve(|settings| settings.plain_uris = plain).await;
        running.space.add_container("/ö d").unwrap();
        for name in NAMES {
            running.space.add_file(&format!("/ö d/{name}"), "text/plain", name).unwrap();
        }
        let settings = if plain { "identifiers = \"plain\"" } else { "" };
        let opened = open(&running, settings, "").await;
        let assets = opened.all(Question::default(), 3).await.unwrap();
        assert_eq!(assets.len(), NAMES.len() + 1, "plain: {plain}");
        for name in NAMES {
            let asset = assets.iter().find(|asset| asset.summary.title == name);
            let id = &asset.unwrap_or_else(|| panic!("no {name}")).id.native;
            assert_eq!(opened.look_up(id).await.unwrap().summary.title, name);
            assert_eq!(opened.look_up(&format!("/ö d/{name}")).await.unwrap().id.native, *id);
            let url = opened.urls(id).await.unwrap().remove(0);
            assert_eq!(fetched(&url).await, name, "{url}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_says_size_digest_rights_and_everything_else() {
    let running = serve(|_| {}).await;
    running.space.add_file("/m31.fits", "application/fits", "SIMPLE").unwrap();
    let set = |uri: &str, value: &str| running.space.set_property("/m31.fits", uri, value).unwrap();
    set(property::TITLE, "Andromeda");
    set(property::DESCRIPTION, "A galaxy");
    set(property::IS_PUBLIC, "true");
    set("ivo://archway.test/core#observer", "Al Sufi");
    running.space.set_modified("/m31.fits", 1_767_225_600_000_000).unwrap();
    let opened = open(&running, "publisher = \"Tests\"\nlicence = \"CC0-1.0\"", "").await;
    let asset = opened.look_up("/m31.fits").await.unwrap();
    assert_eq!(
        (asset.summary.title.as_str(), asset.identity.kind),
        ("Andromeda", AssetKind::Dataset)
    );
    assert_eq!(asset.summary.description.as_deref(), Some("A galaxy"));
    assert_eq!(asset.summary.modified, Instant::from_mjd_utc(61_041.0));
    assert_eq!(asset.rights.visibility, Visibility::Public);
    let data = &asset.distributions[0];
    assert_eq!(data.size.unwrap().bytes, 6);
    assert_eq!(data.format.as_deref(), Some("fits"));
    assert_eq!(data.checksums[0].hex, "e5564829e2f85f6a6873a9d5c4f26d09");
    assert!(asset.extras.iter().any(|extra| extra.key == "vos:observer"), "{:?}", asset.extras);
    let native = asset.native.unwrap();
    assert!(String::from_utf8_lossy(&native.content).contains("Al Sufi"));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_collections_and_dates_narrow_a_search() {
    let running = serve(|_| {}).await;
    for folder in ["/mars", "/venus"] {
        running.space.add_container(folder).unwrap();
        for name in ["crater map.img", "crater list.txt", "dunes.img"] {
            running
                .space
                .add_file(&format!("{folder}/{name}"), "application/octet-stream", "x")
                .unwrap();
        }
    }
    running.space.set_modified("/mars/dunes.img", 1_000_000).unwrap();
    let opened =
        open(&running, "collection_depth = 1\nfacets = { domain = \"Planetary Science\" }", "")
            .await;
    let asked = |text: &str| Question { text: Some(text.to_owned()), ..Question::default() };
    assert_eq!(opened.all(asked("CRATER map"), 10).await.unwrap().len(), 2);
    let collections = vec!["Mars".to_owned()];
    let found = opened.all(Question { collections, ..asked("crater") }, 10).await.unwrap();
    assert_eq!(found.len(), 2);
    let since = Instant::from_mjd_utc(50_000.0).unwrap();
    let found =
        opened.all(Question { modified_since: Some(since), ..asked("dunes") }, 10).await.unwrap();
    assert_eq!(ids(&found), [running.space.uri_of("/venus/dunes.img")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_data_and_circles_are_an_error() {
    let running = serve(|_| {}).await;
    let space = &running.space;
    space.add_container("/in").unwrap();
    space.add_container("/out").unwrap();
    space.add_file("/out/data.txt", "text/plain", "real").unwrap();
    let links = [
        ("/in/one", space.uri_of("/out/data.txt")),
        ("/in/two", space.uri_of("/in/one")),
        ("/in/folder", space.uri_of("/out")),
        ("/in/back", space.uri_of("/in")),
        ("/in/round", space.uri_of("/in/about")),
        ("/in/about", space.uri_of("/in/round")),
        ("/in/self", space.uri_of("/in/self")),
        ("/in/nowhere", space.uri_of("/not/there")),
        ("/in/web", "https://archive.example/data.fits".to_owned()),
        ("/in/foreign", "vos://other!space/x".to_owned()),
    ];
    for (path, target) in &links {
        space.add_link(path, target).unwrap();
    }
    let opened = open(&running, "root = \"/in\"\nfollow_links = true", "").await;
    let assets = opened.all(Question::default(), 4).await.unwrap();
    let kinds =
        assets.iter().filter(|asset| asset.identity.kind == AssetKind::VirtualAsset).count();
    assert_eq!(kinds, links.len(), "each link is an asset");
    let found: BTreeSet<_> = ids(&assets).into_iter().collect();
    assert_eq!(found.len(), assets.len(), "each once");
    assert!(found.contains(space.uri_of("/out/data.txt").as_str()), "behind the link to a folder");
    for path in ["/in/one", "/in/two", "/out/data.txt"] {
        let url = opened.urls(path).await.unwrap().remove(0);
        assert_eq!(fetched(&url).await, "real", "{path}");
    }
    assert_eq!(opened.urls("/in/web").await.unwrap(), ["https://archive.example/data.fits"]);
    for path in ["/in/round", "/in/self"] {
        let error = opened.urls(path).await.unwrap_err().to_string();
        assert!(error.contains("circle"), "{path}: {error}");
    }
    assert!(matches!(opened.urls("/in/nowhere").await, Err(Error::AssetNotFound(_))));
    let foreign = opened.urls("/in/foreign").await.unwrap_err().to_string();
    assert!(foreign.contains("another service"), "{foreign}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_negotiated_at_once_and_by_jobs() {
    for bytes in ["files", "sync", "async"] {
        let running = serve(|settings| settings.job_time = Duration::from_millis(300)).await;
        running.space.add_file("/a b.txt", "text/plain", "negotiated").unwrap();
        let opened = open(&running, &format!("bytes = \"{bytes}\""), "").await;
        let ways = opened.archive.access("/a b.txt", None).await.unwrap();
        assert_eq!(ways.len(), 1, "{bytes}");
        assert_eq!(ways[0].expires.is_some(), bytes != "files", "{bytes}");
        assert_eq!(ways[0].size.unwrap().bytes, 10, "{bytes}");
        let Route::Http(way) = &ways[0].route else { panic!("{:?}", ways[0].route) };
        assert_eq!(way.url.as_str().contains("transfer="), bytes != "files", "{bytes}");
        assert_eq!(fetched(way.url.as_str()).await, "negotiated", "{bytes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_files_auto_negotiates() {
    let running = serve(|settings| settings.offers_files = false).await;
    running.space.add_file("/a.txt", "text/plain", "x").unwrap();
    let opened = open(&running, "", "").await;
    let url = opened.urls("/a.txt").await.unwrap().remove(0);
    assert!(url.contains("transfer="), "{url}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_typed_errors() {
    let running = serve(|settings| settings.token = Some("sesame".to_owned())).await;
    let space = &running.space;
    space.add_container("/folder").unwrap();
    space.add_file("/secret.txt", "text/plain", "mine").unwrap();
    space.set_property("/secret.txt", property::IS_PUBLIC, "false").unwrap();
    space.add_container("/closed").unwrap();
    space.set_property("/closed", property::IS_PUBLIC, "false").unwrap();
    space.add_file("/closed/in.txt", "text/plain", "x").unwrap();
    let opened = open(&running, "bytes = \"sync\"", "").await;
    assert!(matches!(opened.look_up("/nothing").await, Err(Error::AssetNotFound(_))));
    assert!(matches!(opened.look_up("/folder/nothing").await, Err(Error::AssetNotFound(_))));
    assert!(matches!(opened.look_up("vos://other!space/x").await, Err(Error::AssetNotFound(_))));
    assert!(matches!(opened.look_up("/../x").await, Err(Error::AssetNotFound(_))));
    assert!(matches!(opened.urls("/folder").await, Err(Error::AssetNotFound(_))));
    let denied = opened.look_up("/secret.txt").await.unwrap_err();
    assert!(matches!(denied, Error::Unauthorised { .. }), "{denied:?}");
    let denied = opened.urls("/secret.txt").await.unwrap_err();
    assert!(matches!(denied, Error::Unauthorised { .. }), "{denied:?}");
    let assets = opened.all(Question::default(), 10).await.unwrap();
    assert!(ids(&assets).contains(&space.uri_of("/closed").as_str()));
    assert!(!ids(&assets).contains(&space.uri_of("/closed/in.txt").as_str()), "passed over");
    let secret = assets.iter().find(|asset| asset.summary.title == "secret.txt").unwrap();
    assert_eq!(secret.rights.visibility, Visibility::Restricted);
    let owner = open_as(&running, "bytes = \"sync\"", "", Some("sesame")).await;
    let assets = owner.all(Question::default(), 10).await.unwrap();
    assert!(
        ids(&assets).contains(&space.uri_of("/closed/in.txt").as_str()),
        "to the owner it is open"
    );
    let ways = owner.archive.access("/secret.txt", None).await.unwrap();
    let places = ways.iter().map(|way| match &way.route {
        Route::Http(way) => (way.url.contains("transfer="), way.credential.is_some()),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        places.collect::<Vec<_>>(),
        [(false, true), (true, false)],
        "with the token, or for whoever knows the place"
    );
    let stranger = open_as(&running, "", "", Some("wrong")).await;
    let refused = stranger.all(Question::default(), 10).await.unwrap_err();
    assert!(matches!(refused, Error::Unauthorised { .. }), "{refused:?}");
    let wrong = open(&running, "root = \"/gone\"", "").await;
    let error = wrong.all(Question::default(), 10).await.unwrap_err().to_string();
    assert!(error.contains("space/gone"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bounds_are_errors_and_never_a_short_answer() {
    let running = serve(|_| {}).await;
    for path in ["/a", "/a/b", "/a/b/c", "/a/b/c/d"] {
        running.space.add_container(path).unwrap();
    }
    for (settings, word) in [("max_depth = 3", "max_depth"), ("max_nodes = 3", "max_nodes")] {
        let opened = open(&running, settings, "").await;
        let error = opened.all(Question::default(), 100).await.unwrap_err();
        assert!(error.to_string().contains(word), "{settings}: {error}");
    }
    let opened = open(&running, "max_depth = 5", "").await;
    assert_eq!(opened.all(Question::default(), 100).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_goes_on_where_it_was_dropped_and_then_brings_what_changed() {
    let running = serve(|settings| settings.page_nodes = 7).await;
    for folder in 0..5 {
        running.space.add_container(&format!("/{folder}")).unwrap();
        for n in 0..20 {
            let path = format!("/{folder}/{n:02}");
            running.space.add_file(&path, "text/plain", "x").unwrap();
            running.space.set_modified(&path, 1_000_000).unwrap();
        }
        running.space.set_modified(&format!("/{folder}"), 1_000_000).unwrap();
    }
    // One page in one answer is what tells a page of seven from a whole.
    let opened = open(&running, "page_nodes = 7", "").await;
    let mut seen = BTreeSet::new();
    let mut resume = None;
    loop {
        // Every batch is the last one of its process.
        let mut cursor = opened.archive.harvest(resume.clone()).await.unwrap();
        let Some(batch) = cursor.next(9).await.unwrap() else { break };
        for change in batch.changes {
            let Change::Upsert(asset) = change else { panic!("no withdrawal is told") };
            assert!(seen.insert(asset.id.native.clone()), "{} came twice", asset.id.native);
        }
        let ended = cursor.next(9).await.unwrap().is_none();
        resume = Some(batch.resume);
        if ended {
            break;
        }
    }
    assert_eq!(seen.len(), 105);
    running.space.add_file("/3/new", "text/plain", "x").unwrap();
    let mut cursor = opened.archive.harvest(resume).await.unwrap();
    let batch = cursor.next(100).await.unwrap().unwrap();
    let changed = batch.changes.iter().map(|change| match change {
        Change::Upsert(asset) => asset.id.native.clone(),
        Change::Withdraw { .. } => panic!("no withdrawal is told"),
    });
    let changed = changed.collect::<Vec<_>>();
    assert_eq!(changed, [running.space.uri_of("/3/new")]);
}
