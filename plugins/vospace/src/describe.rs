//! What the archive is and can do: the settings, and its root.
//!
//! Called by `lib.rs`. Rules: the root is asked for, so that an archive that is down, or refuses,
//! says so here.

use archway_formats::time::parse_timestamp;
use archway_plugin::types::{
    Agent, AgentRole, Collection, Constraint, Description, Extra, FacetKind, Operation, Order,
    Value,
};
use archway_plugin::{Error, Host};

use crate::service::Service;

pub(crate) fn describe(host: &dyn Host) -> Result<Description, Error> {
    let service = Service::of(host)?;
    let (root, _) = service.node(host, &service.root)?;
    let settings = &service.settings;
    let title = settings.title.clone().or_else(|| root.core("title").map(str::to_owned));
    let operations =
        vec![Operation::Search, Operation::Harvest, Operation::LookUp, Operation::Access];
    let mut description =
        Description::new(title.unwrap_or_else(|| service.root.to_string()), operations);
    description.description =
        settings.description.clone().or_else(|| root.core("description").map(str::to_owned));
    description.publisher = settings.publisher.clone().map(|name| Agent {
        name,
        role: AgentRole::Publisher,
        identifier: None,
        affiliation: None,
    });
    description.homepage = settings.homepage.clone();
    description.licence = settings.licence.clone();
    description.push_down = push_down(&service);
    description.orders = vec![Order::Stable];
    if settings.collection_depth == 0 {
        let id = settings.collection_of(&service.root.path, &service.root.path);
        description.collections.push(Collection {
            title: id.clone(),
            id,
            description: None,
            product_types: Vec::new(),
            assets: None,
            publisher: settings.publisher.clone(),
            licence: settings.licence.clone(),
            created: root.core("btime").and_then(parse_timestamp),
        });
    }
    let endpoints = &service.endpoints;
    let ways =
        [("files", &endpoints.files), ("sync", &endpoints.sync), ("async", &endpoints.transfers)];
    let ways = ways.into_iter().filter(|(_, url)| url.is_some()).map(|(name, _)| name.to_owned());
    description.extras = vec![
        Extra { key: "vos:root".to_owned(), value: Value::Text(service.root.to_string()) },
        Extra { key: "vos:transfers".to_owned(), value: Value::Texts(ways.collect()) },
    ];
    Ok(description)
}

/// The constraints that are applied to what is walked.
fn push_down(service: &Service) -> Vec<Constraint> {
    let mut constraints = vec![
        Constraint::Text,
        Constraint::Collections,
        Constraint::ModifiedSince,
        Constraint::MaxAssets,
    ];
    constraints.extend(service.settings.date_as_time.then_some(Constraint::Time));
    let mut kinds: Vec<FacetKind> = Vec::new();
    for facet in &service.settings.facets {
        if !matches!(facet.kind, FacetKind::Other(_)) && !kinds.contains(&facet.kind) {
            kinds.push(facet.kind.clone());
        }
    }
    constraints.extend(kinds.into_iter().map(Constraint::Facet));
    constraints
}
