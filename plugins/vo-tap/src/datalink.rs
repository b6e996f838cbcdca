//! A DataLink document as ways to the bytes (DataLink 1.1, 3 and 4).
//!
//! Called by `access.rs`. Rules: a row is a link, a service, or a failure; failures are
//! told only where nothing else is there.

use archway_formats::votable::{Field, MetaResource, Param};
use archway_plugin::access::{Parameter, Route, ServiceWay, Way};
use archway_plugin::host::Level;
use archway_plugin::http::Method;
use archway_plugin::types::{RefusalReason, Size, SizeQuality};
use archway_plugin::{Error, Host, Request};

use crate::access::http_way;
use crate::job::resolve;
use crate::reply;
use crate::settings::Settings;
use crate::tables;

/// A dataset has some links, not thousands.
const MOST_LINKS: usize = 1000;

/// One row of the document.
#[derive(Default)]
struct Link {
    access_url: Option<String>,
    service: Option<String>,
    failure: Option<String>,
    description: Option<String>,
    semantics: Option<String>,
    media_type: Option<String>,
    bytes: Option<u64>,
    /// All cells as text, for the parameters of services that refer to them.
    cells: Vec<Option<String>>,
}

/// Reads the document of one dataset.
pub(crate) fn ways(
    host: &dyn Host,
    settings: &Settings,
    url: &str,
    native_id: &str,
) -> Result<Vec<Way>, Error> {
    let request = Request::get(url).credential(settings.credential.clone());
    let mut table = reply::table(host.send(request)?, url, settings.credential.as_deref())?;
    let fields = table.head().fields().to_vec();
    let mut links = Vec::new();
    while let Some(row) = table.next_row().map_err(|e| reply::error(e, url))? {
        if links.len() >= MOST_LINKS {
            host.log(
                Level::Warning,
                "a DataLink document has too many links; the rest is left out",
                &[("url", url.to_owned())],
            );
            break;
        }
        let cells: Vec<_> = row.values().map(cell).collect();
        links.push(link(&fields, cells));
    }
    let head_meta = table.head().meta.clone();
    let trailer = table.finish().map_err(|e| reply::error(e, url))?;
    let meta: Vec<MetaResource> = head_meta.into_iter().chain(trailer.meta).collect();
    let mut ways = Vec::new();
    let mut failure = None;
    for link in links {
        match way(&link, &fields, &meta, url, settings) {
            Some(way) => ways.push(way),
            None => failure = failure.or(link.failure),
        }
    }
    match failure {
        Some(failure) if ways.is_empty() => Err(fault(&failure, native_id, settings)),
        _ => Ok(ways),
    }
}

fn cell(value: archway_formats::votable::Value<'_>) -> Option<String> {
    let text = value.as_str().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let whole = || value.as_i64().map(|number| number.to_string());
    text.or_else(whole).or_else(|| value.as_f64().map(|number| number.to_string()))
}

fn link(fields: &[Field], cells: Vec<Option<String>>) -> Link {
    let named = |name: &str| {
        let at = fields.iter().position(|field| field.name.eq_ignore_ascii_case(name))?;
        cells.get(at).cloned().flatten()
    };
    Link {
        access_url: named("access_url"),
        service: named("service_def"),
        failure: named("error_message"),
        description: named("description"),
        semantics: named("semantics"),
        media_type: named("content_type"),
        bytes: named("content_length").and_then(|bytes| bytes.parse().ok()),
        cells,
    }
}

fn way(
    link: &Link,
    fields: &[Field],
    meta: &[MetaResource],
    base: &str,
    settings: &Settings,
) -> Option<Way> {
    let route = match (&link.access_url, &link.service) {
        (Some(url), _) => Route::Http(http_way(&resolve(base, url)?, settings)),
        (None, Some(id)) => {
            let resource = meta.iter().find(|meta| meta.resource.id.as_deref() == Some(id))?;
            Route::Service(service(resource, fields, &link.cells, base, settings)?)
        }
        (None, None) => return None,
    };
    let role = link.semantics.as_deref().unwrap_or("#this");
    // Terms come with or without the vocabulary before them.
    let role =
        role.rsplit_once('#').map_or_else(|| role.to_owned(), |(_, term)| format!("#{term}"));
    Some(Way {
        route,
        role,
        description: link.description.clone(),
        media_type: link.media_type.clone(),
        size: link.bytes.map(|bytes| Size { bytes, quality: SizeQuality::Exact }),
        checksums: Vec::new(),
        expires: None,
    })
}

/// A service descriptor, with the values of the row it stands in.
fn service(
    resource: &MetaResource,
    fields: &[Field],
    cells: &[Option<String>],
    base: &str,
    settings: &Settings,
) -> Option<ServiceWay> {
    let url = resolve(base, resource.param("accessURL")?)?;
    let standard_id = resource.param("standardID").map(str::to_owned);
    let inputs = resource.groups.iter().find(|group| group.name.as_deref() == Some("inputParams"));
    let parameters = inputs
        .into_iter()
        .flat_map(|group| &group.params)
        .map(|param| parameter(param, fields, cells))
        .collect();
    let asynchronous =
        standard_id.as_deref().is_some_and(|id| id.to_ascii_lowercase().contains("#async"));
    Some(ServiceWay {
        url,
        method: Method::Get,
        standard_id,
        title: resource.resource.name.clone().or_else(|| resource.resource.description.clone()),
        parameters,
        credential: settings.credential.clone(),
        asynchronous,
    })
}

fn parameter(param: &Param, fields: &[Field], cells: &[Option<String>]) -> Parameter {
    let field = tables::field(&param.field);
    let values = param.field.values.clone().unwrap_or_default();
    let referred = param.field.reference.as_ref().and_then(|id| {
        let at = fields.iter().position(|field| field.id.as_ref() == Some(id))?;
        cells.get(at).cloned().flatten()
    });
    // A value given is fixed, unless a domain invites to choose another.
    let given = (!param.value.trim().is_empty()).then(|| param.value.clone());
    let is_open = values.min.is_some() || values.max.is_some() || !values.options.is_empty();
    let fixed_value = referred.or(given.filter(|_| !is_open));
    Parameter {
        name: param.field.name.clone(),
        element: field.element,
        array_size: param.field.arraysize.as_ref().map(ToString::to_string),
        unit: field.unit,
        ucd: field.ucd,
        xtype: field.xtype,
        description: field.description,
        required: fixed_value.is_some(),
        fixed_value,
        minimum: values.min,
        maximum: values.max,
        choices: values.options.into_iter().map(|(value, _)| value).collect(),
    }
}

/// A fault of DataLink 1.1, 3.4.
fn fault(message: &str, native_id: &str, settings: &Settings) -> Error {
    let kind = message.split(':').next().unwrap_or_default().trim();
    match kind {
        "NotFoundFault" => Error::NotFound(native_id.to_owned()),
        "AuthorizationFault" | "AuthenticationFault" => reply::refused(
            settings.credential.as_deref().unwrap_or_default(),
            RefusalReason::NotEntitled,
            message,
        ),
        "TransientFault" => Error::Unavailable(archway_plugin::types::Outage {
            reason: archway_plugin::types::OutageReason::ServerFault,
            message: message.to_owned(),
            reply_code: None,
            retry_after_ms: None,
        }),
        _ => Error::invalid(message),
    }
}
