//! What an archive says of itself.

use archway_core::archive::{Collection, Description, Operation, QueryLanguage};

use super::archway::archive::types as wit;
use super::asset::{agent, extra, licence, term};
use super::checked::{
    Checked, LINE, Lie, NAME, PROSE, each, interval, name, some, some_instant, some_url, text,
};
use super::{coverage, question};

pub(super) fn description(description: wit::Description) -> Checked<Description> {
    if description.title.trim().is_empty() {
        return Err(Lie::new("description.title", "empty", "where something must be named"));
    }
    Ok(Description {
        title: text("description.title", description.title, LINE)?,
        description: some("description.description", description.description, PROSE)?,
        publisher: description.publisher.map(agent).transpose()?,
        homepage: some_url("description.homepage", description.homepage)?,
        licence: description.licence.map(licence).transpose()?,
        collections: each("description.collections", description.collections, collection)?,
        space: each("description.space", description.space, coverage::region)?,
        time: each("description.time", description.time, coverage::time_range)?,
        wavelength_m: each("description.wavelength-m", description.wavelength_m, |range| {
            interval("description.wavelength-m", range)
        })?,
        operations: description.operations.into_iter().map(operation).collect(),
        push_down: each("description.push-down", description.push_down, question::constraint)?,
        orders: description.orders.into_iter().map(question::order).collect(),
        languages: each("description.languages", description.languages, language)?,
        max_rows: description.max_rows,
        extras: each("description.extras", description.extras, extra)?,
    })
}

fn collection(collection: wit::Collection) -> Checked<Collection> {
    Ok(Collection {
        id: name("collection.id", collection.id)?,
        title: text("collection.title", collection.title, LINE)?,
        description: some("collection.description", collection.description, PROSE)?,
        product_types: each("collection.product-types", collection.product_types, term)?,
        assets: collection.assets,
        publisher: some("collection.publisher", collection.publisher, LINE)?,
        licence: collection.licence.map(licence).transpose()?,
        created: some_instant("collection.created", collection.created)?,
    })
}

fn operation(operation: wit::Operation) -> Operation {
    match operation {
        wit::Operation::Search => Operation::Search,
        wit::Operation::Harvest => Operation::Harvest,
        wit::Operation::LookUp => Operation::LookUp,
        wit::Operation::Access => Operation::Access,
        wit::Operation::Open => Operation::Open,
        wit::Operation::Decode => Operation::Decode,
        wit::Operation::Tables => Operation::Tables,
        wit::Operation::Query => Operation::Query,
    }
}

fn language(language: wit::QueryLanguage) -> Checked<QueryLanguage> {
    Ok(QueryLanguage {
        name: name("language.name", language.name)?,
        version: some("language.version", language.version, NAME)?,
        identifier: some("language.identifier", language.identifier, NAME)?,
    })
}
