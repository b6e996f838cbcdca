//! The short words both surfaces use of an asset.

use archway_core::asset::{Agent, AgentRole, Asset, AssetKind, Availability, Visibility};

/// Returns the word for what sort of thing an asset is.
pub(crate) fn kind(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Dataset => "dataset",
        AssetKind::Observation => "observation",
        AssetKind::Catalogue => "catalogue",
        AssetKind::Service => "service",
        AssetKind::Software => "software",
        AssetKind::Document => "document",
        AssetKind::Container => "container",
        AssetKind::Facility => "facility",
        AssetKind::Environment => "environment",
        AssetKind::Workflow => "workflow",
        AssetKind::VirtualAsset => "virtual-asset",
    }
}

/// Returns the word for who may have an asset.
pub(crate) fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Shared => "shared",
        Visibility::Restricted => "restricted",
        Visibility::Embargoed => "embargoed",
    }
}

/// Returns the word for how quickly bytes can be had.
pub(crate) fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::Online => "online",
        Availability::Nearline => "nearline",
        Availability::Offline => "offline",
    }
}

/// Returns the word for what an agent did.
pub(crate) fn role(role: AgentRole) -> &'static str {
    match role {
        AgentRole::Creator => "creator",
        AgentRole::PrincipalInvestigator => "principal-investigator",
        AgentRole::Observer => "observer",
        AgentRole::Publisher => "publisher",
        AgentRole::Producer => "producer",
        AgentRole::Processor => "processor",
        AgentRole::Distributor => "distributor",
        AgentRole::Contributor => "contributor",
        AgentRole::Funder => "funder",
        AgentRole::RightsHolder => "rights-holder",
        AgentRole::Contact => "contact",
    }
}

/// Returns the name of the first publisher.
pub(crate) fn publisher(asset: &Asset) -> Option<&str> {
    let publishes = |agent: &&Agent| agent.role == AgentRole::Publisher;
    asset.summary.agents.iter().find(publishes).map(|agent| agent.name.as_str())
}

/// Returns the collection with its archive, which alone makes it unique.
pub(crate) fn collection(asset: &Asset) -> String {
    format!("{}/{}", asset.id.archive, asset.identity.collection)
}

pub(crate) fn time_span(asset: &Asset) -> Option<archway_core::coverage::TimeRange> {
    asset.time.first().map(|time| time.range)
}

pub(crate) fn size_bytes(asset: &Asset) -> Option<u64> {
    asset.distributions.iter().filter_map(|d| d.size).map(|s| s.bytes).reduce(u64::saturating_add)
}

pub(crate) fn position(asset: &Asset) -> Option<archway_core::coverage::Position> {
    use archway_core::coverage::Shape;
    asset.space.iter().find_map(|space| match &space.region.shape {
        Shape::Point(position) => Some(*position),
        Shape::Circle(circle) => Some(circle.centre),
        _ => None,
    })
}

pub(crate) fn facets(asset: &Asset) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut facets = std::collections::BTreeMap::<String, Vec<String>>::new();
    for facet in &asset.facets {
        facets.entry(facet.kind.name().to_owned()).or_default().push(facet.term.clone());
    }
    facets
}
