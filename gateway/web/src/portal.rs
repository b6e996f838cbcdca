//! The pages people use. Every state is a URL, and every page works without JavaScript.
//!
//! Text of archives is escaped by the templates, always; a link of an archive is
//! followed only to http, https or ftp.

pub(crate) mod asset;
mod card;
pub(crate) mod collections;
mod error_page;
mod facet_links;
mod files;
mod form;
mod form_body;
pub(crate) mod labs;
mod outcome;
pub(crate) mod picked;
pub(crate) mod search;
mod snippets;
pub(crate) mod static_files;
mod url_of;
pub(crate) mod volumes;
pub(crate) mod wizard;
mod words;

pub(crate) use error_page::ErrorPage;

use archway_core::Error;
use askama::Template;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};

use crate::form_token::FormToken;
use crate::state::Gateway;

/// What the frame of every page shows.
struct Chrome {
    version: &'static str,
    /// Which part of the portal it is: "search", "collections", "volumes", "labs", or none.
    place: &'static str,
    /// Of the forms on the page; empty where there is none.
    token: FormToken,
}

impl Chrome {
    fn of(gateway: &Gateway) -> Self {
        Self::at(gateway, "")
    }

    fn on_search(gateway: &Gateway) -> Self {
        Self::at(gateway, "search")
    }

    fn at(gateway: &Gateway, place: &'static str) -> Self {
        Self { version: gateway.version, place, token: FormToken::default() }
    }

    /// For a page with forms that change something.
    fn signed(self, token: &FormToken) -> Self {
        Self { token: token.clone(), ..self }
    }
}

/// A key for a form that must not make two things when it is sent twice.
fn new_key() -> String {
    let mut bytes = [0; 16];
    // Without randomness the key is still one, and sending twice makes one thing.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
