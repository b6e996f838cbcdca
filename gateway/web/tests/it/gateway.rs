//! A gateway over fake archives, and what it answers.

use std::sync::Arc;
use std::time::Duration;

use archway_core::archive::Archive;
use archway_core::archives::Archives;
use archway_core::asset::{
    Agent, AgentRole, Asset, Checksum, Distribution, Facet, FacetKind, Licence, Location, Size,
    SizeQuality, Target, Term,
};
use archway_core::coverage::{Instant, TimeCoverage, TimeRange};
use archway_core::discovery::{Discovery, ProcessMemory};
use archway_core::permission::Principal;
use archway_core::testing::{FakeArchive, FakeDecoders, asset_at};
use archway_web::metrics::Metrics;
use archway_web::{Deadlines, Gateway, HostNames, Readiness, router};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Status and pretty JSON, with the milliseconds that differ from run to run taken out.
    pub(crate) fn json(&self) -> String {
        let mut json: serde_json::Value = serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", self.body));
        still(&mut json);
        format!("{}\n{json:#}", self.status)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Takes out what differs from run to run.
pub(crate) fn still(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), &value) {
                    ("elapsed_ms", _) => *value = "[ms]".into(),
                    ("next", serde_json::Value::String(_)) => *value = "[cursor]".into(),
                    _ => still(value),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(still),
        _ => {}
    }
}

pub(crate) fn gateway(archives: Vec<FakeArchive>) -> Gateway {
    let archives = archives.into_iter().map(|own| Arc::new(own) as Arc<dyn Archive>).collect();
    with_archives(archives)
}

pub(crate) fn with_archives(archives: Vec<Arc<dyn Archive>>) -> Gateway {
    let archives = Arc::new(Archives::new(archives));
    let readiness = Readiness::default();
    readiness.set(true);
    Gateway {
        discovery: Discovery::new(
            Arc::clone(&archives),
            [7; 32],
            Arc::new(ProcessMemory::default()),
        ),
        archives,
        decoders: Arc::new(FakeDecoders),
        principal: Principal::Local,
        metrics: Metrics::default(),
        host_names: Arc::new(HostNames::loopback_and(&[])),
        readiness,
        look_up_timeout: Duration::from_secs(8),
        deadlines: Deadlines::default(),
        version: "0.0.0",
    }
}

/// Two archives that answer and one that fails.
pub(crate) fn federation() -> Gateway {
    gateway(vec![
        FakeArchive::new("hst").with_info(|info| info.sample = true).with_assets([crab(), m31()]),
        FakeArchive::new("eso").with_info(|info| info.untried = true).holding("ngc-1", 83.7, 22.1),
        FakeArchive::new("igs").failing("connection refused"),
    ])
}

/// An asset with something in most fields that lists show.
pub(crate) fn crab() -> Asset {
    let mut asset = asset_at("hst", "crab/1", 83.63, 22.01);
    asset.summary.title = "Crab nebula, <WFC3> & friends".to_owned();
    asset.summary.description = Some("A pulsar wind nebula.".to_owned());
    asset.summary.product_type = Some(Term {
        vocabulary: "ivoa:product-type".to_owned(),
        term: "image".to_owned(),
        label: None,
    });
    asset.summary.created = Some(Instant::from_utc_us(1_614_643_200_000_000));
    asset.summary.targets = vec![Target {
        name: "M1".to_owned(),
        class: None,
        aliases: vec![],
        naif_id: None,
        moving: None,
    }];
    asset.summary.agents = vec![Agent {
        name: "ESA Hubble Archive".to_owned(),
        role: AgentRole::Publisher,
        identifier: None,
        affiliation: None,
    }];
    asset.rights.licence =
        Some(Licence { spdx: Some("CC-BY-4.0".to_owned()), url: None, text: None });
    asset.time = vec![TimeCoverage {
        range: TimeRange {
            start: Some(Instant::from_utc_us(1_025_606_025_000_000)),
            end: Some(Instant::from_utc_us(1_025_609_625_000_000)),
        },
        exposure_s: Some(3600.0),
        ..TimeCoverage::default()
    }];
    let facet = |kind, term: &str| Facet { kind, term: term.to_owned(), label: None };
    asset.facets = vec![facet(FacetKind::Mission, "Hubble"), facet(FacetKind::Instrument, "WFC3")];
    asset.distributions = vec![Distribution {
        id: "1".to_owned(),
        role: "#this".to_owned(),
        location: Location::Url("https://archive.example/crab.fits".to_owned()),
        media_type: Some("application/fits".to_owned()),
        format: Some("fits".to_owned()),
        encodings: vec![],
        size: Some(Size { bytes: 1_912_000_000, quality: SizeQuality::Exact }),
        checksums: vec![Checksum { algorithm: "md5".to_owned(), hex: "00ff".to_owned() }],
        file_name: Some("crab.fits".to_owned()),
        modified: None,
        availability: Default::default(),
        provider: None,
    }];
    asset
}

pub(crate) fn m31() -> Asset {
    let mut asset = asset_at("hst", "m31", 10.68, 41.27);
    asset.summary.title = "M31".to_owned();
    asset.facets = vec![Facet { kind: FacetKind::Mission, term: "Hubble".to_owned(), label: None }];
    asset
}

pub(crate) async fn get(gateway: Gateway, uri: &str) -> Answer {
    ask(router(gateway), Request::get(uri).header("host", "localhost:8470")).await
}

pub(crate) async fn ask(service: Router, request: axum::http::request::Builder) -> Answer {
    let response = service.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}
