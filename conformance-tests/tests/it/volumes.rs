//! Data volumes of the sample site, by REST: from every kind of source, as files on the disk.
//!
//! *Calls* `volumes/site.rs`. *Rules*: every file is compared with the checksum that the sample
//! site gives, and what `provenance.json` says with what is there.

mod kill;
mod refusals;
mod site;

use serde_json::{Value, json};

use site::Site;

/// A name, the source, and the paths that must be there.
type Case = (&'static str, Value, &'static [&'static str]);

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_source_of_the_sample_site_becomes_files() {
    let site = Site::start().await;
    let web = site.samples.addresses()[0];
    let urls = json!({ "urls": [
        format!("http://{web}/trees/gnss/IGS/products/1590/igs15904.sp3.gz"),
    ]});
    let cases: [Case; 5] = [
        (
            "a collection",
            json!({ "collection": "swarm" }),
            &[
                "samples-swarm/swarm/SW_OPER_MAGA_LR_1B_20160101T000000_20160101T010000_Filtered.cdf",
            ],
        ),
        (
            "all results of a search",
            json!({ "query": { "q": "SWARM", "archive": "samples-swarm" } }),
            &[
                "samples-swarm/swarm/SW_OPER_MAGA_LR_1B_20160101T000000_20160101T010000_Filtered.cdf",
            ],
        ),
        (
            "an FTP tree",
            json!({ "tree": { "preset": "mirror", "include": ["products/**"] } }),
            &["products/1525/esa15253.sp3.Z", "products/1590/igs15904.sp3.Z"],
        ),
        ("a VOSpace subtree", json!({ "tree": { "preset": "planets" } }), &[]),
        (
            "an HTTP tree",
            json!({ "tree": { "preset": "gnss-http", "include": ["IGS/products/1590/*.sp3.gz"] } }),
            &["IGS/products/1590/igs15904.sp3.gz"],
        ),
    ];
    for (name, source, paths) in cases {
        let volume = site.made(json!({ "title": name, "source": source })).await;
        assert_eq!(volume["state"], "ready", "{name}: {volume:#}");
        assert_eq!(volume["failure"], Value::Null, "{name}");
        let provenance = site.check_files(&volume);
        for path in paths {
            let found = provenance["files"].as_array().unwrap();
            assert!(found.iter().any(|file| file["path"] == *path), "{name}: {provenance:#}");
        }
        assert!(!provenance["cite"].as_array().unwrap().is_empty(), "{name}");
    }
    // Users reach public hosts only; the sample site is on loopback.
    let refused = site.post("volumes", &json!({ "source": urls })).await;
    assert_eq!(refused.0, 400, "{:#}", refused.1);
    assert!(refused.1["detail"].as_str().unwrap().contains("loopback"), "{:#}", refused.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ticked_assets_of_several_archives_lie_side_by_side_and_are_kept_once() {
    let site = Site::start().await;
    let page = site.get("search?collection=samples-microwave/wmap-7yr-nside32&limit=2").await;
    let ids: Vec<&str> =
        page["assets"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    let swarm = site.get("search?archive=samples-swarm").await;
    let mut assets = ids.clone();
    assets.push(swarm["assets"][0]["id"].as_str().unwrap());
    let estimate = site.post("volumes/estimate", &json!({ "source": { "assets": assets } })).await;
    assert_eq!(estimate.1["files"], 3, "{:#}", estimate.1);
    assert_eq!(estimate.1["complete"], true);
    assert!(!estimate.1["notices"].as_array().unwrap().is_empty(), "licences are shown before");

    let one = site.made(json!({ "name": "one", "source": { "assets": assets } })).await;
    assert_eq!(one["state"], "ready", "{one:#}");
    let provenance = site.check_files(&one);
    for file in provenance["files"].as_array().unwrap() {
        assert!(file["licence"].is_string(), "{file:#}");
        assert!(file["verifiedAgainst"]["hex"].is_string(), "{file:#}");
    }
    let blobs = site.blobs();
    let other = site.made(json!({ "name": "other", "source": { "assets": ids } })).await;
    site.check_files(&other);
    assert_eq!(site.blobs(), blobs, "the same bytes are kept once");
    site.delete(&one).await;
    site.check_files(&other);
    site.delete(&other).await;
    assert_eq!(site.blobs(), 0, "nothing is left behind");
}
