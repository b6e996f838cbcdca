//! `GET /api/v1/assets/{id}`.

use archway_core::access::{HttpWay, Route, Way};
use archway_core::asset::{Extra, NativeRecord, Provenance, Quality, Value};
use archway_core::coverage::{EnergyCoverage, Interval};
use archway_core::testing::FakeArchive;

use crate::gateway::{crab, federation, gateway, get};

#[tokio::test]
async fn an_asset_is_given_in_full_with_its_accesses() {
    let mut asset = crab();
    asset.energy = vec![EnergyCoverage {
        wavelength_m: Some(Interval { lower: Some(5e-7), upper: Some(7e-7) }),
        ..EnergyCoverage::default()
    }];
    asset.provenance =
        vec![Provenance { name: Some("calwf3".to_owned()), ..Provenance::default() }];
    asset.quality = vec![Quality { flag: Some("good".to_owned()), ..Quality::default() }];
    asset.extras = vec![
        Extra { key: "hst:filters".to_owned(), value: Value::Texts(vec!["F606W".to_owned()]) },
        Extra { key: "hst:raw".to_owned(), value: Value::Json("{\"a\":1}".to_owned()) },
    ];
    asset.native = Some(NativeRecord {
        schema: "obscore".to_owned(),
        media_type: "application/json".to_owned(),
        content: "{}".into(),
    });
    asset.copies = vec!["eso/crab".parse().unwrap()];
    let way = Way {
        route: Route::Http(HttpWay {
            method: "GET".to_owned(),
            url: "https://archive.example/crab.fits".to_owned(),
            headers: vec![("authorization".to_owned(), "Bearer secret".to_owned())],
            credential: Some("token".to_owned()),
            ranges: true,
        }),
        role: "#this".to_owned(),
        description: None,
        media_type: None,
        size: None,
        checksums: vec![],
        expires: None,
    };
    let archive = FakeArchive::new("hst").with_assets([asset]).with_ways("crab/1", vec![way]);
    let answer = get(gateway(vec![archive]), "/api/v1/assets/hst%2Fcrab%2F1").await;
    assert!(!answer.body.contains("secret"), "credentials stay inside");
    insta::assert_snapshot!(answer.json());
}

#[tokio::test]
async fn a_record_without_files_is_given_with_no_way_to_them() {
    let answer = get(federation(), "/api/v1/assets/hst%2Fm31").await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(json["accesses"], serde_json::json!([]));
    assert_eq!(json["accesses_reason"], serde_json::Value::Null);
}

#[tokio::test]
async fn an_asset_that_cannot_be_given_says_why() {
    let cases = [
        ("no slash", "crab"),
        ("no such archive", "hts%2Fcrab"),
        ("no such asset", "hst%2Fnothing"),
        ("no archive id", "HST%2Fcrab"),
        ("the archive fails", "igs%2Fx"),
    ];
    let mut all = String::new();
    for (name, id) in cases {
        let answer = get(federation(), &format!("/api/v1/assets/{id}")).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        all.push_str(&format!("{name}\n  {} {}\n", answer.status, json["detail"]));
    }
    insta::assert_snapshot!(all);
}
