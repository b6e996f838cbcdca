//! The plugin against what a service says, and what it may do wrong.

mod access;
mod listing;
mod service;

use archway_formats::vospace::{Node, NodeKind, Property, property, write_node};
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{Asset, SearchQuery};
use archway_plugin::{Error, Host};

use crate::search;

/// Whether an error is the one wanted.
type Judge = fn(&Error) -> bool;

const BASE: &str = "https://space.example/vos";
const SERVICE: &str = "space.example!vos";

/// A service that says where its resources are: nodes, files, transfers.
fn space() -> RecordedHost {
    RecordedHost::new()
        .with_text("base_url", BASE)
        .with_text("service", SERVICE)
        .answering(
            &format!("{BASE}/capabilities"),
            200,
            capabilities(&["nodes", "files-proto", "sync-2.1", "transfers"], ""),
        )
        .answering(&format!("{BASE}/nodes?"), 200, container("", &[]))
}

fn capabilities(resources: &[&str], methods: &str) -> String {
    let capability = |resource: &&str| {
        let place = resource.split('-').next().unwrap_or_default();
        format!(
            "<capability standardID=\"ivo://ivoa.net/std/VOSpace#{resource}\"><interface xsi:type=\"vs:ParamHTTP\" role=\"std\">\
             <accessURL use=\"base\">{BASE}/{place}</accessURL>{methods}</interface></capability>"
        )
    };
    let all: String = resources.iter().map(capability).collect();
    format!(
        "<vosi:capabilities xmlns:vosi=\"v\" xmlns:xsi=\"x\" xmlns:vs=\"y\">{all}</vosi:capabilities>"
    )
}

fn uri(path: &str) -> String {
    format!("vos://{SERVICE}{path}")
}

fn node(path: &str, kind: NodeKind) -> Node {
    let length =
        Property { uri: property::LENGTH.to_owned(), value: Some("3".to_owned()), read_only: true };
    Node { uri: uri(path), kind, properties: vec![length], ..Node::default() }
}

fn link(path: &str, target: &str) -> Node {
    Node { target: Some(target.to_owned()), ..node(path, NodeKind::Link) }
}

fn document(node: &Node) -> Vec<u8> {
    let mut out = Vec::new();
    write_node(&mut out, node, &[]).expect("memory takes it");
    out
}

/// A container with data nodes of these names; those that end with a slash are containers.
fn container(path: &str, names: &[&str]) -> Vec<u8> {
    let child = |name: &&str| match name.strip_suffix('/') {
        Some(name) => node(&format!("{path}/{name}"), NodeKind::Container),
        None => node(&format!("{path}/{name}"), NodeKind::Data),
    };
    let children: Vec<_> = names.iter().map(child).collect();
    let mut out = Vec::new();
    write_node(&mut out, &node(path, NodeKind::Container), &children).expect("memory takes it");
    out
}

/// Everything that a question finds.
fn found(host: &dyn Host, query: SearchQuery) -> Result<Vec<Asset>, Error> {
    let mut answer = search::search(host, query)?;
    let mut assets = Vec::new();
    while let Some(batch) = answer.assets.next(host, 100)? {
        assets.extend(batch.assets);
    }
    Ok(assets)
}

fn titles(assets: &[Asset]) -> Vec<&str> {
    assets.iter().map(|asset| asset.summary.title.as_str()).collect()
}
