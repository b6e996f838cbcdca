//! Look-up: one node by its identifier, or by its path.

use archway_plugin::types::{Asset, AssetId};
use archway_plugin::{Error, Host};

use crate::mapping;
use crate::service::Service;

pub(crate) fn look_up(host: &dyn Host, id: &AssetId) -> Result<Asset, Error> {
    let text = match id {
        AssetId::NativeId(text) => text,
        AssetId::Identifier(identifier) if identifier.scheme == "vos" => &identifier.value,
        AssetId::Identifier(identifier) => return Err(Error::NotFound(identifier.value.clone())),
    };
    let service = Service::of(host)?;
    let not_found = || Error::NotFound(text.clone());
    let uri = service.node_uri(text).ok_or_else(not_found)?;
    // What lies beside the root is not of this archive.
    if !service.covers(&uri) {
        return Err(not_found());
    }
    let (node, document) = service.node(host, &uri).map_err(|error| match error {
        // A path through a link, or through a file, leads to no node.
        Error::InvalidQuery(_) | Error::NotFound(_) => not_found(),
        other => other,
    })?;
    Ok(mapping::asset(&service, &node, &uri, Some(document)))
}
