//! The short words both surfaces use of an asset.

use std::collections::BTreeMap;

use archway_core::asset::{
    Agent, AgentRole, Asset, AssetKind, Availability, Distribution, Location,
};
use archway_core::discovery::visibility_name;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What one segment of a path, or a value of a query, keeps as it is (RFC 3986, unreserved).
pub(crate) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

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

/// Whether the record names a file of its own that can be had at once.
pub(crate) fn has_content(asset: &Asset) -> bool {
    own_file(asset).is_some()
}

/// Returns what the file that `content` gives is called, as far as the record says.
pub(crate) fn file_name(asset: &Asset) -> Option<&str> {
    let file = own_file(asset)?;
    let of_location = || match &file.location {
        Location::Url(url) => url.split(['?', '#']).next()?.rsplit('/').next(),
        Location::OnRequest => None,
    };
    file.file_name.as_deref().or_else(of_location).filter(|name| !name.is_empty())
}

fn own_file(asset: &Asset) -> Option<&Distribution> {
    let online = |own: &&Distribution| own.availability == Availability::Online;
    asset.distributions.iter().filter(|own| own.is_asset_itself()).find(online)
}

/// Returns the path at which the gateway gives the bytes of an asset, or of one distribution.
pub(crate) fn content_path(id: &str, distribution: Option<&str>) -> String {
    let path = format!("/api/v1/assets/{}/content", utf8_percent_encode(id, UNRESERVED));
    match distribution {
        Some(own) => format!("{path}?distribution={}", utf8_percent_encode(own, UNRESERVED)),
        None => path,
    }
}

/// Returns the terms of every facet by its name: those the asset carries, and those that are
/// read from its fields (`archive`, `collection`, `format`, `licence`, `product-type`, `visibility`).
pub(crate) fn facets(asset: &Asset) -> BTreeMap<String, Vec<String>> {
    let mut facets = BTreeMap::<String, Vec<String>>::new();
    let mut add = |name: &str, term: &str| {
        let terms = facets.entry(name.to_owned()).or_default();
        if !terms.iter().any(|own| own == term) {
            terms.push(term.to_owned());
        }
    };
    for facet in &asset.facets {
        add(facet.kind.name(), &facet.term);
    }
    add("archive", asset.id.archive.as_str());
    add("collection", &collection(asset));
    add("visibility", visibility_name(asset.rights.visibility));
    if let Some(product) = &asset.summary.product_type {
        add("product-type", &product.term);
    }
    let licence = asset.rights.licence.as_ref();
    if let Some(licence) = licence.and_then(|own| own.spdx.as_ref().or(own.text.as_ref())) {
        add("licence", licence);
    }
    for format in asset.distributions.iter().filter_map(|own| own.format.as_ref()) {
        add("format", format);
    }
    facets
}
