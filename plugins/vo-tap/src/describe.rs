//! What the archive is and can do: its VOSI capabilities, its ObsCore table, its collections.
//!
//! Called by `lib.rs`. Rules: a description is worth giving even where the archive is
//! silent about itself; only an archive that is down, or refuses, fails.

use std::collections::BTreeSet;

use archway_formats::vosi::{Amount, Capabilities, TableAccess};
use archway_plugin::host::Level;
use archway_plugin::types::{
    Agent, AgentRole, Collection, Constraint, Description, Extra, FacetKind, Frame, Operation,
    QueryLanguage, Region, Shape, Value,
};
use archway_plugin::{Error, Host};

use crate::adql;
use crate::reply;
use crate::search;
use crate::settings::{RegionSupport, Settings};
use crate::source::{Assets, Expression, Source};
use crate::tap;

/// More collections than these are not listed.
const MOST_COLLECTIONS: u64 = 1000;

pub(crate) fn describe(host: &dyn Host) -> Result<Description, Error> {
    let settings = Settings::of(host)?;
    let access = capabilities(host, &settings)?;
    let assets = Assets::of(host, &settings)?;
    let mut description = Description {
        title: settings.title.clone().unwrap_or_else(|| settings.base_url.clone()),
        description: settings.description.clone(),
        publisher: settings.publisher.clone().map(|name| Agent {
            name,
            role: AgentRole::Publisher,
            identifier: None,
            affiliation: None,
        }),
        homepage: settings.homepage.clone(),
        licence: settings.licence.clone(),
        collections: Vec::new(),
        space: Vec::new(),
        time: Vec::new(),
        wavelength_m: Vec::new(),
        operations: vec![
            Operation::Search,
            Operation::Harvest,
            Operation::LookUp,
            Operation::Access,
            Operation::Tables,
            Operation::Query,
        ],
        push_down: Vec::new(),
        orders: Vec::new(),
        languages: languages(&settings, &access),
        max_rows: access.output_limit.hard.and_then(rows),
        extras: extras(&access),
    };
    match &assets {
        Assets::Tables => {
            description.push_down =
                vec![Constraint::Text, Constraint::Collections, Constraint::MaxAssets];
            description.orders = vec![archway_plugin::types::Order::Stable];
            if settings.all_sky {
                description.space.push(Region { frame: Frame::Icrs, shape: Shape::WholeSphere });
            }
        }
        Assets::Rows(source) => {
            description.push_down = push_down(source);
            description.orders = search::orders(&settings, source);
            description.collections = collections(host, &settings, source)?;
        }
    }
    Ok(description)
}

fn capabilities(host: &dyn Host, settings: &Settings) -> Result<TableAccess, Error> {
    let request = tap::resource(settings, "capabilities");
    let asked = request.as_wit().url.clone();
    let read = || {
        let body = reply::body(host.send(request)?, &asked, settings.credential.as_deref())?;
        Capabilities::read(body, &archway_formats::Limits::default())
            .map_err(|e| reply::error(e, &asked))
    };
    match read() {
        Ok(capabilities) => {
            let tap = capabilities.of("ivo://ivoa.net/std/TAP").cloned();
            Ok(tap.and_then(|capability| capability.table_access).unwrap_or_default())
        }
        Err(error @ (Error::NotFound(_) | Error::InvalidQuery(_) | Error::MalformedReply(_))) => {
            host.log(
                Level::Warning,
                "the archive does not describe its capabilities",
                &[("error", error.to_string())],
            );
            Ok(TableAccess::default())
        }
        Err(error) => Err(error),
    }
}

fn languages(settings: &Settings, access: &TableAccess) -> Vec<QueryLanguage> {
    let declared = access.languages.iter().flat_map(|language| {
        let one = |version: Option<&(String, Option<String>)>| QueryLanguage {
            name: language.name.clone(),
            version: version.map(|(version, _)| version.clone()),
            identifier: version.and_then(|(_, identifier)| identifier.clone()),
        };
        let versions: Vec<_> = language.versions.iter().map(|version| one(Some(version))).collect();
        if versions.is_empty() { vec![one(None)] } else { versions }
    });
    let mut languages: Vec<_> = declared.collect();
    if languages.is_empty() {
        languages.push(QueryLanguage {
            name: settings.language.clone(),
            version: None,
            identifier: None,
        });
    }
    languages
}

