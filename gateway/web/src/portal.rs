//! The pages people use. Every state is a URL, and every page works without JavaScript.
//!
//! Text of archives is escaped by the templates, always; a link of an archive is
//! followed only to http, https or ftp.

pub(crate) mod asset;
mod card;
mod error_page;
mod facet_links;
mod files;
mod form;
mod outcome;
pub(crate) mod search;
mod snippets;
pub(crate) mod static_files;
mod url_of;
mod words;

pub(crate) use error_page::ErrorPage;

use archway_core::Error;
use askama::Template;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};

use crate::state::Gateway;

/// What the frame of every page shows.
struct Chrome {
    version: &'static str,
    on_search: bool,
}

impl Chrome {
    fn of(gateway: &Gateway) -> Self {
        Self { version: gateway.version, on_search: false }
    }

    fn on_search(gateway: &Gateway) -> Self {
        Self { on_search: true, ..Self::of(gateway) }
    }
}

/// The gateway as the client called it.
fn host(headers: &HeaderMap) -> &str {
    headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost")
}

fn rendered(template: &impl Template) -> Result<String, Error> {
    template.render().map_err(|error| Error::Internal(Box::new(error)))
}

fn page(template: &impl Template) -> Result<Response, Error> {
    rendered(template).map(|html| Html(html).into_response())
}
