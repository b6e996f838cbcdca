//! What the archive is: from its settings, and from a look at its first folder.
//!
//! Called by `lib.rs`. Rules: an archive that is down, or whose name nobody knows, fails here,
//! so that the gateway says so beside its name.

use archway_plugin::types::{
    Agent, AgentRole, Collection, Constraint, Description, Extra, FacetKind, Operation, Order,
    Term, TimeRange, Value,
};
use archway_plugin::{Error, Host};

use crate::plan::{self, Direction, Plan};
use crate::servers::Servers;
use crate::settings::Settings;

pub(crate) fn describe(host: &dyn Host) -> Result<Description, Error> {
    let settings = Settings::of(host)?;
    is_there(host, &settings)?;
    let operations =
        vec![Operation::Search, Operation::Harvest, Operation::LookUp, Operation::Access];
    let title = settings.title.clone().unwrap_or_else(|| provider(&settings));
    let mut description = Description::new(title, operations);
    description.description.clone_from(&settings.description);
    description.publisher = settings.publisher.clone().map(|name| Agent {
        name,
        role: AgentRole::Publisher,
        identifier: None,
        affiliation: None,
    });
    description.homepage.clone_from(&settings.homepage);
    description.licence.clone_from(&settings.licence);
    description.collections = collections(&settings);
    if !settings.is_tree() {
        description.time =
            vec![TimeRange { start: Some(settings.from.start_us()), end: settings.until_us }];
        description.extras.push(Extra {
            key: "gnss:default-days".to_owned(),
            value: Value::Integer(settings.default_days),
        });
    }
    description.push_down = [
        FacetKind::Category,
        FacetKind::Organization,
        FacetKind::Domain,
        FacetKind::Mission,
        FacetKind::Instrument,
        FacetKind::Characteristic,
        FacetKind::Tag,
        FacetKind::Station,
        FacetKind::Constellation,
    ]
    .into_iter()
    .map(Constraint::Facet)
    .collect();
    description.push_down.push(Constraint::Collections);
    description.orders = vec![Order::Stable];
    Ok(description)
}

fn provider(settings: &Settings) -> String {
    settings.servers.first().map(|server| server.provider.clone()).unwrap_or_default()
}

fn collections(settings: &Settings) -> Vec<Collection> {
    let term = |kind: &crate::kinds::Kind| Term {
        vocabulary: "local".to_owned(),
        term: kind.term().to_owned(),
        label: Some(kind.label().to_owned()),
    };
    let product_types: Vec<Term> = settings.kinds.iter().map(term).collect();
    let mut all: Vec<Collection> = settings
        .collections
        .declared
        .iter()
        .map(|collection| Collection {
            id: collection.id.clone(),
            title: collection.title.clone(),
            description: collection.description.clone(),
            product_types: product_types.clone(),
            assets: None,
            publisher: collection.publisher.clone(),
            licence: collection.licence.clone(),
            created: collection.created_us,
        })
        .collect();
    if let Some(other) = &settings.collections.other
        && !all.iter().any(|known| known.id == *other)
    {
        all.push(Collection {
            id: other.clone(),
            title: other.clone(),
            description: None,
            product_types,
            assets: None,
            publisher: None,
            licence: None,
            created: None,
        });
    }
    all
}

/// Asks the archive's own server for a folder, which need not be there.
fn is_there(host: &dyn Host, settings: &Settings) -> Result<(), Error> {
    let servers = Servers::new(settings)?;
    let Some(own) = settings.servers.first() else { return Ok(()) };
    if own.folders.is_empty() {
        return match servers.list(host, 0, "")? {
            Some(_) => Ok(()),
            None => Err(Error::NotFound(servers.location(0, "").unwrap_or_default())),
        };
    }
    let end_us = settings.end_us(host);
    let plan = Plan::new(settings, end_us, end_us, Direction::LatestFirst);
    let Some(slot) = plan.peek() else { return Ok(()) };
    match plan::paths(&own.folders, slot).first() {
        Some((folder, files)) if files.is_empty() => servers.list(host, 0, folder).map(|_| ()),
        Some((folder, files)) => {
            servers.ask_for(host, 0, folder, files.get(..1).unwrap_or_default()).map(|_| ())
        }
        None => Ok(()),
    }
}
