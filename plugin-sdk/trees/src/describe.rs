//! What the settings say of the archive.

use archway_plugin::types::{
    Agent, AgentRole, Collection, Constraint, Description, FacetKind, Operation, Order, Term,
};
use archway_plugin::{Error, Host};

use crate::archive::TreeArchive;
use crate::rules::Place;

pub(crate) fn describe(archive: &TreeArchive, host: &dyn Host) -> Result<Description, Error> {
    let settings = &archive.settings;
    archive.list(host, archive.tree.root())?;
    let title =
        settings.title.clone().unwrap_or_else(|| archive.tree.location(archive.tree.root()));
    let operations =
        vec![Operation::Search, Operation::Harvest, Operation::LookUp, Operation::Access];
    let mut description = Description::new(title, operations);
    description.description = settings.description.clone();
    description.homepage = settings.homepage.clone();
    description.licence = settings.licence.clone();
    description.publisher = settings.publisher.clone().map(|name| Agent {
        name,
        role: AgentRole::Publisher,
        identifier: None,
        affiliation: None,
    });
    for (number, collection) in settings.rules.collections.iter().enumerate() {
        let mut product_types: Vec<Term> = Vec::new();
        for rule in settings.rules.rules.iter().filter(|rule| rule.collection == number) {
            if let Some(term) = &rule.product_type
                && !product_types.contains(term)
            {
                product_types.push(term.clone());
            }
        }
        description.collections.push(Collection {
            id: collection.id.clone(),
            title: collection.title.clone(),
            description: collection.description.clone(),
            product_types,
            assets: None,
            publisher: collection.publisher.clone(),
            licence: collection.licence.clone(),
            created: collection.created_us,
        });
    }
    let rules = || settings.rules.rules.iter().filter(|rule| !rule.skip);
    // Where every rule says where, the archive has nothing elsewhere.
    if rules().all(|rule| matches!(rule.place, Place::Fixed(_))) {
        for rule in rules() {
            if let Place::Fixed(region) = &rule.place
                && !description.space.contains(region)
            {
                description.space.push(region.clone());
            }
        }
    }
    description.push_down = vec![
        Constraint::Text,
        Constraint::Collections,
        Constraint::ModifiedSince,
        Constraint::MaxAssets,
    ];
    if settings.rules.times_are_utc() {
        description.push_down.push(Constraint::Time);
    }
    let mut kinds: Vec<FacetKind> = Vec::new();
    for (kind, _) in rules().flat_map(|rule| &rule.facets) {
        if !kinds.contains(kind) {
            kinds.push(kind.clone());
        }
    }
    description.push_down.extend(kinds.into_iter().map(Constraint::Facet));
    description.orders = vec![Order::Stable];
    Ok(description)
}
