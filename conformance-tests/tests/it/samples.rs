//! The sample site as a user meets it: a gateway over its archives, with the plugins and the
//! files of `config/archives/` that `cargo xtask start` takes, on ports of its own.
//!
//! *Calls* `gateway.rs` for what an answer is. *Rules*: what is found is real, so each test
//! says which record it must be.

mod whole_site;

use std::path::Path;

use archway::config::Environment;
use archway::{Config, Running};
use archway_conformance::{components, samples};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub(crate) use whole_site::WholeSite;

const PLUGINS: [&str; 6] = ["vo-tap", "http-tree", "ftp", "gnss-igs", "vospace", "decode"];

/// A gateway, the site behind it, and a client.
struct Site {
    gateway: Running,
    client: reqwest::Client,
    _samples: WholeSite,
    _folder: TempDir,
}

impl Site {
    async fn start() -> Self {
        let samples = WholeSite::start().await;

        let folder = tempfile::tempdir().unwrap();
        let below = |name: &str| folder.path().join(name);
        for made in ["archives", "plugins", "data"] {
            std::fs::create_dir(below(made)).unwrap();
        }
        for id in PLUGINS {
            std::fs::copy(components::path(id), below("plugins").join(format!("{id}.wasm")))
                .unwrap();
        }
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        std::fs::create_dir_all(&compiled).unwrap();
        std::os::unix::fs::symlink(compiled, below("data").join("compiled")).unwrap();
        samples.write_archives(&below("archives"));
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n\
             [egress]\nrequests_per_s = 0.0\n",
            below("data"),
            below("plugins"),
        );
        std::fs::write(below("archway.toml"), text).unwrap();
        let config = Config::load(Some(&below("archway.toml")), &Environment::default()).unwrap();
        let gateway = archway::start(config).await.unwrap();
        let client = reqwest::Client::new();
        Self { gateway, client, _samples: samples, _folder: folder }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.gateway.url().join(path).unwrap()).send().await.unwrap()
    }

    /// The page of a search in which every archive answered.
    async fn search(&self, parameters: &[(&str, &str)]) -> Value {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .append_pair("deadline_ms", "60000")
            .append_pair("limit", "200")
            .finish();
        let response = self.get(&format!("api/v1/search?{query}")).await;
        let page: Value = response.json().await.unwrap();
        let sources = page["sources"].as_array().unwrap_or_else(|| panic!("{page:#}"));
        for source in sources {
            let well = source["status"] == "ok" || source["status"] == "skipped";
            assert!(well, "{parameters:?}: {source:#}");
        }
        page
    }
}

/// The assets of a page that one archive gave.
fn of<'a>(page: &'a Value, archive: &str) -> Vec<&'a Value> {
    let assets = page["assets"].as_array().unwrap();
    assets.iter().filter(|asset| asset["archive"] == archive).collect()
}