fn rows(amount: Amount) -> Option<u64> {
    match amount {
        Amount::Rows(rows) => Some(rows),
        Amount::Bytes(_) | Amount::Seconds(_) => None,
    }
}

/// What a caller may want to know and the description has no field for.
fn extras(access: &TableAccess) -> Vec<Extra> {
    let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let mut extras = Vec::new();
    let mut add = |name: &str, value: Option<Value>| {
        extras.extend(value.map(|value| Extra { key: format!("tap:{name}"), value }));
    };
    let uploads = access
        .upload_methods
        .iter()
        .filter_map(|id| id.rsplit_once('#'))
        .map(|(_, method)| method.to_owned());
    let uploads: Vec<String> = uploads.collect();
    add("upload-methods", (!uploads.is_empty()).then_some(Value::Texts(uploads)));
    let functions: BTreeSet<String> = access
        .languages
        .iter()
        .flat_map(|language| &language.features)
        .filter(|feature| feature.kind.ends_with("#features-adqlgeo"))
        .map(|feature| feature.form.clone())
        .collect();
    add("geometry", (!functions.is_empty()).then(|| Value::Texts(functions.into_iter().collect())));
    add("default-rows", access.output_limit.default.and_then(rows).map(integer));
    add("job-limit-s", access.execution_s.hard.map(|amount| integer(amount.value())));
    add("job-kept-s", access.retention_s.default.map(|amount| integer(amount.value())));
    extras
}

/// The constraints that become conditions of a query.
fn push_down(source: &Source) -> Vec<Constraint> {
    let has = |name: &str| source.column(name).is_some();
    let mut constraints = vec![Constraint::Text, Constraint::Collections, Constraint::MaxAssets];
    let area = has("s_region") && source.region == RegionSupport::Intersects;
    constraints.extend((area || (has("s_ra") && has("s_dec"))).then_some(Constraint::Region));
    constraints.extend((has("t_min") && has("t_max")).then_some(Constraint::Time));
    constraints.extend((has("em_min") && has("em_max")).then_some(Constraint::Wavelength));
    constraints.extend(has("modified").then_some(Constraint::ModifiedSince));
    let facets =
        [FacetKind::Mission, FacetKind::Instrument, FacetKind::Target, FacetKind::Category];
    for kind in facets {
        let column =
            adql::facet_column(&kind).is_some_and(|name| source.expression(name).is_some());
        constraints.extend(column.then_some(Constraint::Facet(kind)));
    }
    constraints
        .extend((has("em_min") && has("em_max")).then_some(Constraint::Facet(FacetKind::Waveband)));
    constraints.extend(has("calib_level").then_some(Constraint::Facet(FacetKind::ProcessingLevel)));
    constraints
}

fn collections(
    host: &dyn Host,
    settings: &Settings,
    source: &Source,
) -> Result<Vec<Collection>, Error> {
    let collection = |id: String| Collection {
        title: id.clone(),
        id,
        description: None,
        product_types: Vec::new(),
        assets: None,
        publisher: None,
        licence: None,
        created: None,
    };
    let column = match source.expression("obs_collection") {
        Some(Expression::Column { sql, .. }) if settings.collections => sql,
        Some(Expression::Constant(name)) => return Ok(vec![collection(name.clone())]),
        Some(Expression::Column { .. } | Expression::Template(_)) => return Ok(Vec::new()),
        None => return Ok(vec![collection(settings.fallback_collection().to_owned())]),
    };
    let query = format!("SELECT DISTINCT TOP {MOST_COLLECTIONS} {column} FROM {}", source.table);
    let read = || {
        let mut names = BTreeSet::new();
        let mut table = tap::sync(host, settings, &query, Some(MOST_COLLECTIONS))?;
        while let Some(row) = table.next_row().map_err(|e| reply::error(e, &query))? {
            names.extend(
                row.value(0)
                    .as_str()
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty()),
            );
        }
        Ok(names)
    };
    match read() {
        // A list that may be cut would say that the rest is not there.
        Ok(names) if names.len() as u64 >= MOST_COLLECTIONS => Ok(Vec::new()),
        Ok(names) => Ok(names.into_iter().map(collection).collect()),
        Err(error @ (Error::Denied(_) | Error::Unauthorised(_))) => Err(error),
        Err(error) => {
            host.log(
                Level::Warning,
                "the archive does not list its collections",
                &[("error", error.to_string())],
            );
            Ok(Vec::new())
        }
    }
}
