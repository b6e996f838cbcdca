//! Records that try to become markup, on every page that shows them.

use archway_core::asset::{
    Agent, AgentRole, Asset, AssetId, Checksum, Distribution, Extra, Facet, FacetKind, Identifier,
    Licence, Location, NativeRecord, Provenance, Quality, Relation, Target, Term, Value,
};
use archway_core::coverage::{EnergyCoverage, NativeInterval, TimeCoverage};
use archway_core::testing::FakeArchive;

use crate::gateway::{gateway, get};

/// Strings that end a tag, an attribute, a script or a comment, or are a script's URL.
const CORPUS: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
    "--><b>bold</b>",
    "{{ 7*7 }}{% include \"/etc/passwd\" %}",
    "&lt;script&gt;\u{202e}\u{0}\r\nevent: page\ndata: x",
];

/// An asset with `text` in every field that takes text.
fn asset_of(text: &str) -> Asset {
    let own = || text.to_owned();
    let term = || Term { vocabulary: own(), term: own(), label: Some(own()) };
    let identifier = || Identifier { scheme: own(), value: own() };
    let extra = || Extra { key: own(), value: Value::Text(own()) };
    let id = AssetId { archive: "hst".parse().unwrap(), native: own() };
    let mut asset = Asset::new(id, text, text);
    let identity = &mut asset.identity;
    identity.doi = Some(own());
    identity.publisher_did = Some(own());
    identity.creator_did = Some(own());
    identity.observation_id = Some(own());
    identity.group_id = Some(own());
    identity.version = Some(own());
    identity.others = vec![identifier()];
    let about = &mut asset.summary;
    about.description = Some(own());
    about.language = Some(own());
    about.keywords = vec![term()];
    about.product_type = Some(term());
    about.product_subtype = Some(own());
    about.native_level = Some(own());
    about.measurement_ucd = Some(own());
    about.measurement_unit = Some(own());
    about.polarisation_states = vec![own()];
    about.targets = vec![Target {
        name: own(),
        class: Some(own()),
        aliases: vec![own()],
        naif_id: None,
        moving: None,
    }];
    about.agents = vec![Agent {
        name: own(),
        role: AgentRole::Publisher,
        identifier: Some(own()),
        affiliation: Some(own()),
    }];
    about.proposal_id = Some(own());
    about.bibcodes = vec![own()];
    about.relations = vec![Relation { relation: own(), scheme: own(), identifier: own() }];
    asset.rights.licence = Some(Licence { spdx: None, url: Some(own()), text: Some(own()) });
    asset.rights.statement = Some(own());
    asset.rights.acknowledgement = Some(own());
    asset.rights.native = Some(own());
    asset.time = vec![TimeCoverage { native: Some(own()), ..TimeCoverage::default() }];
    asset.energy = vec![EnergyCoverage {
        native: Some(NativeInterval { bounds: Default::default(), unit: own() }),
        bands: vec![own()],
        ..EnergyCoverage::default()
    }];
    asset.facets = FacetKind::NAMED
        .into_iter()
        .chain([FacetKind::Other(own())])
        .map(|kind| Facet { kind, term: own(), label: Some(own()) })
        .collect();
    asset.distributions = vec![Distribution {
        id: own(),
        role: "#this".to_owned(),
        location: Location::Url(own()),
        media_type: Some(own()),
        format: Some(own()),
        encodings: vec![own()],
        size: None,
        checksums: vec![Checksum { algorithm: own(), hex: own() }],
        file_name: Some(own()),
        modified: None,
        availability: Default::default(),
        provider: Some(own()),
    }];
    asset.provenance = vec![Provenance {
        name: Some(own()),
        version: Some(own()),
        producer: Some(own()),
        project: Some(own()),
        run_id: Some(own()),
        reference: Some(own()),
        executed: None,
        parameters: vec![(own(), own())],
        inputs: vec![identifier()],
        lineage: Some(own()),
    }];
    asset.quality = vec![Quality { flag: Some(own()), note: Some(own()), metrics: vec![extra()] }];
    asset.extras = vec![extra(), Extra { key: own(), value: Value::Json(own()) }];
    asset.native = Some(NativeRecord { schema: own(), media_type: own(), content: own().into() });
    asset.copies = vec![AssetId { archive: "hst".parse().unwrap(), native: own() }];
    asset
}

/// The tags of a page with the names of their attributes; values and text are left out.
fn skeleton(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    let bare = |tag: &str| tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    let mut bare: Vec<String> = tags.map(bare).collect();
    // A list of one term and a list of two differ in length only.
    bare.dedup();
    bare
}

/// Every value of `href` and `src`.
fn links(html: &str) -> impl Iterator<Item = &str> {
    let from = |mark| html.split(mark).skip(1).filter_map(|rest: &str| rest.split('"').next());
    from("href=\"").chain(from("src=\""))
}

#[tokio::test]
async fn no_field_of_a_record_becomes_markup() {
    // What pages of a harmless record are made of; a hostile one may add nothing to it.
    let harmless = gateway(vec![FakeArchive::new("hst").with_assets([asset_of("harmless")])]);
    for text in CORPUS {
        let own = gateway(vec![FakeArchive::new("hst").with_assets([asset_of(text)])]);
        let id: String = percent(text);
        for (page, uri, like) in [
            ("cards", "/?limit=5".to_owned(), "/?limit=5"),
            ("table", "/?limit=5&view=table".to_owned(), "/?limit=5&view=table"),
            ("asset", format!("/assets/hst%2F{id}"), "/assets/hst%2Fharmless"),
        ] {
            let (shown, plain) = (get(own.clone(), &uri).await, get(harmless.clone(), like).await);
            assert_eq!(shown.status, 200, "{page} of {text:?}");
            assert_eq!(skeleton(&shown.body), skeleton(&plain.body), "{page} of {text:?}");
            for link in links(&shown.body) {
                let safe = ["/", "#", "http://", "https://", "ftp://"];
                assert!(safe.iter().any(|start| link.starts_with(start)), "{page}: {link}");
            }
        }
    }
}

#[tokio::test]
async fn an_event_is_not_ended_by_a_record() {
    let own = gateway(vec![FakeArchive::new("hst").with_assets([asset_of(CORPUS[7])])]);
    for uri in ["/?limit=5", "/api/v1/search?limit=5"] {
        let request = axum::http::Request::get(uri)
            .header("host", "localhost")
            .header("accept", "text/event-stream");
        let answer = crate::gateway::ask(archway_web::router(own.clone()), request).await;
        let pages = answer.body.lines().filter(|line| *line == "event: page").count();
        assert_eq!(pages, 1, "{uri}");
        assert!(!answer.body.contains('\r'), "{uri}");
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
