//! Look-up: one row by its identifier.

use archway_formats::votable::Row;
use archway_plugin::types::{Asset, AssetId};
use archway_plugin::{Error, Host};

use crate::adql;
use crate::mapping::{Mapper, tables};
use crate::paging::{Ordering, Pages};
use crate::settings::Settings;
use crate::source::{Assets, Source};

pub(crate) fn look_up(host: &dyn Host, id: &AssetId) -> Result<Asset, Error> {
    let settings = Settings::of(host)?;
    match Assets::of(host, &settings)? {
        Assets::Tables => tables::look_up(host, &settings, id),
        Assets::Rows(source) => {
            row(host, &settings, &source, id, &mut |mapper, row| mapper.asset(row))
        }
    }
}

/// Finds the row of an identifier and makes something of it.
pub(crate) fn row<T>(
    host: &dyn Host,
    settings: &Settings,
    source: &Source,
    id: &AssetId,
    make: &mut dyn FnMut(&Mapper, &Row<'_>) -> Option<T>,
) -> Result<T, Error> {
    let (value, scheme) = match id {
        AssetId::NativeId(value) => (value, None),
        AssetId::Identifier(identifier) => (&identifier.value, Some(identifier.scheme.as_str())),
    };
    let not_found = || Error::NotFound(value.clone());
    let names: &[&str] = match scheme {
        None => &["obs_publisher_did", "obs_id"],
        Some("ivoid" | "ivo" | "did" | "publisher-did") => &["obs_publisher_did"],
        Some("creator-did") => &["obs_creator_did"],
        Some("observation-id" | "obs-id") => &["obs_id"],
        // ObsCore has no column for others.
        Some(_) => return Err(not_found()),
    };
    for column in names.iter().filter_map(|name| source.column(name)).map(|(sql, _)| sql) {
        let mut found = None;
        let mut read = |literal: &str| {
            let condition = vec![format!("{column} = {literal}")];
            let mut pages =
                Pages::new(settings.clone(), source.clone(), condition, Ordering::Identifier)
                    .bounded(Some(1), 1);
            pages.read(host, &mut |mapper, row| found = make(mapper, row))
        };
        match (read(&adql::text(value)), value.parse::<i64>()) {
            // Some archives do not compare a column of numbers with a text.
            (Err(Error::InvalidQuery(_)), Ok(number)) => read(&number.to_string())?,
            (read, _) => read?,
        };
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(not_found())
}
