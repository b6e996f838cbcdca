//! A gateway over fake archives, and what it answers.

use std::sync::Arc;
use std::time::Duration;

use archway_core::archive::{Archive, Operation};
use archway_core::archives::Archives;
use archway_core::asset::{
    Agent, AgentRole, Asset, Checksum, Distribution, Facet, FacetKind, Licence, Location, Size,
    SizeQuality, Target, Term,
};
use archway_core::collections::{Collection, Collections};
use archway_core::coverage::{Instant, TimeCoverage, TimeRange};
use archway_core::discovery::{Discovery, ProcessMemory};
use archway_core::labs::{Labs, LabsConfig, LabsNeed};
use archway_core::permission::Principal;
use archway_core::selections::{Members, Selections};
use archway_core::testing::{
    FakeApplication, FakeArchive, FakeBackend, FakeBytes, FakeDecoders, FakeSources, MemoryKeeper,
    asset_at, fake_catalogue, outside,
};
use archway_core::volumes::{Field, FieldKind, SourceForm, Volumes, VolumesConfig, VolumesNeed};
use archway_web::metrics::Metrics;
use archway_web::{
    Deadlines, FormKey, Gateway, HostNames, LabProxy, Origins, Readiness, STALLED_AFTER, router,
};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tokio::task::JoinSet;
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

    /// The answer as a JSON document.
    pub(crate) fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }

    /// Status, and what is wrong.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let value = self.value();
        let parameter = value["parameter"].as_str().map(|name| format!(" [{name}]"));
        let detail = without_ids(value["detail"].as_str().unwrap());
        format!("{}{} {detail}", self.status.as_u16(), parameter.unwrap_or_default())
    }

    /// The events of a stream: each its name, its id, and its document with what differs from
    /// run to run taken out.
    pub(crate) fn events(&self) -> Vec<(String, serde_json::Value)> {
        assert_eq!(self.header("content-type"), "text/event-stream", "{}", self.body);
        let blocks = self.body.split_terminator("\n\n").filter(|block| !block.starts_with(':'));
        let event = |block: &str| {
            let field = |name: &str| {
                let own = |line: &str| {
                    let value = line.strip_prefix(name)?.strip_prefix(':')?;
                    Some(value.strip_prefix(' ').unwrap_or(value).to_owned())
                };
                block.lines().find_map(own)
            };
            let id = field("id").map(|id| format!("#{id}")).unwrap_or_default();
            let mut data = field("data")
                .filter(|data| !data.is_empty())
                .map_or(serde_json::Value::Null, |data| serde_json::from_str(&data).unwrap());
            still(&mut data);
            (format!("{}{id}", field("event").unwrap_or_default()), data)
        };
        blocks.map(event).collect()
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
                    (_, serde_json::Value::String(text)) if is_now(name, text) => {
                        *value = "[time]".into();
                    }
                    ("next", serde_json::Value::String(_)) => *value = "[cursor]".into(),
                    _ => still(value),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(still),
        serde_json::Value::String(text) => *text = without_ids(text),
        _ => {}
    }
}

/// Whether a text is a moment of the clock of tests, which begins with 2026.
fn is_now(name: &str, text: &str) -> bool {
    let moments = "at created finished ready ended deadline active snoozed fetched from until";
    moments.split(' ').any(|own| own == name) && text.starts_with("2026-") && text.ends_with('Z')
}

/// Takes out identifiers that were made: runs of 20 hexadecimal digits, and codes of entries.
pub(crate) fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let end = |run: &mut String, out: &mut String| {
        out.push_str(if run.len() == 20 { "[id]" } else { run });
        run.clear();
    };
    for letter in text.chars() {
        if letter.is_ascii_digit() || ('a'..='f').contains(&letter) {
            run.push(letter);
        } else {
            end(&mut run, &mut out);
            out.push(letter);
        }
    }
    end(&mut run, &mut out);
    match out.split_once("enter?code=") {
        Some((before, rest)) => {
            let behind = rest.split_once('&').map_or("", |(_, behind)| behind);
            format!("{before}enter?code=[code]&{behind}")
        }
        None => out,
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
    let discovery =
        Discovery::new(Arc::clone(&archives), [7; 32], Arc::new(ProcessMemory::default()));
    let keeper = Arc::new(MemoryKeeper::default());
    let collections = Collections::new(vec![the_crab()], keeper.clone(), outside());
    let volumes = Volumes::new(VolumesNeed {
        archives: Arc::clone(&archives),
        discovery: discovery.clone(),
        decoders: Arc::new(FakeDecoders),
        collections: collections.clone(),
        keeper: keeper.clone(),
        labs: keeper.clone(),
        bytes: Arc::new(FakeBytes::default()),
        sources: Arc::new(FakeSources::new(Arc::new(FakeArchive::new("tree")), forms())),
        outside: outside(),
        config: VolumesConfig::default(),
    });
    let backends = ["process", "docker"].map(|id| Arc::new(FakeBackend::new(id)) as _);
    let labs = Labs::new(LabsNeed {
        catalogue: fake_catalogue(),
        backends: backends.into(),
        application: Arc::new(FakeApplication::default()),
        keeper: keeper.clone(),
        volumes: volumes.clone(),
        outside: outside(),
        config: LabsConfig::default(),
    });
    Gateway {
        discovery,
        archives,
        decoders: Arc::new(FakeDecoders),
        selections: Selections::new(keeper, outside()),
        collections,
        volumes,
        proxy: LabProxy::new(Origins::loopback(8470), Arc::new(labs.clone())),
        labs,
        principal: Principal::Local,
        metrics: Metrics::default(),
        host_names: Arc::new(HostNames::loopback_and(&[])),
        readiness,
        look_up_timeout: Duration::from_secs(8),
        deadlines: Deadlines::default(),
        stalled_after: STALLED_AFTER,
        form_key: FormKey::derived(&[7; 32]),
        version: "0.0.0",
    }
}

