//! The archive `my-archive`: one JSON document with a record for each observation.
//!
//! `catalogue.rs` knows the archive's document, `mapping.rs` turns a record into an asset.

mod catalogue;
mod mapping;

use archway_plugin::types::{
    Asset, AssetBatch, AssetId, Constraint, Description, Error, Operation, SearchQuery,
};
use archway_plugin::{ArchivePlugin, AssetCursor, Host, SearchAnswer};

/// The plugin. It keeps nothing between calls; settings come from the host.
#[derive(Debug, Default)]
pub struct MyArchive;

impl ArchivePlugin for MyArchive {
    fn describe(&self, _host: &dyn Host) -> Result<Description, Error> {
        Ok(Description {
            push_down: vec![Constraint::Text],
            ..Description::new("A JSON catalogue", vec![Operation::Search, Operation::LookUp])
        })
    }

    fn search(&self, host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
        // The document is small, so it is read at once; only words are looked for here, and
        // the gateway applies everything else that was asked.
        let catalogue = catalogue::read(host)?;
        let not_applied = unapplied(&query);
        let words = query.text.unwrap_or_default().to_lowercase();
        let found = catalogue.records.iter().filter(|record| record.holds(&words));
        let assets: Vec<Asset> = found.map(|record| mapping::asset(record, &catalogue)).collect();
        let total = not_applied.is_empty().then_some(assets.len() as u64);
        let assets = Box::new(Found { assets: assets.into_iter() });
        Ok(SearchAnswer { assets, not_applied, ordered: false, total })
    }

    fn look_up(&self, host: &dyn Host, id: AssetId) -> Result<Asset, Error> {
        let catalogue = catalogue::read(host)?;
        let wanted = match id {
            AssetId::NativeId(id) => id,
            AssetId::Identifier(identifier) => return Err(Error::NotFound(identifier.value)),
        };
        let record = catalogue.records.iter().find(|record| record.id == wanted);
        record.map(|record| mapping::asset(record, &catalogue)).ok_or(Error::NotFound(wanted))
    }
}

/// What was asked and is not applied here.
fn unapplied(query: &SearchQuery) -> Vec<Constraint> {
    let mut all = Vec::new();
    if !query.collections.is_empty() {
        all.push(Constraint::Collections);
    }
    if query.region.is_some() {
        all.push(Constraint::Region);
    }
    if query.time.is_some() {
        all.push(Constraint::Time);
    }
    if query.wavelength_m.is_some() {
        all.push(Constraint::Wavelength);
    }
    if query.modified_since.is_some() {
        all.push(Constraint::ModifiedSince);
    }
    all.extend(query.facets.iter().map(|facet| Constraint::Facet(facet.kind.clone())));
    all.extend(query.filters.iter().map(|filter| Constraint::Filter(filter.key.clone())));
    all
}

/// Assets that are here already, given as they are pulled.
struct Found {
    assets: std::vec::IntoIter<Asset>,
}

impl AssetCursor for Found {
    fn next(&mut self, _host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        let assets: Vec<Asset> = self.assets.by_ref().take(max_assets as usize).collect();
        // The answer is short: for a next page the gateway asks again and passes over what it
        // has seen. A long one gives a `resume` that the search begins behind.
        Ok((!assets.is_empty()).then_some(AssetBatch { assets, resume: None }))
    }
}

archway_plugin::export!(MyArchive);

#[cfg(test)]
mod tests;
