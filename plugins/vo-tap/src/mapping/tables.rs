//! The tables of an archive as its assets, for archives that hold catalogues rather than
//! observations.
//!
//! Called by `search.rs`, `harvest.rs`, `look_up.rs`, `access.rs`. Calls `tables.rs`.
//! Rules: the list of tables is small, so words and collections are compared here; all
//! else a table cannot answer, and is left to the gateway.

use archway_formats::vosi::{TableDescription, TableKind};
use archway_plugin::types::{
    Asset, AssetBatch, AssetId, AssetKind, Availability, Change, ChangeBatch, Constraint,
    Distribution, Extra, Facet, Frame, Location, Region, SearchQuery, Shape, SpaceCoverage, Term,
    Value,
};
use archway_plugin::{AssetCursor, ChangeCursor, Error, Host, SearchAnswer};

use crate::settings::Settings;
use crate::tables;

/// Schemas that describe or keep the service itself.
const OWN_SCHEMAS: [&str; 5] =
    ["tap_schema", "tap_config", "tap_upload", "public", "information_schema"];

pub(crate) fn search(
    host: &dyn Host,
    settings: &Settings,
    query: &SearchQuery,
) -> Result<SearchAnswer, Error> {
    let mut not_applied = Vec::new();
    not_applied.extend(query.region.as_ref().map(|_| Constraint::Region));
    not_applied.extend(query.time.map(|_| Constraint::Time));
    not_applied.extend(query.wavelength_m.map(|_| Constraint::Wavelength));
    not_applied.extend(query.facets.iter().map(|filter| Constraint::Facet(filter.kind.clone())));
    not_applied.extend(query.filters.iter().map(|filter| Constraint::Filter(filter.key.clone())));
    not_applied.extend(query.modified_since.map(|_| Constraint::ModifiedSince));
    let words: Vec<String> =
        query.text.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
    let tables = all(host, settings)?;
    let after = query.after.as_ref().map(|token| String::from_utf8_lossy(token).into_owned());
    if after.as_ref().is_some_and(|after| tables.iter().all(|table| table.name != *after)) {
        let words = "the continuation is not one that this plugin gave";
        return Err(Error::invalid_part("after", words));
    }
    let fits = |table: &TableDescription| {
        let text = [Some(&table.name), table.title.as_ref(), table.description.as_ref()]
            .into_iter()
            .flatten();
        let text = text
            .chain(settings.facets.iter().map(|(_, term)| term))
            .map(|part| part.to_lowercase())
            .collect::<Vec<_>>();
        words.iter().all(|word| text.iter().any(|part| part.contains(word)))
            && (query.collections.is_empty()
                || query.collections.contains(&collection(table, settings)))
            && after.as_ref().is_none_or(|after| table.name > *after)
    };
    let mut found: Vec<TableDescription> = tables.into_iter().filter(fits).collect();
    let total = if query.after.is_none() && not_applied.is_empty() {
        Some(found.len() as u64)
    } else {
        None
    };
    if let Some(most) = query.max_assets.filter(|_| not_applied.is_empty()) {
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    }
    let ordered = query.order == archway_plugin::types::Order::Stable;
    let tables = found.into_iter();
    Ok(SearchAnswer {
        assets: Box::new(Tables { settings: settings.clone(), tables }),
        not_applied,
        ordered,
        total,
    })
}

pub(crate) fn harvest(
    host: &dyn Host,
    settings: &Settings,
) -> Result<Box<dyn ChangeCursor>, Error> {
    let tables = all(host, settings)?.into_iter();
    Ok(Box::new(Tables { settings: settings.clone(), tables }))
}

pub(crate) fn look_up(host: &dyn Host, settings: &Settings, id: &AssetId) -> Result<Asset, Error> {
    let name = match id {
        AssetId::NativeId(name) => name,
        AssetId::Identifier(identifier) => return Err(Error::NotFound(identifier.value.clone())),
    };
    let found = tables::list(host, settings, std::slice::from_ref(name), false)?;
    let table =
        found.into_iter().find(|table| is_asset(table) && table.name.eq_ignore_ascii_case(name));
    table.map(|table| asset(&table, settings)).ok_or_else(|| Error::NotFound(name.clone()))
}