fn titles(assets: &[&Value]) -> Vec<String> {
    let mut titles: Vec<_> =
        assets.iter().map(|asset| asset["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

/// What users want of every record: who, under which terms, since when, how large, and a way
/// to it.
fn assert_is_complete(asset: &Value) {
    for wanted in ["publisher", "licence", "created", "size_bytes", "content"] {
        assert!(!asset[wanted].is_null(), "{wanted} is missing: {asset:#}");
    }
    for distribution in asset["distributions"].as_array().unwrap() {
        assert_eq!(distribution["size_exact"], true, "{distribution:#}");
        assert!(!distribution["checksums"].as_array().unwrap().is_empty(), "{distribution:#}");
    }
}

/// A name, the question, the archive that must have it, and how many of its records.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str, usize);

#[tokio::test(flavor = "multi_thread")]
async fn what_users_look_for_is_found_with_all_that_they_want_to_know() {
    let site = Site::start().await;
    let cases: [Case; 7] = [
        ("Swarm", &[("q", "SWARM")], "samples-swarm", 1),
        ("ESOC", &[("q", "ESOC"), ("facet.organization", "ESOC")], "samples-gnss", 2),
        ("a station by its name", &[("q", "0759")], "samples-gnss", 2),
        // 35.16 degrees north, 139.61 east: what the header of 07590920.05o says.
        ("a station by its place", &[("pos", "EARTH CIRCLE 139.6 35.2 0.5")], "samples-gnss", 2),
        (
            "1 July 2010",
            &[("time", "2010-07-01T06:00:00Z/2010-07-01T07:00:00Z")],
            "samples-gnss",
            3,
        ),
        ("7 June 2011", &[("time", "2011-06-07/2011-06-08")], "samples-heliophysics", 3),
        ("the Crab", &[("pos", "CIRCLE 83.63 22.01 0.1")], "samples-high-energy", 1),
    ];
    for (name, question, archive, least) in cases {
        let page = site.search(question).await;
        let found = of(&page, archive);
        assert!(found.len() >= least, "{name}: {:?} of {page:#}", titles(&found));
        found.into_iter().for_each(assert_is_complete);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_as_their_publishers_made_them_over_ftps_ftp_and_http() {
    let site = Site::start().await;
    let manifest = samples::manifest::Manifest::read(&samples::committed_data()).unwrap();
    let sha256 = |path: &str| {
        let entry = manifest.trees.iter().find(|entry| entry.path == path).unwrap();
        entry.sha256.clone()
    };
    // How the way begins, the question, and the file that must come.
    let cases = [
        (
            "ftpes",
            ("q", "SWARM"),
            "swarm/level1b/Sat_A/SW_OPER_MAGA_LR_1B_20160101T000000_20160101T010000_Filtered.cdf",
        ),
        ("ftp", ("q", "igs15904.sp3"), "gnss-mirror/products/1590/igs15904.sp3.Z"),
        ("http", ("q", "igs15904.sp3"), "gnss/IGS/products/1590/igs15904.sp3.gz"),
        ("http", ("q", "Europa"), "planetary/galileo/ssi/C0532836239R.IMG.gz"),
    ];
    for (scheme, question, path) in cases {
        let page = site.search(&[question]).await;
        let (_, name) = path.rsplit_once('/').unwrap();
        let distributions = page["assets"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|asset| asset["distributions"].as_array().unwrap().iter());
        let mut named = distributions.filter(|one| one["file_name"] == name);
        let found = named.next().unwrap_or_else(|| panic!("no {name}: {page:#}"));
        let url = found["url"].as_str().unwrap_or("http");
        assert!(url.starts_with(scheme), "{scheme}: {url}");
        let content = found["content"].as_str().unwrap().trim_start_matches('/').to_owned();
        let response = site.get(&content).await;
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        assert_eq!(status, 200, "{scheme}: {content}: {}", String::from_utf8_lossy(&bytes));
        let digest: String =
            Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, sha256(path), "{scheme}: {content}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_and_encodings_of_one_file_are_one_asset() {
    let site = Site::start().await;
    let page = site.search(&[("q", "igs15904.sp3")]).await;
    let found = of(&page, "samples-gnss");
    let [orbits] = found[..] else { panic!("{page:#}") };
    let distributions = orbits["distributions"].as_array().unwrap();
    let mut told: Vec<String> = distributions
        .iter()
        .map(|one| format!("{} {} {}", one["provider"], one["encodings"], one["file_name"]))
        .collect();
    told.sort();
    insta::assert_snapshot!(told.join("\n"), @r#"
    "Sample by FTP" ["compress"] "igs15904.sp3.Z"
    "Sample by HTTP" ["gzip"] "igs15904.sp3.gz"
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_collection_of_the_trees_says_whose_it_is_and_since_when() {
    let site = Site::start().await;
    let mut seen = 0;
    for id in [
        "samples-microwave",
        "samples-high-energy",
        "samples-heliophysics",
        "samples-swarm",
        "samples-gnss",
        "samples-planetary",
    ] {
        // What an archive says of itself is asked for in the background.
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let archive = loop {
            let archive: Value =
                site.get(&format!("api/v1/archives/{id}")).await.json().await.unwrap();
            let described = archive["collections"].as_array().is_some_and(|all| !all.is_empty());
            if described {
                break archive;
            }
            assert!(std::time::Instant::now() < patience, "{id} was never described: {archive:#}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        assert_eq!(archive["sample"], true, "{archive:#}");
        for collection in archive["collections"].as_array().unwrap() {
            seen += 1;
            assert!(!collection["title"].is_null(), "{collection:#}");
            assert!(!collection["created"].is_null(), "{id}: {collection:#}");
        }
    }
    assert_eq!(seen, 1 + 5 + 3 + 1 + 6 + 1);
}
