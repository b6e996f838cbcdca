//! A request to the archive: where it goes, and with what.
//!
//! Calls `reply.rs` for what comes back.

use archway_plugin::{Error, Host, Request};

use crate::reply::{self, Table};
use crate::settings::Settings;

/// URLs up to this length are understood by every server and proxy met so far.
const MOST_URL_BYTES: usize = 1800;

/// Runs a query synchronously; the table that comes back is read row by row.
pub(crate) fn sync(
    host: &dyn Host,
    settings: &Settings,
    adql: &str,
    max_rows: Option<u64>,
) -> Result<Table, Error> {
    let request = sync_request(settings, &settings.language, adql, max_rows);
    let url = request.as_wit().url.clone();
    let response = host.send(request)?;
    reply::table(response, &asked(&url, adql), settings.credential.as_deref())
}

/// A short query goes by GET, which the gateway may cache and repeat; a long one by POST.
pub(crate) fn sync_request(
    settings: &Settings,
    language: &str,
    query: &str,
    max_rows: Option<u64>,
) -> Request {
    let url = format!("{}/sync", settings.base_url);
    let fields = query_fields(language, query, max_rows);
    let borrowed = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let by_get = Request::get_with(&url, borrowed);
    let request = if by_get.as_wit().url.len() <= MOST_URL_BYTES {
        by_get
    } else {
        // A query changes nothing.
        Request::form(url, fields).repeatable()
    };
    request.credential(settings.credential.clone())
}

/// The parameters of a query. `REQUEST` is TAP 1.0's and ignored since; a format is not
/// asked for, as VOTable is what every service gives.
pub(crate) fn query_fields(
    language: &str,
    query: &str,
    max_rows: Option<u64>,
) -> Vec<(String, String)> {
    let mut fields = vec![
        ("REQUEST", "doQuery".to_owned()),
        ("LANG", language.to_owned()),
        ("QUERY", query.to_owned()),
    ];
    fields.extend(max_rows.map(|rows| ("MAXREC", rows.to_string())));
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A GET below the base URL.
pub(crate) fn resource(settings: &Settings, path: &str) -> Request {
    Request::get(format!("{}/{path}", settings.base_url)).credential(settings.credential.clone())
}

/// What was asked, for messages: the URL without its query, and the query text.
pub(crate) fn asked(url: &str, query: &str) -> String {
    let path = url.split('?').next().unwrap_or_default();
    format!("{path}: {query}")
}