/// All tables that are assets, by name.
fn all(host: &dyn Host, settings: &Settings) -> Result<Vec<TableDescription>, Error> {
    let mut tables = tables::list(host, settings, &[], true)?;
    tables.retain(is_asset);
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    tables.dedup_by(|a, b| a.name == b.name);
    Ok(tables)
}

fn is_asset(table: &TableDescription) -> bool {
    let schema = table
        .schema
        .clone()
        .or_else(|| table.name.split_once('.').map(|(schema, _)| schema.to_owned()));
    let is_own =
        schema.is_some_and(|schema| OWN_SCHEMAS.contains(&schema.to_ascii_lowercase().as_str()));
    !is_own && table.kind != TableKind::Output && !table.name.is_empty()
}

fn collection(table: &TableDescription, settings: &Settings) -> String {
    let schema = table.schema.as_deref().filter(|schema| !schema.is_empty());
    let schema = schema.or_else(|| table.name.split_once('.').map(|(schema, _)| schema));
    settings.collection.as_deref().or(schema).unwrap_or(settings.fallback_collection()).to_owned()
}

/// Identifier of a table's only distribution: the query that gives all of it.
pub(crate) const ROWS: &str = "rows";

pub(crate) fn asset(table: &TableDescription, settings: &Settings) -> Asset {
    let title = table.title.clone().unwrap_or_else(|| table.name.clone());
    let mut asset = Asset::new(table.name.clone(), collection(table, settings), title);
    asset.identity.kind = AssetKind::Catalogue;
    asset.summary.description = table.description.as_deref().map(one_line);
    let term = Term {
        vocabulary: "ivoa:product-type".to_owned(),
        term: "measurements".to_owned(),
        label: None,
    };
    asset.summary.product_type = Some(term);
    asset.rights.licence = settings.licence.clone();
    asset.rights.acknowledgement = settings.acknowledgement.clone();
    if settings.all_sky {
        asset.space.push(SpaceCoverage {
            region: Region { frame: Frame::Icrs, shape: Shape::WholeSphere },
            field_of_view_deg: None,
            resolution_arcsec: None,
            resolution_m: None,
            pixels: Vec::new(),
            native: None,
        });
    }
    let facets = settings.facets.iter();
    asset.facets = facets
        .map(|(kind, term)| Facet { kind: kind.clone(), term: term.clone(), label: None })
        .collect();
    asset.distributions.push(Distribution {
        distribution_id: ROWS.to_owned(),
        role: "#this".to_owned(),
        location: Location::OnRequest,
        media_type: Some("application/x-votable+xml".to_owned()),
        format: Some("votable".to_owned()),
        encodings: Vec::new(),
        size: None,
        checksums: Vec::new(),
        file_name: None,
        modified: None,
        availability: Availability::Online,
        provider: None,
    });
    let mut extra = |name: &str, value: Option<Value>| {
        asset.extras.extend(value.map(|value| Extra { key: format!("tap:{name}"), value }));
    };
    let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    extra("table-utype", table.utype.clone().map(Value::Text));
    extra("table-rows", table.rows.map(integer));
    extra("table-size-bytes", table.size_bytes.map(integer));
    let columns = (!table.columns.is_empty())
        .then(|| table.columns.iter().map(|column| column.name.clone()).collect());
    extra("columns", columns.map(Value::Texts));
    asset
}

/// Descriptions come with the line breaks and the indentation of somebody's file.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Tables {
    settings: Settings,
    tables: std::vec::IntoIter<TableDescription>,
}

impl Tables {
    fn batch(&mut self, most: u32) -> Vec<Asset> {
        self.tables
            .by_ref()
            .take(most as usize)
            .map(|table| asset(&table, &self.settings))
            .collect()
    }
}

impl AssetCursor for Tables {
    fn next(&mut self, _host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        let assets = self.batch(max_assets);
        let resume = assets.last().map(|asset| asset.identity.native_id.clone().into_bytes());
        Ok(resume.map(|resume| AssetBatch { assets, resume: Some(resume) }))
    }
}

impl ChangeCursor for Tables {
    /// The list is read as a whole each time, so there is nothing to go on behind.
    fn next(&mut self, _host: &dyn Host, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        let changes: Vec<_> = self.batch(max_changes).into_iter().map(Change::Upsert).collect();
        Ok((!changes.is_empty()).then(|| ChangeBatch { changes, resume: b"{}".to_vec() }))
    }
}

#[cfg(test)]
mod tests;
