//! `GET /collections` and `/collections/{id}`: the operator's collections and people's own.

use archway_core::Error;
use archway_core::collections::Collection;
use archway_core::selections::Members;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::card::licence;
use super::{Chrome, ErrorPage, page, url_of, words};
use crate::state::Gateway;

#[derive(Template)]
#[template(path = "collections.html")]
struct ListPage {
    chrome: Chrome,
    collections: Vec<Row>,
}

struct Row {
    href: String,
    title: String,
    about: String,
    publisher: Option<String>,
    licence: String,
    created: Option<String>,
    own: bool,
}

#[derive(Template)]
#[template(path = "collection.html")]
struct CollectionPage {
    chrome: Chrome,
    title: String,
    paragraphs: Vec<String>,
    facts: Vec<(&'static str, String)>,
    homepage: Option<String>,
    /// The search that finds what is in it.
    search: Option<String>,
    assets: Vec<(String, String)>,
    notebook: String,
    volume: String,
    json: String,
}

/// Lists the collections.
pub(crate) async fn list(State(gateway): State<Gateway>) -> Result<Response, ErrorPage> {
    let all = gateway.collections.list(&gateway.principal).await?;
    let collections = all.iter().map(Row::from).collect();
    Ok(page(&ListPage { chrome: Chrome::at(&gateway, "collections"), collections })?)
}

/// The title of one, for pages that name it.
pub(super) async fn title(gateway: &Gateway, id: &str) -> Result<String, Error> {
    gateway.collections.collection(&gateway.principal, id).await.map(|found| found.title)
}

/// Shows one.
pub(crate) async fn collection(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    let found = gateway.collections.collection(&gateway.principal, &id).await?;
    let (search, assets) = match &found.members {
        Members::Query { query, .. } => (Some(url_of::search(&query.0)), Vec::new()),
        Members::Assets(assets) => {
            let link = |id: &archway_core::asset::AssetId| {
                (id.to_string(), url_of::asset(&id.to_string()))
            };
            (None, assets.iter().map(link).collect())
        }
    };
    let mut facts = Vec::new();
    let mut fact = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    fact("Publisher", found.publisher.clone());
    fact("Licence", Some(licence(found.licence.as_ref())));
    fact("DOI", found.doi.clone());
    fact("Created", found.created.map(words::day));
    let id = url_of::segment(&found.id);
    Ok(page(&CollectionPage {
        chrome: Chrome::at(&gateway, "collections"),
        title: found.title.clone(),
        paragraphs: found.description.split("\n\n").map(str::to_owned).collect(),
        facts,
        homepage: found.homepage.clone().filter(|url| url.starts_with("http")),
        search,
        assets,
        notebook: format!("/labs/new?collection={id}&notebook=1"),
        volume: format!("/volumes/new/content?type=collection&collection={id}"),
        json: format!("/api/v1/collections/{id}"),
    })?)
}

impl From<&Collection> for Row {
    fn from(collection: &Collection) -> Self {
        Self {
            href: format!("/collections/{}", url_of::segment(&collection.id)),
            title: collection.title.clone(),
            about: collection.description.split("\n\n").next().unwrap_or_default().to_owned(),
            publisher: collection.publisher.clone(),
            licence: licence(collection.licence.as_ref()),
            created: collection.created.map(words::day),
            own: collection.owner.is_some(),
        }
    }
}