/// A gateway with an archive whose two files can be had, and the labs and volumes of it at work
/// until what is beside it is dropped.
pub(crate) fn at_work() -> (Gateway, JoinSet<()>) {
    let files = [("a", "alpha"), ("b", "beta")];
    // Without the operation that says how, a file is fetched from where its record says.
    let operations = [Operation::Search, Operation::LookUp];
    let archive = FakeArchive::new("obs").offering(operations);
    let archive = files.into_iter().fold(archive, |archive, (name, text)| {
        let mut held = asset_at("obs", name, 10.0, 20.0);
        held.distributions = vec![file(&format!("https://obs.example/{name}.txt"))];
        let url = format!("https://obs.example/{name}.txt");
        archive.with_assets([held]).with_content(&url, text)
    });
    let gateway = gateway(vec![archive]);
    let mut work = JoinSet::new();
    let (volumes, labs) = (gateway.volumes.clone(), gateway.labs.clone());
    work.spawn(async move { volumes.run().await });
    work.spawn(async move { labs.run().await });
    (gateway, work)
}

fn file(url: &str) -> Distribution {
    Distribution {
        id: "1".to_owned(),
        role: "#this".to_owned(),
        location: Location::Url(url.to_owned()),
        media_type: Some("text/plain".to_owned()),
        format: Some("text".to_owned()),
        encodings: vec![],
        size: None,
        checksums: vec![],
        file_name: None,
        modified: None,
        availability: Default::default(),
        provider: None,
    }
}

/// The operator's one collection.
fn the_crab() -> Collection {
    Collection {
        id: "crab".to_owned(),
        owner: None,
        title: "The Crab through the bands".to_owned(),
        description: "A pulsar wind nebula.".to_owned(),
        publisher: Some("ESA".to_owned()),
        licence: Some(Licence { spdx: Some("CC-BY-4.0".to_owned()), url: None, text: None }),
        doi: Some("10.5270/esa-crab".to_owned()),
        homepage: None,
        created: Some(Instant::from_utc_us(1_614_643_200_000_000)),
        members: Members::Assets(vec!["hst/crab/1".parse().unwrap()]),
    }
}

/// A preset, and a plugin with a setting of each kind.
fn forms() -> Vec<SourceForm> {
    let field = |key: &str, kind: FieldKind| Field {
        key: key.to_owned(),
        kind,
        required: key == "url",
        default: (key == "port").then(|| "21".to_owned()),
        help: format!("The {key}"),
        advanced: key == "port",
    };
    let preset = SourceForm {
        preset: Some("igs".to_owned()),
        plugin: "ftp".to_owned(),
        title: "IGS".to_owned(),
        description: "Products of the IGS".to_owned(),
        fields: vec![],
    };
    let fields = vec![
        field("url", FieldKind::Url),
        field("path", FieldKind::Text),
        field("port", FieldKind::Integer { min: Some(1), max: Some(65_535) }),
        field("weight", FieldKind::Real { min: None, max: Some(1.5) }),
        field("passive", FieldKind::Boolean),
        field("tls", FieldKind::Choice(vec!["none".to_owned(), "explicit".to_owned()])),
        field("folders", FieldKind::List),
    ];
    let plugin = SourceForm { preset: None, title: "FTP".to_owned(), fields, ..preset.clone() };
    vec![preset, plugin]
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
    send(service, request, "").await
}

/// Posts JSON; `body` as it is, so that it may be none.
pub(crate) async fn post(service: &Router, uri: &str, body: &str) -> Answer {
    let request = Request::post(uri).header("host", "localhost:8470");
    send(service.clone(), request.header("content-type", "application/json"), body).await
}

/// The same of a method without a body.
pub(crate) async fn call(service: &Router, method: &str, uri: &str) -> Answer {
    let request = Request::builder().method(method).uri(uri).header("host", "localhost:8470");
    send(service.clone(), request, "").await
}

pub(crate) async fn send(
    service: Router,
    request: axum::http::request::Builder,
    body: &str,
) -> Answer {
    let body = Body::from(body.to_owned());
    let response = service.oneshot(request.body(body).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}
