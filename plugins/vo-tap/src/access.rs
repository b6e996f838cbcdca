//! Access: the ways to the bytes behind a row, or behind a table.
//!
//! Called by `lib.rs`. Calls `look_up.rs`, `datalink.rs`.
//! Rules: the row is asked for again, so that a link is never older than its use.

use archway_plugin::access::{AccessRequest, HttpWay, Parameter, Route, ServiceWay, Way};
use archway_plugin::http::Method;
use archway_plugin::tabular::ElementKind;
use archway_plugin::types::{Asset, AssetId, Location};
use archway_plugin::{Error, Host};

use crate::datalink;
use crate::look_up;
use crate::mapping::{Mapper, obscore, tables};
use crate::settings::Settings;
use crate::source::Assets;

pub(crate) fn access(host: &dyn Host, request: &AccessRequest) -> Result<Vec<Way>, Error> {
    let settings = Settings::of(host)?;
    let id = AssetId::NativeId(request.native_id.clone());
    let wanted = request.distribution_id.as_deref();
    let source = match Assets::of(host, &settings)? {
        Assets::Tables => {
            if wanted.is_some_and(|wanted| wanted != tables::ROWS) {
                return Err(no_distribution(request));
            }
            return Ok(vec![query_way(&settings, &tables::look_up(host, &settings, &id)?)]);
        }
        Assets::Rows(source) => source,
    };
    let mut make = |mapper: &Mapper, row: &archway_formats::votable::Row<'_>| {
        Some((mapper.asset(row)?, mapper.text(row, "access_url")))
    };
    let (asset, access_url) = look_up::row(host, &settings, &source, &id, &mut make)?;
    let mut ways = Vec::new();
    for distribution in &asset.distributions {
        if wanted.is_some_and(|wanted| wanted != distribution.distribution_id) {
            continue;
        }
        match (&distribution.location, &access_url) {
            (Location::Url(url), _) => ways.push(Way {
                route: Route::Http(http_way(url, &settings)),
                role: distribution.role.clone(),
                description: None,
                media_type: distribution.media_type.clone(),
                size: distribution.size,
                checksums: Vec::new(),
                expires: None,
            }),
            (Location::OnRequest, Some(url)) => {
                ways.extend(datalink::ways(
                    host,
                    &settings,
                    &obscore::unescaped(url),
                    &request.native_id,
                )?);
            }
            (Location::OnRequest, None) => {}
        }
    }
    if ways.is_empty() {
        return Err(no_distribution(request));
    }
    Ok(ways)
}

fn no_distribution(request: &AccessRequest) -> Error {
    let part = request.distribution_id.as_deref().unwrap_or("any");
    Error::NotFound(format!("{} (distribution {part})", request.native_id))
}

/// A plain GET. Whether ranges work is only known once somebody asks for one.
pub(crate) fn http_way(url: &str, settings: &Settings) -> HttpWay {
    HttpWay {
        method: Method::Get,
        url: url.to_owned(),
        headers: Vec::new(),
        credential: settings.credential.clone(),
        ranges: false,
    }
}

/// A table is reached by a query, of which the caller writes the text.
fn query_way(settings: &Settings, table: &Asset) -> Way {
    let parameter =
        |name: &str, description: &str, fixed: Option<&str>, required: bool| Parameter {
            name: name.to_owned(),
            element: ElementKind::Text,
            array_size: Some("*".to_owned()),
            unit: None,
            ucd: None,
            xtype: None,
            description: Some(description.to_owned()),
            required,
            fixed_value: fixed.map(str::to_owned),
            minimum: None,
            maximum: None,
            choices: Vec::new(),
        };
    let all =
        format!("An ADQL query; SELECT * FROM {} is the whole table.", table.identity.native_id);
    let service = ServiceWay {
        url: format!("{}/sync", settings.base_url),
        method: Method::Post,
        standard_id: Some("ivo://ivoa.net/std/TAP".to_owned()),
        title: Some("Query by TAP".to_owned()),
        parameters: vec![
            parameter("REQUEST", "What is asked for.", Some("doQuery"), true),
            parameter("LANG", "The language of the query.", Some(&settings.language), true),
            parameter("QUERY", &all, None, true),
            parameter("MAXREC", "Most rows.", None, false),
        ],
        credential: settings.credential.clone(),
        asynchronous: false,
    };
    Way {
        route: Route::Service(service),
        role: "#this".to_owned(),
        description: None,
        media_type: Some("application/x-votable+xml".to_owned()),
        size: None,
        checksums: Vec::new(),
        expires: None,
    }
}

#[cfg(test)]
mod tests;
